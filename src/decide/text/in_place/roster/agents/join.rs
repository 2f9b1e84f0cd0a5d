//! An agent joins a roster's list.

use super::super::explicit::Like;
use super::*;

impl RosterText<'_> {
    /// The text with one agent more, behind all others and written like the last of them. Entries are keys and texts.
    ///
    /// # Errors
    ///
    /// A list to which nothing can be added without something else changing along.
    pub(crate) fn with_agent(&self, entries: &[(&str, &str)]) -> Result<String, EditRefusal> {
        let (key, list, items) = self.list()?;
        let splices = match (self.is_flow_list(list), items.last()) {
            (true, None) if self.is_for_block(list) => self.first_in_block(key, list, entries),
            (true, _) => vec![self.last_in_flow(list, items, entries)],
            (false, Some(last)) => vec![self.last_in_block(items, *last, entries)?],
            (false, None) => return Err(self.entangled_list(list)),
        };
        let text = spliced(self.text, splices);
        let is_so = || -> Result<bool, EditRefusal> {
            let mut after = RosterText::parse(&text)?.document.value()?;
            let agents = agents_of(after.as_mut());
            let added = agents.and_then(Vec::pop);
            let is_meant = added.is_some_and(|added| says(&added, entries));
            Ok(is_meant && after == self.document.value()?)
        };
        if is_so().unwrap_or(false) {
            Ok(text)
        } else {
            Err(self.entangled_list(list))
        }
    }

    /// Tells whether an empty `[]` may become lines: nothing stands in it, and no braces stand around it.
    fn is_for_block(&self, list: NodeId) -> bool {
        let span = self.node(list).span.clone();
        let inside = self.text[span]
            .trim_start_matches('[')
            .trim_end_matches(']');
        inside.trim_matches(' ').is_empty() && !self.root.is_some_and(|root| self.is_flow(root))
    }

    fn first_in_block(&self, key: NodeId, list: NodeId, entries: &[(&str, &str)]) -> Vec<Splice> {
        let span = self.node(list).span.clone();
        let before = self.text[..span.start].trim_end_matches([' ', '\t']).len();
        let step = self.root.map_or(2, |root| self.step(root));
        let indent = " ".repeat(self.column(key) + step);
        let lines = lines(&indent, 1, &self.like(Some(key)), entries);
        let brackets = Splice {
            span: before..span.end,
            by: String::new(),
        };
        vec![brackets, self.below(span.end, &lines)]
    }

    fn last_in_block(
        &self,
        items: &[NodeId],
        last: NodeId,
        entries: &[(&str, &str)],
    ) -> Result<Splice, EditRefusal> {
        let dash = self.dash(last)?;
        let start = line_start(self.text, dash);
        let indent = &self.text[start..dash];
        let rest = &self.text[dash + 1..];
        let pad = (rest.len() - rest.trim_start_matches(' ').len()).max(1);
        let mut lines = match &self.node(last).content {
            YamlContent::Mapping { is_flow: true, .. } if !self.is_over_lines(last) => {
                let braces = self.braces(Some(last), entries);
                vec![format!("{indent}-{:pad$}{braces}", "")]
            }
            YamlContent::Mapping { entries: own, .. } => {
                let like = self.like(own.first().map(|(key, _)| *key).filter(|_| !own.is_empty()));
                let like = if own.is_empty() { Like::PLAIN } else { like };
                self::lines(indent, pad, &like, entries)
            }
            _ => self::lines(indent, pad, &Like::PLAIN, entries),
        };
        if items.len() > 1 && self.is_blank_above(start) {
            lines.insert(0, String::new());
        }
        Ok(match self.end_of_item(last, dash) {
            Some(next) => {
                let eol = line_ending(self.text);
                let lines = lines.into_iter().map(|line| line + eol);
                Splice::insert(next, lines.collect::<String>())
            }
            None => self.below(self.text.len(), &lines),
        })
    }

    fn last_in_flow(&self, list: NodeId, items: &[NodeId], entries: &[(&str, &str)]) -> Splice {
        let Some((last, others)) = items.split_last() else {
            let offset = self.node(list).span.start + 1;
            return Splice::insert(offset, self.braces(None, entries));
        };
        let begin = others.last().map(|item| self.end(*item));
        let begin = begin.unwrap_or(self.node(list).span.start + 1);
        let between = &self.text[begin..self.node(*last).span.start];
        let blank = &between[between.trim_end().len()..];
        let apart = if blank.contains(['\n', '\r']) {
            blank
        } else if self.like_of(Some(*last)).separator == ":" {
            ""
        } else {
            " "
        };
        let braces = self.braces(Some(*last), entries);
        Splice::insert(self.end(*last), format!(",{apart}{braces}"))
    }

    /// A mapping in braces, like another one; without that like the roster's own keys.
    fn braces(&self, like: Option<NodeId>, entries: &[(&str, &str)]) -> String {
        let spelling = self.like_of(like);
        let (open, close) = like.map_or(("", ""), |like| self.inside(like));
        let apart = match open {
            _ if open.contains(['\n', '\r']) => open,
            _ if spelling.separator == ":" => "",
            _ => " ",
        };
        let entries = entries.iter().map(|(key, text)| spelling.line(key, text));
        let entries: Vec<_> = entries.collect();
        let entries = entries.join(&format!(",{apart}"));
        format!("{{{open}{entries}{close}}}")
    }

    /// The blanks behind the opening brace of a mapping, and those before its closing one.
    fn inside(&self, mapping: NodeId) -> (&str, &str) {
        let node = self.node(mapping);
        let YamlContent::Mapping {
            is_flow: true,
            entries,
        } = &node.content
        else {
            return ("", "");
        };
        let Some((_, last)) = entries.last() else {
            return ("", "");
        };
        let rest = &self.text[node.span.start + 1..node.span.end];
        let open = &rest[..rest.len() - rest.trim_start().len()];
        let tail = &self.text[self.end(*last)..node.span.end - 1];
        (open, &tail[tail.trim_end().len()..])
    }

    fn like_of(&self, mapping: Option<NodeId>) -> Like {
        let key_in = |mapping| Some(self.document.entries(mapping)?.first()?.0);
        self.like(mapping.and_then(key_in).or_else(|| key_in(self.root?)))
    }

    fn is_over_lines(&self, id: NodeId) -> bool {
        self.text[self.node(id).span.clone()].contains(['\n', '\r'])
    }

    pub(super) fn entangled_list(&self, list: NodeId) -> EditRefusal {
        let span = self.node(list).span.clone();
        let first_line = self.text[span.clone()].find(['\n', '\r']);
        let end = first_line.map_or(span.end, |end| span.start + end);
        let problem =
            "this list of agents cannot get another one without something else changing along";
        EditRefusal::at(span.start..end, problem).remedy("add the agent by hand")
    }
}

/// The lines of a new item of a block list.
fn lines(indent: &str, pad: usize, like: &Like, entries: &[(&str, &str)]) -> Vec<String> {
    let line = |(index, (key, text)): (usize, &(&str, &str))| {
        let dash = if index == 0 { "-" } else { " " };
        format!("{indent}{dash}{:pad$}{}", "", like.spaced(key, text))
    };
    entries.iter().enumerate().map(line).collect()
}

/// Tells whether an agent says just these entries.
fn says(agent: &Value, entries: &[(&str, &str)]) -> bool {
    let text = |value: &Value| match value {
        Value::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    };
    let Value::Mapping { entries: said, .. } = agent else {
        return false;
    };
    let said = said
        .iter()
        .map(|(key, value)| Some((text(key)?, text(value)?)));
    let meant = entries
        .iter()
        .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
    said.eq(meant.map(Some))
}
