//! The state that codex and pi write into their terminal, for whoever reads a pane's raw output: OSC 7501.

use crate::model::runtime::RuntimeState;

/// The beginning of such a sequence.
const BEGIN: &str = "\u{1b}]7501;";
/// What ends a sequence: a bell, or a string terminator.
const ENDS: [&str; 2] = ["\u{7}", "\u{1b}\\"];

/// The state that a pane's output tells last; nothing where it tells none. A sequence that is cut tells nothing.
pub(crate) fn told(output: &[u8]) -> Option<RuntimeState> {
    let output = String::from_utf8_lossy(output);
    output
        .rsplit(BEGIN)
        .take(output.matches(BEGIN).count())
        .find_map(|rest| {
            let end = ENDS.iter().filter_map(|end| rest.find(end)).min()?;
            Some(state(&rest[..end]))
        })
}

/// The state in fields such as `state=blocked:app=codex:kind=permission`; unknown where they are not as they were seen.
fn state(fields: &str) -> RuntimeState {
    let field = |key: &str| {
        let mut fields = fields.split(':').filter_map(|field| field.split_once('='));
        fields.find_map(|(name, value)| (name == key).then_some(value))
    };
    match field("state") {
        Some("idle" | "done") => RuntimeState::Idle,
        Some("working") => RuntimeState::Busy,
        Some("blocked") if field("kind") == Some("permission") => RuntimeState::Approval,
        Some("blocked") => RuntimeState::Wall,
        Some("error") => RuntimeState::GaveUp,
        _ => RuntimeState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codex 0.171.0, around an approval that was refused.
    const CODEX: &[u8] = b"\x1b[?25l\x1b]7501;state=working:app=codex\x1b\\\x1b[2m\
        \x1b]7501;state=blocked:app=codex:kind=permission\x1b\\\x1b[?2026l\x1b]0;t | codex\x07\
        \x1b]7501;state=idle:app=codex\x1b\\\x1b[?2026h";

    #[test]
    fn the_last_state_counts() {
        assert_eq!(told(CODEX), Some(RuntimeState::Idle));
        let until = |words: &[u8]| {
            let at = CODEX.windows(words.len()).position(|part| part == words);
            told(&CODEX[..at.expect("there")])
        };
        assert_eq!(until(b"\x1b[?2026l"), Some(RuntimeState::Approval));
        assert_eq!(until(b"\x1b[2m"), Some(RuntimeState::Busy));
        assert_eq!(until(b"\x1b]7501"), None);
        assert_eq!(
            told(b"\x1b]7501;state=error:app=pi\x07"),
            Some(RuntimeState::GaveUp)
        );
    }

    #[test]
    fn a_sequence_that_is_cut_leaves_the_one_before() {
        let cut = [CODEX, b"\x1b]7501;state=working:app=co"].concat();
        assert_eq!(told(&cut), Some(RuntimeState::Idle));
    }

    #[test]
    fn what_was_never_seen_is_unknown() {
        for fields in ["state=asleep:app=codex", "app=codex", ""] {
            let output = format!("{BEGIN}{fields}\u{7}");
            assert_eq!(
                told(output.as_bytes()),
                Some(RuntimeState::Unknown),
                "{fields}"
            );
        }
    }
}
