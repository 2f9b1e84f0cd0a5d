//! An env file with its generated assignments written anew, above all other lines.

use std::ops::Range;

use super::reading::{Assignment, LINE_ENDS, read};
use super::{EditRefusal, EnvFile, Splice, last, line_ending, quoted, reads_as, said, unsure};
use crate::decide::text::in_place::{spliced, top};

impl EnvFile<'_> {
    /// The text that begins with these assignments, one a line, and goes on with every other line, byte for byte.
    ///
    /// Every assignment of one of these keys goes with its lines, however often it is there. Lines end as the first
    /// one does. A byte order mark goes, too: systemd would take it for a part of the first key. Assignments of the keys
    /// that are `gone` go as well, and nothing comes for them.
    ///
    /// # Errors
    ///
    /// A value that no line can hold, one of a generated key that is of more than one line, and an assignment that not
    /// every systemd reads.
    pub(crate) fn refreshed(
        &self,
        generated: &[(&str, &str)],
        gone: &[&str],
    ) -> Result<String, EditRefusal> {
        if self.says(generated) && gone.iter().all(|key| self.lacks(key)) {
            return Ok(self.text.to_owned());
        }
        let mark = top(self.text);
        if mark > 0 {
            let shifted = |span: Range<usize>| span.start + mark..span.end + mark;
            let unmarked =
                EnvFile::parse(&self.text[mark..]).and_then(|file| file.refreshed(generated, gone));
            return unmarked.map_err(|refusal| EditRefusal {
                span: shifted(refusal.span.clone()),
                ..refusal
            });
        }
        let is_generated = is_one_of(generated, gone);
        let [gone, before_254] = [&self.assignments, &self.before_254].map(|reading| {
            reading
                .iter()
                .filter(|assignment| is_generated(&assignment.key))
                .collect::<Vec<_>>()
        });
        let in_one = gone
            .iter()
            .find(|assignment| !before_254.contains(assignment));
        if let Some(assignment) = in_one.or(before_254
            .iter()
            .find(|assignment| !gone.contains(assignment)))
        {
            return Err(unsure(assignment));
        }
        // A quote that is not closed would take the operator's lines along.
        if let Some(assignment) = gone
            .iter()
            .find(|assignment| assignment.value.contains(LINE_ENDS))
        {
            let problem = format!("the value of {} goes on in the next line", assignment.key);
            return Err(EditRefusal::at(assignment.key_span.clone(), problem)
                .remedy("close the quote where the value is to end"));
        }
        let cut = |assignment: &&Assignment| Splice {
            span: self.lines_of(assignment.key_span.start..assignment.value_span.end),
            by: String::new(),
        };
        let others = spliced(self.text, gone.iter().map(cut).collect());
        let eol = line_ending(self.text);
        let mut text = String::with_capacity(self.text.len() + 256);
        for (key, value) in generated {
            let value = if reads_as(value, value) {
                (*value).to_owned()
            } else {
                quoted(value)?
            };
            text += &format!("{key}={value}{eol}");
        }
        text += &others;
        if self.is_kept_in(&text, generated, is_generated) {
            Ok(text)
        } else {
            Err(EditRefusal::at(
                0..0,
                "these lines cannot be kept without being read otherwise",
            )
            .remedy("move the file away; what was in it can be added again line by line"))
        }
    }

    /// Tells whether every systemd reads a text as these values, and after them all others that it reads here.
    fn is_kept_in(
        &self,
        text: &str,
        generated: &[(&str, &str)],
        is_generated: impl Fn(&str) -> bool,
    ) -> bool {
        let first = generated
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        self.readings().into_iter().all(|(comments, before)| {
            let others = said(before)
                .into_iter()
                .filter(|(key, _)| !is_generated(key));
            said(&read(text, comments))
                .into_iter()
                .eq(first.clone().chain(others))
        })
    }

    /// Tells whether every systemd reads these values, wherever their lines are: then there is nothing to refresh. An
    /// empty value is nothing but the key: quotes are no name of a socket.
    fn says(&self, generated: &[(&str, &str)]) -> bool {
        self.readings().into_iter().all(|(_, reading)| {
            generated.iter().all(|(key, value)| {
                last(reading, key).is_some_and(|assignment| {
                    let written = self.text[assignment.value_span.clone()].trim();
                    assignment.value == *value && (!value.is_empty() || written.is_empty())
                })
            })
        })
    }

    /// Tells whether no systemd reads an assignment of a key.
    fn lacks(&self, key: &str) -> bool {
        let mut readings = self.readings().into_iter();
        readings.all(|(_, reading)| last(reading, key).is_none())
    }

    /// The whole lines that hold some bytes.
    fn lines_of(&self, span: Range<usize>) -> Range<usize> {
        let before = self.text[..span.start].trim_end_matches([' ', '\t']);
        let rest = &self.text[span.end..];
        let end = if rest.starts_with("\r\n") {
            2
        } else {
            usize::from(rest.starts_with(LINE_ENDS))
        };
        before.len()..span.end + end
    }
}

/// Tells of a key whether its lines are Mosaic's: those that it writes, and those that are `gone`.
fn is_one_of(generated: &[(&str, &str)], gone: &[&str]) -> impl Fn(&str) -> bool {
    move |key| generated.iter().any(|(generated, _)| *generated == key) || gone.contains(&key)
}
