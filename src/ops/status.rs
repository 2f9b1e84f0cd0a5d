//! `status`: the home as it is.

use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::table::{FoundAs, Meeting};
use crate::effects::bundle::{self, Source};
use crate::effects::home::Home;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::survey::{Survey, leftovers};
use crate::effects::scan::scan;
use crate::effects::state::{Damage, State};
use crate::model::change::Spot;
use crate::model::digest::Digest;
use crate::model::fleet_units::FleetUnits;
use crate::model::folder::FolderPath;
use crate::model::found::Found;
use crate::model::generation::Pending;
use crate::model::ledger::{Done, Ledger};
use crate::model::path::RelPath;
use crate::model::record::{Entry, Parked, Record};
use crate::model::source_version::{Basis, SourceVersion};
use crate::ops::conflicts::{standing_conflicts, standing_stays};
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::health::health;

/// The state of a home.
#[derive(Debug)]
pub struct Status {
    /// The record of the current generation.
    pub record: Record,
    /// For a home without a record: the release that wrote it.
    pub written_by: Option<SourceVersion>,
    /// The current generation; 0 where nothing was committed.
    pub generation: u64,
    /// Recorded files that are not as they shipped.
    pub files: RecordedFiles,
    /// Paths that earlier releases shipped and this program does not.
    pub leftovers: Vec<RelPath>,
    /// Conflicts that still wait for a person.
    pub conflicts: Vec<(RelPath, Parked)>,
    /// Active units that could not be merged and stay: `UNIT: PLACE`, where the release's unit is parked.
    pub stays: Vec<String>,
    /// Files that a migration refused to edit: `ID: FILE`.
    pub refused: Vec<String>,
    /// Actions of the last commit that are still pending.
    pub pending: Vec<Pending>,
    /// Units of the home's fleet that are stale, have failed or have lost their session.
    pub units: FleetUnits,
    /// The place that the home was at before it was moved, if its fleet's units still run what was there.
    pub former: Option<FolderPath>,
    /// Reason why a newer generation cannot be used; all else is told by the one that can.
    pub damage: Option<Damage>,
    /// Set where an interrupted run waits to be finished.
    pub is_recovery_pending: bool,
}

/// Recorded files that are not as they shipped.
#[derive(Debug, Default)]
pub struct RecordedFiles {
    /// Files with another content than what shipped.
    pub edited: Vec<RelPath>,
    /// Files with what an earlier release shipped there, such as a restored backup; the next update replaces them.
    pub outdated: Vec<RelPath>,
    /// Files that are gone, or in whose place something else is.
    pub missing: Vec<RelPath>,
    /// Files that lack their executable bit.
    pub not_executable: Vec<RelPath>,
}

/// The committed state of a home.
#[derive(Debug, Clone)]
pub struct Current {
    /// The current generation; 0 where nothing was committed.
    pub generation: u64,
    /// The record of that generation.
    pub record: Record,
}

/// Reads what is committed in a home, and nothing else of it.
///
/// # Errors
///
/// [`Error::Home`] where there is none, and whatever keeps its state from being read.
pub fn current(context: &Context) -> Result<Current, Error> {
    let home = context.look_to_tell()?;
    Ok(Current {
        generation: home.generation,
        record: home.record,
    })
}

/// Looks at a home; nothing is changed.
///
/// # Errors
///
/// [`Error::Home`] where there is none, and whatever keeps it from being read.
pub fn status(context: &Context) -> Result<Status, Error> {
    let home = context.look_to_tell()?;
    let units = health(context, &home);
    status_of(home, units)
}

/// The state of a home whose units were looked at already.
pub(crate) fn status_of(home: Home, units: FleetUnits) -> Result<Status, Error> {
    let cache = home.state.as_ref().map(State::cache).unwrap_or_default();
    let paths: Vec<_> = home.record.entries.keys().cloned().collect();
    let scanned = scan(&home.root, &paths, cache.of_home())?;
    Ok(Status {
        written_by: written_by(&home)?,
        generation: home.generation,
        files: recorded_files(&home, scanned.found)?,
        leftovers: leftovers(&home, &cache)?,
        conflicts: standing_conflicts(&home)?,
        stays: standing_stays(&home),
        refused: refused(&home.record.ledger),
        pending: pending(&home)?,
        units,
        former: home.record.former.as_ref().map(|it| it.place.clone()),
        damage: home.damage,
        is_recovery_pending: home.recovery_pending,
        record: home.record,
    })
}

fn recorded_files(home: &Home, found: Vec<Found>) -> Result<RecordedFiles, Error> {
    let record = &home.record;
    let mut files = RecordedFiles::default();
    for ((path, entry), found) in record.entries.iter().zip(found) {
        match found {
            Found::File(file) => {
                if file.digest != entry.shipped {
                    let is_outdated = is_outdated(home, path, entry, file.digest)?;
                    let list = if is_outdated {
                        &mut files.outdated
                    } else {
                        &mut files.edited
                    };
                    list.push(path.clone());
                }
                if entry.executable && !file.mode.is_executable() {
                    files.not_executable.push(path.clone());
                }
            }
            Found::Outside(_) => {}
            _ => files.missing.push(path.clone()),
        }
    }
    Ok(files)
}

/// Tells whether a content is what an earlier release shipped at a recorded path, by the rule of the decision table.
fn is_outdated(home: &Home, path: &RelPath, entry: &Entry, found: Digest) -> Result<bool, Error> {
    let meeting = Meeting {
        want: None,
        record: Some(entry.shipped),
        left: Some(entry.left),
        declined: home.record.waived.get(path).copied(),
        found: FoundAs::File(found),
    };
    let Some(release) = home.record.release.as_ref() else {
        return Ok(false);
    };
    let earlier = bundle::earlier(&release.bundle)?;
    let took_in = || DiskEvidence::new(home, None).took_in(&Spot::in_home(path), found);
    Ok(meeting.may_be_outdated(found) && (earlier.shipped(path, found) || took_in()?))
}

/// The pending actions without the stat cache's: only speed rests on it, and nobody waits for that.
fn pending(home: &Home) -> Result<Vec<Pending>, Error> {
    let Some(state) = &home.state else {
        return Ok(Vec::new());
    };
    let mut pending = state.pending(home.generation, &home.record)?;
    pending.retain(|action| *action != Pending::RefreshStatCache);
    Ok(pending)
}

fn refused(ledger: &Ledger) -> Vec<String> {
    let lines = |(id, done): (&String, &Done)| {
        let refused = done.refused.iter();
        refused
            .map(|spot| format!("{id}: {spot}"))
            .collect::<Vec<_>>()
    };
    ledger.entries.iter().flat_map(lines).collect()
}

/// The release that wrote a home that has no record. Where one was taken back, nothing is installed, and no earlier one was.
fn written_by(home: &Home) -> Result<Option<SourceVersion>, Error> {
    let adopted = home.record.adopted.as_ref();
    let is_taken_back = adopted.is_some_and(|known| known.basis == Basis::Uninstalled);
    if home.record.release.is_some() || is_taken_back {
        return Ok(None);
    }
    Ok(Survey::make(home, &Source::Embedded)?.written_by())
}
