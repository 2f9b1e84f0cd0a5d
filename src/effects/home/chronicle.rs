//! Finds what a generation changed: the contents from before and after, wherever they are kept by now.

use crate::effects::state::bases::kept_path;
use std::collections::HashMap;

use crate::decide::plan::evidence::Evidence;
use crate::decide::text::diff::body;
use crate::decide::text::merge::MERGE_MAX;
use crate::effects::home::Home;
use crate::effects::home::evidence::{DiskEvidence, EvidenceError};
use crate::effects::state::{State, StateError};
use crate::model::change::{FileState, Presence, Spot};
use crate::model::delta::{Body, Delta, Side};
use crate::model::digest::Digest;
use crate::model::generation::{ChangeOutcome, Journal};

/// The contents that a home keeps of what it held.
pub(crate) struct Chronicle<'a> {
    state: &'a State,
    evidence: DiskEvidence<'a>,
    /// Generations that displaced a content, and the slot in which each keeps it.
    displaced: HashMap<Digest, Vec<(u64, usize)>>,
}

impl<'a> Chronicle<'a> {
    /// Reads what each generation displaced.
    pub(crate) fn open(home: &'a Home, state: &'a State) -> Result<Self, StateError> {
        let mut displaced: HashMap<_, Vec<_>> = HashMap::new();
        for number in state.generations()? {
            // Of one whose journal cannot be used nothing is known to be kept.
            let changes = state.journal(number).map(|journal| journal.changes);
            for (slot, logged) in changes.unwrap_or_default().iter().enumerate() {
                if let Some(before) = logged.change.alteration.displaces() {
                    displaced
                        .entry(before.digest)
                        .or_default()
                        .push((number, slot));
                }
            }
        }
        Ok(Self {
            state,
            evidence: DiskEvidence::new(home, None),
            displaced,
        })
    }

    /// Changes that a generation made, file by file. Changes that it gave up because an operator
    /// was faster are left out.
    pub(crate) fn deltas(&self, journal: &Journal) -> Result<Vec<Delta>, EvidenceError> {
        let number = journal.heading.number;
        // Of a generation whose record is not kept any more, nothing is known to be Mosaic's.
        let ours = [number.saturating_sub(1), number]
            .map(|number| self.state.record(number).unwrap_or_default().entries);
        let mut deltas = Vec::new();
        for logged in journal
            .changes
            .iter()
            .filter(|logged| logged.fate == ChangeOutcome::Done)
        {
            let spot = &logged.change.at;
            let alteration = logged.change.alteration;
            let [before, after] =
                [alteration.before(), alteration.after()].map(|presence| match presence {
                    Presence::File(state) => Some(state),
                    _ => None,
                });
            if spot.root.is_live() && (before.is_some() || after.is_some()) {
                let side = |state: Option<FileState>| {
                    state.map(|state| self.side(spot, state)).transpose()
                };
                let before = side(before)?;
                let after = side(after)?;
                let is_operators = !spot
                    .home_path()
                    .is_some_and(|path| ours.iter().any(|ours| ours.contains_key(path)));
                deltas.push(Delta {
                    at: spot.clone(),
                    before,
                    after,
                    note: None,
                    is_operators,
                });
            }
        }
        deltas.sort_by(|one, next| one.at.cmp(&next.at));
        Ok(deltas)
    }

    fn side(&self, spot: &Spot, state: FileState) -> Result<Side, EvidenceError> {
        let body = self.body(spot, state.digest)?;
        Ok(Side {
            digest: state.digest,
            executable: state.mode.is_executable(),
            body,
        })
    }

    fn body(&self, spot: &Spot, digest: Digest) -> Result<Body, EvidenceError> {
        if let Some(base) = self.evidence.base(digest)? {
            return Ok(body(base));
        }
        for (generation, slot) in self.displaced.get(&digest).into_iter().flatten() {
            if self.evidence.keeps(*generation, *slot, digest)? {
                let size = self
                    .state
                    .root
                    .stat(&kept_path(*generation, *slot))?
                    .stx_size;
                return shown(size, || self.evidence.kept(*generation, *slot));
            }
        }
        match self
            .evidence
            .state_at(spot)?
            .file()
            .filter(|file| file.digest == digest)
        {
            Some(_) => Ok(self.evidence.text(spot)?.map_or(Body::TooLarge, body)),
            None => Ok(Body::NotKept),
        }
    }
}

fn shown(
    size: u64,
    read: impl Fn() -> Result<Vec<u8>, EvidenceError>,
) -> Result<Body, EvidenceError> {
    if size > MERGE_MAX {
        Ok(Body::TooLarge)
    } else {
        read().map(body)
    }
}
