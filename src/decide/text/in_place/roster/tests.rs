//! Every shape is edited as it says, and nothing more.

use super::shapes::explicit::EXPLICIT;
use super::shapes::refused::REFUSED;
use super::shapes::renamed::{RENAMED, WITHOUT_THE_NAME};
use super::*;

const BEFORE: &str = "mosaic-factory";
const AFTER: &str = "mosaic-fleet";

fn roster(text: &str) -> RosterText<'_> {
    RosterText::parse(text).unwrap_or_else(|refusal| panic!("{}", refusal.in_file("roster", text)))
}

/// A refusal as a person sees it.
fn told(refusal: EditRefusal, text: &str) -> String {
    refusal
        .in_file("", text)
        .to_string()
        .trim_start_matches(':')
        .to_owned()
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

#[test]
fn every_shape_is_renamed_byte_for_byte() {
    for (shape, text, expected) in RENAMED {
        let renamed = roster(text)
            .renamed_socket(BEFORE, AFTER)
            .map_err(|refusal| told(refusal, text));
        let expected = expected
            .map(|text| Some(text.to_owned()))
            .map_err(str::to_owned);
        assert_eq!(renamed, expected, "{shape}");
        if let Ok(Some(renamed)) = renamed {
            assert!(is_json(&renamed) || !is_json(text), "{shape}: {renamed}");
            assert_eq!(
                roster(&renamed).renamed_socket(BEFORE, AFTER),
                Ok(None),
                "{shape}, again"
            );
        }
    }
}

#[test]
fn what_does_not_have_the_name_is_left_alone() {
    for (shape, text) in WITHOUT_THE_NAME {
        assert_eq!(
            roster(text).renamed_socket(BEFORE, AFTER),
            Ok(None),
            "{shape}"
        );
    }
}

#[test]
fn every_shape_gets_its_socket_byte_for_byte() {
    for (shape, text, expected) in EXPLICIT {
        assert_eq!(roster(text).socket(), None, "{shape}");
        let explicit = roster(text)
            .with_socket(AFTER)
            .map_err(|refusal| told(refusal, text));
        let expected = expected
            .map(|text| Some(text.to_owned()))
            .map_err(str::to_owned);
        assert_eq!(explicit, expected, "{shape}");
        if let Ok(Some(explicit)) = explicit {
            assert!(is_json(&explicit) || !is_json(text), "{shape}: {explicit}");
            assert_eq!(roster(&explicit).socket(), Some(AFTER), "{shape}");
            assert_eq!(
                roster(&explicit).with_socket("other"),
                Ok(None),
                "{shape}, again"
            );
        }
    }
}

#[test]
fn what_names_its_socket_or_is_no_roster_gets_none() {
    for text in [
        "",
        "# none\n",
        "---\n",
        "~\n",
        "tmux: {socketName: x}\n",
        "tmux: {socket_name: '', socketName: x}\n",
    ] {
        assert_eq!(roster(text).with_socket(AFTER), Ok(None), "{text:?}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    for (shape, text, expected) in REFUSED {
        let refusal = RosterText::parse(text).map(drop).expect_err(shape);
        let refusal = told(refusal, text);
        assert!(refusal.starts_with(expected), "{shape}: {refusal}");
    }
}

#[test]
fn a_shipped_roster_changes_in_one_value() {
    let text = include_str!("../../../../../fixtures/homes/0.0.31/home/fleet/roster.yaml");
    let renamed = roster(text).renamed_socket(BEFORE, AFTER).unwrap().unwrap();
    assert_eq!(renamed, text.replace(BEFORE, AFTER));
    let implicit = text.replace("  socket_name: mosaic-factory\n", "");
    assert_eq!(
        roster(&implicit).with_socket(BEFORE).unwrap().unwrap(),
        text
    );
}

#[test]
fn names_that_are_not_words_are_quoted() {
    for (name, plain, single) in [
        ("no", "\"no\"", "'no'"),
        ("12", "\"12\"", "'12'"),
        ("a: b", "\"a: b\"", "'a: b'"),
        ("it's", "\"it's\"", "'it''s'"),
        ("é\"\\", "\"é\\\"\\\\\"", "'é\"\\'"),
        ("a\nb", "\"a\\nb\"", "\"a\\nb\""),
    ] {
        let text = "tmux: {socket_name: x}\nagents: [{socket: 'x'}]\n";
        let expected = format!("tmux: {{socket_name: {plain}}}\nagents: [{{socket: {single}}}]\n");
        assert_eq!(
            roster(text).renamed_socket("x", name),
            Ok(Some(expected)),
            "{name}"
        );
        let expected = format!("tmux: {{socket_name: {plain}}}\n");
        assert_eq!(
            roster("tmux: {socket_name: ~}\n").with_socket(name),
            Ok(Some(expected)),
            "{name}"
        );
    }
    let renamed = roster("tmux: {socket_name: 12}\n").renamed_socket("12", "x");
    assert_eq!(renamed, Ok(Some("tmux: {socket_name: x}\n".to_owned())));
}

#[test]
fn a_roster_says_what_migrations_ask() {
    let text = "tmux: {socket_name: 12, holderSession: ~}\nagents:\n- name: &n a\n  socket: ''\n  model_hint: *n\n- {}\n";
    let roster = roster(text);
    assert_eq!(
        (roster.socket(), roster.holder_session()),
        (Some("12"), None)
    );
    let agents: Vec<_> = roster.agents().collect();
    assert_eq!(
        agents[0],
        AgentNodes {
            name: Some("a"),
            socket: None,
            model_hint: Some("a")
        }
    );
    assert_eq!(
        agents[1],
        AgentNodes {
            name: None,
            socket: None,
            model_hint: None
        }
    );
    assert_eq!(agents.len(), 2);
    assert_eq!(super::super::as_text(b"a: \xff\n").unwrap_err().span, 3..3);
}

#[test]
fn aliases_that_blow_up_are_refused() {
    let bomb = (1..30).fold("a0: &a0 x\n".to_owned(), |text, n| {
        let last = n - 1;
        text + &format!("a{n}: &a{n} [*a{last}, *a{last}, *a{last}, *a{last}]\n")
    });
    let text = bomb + "tmux: {socket_name: mosaic-factory}\n";
    let refusal = roster(&text).renamed_socket(BEFORE, AFTER).unwrap_err();
    assert_eq!(
        refusal.problem,
        "the aliases of this document stand for too much"
    );
}

#[test]
fn a_thousand_agents_in_a_line_and_a_thousand_comments_are_read() {
    let agents = vec![r#"{"name":"a","socket":"mosaic-factory"}"#; 1000].join(",");
    let json = format!(r#"{{"version":1,"tmux":{{"socket_name":null}},"agents":[{agents}]}}"#);
    assert_eq!(roster(&json).agents().count(), 1000);
    let renamed = roster(&json).renamed_socket(BEFORE, AFTER).unwrap();
    assert!(renamed == Some(json.replace(BEFORE, AFTER)));
    let explicit = roster(&json).with_socket(AFTER).unwrap();
    assert!(explicit == Some(json.replacen("null", "\"mosaic-fleet\"", 1)));
    let text = "tmux:\n".to_owned()
        + &"# mosaic-factory\n".repeat(1000)
        + "  socket_name: 'mosaic-factory'\n";
    let renamed = roster(&text).renamed_socket(BEFORE, AFTER).unwrap();
    assert!(renamed == Some(text.replace("'mosaic-factory'", "'mosaic-fleet'")));
}
