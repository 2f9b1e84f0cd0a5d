//! The changes that later generations made, by the spot that they made them to.

use std::collections::BTreeMap;

use crate::model::change::{Alteration, Presence, Spot};
use crate::model::generation::{ChangeOutcome, Journal};

/// A change that a later generation made to a spot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    /// The generation.
    pub generation: u64,
    /// The slot in it where the displaced content is kept.
    pub slot: usize,
    /// The change.
    pub alteration: Alteration,
}

/// All changes that later generations made to one spot, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trail(pub Vec<Turn>);

impl Trail {
    /// The state before all of them.
    pub(crate) fn was(&self) -> Presence {
        self.0
            .first()
            .map_or(Presence::Nothing, |turn| turn.alteration.before())
    }

    /// Tells whether a directory was there before all of them.
    pub(crate) fn begins_with_directory(&self) -> bool {
        matches!(self.was(), Presence::Directory(_))
    }

    /// Tells whether they left a file.
    pub(crate) fn ends_with_file(&self) -> bool {
        let last = self.0.last();
        last.is_some_and(|turn| matches!(turn.alteration.after(), Presence::File(_)))
    }

    /// Tells whether they left a directory.
    pub(crate) fn ends_with_directory(&self) -> bool {
        let last = self.0.last();
        last.is_some_and(|turn| matches!(turn.alteration.after(), Presence::Directory(_)))
    }
}

/// The trails of all spots that generations changed, from their journals, oldest first.
pub(crate) fn trails(later: &[Journal]) -> BTreeMap<Spot, Trail> {
    let mut trails: BTreeMap<Spot, Trail> = BTreeMap::new();
    for journal in later {
        let generation = journal.heading.number;
        let slots = journal.changes.iter().enumerate();
        for (slot, logged) in slots.filter(|(_, logged)| logged.fate == ChangeOutcome::Done) {
            let trail = trails.entry(logged.change.at.clone()).or_default();
            trail.0.push(Turn {
                generation,
                slot,
                alteration: logged.change.alteration,
            });
        }
    }
    trails
}
