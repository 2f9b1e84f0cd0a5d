//! A file before and after a change, as far as both are known.

use crate::model::change::Spot;
use crate::model::digest::Digest;

/// Difference that a change makes, or made, at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// The path's spot.
    pub at: Spot,
    /// The file before; `None` where there is none.
    pub before: Option<Side>,
    /// The file after; `None` where there is none.
    pub after: Option<Side>,
    /// Note for a person.
    pub note: Option<String>,
    /// True if the file is the operator's: values of secrets in it are masked, whatever it is
    /// called.
    pub is_operators: bool,
}

/// A file on one side of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Digest of its content.
    pub digest: Digest,
    /// True if the file is executable.
    pub executable: bool,
    /// Body of its content, as far as it can be shown.
    pub body: Body,
}

/// A content, as far as it can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A text that can be shown.
    Text(String),
    /// The content is not UTF-8, or has a NUL in it.
    Binary,
    /// Too large to compare line by line.
    TooLarge,
    /// The content is kept no more.
    NotKept,
}

impl Delta {
    /// Kind of the difference.
    pub fn kind(&self) -> DeltaKind {
        match (&self.before, &self.after) {
            (None, _) => DeltaKind::Added,
            (_, None) => DeltaKind::Deleted,
            (Some(before), Some(after)) if before.digest == after.digest => DeltaKind::Mode,
            _ => DeltaKind::Edited,
        }
    }
}

/// Kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeltaKind {
    /// A file comes where there was none.
    Added,
    /// A file goes.
    Deleted,
    /// The file gets another content.
    Edited,
    /// The file keeps its content and gets other executable bits.
    Mode,
}
