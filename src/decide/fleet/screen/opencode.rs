//! OpenCode 1.18.33. Its composer is the box with a foot; what stands to the right of it belongs to another column.

use super::{Composer, Reading, Screen, has};
use crate::model::runtime::RuntimeState;

/// Its own text in an empty composer.
const HINT: &str = "Ask anything…";
/// The edge of the box, and its foot.
const EDGE: char = '┃';
const FOOT: char = '╹';
/// So many blanks lie between two columns.
const GAP: &str = "        ";

pub(super) fn read(lines: &[&str], screen: &Screen) -> Reading {
    let Some(foot) = lines
        .iter()
        .rposition(|line| line.trim_start().starts_with(FOOT))
    else {
        return without_composer(lines);
    };
    let (above, footer) = (&lines[..foot], &lines[foot + 1..]);
    if footer
        .iter()
        .any(|line| line.trim_start().starts_with(EDGE))
    {
        return without_composer(lines);
    }
    let begin = above
        .iter()
        .rposition(|line| !line.trim_start().starts_with(EDGE));
    let inside: Vec<_> = above[begin.map_or(0, |at| at + 1)..]
        .iter()
        .map(|line| within(line))
        .collect();
    // The last line names agent and model.
    let Some((_, draft)) = inside.split_last() else {
        return Reading::of(RuntimeState::Unknown);
    };
    let draft = draft.join("\n");
    let draft = draft.trim_matches('\n');
    let hint = draft.starts_with(HINT) && !screen.title.is_empty();
    let draft = if hint { "" } else { draft };
    let works = has(footer, "esc interrupt") || has(footer, "[retrying");
    let state = if works {
        RuntimeState::Busy
    } else {
        RuntimeState::Idle
    };
    Reading::with(state, Composer::new(draft.to_owned(), &["[Pasted ~"]))
}

fn without_composer(lines: &[&str]) -> Reading {
    let is_asked = has(lines, "△ Permission required") || has(lines, "Allow once");
    Reading::of(if is_asked {
        RuntimeState::Approval
    } else {
        RuntimeState::Unknown
    })
}

fn within(line: &str) -> &str {
    let inside = line.trim_start().trim_start_matches(EDGE);
    let inside = inside.strip_prefix("  ").unwrap_or(inside);
    inside.split(GAP).next().unwrap_or_default().trim_end()
}
