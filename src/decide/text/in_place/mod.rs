//! Edits of the operator's texts in place: every byte that is not meant to change stays, and every edit is read again.

use std::ops::Range;

use crate::model::place::TextFault;

pub mod drop_in;
pub mod env_file;
pub mod mentions;
pub mod roster;
pub mod unit_file;
pub mod yaml;

/// The reason why a text is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct EditRefusal {
    /// The bytes that are in the way.
    pub span: Range<usize>,
    /// The problem with these bytes.
    pub problem: String,
    /// The remedy, where there is one.
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

    /// The same with file and text, so that it has a line and a column.
    pub fn in_file(self, file: &str, text: &str) -> TextFault {
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
pub fn as_text(bytes: &[u8]) -> Result<&str, EditRefusal> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        EditRefusal::at(at..at, "this is not UTF-8")
    })
}

/// Bytes that give way to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::decide) struct Splice {
    pub span: Range<usize>,
    pub by: String,
}

impl Splice {
    fn insert(at: usize, by: impl Into<String>) -> Self {
        Self {
            span: at..at,
            by: by.into(),
        }
    }
}

/// The text with every splice made. They do not overlap.
pub(in crate::decide) fn spliced(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| splice.span.start);
    let (mut edited, mut at) = (String::with_capacity(text.len() + 64), 0);
    for Splice { span, by } in &splices {
        edited += &text[at..span.start];
        edited += by;
        at = span.end;
    }
    edited + &text[at..]
}

/// The line ending of a text: that of its first line.
fn line_ending(text: &str) -> &'static str {
    match text.find(['\n', '\r']) {
        Some(at) if text[at..].starts_with("\r\n") => "\r\n",
        Some(at) if text[at..].starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// The first byte of a text's first line: behind a byte order mark.
fn top(text: &str) -> usize {
    text.len() - text.trim_start_matches('\u{feff}').len()
}

/// The first byte of a byte's line.
fn line_start(text: &str, at: usize) -> usize {
    text[..at]
        .rfind(['\n', '\r'])
        .map_or_else(|| top(text), |end| end + 1)
}
