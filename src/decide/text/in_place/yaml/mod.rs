//! A YAML document as a tree of nodes that know their bytes, and as the plain values that it stands for.

mod builder;

use std::collections::HashSet;
use std::ops::Range;

use granit_parser::{Parser, ScalarStyle, ScanError, options};

use super::EditRefusal;
use builder::Builder;

/// Values that the aliases of a document may add to it.
const ALIASED_MAX: usize = 100_000;
/// Plain words that some reader takes for something else than a string.
const TYPED_WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

const STRING_TAG: &str = "tag:yaml.org,2002:str";
const NULL_TAG: &str = "tag:yaml.org,2002:null";

/// A node of a document, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(usize);

/// A node of a document: its bytes, its tag and its content.
#[derive(Debug)]
pub(crate) struct YamlNode {
    /// The bytes of a scalar (none where it is not written), of an alias, of the braces of a flow collection; where
    /// a block collection begins.
    pub span: Range<usize>,
    /// The tag, and its bytes.
    pub tag: Option<(String, Range<usize>)>,
    /// Content of the node.
    pub content: YamlContent,
}

/// Content of a node.
#[derive(Debug)]
pub(crate) enum YamlContent {
    /// A text, a number, or nothing.
    Scalar {
        /// Text of the scalar, without quotes and escapes.
        text: String,
        /// Style that it is written in: plain, quoted, or as a block.
        style: ScalarStyle,
    },
    /// A list of nodes.
    Sequence(Vec<NodeId>),
    /// A mapping.
    Mapping {
        /// Keys and values, in their order.
        entries: Vec<(NodeId, NodeId)>,
        /// True if it is written in braces.
        is_flow: bool,
    },
    /// An alias of this node.
    Alias(NodeId),
}

/// A document: the only one of its text.
#[derive(Debug)]
pub(crate) struct Document {
    nodes: Vec<YamlNode>,
    /// Root of the document; `None` where the text holds no node.
    pub root: Option<NodeId>,
}

/// Value of a node, aliases resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    /// A text, a number, or nothing.
    Scalar {
        /// Text of the scalar.
        text: String,
        /// Kind of the scalar.
        kind: ScalarKind,
    },
    /// A list.
    Sequence {
        /// Tag, where it has one of its own.
        tag: Option<String>,
        /// Items, in their order.
        items: Vec<Value>,
    },
    /// A mapping.
    Mapping {
        /// Tag, where it has one of its own.
        tag: Option<String>,
        /// Keys and values, in their order.
        entries: Vec<(Value, Value)>,
    },
}

/// Kind of a scalar: what readers may take it for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ScalarKind {
    /// A text for every reader.
    String,
    /// A plain scalar that may be a number, nothing, or a string.
    Open,
    /// A scalar of the type that this tag names.
    Tagged(String),
}

/// Tells whether a text is a string also where nothing marks it as one.
pub(crate) fn is_word(text: &str) -> bool {
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
    /// Tells whether the value is `null`, in any spelling.
    pub(crate) fn is_null(&self) -> bool {
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
    pub(crate) fn parse(text: &str) -> Result<Self, EditRefusal> {
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

    /// The node with this number.
    pub(crate) fn node(&self, id: NodeId) -> &YamlNode {
        &self.nodes[id.0]
    }

    /// The node that an alias stands for; any other node is itself.
    pub(crate) fn resolved(&self, id: NodeId) -> NodeId {
        match self.node(id).content {
            YamlContent::Alias(target) => target,
            _ => id,
        }
    }

    /// The entries of a mapping, also of one behind an alias.
    pub(crate) fn entries(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match &self.node(self.resolved(id)).content {
            YamlContent::Mapping { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// The text of a scalar, also of one behind an alias.
    pub(crate) fn scalar(&self, id: NodeId) -> Option<&str> {
        match &self.node(self.resolved(id)).content {
            YamlContent::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Tells whether a node is `null`, in any spelling, or nothing at all.
    pub(crate) fn is_null(&self, id: NodeId) -> bool {
        let node = self.node(self.resolved(id));
        let YamlContent::Scalar { text, style } = &node.content else {
            return false;
        };
        match &node.tag {
            Some((tag, _)) => tag == NULL_TAG,
            None => *style == ScalarStyle::Plain && says_null(text),
        }
    }

    /// Value of the whole document.
    ///
    /// # Errors
    ///
    /// Aliases that would blow it up.
    pub(crate) fn value(&self) -> Result<Option<Value>, EditRefusal> {
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
    let offset = error
        .marker()
        .byte_offset()
        .unwrap_or_default()
        .min(text.len());
    EditRefusal::at(
        offset..offset,
        format!("this is not YAML: {}", error.info()),
    )
}
