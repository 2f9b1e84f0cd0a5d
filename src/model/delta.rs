//! One file before and after a change, as far as both are known.

use crate::model::change::Spot;
use crate::model::digest::Digest;

/// What changes, or changed, at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// Where.
    pub at: Spot,
    /// The file before; `None` where there is none.
    pub before: Option<Side>,
    /// The file after; `None` where there is none.
    pub after: Option<Side>,
    /// What a person should know of it besides.
    pub note: Option<String>,
    /// Whether it is a file of the operator's: values of secrets in it are masked, whatever it is called.
    pub is_operators: bool,
}

/// A file on one side of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its content's digest.
    pub digest: Digest,
    /// Whether it is executable.
    pub executable: bool,
    /// Its content, as far as it can be shown.
    pub body: Body,
}

/// A content, as far as it can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Text.
    Text(String),
    /// UTF-8 it is not, or it has a NUL in it.
    Binary,
    /// Too large to compare line by line.
    TooLarge,
    /// Nobody keeps it any more.
    NotKept,
}

impl Delta {
    /// What kind of change it is.
    pub fn kind(&self) -> DeltaKind {
        match (&self.before, &self.after) {
            (None, _) => DeltaKind::Added,
            (_, None) => DeltaKind::Deleted,
            (Some(before), Some(after)) if before.digest == after.digest => DeltaKind::Mode,
            _ => DeltaKind::Modified,
        }
    }
}

/// The kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeltaKind {
    /// A file that was not there.
    Added,
    /// A file that is there no more.
    Deleted,
    /// Another content.
    Modified,
    /// The same content with other executable bits.
    Mode,
}
