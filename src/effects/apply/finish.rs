//! Ends a transaction that was carried out: what the operator was faster at is parked, the live changes
//! are made durable, and the journal becomes a generation.

use crate::effects::scan::state_at;
use std::collections::{BTreeMap, HashSet};

use crate::decide::plan::evidence::FileSight;
use crate::decide::plan::parking::shipped_spot;
use crate::effects::apply::barriers::{Barriers, sync_if_there};
use crate::effects::apply::roots::Roots;
use crate::effects::apply::slot::Slot;
use crate::effects::apply::{Checkpoint, PlaceRefusal, Site};
use crate::effects::os::disk::{DiskError, Root};
use crate::effects::state::bases::folder_of;
use crate::effects::state::{COMMITTED, CONFLICTS, StateError};
use crate::model::change::{Alteration, FileState, Presence};
use crate::model::digest::Digest;
use crate::model::generation::{ChangeOutcome, Journal, Logged};
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::record::{Parked, Record};
use crate::model::stayed::Stayed;

const PRIVATE: u32 = 0o600;

/// Ends a transaction; returns the places that stayed as they were: the operator was faster there, or they refused.
pub(super) fn finish(
    site: &Site,
    journal: &Journal,
    refusals: &[PlaceRefusal],
) -> Result<Vec<Stayed>, StateError> {
    let stayed = park_overtaken(site, journal, refusals)?;
    let roots = Roots::open(site, journal.changes.iter().map(|logged| &logged.change))?;
    let barriers = Barriers::of(site, journal.heading.number, journal.changes.len());
    barriers.carried(&roots, journal)?;
    (site.on_checkpoint)(Checkpoint::CarriedDurable);
    // Not worth a sync: without it, a power cut makes the next run finish once more what is finished.
    site.state
        .move_folder(COMMITTED, &folder_of(journal.heading.number))?;
    (site.on_checkpoint)(Checkpoint::Finished);
    Ok(stayed)
}

/// Parks the changes at which the operator was faster, or that their places refused: what is there stays, and the
/// record goes on as it was. Outside the home nothing is parked: what was to be brought there can be decided anew from
/// what is there.
fn park_overtaken(
    site: &Site,
    journal: &Journal,
    refusals: &[PlaceRefusal],
) -> Result<Vec<Stayed>, StateError> {
    if !journal.changes.iter().any(is_overtaken) {
        return Ok(Vec::new());
    }
    // Before a slot is emptied: after a crash, an empty one would look as if its change had been carried out.
    site.state
        .rewrite("journal", &format!("{COMMITTED}/journal"), journal)?;
    site.state.root.sync_directory(COMMITTED)?;
    let record_file = format!("{COMMITTED}/record");
    let mut parking = Parking {
        site,
        before: record_before(site, journal.heading.number)?,
        record: site.state.read_record(&record_file)?,
        conflicts: site.state.root.below(CONFLICTS)?,
        roots: Roots::open(site, journal.changes.iter().map(|logged| &logged.change))?,
        grouped: site
            .state
            .groups(COMMITTED)?
            .into_iter()
            .flatten()
            .collect(),
    };
    let mut stayed = BTreeMap::new();
    for (slot, logged) in journal.changes.iter().enumerate() {
        let at = &logged.change.at;
        if !is_overtaken(logged) || !at.root.is_live() {
            continue;
        }
        let refused = refusals.iter().find(|refusal| refusal.holds_back(at));
        let refusal = refused.map(|refusal| refusal.reason.clone());
        if let Some(is_parked) = parking.take(slot, logged, refusal.as_deref())? {
            let at = at.clone();
            let entry = Stayed {
                at: at.clone(),
                refusal,
                is_parked,
            };
            stayed.insert(at, entry);
        }
    }
    site.state
        .rewrite("record", &record_file, &parking.record)?;
    Ok(stayed.into_values().collect())
}

fn is_overtaken(logged: &Logged) -> bool {
    logged.fate == ChangeOutcome::Overtaken
}

/// Parking of what could not be put in place.
struct Parking<'a> {
    site: &'a Site<'a>,
    before: Record,
    record: Record,
    conflicts: Root,
    roots: Roots<'a>,
    grouped: HashSet<usize>,
}

impl Parking<'_> {
    /// Takes what a change had in its slot out of it; tells whether it is parked, or nothing of a directory, which
    /// nobody needs to hear of.
    fn take(
        &mut self,
        slot: usize,
        logged: &Logged,
        refusal: Option<&str>,
    ) -> Result<Option<bool>, StateError> {
        let spot = &logged.change.at;
        let root = self.roots.of(&spot.root);
        self.record.ledger.forget(spot);
        if let Some(root) = root {
            // His file is back at its place for good before its slot is emptied.
            sync_if_there(root.sync_directory(spot.path.split().0))?;
        }
        // A migration decides anew about a file that is as it was.
        let is_undecided = self.grouped.contains(&slot) && is_as_before(root, logged)?;
        let path = match spot.home_path() {
            Some(path) if !is_undecided => path,
            path => {
                if let Some(root) = root {
                    Slot::of(self.site, root, slot, logged).secure_waiting()?;
                }
                if let Some(path) = path {
                    restore_entry(&mut self.record, &self.before, path, None);
                }
                return Ok(Some(false));
            }
        };
        match logged.change.alteration {
            Alteration::RemoveDirectory { .. } => {
                self.record.made_directories.insert(path.clone());
                Ok(None)
            }
            Alteration::MakeDirectory { .. } => {
                self.record.made_directories.remove(path);
                Ok(None)
            }
            alteration => {
                let slot = Slot::of(self.site, self.site.home, slot, logged);
                let parked = park(&self.conflicts, &slot, path, alteration.brings())?;
                let parked = parked.map(|parked| self.described(path, &parked, refusal));
                let is_parked = parked.is_some();
                restore_entry(&mut self.record, &self.before, path, parked);
                Ok(Some(is_parked))
            }
        }
    }

    fn described(&self, path: &RelPath, parked: &ParkedFile, refusal: Option<&str>) -> Parked {
        let taken_in = self.record.entries.get(path).map(|entry| entry.shipped);
        // After a crash the record may say so already, and no longer what was taken in.
        let known = self.record.parked.get(path).filter(|known| known.ships);
        let known = known.map(|known| known.want);
        Parked {
            want: parked.digest,
            ships: [taken_in, known].contains(&Some(parked.digest)),
            executable: parked.is_executable,
            has_merge: false,
            reason: refusal
                .unwrap_or("you changed it while Mosaic ran")
                .to_owned(),
        }
    }
}

fn is_as_before(root: Option<&Root>, logged: &Logged) -> Result<bool, DiskError> {
    let Some(root) = root else { return Ok(false) };
    let found = state_at(root, logged.change.at.path.as_str())?;
    Ok(match logged.change.alteration.before() {
        Presence::File(before) => found.file().map(|file| file.digest) == Some(before.digest),
        before => found == FileSight::Known(before),
    })
}

/// A file that was parked: its content, and whether it was to be executable.
struct ParkedFile {
    digest: Digest,
    is_executable: bool,
}

/// The record of the generation before a transaction's own, whose folder is there where a run was killed that moved it
/// piece by piece.
fn record_before(site: &Site, number: u64) -> Result<Record, StateError> {
    let mut generations = site.state.generations()?.into_iter();
    let before = generations.rfind(|earlier| *earlier < number);
    site.state.record(before.unwrap_or(0))
}

/// Moves what was to be brought to where people look for it. What is in the slot may also be an earlier
/// save of the operator's; it is parked all the same, never lost.
fn park(
    conflicts: &Root,
    slot: &Slot,
    path: &RelPath,
    brought: Option<FileState>,
) -> Result<Option<ParkedFile>, DiskError> {
    let describe = |parked: FileState, brought: FileState| ParkedFile {
        digest: parked.digest,
        is_executable: brought.mode.is_executable(),
    };
    let spot = shipped_spot(path);
    let Some(waiting) = slot.file()? else {
        // After a crash it may be parked already.
        let parked = state_at(conflicts, spot.path.as_str())?.file();
        return Ok(parked
            .zip(brought)
            .map(|(parked, brought)| describe(parked, brought)));
    };
    let mut above: Vec<_> = spot.path.ancestors().collect();
    above.reverse();
    for directory in above {
        if conflicts.stat_if_there(directory.as_str())?.is_none() {
            conflicts.make_directory(directory.as_str(), Mode::from_st_mode(0o700))?;
        }
    }
    let (root, from) = slot.waiting();
    conflicts.remove_all(spot.path.as_str())?;
    let private = Mode::from_st_mode(PRIVATE);
    root.copy(from, (conflicts, spot.path.as_str()), private)?;
    for directory in spot.path.ancestors() {
        conflicts.sync_directory(directory.as_str())?;
    }
    conflicts.sync_directory("")?;
    root.remove_file(from)?;
    Ok(brought.map(|brought| describe(waiting, brought)))
}

fn restore_entry(record: &mut Record, before: &Record, path: &RelPath, parked: Option<Parked>) {
    match before.entries.get(path) {
        Some(entry) => record.entries_mut().insert(path.clone(), *entry),
        None => record.entries_mut().remove(path),
    };
    if !before.seeded.contains(path) && record.seeded.remove(path) {
        return;
    }
    if let Some(parked) = parked {
        record.parked.insert(path.clone(), parked);
    }
}
