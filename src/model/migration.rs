//! Outcome of a migration in a home, and the reasons for it.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::change::Spot;
use crate::model::place::TextFault;

/// A migration as it stands in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The migration's id.
    pub id: &'static str,
    /// Title: what the migration is for, in a few words.
    pub title: &'static str,
    /// Outcome of the migration.
    pub outcome: Outcome,
    /// Reason for the outcome, in a few words.
    pub reason: String,
    /// Files that it edits or makes.
    pub edits: Vec<FileEdit>,
    /// Places whose edits are made together or not at all.
    pub together: Vec<BTreeSet<Spot>>,
    /// Files that it leaves as they are, because they cannot safely be changed.
    pub refusals: Vec<Refusal>,
}

/// Outcome of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The migration's edits are made.
    Applied,
    /// The migration has nothing to do here.
    NotApplicable,
    /// The migration was decided on by an earlier update.
    AlreadyDone,
    /// The migration leaves some files to a person; the rest is done.
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

/// An edit of one file, or a file that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// Spot by which people know the file.
    pub name: Spot,
    /// Spot of the file's bytes: somewhere else than the name where that is a link.
    pub at: Spot,
    /// The text before; `None` where nothing is there.
    pub before: Option<String>,
    /// The text after; `None` for a directory.
    pub after: Option<String>,
}

/// A refusal: a file that a migration leaves to a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Refusal {
    /// The file, or what else is in the way.
    pub path: String,
    /// Line in the file, counted from 1.
    pub line: Option<usize>,
    /// Column in the line, in characters, counted from 1.
    pub column: Option<usize>,
    /// Reason for the refusal.
    pub reason: String,
    /// Remedy: what to do about it.
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
