//! Edits of random env files: exactly what is meant differs in what systemd reads, and in the bytes.

use mosaic::decide::text::in_place::env_file::EnvFile;
use proptest::prelude::*;

use crate::inside::properties::dice::{self, Dice};

const KEY: &str = "MOSAIC_TMUX_SOCKET";
const BEFORE: &str = "mosaic-factory";
const AFTER: &str = "mosaic-fleet";
const EOLS: [&str; 4] = ["\n", "\n", "\r\n", "\r"];

/// An env file, and what it says.
struct Drawn {
    text: String,
    said: Vec<(String, String)>,
    /// Without the quotes around nothing.
    bare: String,
    /// A comment of systemd before 254 may hide an assignment.
    is_unsure: bool,
}

/// The env file of these bytes, with `name` for the socket that is renamed.
fn draw(bytes: &[u8], name: &str) -> Drawn {
    let mut dice = Dice::new(bytes);
    let eol = dice.pick(&EOLS);
    let mut drawn = Drawn {
        text: String::new(),
        said: Vec::new(),
        bare: String::new(),
        is_unsure: false,
    };
    for _ in 0..dice.side(12) {
        let line = match dice.side(8) {
            0 => dice
                .pick(&[
                    "# MOSAIC_TMUX_SOCKET=mosaic-factory",
                    ";é 🦀",
                    "",
                    " \t",
                    "# it's \"",
                    "no assignment",
                ])
                .to_owned(),
            1 if dice.once_in(8) => {
                drawn.is_unsure = eol != "\r\n";
                "# a comment \\".to_owned()
            }
            1..4 => {
                let quotes = ["", "''", "\"\"", " '' ", "''\"\""];
                let (written, value) = match dice.side(3) {
                    0 => (dice.pick(&quotes).to_owned(), ""),
                    _ => written(&mut dice, name, eol),
                };
                let gap = dice.pick(&["", "", " "]);
                drawn.said.push((KEY.to_owned(), value.to_owned()));
                let is_quoted = value.is_empty() && written.contains(['\'', '"']);
                let bare = if is_quoted { "" } else { &written };
                drawn.bare += &format!("{gap}{KEY}={bare}{eol}");
                drawn.text += &format!("{gap}{KEY}={written}{eol}");
                continue;
            }
            _ => {
                let key = dice.pick(&["MOSAIC_AGENT_NAME", "MY_KEY", "_x", "MOSAIC_AGENT_RUNTIME"]);
                let (written, value) = operators(&mut dice);
                drawn.said.push((key.to_owned(), value.to_owned()));
                format!("{key}={written}")
            }
        };
        drawn.text += &format!("{line}{eol}");
        drawn.bare += &format!("{line}{eol}");
    }
    if dice.once_in(4) && drawn.text.ends_with(eol) {
        drawn.text.truncate(drawn.text.len() - eol.len());
        drawn.bare.truncate(drawn.bare.len() - eol.len());
    }
    drawn
}

/// A name as people write it, and what it says.
fn written<'n>(dice: &mut Dice, name: &'n str, eol: &str) -> (String, &'n str) {
    let written = match dice.side(8) {
        0..3 => name.to_owned(),
        3 => format!("'{name}'"),
        4 => format!("\"{name}\" "),
        5 if name == BEFORE => "'mosaic-'\"factory\"".to_owned(),
        5 => name.to_owned(),
        // Only a line feed or a carriage return alone is taken up by a backslash.
        6 if eol != "\r\n" => format!("\\{eol}{name}"),
        6 => format!(" {name}"),
        _ => return ("mosaic-factory-2".to_owned(), "mosaic-factory-2"),
    };
    (written, name)
}

/// What operators write, and what it says.
fn operators(dice: &mut Dice) -> (&'static str, &'static str) {
    dice.pick(&[
        ("mosaic-factory", "mosaic-factory"),
        ("$HOME/src/x", "$HOME/src/x"),
        ("'two\nlines' ", "two\nlines"),
        (
            "\"MOSAIC_TMUX_SOCKET=mosaic-factory\nMOSAIC_TMUX_SOCKET=''\"",
            "MOSAIC_TMUX_SOCKET=mosaic-factory\nMOSAIC_TMUX_SOCKET=''",
        ),
        ("a \\\nb", "a b"),
        ("it's  so  ", "it's  so"),
        ("\"\\\"\\$\\x\\\nü\"", "\"$\\xü"),
        ("'a'\"b\" c", "abc"),
        ("", ""),
        ("🦀 # no comment", "🦀 # no comment"),
        ("\\ x\\  ", " x "),
    ])
}

fn said(env: &EnvFile) -> Vec<(String, String)> {
    let pairs = env
        .assignments()
        .iter()
        .map(|assignment| (assignment.key.clone(), assignment.value.clone()));
    pairs.collect()
}

proptest! {
    #![proptest_config(crate::inside::properties::in_place::config())]

    #[test]
    fn what_is_meant_is_all_that_differs_in_a_random_env_file(bytes in dice::bytes()) {
        let (before, after) = (draw(&bytes, BEFORE), draw(&bytes, AFTER));
        let env = EnvFile::parse(&before.text).expect("readable");
        prop_assert_eq!(said(&env), before.said.clone(), "{:?}", before.text);

        let renamed = env.renamed(KEY, BEFORE, AFTER);
        let bare = env.bare(KEY);
        let added = env.added("MOSAIC_AGENT_MODEL", "a 'b' $c", &["MOSAIC_AGENT_RUNTIME", "MOSAIC_AGENT_NAME"]);
        if before.is_unsure && (renamed.is_err() || bare.is_err() || added.is_err()) {
            return Ok(());
        }
        let [renamed, bare, added] = [renamed, bare, added].map(|edited| edited.map_err(|refusal| TestCaseError::fail(format!("{refusal}: {:?}", before.text))));
        prop_assert_eq!(renamed?.unwrap_or_else(|| before.text.clone()), after.text, "renamed");
        prop_assert_eq!(bare?.unwrap_or_else(|| before.text.clone()), before.bare.clone(), "bare");
        check_added(&before, &added?.expect("a line"))?;
    }
}

fn check_added(before: &Drawn, added: &str) -> Result<(), TestCaseError> {
    const LINE: &str = "MOSAIC_AGENT_MODEL=\"a 'b' \\$c\"";
    let Some((above, below)) = added.split_once(LINE) else {
        return Err(TestCaseError::fail("the line is not there"));
    };
    let eol = match before.text.find(['\n', '\r']) {
        Some(at) if before.text[at..].starts_with("\r\n") => "\r\n",
        Some(at) => &before.text[at..=at],
        None => "\n",
    };
    let ends = [
        (above, below.strip_prefix(eol)),
        (above.strip_suffix(eol).unwrap_or(above), Some(below)),
    ];
    let is_only = ends
        .iter()
        .any(|(above, below)| below.is_some_and(|below| format!("{above}{below}") == before.text));
    prop_assert!(is_only, "{:?} {:?}", before.text, added);
    let env = EnvFile::parse(added).expect("readable");
    let mut read = said(&env);
    let at = read
        .iter()
        .position(|(key, _)| key == "MOSAIC_AGENT_MODEL")
        .expect("the assignment");
    prop_assert_eq!(read.remove(at).1, "a 'b' $c");
    prop_assert_eq!(&read, &before.said);
    let key = |wanted: &str| before.said.iter().rposition(|(key, _)| key == wanted);
    let place = key("MOSAIC_AGENT_RUNTIME")
        .or_else(|| key("MOSAIC_AGENT_NAME"))
        .map_or(0, |last| last + 1);
    prop_assert_eq!(at, place, "{:?}", added);
    Ok(())
}
