//! Words that people type by habit, of other programs, and what to type instead.

use clap::error::{ContextKind, ContextValue};

use crate::effects::os::host;

/// Words that are no command here, each with the tip that it gets.
const TIPS: [(&str, &str); 10] = [
    (
        "enable",
        "agents start with the user manager once they are installed: mosaic fleet install",
    ),
    ("init", "to set up a home: mosaic install"),
    (
        "list",
        "agents of the fleet: mosaic agent roster; generations: mosaic history",
    ),
    ("log", "what was done here: mosaic history"),
    (
        "ls",
        "agents of the fleet: mosaic agent roster; generations: mosaic history",
    ),
    ("ps", "agents of the fleet: mosaic fleet ps"),
    (
        "remove",
        "to remove all that Mosaic installed: mosaic uninstall; one agent: mosaic fleet remove",
    ),
    (
        "rm",
        "to remove all that Mosaic installed: mosaic uninstall; one agent: mosaic fleet remove",
    ),
    ("start", "to start the fleet: mosaic fleet start"),
    ("stop", "to stop the fleet: mosaic fleet stop"),
];

/// Puts the right tip into an error about a command that is none.
pub(super) fn suggest(error: &mut clap::Error) {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return;
    };
    if let Some(tip) = tip(
        word,
        host::arguments().any(|argument| argument == "history"),
    ) {
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
}

/// `history 3` is most likely meant for `history show 3`.
fn tip(word: &str, is_below_history: bool) -> Option<String> {
    if is_below_history {
        let number: u64 = word.parse().ok()?;
        return Some(format!(
            "to see what it changed: mosaic history show {number}"
        ));
    }
    let mut tips = TIPS.iter();
    let (_, tip) = tips.find(|(habit, _)| *habit == word)?;
    Some((*tip).to_owned())
}
