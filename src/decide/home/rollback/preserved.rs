//! The paths that a rollback leaves alone because the operator's list preserves them, as an update does.

use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::classes::{Class, Classes};
use crate::decide::plan::evidence::Evidence;
use crate::model::change::Spot;
use crate::model::path::RelPath;
use crate::model::plan::Action;
use crate::model::record::Record;

/// The operator's list, and what it is asked about: shipped files. What a migration edited goes back with its group,
/// and what a fleet was installed with goes, as both came whatever the list said.
pub(crate) struct Preserved<'a> {
    /// The operator's rules alone.
    pub classes: &'a Classes,
    /// The record of the home as it is.
    pub now: &'a Record,
    /// The records of the generations to go back over, and of the one to go back to.
    pub records: &'a [Record],
}

impl Preserved<'_> {
    /// Leaves a spot as it is if it is preserved, with what the record says of it now.
    pub(crate) fn leave<E: Evidence>(&self, spot: &Spot, builder: &mut PlanBuilder<E>) -> bool {
        let Some(path) = spot.home_path().filter(|path| self.has_shipped(path)) else {
            return false;
        };
        let judgement = self.classes.judge(path);
        let (Class::Preserved, Some(rule)) = (judgement.class, judgement.rule) else {
            return false;
        };
        let record = builder.record_mut();
        match self.now.entries.get(path) {
            Some(entry) => record.entries_mut().insert(path.clone(), *entry),
            None => record.entries_mut().remove(path),
        };
        if self.now.seeded.contains(path) {
            record.seeded.insert(path.clone());
        }
        let reason = format!("yours by `{}` ({}:{})", rule.text, rule.file, rule.line);
        builder.step(spot.clone(), Action::Preserve, reason);
        true
    }

    /// Tells whether a directory is preserved: it is neither made for its own sake nor removed.
    pub(crate) fn holds_directory(&self, spot: &Spot) -> bool {
        let judged = spot.home_path().map(|path| self.classes.judge(path).class);
        judged == Some(Class::Preserved)
    }

    fn has_shipped(&self, path: &RelPath) -> bool {
        let ships =
            |record: &Record| record.entries.contains_key(path) || record.seeded.contains(path);
        self.records.iter().any(ships)
    }
}
