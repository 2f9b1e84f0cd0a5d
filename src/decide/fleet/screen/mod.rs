//! What a runtime's screen shows: its state, its composer with what is in it, the wall that it stands at. Read are only the
//! last lines, which are the runtime's own; what does not look as it was seen is unknown.

mod claude;
mod codex;
mod opencode;
mod pi;
#[cfg(test)]
mod tests;

use crate::model::runtime::{Runtime, RuntimeState};
use crate::model::tmux;

/// A pane as tmux captures it, wrapped lines joined.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen<'a> {
    /// All lines from the top.
    pub text: &'a str,
    /// Title of the pane: foreign text may be in it.
    pub title: &'a str,
    /// Column and row of the cursor.
    pub cursor: (u16, u16),
}

impl<'a> From<&'a tmux::Screen> for Screen<'a> {
    fn from(screen: &'a tmux::Screen) -> Self {
        let position = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        Self {
            text: &screen.text,
            title: &screen.title,
            cursor: (position(screen.cursor.0), position(screen.cursor.1)),
        }
    }
}

/// A composer, which takes what is pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Composer {
    /// Text in it, without what the runtime says itself where it is empty.
    pub draft: String,
    /// True if the draft stands for a longer text that was pasted.
    pub placeholder: bool,
}

/// What is read on a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The state that the screen shows.
    pub state: RuntimeState,
    /// The composer, if that is where keys go.
    pub composer: Option<Composer>,
    /// Name of the wall, where it is a known one.
    pub wall: Option<&'static str>,
}

/// Reads a runtime's screen. Nothing is known of one that a roster defines.
pub(crate) fn read(runtime: &Runtime, screen: &Screen) -> Reading {
    let lines: Vec<_> = screen.text.lines().map(str::trim_end).collect();
    let used = lines.iter().rposition(|line| !line.is_empty());
    let lines = &lines[..used.map_or(0, |last| last + 1)];
    if lines.is_empty() {
        return Reading::of(RuntimeState::Starting);
    }
    match runtime {
        Runtime::Claude => claude::read(lines, screen),
        Runtime::Codex => codex::read(lines, screen),
        Runtime::OpenCode => opencode::read(lines, screen),
        Runtime::Pi => pi::read(lines),
        Runtime::Defined(_) => Reading::of(RuntimeState::Unknown),
    }
}

impl Reading {
    fn of(state: RuntimeState) -> Self {
        Self {
            state,
            composer: None,
            wall: None,
        }
    }

    fn at_wall(wall: Option<&'static str>) -> Self {
        Self {
            wall,
            ..Self::of(RuntimeState::Wall)
        }
    }

    fn with(state: RuntimeState, composer: Composer) -> Self {
        Self {
            composer: Some(composer),
            ..Self::of(state)
        }
    }
}

impl Composer {
    fn new(draft: String, placeholders: &[&str]) -> Self {
        let placeholder = placeholders.iter().any(|begin| draft.contains(begin));
        Self { draft, placeholder }
    }
}

/// Tells whether a line is a rule across the screen, in which words may stand.
fn is_rule(line: &str) -> bool {
    line.starts_with("──") && line.ends_with('─') && line.chars().filter(|c| *c == '─').count() >= 4
}

/// The places of the last two rules.
fn last_rules(lines: &[&str]) -> Option<(usize, usize)> {
    let below = lines.iter().rposition(|line| is_rule(line))?;
    let above = lines[..below].iter().rposition(|line| is_rule(line))?;
    Some((above, below))
}

/// The last of the lines that has something in it.
fn last_words<'a>(lines: &[&'a str]) -> &'a str {
    let mut said = lines.iter().rev().filter(|line| !line.trim().is_empty());
    said.next().copied().unwrap_or_default()
}

fn has(lines: &[&str], words: &str) -> bool {
    lines.iter().any(|line| line.contains(words))
}

/// The first of these marks that the lines have, by its name.
fn wall_of(lines: &[&str], walls: &[(&str, &'static str)]) -> Option<&'static str> {
    let mut found = walls.iter().filter(|(mark, _)| has(lines, mark));
    found.next().map(|(_, name)| *name)
}
