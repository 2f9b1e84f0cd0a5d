//! The environment that a drop-in gives to a service, and edits of single variables in it.
//!
//! Lines and words are those of systemd's `config_parse` and `extract_first_word`.

use std::ops::Range;

use super::{Refusal, Splice, spliced, top};

#[cfg(test)]
mod tests;

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// The text with every `Environment=` of a service that sets `key` to `from` set to `to`; nothing where there is none.
///
/// What else names `from` is for [`super::mentions::in_unit`], to be asked of the edited text: no line moves.
///
/// # Errors
///
/// A variable that is written with escapes, and a value that would need them.
pub fn renamed(text: &str, key: &str, from: &str, to: &str) -> Result<Option<String>, Refusal> {
    let settings = settings(text);
    let mut splices = Vec::new();
    for word in settings.iter().filter(|setting| setting.is_environment()).flat_map(Setting::words) {
        match word.text.as_deref().map(|text| text.split_once('=')) {
            Some(Some((name, value))) if name == key && value == from => {
                splices.push(renaming(text, &word, key, from, to)?);
            }
            None if text[word.span.clone()]
                .trim_start_matches(['"', '\''])
                .starts_with(&format!("{key}=")) =>
            {
                return Err(Refusal::at(word.span, "this variable is written with escapes")
                    .remedy("change it by hand"));
            }
            _ => {}
        }
    }
    let Some(first) = splices.first().map(|splice| splice.span.clone()) else { return Ok(None) };
    let edited = spliced(text, splices);
    let (from, to) = (format!("{key}={from}"), format!("{key}={to}"));
    let expected = said(&settings, |word| if word == from { to.clone() } else { word });
    let is_so = said(&self::settings(&edited), |word| word) == expected
        && edited.lines().count() == text.lines().count();
    if is_so { Ok(Some(edited)) } else { Err(Refusal::at(first, "this variable cannot change alone")) }
}

/// What a setting says: section, key, and the words of an environment, or the value as it is written.
type Said<'a> = (&'a str, &'a str, Result<Vec<Option<String>>, String>);

fn said(settings: &[Setting], word: impl Fn(String) -> String) -> Vec<Said<'_>> {
    let value = |setting: &Setting| match setting.is_environment() {
        true => Ok(setting.words().into_iter().map(|said| said.text.map(&word)).collect()),
        false => Err(setting.value.iter().map(|(_, c)| c).collect()),
    };
    settings.iter().map(|setting| (&*setting.section, &*setting.key, value(setting))).collect()
}

fn renaming(text: &str, word: &Word, key: &str, from: &str, to: &str) -> Result<Splice, Refusal> {
    let raw = &text[word.span.clone()];
    let value = raw.find('=').map_or(raw.len(), |at| at + 1);
    let kept = format!("{}{}", &raw[..value], raw[value..].replacen(from, to, 1));
    let wanted = format!("{key}={to}");
    let is_simple = to.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:@+".contains(c));
    let chars: Vec<_> = kept.char_indices().collect();
    let is_kept = matches!(&words(&chars)[..], [word] if word.text.as_ref() == Some(&wanted));
    match (is_simple, is_kept) {
        (false, _) => Err(Refusal::at(word.span.clone(), format!("`{to}` would have to be quoted here"))),
        (true, true) => Ok(Splice { span: word.span.clone(), by: kept }),
        (true, false) => Ok(Splice { span: word.span.clone(), by: wanted }),
    }
}

/// One setting of a unit file. A value that goes on in other lines is joined, each character with its byte.
#[derive(Debug)]
struct Setting {
    section: String,
    key: String,
    value: Vec<(usize, char)>,
}

impl Setting {
    fn is_environment(&self) -> bool {
        self.section == "Service" && self.key == "Environment"
    }

    fn words(&self) -> Vec<Word> {
        words(&self.value)
    }
}

/// Every setting of a unit file, in its order.
fn settings(text: &str) -> Vec<Setting> {
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
        at = end + if text[end..].starts_with("\r\n") { 2 } else { 1 };
        Some(span)
    })
}

/// Whether a line ends in a backslash that is not itself behind one.
fn goes_on(line: &[(usize, char)]) -> bool {
    line.iter().rev().take_while(|(_, c)| *c == '\\').count() % 2 == 1
}

fn trimmed(chars: &[(usize, char)]) -> &[(usize, char)] {
    let is_blank = |(_, c): &(usize, char)| BLANKS.contains(c);
    let start = chars.iter().position(|at| !is_blank(at)).unwrap_or(chars.len());
    let end = chars.iter().rposition(|at| !is_blank(at)).map_or(start, |last| last + 1);
    &chars[start..end]
}

/// A word of a value: where it is written, and what it says without quotes.
#[derive(Debug)]
struct Word {
    span: Range<usize>,
    /// Nothing where it has an escape other than of a quote, a backslash or a blank.
    text: Option<String>,
}

/// The words of a value. One whose quote is not closed is none: systemd reads no further there.
fn words(value: &[(usize, char)]) -> Vec<Word> {
    let (mut words, mut word, mut quote) = (Vec::new(), None, None);
    let mut chars = value.iter().copied();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && BLANKS.contains(&c) {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| Word { span: at..at, text: Some(String::new()) });
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
