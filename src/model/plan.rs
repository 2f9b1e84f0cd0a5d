//! Plan of a command: decided whole before anything is written.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::BufWriter;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::bundle::Wanted;
use crate::model::change::{Alteration, Change, Spot};
use crate::model::digest::{Digest, Hasher};
use crate::model::ignore::Ignore;
use crate::model::ledger::Ledger;
use crate::model::migration::Migrated;
use crate::model::path::RelPath;
use crate::model::record::Record;
use crate::model::unit::Links;

/// Action at a path, as the reports name it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A shipped file comes where there was none.
    Write,
    /// A seeded file comes, once.
    Seed,
    /// A shipped file takes the place of what an earlier release shipped.
    Replace,
    /// The operator's edit and the release's are joined.
    Merge,
    /// The file is already as it ships; only the record learns of it.
    Adopt,
    /// Only the executable bits change.
    Chmod,
    /// Only the spelling of the name changes.
    Rename,
    /// A file that no longer ships goes.
    Remove,
    /// A file becomes the operator's.
    Release,
    /// A file that is gone is no longer recorded.
    Forget,
    /// The shipped file is parked for a person; the live file stays.
    Conflict,
    /// Nothing happens: found is what ships.
    Keep,
    /// Nothing happens: the operator edited a file that this release does not change.
    Edited,
    /// Nothing happens: the path is the operator's.
    Preserve,
    /// A rollback brings back what was there.
    Restore,
}

impl Action {
    /// Tells whether something happens, to the files or to the record.
    pub fn is_change(self) -> bool {
        !matches!(self, Self::Keep | Self::Edited | Self::Preserve)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Write => "write",
            Self::Seed => "seed",
            Self::Replace => "replace",
            Self::Merge => "merge",
            Self::Adopt => "adopt",
            Self::Chmod => "chmod",
            Self::Rename => "rename",
            Self::Remove => "remove",
            Self::Release => "release",
            Self::Forget => "forget",
            Self::Conflict => "conflict",
            Self::Keep => "keep",
            Self::Edited => "edited",
            Self::Preserve => "preserve",
            Self::Restore => "restore",
        })
    }
}

/// A step: one line of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Spot of the step.
    pub at: Spot,
    /// Action at the spot.
    pub action: Action,
    /// Reason for the action, in a few words.
    pub reason: Cow<'static, str>,
}

/// Source of the content that a change brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The bundle's file at this path.
    Bundle(RelPath),
    /// Bytes that the plan made: a merge.
    Bytes(Vec<u8>),
    /// Kept by a generation when it displaced it, in this slot.
    Kept {
        /// Number of the generation.
        generation: u64,
        /// Slot in which it keeps the file.
        slot: usize,
    },
}

impl Content {
    /// Length in bytes, if a bundle that ships these files knows it; `None` for a content that only
    /// a generation knows.
    pub fn length(&self, wanted: Option<&Wanted>) -> Option<u64> {
        match self {
            Self::Bundle(path) => Some(
                wanted
                    .and_then(|wanted| wanted.get(path))
                    .map_or(0, |shipped| shipped.size),
            ),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Kept { .. } => None,
        }
    }
}

/// An intent: a change with the content that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The change.
    pub change: Change,
    /// The content, where the change brings one.
    pub content: Option<Content>,
    /// Path, in the same root, of a file that goes for this one, which takes its attributes over.
    pub like: Option<RelPath>,
}

impl Intent {
    /// A change with the content that it brings.
    pub fn new(change: Change, content: Option<Content>) -> Self {
        Self {
            change,
            content,
            like: None,
        }
    }
}

/// An advisory: what a person should know and Mosaic leaves alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Advisory {
    /// Path of the file or directory.
    pub path: String,
    /// Line that it is about, counted from 1, if it is about one.
    pub line: Option<u32>,
    /// Message, in a sentence.
    pub message: String,
}

impl Advisory {
    /// Advisory about a path as a whole.
    pub fn about(path: impl fmt::Display, message: impl Into<String>) -> Self {
        Self {
            path: path.to_string(),
            line: None,
            message: message.into(),
        }
    }

    /// Advisory on the other names (hard links) of a file that changes, if there are any.
    pub fn on_other_names(change: &Change) -> Option<Self> {
        let message = match change.alteration {
            Alteration::ReplaceFile { .. } => {
                "has other names (hard links); they keep the content of before"
            }
            Alteration::SetMode { .. } => {
                "has other names (hard links); they get the same permission bits"
            }
            _ => return None,
        };
        Some(Self::about(&change.at, message))
    }

    /// Advisory on what a file or directory had and does not get back, if there is anything.
    pub fn on_lost(path: &RelPath, lost: &[String]) -> Option<Self> {
        let message = || format!("could not be kept: {}", lost.join(", "));
        (!lost.is_empty()).then(|| Self::about(path, message()))
    }
}

/// The whole plan of a command for a home.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Steps, one a path, in order of path.
    pub steps: Vec<Step>,
    /// The changes, in the order in which they are carried out.
    pub intents: Vec<Intent>,
    /// Record of the home after all changes.
    pub record: Record,
    /// The contents that the store must keep as bases of later merges.
    pub bases: Vec<Content>,
    /// Paths that wait for a person after it, newly or not.
    pub unsettled: Vec<RelPath>,
    /// Paths that earlier releases shipped, this one does not, and `--prune` would remove.
    pub leftovers: Vec<RelPath>,
    /// Advisories for a person.
    pub advisories: Vec<Advisory>,
    /// Spots that stay as they are although they were to change, and are not parked: a person has
    /// to see to them.
    pub stays: Vec<Spot>,
    /// Names in the home whose links must still lead to where the plan's changes are.
    pub links: Vec<(RelPath, Spot)>,
    /// Units that are to start with the user manager although the record says that they do.
    pub enables: Option<Links>,
    /// Outcome of each migration.
    pub migrations: Vec<Migrated>,
    /// Places whose changes are carried out together or not at all: those of files that a migration edits together.
    pub together: Vec<BTreeSet<Spot>>,
    /// True if there is anything to commit: an action, or another release to record.
    pub commits: bool,
}

impl Plan {
    /// Digest of what the plan does: two plans with one digest do the same to the same home.
    pub fn digest(&self) -> Digest {
        let changes: Vec<&Change> = self.intents.iter().map(|intent| &intent.change).collect();
        // Where the home is, and what the ledger says of files, tells nothing that the changes do not.
        let decided: Vec<&String> = self.record.ledger.entries.keys().collect();
        let units: Vec<_> = self
            .record
            .units
            .iter()
            .map(|(spot, entry)| (spot.path.split().1, entry))
            .collect();
        let record = Record {
            place: None,
            ledger: Ledger::default(),
            units: BTreeMap::new(),
            ..self.record.clone()
        };
        let mut hasher = BufWriter::new(Hasher::default());
        postcard::to_io(&(changes, decided, units, &record), &mut hasher)
            .ignore("a hasher takes all, and these types all know their own length");
        hasher.into_inner().unwrap_or_default().finish()
    }

    /// The steps in which something happens.
    pub fn actions(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action.is_change())
    }
}
