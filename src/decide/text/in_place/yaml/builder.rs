//! The tree of a YAML document, put together from the parser's events.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Span, StructureStyle, Tag};

use super::{NodeId, YamlContent, YamlNode};
use crate::decide::text::in_place::EditRefusal;

/// Builder of a tree of nodes.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) nodes: Vec<YamlNode>,
    pub(super) root: Option<NodeId>,
    documents: usize,
    /// The collections that are not complete, each with the key that waits for its value.
    open: Vec<(NodeId, Option<NodeId>)>,
    anchors: HashMap<usize, NodeId>,
}

impl Builder {
    pub(super) fn take(&mut self, event: Event, span: &Span) -> Result<(), EditRefusal> {
        let bytes = span.byte_range().unwrap_or_default();
        let tag = |tag: Option<std::borrow::Cow<Tag>>| {
            let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()))?;
            let span = span.tag_span().and_then(|span| span.byte_range());
            Some((tag, span.unwrap_or(bytes.start..bytes.start)))
        };
        match event {
            Event::DocumentStart(..) => self.begin_document(bytes)?,
            Event::Scalar(text, style, anchor, name) => {
                let content = YamlContent::Scalar {
                    text: text.into_owned(),
                    style,
                };
                self.add(
                    YamlNode {
                        tag: tag(name),
                        span: bytes,
                        content,
                    },
                    anchor,
                );
            }
            Event::SequenceStart(_, anchor, name) => {
                let node = YamlNode {
                    tag: tag(name),
                    span: bytes,
                    content: YamlContent::Sequence(Vec::new()),
                };
                self.enter(node, anchor);
            }
            Event::MappingStart(style, anchor, name) => {
                let is_flow = style == StructureStyle::Flow;
                let content = YamlContent::Mapping {
                    entries: Vec::new(),
                    is_flow,
                };
                self.enter(
                    YamlNode {
                        tag: tag(name),
                        span: bytes,
                        content,
                    },
                    anchor,
                );
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((id, _)) = self.open.pop() {
                    let node = &mut self.nodes[id.0];
                    node.span.end = node.span.end.max(bytes.end);
                }
            }
            Event::Alias(anchor) => self.add_alias(anchor, bytes)?,
            _ => {}
        }
        Ok(())
    }

    fn begin_document(&mut self, bytes: Range<usize>) -> Result<(), EditRefusal> {
        self.documents += 1;
        if self.documents > 1 {
            return Err(EditRefusal::at(bytes, "a second document begins here")
                .remedy("keep one document in a file"));
        }
        Ok(())
    }

    fn add_alias(&mut self, anchor: usize, bytes: Range<usize>) -> Result<(), EditRefusal> {
        let Some(target) = self.anchors.get(&anchor).copied() else {
            return Err(EditRefusal::at(bytes, "this alias stands for nothing"));
        };
        if self.open.iter().any(|(id, _)| *id == target) {
            return Err(EditRefusal::at(
                bytes,
                "this alias stands for what it is in",
            ));
        }
        let node = YamlNode {
            tag: None,
            span: bytes,
            content: YamlContent::Alias(target),
        };
        self.add(node, 0);
        Ok(())
    }

    fn enter(&mut self, node: YamlNode, anchor: usize) {
        let id = self.add(node, anchor);
        self.open.push((id, None));
    }

    fn add(&mut self, node: YamlNode, anchor: usize) -> NodeId {
        let id = NodeId(self.nodes.len());
        self.nodes.push(node);
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        match self.open.last_mut() {
            None => self.root = Some(id),
            Some((parent, key)) => match &mut self.nodes[parent.0].content {
                YamlContent::Sequence(items) => items.push(id),
                YamlContent::Mapping { entries, .. } => match key.take() {
                    Some(key) => entries.push((key, id)),
                    None => *key = Some(id),
                },
                YamlContent::Scalar { .. } | YamlContent::Alias(_) => {}
            },
        }
        id
    }
}
