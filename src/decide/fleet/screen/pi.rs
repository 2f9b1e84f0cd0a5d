//! Pi 1.6.0. Its composer stands between two rules above two lines of its own; it works while the upper rule says so.

use super::{Composer, Reading, has, last_rules, last_words};
use crate::model::runtime::RuntimeState;

pub(super) fn read(lines: &[&str]) -> Reading {
    let Some((above, below)) = last_rules(lines) else {
        return Reading::of(RuntimeState::Unknown);
    };
    let footer = &lines[below + 1..];
    // The share of the context that is used.
    if !has(footer, "%/") {
        return Reading::of(RuntimeState::Unknown);
    }
    let draft = lines[above + 1..below].join("\n");
    let state = if lines[above].contains(char::is_alphabetic) {
        RuntimeState::Busy
    } else if last_words(&lines[..above]).starts_with(" Error: ") {
        RuntimeState::GaveUp
    } else {
        RuntimeState::Idle
    };
    Reading::with(state, Composer::new(draft, &["[paste #"]))
}
