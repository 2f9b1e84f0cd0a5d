//! A YAML document as a tree of nodes that know their bytes, and as the plain values that it stands for.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StructureStyle, Tag, options};

use super::EditRefusal;

/// Number of values that the aliases of a document may add to it.
const ALIASED_MAX: usize = 100_000;
/// Plain words that some reader takes for something else than a string.
const TYPED_WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

const STRING_TAG: &str = "tag:yaml.org,2002:str";
const NULL_TAG: &str = "tag:yaml.org,2002:null";

/// A node of a document, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(usize);

#[derive(Debug)]
pub struct YamlNode {
    /// The bytes of a scalar (none where it is not written), of an alias, of the braces of a flow collection; where
    /// a block collection begins.
    pub span: Range<usize>,
    /// The tag, and its bytes.
    pub tag: Option<(String, Range<usize>)>,
    pub content: YamlContent,
}

#[derive(Debug)]
pub enum YamlContent {
    Scalar {
        text: String,
        style: ScalarStyle,
    },
    Sequence(Vec<NodeId>),
    Mapping {
        entries: Vec<(NodeId, NodeId)>,
        is_flow: bool,
    },
    Alias(NodeId),
}

/// The only document of a text.
#[derive(Debug)]
pub struct Document {
    nodes: Vec<YamlNode>,
    pub root: Option<NodeId>,
}

/// A document's value, aliases resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    Scalar {
        text: String,
        kind: ScalarKind,
    },
    Sequence {
        tag: Option<String>,
        items: Vec<Value>,
    },
    Mapping {
        tag: Option<String>,
        entries: Vec<(Value, Value)>,
    },
}

/// A scalar's kind, as it may be taken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ScalarKind {
    String,
    /// A plain scalar that may be a number, nothing, or a string.
    Open,
    Tagged(String),
}

/// Tells whether a text is a string also where nothing marks it as one.
pub fn is_word(text: &str) -> bool {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(is_of_word)
        && !TYPED_WORDS
            .iter()
            .any(|word| word.eq_ignore_ascii_case(text))
}

fn says_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

impl Value {
    /// Tells whether it says nothing: `null` in any spelling.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Scalar {
                text,
                kind: ScalarKind::Open,
            } => says_null(text),
            Self::Scalar {
                kind: ScalarKind::Tagged(tag),
                ..
            } => tag == NULL_TAG,
            _ => false,
        }
    }
}

impl Document {
    /// # Errors
    ///
    /// What is not YAML, a second document, and a key that is there twice.
    pub fn parse(text: &str) -> Result<Self, EditRefusal> {
        let options = options! { emit_comments: false };
        let mut builder = Builder::default();
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.map_err(|error| not_yaml(text, &error))?;
            builder.take(event, &span)?;
        }
        let document = Self {
            nodes: builder.nodes,
            root: builder.root,
        };
        document.check_keys()?;
        Ok(document)
    }

    pub fn node(&self, id: NodeId) -> &YamlNode {
        &self.nodes[id.0]
    }

    /// The node that an alias stands for, or the node itself.
    pub fn resolved(&self, id: NodeId) -> NodeId {
        match self.node(id).content {
            YamlContent::Alias(target) => target,
            _ => id,
        }
    }

    /// The entries of a mapping, also of one behind an alias.
    pub fn entries(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match &self.node(self.resolved(id)).content {
            YamlContent::Mapping { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// The text of a scalar, also of one behind an alias.
    pub fn scalar(&self, id: NodeId) -> Option<&str> {
        match &self.node(self.resolved(id)).content {
            YamlContent::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Tells whether a node says nothing: `null` in any spelling, or nothing at all.
    pub fn is_null(&self, id: NodeId) -> bool {
        let node = self.node(self.resolved(id));
        let YamlContent::Scalar { text, style } = &node.content else {
            return false;
        };
        match &node.tag {
            Some((tag, _)) => tag == NULL_TAG,
            None => *style == ScalarStyle::Plain && says_null(text),
        }
    }

    /// The value of the whole document.
    ///
    /// # Errors
    ///
    /// Aliases that would blow it up.
    pub fn value(&self) -> Result<Option<Value>, EditRefusal> {
        let mut budget = self.nodes.len() + ALIASED_MAX;
        self.root
            .map(|root| self.value_of(root, &mut budget))
            .transpose()
    }

    fn value_of(&self, id: NodeId, budget: &mut usize) -> Result<Value, EditRefusal> {
        let YamlNode { span, tag, content } = self.node(self.resolved(id));
        let Some(left) = budget.checked_sub(1) else {
            return Err(EditRefusal::at(
                span.clone(),
                "the aliases of this document stand for too much",
            ));
        };
        *budget = left;
        let tag = tag.as_ref().map(|(tag, _)| tag.clone());
        Ok(match content {
            YamlContent::Scalar { text, style } => {
                let kind = match tag {
                    Some(tag) if tag == STRING_TAG => ScalarKind::String,
                    Some(tag) => ScalarKind::Tagged(tag),
                    None if *style == ScalarStyle::Plain && !is_word(text) => ScalarKind::Open,
                    None => ScalarKind::String,
                };
                Value::Scalar {
                    text: text.clone(),
                    kind,
                }
            }
            YamlContent::Sequence(items) => {
                let items = items.iter().map(|item| self.value_of(*item, budget));
                Value::Sequence {
                    tag,
                    items: items.collect::<Result<_, _>>()?,
                }
            }
            YamlContent::Mapping { entries, .. } => {
                let entries = entries.iter().map(|(key, value)| {
                    Ok((self.value_of(*key, budget)?, self.value_of(*value, budget)?))
                });
                Value::Mapping {
                    tag,
                    entries: entries.collect::<Result<_, EditRefusal>>()?,
                }
            }
            YamlContent::Alias(_) => {
                return Err(EditRefusal::at(
                    span.clone(),
                    "this alias stands for an alias",
                ));
            }
        })
    }

    fn check_keys(&self) -> Result<(), EditRefusal> {
        let mut budget = self.nodes.len() + ALIASED_MAX;
        for node in &self.nodes {
            let YamlContent::Mapping { entries, .. } = &node.content else {
                continue;
            };
            let mut seen = HashSet::new();
            for (key, _) in entries {
                let value = match self.scalar(*key) {
                    // Readers differ on whether `1` and `"1"` are one key: here they are.
                    Some(text) => Value::Scalar {
                        text: text.to_owned(),
                        kind: ScalarKind::String,
                    },
                    None => self.value_of(*key, &mut budget)?,
                };
                if !seen.insert(value) {
                    let problem = match self.scalar(*key) {
                        Some(text) => format!("the key `{text}` is there twice"),
                        None => "this key is there twice".to_owned(),
                    };
                    return Err(EditRefusal::at(self.node(*key).span.clone(), problem)
                        .remedy("keep one of the two: readers differ on which one counts"));
                }
            }
        }
        Ok(())
    }
}

fn not_yaml(text: &str, error: &ScanError) -> EditRefusal {
    let at = error
        .marker()
        .byte_offset()
        .unwrap_or_default()
        .min(text.len());
    EditRefusal::at(at..at, format!("this is not YAML: {}", error.info()))
}

/// Puts events together.
#[derive(Default)]
struct Builder {
    nodes: Vec<YamlNode>,
    root: Option<NodeId>,
    documents: usize,
    /// The collections that are not complete, each with the key that waits for its value.
    open: Vec<(NodeId, Option<NodeId>)>,
    anchors: HashMap<usize, NodeId>,
}

impl Builder {
    fn take(&mut self, event: Event, span: &Span) -> Result<(), EditRefusal> {
        let bytes = span.byte_range().unwrap_or_default();
        let tag = |tag: Option<std::borrow::Cow<Tag>>| {
            let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()))?;
            let span = span.tag_span().and_then(|span| span.byte_range());
            Some((tag, span.unwrap_or(bytes.start..bytes.start)))
        };
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(EditRefusal::at(bytes, "a second document begins here")
                        .remedy("keep one document in a file"));
                }
            }
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
            Event::Alias(anchor) => self.alias(anchor, bytes)?,
            _ => {}
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<(), EditRefusal> {
        let Some(target) = self.anchors.get(&anchor).copied() else {
            return Err(EditRefusal::at(span, "this alias stands for nothing"));
        };
        if self.open.iter().any(|(id, _)| *id == target) {
            let problem = "this alias stands for what it is in";
            return Err(EditRefusal::at(span, problem));
        }
        let node = YamlNode {
            tag: None,
            span,
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
