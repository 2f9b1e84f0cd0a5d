//! Answers of migrations: the edits that they ask for, or the reasons why none is made.

use crate::model::change::Spot;
use crate::model::migration::Refusal;
use crate::model::path::RelPath;

/// An edit that a migration asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edit {
    /// A file gets another text.
    Text { name: Spot, at: Spot, after: String },
    /// A file comes where there is none.
    File { path: RelPath, text: String },
    /// A directory comes.
    Directory { path: RelPath },
}

/// The answer of a migration for files that belong together: all of its edits, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MigrationAnswer {
    /// Nothing to do.
    NotApplicable,
    /// These edits.
    Apply(Vec<Edit>),
    /// None of them, for these reasons.
    Refuse(Vec<Refusal>),
}

impl Edit {
    /// The name of the file or directory.
    pub(crate) fn spot(&self) -> Spot {
        match self {
            Self::Text { name, .. } => name.clone(),
            Self::File { path, .. } | Self::Directory { path } => Spot::in_home(path),
        }
    }
}
