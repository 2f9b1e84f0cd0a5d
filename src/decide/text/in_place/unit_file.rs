//! The settings of a unit file or a drop-in, and the words of their values.
//!
//! Lines and words are those of systemd's `config_parse` and `extract_first_word`.

use std::ops::Range;

use super::top;

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// A setting of a unit file. A value that goes on in other lines is joined, each character with its byte.
#[derive(Debug)]
pub struct Setting {
    pub section: String,
    pub key: String,
    pub value: Vec<(usize, char)>,
}

impl Setting {
    /// The value as it is written.
    pub fn text(&self) -> String {
        self.value.iter().map(|(_, c)| c).collect()
    }

    pub fn words(&self) -> Vec<Word> {
        words(&self.value)
    }
}

/// Every setting of a unit file, in its order.
pub fn settings(text: &str) -> Vec<Setting> {
    let (mut settings, mut section, mut line) = (Vec::new(), String::new(), Vec::new());
    for mut span in line_spans(text) {
        let raw = &text[span.clone()];
        span.start += raw.len() - raw.trim_start_matches(BLANKS).len();
        let raw = &text[span.clone()];
        if raw.starts_with(['#', ';']) {
            continue;
        }
        line.extend(raw.char_indices().map(|(at, c)| (span.start + at, c)));
        if goes_on(&line) {
            // The backslash is read as a blank.
            let blank = line.pop().map(|(at, _)| (at, ' '));
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
        (_, Some(at)) => {
            let key = trimmed(&line[..at]).iter().map(|(_, c)| c).collect();
            settings.push(Setting {
                section: section.clone(),
                key,
                value: trimmed(&line[at + 1..]).to_vec(),
            });
        }
        _ => {}
    }
}

/// The lines of a text without their ends: CR LF is one.
fn line_spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = top(text);
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let end = at + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let span = at..end;
        at = end
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
        .position(|at| !is_blank(at))
        .unwrap_or(chars.len());
    let end = chars
        .iter()
        .rposition(|at| !is_blank(at))
        .map_or(start, |last| last + 1);
    &chars[start..end]
}

/// A word of a value: where it is written, and what it says without quotes.
#[derive(Debug)]
pub struct Word {
    pub span: Range<usize>,
    /// Nothing where it has an escape other than of a quote, a backslash or a blank.
    pub text: Option<String>,
}

/// The words of a value. One whose quote is not closed is none: systemd reads no further there.
pub fn words(value: &[(usize, char)]) -> Vec<Word> {
    let (mut words, mut word, mut quote) = (Vec::new(), None, None);
    let mut chars = value.iter().copied();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && BLANKS.contains(&c) {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| Word {
            span: at..at,
            text: Some(String::new()),
        });
        word.span.end = at + c.len_utf8();
        match (c, quote) {
            ('\\', _) => {
                let escaped = chars.next();
                word.span.end = escaped.map_or(word.span.end, |(at, c)| at + c.len_utf8());
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
