//! Finds what a generation changed: the contents from before and after, wherever they are kept by now.

use std::collections::HashMap;

use crate::decide::diff::body;
use crate::decide::evidence::Evidence;
use crate::decide::merge::MERGE_MAX;
use crate::effects::home::Home;
use crate::effects::scan::scan;
use crate::effects::stat_cache::StatCache;
use crate::effects::state::{State, StateError};
use crate::effects::witness::{Witness, WitnessError, kept_path};
use crate::words::change::{FileState, Presence, RootName};
use crate::words::delta::{Body, Delta, Side};
use crate::words::digest::Digest;
use crate::words::found::Found;
use crate::words::generation::{Fate, Journal};
use crate::words::path::RelPath;

/// Everything that a home keeps of what it held.
pub struct Chronicle<'a> {
    home: &'a Home,
    state: &'a State,
    witness: Witness<'a>,
    /// Which generations displaced a content, and in which slot they keep it.
    displaced: HashMap<Digest, Vec<(u64, usize)>>,
}

impl<'a> Chronicle<'a> {
    /// Reads what each generation displaced.
    pub fn open(home: &'a Home, state: &'a State) -> Result<Self, StateError> {
        let mut displaced: HashMap<_, Vec<_>> = HashMap::new();
        for number in state.generations()? {
            for (slot, logged) in state.journal(number)?.changes.iter().enumerate() {
                if let Some(before) = logged.change.alteration.displaces() {
                    displaced.entry(before.digest).or_default().push((number, slot));
                }
            }
        }
        Ok(Self { home, state, witness: Witness::new(&home.root, Some(state), None), displaced })
    }

    /// What a generation changed in the home, file by file. What it left to an operator who was faster is not in it.
    pub fn deltas(&self, journal: &Journal) -> Result<Vec<Delta>, WitnessError> {
        let mut deltas = Vec::new();
        for logged in journal.changes.iter().filter(|logged| logged.fate == Fate::Done) {
            let (at, alteration) = (&logged.change.at, logged.change.alteration);
            let [before, after] = [alteration.before(), alteration.after()].map(|presence| match presence {
                Presence::File(state) => Some(state),
                _ => None,
            });
            if at.root == RootName::Home && (before.is_some() || after.is_some()) {
                let side =
                    |state: Option<FileState>| state.map(|state| self.side(&at.path, state)).transpose();
                let (before, after) = (side(before)?, side(after)?);
                deltas.push(Delta { path: at.path.clone(), before, after, note: None });
            }
        }
        deltas.sort_by(|one, next| one.path.cmp(&next.path));
        Ok(deltas)
    }

    fn side(&self, path: &RelPath, state: FileState) -> Result<Side, WitnessError> {
        let body = self.body(path, state.digest)?;
        Ok(Side { digest: state.digest, executable: state.mode.is_executable(), body })
    }

    fn body(&self, path: &RelPath, digest: Digest) -> Result<Body, WitnessError> {
        if let Some(base) = self.witness.base(digest)? {
            return Ok(body(base));
        }
        for (generation, slot) in self.displaced.get(&digest).into_iter().flatten() {
            if self.witness.keeps(*generation, *slot, digest)? {
                let size = self.state.root.stat(&kept_path(*generation, *slot))?.stx_size;
                return shown(size, || self.witness.kept(*generation, *slot));
            }
        }
        let found = scan(&self.home.root, std::slice::from_ref(path), &StatCache::default())?.found;
        match found.first().and_then(Found::file).filter(|file| file.digest == digest) {
            Some(file) => shown(file.size, || Ok(self.home.root.read(path.as_str())?)),
            None => Ok(Body::NotKept),
        }
    }
}

fn shown(size: u64, read: impl Fn() -> Result<Vec<u8>, WitnessError>) -> Result<Body, WitnessError> {
    if size > MERGE_MAX { Ok(Body::TooLarge) } else { read().map(body) }
}
