//! An env file as systemd reads it (`EnvironmentFile=`), and edits of single assignments in it.
//!
//! The rules are those of systemd's `env-file.c`. Up to version 253 a comment that ends in a backslash takes the next
//! line along, later it does not: a text is read both ways, and what the two do not agree on is not edited.

mod reading;
mod refreshed;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::{EditRefusal, Splice, line_ending, spliced};
use reading::{BLANKS, Comments, ESCAPED, LINE_ENDS, read};

pub(crate) use reading::Assignment;

/// An env file: its text, and what it assigns.
#[derive(Debug)]
pub(crate) struct EnvFile<'a> {
    text: &'a str,
    assignments: Vec<Assignment>,
    /// Assignments as systemd before 254 reads them.
    before_254: Vec<Assignment>,
}

impl<'a> EnvFile<'a> {
    /// Reads an env file.
    ///
    /// # Errors
    ///
    /// A NUL: systemd reads no further.
    pub(crate) fn parse(text: &'a str) -> Result<Self, EditRefusal> {
        if let Some(offset) = text.find('\0') {
            return Err(EditRefusal::at(
                offset..offset + 1,
                "systemd reads this file no further than this NUL",
            ));
        }
        let assignments = read(text, Comments::End);
        let before_254 = read(text, Comments::Continue);
        Ok(Self {
            text,
            assignments,
            before_254,
        })
    }

    /// The file's assignments, in their order.
    pub(crate) fn assignments(&self) -> &[Assignment] {
        &self.assignments
    }

    /// Value of a key in the end: its last assignment counts.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        last(&self.assignments, key).map(|assignment| &*assignment.value)
    }

    /// The text with `to` in every assignment of `key` that is `from`; nothing where there is none.
    ///
    /// # Errors
    ///
    /// A value that no line can hold, and an assignment that not every systemd reads.
    pub(crate) fn renamed(
        &self,
        key: &str,
        from: &str,
        to: &str,
    ) -> Result<Option<String>, EditRefusal> {
        let quoted = quoted(to)?;
        let is_meant = |assignment: &Assignment| assignment.key == key && assignment.value == from;
        let splice = |assignment: &Assignment| {
            let span = trimmed(self.text, &assignment.value_span);
            let kept = self.text[span.clone()].replacen(from, to, 1);
            Splice {
                span,
                by: if reads_as(&kept, to) {
                    kept
                } else {
                    quoted.clone()
                },
            }
        };
        let expected = |reading: &[Assignment]| {
            let value = |assignment| {
                if is_meant(assignment) {
                    to
                } else {
                    &*assignment.value
                }
                .to_owned()
            };
            reading
                .iter()
                .map(|assignment| (assignment.key.clone(), value(assignment)))
                .collect()
        };
        self.edited(is_meant, splice, expected)
    }

    /// The text with the quotes gone from every assignment of `key` that is nothing but empty quotes; nothing where
    /// there is none.
    ///
    /// # Errors
    ///
    /// An assignment that not every systemd reads.
    pub(crate) fn bare(&self, key: &str) -> Result<Option<String>, EditRefusal> {
        let is_meant = |assignment: &Assignment| {
            let is_quoted = self.text[assignment.value_span.clone()].contains(['"', '\'']);
            assignment.key == key && assignment.value.is_empty() && is_quoted
        };
        let splice = |assignment: &Assignment| Splice {
            span: assignment.value_span.clone(),
            by: String::new(),
        };
        self.edited(is_meant, splice, said)
    }

    /// The text with a new assignment in a line of its own: below the first of the keys `after` that is there, else
    /// at the top; nothing where the key is assigned.
    ///
    /// # Errors
    ///
    /// A value that no line can hold, and a place that not every systemd reads the same way.
    pub(crate) fn added(
        &self,
        key: &str,
        value: &str,
        after: &[&str],
    ) -> Result<Option<String>, EditRefusal> {
        let line = format!("{key}={}", quoted(value)?);
        if !is_key(key) {
            return Err(EditRefusal::at(
                0..0,
                format!("`{key}` cannot be the name of a variable"),
            ));
        }
        if let Some(there) = last(&self.assignments, key) {
            let is_sure = last(&self.before_254, key).is_some();
            return if is_sure {
                Ok(None)
            } else {
                Err(unsure(there))
            };
        }
        let above = after.iter().find_map(|key| last(&self.assignments, key));
        let offset = match above {
            Some(assignment) => assignment.value_span.end,
            // A byte order mark is part of what follows it, for systemd: the first line stays where it is.
            None if self.text.starts_with('\u{feff}') => {
                self.text.find(LINE_ENDS).unwrap_or(self.text.len())
            }
            None => 0,
        };
        let eol = line_ending(self.text);
        let rest = &self.text[offset..];
        let splice = match rest.chars().next() {
            _ if offset == 0 => Splice::insert(0, line + eol),
            None => Splice::insert(offset, format!("{eol}{line}")),
            Some(_) => Splice::insert(
                offset + if rest.starts_with("\r\n") { 2 } else { 1 },
                line + eol,
            ),
        };
        let offset = splice.span.clone();
        let text = spliced(self.text, vec![splice]);
        let is_so = self.readings().into_iter().all(|(comments, before)| {
            let (added, others): (Vec<_>, Vec<_>) = said(&read(&text, comments))
                .into_iter()
                .partition(|(said, _)| said == key);
            added == [(key.to_owned(), value.to_owned())] && others == said(before)
        });
        if is_so {
            Ok(Some(text))
        } else {
            Err(EditRefusal::at(
                offset,
                "an assignment here would not be read as it is meant",
            ))
        }
    }

    fn edited(
        &self,
        is_meant: impl Fn(&Assignment) -> bool,
        splice: impl Fn(&Assignment) -> Splice,
        expected: impl Fn(&[Assignment]) -> Vec<(String, String)>,
    ) -> Result<Option<String>, EditRefusal> {
        let [meant, before_254] = [&self.assignments, &self.before_254].map(|reading| {
            reading
                .iter()
                .filter(|assignment| is_meant(assignment))
                .collect::<Vec<_>>()
        });
        let in_one = |one: &[&'_ Assignment], other: &[&Assignment]| {
            one.iter()
                .find(|assignment| !other.contains(assignment))
                .map(|assignment| unsure(assignment))
        };
        if let Some(refusal) = in_one(&meant, &before_254).or_else(|| in_one(&before_254, &meant)) {
            return Err(refusal);
        }
        let Some(first) = meant
            .first()
            .map(|assignment| assignment.value_span.clone())
        else {
            return Ok(None);
        };
        let text = spliced(self.text, meant.into_iter().map(splice).collect());
        let is_so = self
            .readings()
            .into_iter()
            .all(|(comments, before)| said(&read(&text, comments)) == expected(before));
        if is_so {
            Ok(Some(text))
        } else {
            Err(EditRefusal::at(first, "this value cannot change alone"))
        }
    }

    fn readings(&self) -> [(Comments, &[Assignment]); 2] {
        [
            (Comments::End, &self.assignments),
            (Comments::Continue, &self.before_254),
        ]
    }
}

fn unsure(assignment: &Assignment) -> EditRefusal {
    let problem =
        "systemd before 254 takes this for a part of the comment above it, later versions do not";
    EditRefusal::at(assignment.key_span.clone(), problem)
        .remedy("take the backslash from the end of the comment")
}

fn last<'b>(assignments: &'b [Assignment], key: &str) -> Option<&'b Assignment> {
    assignments
        .iter()
        .rev()
        .find(|assignment| assignment.key == key)
}

fn said(assignments: &[Assignment]) -> Vec<(String, String)> {
    assignments
        .iter()
        .map(|assignment| (assignment.key.clone(), assignment.value.clone()))
        .collect()
}

fn is_key(key: &str) -> bool {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    key.starts_with(|c: char| is_of_key(c) && !c.is_ascii_digit()) && key.chars().all(is_of_key)
}

/// A value as systemd reads it back.
fn quoted(value: &str) -> Result<String, EditRefusal> {
    if value.contains(['\n', '\r', '\0']) {
        return Err(EditRefusal::at(
            0..0,
            "a value of more than one line is not written",
        ));
    }
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@%+,=~".contains(c);
    if value.chars().all(is_plain) {
        return Ok(value.to_owned());
    }
    let escaped = |c: char| ESCAPED.contains(&c).then_some('\\').into_iter().chain([c]);
    Ok(format!(
        "\"{}\"",
        value.chars().flat_map(escaped).collect::<String>()
    ))
}

fn reads_as(raw: &str, value: &str) -> bool {
    matches!(&*read(&format!("K={raw}\n"), Comments::End), [assignment] if assignment.value == value)
}

fn trimmed(text: &str, span: &Range<usize>) -> Range<usize> {
    let raw = &text[span.clone()];
    let start = span.start + raw.len() - raw.trim_start_matches(BLANKS).len();
    start..start + raw[start - span.start..].trim_end_matches(BLANKS).len()
}
