//! Differences as a unified diff that people read and `patch -p1` and `git apply` take.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::text::diff::{Hunk, Line, Sign, emphasize, hunks};
use crate::decide::text::merge::MERGE_MAX;
use crate::decide::text::secrets::{is_env_file, mask, mask_both};
use crate::edge::report::output::{Screen, style};
use crate::model::delta::{Body, Delta, DeltaKind, Side};
use crate::model::digest::Digest;

/// The screen of programs, which take a diff byte for byte.
const BY_PROGRAMS: Screen = Screen {
    is_coloured: false,
    is_terminal: false,
    writes_utf8: true,
};

/// A difference at one path.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct DeltaLine {
    /// The path in the home.
    pub path: String,
    /// The kind of the difference.
    pub kind: DeltaKind,
    /// The digest of the content before; null where there is none, and where it would help to guess a secret.
    pub before: Option<Digest>,
    /// The digest of the content after; null as above.
    pub after: Option<Digest>,
    /// A note on the difference for a person; null where there is nothing to say.
    pub note: Option<String>,
    /// The unified diff, secrets masked. Contents that are no text, or too large, or not kept, are only named.
    pub diff: String,
}

/// A difference for programs.
pub(crate) fn line(delta: &Delta) -> DeltaLine {
    let masked = |side: &Option<Side>| match side.as_ref().map(|side| &side.body) {
        Some(Body::Text(text)) => is_masked(delta) && mask(text) != *text,
        Some(Body::Binary | Body::TooLarge | Body::NotKept) => is_masked(delta),
        None => false,
    };
    let tells_secrets = masked(&delta.before) || masked(&delta.after);
    let digest = |side: &Option<Side>| {
        side.as_ref()
            .filter(|_| !tells_secrets)
            .map(|side| side.digest)
    };
    DeltaLine {
        path: delta.at.to_string(),
        kind: delta.kind(),
        before: digest(&delta.before),
        after: digest(&delta.after),
        note: delta.note.clone(),
        diff: patch(delta, &BY_PROGRAMS),
    }
}

/// Differences for people, one after the other.
pub(crate) fn text(deltas: &[Delta], screen: &Screen) -> String {
    let mut text = String::new();
    for delta in deltas {
        if let Some(note) = &delta.note {
            let note = screen.paint(style::ALARM, format!("# {}: {note}", delta.at));
            text += &format!("{}\n", screen.spoken(&note));
        }
        text += &patch(delta, screen);
    }
    text
}

/// Counts the lines that change, file by file, as `diff --stat` shows them.
pub(crate) fn stat(deltas: &[Delta], screen: &Screen) -> String {
    let mut text = String::new();
    for delta in deltas {
        let counts = match count(delta) {
            Some((goes, comes)) => format!(
                "{} {}",
                screen.paint(style::LINE_COMES, format!("{:>5}", format!("+{comes}"))),
                screen.paint(style::LINE_GOES, format!("{:>5}", format!("-{goes}")))
            ),
            None => screen.paint(style::FAINT, format!("{:>11}", "no text")),
        };
        text += &format!("{counts}  {}\n", delta.at);
    }
    text
}

/// Counts the lines that go and come; `None` where a content is no text.
fn count(delta: &Delta) -> Option<(usize, usize)> {
    let bodies = [&delta.before, &delta.after].map(|side| side.as_ref().map(|side| &side.body));
    if delta.kind() != DeltaKind::Mode && excuse(bodies, "", "").is_some() {
        return None;
    }
    let (before, after) = texts(delta, bodies);
    let hunks = hunks(&before, &after);
    let lines = |sign| {
        hunks
            .iter()
            .flat_map(|hunk| &hunk.lines)
            .filter(|line| line.sign == sign)
            .count()
    };
    Some((lines(Sign::Goes), lines(Sign::Comes)))
}

fn patch(delta: &Delta, screen: &Screen) -> String {
    let sides = [&delta.before, &delta.after];
    let [before, after] = ["a", "b"].map(|side| quoted(side, &delta.at.text()));
    let names = [&before, &after];
    let [from, to] = [0, 1].map(|side| {
        if sides[side].is_some() {
            names[side].as_str()
        } else {
            "/dev/null"
        }
    });
    let bodies = sides.map(|side| side.as_ref().map(|side| &side.body));
    let is_same = delta.kind() == DeltaKind::Mode;
    let excuse = if is_same {
        None
    } else {
        excuse(bodies, from, to)
    };
    let mut text = String::new();
    let mut head = |line: String| {
        text += &format!("{}\n", screen.paint(style::STRONG, line));
    };
    let modes = mode_lines(sides);
    if excuse.is_none() || (is_both(sides) && !modes.is_empty()) {
        head(format!("diff --git {before} {after}"));
        modes.into_iter().for_each(&mut head);
    }
    if let Some(excuse) = excuse {
        return text + &screen.paint(style::STRONG, excuse) + "\n";
    }
    let (before, after) = texts(delta, bodies);
    // The masks of secrets are ours to write.
    let written = |text| {
        if is_masked(delta) {
            screen.writable(text)
        } else {
            Cow::Borrowed(text)
        }
    };
    let before = written(before.as_str());
    let after = written(after.as_str());
    let hunks = if is_same {
        Vec::new()
    } else {
        hunks(&before, &after)
    };
    if !hunks.is_empty() {
        // As git does, a tab ends a name with blanks in it.
        let end = if delta.at.text().contains(' ') {
            "\t"
        } else {
            ""
        };
        let ending = |name: &str| if name == "/dev/null" { "" } else { end };
        head(format!("--- {from}{}", ending(from)));
        head(format!("+++ {to}{}", ending(to)));
    }
    for mut hunk in hunks {
        if screen.is_coloured {
            emphasize(&mut hunk);
        }
        write_hunk(&mut text, &hunk, screen);
    }
    text
}

/// Tells whether values of secrets are masked in a difference.
fn is_masked(delta: &Delta) -> bool {
    delta.is_operators || is_env_file(&delta.at.path)
}

fn is_both(sides: [&Option<Side>; 2]) -> bool {
    sides.iter().all(|side| side.is_some())
}

/// The sentence that stands for a diff of contents which cannot be compared line by line; `None` where they can.
fn excuse(bodies: [Option<&Body>; 2], from: &str, to: &str) -> Option<String> {
    let is = |body: Body| bodies.contains(&Some(&body));
    if is(Body::Binary) {
        return Some(format!("Binary files {from} and {to} differ"));
    }
    let why = if is(Body::TooLarge) {
        format!("over {} MiB, not shown", MERGE_MAX >> 20)
    } else if bodies[0] == Some(&Body::NotKept) {
        "the content of before is not kept".to_owned()
    } else if is(Body::NotKept) {
        "the content of after is not kept".to_owned()
    } else {
        return None;
    };
    Some(format!("Files {from} and {to} differ ({why})"))
}

/// Git's lines about files that come or go, and about executable bits.
fn mode_lines(sides: [&Option<Side>; 2]) -> Vec<String> {
    let mode = |side: &Side| if side.executable { "100755" } else { "100644" };
    match sides {
        [None, Some(after)] => vec![format!("new file mode {}", mode(after))],
        [Some(before), None] => vec![format!("deleted file mode {}", mode(before))],
        [Some(before), Some(after)] if before.executable != after.executable => {
            vec![
                format!("old mode {}", mode(before)),
                format!("new mode {}", mode(after)),
            ]
        }
        _ => Vec::new(),
    }
}

/// The texts of before and after, secrets masked; the text of what is not there is empty.
fn texts(delta: &Delta, bodies: [Option<&Body>; 2]) -> (String, String) {
    let [before, after] = bodies.map(|body| match body {
        Some(Body::Text(text)) => text.as_str(),
        _ => "",
    });
    if is_masked(delta) {
        mask_both(before, after)
    } else {
        (before.to_owned(), after.to_owned())
    }
}

/// A name as git writes it with `core.quotePath=false`. No path of ours has control characters.
fn quoted(side: &str, path: &str) -> String {
    let path = path.trim_start_matches('/');
    if path.contains(['"', '\\']) {
        let escaped = path.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{side}/{escaped}\"")
    } else {
        format!("{side}/{path}")
    }
}

fn write_hunk(text: &mut String, hunk: &Hunk, screen: &Screen) {
    let span = |range: &std::ops::Range<usize>| match range.len() {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        length => format!("{},{length}", range.start + 1),
    };
    let head = format!("@@ -{} +{} @@", span(&hunk.before), span(&hunk.after));
    *text += &format!("{}\n", screen.paint(style::CHANGES, head));
    for line in &hunk.lines {
        write_line(text, line, screen);
    }
}

fn write_line(text: &mut String, line: &Line, screen: &Screen) {
    let (sign, own) = match line.sign {
        Sign::Stays => (' ', None),
        Sign::Goes => ('-', Some(style::LINE_GOES)),
        Sign::Comes => ('+', Some(style::LINE_COMES)),
    };
    let content = line.text.strip_suffix('\n').unwrap_or(line.text);
    match own.filter(|_| screen.is_coloured) {
        None => {
            *text += &format!("{sign}{}", shown(content, screen));
        }
        Some(own) => {
            *text += &format!("{own}{sign}{own:#}");
            let mut painted = 0;
            for marked in &line.emphasis {
                let start = marked.start.min(content.len());
                let end = marked.end.min(content.len());
                paint_part(text, own, &content[painted..start], screen);
                paint_part(text, own.invert(), &content[start..end], screen);
                painted = end;
            }
            paint_part(text, own, &content[painted..], screen);
        }
    }
    text.push('\n');
    if !line.text.ends_with('\n') {
        *text += &format!(
            "{}\n",
            screen.paint(style::FAINT, "\\ No newline at end of file")
        );
    }
}

fn paint_part(text: &mut String, style: anstyle::Style, part: &str, screen: &Screen) {
    if !part.is_empty() {
        *text += &format!("{style}{}{style:#}", shown(part, screen));
    }
}

/// A piece of a line as it is, or, where a person reads it, with control characters as carets: what a file holds
/// is not for the terminal to obey.
fn shown(part: &str, screen: &Screen) -> String {
    let is_for_programs = !screen.is_terminal && !screen.is_coloured;
    let is_plain = |c: char| !c.is_control() || c == '\t';
    if is_for_programs || part.chars().all(is_plain) {
        return part.to_owned();
    }
    let mut shown = String::with_capacity(part.len());
    for c in part.chars() {
        match c {
            c if is_plain(c) => shown.push(c),
            c if c.is_ascii() => shown.extend(['^', char::from(c as u8 ^ 0x40)]),
            c => shown.extend(c.escape_unicode()),
        }
    }
    shown
}
