//! What a migration does to a home, or why it does not.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::change::Spot;
use crate::model::place::TextFault;

/// One migration, as it stands in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Its id.
    pub id: &'static str,
    /// What it is for, in a few words.
    pub title: &'static str,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Why, in a few words.
    pub reason: String,
    /// What it edits and makes.
    pub edits: Vec<FileEdit>,
    /// What it leaves as it is, because it cannot safely be changed.
    pub refusals: Vec<Refusal>,
}

/// What becomes of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its edits are made.
    Applied,
    /// There is nothing for it to do.
    NotApplicable,
    /// An earlier update has decided about it.
    AlreadyDone,
    /// Some of it is left to a person; the rest is done.
    Refused,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Applied => "applied",
            Self::NotApplicable => "not applicable",
            Self::AlreadyDone => "already done",
            Self::Refused => "refused",
        })
    }
}

/// An edit of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// The name that people know it by.
    pub name: Spot,
    /// Where its bytes are: somewhere else where the name is a link.
    pub at: Spot,
    /// The text before; `None` where nothing is there.
    pub before: Option<String>,
    /// The text after; `None` for a directory.
    pub after: Option<String>,
}

/// Something that a migration leaves to a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Refusal {
    /// The file, or what else is in the way.
    pub path: String,
    /// The line in it, counted from 1.
    pub line: Option<usize>,
    /// The column in it, in characters, counted from 1.
    pub column: Option<usize>,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// The migration that was refused there first, and that this one waits for.
    pub waits_for: Option<String>,
}

impl Refusal {
    /// About a file, or something else, as a whole.
    pub fn about(path: impl fmt::Display, reason: impl Into<String>) -> Self {
        let path = path.to_string();
        let reason = reason.into();
        Self {
            path,
            line: None,
            column: None,
            reason,
            remedy: None,
            waits_for: None,
        }
    }
}

impl From<TextFault> for Refusal {
    fn from(fault: TextFault) -> Self {
        let line = Some(fault.line());
        let column = Some(fault.column());
        Self {
            path: fault.file,
            line,
            column,
            reason: fault.problem,
            remedy: fault.remedy,
            waits_for: None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        write!(f, ": {}", self.reason)
    }
}
