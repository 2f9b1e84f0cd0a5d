//! A roster as its operator wrote it: what it says about sockets, and edits of just that.

use granit_parser::ScalarStyle;

use super::yaml::{Document, NodeId, ScalarKind, Value, YamlContent, YamlNode, is_word};
use super::{EditRefusal, Splice, line_ending, line_start, spliced};

mod agents;
mod explicit;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod tests;

/// The two spellings of a key below `tmux`.
type Spellings = [&'static str; 2];
const SOCKET: Spellings = ["socket_name", "socketName"];
const HOLDER: Spellings = ["holder_session", "holderSession"];

/// Keys that a roster has at its top, and that nothing else beside rosters is likely to have.
const KEYS: [&str; 4] = ["agents", "tmux", "transport", "runtimes"];

/// A roster: its text, and where in it what stands.
#[derive(Debug)]
pub(crate) struct RosterText<'a> {
    text: &'a str,
    document: Document,
    /// The root mapping; `None` where the file says nothing.
    root: Option<NodeId>,
}

/// An agent, as far as migrations ask. A key that is null or empty is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AgentNodes<'a> {
    /// Name of the agent.
    pub name: Option<&'a str>,
    /// Socket that its session lives on.
    pub socket: Option<&'a str>,
    /// Model for its runtime.
    pub model_hint: Option<&'a str>,
}

impl<'a> RosterText<'a> {
    /// Reads a roster. A file that says nothing is a roster without agents.
    ///
    /// # Errors
    ///
    /// What is not YAML, is more than one document, has a key twice in any mapping, is not shaped like a roster, or
    /// has a merge key (`<<`) where a socket might come from.
    pub(crate) fn parse(text: &'a str) -> Result<Self, EditRefusal> {
        let document = Document::parse(text)?;
        let root = document.root.filter(|root| !document.is_null(*root));
        let roster = Self {
            text,
            document,
            root,
        };
        roster.check_shape()?;
        Ok(roster)
    }

    /// Tells whether a text that cannot be read as YAML has such a key at the beginning of a line.
    pub(crate) fn looks_meant(text: &str) -> bool {
        let starts = |line: &str| {
            let line = line.trim_start_matches(['{', '"', ' ', '\u{feff}']);
            KEYS.iter().any(|key| line.starts_with(key))
        };
        text.lines().any(starts)
    }

    /// Tells whether a YAML file is meant as a roster: it has a key that nothing else beside
    /// rosters is likely to have. A text that cannot be read is taken for one if it has such a key
    /// at the beginning of a line.
    pub(crate) fn is_meant(text: &str) -> bool {
        let Ok(document) = Document::parse(text) else {
            return Self::looks_meant(text);
        };
        let entries = document
            .root
            .and_then(|root| document.entries(root))
            .unwrap_or_default();
        entries
            .iter()
            .any(|(key, _)| document.scalar(*key).is_some_and(|key| KEYS.contains(&key)))
    }

    /// Text of `tmux.socket_name`.
    pub(crate) fn socket(&self) -> Option<&str> {
        self.in_tmux(SOCKET)
    }

    /// Text of `tmux.holder_session`.
    pub(crate) fn holder_session(&self) -> Option<&str> {
        self.in_tmux(HOLDER)
    }

    /// The agents, in their order.
    pub(crate) fn agents(&self) -> impl Iterator<Item = AgentNodes<'_>> {
        self.agent_nodes().iter().map(|agent| {
            let said = |key| {
                self.entry(*agent, &[key])
                    .and_then(|(_, value)| self.said(value))
            };
            AgentNodes {
                name: said("name"),
                socket: said("socket"),
                model_hint: said("model_hint"),
            }
        })
    }

    /// The text with every socket that is called `from` called `to`, those of agents included; nothing where there is
    /// none.
    ///
    /// # Errors
    ///
    /// A place where the name cannot change without something else changing along.
    pub(crate) fn renamed_socket(
        &self,
        from: &str,
        to: &str,
    ) -> Result<Option<String>, EditRefusal> {
        let places = self.socket_places();
        let mut splices: Vec<_> = places
            .iter()
            .filter(|place| self.document.scalar(**place) == Some(from))
            .filter_map(|place| self.renaming(*place, &places, from, to))
            .collect();
        splices.sort_by_key(|splice| splice.span.start);
        splices.dedup();
        let Some(first) = splices.first().map(|splice| splice.span.clone()) else {
            return Ok(None);
        };
        let mut expected = self.document.value()?;
        expected
            .iter_mut()
            .for_each(|roster| rename_sockets(roster, from, to));
        let text = spliced(self.text, splices);
        let is_so = RosterText::parse(&text)
            .and_then(|roster| roster.document.value())
            .is_ok_and(|value| value == expected);
        if is_so {
            Ok(Some(text))
        } else {
            Err(entangled(first))
        }
    }

    fn check_shape(&self) -> Result<(), EditRefusal> {
        let Some(root) = self.root else { return Ok(()) };
        self.check_mapping(root, "the roster")?;
        if let Some((_, tmux)) = self
            .tmux()
            .filter(|(_, tmux)| !self.document.is_null(*tmux))
        {
            self.check_mapping(tmux, "`tmux`")?;
            for (_, value) in self
                .entries_of(tmux, &SOCKET)
                .chain(self.entries_of(tmux, &HOLDER))
            {
                self.check_scalar(value)?;
            }
            for spellings in [&SOCKET, &HOLDER] {
                self.check_spellings(tmux, spellings)?;
            }
        }
        let agents = self
            .entry(root, &["agents"])
            .filter(|(_, agents)| !self.document.is_null(*agents));
        if let Some((_, agents)) = agents
            && !matches!(
                self.node(self.document.resolved(agents)).content,
                YamlContent::Sequence(_)
            )
        {
            return Err(EditRefusal::at(
                self.node(agents).span.clone(),
                "`agents` is not a list",
            ));
        }
        for agent in self.agent_nodes() {
            self.check_mapping(*agent, "an agent")?;
            for (_, value) in self.entries_of(*agent, &["name", "socket", "model_hint"]) {
                self.check_scalar(value)?;
            }
        }
        Ok(())
    }

    /// Two spellings of one key may say the same.
    fn check_spellings(&self, tmux: NodeId, spellings: &Spellings) -> Result<(), EditRefusal> {
        let said: Vec<_> = self.entries_of(tmux, spellings).collect();
        match said.as_slice() {
            [(_, one), (key, other)]
                if self
                    .said(*one)
                    .zip(self.said(*other))
                    .is_some_and(|(one, other)| one != other) =>
            {
                let [snake, camel] = spellings;
                let problem =
                    format!("`{snake}` and `{camel}` are one key, and say different things");
                Err(EditRefusal::at(self.node(*key).span.clone(), problem)
                    .remedy("keep one of the two"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what is not a mapping, or takes keys from elsewhere.
    fn check_mapping(&self, id: NodeId, what: &str) -> Result<(), EditRefusal> {
        let span = |id: NodeId| self.node(id).span.clone();
        let Some(entries) = self.document.entries(id) else {
            return Err(EditRefusal::at(
                span(id),
                format!("{what} is not a mapping"),
            ));
        };
        match entries
            .iter()
            .find(|(key, _)| self.document.scalar(*key) == Some("<<"))
        {
            Some((key, _)) => Err(EditRefusal::at(
                span(*key),
                format!("{what} takes keys from elsewhere with `<<`"),
            )
            .remedy("write these keys out")),
            None => Ok(()),
        }
    }

    fn check_scalar(&self, id: NodeId) -> Result<(), EditRefusal> {
        let refusal = || EditRefusal::at(self.node(id).span.clone(), "this is not a name");
        self.document.scalar(id).map(drop).ok_or_else(refusal)
    }

    fn node(&self, id: NodeId) -> &YamlNode {
        self.document.node(id)
    }

    /// The entries of a mapping with one of these keys.
    fn entries_of<'b>(
        &'b self,
        mapping: NodeId,
        keys: &'b [&str],
    ) -> impl Iterator<Item = (NodeId, NodeId)> + 'b {
        let entries = self
            .document
            .entries(mapping)
            .unwrap_or_default()
            .iter()
            .copied();
        entries.filter(move |(key, _)| {
            self.document
                .scalar(*key)
                .is_some_and(|key| keys.contains(&key))
        })
    }

    fn entry(&self, mapping: NodeId, keys: &[&str]) -> Option<(NodeId, NodeId)> {
        self.entries_of(mapping, keys).next()
    }

    fn tmux(&self) -> Option<(NodeId, NodeId)> {
        self.entry(self.root?, &["tmux"])
    }

    /// Text of a scalar; `None` where it says nothing.
    fn said(&self, value: NodeId) -> Option<&str> {
        self.document
            .scalar(value)
            .filter(|text| !text.is_empty() && !self.document.is_null(value))
    }

    fn in_tmux(&self, keys: Spellings) -> Option<&str> {
        let (_, tmux) = self.tmux()?;
        let mut values = self
            .entries_of(tmux, &keys)
            .filter_map(|(_, value)| self.said(value));
        values.next()
    }

    fn agent_nodes(&self) -> &[NodeId] {
        let agents = self.root.and_then(|root| self.entry(root, &["agents"]));
        match agents.map(|(_, agents)| &self.node(self.document.resolved(agents)).content) {
            Some(YamlContent::Sequence(items)) => items,
            _ => &[],
        }
    }

    /// Every value that names a socket.
    fn socket_places(&self) -> Vec<NodeId> {
        let tmux = self
            .tmux()
            .into_iter()
            .flat_map(|(_, tmux)| self.entries_of(tmux, &SOCKET));
        let agents = self
            .agent_nodes()
            .iter()
            .flat_map(|agent| self.entries_of(*agent, &["socket"]));
        tmux.chain(agents).map(|(_, value)| value).collect()
    }

    /// Splice that renames the socket at one place. An alias needs none where the node that it
    /// stands for is renamed, too.
    fn renaming(&self, place: NodeId, places: &[NodeId], from: &str, to: &str) -> Option<Splice> {
        let YamlNode { span, content, .. } = self.node(place);
        let by = match content {
            YamlContent::Scalar { style, .. } => {
                respelled(&self.text[span.clone()], *style, from, to)
            }
            YamlContent::Alias(target) if places.contains(target) => return None,
            _ => spelled(to, ScalarStyle::Plain),
        };
        Some(Splice {
            span: span.clone(),
            by,
        })
    }
}

/// Renames the sockets in a roster's plain values, without the document's nodes: what the edited
/// text must say.
fn rename_sockets(roster: &mut Value, from: &str, to: &str) {
    for (key, value) in texts_and_values(roster) {
        match (key, value) {
            ("tmux", tmux) => rename_in(tmux, &SOCKET, from, to),
            ("agents", Value::Sequence { items, .. }) => {
                items
                    .iter_mut()
                    .for_each(|agent| rename_in(agent, &["socket"], from, to));
            }
            _ => {}
        }
    }
}

fn rename_in(mapping: &mut Value, keys: &[&str], from: &str, to: &str) {
    for (key, value) in texts_and_values(mapping) {
        if let Value::Scalar { text, kind } = value
            && keys.contains(&key)
            && text == from
        {
            *text = to.to_owned();
            // What might not be taken for a string is written with quotes.
            if *kind == ScalarKind::Open {
                *kind = ScalarKind::String;
            }
        }
    }
}

/// The entries of a mapping, those whose key is no text left out.
fn texts_and_values(mapping: &mut Value) -> impl Iterator<Item = (&str, &mut Value)> {
    let entries = match mapping {
        Value::Mapping { entries, .. } => entries.iter_mut(),
        _ => [].iter_mut(),
    };
    entries.filter_map(|(key, value)| match key {
        Value::Scalar { text, .. } => Some((&**text, value)),
        _ => None,
    })
}

/// A scalar with another text. A block scalar keeps its lines around the name.
fn respelled(raw: &str, style: ScalarStyle, from: &str, to: &str) -> String {
    match style {
        ScalarStyle::Literal | ScalarStyle::Folded => raw.replacen(from, to, 1),
        _ => spelled(to, style),
    }
}

/// A name as a scalar of this style, or between double quotes where that style cannot say it.
fn spelled(name: &str, style: ScalarStyle) -> String {
    match style {
        ScalarStyle::Plain if is_word(name) => name.to_owned(),
        ScalarStyle::SingleQuoted if !name.chars().any(char::is_control) => {
            format!("'{}'", name.replace('\'', "''"))
        }
        // A JSON string is a YAML one.
        _ => serde_json::Value::from(name).to_string(),
    }
}

fn entangled(span: std::ops::Range<usize>) -> EditRefusal {
    EditRefusal::at(
        span,
        "the socket's name cannot change here without something else changing along",
    )
    .remedy("change it by hand")
}
