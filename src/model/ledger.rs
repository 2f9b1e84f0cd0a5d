//! Ledger of the migrations that were done in a home: a set of ids, not a high-water mark.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::model::change::Spot;
use crate::model::digest::Digest;

/// The migrations that were decided about, so that none is decided about twice and a late one is not skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Ledger {
    /// The release that a home began with which no earlier one wrote.
    pub origin: Option<Version>,
    /// Migrations that were done, by their ids.
    pub entries: BTreeMap<String, Done>,
}

/// Record of a migration that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Done {
    /// Files that it edited or made, with what it left there.
    pub edits: BTreeMap<Spot, Edited>,
    /// The files that it refused to edit: it looks at these again, and at no other.
    pub refused: BTreeSet<Spot>,
}

/// The SHA-256 of a file around one edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// The name that the file was edited by.
    pub name: Spot,
    /// Before; `None` where nothing was there.
    pub before: Option<Digest>,
    /// Digest of the file after; `None` for a directory.
    pub after: Option<Digest>,
}

impl Ledger {
    /// Moves the spots of its files.
    pub fn move_spots(&mut self, moved: impl Fn(&Spot) -> Spot) {
        for done in self.entries.values_mut() {
            let edits = std::mem::take(&mut done.edits).into_iter();
            done.edits = edits
                .map(|(spot, edit)| {
                    (
                        moved(&spot),
                        Edited {
                            name: moved(&edit.name),
                            ..edit
                        },
                    )
                })
                .collect();
            done.refused = done.refused.iter().map(&moved).collect();
        }
    }

    /// Tells whether a migration edited anything.
    pub fn has_edited(&self, id: &str) -> bool {
        self.entries
            .get(id)
            .is_some_and(|done| !done.edits.is_empty())
    }

    /// Takes back that whatever edited a file was done there: it is decided about anew.
    pub fn forget(&mut self, spot: &Spot) {
        for done in self.entries.values_mut() {
            if let Some(edited) = done.edits.remove(spot) {
                done.refused.insert(edited.name);
            }
        }
    }
}
