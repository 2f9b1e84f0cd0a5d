//! Messages to agents: what may be typed, and how it is known again on a screen.

/// Longest message, in bytes.
pub(crate) const MESSAGE_MAX: usize = 1 << 20;
/// Placeholders that runtimes show for a text that is long or has many lines.
const PLACEHOLDERS: [&str; 3] = ["[Pasted ", "[paste #", "[Pasted text"];

/// Why a text is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MessageFault {
    /// There is nothing in it.
    #[error("the message is empty")]
    Empty,
    /// A terminal takes this for a key.
    #[error(
        "the message has the control character {0:?} in line {1}, which a terminal takes for a key"
    )]
    Control(char, usize),
    /// It is longer than [`MESSAGE_MAX`].
    #[error("the message has {0} bytes; the most are {MESSAGE_MAX}")]
    Long(usize),
    /// The label would not be one.
    #[error("{0:?} is no label: one line without brackets")]
    Label(String),
}

/// A message as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    text: String,
}

impl Message {
    /// A text with the label of who sends it in front. Bare, a text could be a command.
    pub(crate) fn signed(label: &str, text: &str) -> Result<Self, MessageFault> {
        let is_wrong = |c: char| c.is_control() || ['[', ']'].contains(&c);
        if label.is_empty() || label.contains(is_wrong) {
            return Err(MessageFault::Label(label.to_owned()));
        }
        check(text)?;
        Ok(Self {
            text: format!("[{label}] {text}"),
        })
    }

    /// A text as it is: one that a runtime takes for a command is one.
    pub(crate) fn bare(text: &str) -> Result<Self, MessageFault> {
        check(text)?;
        Ok(Self {
            text: text.to_owned(),
        })
    }

    /// What is typed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether a composer shows this message and nothing beside it: a part of it, or a placeholder for it.
    pub(crate) fn is_shown_as(&self, draft: &str) -> bool {
        let shown = squeezed(draft);
        let is_placeholder = PLACEHOLDERS
            .iter()
            .any(|mark| draft.trim_start().starts_with(mark));
        !shown.is_empty() && (is_placeholder || squeezed(&self.text).contains(&shown))
    }

    /// Tells whether a screen has this message alone in a line, behind the mark of a composer: with a word that a runtime
    /// knows come proposals above or below, in lines of their own.
    pub(crate) fn is_a_line_of(&self, screen: &str) -> bool {
        let is_mark = |c: char| c.is_whitespace() || ['❯', '›', '┃', '>'].contains(&c);
        screen
            .lines()
            .any(|line| line.trim_matches(is_mark) == self.text)
    }

    /// Tells whether a composer shows this message whole, so that it need not be pasted again.
    pub(crate) fn is_exactly(&self, draft: &str) -> bool {
        squeezed(&self.text) == squeezed(draft)
    }

    /// Tells whether a text that a runtime has written down has this message in it. None keeps the last line's end.
    pub(crate) fn is_in_json(&self, line: &str) -> bool {
        let quoted = serde_json::to_string(self.text.trim_end()).unwrap_or_default();
        let inner = quoted.trim_matches('"');
        !inner.is_empty() && line.contains(inner)
    }
}

fn check(text: &str) -> Result<(), MessageFault> {
    if text.trim().is_empty() {
        return Err(MessageFault::Empty);
    }
    if text.len() > MESSAGE_MAX {
        return Err(MessageFault::Long(text.len()));
    }
    let is_key = |c: char| c.is_control() && !['\n', '\t'].contains(&c);
    match text.char_indices().find(|(_, c)| is_key(*c)) {
        Some((at, key)) => {
            let line = text[..at].matches('\n').count() + 1;
            Err(MessageFault::Control(key, line))
        }
        None => Ok(()),
    }
}

/// A text without blanks: screens break and fill lines as they like, and may drop what takes no room.
fn squeezed(text: &str) -> String {
    let is_seen = |c: &char| !c.is_whitespace() && !takes_no_room(*c);
    text.chars().filter(is_seen).collect()
}

/// Marks that are combined with a letter, joiners, marks of direction and variants.
fn takes_no_room(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{300}'..='\u{36f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_in_front_and_no_key_is_in_a_message() {
        let signed = Message::signed("box:lead", "/clear\nnow").unwrap();
        assert_eq!(signed.text(), "[box:lead] /clear\nnow");
        let control = |key, line| Err(MessageFault::Control(key, line));
        for (text, expected) in [
            ("", Err(MessageFault::Empty)),
            (" \n\t", Err(MessageFault::Empty)),
            ("a\u{3}", control('\u{3}', 1)),
            ("a\n\u{1b}[201~", control('\u{1b}', 2)),
            ("a\rb", control('\r', 1)),
            ("a\u{9b}b", control('\u{9b}', 1)),
        ] {
            assert_eq!(Message::signed("l", text), expected, "{text:?}");
        }
        for label in ["", "a]b", "[a", "a\nb"] {
            assert_eq!(
                Message::signed(label, "x"),
                Err(MessageFault::Label(label.to_owned()))
            );
        }
        assert!(matches!(
            Message::bare(&"x".repeat(MESSAGE_MAX + 1)),
            Err(MessageFault::Long(_))
        ));
    }

    #[test]
    fn a_composer_shows_a_message_or_a_part_or_a_placeholder_of_it() {
        let message = Message::signed("h:a", "one two\nthree").unwrap();
        for draft in [
            "[h:a] one two\n  three",
            "[h:a] one\ntwo three",
            "two\nthree",
            "[Pasted text #1 +99 lines]",
            "[paste #1 5000 chars]",
        ] {
            assert!(message.is_shown_as(draft), "{draft}");
        }
        assert!(message.is_exactly("[h:a] one two\n  three") && !message.is_exactly("three"));
        let joined = Message::signed("h:a", "e\u{301}\u{200b} 👩\u{200d}👧").unwrap();
        assert!(joined.is_exactly("[h:a] e 👩👧"));
        for draft in ["", "  ", "mine [h:a] one two three", "four"] {
            assert!(!message.is_shown_as(draft), "{draft}");
        }
    }

    #[test]
    fn a_word_is_found_in_its_own_line() {
        let word = Message::bare("/new").unwrap();
        for screen in [
            "› /new  start a new chat\n\n› /new",
            "┃ /new    New session   ┃\n  ┃  /new",
            "──\n/new\n──",
        ] {
            assert!(word.is_a_line_of(screen), "{screen}");
        }
        assert!(!word.is_a_line_of("› /new  start a new chat\n❯ /newer"));
    }

    #[test]
    fn a_message_is_known_again_in_what_a_runtime_writes_down() {
        let message = Message::signed("h:a", "say \"x\"\nnow\n").unwrap();
        assert!(message.is_in_json(r#"{"content":"[h:a] say \"x\"\nnow"}"#));
        assert!(!message.is_in_json(r#"{"content":"[h:a] say x"}"#));
    }
}
