//! Masks the values of secrets in env files, so that no diff, document or report shows them.
//!
//! The part of a text that is a value follows systemd's `EnvironmentFile=`: quotes may span lines, and a backslash
//! joins two. Where readers of such files differ, the reading that masks more is taken.

use std::collections::HashMap;
use std::ops::Range;

use crate::model::path::RelPath;

/// Parts of a key by which it is known to hold a secret.
const SECRET: [&str; 6] = ["TOKEN", "KEY", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE"];
/// Says nothing of what it stands for, not even its length.
const MASK: &str = "••••";
const MASK_OF_CHANGED: &str = "•••• (changed)";

/// Tells whether a path is an env file's, or a copy's or an example's of one: `coder0.env`,
/// `agent.env.example`.
pub(crate) fn is_env_file(path: &RelPath) -> bool {
    let name = path.split().1.to_ascii_lowercase();
    name.ends_with(".env") || name.contains(".env.")
}

/// The text with every secret in it masked.
pub(crate) fn mask(text: &str) -> String {
    masked(text, &secrets(text), |_| MASK)
}

/// Two states of a text with every secret masked, so that one that differs between them still shows that it does.
pub(crate) fn mask_both(before: &str, after: &str) -> (String, String) {
    let [known, found] = [before, after].map(secrets);
    let values: HashMap<_, _> = known
        .iter()
        .map(|secret| (secret.name(), &before[secret.value.clone()]))
        .collect();
    let mark = |secret: &Secret| match values.get(&secret.name()) {
        Some(value) if *value != &after[secret.value.clone()] => MASK_OF_CHANGED,
        _ => MASK,
    };
    (
        masked(before, &known, |_| MASK),
        masked(after, &found, mark),
    )
}

/// A value that is not to be seen.
struct Secret<'a> {
    key: &'a str,
    /// Number of secrets with this key before this one.
    nth: usize,
    value: Range<usize>,
}

impl<'a> Secret<'a> {
    fn name(&self) -> (&'a str, usize) {
        (self.key, self.nth)
    }
}

fn secrets(text: &str) -> Vec<Secret<'_>> {
    let mut secrets = Vec::new();
    let mut seen = HashMap::new();
    let mut offset = 0;
    while offset < text.len() {
        let rest = &text[offset..];
        let line = rest.split(is_line_end).next().unwrap_or_default();
        let Some((key, start)) = secret_key(line) else {
            offset += line.len() + 1;
            continue;
        };
        let start = offset + start;
        offset = start + value_length(&text[start..]);
        let nth: &mut usize = seen.entry(key).or_default();
        secrets.push(Secret {
            key,
            nth: *nth,
            value: start..offset,
        });
        *nth += 1;
    }
    secrets
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

/// The first key of a secret in a line, and where its value begins. A key in a comment, after `export` or inside
/// another value (`CMD="env API_KEY=x run"`) is one, too.
fn secret_key(line: &str) -> Option<(&str, usize)> {
    line.match_indices('=').find_map(|(offset, _)| {
        let before = line[..offset].trim_end();
        let is_of_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let key = &before[before.trim_end_matches(is_of_key).len()..];
        let upper = key.to_ascii_uppercase();
        SECRET
            .iter()
            .any(|word| upper.contains(word))
            .then_some((key, offset + 1))
    })
}

/// Length of a value: to the end of its line, unless quotes or a backslash take it further.
fn value_length(text: &str) -> usize {
    let mut quote = None;
    let mut may_open = true;
    let mut chars = text.char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        match (quote, c) {
            (_, '\\') => {
                // A joined line may end in CR LF.
                if chars.next().is_some_and(|(_, c)| c == '\r') {
                    chars.next_if(|(_, c)| *c == '\n');
                }
                may_open = false;
            }
            (Some(open), c) if c == open => (quote, may_open) = (None, true),
            (Some(_), _) => {}
            (None, c) if is_line_end(c) => return offset,
            (None, '"' | '\'') if may_open => quote = Some(c),
            (None, c) => may_open &= c.is_whitespace(),
        }
    }
    text.len()
}

fn masked(text: &str, secrets: &[Secret], mark: impl Fn(&Secret) -> &'static str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut offset = 0;
    for secret in secrets {
        masked += &text[offset..secret.value.start];
        masked += mark(secret);
        offset = secret.value.end;
    }
    masked + &text[offset..]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts in which `S1` to `S3` are secrets, and what they become.
    const CASES: &[(&str, &str)] = &[
        ("API_TOKEN=S1\nPLAIN=x\n", "API_TOKEN=••••\nPLAIN=x\n"),
        ("api_key=S1", "api_key=••••"),
        ("DbPassword = S1 S2\n", "DbPassword =••••\n"),
        ("export MY_SECRET=S1\n", "export MY_SECRET=••••\n"),
        ("  TOKEN='S1'\nA=b\n", "  TOKEN=••••\nA=b\n"),
        ("TOKEN=\"S1\nS2\\\"\nS3\"\nA=b\n", "TOKEN=••••\nA=b\n"),
        ("TOKEN='S1\nS2' \"S3\n\" S1\nA=b\n", "TOKEN=••••\nA=b\n"),
        ("TOKEN=S1\\\nS2\\\nS3\nA=b\n", "TOKEN=••••\nA=b\n"),
        ("TOKEN=\\\r\nS1\r\nA=b\r\n", "TOKEN=••••\r\nA=b\r\n"),
        ("TOKEN=it's S1\nA='b'\n", "TOKEN=••••\nA='b'\n"),
        ("TOKEN=\"S1\nS2\nS3", "TOKEN=••••"),
        ("TOKEN='S1\\'\nS2'\nA=b\n", "TOKEN=••••\nA=b\n"),
        (
            "# TOKEN=S1\n;KEY=S2\n# a note\n",
            "# TOKEN=••••\n;KEY=••••\n# a note\n",
        ),
        (
            "CMD=\"env API_KEY=S1 run\"\nA=b\n",
            "CMD=\"env API_KEY=••••\nA=b\n",
        ),
        ("NOTE=\"one\nTOKEN=S1\n\"\n", "NOTE=\"one\nTOKEN=••••\n\"\n"),
        ("TOKEN=\nA=b\n", "TOKEN=••••\nA=b\n"),
        ("MOSAIC_AGENT_NAME=coder0\n", "MOSAIC_AGENT_NAME=coder0\n"),
    ];

    #[test]
    fn every_secret_is_masked_and_nothing_else() {
        for (text, expected) in CASES {
            assert_eq!(mask(text), *expected, "{text:?}");
            assert_eq!(
                mask_both(text, text),
                (expected.to_string(), expected.to_string()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_secret_that_changed_shows_that_it_did_and_nothing_of_what_it_was() {
        let (before, after) = mask_both(
            "A=1\nTOKEN=short\nKEY=k\n",
            "A=1\nTOKEN='much\nlonger'\nKEY=k\n",
        );
        assert_eq!(before, "A=1\nTOKEN=••••\nKEY=••••\n");
        assert_eq!(after, "A=1\nTOKEN=•••• (changed)\nKEY=••••\n");
    }

    #[test]
    fn a_secret_that_comes_or_moves_is_not_called_changed() {
        let (_, after) = mask_both("KEY=k\n", "TOKEN=t\nKEY=k\n");
        assert_eq!(after, "TOKEN=••••\nKEY=••••\n");
        let (_, after) = mask_both("KEY=1\nKEY=2\n", "KEY=1\nKEY=3\n");
        assert_eq!(after, "KEY=••••\nKEY=•••• (changed)\n");
    }

    /// Every text of a few pieces: masking ends, and there is nothing left to mask afterwards.
    #[test]
    fn what_is_masked_stays_masked_whatever_the_text() {
        const PIECES: [&str; 8] = ["KEY", "=", "\"", "'", "\\", "\n", "\r", "é "];
        for number in 0..PIECES.len().pow(5) {
            let piece = |digit: u32| PIECES[number / PIECES.len().pow(digit) % PIECES.len()];
            let text: String = (0..5).map(piece).collect();
            let masked = mask(&text);
            assert_eq!(mask(&masked), masked, "{text:?}");
            assert_eq!(masked.contains(MASK), masked != text, "{text:?}");
        }
    }

    #[test]
    fn env_files_are_told_by_their_name() {
        let is = |path: &str| is_env_file(&RelPath::parse(path).unwrap());
        assert!(
            is("fleet/agents/coder0.env") && is("fleet/.env") && is("defaults/agent.env.example")
        );
        assert!(is("x/A.ENV") && is("coder0.env.shipped"));
        assert!(!is("fleet/environment.md") && !is("a.env/b"));
    }
}
