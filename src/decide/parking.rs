//! Parks what a person has to settle, and clears away what has been settled.

use crate::decide::directories::Traffic;
use crate::decide::evidence::{Evidence, Sight};
use crate::words::change::{Alteration, Change, FileState, Presence, RootName, Spot};
use crate::words::digest::Digest;
use crate::words::mode::Mode;
use crate::words::path::RelPath;
use crate::words::plan::{Content, Intent};

/// Permission bits of what is parked: it may be as private as the live file.
const PARKED_MODE: u32 = 0o600;

/// Where the parked want of a path is.
pub fn shipped_spot(path: &RelPath) -> Spot {
    spot("shipped", path)
}

/// Where the failed merge of a path is, markers and all.
pub fn merged_spot(path: &RelPath) -> Spot {
    spot("merged", path)
}

fn spot(kind: &'static str, path: &RelPath) -> Spot {
    Spot { root: RootName::Conflicts, path: path.with_top(kind) }
}

/// The changes to the conflicts root that a plan collects.
pub struct Parking<'a, E> {
    evidence: &'a E,
    traffic: Traffic<'a, E>,
    intents: Vec<Intent>,
}

impl<'a, E: Evidence> Parking<'a, E> {
    /// Nothing parked, nothing cleared.
    pub fn new(evidence: &'a E) -> Self {
        let traffic = Traffic::new(RootName::Conflicts, evidence, 0o077);
        Self { evidence, traffic, intents: Vec::new() }
    }

    /// Parks a content, in the place of what was parked there.
    pub fn park(&mut self, at: Spot, digest: Digest, content: Content) -> Result<(), E::Error> {
        let after = FileState { digest, mode: Mode::from_st_mode(PARKED_MODE) };
        let before = self.evidence.sight(&at)?;
        let Some(alteration) = alteration(before, Presence::File(after)) else { return Ok(()) };
        self.traffic.comes(&at.path);
        let content = alteration.brings().map(|_| content);
        self.intents.push(Intent { change: Change { at, alteration }, content });
        Ok(())
    }

    /// Clears all that is parked for a path.
    pub fn clear_all(&mut self, path: &RelPath) -> Result<(), E::Error> {
        [shipped_spot(path), merged_spot(path)].into_iter().try_for_each(|at| self.clear(at))
    }

    /// Clears one parked file, if it is there.
    pub fn clear(&mut self, at: Spot) -> Result<(), E::Error> {
        let sight = self.evidence.sight(&at)?;
        if let (Some(_), Some(alteration)) = (sight.file(), alteration(sight, Presence::Nothing)) {
            self.traffic.goes(&at.path);
            self.intents.push(Intent { change: Change { at, alteration }, content: None });
        }
        Ok(())
    }

    /// All changes, directories included.
    pub fn into_intents(mut self) -> Result<Vec<Intent>, E::Error> {
        let directories = self.traffic.settle(|_| true)?;
        self.intents.extend(directories);
        Ok(self.intents)
    }
}

fn alteration(from: Sight, to: Presence) -> Option<Alteration> {
    match from {
        Sight::Known(presence) => Alteration::between(presence, to),
        Sight::Foreign => None,
    }
}
