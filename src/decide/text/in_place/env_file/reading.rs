//! systemd's reader of env files, state by state.

use std::ops::Range;

/// Characters that end a line; each of them on its own.
pub(super) const LINE_ENDS: [char; 2] = ['\n', '\r'];
pub(super) const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];
/// Characters that a backslash takes the meaning from, between double quotes.
pub(super) const ESCAPED: [char; 4] = ['"', '\\', '`', '$'];

/// An assignment as systemd reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// Key of the assignment.
    pub key: String,
    /// Value, without quotes and escapes.
    pub value: String,
    /// Bytes of the key.
    pub key_span: Range<usize>,
    /// Bytes of the value: from the equals sign to the end of its line.
    pub value_span: Range<usize>,
}

/// Meaning of a backslash at the end of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comments {
    End,
    Continue,
}

/// State of systemd's reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EnvState {
    PreKey,
    Key,
    PreValue,
    Value,
    ValueEscape,
    SingleQuote,
    DoubleQuote,
    DoubleQuoteEscape,
    Comment,
    CommentEscape,
}

pub(super) fn read(text: &str, comments: Comments) -> Vec<Assignment> {
    let mut reader = EnvReader {
        comments,
        state: EnvState::PreKey,
        assignment: OpenAssignment::default(),
        read: Vec::new(),
    };
    text.char_indices()
        .for_each(|(offset, c)| reader.take(offset, c));
    if !matches!(
        reader.state,
        EnvState::PreKey | EnvState::Key | EnvState::Comment | EnvState::CommentEscape
    ) {
        reader.push(text.len());
    }
    reader.read
}

struct EnvReader {
    comments: Comments,
    state: EnvState,
    assignment: OpenAssignment,
    read: Vec<Assignment>,
}

/// An assignment that is being read.
#[derive(Default)]
struct OpenAssignment {
    key: String,
    key_start: usize,
    value: String,
    value_start: usize,
    /// The length of the value without the blanks at its end that do not count.
    value_length: Option<usize>,
}

impl EnvReader {
    fn take(&mut self, offset: usize, c: char) {
        let is_line_end = LINE_ENDS.contains(&c);
        let is_blank = BLANKS.contains(&c);
        let draft = &mut self.assignment;
        self.state = match self.state {
            EnvState::PreKey if matches!(c, '#' | ';') => EnvState::Comment,
            EnvState::PreKey if is_blank => EnvState::PreKey,
            EnvState::PreKey => {
                *draft = OpenAssignment {
                    key: c.into(),
                    key_start: offset,
                    ..OpenAssignment::default()
                };
                EnvState::Key
            }
            EnvState::Key if is_line_end => EnvState::PreKey,
            EnvState::Key if c == '=' => {
                draft.value_start = offset + 1;
                EnvState::PreValue
            }
            EnvState::Key => {
                draft.key.push(c);
                EnvState::Key
            }
            EnvState::PreValue | EnvState::Value if is_line_end => {
                self.push(offset);
                EnvState::PreKey
            }
            EnvState::PreValue if c == '\'' => EnvState::SingleQuote,
            EnvState::PreValue if c == '"' => EnvState::DoubleQuote,
            EnvState::PreValue if is_blank => EnvState::PreValue,
            EnvState::PreValue | EnvState::Value if c == '\\' => {
                draft.value_length = None;
                EnvState::ValueEscape
            }
            EnvState::PreValue | EnvState::Value => {
                draft.value_length =
                    is_blank.then(|| draft.value_length.unwrap_or(draft.value.len()));
                draft.value.push(c);
                EnvState::Value
            }
            EnvState::ValueEscape => {
                draft.value.extend((!is_line_end).then_some(c));
                EnvState::Value
            }
            EnvState::SingleQuote if c == '\'' => EnvState::PreValue,
            EnvState::DoubleQuote if c == '"' => EnvState::PreValue,
            EnvState::DoubleQuote if c == '\\' => EnvState::DoubleQuoteEscape,
            quote @ (EnvState::SingleQuote | EnvState::DoubleQuote) => {
                draft.value.push(c);
                quote
            }
            EnvState::DoubleQuoteEscape => {
                let is_kept = !ESCAPED.contains(&c) && c != '\n';
                draft.value.extend(is_kept.then_some('\\'));
                draft.value.extend((c != '\n').then_some(c));
                EnvState::DoubleQuote
            }
            EnvState::Comment if c == '\\' => EnvState::CommentEscape,
            EnvState::Comment if is_line_end => EnvState::PreKey,
            EnvState::CommentEscape if is_line_end && self.comments == Comments::End => {
                EnvState::PreKey
            }
            EnvState::Comment | EnvState::CommentEscape => EnvState::Comment,
        }
    }

    fn push(&mut self, end: usize) {
        let mut draft = std::mem::take(&mut self.assignment);
        let length = draft.value_length.filter(|_| self.state == EnvState::Value);
        draft.value.truncate(length.unwrap_or(draft.value.len()));
        let key = draft.key.trim_end_matches(BLANKS).to_owned();
        let key_span = draft.key_start..draft.key_start + key.len();
        self.read.push(Assignment {
            key,
            value: draft.value,
            key_span,
            value_span: draft.value_start..end,
        });
    }
}
