//! Record of a home: the shipped content that Mosaic last took in at each path.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use semver::Version;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::model::change::Spot;
use crate::model::digest::Digest;
use crate::model::folder::FolderPath;
use crate::model::ledger::Ledger;
use crate::model::path::RelPath;
use crate::model::source_version::SourceVersion;
use crate::model::tmux::Adoption;

/// The record of a home as of one generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Record {
    /// The home's path when the record was written, links resolved; what is outside of it is found
    /// from there.
    pub place: Option<FolderPath>,
    /// True if the home is somewhere else now: it was moved, or is a copy.
    #[serde(skip)]
    pub is_moved: bool,
    /// What the record says of where the home was, if it is somewhere else now.
    #[serde(skip)]
    pub former: Option<FormerPlace>,
    /// The release that the home is at; `None` before the first install and after a rollback to 0.
    pub release: Option<Release>,
    /// The release that wrote the home before it had a record; `None` for a home that was new. Migrations that
    /// are still to be done go by it.
    pub adopted: Option<SourceVersion>,
    /// Ledger of the migrations that were done.
    pub ledger: Ledger,
    /// The tmux server that got an alias by one of them.
    pub live_socket: Option<Adoption>,
    /// Framework files by path; shared, because most plans leave them as they are.
    #[serde(deserialize_with = "packed")]
    pub entries: Arc<BTreeMap<RelPath, Entry>>,
    /// Paths that were seeded once, and are the operator's since.
    pub seeded: BTreeSet<RelPath>,
    /// Directories that Mosaic made and may remove again when they are empty.
    pub made_directories: BTreeSet<RelPath>,
    /// Wants that wait for a person, by path.
    pub parked: BTreeMap<RelPath, Parked>,
    /// Wants that the operator declined for good, by path.
    pub waived: BTreeMap<RelPath, Digest>,
    /// Units of the fleet in systemd's directory.
    pub units: BTreeMap<Spot, Entry>,
    /// The units that `fleet install` let start with the manager.
    pub enabled: BTreeSet<String>,
    /// The units that started with the manager until what they come from was taken away.
    pub disabled: BTreeSet<String>,
}

/// A map that is made from all its entries at once takes about half the room of one that grows.
fn packed<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<BTreeMap<RelPath, Entry>>, D::Error> {
    struct Entries;
    impl<'de> de::Visitor<'de> for Entries {
        type Value = Vec<(RelPath, Entry)>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("entries by path")
        }
        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            std::iter::from_fn(|| map.next_entry().transpose()).collect()
        }
    }
    Ok(Arc::new(
        from.deserialize_map(Entries)?.into_iter().collect(),
    ))
}

impl Record {
    /// The record as it is seen from where the home is now.
    pub fn at(mut self, here: Option<&FolderPath>) -> Self {
        if let (Some(from), Some(to)) = (&self.place, here)
            && from != to
        {
            self.former = Some(FormerPlace {
                place: from.clone(),
                units: self.units.clone(),
            });
            self.ledger.move_spots(|spot| spot.moved(from, to));
            self.units = std::mem::take(&mut self.units)
                .into_iter()
                .map(|(spot, entry)| (spot.moved(from, to), entry))
                .collect();
            self.is_moved = true;
        }
        self.place = here.cloned();
        self
    }

    /// The record of a home that is nowhere else any more: its units stayed where they were, and are still its own.
    pub fn moved_away(mut self) -> Self {
        if let Some(former) = &self.former {
            self.units = former.units.clone();
            self.is_moved = false;
        }
        self
    }

    /// The entries, to change them.
    pub fn entries_mut(&mut self) -> &mut BTreeMap<RelPath, Entry> {
        Arc::make_mut(&mut self.entries)
    }
}

/// The place that a home was at when its record was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerPlace {
    /// The place.
    pub place: FolderPath,
    /// Its units, which do not move with it.
    pub units: BTreeMap<Spot, Entry>,
}

/// Release that a home is at: the bundle and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The bundle's name; a home belongs to one.
    pub bundle: String,
    /// The bundle's version.
    pub version: Version,
}

/// Entry of the record for one framework file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The shipped content last taken in: the base of the next merge.
    pub shipped: Digest,
    /// Digest of the file that Mosaic left on disk; differs from `shipped` after a merge. Only
    /// `verify` uses it.
    pub left: Digest,
    /// True if the file shipped executable.
    pub executable: bool,
}

/// A want that waits for a person to settle it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Digest of the parked content.
    pub want: Digest,
    /// True if a release ships the content. Otherwise it is a merge, or what a rollback was to
    /// bring back, and must never be recorded as shipped: the next release would take the
    /// operator's edit in it away.
    pub ships: bool,
    /// True if the file is executable.
    pub executable: bool,
    /// True if a failed merge with markers is parked beside it.
    pub has_merge: bool,
    /// Reason why it could not be settled.
    pub reason: String,
}
