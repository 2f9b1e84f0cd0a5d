//! Agents that join a roster's list, or leave it.

use super::*;

mod join;
mod leave;
#[cfg(test)]
mod tests;

#[cfg(test)]
use leave::WithoutAgent;

/// The list of agents: its key, its node, and its items.
type List<'b> = (NodeId, NodeId, &'b [NodeId]);

impl RosterText<'_> {
    fn list(&self) -> Result<List<'_>, EditRefusal> {
        let agents = self.root.and_then(|root| self.entry(root, &["agents"]));
        let Some((key, list)) = agents else {
            let problem = "this roster has no list of agents";
            return Err(EditRefusal::at(0..0, problem).remedy("write `agents: []` at its end"));
        };
        match &self.node(list).content {
            YamlContent::Sequence(items) => Ok((key, list, items)),
            YamlContent::Alias(_) => {
                let problem = "the list of agents is written elsewhere";
                Err(EditRefusal::at(self.node(list).span.clone(), problem)
                    .remedy("write it out here"))
            }
            _ => Err(self.entangled_list(list)),
        }
    }

    fn is_flow_list(&self, list: NodeId) -> bool {
        self.text[self.node(list).span.start..].starts_with('[')
    }

    /// Offset of the dash before an item of a block list. Its anchor or its tag may stand in a line of its own.
    fn dash(&self, item: NodeId) -> Result<usize, EditRefusal> {
        let place = self.node(item).span.start;
        let mut start = line_start(self.text, place);
        loop {
            let line = &self.text[start..];
            let indent = line.len() - line.trim_start_matches(' ').len();
            let behind = line[indent..].strip_prefix('-');
            let is_dash =
                behind.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
            if is_dash {
                return Ok(start + indent);
            }
            let above = self.above(start);
            if above == start {
                return Err(self.entangled_item(item));
            }
            start = above;
        }
    }

    /// Offset of the line behind an item of a block list, and behind comments that are indented as parts of it are;
    /// nothing where the text ends without a line's end.
    fn end_of_item(&self, item: NodeId, dash: usize) -> Option<usize> {
        let column = dash - line_start(self.text, dash);
        let mut next = self.next_line(self.end(item))?;
        loop {
            let line = &self.text[next..];
            let indent = line.len() - line.trim_start_matches(' ').len();
            if indent <= column || !line[indent..].starts_with('#') {
                return Some(next);
            }
            next = self.next_line(next + indent)?;
        }
    }

    /// Offset at which the last thing that is written of a node ends.
    fn end(&self, id: NodeId) -> usize {
        let node = self.node(id);
        let ends = |all: &mut dyn Iterator<Item = NodeId>| all.map(|id| self.end(id)).max();
        let end = match &node.content {
            YamlContent::Mapping {
                is_flow: false,
                entries,
            } => ends(&mut entries.iter().flat_map(|(key, value)| [*key, *value])),
            YamlContent::Sequence(items) if !self.is_flow_list(id) => {
                ends(&mut items.iter().copied())
            }
            _ => None,
        };
        end.unwrap_or(node.span.end)
    }

    /// Offset of the line above one; that itself where it is the first.
    fn above(&self, start: usize) -> usize {
        let before = self.text[..start].strip_suffix(['\n', '\r']);
        let before = before.map(|before| match before.strip_suffix('\r') {
            Some(shorter) if self.text[..start].ends_with("\r\n") => shorter,
            _ => before,
        });
        before.map_or(start, |before| line_start(self.text, before.len()))
    }

    fn is_blank_above(&self, start: usize) -> bool {
        let above = self.above(start);
        above < start && self.text[above..start].trim().is_empty()
    }

    fn entangled_item(&self, item: NodeId) -> EditRefusal {
        let start = self.node(item).span.start;
        let problem = "this agent cannot leave without something else changing along";
        EditRefusal::at(start..start, problem).remedy("take it out by hand")
    }
}

fn agents_of(roster: Option<&mut Value>) -> Option<&mut Vec<Value>> {
    let mut entries = texts_and_values(roster?);
    let agents = entries.find(|(key, _)| *key == "agents");
    match agents {
        Some((_, Value::Sequence { items, .. })) => Some(items),
        _ => None,
    }
}
