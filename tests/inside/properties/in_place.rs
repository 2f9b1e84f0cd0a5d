//! Edits in place of random texts: exactly what is meant differs, or the edit is refused for a reason that is known.

use std::cell::Cell;

use mosaic::decide::text::in_place::roster::RosterText;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::inside::properties::dice;
use crate::inside::properties::rosters::{AFTER, BEFORE, Drawn, draw};

/// Four times as many as of other properties: a text is cheap.
pub fn config() -> Config {
    let config = crate::inside::properties::config();
    Config {
        cases: config.cases * 4,
        ..config
    }
}

#[derive(Default)]
struct Tally {
    edited: Cell<usize>,
    refused: Cell<usize>,
    of: Cell<usize>,
}

impl Tally {
    fn count(count: &Cell<usize>) {
        count.set(count.get() + 1);
    }

    /// Most texts must have something to edit, and few may be refused.
    fn check(&self, what: &str, least: usize) {
        let (edited, refused, of) = (self.edited.get(), self.refused.get(), self.of.get());
        println!("{what}: {edited} edited, {refused} refused, of {of}");
        assert!(
            edited * 100 > of * least,
            "only {edited} of {of} were edited"
        );
        assert!(refused * 100 < of * 8, "{refused} of {of} were refused");
    }
}

#[test]
fn a_renamed_socket_is_all_that_differs_in_a_random_roster() {
    let tally = Tally::default();
    let property = |bytes: Vec<u8>| {
        let (before, after) = (draw(&bytes, BEFORE), draw(&bytes, AFTER));
        Tally::count(&tally.of);
        let Some(roster) = readable(&before)? else {
            Tally::count(&tally.refused);
            return Ok(());
        };
        match roster.renamed_socket(BEFORE, AFTER) {
            Ok(None) => prop_assert_eq!(before.named, 0, "{}", before.text),
            Ok(Some(text)) => {
                Tally::count(&tally.edited);
                prop_assert_eq!(&text, &after.text);
                let expected = renamed(value(&before.text));
                prop_assert_eq!(value(&text), expected, "{}", text);
            }
            Err(refusal) => {
                Tally::count(&tally.refused);
                prop_assert!(before.is_entangled, "{}: {:?}", refusal, before.text);
            }
        }
        Ok(())
    };
    TestRunner::new(config())
        .run(&dice::bytes(), property)
        .unwrap_or_else(|failure| panic!("{failure}"));
    tally.check("renamed", 40);
}

#[test]
fn a_socket_written_out_is_all_that_differs_in_a_random_roster() {
    let tally = Tally::default();
    let property = |bytes: Vec<u8>| {
        let before = draw(&bytes, BEFORE);
        Tally::count(&tally.of);
        let Some(roster) = readable(&before)? else {
            Tally::count(&tally.refused);
            return Ok(());
        };
        let (socket, others) = parted(value(&before.text));
        match roster.with_socket(AFTER) {
            Ok(None) => prop_assert!(socket.is_some(), "{}", before.text),
            Ok(Some(text)) => {
                Tally::count(&tally.edited);
                prop_assert_eq!(socket, None);
                prop_assert_eq!(
                    parted(value(&text)),
                    (Some(AFTER.to_owned()), others),
                    "{}",
                    text
                );
                check_bytes(&before.text, &text)?;
            }
            Err(refusal) => {
                Tally::count(&tally.refused);
                prop_assert!(before.is_entangled, "{}: {:?}", refusal, before.text);
            }
        }
        Ok(())
    };
    TestRunner::new(config())
        .run(&dice::bytes(), property)
        .unwrap_or_else(|failure| panic!("{failure}"));
    tally.check("written out", 20);
}

#[test]
fn a_roster_of_three_thousand_agents_is_renamed() {
    let agent = |n| format!("  - name: coder{n}\n    runtime: codex # ü\n    socket: {BEFORE}\n");
    let agents: String = (0..3000).map(agent).collect();
    let text = format!("tmux: {{socket_name: {BEFORE}}}\nagents:\n{agents}");
    let roster = RosterText::parse(&text).expect("a roster");
    let renamed = roster.renamed_socket(BEFORE, AFTER).expect("no refusal");
    assert_eq!(renamed, Some(text.replace(BEFORE, AFTER)));
}

fn readable(drawn: &Drawn) -> Result<Option<RosterText<'_>>, TestCaseError> {
    match RosterText::parse(&drawn.text) {
        Ok(_) if drawn.is_ambiguous => {
            Err(TestCaseError::fail("a key that is there twice was taken"))
        }
        Ok(roster) => Ok(Some(roster)),
        Err(_) if drawn.is_ambiguous => Ok(None),
        Err(refusal) => Err(TestCaseError::fail(format!("{refusal}: {:?}", drawn.text))),
    }
}

/// What another reader makes of a text.
fn value(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn renamed(mut roster: Value) -> Value {
    let rename = |value: &mut Value| {
        if *value == BEFORE {
            *value = AFTER.into();
        }
    };
    for pointer in ["/tmux/socket_name", "/tmux/socketName"] {
        roster.pointer_mut(pointer).map(rename);
    }
    let agents = roster
        .get_mut("agents")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten();
    agents
        .filter_map(|agent| agent.get_mut("socket"))
        .for_each(rename);
    roster
}

/// The socket's name, and a roster without it; without a `tmux` that says nothing else, too.
fn parted(mut roster: Value) -> (Option<String>, Value) {
    let mut names = Vec::new();
    if let Some(tmux) = roster.get_mut("tmux").and_then(Value::as_object_mut) {
        names.extend(
            ["socket_name", "socketName"]
                .iter()
                .filter_map(|key| tmux.remove(*key)),
        );
    }
    let is_bare = roster
        .get("tmux")
        .is_some_and(|tmux| tmux.is_null() || tmux.as_object().is_some_and(|tmux| tmux.is_empty()));
    if let (true, Some(root)) = (is_bare, roster.as_object_mut()) {
        root.remove("tmux");
    }
    let name = names
        .iter()
        .filter_map(Value::as_str)
        .find(|name| !name.is_empty());
    (name.map(str::to_owned), roster)
}

/// Only a value that says nothing may have gone, and JSON stays JSON.
fn check_bytes(before: &str, after: &str) -> Result<(), TestCaseError> {
    let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
    prop_assert!(
        is_json(after) || !is_json(before),
        "{} is no JSON any more",
        after
    );
    let same = |(one, other): &(u8, u8)| one == other;
    let start = before.bytes().zip(after.bytes()).take_while(same).count();
    let room = before.len().min(after.len()) - start;
    let end = before
        .bytes()
        .rev()
        .zip(after.bytes().rev())
        .take(room)
        .take_while(same)
        .count();
    let gone = String::from_utf8_lossy(&before.as_bytes()[start..before.len() - end]).into_owned();
    let may_go = ["", "~", "null", "!!null ~", "{}", "''", "\"\""];
    prop_assert!(
        may_go.contains(&&*gone),
        "{} is gone: {:?} {:?}",
        gone,
        before,
        after
    );
    Ok(())
}
