//! Edits of the operator's texts in place: every byte that is not meant to change stays, and every edit is read again.

use std::ops::Range;

use crate::model::place::TextFault;

pub(crate) mod drop_in;
pub(crate) mod env_file;
pub(crate) mod mentions;
pub(crate) mod roster;
pub(crate) mod unit_file;
pub(crate) mod yaml;

/// Reason why a text is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct EditRefusal {
    /// Bytes of the text that are in the way.
    pub span: Range<usize>,
    /// Problem with these bytes.
    pub problem: String,
    /// Remedy: what to do about it.
    pub remedy: Option<String>,
}

impl EditRefusal {
    pub(crate) fn at(span: Range<usize>, problem: impl Into<String>) -> Self {
        Self {
            span,
            problem: problem.into(),
            remedy: None,
        }
    }

    pub(crate) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self {
            remedy: Some(remedy.into()),
            ..self
        }
    }

    /// The refusal as a fault of a file's text, with line and column.
    pub(crate) fn in_file(self, file: &str, text: &str) -> TextFault {
        let Self {
            span,
            problem,
            remedy,
        } = self;
        TextFault {
            file: file.to_owned(),
            text: text.to_owned(),
            span,
            problem,
            remedy,
        }
    }
}

/// An operator's bytes as text.
///
/// # Errors
///
/// Bytes that are not UTF-8, at the first of them.
pub(crate) fn as_text(bytes: &[u8]) -> Result<&str, EditRefusal> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        EditRefusal::at(offset..offset, "this is not UTF-8")
    })
}

/// Bytes that give way to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::decide) struct Splice {
    pub span: Range<usize>,
    pub by: String,
}

impl Splice {
    fn insert(offset: usize, by: impl Into<String>) -> Self {
        Self {
            span: offset..offset,
            by: by.into(),
        }
    }
}

/// The text with every splice made. They do not overlap.
pub(in crate::decide) fn spliced(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| splice.span.start);
    let mut edited = String::with_capacity(text.len() + 64);
    let mut offset = 0;
    for Splice { span, by } in &splices {
        edited += &text[offset..span.start];
        edited += by;
        offset = span.end;
    }
    edited + &text[offset..]
}

/// Line ending of a text: that of its first line.
fn line_ending(text: &str) -> &'static str {
    match text.find(['\n', '\r']) {
        Some(offset) if text[offset..].starts_with("\r\n") => "\r\n",
        Some(offset) if text[offset..].starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// Offset of a text's first line: behind a byte order mark.
fn top(text: &str) -> usize {
    text.len() - text.trim_start_matches('\u{feff}').len()
}

/// Offset at which the line of a byte begins.
fn line_start(text: &str, offset: usize) -> usize {
    text[..offset]
        .rfind(['\n', '\r'])
        .map_or_else(|| top(text), |end| end + 1)
}
