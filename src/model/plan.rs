//! What a command is about to do: decided whole before anything is written.

use std::borrow::Cow;
use std::collections::BTreeMap;
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

/// What happens at a path, as the reports name it.
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
    /// What is there is already what ships; only the record learns of it.
    Adopt,
    /// Only the executable bits change.
    Chmod,
    /// A file that no longer ships goes.
    Remove,
    /// A file becomes the operator's.
    Release,
    /// A file that is gone is no longer recorded.
    Forget,
    /// What ships is parked for a person; the live file stays.
    Conflict,
    /// Nothing: found is what ships.
    Keep,
    /// Nothing: the operator's edit of a file that this release does not change.
    Edited,
    /// Nothing: the operator's.
    Preserve,
    /// A rollback brings back what was there.
    Restore,
}

impl Action {
    /// Whether something happens, to the files or to the record.
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

/// One line of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where.
    pub at: Spot,
    /// What happens.
    pub action: Action,
    /// Why, in a few words.
    pub reason: Cow<'static, str>,
}

/// Where the content that a change brings comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The bundle's file at this path.
    Bundle(RelPath),
    /// Made by the plan: a merge.
    Bytes(Vec<u8>),
    /// Kept by a generation when it displaced it, in this slot.
    Kept { generation: u64, slot: usize },
}

impl Content {
    /// How many bytes it has, in a bundle that ships these; `None` for one that only a generation knows.
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

/// A change with the content that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The change.
    pub change: Change,
    /// The content, where the change brings one.
    pub content: Option<Content>,
}

/// Something that a person should know and Mosaic leaves alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Advisory {
    /// The file or directory.
    pub path: String,
    /// The line, counted from 1, where it is about one.
    pub line: Option<u32>,
    /// What, in a sentence.
    pub message: String,
}

impl Advisory {
    /// About a path as a whole.
    pub fn about(path: impl fmt::Display, message: impl Into<String>) -> Self {
        Self {
            path: path.to_string(),
            line: None,
            message: message.into(),
        }
    }

    /// What becomes of the other names (hard links) of a file that changes.
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

    /// What a file or directory had and does not get back.
    pub fn on_lost(path: &RelPath, lost: &[String]) -> Option<Self> {
        let message = || format!("could not be kept: {}", lost.join(", "));
        (!lost.is_empty()).then(|| Self::about(path, message()))
    }
}

/// Everything that a command will do to a home.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// One line a path, in order of path.
    pub steps: Vec<Step>,
    /// The changes, in the order in which they are carried out.
    pub intents: Vec<Intent>,
    /// The record after them.
    pub record: Record,
    /// The contents that the store must keep as bases of later merges.
    pub bases: Vec<Content>,
    /// All that waits for a person after it, new or not.
    pub unsettled: Vec<RelPath>,
    /// What earlier releases shipped, this one does not, and `--prune` would remove.
    pub leftovers: Vec<RelPath>,
    /// What a person should know.
    pub advisories: Vec<Advisory>,
    /// What stays as it is although it was to change, and is not parked: a person has to see to it.
    pub stays: Vec<Spot>,
    /// Names in the home whose links must still lead to where the plan's changes are.
    pub links: Vec<(RelPath, Spot)>,
    /// What becomes of each migration.
    pub migrations: Vec<Migrated>,
    /// Whether there is anything to commit: an action, or another release to record.
    pub commits: bool,
}

impl Plan {
    /// What the plan does, as a digest: two plans with one digest do the same to the same home.
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
