//! Claude Code 2.1.332. Its composer stands between two rules, and the cursor, though hidden, in it.

use super::{Composer, Reading, Screen, has, last_rules, last_words, wall_of};
use crate::model::runtime::RuntimeState;

const WALLS: [(&str, &str); 5] = [
    ("I trust this folder", "trust"),
    ("Do you want to use this API key", "api-key"),
    ("Make auto mode your default", "auto-mode"),
    ("Bypass Permissions mode", "no-approvals"),
    ("Esc to close", "help"),
];
/// Texts of its own in an empty composer.
const HINTS: [&str; 3] = [
    "Press up to edit queued messages",
    "Resend your message to try again",
    "Try \"",
];
/// The column in which a draft begins.
const BEGIN: u16 = 2;

pub(super) fn read(lines: &[&str], screen: &Screen) -> Reading {
    if let Some(reading) = at_composer(lines, screen) {
        return reading;
    }
    let rule = lines.iter().rposition(|line| super::is_rule(line));
    let dialog = &lines[rule.unwrap_or(0)..];
    let is_choice = dialog
        .iter()
        .any(|line| line.trim_start().starts_with("❯ 1. "));
    if is_choice && has(dialog, "Do you want to") && has(dialog, "Esc to cancel") {
        return Reading::of(RuntimeState::Approval);
    }
    match wall_of(dialog, &WALLS) {
        Some(wall) => Reading::at_wall(Some(wall)),
        None if is_choice || has(dialog, "Enter to confirm") => Reading::at_wall(None),
        None => Reading::of(RuntimeState::Unknown),
    }
}

fn at_composer(lines: &[&str], screen: &Screen) -> Option<Reading> {
    let (above, below) = last_rules(lines)?;
    let (footer, inside) = (&lines[below + 1..], &lines[above + 1..below]);
    let (first, more) = inside.split_first()?;
    let first = first.strip_prefix('❯')?.trim_start();
    // Of a dialog below it the rule would be the upper one.
    if footer
        .iter()
        .any(|line| line.contains('❯') || line.contains("Esc to "))
    {
        return None;
    }
    let is_hint = more.is_empty()
        && screen.cursor.0 == BEGIN
        && HINTS.iter().any(|hint| first.starts_with(hint));
    let first = if is_hint { "" } else { first };
    let draft = [&[first], more].concat();
    let draft: Vec<_> = draft
        .iter()
        .map(|line| line.strip_prefix("  ").unwrap_or(line))
        .collect();
    let composer = Composer::new(draft.join("\n"), &["[Pasted text #"]);
    Some(Reading::with(state(&lines[..above], footer), composer))
}

/// With a draft its footer does not say that it works; the line above the composer does.
fn state(above: &[&str], footer: &[&str]) -> RuntimeState {
    let is_tip = |line: &&&str| !line.trim_start().starts_with('⎿');
    let said: Vec<_> = above
        .iter()
        .filter(|line| !line.trim().is_empty())
        .filter(is_tip)
        .copied()
        .collect();
    let last = last_words(&said);
    let spins = last.starts_with(['·', '✢', '✳', '✶', '✻', '✽', '*']) && last.contains('…');
    let asks_to_send = has(above, "Queued · ");
    if has(footer, "esc to interrupt") || spins || asks_to_send {
        RuntimeState::Busy
    } else if last.starts_with("● API Error") {
        RuntimeState::GaveUp
    } else {
        RuntimeState::Idle
    }
}
