//! A socket that a roster leaves to a default, written out.

use super::super::top;
use super::*;

/// Indentation of a block mapping where nothing in the file shows it.
const INDENT: usize = 2;

impl RosterText<'_> {
    /// The text with `tmux.socket_name` written out; nothing where it is, or where there is no roster.
    ///
    /// # Errors
    ///
    /// A roster where it cannot be written without something else changing along.
    pub(crate) fn with_socket(&self, name: &str) -> Result<Option<String>, EditRefusal> {
        let (None, Some(root)) = (self.socket(), self.root) else {
            return Ok(None);
        };
        let splice = match self.tmux() {
            None => self.without_tmux(root, name),
            Some((key, tmux)) => match self.entry(tmux, &SOCKET) {
                Some((key, value)) => {
                    self.filled(value, |style| self.like(Some(key)).value(name, style))
                }
                None => self.in_bare_tmux(root, key, tmux, name),
            },
        };
        let span = splice.span.clone();
        let text = spliced(self.text, vec![splice]);
        let is_so = || -> Result<bool, EditRefusal> {
            let roster = RosterText::parse(&text)?;
            let before = self.document.value()?;
            let after = roster.document.value()?;
            Ok(roster.socket() == Some(name) && before.map(socketless) == after.map(socketless))
        };
        if is_so().unwrap_or(false) {
            Ok(Some(text))
        } else {
            Err(entangled(span))
        }
    }

    /// Before the agents, and before the comments that belong to them; else after the first keys.
    fn without_tmux(&self, root: NodeId, name: &str) -> Splice {
        if self.is_flow(root) {
            return self.first_in_flow(root, None, |like| {
                let tmux = like.key("tmux");
                let socket = like.entry(SOCKET[0], name);
                format!("{tmux}{{{socket}}}")
            });
        }
        let first = self
            .document
            .entries(root)
            .and_then(|entries| entries.first());
        let column = first.map_or(0, |(key, _)| self.column(*key));
        let step = self.step(root);
        let lines = [
            format!("{:column$}tmux:", ""),
            format!("{:width$}{}", "", self.line(name), width = column + step),
        ];
        match (
            self.entry(root, &["agents"]),
            self.entries_of(root, &["version", "transport"]).last(),
        ) {
            (Some((key, _)), _) => {
                let eol = line_ending(self.text);
                let offset =
                    self.above_comments(line_start(self.text, self.node(key).span.start), column);
                Splice::insert(offset, lines.map(|line| line + eol).concat())
            }
            (None, last) => {
                let last = last
                    .or(first.copied())
                    .map_or(0, |(_, value)| self.node(value).span.end);
                self.below(last, &lines)
            }
        }
    }

    /// A `tmux` that is there without a socket key.
    fn in_bare_tmux(&self, root: NodeId, key: NodeId, tmux: NodeId, name: &str) -> Splice {
        let target = self.document.resolved(tmux);
        let YamlContent::Mapping { entries, is_flow } = &self.node(target).content else {
            let node = self.node(tmux);
            if node.span.is_empty() && !self.is_flow(root) {
                let width = self.column(key) + self.step(root);
                return self.below(
                    node.span.end,
                    &[format!("{:width$}{}", "", self.line(name))],
                );
            }
            let socket = self.like(Some(key)).entry(SOCKET[0], name);
            return self.filled(tmux, |_| format!("{{{socket}}}"));
        };
        let is_camel = entries
            .iter()
            .any(|(key, _)| self.document.scalar(*key) == Some(HOLDER[1]));
        let spelling = SOCKET[usize::from(is_camel)];
        if *is_flow {
            return self.first_in_flow(target, Some(key), |like| like.entry(spelling, name));
        }
        let first = entries.first().map(|(key, _)| *key);
        // An anchor or a tag of the first key is before it in its line.
        let begins = first.unwrap_or(target);
        let offset = line_start(self.text, self.node(begins).span.start);
        let indent = &self.text[offset..offset + self.column(begins)];
        let entry = Like {
            separator: ": ",
            ..self.like(first)
        }
        .entry(spelling, name);
        Splice::insert(offset, format!("{indent}{entry}{}", line_ending(self.text)))
    }

    /// A value that says nothing, made to say something. A tag that says `null` goes.
    fn filled(&self, id: NodeId, spell: impl Fn(ScalarStyle) -> String) -> Splice {
        let YamlNode { span, tag, content } = self.node(id);
        let style = match content {
            YamlContent::Scalar { style, .. } => *style,
            _ => ScalarStyle::Plain,
        };
        if !span.is_empty() {
            let start = tag
                .as_ref()
                .filter(|_| self.document.is_null(id))
                .map_or(span.start, |(_, tag)| tag.start);
            return Splice {
                span: start..span.end,
                by: spell(style),
            };
        }
        // Where nothing is written, the span is at the colon or behind the tag.
        let rest = &self.text[span.end..];
        let colon = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let offset = if rest[colon..].starts_with(':') {
            span.end + colon + 1
        } else {
            span.end
        };
        Splice::insert(offset, format!(" {}", spell(style)))
    }

    /// A new first entry of a flow mapping, set apart as the one behind it; written like that one's key, or like the
    /// key of the mapping.
    fn first_in_flow(
        &self,
        mapping: NodeId,
        key: Option<NodeId>,
        entry: impl Fn(&Like) -> String,
    ) -> Splice {
        let first = self
            .document
            .entries(mapping)
            .and_then(|entries| entries.first());
        let like = self.like(first.map(|(key, _)| *key).or(key));
        let offset = self.node(mapping).span.start + 1;
        let rest = &self.text[offset..];
        let blank = &rest[..rest.len() - rest.trim_start().len()];
        let entry = entry(&like);
        match first {
            None => Splice::insert(offset, entry),
            Some(_) if blank.is_empty() && like.separator == ": " => {
                Splice::insert(offset, format!("{entry}, "))
            }
            Some(_) => Splice::insert(offset, format!("{blank}{entry},")),
        }
    }

    /// New lines below what ends at a byte: a block scalar ends where the next line begins.
    pub(super) fn below(&self, offset: usize, lines: &[String]) -> Splice {
        let eol = line_ending(self.text);
        match self.next_line(offset) {
            Some(offset) => Splice::insert(
                offset,
                lines
                    .iter()
                    .map(|line| format!("{line}{eol}"))
                    .collect::<String>(),
            ),
            None => Splice::insert(
                self.text.len(),
                lines
                    .iter()
                    .map(|line| format!("{eol}{line}"))
                    .collect::<String>(),
            ),
        }
    }

    /// Offset of the line below a byte, that byte itself where a line begins with it; nothing in the last line.
    pub(super) fn next_line(&self, offset: usize) -> Option<usize> {
        if self.text[..offset].ends_with(['\n', '\r']) {
            return Some(offset);
        }
        let rest = &self.text[offset..];
        let end = rest.find(['\n', '\r'])?;
        let length = if rest[end..].starts_with("\r\n") {
            2
        } else {
            1
        };
        Some(offset + end + length)
    }

    /// Offset of the comments that stand right above a line, at its column. The file's first line
    /// is its title.
    fn above_comments(&self, mut start: usize, column: usize) -> usize {
        while start > top(self.text) {
            let before = self.text[..start].trim_end_matches(['\n', '\r']);
            let line = line_start(self.text, before.len());
            let is_next = line_ending_count(&self.text[before.len()..start]) == 1;
            let comment = before[line..].strip_prefix(&*" ".repeat(column));
            if line == top(self.text)
                || !is_next
                || !comment.is_some_and(|comment| comment.starts_with('#'))
            {
                break;
            }
            start = line;
        }
        start
    }

    fn line(&self, name: &str) -> String {
        format!("{}: {}", SOCKET[0], spelled(name, ScalarStyle::Plain))
    }

    pub(super) fn is_flow(&self, id: NodeId) -> bool {
        matches!(
            self.node(self.document.resolved(id)).content,
            YamlContent::Mapping { is_flow: true, .. }
        )
    }

    /// Column of a block mapping's key: that of the first sign in its line, which may be an anchor's, a tag's or a
    /// question mark.
    pub(super) fn column(&self, key: NodeId) -> usize {
        let line = &self.text[line_start(self.text, self.node(key).span.start)..];
        line.len() - line.trim_start_matches(' ').len()
    }

    /// Indentation of a mapping in the root, as this file has it.
    pub(super) fn step(&self, root: NodeId) -> usize {
        let entries = self.document.entries(root).unwrap_or_default();
        let mut steps = entries.iter().filter_map(|(key, value)| {
            let (first, _) = self.document.entries(*value)?.first()?;
            let is_block = !self.is_flow(*value) && self.document.resolved(*value) == *value;
            is_block.then(|| self.column(*first).saturating_sub(self.column(*key)))
        });
        steps.find(|step| *step > 0).unwrap_or(INDENT)
    }

    /// Spelling of a mapping's entries, by one of its keys. Where there is none, the file may be
    /// JSON.
    pub(super) fn like(&self, key: Option<NodeId>) -> Like {
        let Some(key) = key else {
            return Like {
                quote: "\"",
                separator: ": ",
            };
        };
        let span = self.node(key).span.clone();
        let quote = match self.text[span.clone()].chars().next() {
            Some('"') => "\"",
            Some('\'') => "'",
            _ => "",
        };
        let is_tight = !quote.is_empty()
            && self.text[span.end..]
                .strip_prefix(':')
                .is_some_and(|rest| !rest.starts_with(char::is_whitespace));
        Like {
            quote,
            separator: if is_tight { ":" } else { ": " },
        }
    }
}

/// Spelling of a mapping's entries.
pub(super) struct Like {
    pub quote: &'static str,
    pub separator: &'static str,
}

impl Like {
    pub(super) const PLAIN: Self = Self {
        quote: "",
        separator: ": ",
    };

    /// An entry whose value is plain where that can be nothing but a text.
    pub(super) fn line(&self, key: &str, text: &str) -> String {
        if self.quote.is_empty() && is_plain(text) {
            self.key(key) + text
        } else {
            self.entry(key, text)
        }
    }

    /// The same with a blank behind the colon, as a block mapping needs it.
    pub(super) fn spaced(&self, key: &str, text: &str) -> String {
        let spaced = Self {
            separator: ": ",
            ..*self
        };
        spaced.line(key, text)
    }

    fn key(&self, key: &str) -> String {
        format!("{0}{key}{0}{1}", self.quote, self.separator)
    }

    fn entry(&self, key: &str, value: &str) -> String {
        self.key(key) + &self.value(value, ScalarStyle::Plain)
    }

    /// A name in its style, but quoted where the key is: JSON stays JSON.
    fn value(&self, name: &str, style: ScalarStyle) -> String {
        match (style, self.quote) {
            (ScalarStyle::Plain, "\"") => spelled(name, ScalarStyle::DoubleQuoted),
            (ScalarStyle::Plain, "'") => spelled(name, ScalarStyle::SingleQuoted),
            _ => spelled(name, style),
        }
    }
}

/// Tells whether a path or an address is a text for every reader also without quotes.
fn is_plain(text: &str) -> bool {
    let is_of_path = |c: char| c.is_ascii_alphanumeric() || "_-./@~$".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '$'));
    let is_path = begins || text.starts_with("~/");
    is_path && text.contains(['/', '@', '$']) && text.chars().all(is_of_path)
}

pub(super) fn line_ending_count(text: &str) -> usize {
    text.matches(['\n', '\r']).count() - text.matches("\r\n").count()
}

/// The roster without its socket; a `tmux` that says nothing else is left out.
fn socketless(mut roster: Value) -> Value {
    let is_key = |key: &Value, wanted: &[&str]| matches!(key, Value::Scalar { text, .. } if wanted.contains(&&**text));
    if let Value::Mapping { entries, .. } = &mut roster {
        entries.retain_mut(|(key, value)| match value {
            _ if !is_key(key, &["tmux"]) => true,
            Value::Mapping { entries, tag } => {
                if let Some(index) = entries.iter().position(|(key, _)| is_key(key, &SOCKET)) {
                    entries.remove(index);
                }
                !entries.is_empty() || tag.is_some()
            }
            nothing => !nothing.is_null(),
        });
    }
    roster
}
