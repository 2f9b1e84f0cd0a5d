//! The layout of sentences on a screen.

use textwrap::{Options, WordSplitter};

/// A sentence that is broken between words where it is longer than the screen is wide.
pub(crate) fn broken(sentence: &str, indent: &str, columns: usize) -> String {
    let wrapping = Options::new(columns)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(
        sentence,
        wrapping.initial_indent(indent).subsequent_indent(indent),
    )
}

/// A sentence and the command that it leads to, which is never broken: it is there to be copied.
pub(crate) fn lead_to(sentence: &str, command: &str, columns: usize) -> String {
    let is_wide = sentence.chars().count() + 1 + command.chars().count() <= columns;
    let gap = if is_wide { " " } else { "\n  " };
    format!("{sentence}{gap}{command}")
}
