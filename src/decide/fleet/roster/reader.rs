//! The nodes of a roster as what its schema speaks of: mappings with known keys, lists, texts and numbers.

use std::ops::Range;

use granit_parser::ScalarStyle;

use crate::decide::text::in_place::EditRefusal;
use crate::decide::text::in_place::yaml::{Document, NodeId, YamlContent};
use crate::decide::text::nearest::nearest;

const TAG: &str = "tag:yaml.org,2002:";

/// A document, and what its nodes are by YAML's core schema.
pub(super) struct RosterReader<'a> {
    pub written: &'a str,
    document: Document,
    pub root: Option<NodeId>,
}

/// The kind of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
enum NodeKind<'a> {
    Null,
    Boolean(bool),
    Integer(&'a str, f64),
    Float(f64),
    Text(&'a str),
    List,
    Mapping,
    /// Foreign: a tag that a roster does not know, or that its text does not fit.
    Foreign,
}

impl<'a> RosterReader<'a> {
    pub(super) fn new(written: &'a str) -> Result<Self, EditRefusal> {
        let document = Document::parse(written).map_err(|refusal| {
            let remedy = refusal
                .remedy
                .clone()
                .unwrap_or_else(|| "mend it here, or just above".to_owned());
            refusal.remedy(remedy)
        })?;
        let root = document.root.filter(|root| !document.is_null(*root));
        Ok(Self {
            written,
            document,
            root,
        })
    }

    /// The bytes of a node; of an alias, its own. A block collection is shown by its first line.
    pub(super) fn span(&self, id: NodeId) -> Range<usize> {
        let span = self.document.node(id).span.clone();
        let first_line = self.written[span.clone()]
            .find(['\n', '\r'])
            .unwrap_or(span.len());
        span.start..span.start + first_line
    }

    pub(super) fn is_null(&self, id: NodeId) -> bool {
        self.said(id) == NodeKind::Null
    }

    pub(super) fn is_integer(&self, id: NodeId) -> bool {
        matches!(self.said(id), NodeKind::Integer(..))
    }

    /// A scalar as it is written, without quotes.
    pub(super) fn written_of(&self, id: NodeId) -> &str {
        self.document.scalar(id).unwrap_or_default()
    }

    pub(super) fn number(&self, id: NodeId) -> Option<f64> {
        match self.said(id) {
            NodeKind::Integer(_, number) | NodeKind::Float(number) => Some(number),
            _ => None,
        }
    }

    /// True or false.
    pub(super) fn truth(&self, id: NodeId, what: &str) -> Result<bool, EditRefusal> {
        match self.said(id) {
            NodeKind::Boolean(truth) => Ok(truth),
            _ => {
                let refusal = self.wrong_type(id, what, "true or false");
                Err(refusal.remedy("write `true` or `false`, without quotes"))
            }
        }
    }

    /// A text of one line, possibly empty.
    pub(super) fn text(&self, id: NodeId, what: &str) -> Result<&str, EditRefusal> {
        let said = self.said(id);
        let NodeKind::Text(text) = said else {
            let remedy = match said {
                NodeKind::Boolean(_) | NodeKind::Integer(..) | NodeKind::Float(_) => {
                    "put it between quotes"
                }
                NodeKind::Null => "write one, or leave the key out",
                _ => "write a plain text",
            };
            return Err(self.wrong_type(id, what, "a text").remedy(remedy));
        };
        match text.chars().find(|c| c.is_ascii_control()) {
            None => Ok(text),
            Some(c) => Err(EditRefusal::at(
                self.span(id),
                format!("{what} cannot have the character {c:?}"),
            )
            .remedy("write it in one line, without tabs")),
        }
    }

    pub(super) fn items(&self, id: NodeId, what: &str) -> Result<&[NodeId], EditRefusal> {
        match &self.document.node(self.document.resolved(id)).content {
            YamlContent::Sequence(items) if self.said(id) == NodeKind::List => Ok(items),
            _ => Err(self
                .wrong_type(id, what, "a list")
                .remedy("write `[]` for none, else each behind a `- `")),
        }
    }

    /// A mapping that has none but known keys.
    pub(super) fn fields(
        &self,
        id: NodeId,
        what: &'static str,
        known: &[&str],
    ) -> Result<Fields<'_>, EditRefusal> {
        let fields = self.any_fields(id, what, &format!("known here: {}", known.join(", ")))?;
        let unknown = fields.keyed().find(|(name, ..)| !known.contains(name));
        if let Some((name, key, _)) = unknown {
            let problem = format!("{what} has no key `{}`", name.escape_debug());
            return Err(EditRefusal::at(key, problem).remedy(meant(name, known)));
        }
        Ok(fields)
    }

    /// A mapping of whatever keys. `hint` helps whoever wrote something else.
    pub(super) fn any_fields(
        &self,
        id: NodeId,
        what: &'static str,
        hint: &str,
    ) -> Result<Fields<'_>, EditRefusal> {
        let entries = self
            .document
            .entries(id)
            .filter(|_| self.said(id) == NodeKind::Mapping)
            .ok_or_else(|| self.wrong_type(id, what, "a mapping").remedy(hint))?;
        let mut fields = Vec::new();
        for (key, value) in entries {
            let name = match self.said(*key) {
                NodeKind::Text(name) => name,
                _ => self.document.scalar(*key).unwrap_or_default(),
            };
            if name == "<<" {
                return Err(EditRefusal::at(
                    self.span(*key),
                    format!("{what} takes keys from elsewhere with `<<`"),
                )
                .remedy("write these keys out"));
            }
            fields.push(Field {
                name,
                key: self.span(*key),
                value: *value,
            });
        }
        Ok(Fields {
            what,
            place: self.span(id),
            fields,
        })
    }

    fn wrong_type(&self, id: NodeId, what: &str, wanted: &str) -> EditRefusal {
        let is = match self.said(id) {
            NodeKind::Null => "nothing",
            NodeKind::Boolean(_) => "true or false",
            NodeKind::Integer(..) | NodeKind::Float(_) => "a number",
            NodeKind::Text(_) => "a text",
            NodeKind::List => "a list",
            NodeKind::Mapping => "a mapping",
            NodeKind::Foreign => "of a type that a roster does not know",
        };
        EditRefusal::at(
            self.span(id),
            format!("{what} must be {wanted}, and this is {is}"),
        )
    }

    fn said(&self, id: NodeId) -> NodeKind<'_> {
        let node = self.document.node(self.document.resolved(id));
        let tag = node
            .tag
            .as_ref()
            .map(|(tag, _)| tag.strip_prefix(TAG).unwrap_or(tag));
        match (&node.content, tag) {
            (YamlContent::Sequence(_), None | Some("seq")) => NodeKind::List,
            (YamlContent::Mapping { .. }, None | Some("map")) => NodeKind::Mapping,
            (YamlContent::Scalar { text, .. }, Some("str" | "!")) => NodeKind::Text(text),
            (YamlContent::Scalar { text, style }, None) => match style {
                ScalarStyle::Plain => plain(text),
                _ => NodeKind::Text(text),
            },
            (YamlContent::Scalar { text, .. }, Some(tag)) => match (plain(text), tag) {
                (said @ NodeKind::Null, "null")
                | (said @ NodeKind::Boolean(_), "bool")
                | (said @ NodeKind::Integer(..), "int")
                | (said @ NodeKind::Float(_), "float") => said,
                _ => NodeKind::Foreign,
            },
            _ => NodeKind::Foreign,
        }
    }
}

/// The kind of a scalar without quotes, by YAML 1.2's core schema.
fn plain(text: &str) -> NodeKind<'_> {
    let digits = text.trim_start_matches(['+', '-']);
    let whole = |radix, digits: &str| {
        u64::from_str_radix(digits, radix)
            .ok()
            .map(|number| number as f64)
    };
    let is_all = |digits: &str, allowed: fn(&char) -> bool| {
        !digits.is_empty() && digits.chars().all(|c| allowed(&c))
    };
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" => NodeKind::Boolean(true),
        "false" | "False" | "FALSE" => NodeKind::Boolean(false),
        _ if text.len() > digits.len() + 1 => NodeKind::Text(text),
        _ if is_all(digits, char::is_ascii_digit) => {
            NodeKind::Integer(text, text.parse().unwrap_or(f64::NAN))
        }
        _ if text
            .strip_prefix("0x")
            .is_some_and(|hex| is_all(hex, char::is_ascii_hexdigit)) =>
        {
            NodeKind::Integer(text, whole(16, &text[2..]).unwrap_or(f64::NAN))
        }
        _ if text
            .strip_prefix("0o")
            .is_some_and(|octal| is_all(octal, |c| matches!(c, '0'..='7'))) =>
        {
            NodeKind::Integer(text, whole(8, &text[2..]).unwrap_or(f64::NAN))
        }
        ".nan" | ".NaN" | ".NAN" => NodeKind::Float(f64::NAN),
        _ if matches!(digits, ".inf" | ".Inf" | ".INF") => NodeKind::Float(f64::INFINITY),
        _ if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            text.parse().map_or(NodeKind::Text(text), NodeKind::Float)
        }
        _ => NodeKind::Text(text),
    }
}

/// The known name that is most like another.
pub(super) fn near<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    nearest(name, known).copied()
}

/// The remedy for a name that is not known.
pub(super) fn meant(name: &str, known: &[&str]) -> String {
    match near(name, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// The entries of a mapping whose keys are known.
pub(super) struct Fields<'a> {
    what: &'static str,
    place: Range<usize>,
    fields: Vec<Field<'a>>,
}

struct Field<'a> {
    name: &'a str,
    key: Range<usize>,
    value: NodeId,
}

impl<'a> Fields<'a> {
    pub(super) fn all(&self) -> impl Iterator<Item = (&'a str, NodeId)> {
        self.fields.iter().map(|field| (field.name, field.value))
    }

    /// The entries with the places of their keys.
    pub(super) fn keyed(&self) -> impl Iterator<Item = (&'a str, Range<usize>, NodeId)> {
        self.fields
            .iter()
            .map(|field| (field.name, field.key.clone(), field.value))
    }

    pub(super) fn get(&self, name: &str) -> Option<NodeId> {
        self.all()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    pub(super) fn required(&self, name: &str, remedy: &str) -> Result<NodeId, EditRefusal> {
        self.get(name).ok_or_else(|| {
            EditRefusal::at(self.place.clone(), format!("{} needs `{name}`", self.what))
                .remedy(remedy)
        })
    }

    /// The value of one of two spellings of a key; both at once contradict each other.
    pub(super) fn either(&self, one: &str, other: &str) -> Result<Option<NodeId>, EditRefusal> {
        let mut fields = self
            .fields
            .iter()
            .filter(|field| [one, other].contains(&field.name));
        match (fields.next(), fields.next()) {
            (Some(_), Some(second)) => Err(EditRefusal::at(
                second.key.clone(),
                format!("both `{one}` and `{other}` are there"),
            )
            .remedy(format!(
                "keep one: they are two spellings of the same key, of which `{one}` is usual"
            ))),
            (first, _) => Ok(first.map(|field| field.value)),
        }
    }
}
