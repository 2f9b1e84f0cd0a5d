//! An agent leaves a roster's list.

use super::super::explicit::line_ending_count;
use super::*;

/// A text without one of its agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WithoutAgent {
    /// The text.
    pub text: String,
    /// Line of a comment right above the place where the agent was, counted from 1: it stays, whatever it speaks of.
    pub comment: Option<usize>,
}

impl RosterText<'_> {
    /// The text without the agent of this name; nothing where there is none.
    ///
    /// # Errors
    ///
    /// An agent that cannot go without something else changing along.
    pub(crate) fn without_agent(&self, name: &str) -> Result<Option<WithoutAgent>, EditRefusal> {
        let (key, list, items) = self.list()?;
        let is_meant = |item: &NodeId| {
            let named = self.entry(*item, &["name"]);
            named.is_some_and(|(_, value)| self.document.scalar(value) == Some(name))
        };
        let Some(index) = items.iter().position(is_meant) else {
            return Ok(None);
        };
        let (splices, comment) = if self.is_flow_list(list) {
            (vec![self.out_of_flow(list, items, index)?], None)
        } else {
            self.out_of_block(key, items, index)?
        };
        let text = spliced(self.text, splices);
        let is_so = || -> Result<bool, EditRefusal> {
            let mut before = self.document.value()?;
            if let Some(agents) = agents_of(before.as_mut()) {
                agents.remove(index);
            }
            Ok(before == RosterText::parse(&text)?.document.value()?)
        };
        if is_so().unwrap_or(false) {
            Ok(Some(WithoutAgent { text, comment }))
        } else {
            Err(self.entangled_item(items[index]))
        }
    }

    fn out_of_block(
        &self,
        key: NodeId,
        items: &[NodeId],
        index: usize,
    ) -> Result<(Vec<Splice>, Option<usize>), EditRefusal> {
        let item = items[index];
        let dash = self.dash(item)?;
        let mut start = line_start(self.text, dash);
        let next = self.end_of_item(item, dash);
        let is_last_line = next.is_none_or(|next| {
            let rest = &self.text[next..];
            rest.is_empty() || rest.starts_with(['\n', '\r'])
        });
        let before = self.text[..start].trim_end_matches(['\n', '\r']);
        let above = line_start(self.text, before.len());
        let is_comment = before[above..].trim_start().starts_with('#');
        let is_next = line_ending_count(&self.text[before.len()..start]) == 1;
        let comment = (is_comment && is_next && items.len() > 1)
            .then(|| self.text[..above].lines().count() + 1);
        if is_last_line && self.is_blank_above(start) {
            start = self.above(start);
        }
        if next.is_none() {
            // The line above is the last one now, and ends as this one did.
            start = before.len();
        }
        let mut splices = vec![Splice {
            span: start..next.unwrap_or(self.text.len()),
            by: String::new(),
        }];
        if items.len() == 1 {
            let key = self.node(key).span.end;
            let colon = self.text[key..].find(':').unwrap_or_default();
            splices.push(Splice::insert(key + colon + 1, " []"));
        }
        Ok((splices, comment))
    }

    fn out_of_flow(
        &self,
        list: NodeId,
        items: &[NodeId],
        index: usize,
    ) -> Result<Splice, EditRefusal> {
        let item = items[index];
        let has_comment = |span: &std::ops::Range<usize>| self.text[span.clone()].contains('#');
        let list = self.node(list).span.clone();
        let (start, end) = (self.node(item).span.start, self.end(item));
        let before = index.checked_sub(1).map(|before| self.end(items[before]));
        let behind = items.get(index + 1).map(|next| self.node(*next).span.start);
        let (span, between) = match (before, behind) {
            (Some(before), _) => (before..end, before..start),
            (None, Some(behind)) => (start..behind, end..behind),
            (None, None) => (list.start + 1..list.end - 1, list.start + 1..start),
        };
        let is_alone = before.is_none() && behind.is_none();
        if has_comment(&between) || (is_alone && has_comment(&(end..list.end))) {
            return Err(self.entangled_item(item));
        }
        Ok(Splice {
            span,
            by: String::new(),
        })
    }
}
