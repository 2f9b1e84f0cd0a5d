//! The settings of a unit file or a drop-in, and the words of their values.
//!
//! Lines and words are those of systemd's `config_parse` and `extract_first_word`.

use std::ops::Range;

use super::top;

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// A setting of a unit file. A value that goes on in other lines is joined, each character with its
/// byte.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Section that the setting stands in, without brackets.
    pub section: String,
    /// Key of the setting.
    pub key: String,
    /// Value of the setting, each character with its byte.
    pub value: Vec<(usize, char)>,
}

impl Setting {
    /// The value as it is written.
    pub(crate) fn text(&self) -> String {
        self.value.iter().map(|(_, c)| c).collect()
    }

    /// Words of the value, as systemd splits them.
    pub(crate) fn words(&self) -> Vec<Word> {
        words(&self.value)
    }
}

/// Every setting of a unit file, in its order.
pub(crate) fn settings(text: &str) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut section = String::new();
    let mut line = Vec::new();
    for mut span in line_spans(text) {
        let raw = &text[span.clone()];
        span.start += raw.len() - raw.trim_start_matches(BLANKS).len();
        let raw = &text[span.clone()];
        if raw.starts_with(['#', ';']) {
            continue;
        }
        line.extend(
            raw.char_indices()
                .map(|(offset, c)| (span.start + offset, c)),
        );
        if goes_on(&line) {
            // The backslash is read as a blank.
            let blank = line.pop().map(|(offset, _)| (offset, ' '));
            line.extend(blank);
            continue;
        }
        take_line(&std::mem::take(&mut line), &mut section, &mut settings);
    }
    take_line(&line, &mut section, &mut settings);
    settings
}

fn take_line(line: &[(usize, char)], section: &mut String, settings: &mut Vec<Setting>) {
    let line = trimmed(line);
    match (line, line.iter().position(|(_, c)| *c == '=')) {
        ([(_, '['), name @ .., (_, ']')], _) => *section = name.iter().map(|(_, c)| c).collect(),
        (_, Some(equals)) => {
            let key = trimmed(&line[..equals]).iter().map(|(_, c)| c).collect();
            settings.push(Setting {
                section: section.clone(),
                key,
                value: trimmed(&line[equals + 1..]).to_vec(),
            });
        }
        _ => {}
    }
}

/// The lines of a text without their ends: CR LF is one.
fn line_spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut offset = top(text);
    std::iter::from_fn(move || {
        let rest = text.get(offset..).filter(|rest| !rest.is_empty())?;
        let end = offset + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let span = offset..end;
        offset = end
            + if text[end..].starts_with("\r\n") {
                2
            } else {
                1
            };
        Some(span)
    })
}

/// Tells whether a line ends in a backslash that is not itself behind one.
fn goes_on(line: &[(usize, char)]) -> bool {
    line.iter().rev().take_while(|(_, c)| *c == '\\').count() % 2 == 1
}

fn trimmed(chars: &[(usize, char)]) -> &[(usize, char)] {
    let is_blank = |(_, c): &(usize, char)| BLANKS.contains(c);
    let start = chars
        .iter()
        .position(|c| !is_blank(c))
        .unwrap_or(chars.len());
    let end = chars
        .iter()
        .rposition(|c| !is_blank(c))
        .map_or(start, |last| last + 1);
    &chars[start..end]
}

/// A word of a value: where it is written, and what it says without quotes.
#[derive(Debug)]
pub(crate) struct Word {
    /// Bytes of the word, quotes included.
    pub span: Range<usize>,
    /// The word without quotes; `None` where it has an escape other than of a quote, a backslash or
    /// a blank.
    pub text: Option<String>,
}

/// The words of a value. One whose quote is not closed is none: systemd reads no further there.
pub(crate) fn words(value: &[(usize, char)]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = None;
    let mut quote = None;
    let mut chars = value.iter().copied();
    while let Some((offset, c)) = chars.next() {
        if quote.is_none() && BLANKS.contains(&c) {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| Word {
            span: offset..offset,
            text: Some(String::new()),
        });
        word.span.end = offset + c.len_utf8();
        match (c, quote) {
            ('\\', _) => {
                let escaped = chars.next();
                word.span.end = escaped.map_or(word.span.end, |(offset, c)| offset + c.len_utf8());
                match escaped {
                    Some((_, c @ ('\\' | '"' | '\''))) => word.say(c),
                    Some((_, 's')) => word.say(' '),
                    _ => word.text = None,
                }
            }
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            _ => word.say(c),
        }
    }
    words.extend(word.filter(|_| quote.is_none()));
    words
}

impl Word {
    fn say(&mut self, c: char) {
        if let Some(text) = &mut self.text {
            text.push(c);
        }
    }
}
