//! Codex 0.171.0. Its composer begins with an angle above two lines of its own; that it works says its title alone.

use super::{Composer, Reading, Screen, has, last_words, wall_of};
use crate::model::runtime::RuntimeState;

const WALLS: [(&str, &str); 5] = [
    ("Open restricted", "distrusted"),
    ("Trust this folder?", "trust"),
    ("Sign in with", "sign-in"),
    ("open in another app", "in-use"),
    ("hooks", "hooks"),
];
/// Its own text in an empty composer; a narrow window cuts it.
const HINT: &str = "Ask Codex to do anything";
/// The column in which a draft begins.
const BEGIN: u16 = 2;

pub(super) fn read(lines: &[&str], screen: &Screen) -> Reading {
    if let Some((at, composer)) = composer(lines, screen) {
        return Reading::with(state(&lines[..at], screen.title), composer);
    }
    if has(lines, "Would you like to") && has(lines, "Press enter to confirm") {
        return Reading::of(RuntimeState::Approval);
    }
    match wall_of(lines, &WALLS) {
        None if !is_dialog(lines) => Reading::of(RuntimeState::Unknown),
        wall => Reading::at_wall(wall),
    }
}

/// Tells whether lines say what an Enter does.
fn is_dialog(lines: &[&str]) -> bool {
    let mut begins = lines.iter().map(|line| line.trim_start());
    begins.any(|line| line.starts_with("enter ") || line.starts_with("Press enter"))
}

/// The composer, and the line that it begins in.
fn composer(lines: &[&str], screen: &Screen) -> Option<(usize, Composer)> {
    let at = lines.iter().rposition(|line| line.starts_with('›'))?;
    let below = &lines[at..];
    let gap = below.iter().rposition(|line| line.is_empty())?;
    let (draft, footer) = below.split_at(gap);
    // Its first line names model and folder; what follows there may be foreign text.
    if is_dialog(footer) || !footer.get(1)?.contains(" · ") {
        return None;
    }
    let is_said = |line: &&str| !line.trim_start_matches('›').trim().is_empty();
    let last = draft.iter().rposition(is_said).unwrap_or(0);
    let text: Vec<_> = draft[..=last].iter().map(|line| within(line)).collect();
    let text = text.join("\n");
    let is_hint = screen.cursor.0 == BEGIN && !text.is_empty() && HINT.starts_with(&*text);
    let text = if is_hint { String::new() } else { text };
    Some((at, Composer::new(text, &["[Pasted Content "])))
}

fn within(line: &str) -> &str {
    let line = line
        .strip_prefix('›')
        .or(line.strip_prefix(' '))
        .unwrap_or(line);
    line.strip_prefix(' ').unwrap_or(line)
}

/// The title spins while it works; its thread, which comes behind, is foreign text.
fn state(above: &[&str], title: &str) -> RuntimeState {
    if title.starts_with(|mark| ('\u{2800}'..='\u{28ff}').contains(&mark)) {
        RuntimeState::Busy
    } else if is_failure(last_words(above)) {
        RuntimeState::GaveUp
    } else {
        RuntimeState::Idle
    }
}

fn is_failure(line: &str) -> bool {
    line.starts_with('■') && !line.contains("interrupted")
}
