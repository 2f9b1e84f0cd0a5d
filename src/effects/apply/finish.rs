//! Ends a transaction that was carried out: what the operator was faster at is parked, the live changes
//! are made durable, and the journal becomes a generation.

use crate::effects::scan::state_at;
use std::collections::BTreeSet;

use crate::decide::plan::parking::shipped_spot;
use crate::effects::apply::barriers::{Barriers, sync_if_there};
use crate::effects::apply::carry::Slot;
use crate::effects::apply::roots::Roots;
use crate::effects::apply::{Checkpoint, Site};
use crate::effects::os::disk::{DiskError, Root, Target};
use crate::effects::state::bases::folder_of;
use crate::effects::state::{COMMITTED, CONFLICTS, StateError};
use crate::model::change::{Alteration, FileState, Spot};
use crate::model::generation::{ChangeOutcome, Journal, Logged};
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::record::{Parked, Record};

const PRIVATE: u32 = 0o600;

/// Ends a transaction; returns the spots where the operator was faster.
pub(super) fn finish(site: &Site, journal: &Journal) -> Result<Vec<Spot>, StateError> {
    let overtaken = park_overtaken(site, journal)?;
    let roots = Roots::open(site, journal.changes.iter().map(|logged| &logged.change))?;
    Barriers::of(site, journal).carried(&roots, journal)?;
    (site.on_checkpoint)(Checkpoint::CarriedDurable);
    let state = &site.state.root;
    // Not worth a sync: without it, a power cut makes the next run finish once more what is finished.
    state.rename(
        COMMITTED,
        (state, &folder_of(journal.heading.number)),
        Target::Free,
    )?;
    (site.on_checkpoint)(Checkpoint::Finished);
    Ok(overtaken)
}

/// Parks the changes at which the operator was faster: his file stays, and the record goes on as it
/// was. Outside the home nothing is parked: what was to be brought there can be decided anew from
/// what he left.
fn park_overtaken(site: &Site, journal: &Journal) -> Result<Vec<Spot>, StateError> {
    let is_overtaken = |logged: &&Logged| {
        logged.fate == ChangeOutcome::Overtaken && logged.change.at.root.is_live()
    };
    if !journal
        .changes
        .iter()
        .any(|logged| logged.fate == ChangeOutcome::Overtaken)
    {
        return Ok(Vec::new());
    }
    // Before a slot is emptied: after a crash, an empty one would look as if its change had been carried out.
    site.state
        .rewrite("journal", &format!("{COMMITTED}/journal"), journal)?;
    site.state.root.sync_directory(COMMITTED)?;
    let before = site
        .state
        .record(site.state.generations()?.last().copied().unwrap_or(0))?;
    let record_file = format!("{COMMITTED}/record");
    let mut record: Record = site.state.read_record(&record_file)?;
    let conflicts = site.state.root.below(CONFLICTS)?;
    let roots = Roots::open(site, journal.changes.iter().map(|logged| &logged.change))?;
    let mut spots = BTreeSet::new();
    for (slot, logged) in journal
        .changes
        .iter()
        .enumerate()
        .filter(|(_, logged)| is_overtaken(logged))
    {
        let spot = &logged.change.at;
        record.ledger.forget(spot);
        if let Some(root) = roots.of(&spot.root) {
            // His file is back at its place for good before its slot is emptied.
            sync_if_there(root.sync_directory(spot.path.split().0))?;
        }
        let Some(path) = spot.home_path() else {
            if let Some(root) = roots.of(&spot.root) {
                Slot::of(site, root, slot, logged).secure_waiting()?;
            }
            spots.insert(spot.clone());
            continue;
        };
        match logged.change.alteration {
            Alteration::RemoveDirectory { .. } => {
                record.made_directories.insert(path.clone());
            }
            Alteration::MakeDirectory { .. } => {
                record.made_directories.remove(path);
            }
            alteration => {
                let slot = Slot::of(site, site.home, slot, logged);
                let taken_in = record.entries.get(path).map(|entry| entry.shipped);
                let parked = park(&conflicts, &slot, path, alteration.brings())?;
                // After a crash the record may say so already, and no longer what was taken in.
                let known = record
                    .parked
                    .get(path)
                    .filter(|known| known.ships)
                    .map(|known| known.want);
                let parked = parked.map(|parked| {
                    let ships = [taken_in, known].contains(&Some(parked.want));
                    Parked { ships, ..parked }
                });
                restore_entry(&mut record, &before, path, parked);
                spots.insert(spot.clone());
            }
        }
    }
    site.state.rewrite("record", &record_file, &record)?;
    Ok(spots.into_iter().collect())
}

/// Moves what was to be brought to where people look for it. What is in the slot may also be an earlier
/// save of the operator's; it is parked all the same, never lost.
fn park(
    conflicts: &Root,
    slot: &Slot,
    path: &RelPath,
    brought: Option<FileState>,
) -> Result<Option<Parked>, DiskError> {
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
    let content = root.read(from)?;
    conflicts.remove_all(spot.path.as_str())?;
    conflicts.create(
        spot.path.as_str(),
        &content,
        Mode::from_st_mode(PRIVATE),
        None,
    )?;
    conflicts.sync_file(spot.path.as_str())?;
    for directory in spot.path.ancestors() {
        conflicts.sync_directory(directory.as_str())?;
    }
    conflicts.sync_directory("")?;
    root.remove_file(from)?;
    Ok(brought.map(|brought| describe(waiting, brought)))
}

fn describe(parked: FileState, brought: FileState) -> Parked {
    Parked {
        want: parked.digest,
        ships: false,
        executable: brought.mode.is_executable(),
        has_merge: false,
        reason: "you changed it while Mosaic ran".to_owned(),
    }
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
