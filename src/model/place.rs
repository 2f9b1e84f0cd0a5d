//! Place of a fault in a text, so that a message can show it.

use std::ops::Range;

/// A fault in a text that a person wrote: file, line and column are found from the span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{}:{}: {problem}", self.line(), self.column())]
pub struct TextFault {
    /// Name of the file, as the reader knows it.
    pub file: String,
    /// The file's whole text.
    pub text: String,
    /// Bytes that are wrong.
    pub span: Range<usize>,
    /// Problem with these bytes.
    pub problem: String,
    /// Remedy: what to do about it.
    pub remedy: Option<String>,
}

impl TextFault {
    /// Line of those bytes, counted from 1.
    pub fn line(&self) -> usize {
        line_at(&self.text, self.span.start)
    }

    /// The column in characters, counted from 1.
    pub fn column(&self) -> usize {
        let before = &self.text[..self.span.start.min(self.text.len())];
        before.rsplit('\n').next().unwrap_or("").chars().count() + 1
    }
}

/// The line of a byte offset, counted from 1.
pub fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}
