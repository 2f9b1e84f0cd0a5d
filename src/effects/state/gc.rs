//! Lets go of what only the way back to old generations needs, so that a crash at any point leaves all that is kept
//! in use: first everything is moved out of the way, each by one rename, then what was moved is removed.

use std::collections::{BTreeSet, HashSet};

use rustix::fs::FileType;

use crate::decide::home::retention::{end_of_way_back, needed_bases};
use crate::effects::apply::Checkpoint;
use crate::effects::os::disk::kind_of;
use crate::effects::state::bases::{PACK, PACK_INDEX, contents_of, folder_of};
use crate::effects::state::{FILES, GONE, PACKS, State, StateError};
use crate::model::digest::Digest;

/// Garbage of a state: what only the way back to old generations needs, and transactions given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garbage {
    /// The oldest generation that can be gone back to before.
    pub way_back_before: u64,
    /// The oldest generation that can be gone back to after.
    pub way_back: u64,
    /// Transactions that were given up.
    pub abandoned: Vec<String>,
    /// Bytes of all its contents together.
    pub bytes: u64,
    moves: Vec<(String, String)>,
}

impl Garbage {
    /// Tells whether there is no garbage.
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty()
    }
}

/// Finds what can be let go if the last `keep` generations are to be undone.
pub(crate) fn plan(state: &State, keep: u64, with_abandoned: bool) -> Result<Garbage, StateError> {
    let there = state.generations()?;
    let last = there.last().copied().unwrap_or(0);
    let end = end_of_way_back(last, keep);
    let mut planning = Planning {
        state,
        moves: Vec::new(),
        bytes: 0,
    };
    let (old, kept): (Vec<_>, Vec<_>) = there.into_iter().partition(|number| *number < end);
    let needed = needed(state, &kept, end)?;
    for number in old {
        planning.generation(number, needed.as_ref())?;
    }
    for name in state.packs()? {
        planning.pack(&name, needed.as_ref())?;
    }
    let displaced = format!("{}/{FILES}", folder_of(end));
    if end > 0 && state.root.stat_if_there(&displaced)?.is_some() {
        planning.all_of(&displaced, format!("{GONE}/files-{end}"))?;
    }
    let abandoned = if with_abandoned {
        state.abandoned()?
    } else {
        Vec::new()
    };
    for name in &abandoned {
        planning.all_of(name, format!("{GONE}/{name}"))?;
    }
    let Planning { moves, bytes, .. } = planning;
    let way_back_before = state.way_back()?;
    Ok(Garbage {
        way_back_before,
        way_back: end.max(way_back_before),
        abandoned,
        bytes,
        moves,
    })
}

/// The contents that must stay and that no generation which stays keeps itself; `None`, any may be needed: a record or
/// a journal that stays cannot be used.
fn needed(state: &State, kept: &[u64], end: u64) -> Result<Option<HashSet<Digest>>, StateError> {
    let records = kept.iter().map(|number| state.record(*number));
    let undone = kept.iter().filter(|number| **number > end);
    let journals = undone.map(|number| state.journal(*number));
    let (Ok(records), Ok(journals)) = (
        records.collect::<Result<Vec<_>, _>>(),
        journals.collect::<Result<Vec<_>, _>>(),
    ) else {
        return Ok(None);
    };
    let mut needed = needed_bases(&records, &journals);
    for number in kept {
        for content in contents_of(&state.root, &folder_of(*number))?.unwrap_or_default() {
            needed.remove(&content);
        }
    }
    Ok(Some(needed))
}

struct Planning<'a> {
    state: &'a State,
    moves: Vec<(String, String)>,
    bytes: u64,
}

impl Planning<'_> {
    /// A generation goes; if merges need its pack, that stays.
    fn generation(
        &mut self,
        number: u64,
        needed: Option<&HashSet<Digest>>,
    ) -> Result<(), StateError> {
        let folder = folder_of(number);
        if !self.has_needed(&folder, needed)? {
            return self.all_of(&folder, format!("{GONE}/{number}"));
        }
        for name in self.state.names_in(&folder)? {
            if !is_of_pack(&name) {
                self.bytes += self.size(&format!("{folder}/{name}"))?;
            }
        }
        self.moves.push((folder, format!("{PACKS}/{number}")));
        Ok(())
    }

    fn pack(&mut self, name: &str, needed: Option<&HashSet<Digest>>) -> Result<(), StateError> {
        let folder = format!("{PACKS}/{name}");
        if self.has_needed(&folder, needed)? {
            Ok(())
        } else {
            self.all_of(&folder, format!("{GONE}/pack-{name}"))
        }
    }

    /// A pack that cannot be read is kept: `verify` has something to say of it.
    fn has_needed(
        &self,
        folder: &str,
        needed: Option<&HashSet<Digest>>,
    ) -> Result<bool, StateError> {
        let contents = contents_of(&self.state.root, folder)?;
        let is_needed = |content: &Digest| needed.is_none_or(|needed| needed.contains(content));
        Ok(contents.is_none_or(|contents| contents.iter().any(is_needed)))
    }

    fn all_of(&mut self, path: &str, to: String) -> Result<(), StateError> {
        self.bytes += self.size(path)?;
        self.moves.push((path.to_owned(), to));
        Ok(())
    }

    /// The lengths of all files at or below a path.
    fn size(&self, path: &str) -> Result<u64, StateError> {
        let stat = self.state.root.stat(path)?;
        match kind_of(stat.stx_mode) {
            FileType::Directory => self.state.names_in(path)?.iter().try_fold(0, |sum, name| {
                Ok(sum + self.size(&format!("{path}/{name}"))?)
            }),
            FileType::RegularFile => Ok(stat.stx_size),
            _ => Ok(0),
        }
    }
}

/// Lets go. The caller holds the lock.
pub(crate) fn collect(
    state: &State,
    garbage: &Garbage,
    on_checkpoint: &dyn Fn(Checkpoint),
) -> Result<(), StateError> {
    sweep(state, on_checkpoint)?;
    for folder in [PACKS, GONE] {
        if state.root.stat_if_there(folder)?.is_none() {
            state.make_folder(folder)?;
        }
    }
    for (from, to) in &garbage.moves {
        state.move_folder(from, to)?;
        on_checkpoint(Checkpoint::MovedAway);
    }
    // Before anything is removed: a generation that is half gone must never be found in its place again.
    let paths = garbage.moves.iter().flat_map(|(from, to)| [from, to]);
    let folders = paths.map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder));
    for folder in folders.chain([""]).collect::<BTreeSet<_>>() {
        state.root.sync_directory(folder)?;
    }
    sweep(state, on_checkpoint)
}

/// Removes what was moved out of the way, also by a run that was interrupted.
pub(crate) fn sweep(state: &State, on_checkpoint: &dyn Fn(Checkpoint)) -> Result<(), StateError> {
    for pack in state.packs()? {
        for name in state.names_in(&format!("{PACKS}/{pack}"))? {
            if !is_of_pack(&name) {
                state.root.remove_all(&format!("{PACKS}/{pack}/{name}"))?;
                on_checkpoint(Checkpoint::Removed);
            }
        }
    }
    for name in state.names_in(GONE)? {
        state.root.remove_all(&format!("{GONE}/{name}"))?;
        on_checkpoint(Checkpoint::Removed);
    }
    Ok(state.root.remove_all(GONE)?)
}

fn is_of_pack(name: &str) -> bool {
    name == PACK || name == PACK_INDEX
}
