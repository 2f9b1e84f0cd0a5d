//! `verify`: every recorded file is read again, and every content that a rollback would need.

use crate::effects::apply::chain;
use crate::effects::home::Home;
use crate::effects::scan::stat_cache::StatCache;
use crate::effects::scan::{digest_of, scan};
use crate::effects::state::State;
use crate::effects::state::bases::{self, kept_path};
use crate::model::found::Found;
use crate::model::generation::ChangeOutcome;
use crate::model::path::RelPath;
use crate::model::record::Entry;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::event::Event;

/// The outcome of a verification.
#[derive(Debug, Default)]
pub struct Verification {
    /// The number of files that were read: recorded ones, and contents kept for rollbacks.
    pub checked: usize,
    /// Recorded files that are not as Mosaic left them, each with a word: `edited`, `not-executable`, `missing`,
    /// `not-a-file`.
    pub differences: Vec<(RelPath, &'static str)>,
    /// Kept contents that are not what they must be, in words.
    pub damaged: Vec<String>,
}

/// Reads every recorded file again.
///
/// # Errors
///
/// [`Error::NoRecord`] where nothing was ever committed, and whatever keeps a file from being read.
pub fn verify(context: &Context) -> Result<Verification, Error> {
    let home = context.look_to_tell_recorded()?;
    context.tell(Event::Reading);
    let verification = read(&home);
    context.tell(Event::Read);
    verification
}

fn read(home: &Home) -> Result<Verification, Error> {
    let paths: Vec<_> = home.record.entries.keys().cloned().collect();
    let scanned = scan(&home.root, &paths, StatCache::default().of_home())?;
    let found = home.record.entries.iter().zip(&scanned.found);
    let differences =
        found.filter_map(|((path, entry), found)| Some((path.clone(), difference(entry, found)?)));
    let mut verification = Verification {
        checked: scanned.seen.read,
        differences: differences.collect(),
        damaged: Vec::new(),
    };
    let damage = home.damage.as_ref().map(|damage| chain(damage));
    verification.damaged.extend(damage);
    if let Some(state) = &home.state {
        check_kept(state, &mut verification)?;
        let damaged = bases::damaged(&state.root, &state.pack_folders()?)?;
        verification.damaged.extend(damaged);
    }
    Ok(verification)
}

fn difference(entry: &Entry, found: &Found) -> Option<&'static str> {
    match found {
        Found::File(file) if file.digest != entry.left => Some("edited"),
        Found::File(file) if entry.executable && !file.mode.is_executable() => {
            Some("not-executable")
        }
        Found::File(_) | Found::Outside(_) => None,
        Found::Absent => Some("missing"),
        _ => Some("not-a-file"),
    }
}

/// Compares every displaced content that is still kept with its journal.
fn check_kept(state: &State, verification: &mut Verification) -> Result<(), Error> {
    let kept = state.generations().unwrap_or_default();
    for number in kept.iter().copied() {
        // What the oldest displaced was let go with the way back to before it.
        if kept.first() == Some(&number) && !state.keeps_files(number)? {
            continue;
        }
        check_generation(state, number, verification);
    }
    Ok(())
}

fn check_generation(state: &State, number: u64, verification: &mut Verification) {
    let record = state.record(number).err();
    let mut damaged: Vec<_> = record.iter().map(|fault| chain(fault)).collect();
    let journal = state.journal(number);
    damaged.extend(journal.as_ref().err().map(|fault| chain(fault)));
    damaged.retain(|line| !verification.damaged.iter().any(|said| said.ends_with(line)));
    verification.damaged.extend(damaged);
    for (slot, logged) in journal
        .iter()
        .flat_map(|journal| journal.changes.iter().enumerate())
    {
        let displaced = logged.change.alteration.displaces();
        let Some(before) = displaced.filter(|_| logged.fate == ChangeOutcome::Done) else {
            continue;
        };
        let path = kept_path(number, slot);
        let damaged = &mut verification.damaged;
        match digest_of(&state.root, &path) {
            Ok(digest) if digest == before.digest => verification.checked += 1,
            Ok(_) => damaged.push(format!("{path}: not what generation {number} displaced")),
            // The operator had removed it before its turn came: there was nothing to keep.
            Err(error) if error.is_absent() && logged.change.alteration.brings().is_none() => {}
            Err(error) if error.is_absent() => damaged.push(format!("{path}: missing")),
            Err(error) => damaged.push(chain(&error)),
        }
    }
}
