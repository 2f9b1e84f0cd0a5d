//! Whether an operation changed something, for engines that go on by it.

use crate::ops::change::HomeChange;

impl HomeChange {
    /// Tells whether something was changed: a generation was committed, an interrupted run finished, or a unit restarted. Of a
    /// preview, whether something would be.
    pub fn is_change(&self) -> bool {
        let commits = self.is_committed || (self.is_dry_run && self.plan.commits);
        let recovers = self.finished_generation.is_some() || self.is_recovery_pending;
        commits || recovers || !self.units.restarted.is_empty()
    }

    /// The generation before the operation, and before an interrupted run that it finished.
    pub fn generation_before(&self) -> u64 {
        let own = self.generation.saturating_sub(self.is_committed.into());
        let finished = self.finished_generation;
        finished.map_or(own, |number| number.saturating_sub(1))
    }
}
