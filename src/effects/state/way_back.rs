//! The way back: how far the generations of a state can be undone.

use crate::effects::state::bases::folder_of;
use crate::effects::state::{FILES, PACKS, State, StateError};

impl State {
    /// The oldest generation that a rollback can go back to; 0 is the home before the first.
    pub(crate) fn way_back(&self) -> Result<u64, StateError> {
        let there = self.generations()?;
        let mut end = there.last().copied().unwrap_or(0);
        while end > 0
            && self.keeps_files(end)?
            && (end == 1 || there.binary_search(&(end - 1)).is_ok())
            && self.fault_in_undoing(end).is_none()
        {
            end -= 1;
        }
        Ok(end)
    }

    /// Fault that keeps a generation from being undone: its journal, or the record before it, cannot be used.
    pub(crate) fn fault_in_undoing(&self, number: u64) -> Option<StateError> {
        let before = number.saturating_sub(1);
        let is_there = self
            .generations()
            .is_ok_and(|there| there.contains(&before));
        let journal = self.journal(number).err();
        journal.or_else(|| self.record(before).err().filter(|_| is_there))
    }

    /// Tells whether a generation still keeps the files that it displaced; a tool may have dropped a folder for none.
    pub(crate) fn keeps_files(&self, number: u64) -> Result<bool, StateError> {
        let has = |path: &str| self.root.stat_if_there(path).map(|stat| stat.is_some());
        // `gc` takes it from the oldest generation, and leaves the packs.
        let is_let_go = self.generations()?.first() == Some(&number) && has(PACKS)?;
        let journal = || self.journal(number).is_ok_and(|it| it.displaced_nothing());
        Ok(has(&format!("{}/{FILES}", folder_of(number)))? || !is_let_go && journal())
    }
}
