//! Parks what a person has to settle, and clears away what has been settled.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::plan::directories::DirectoryPlan;
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::model::change::{Alteration, Change, FileState, Presence, RootName, Spot};
use crate::model::digest::Digest;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::plan::{Content, Intent};

/// Permission bits of what is parked: it may be as private as the live file.
const PARKED_MODE: u32 = 0o600;

/// The spot of a path's parked want.
pub(crate) fn shipped_spot(path: &RelPath) -> Spot {
    beside("shipped", path)
}

/// The spot of the parked content of a file outside of the home: nothing settles that by name, a person looks there.
pub(crate) fn outside_spot(spot: &Spot) -> Option<Spot> {
    RelPath::parse(&format!(".outside{}", spot.text()))
        .ok()
        .map(|path| shipped_spot(&path))
}

/// The spot of a path's failed merge, markers and all.
pub(crate) fn merged_spot(path: &RelPath) -> Spot {
    beside("merged", path)
}

/// A suffix of its own keeps what is parked for `d` out of the way of what is parked for `d/e`.
fn beside(kind: &'static str, path: &RelPath) -> Spot {
    spot_of(path.with_suffix(kind))
}

fn spot_of(path: RelPath) -> Spot {
    Spot {
        root: RootName::Conflicts,
        path,
    }
}

/// The changes to the conflicts root that a plan collects. What is cleared makes room for what is parked:
/// as in the home, a path may turn from file to directory or back.
pub(crate) struct Parking<'a, E> {
    evidence: &'a E,
    directories: DirectoryPlan<'a, E>,
    parked: BTreeMap<RelPath, (Digest, Content)>,
    cleared: BTreeSet<RelPath>,
    intents: Vec<Intent>,
}

impl<'a, E: Evidence> Parking<'a, E> {
    /// Nothing parked, nothing cleared.
    pub(crate) fn new(evidence: &'a E) -> Self {
        Self {
            evidence,
            directories: DirectoryPlan::new(RootName::Conflicts, evidence, 0o077),
            parked: BTreeMap::new(),
            cleared: BTreeSet::new(),
            intents: Vec::new(),
        }
    }

    /// Parks a content, in the place of what was parked there.
    pub(crate) fn park(&mut self, spot: Spot, digest: Digest, content: Content) {
        self.parked.insert(spot.path, (digest, content));
    }

    /// Clears all that is parked for a path.
    pub(crate) fn clear_all(&mut self, path: &RelPath) {
        self.clear(shipped_spot(path));
        self.clear(merged_spot(path));
    }

    /// Clears what is parked for a file outside of the home.
    pub(crate) fn clear_outside(&mut self, spot: &Spot) {
        if let Some(parked) = outside_spot(spot) {
            self.clear(parked);
        }
    }

    /// Clears one parked file, if it is there and nothing else is parked in its place.
    pub(crate) fn clear(&mut self, spot: Spot) {
        self.cleared.insert(spot.path);
    }

    /// All changes, directories included.
    pub(crate) fn into_intents(mut self) -> Result<Vec<Intent>, E::Error> {
        let parked = std::mem::take(&mut self.parked);
        self.cleared.retain(|path| !parked.contains_key(path));
        for path in std::mem::take(&mut self.cleared) {
            self.take_away(path)?;
        }
        for (path, (digest, content)) in parked {
            self.bring(path, digest, content)?;
        }
        let directories = self.directories.settle(|_| true)?;
        self.intents.extend(directories);
        Ok(self.intents)
    }

    fn take_away(&mut self, path: RelPath) -> Result<(), E::Error> {
        let spot = spot_of(path);
        if let Some(before) = self.evidence.state_at(&spot)?.file() {
            self.directories.removes(&spot.path);
            self.cleared.insert(spot.path.clone());
            let change = Change {
                at: spot,
                alteration: Alteration::RemoveFile { before },
            };
            self.intents.push(Intent::new(change, None));
        }
        Ok(())
    }

    fn bring(&mut self, path: RelPath, digest: Digest, content: Content) -> Result<(), E::Error> {
        let spot = spot_of(path);
        let after = FileState {
            digest,
            mode: Mode::from_st_mode(PARKED_MODE),
        };
        let before = self.once_cleared(&spot)?;
        if let Some(alteration) =
            before.and_then(|before| Alteration::between(before, Presence::File(after)))
        {
            self.directories.adds(&spot.path);
            let content = alteration.brings().map(|_| content);
            let change = Change {
                at: spot,
                alteration,
            };
            self.intents.push(Intent::new(change, content));
        }
        Ok(())
    }

    /// The state of a spot once all is cleared that goes; `None` where something is in the way even then.
    fn once_cleared(&mut self, spot: &Spot) -> Result<Option<Presence>, E::Error> {
        Ok(match self.evidence.state_at(spot)? {
            FileSight::Known(Presence::Directory(_)) => {
                self.directories.clear(&spot.path)?.map(|cleared| {
                    self.intents.extend(cleared);
                    Presence::Nothing
                })
            }
            FileSight::Known(presence) => Some(presence),
            FileSight::Mount(_) => None,
            FileSight::Foreign => {
                let is_freed = spot
                    .path
                    .ancestors()
                    .any(|above| self.cleared.contains(&above));
                is_freed.then_some(Presence::Nothing)
            }
        })
    }
}
