//! Lists of what generations left to be done after their commits.

use crate::effects::state::bases::folder_of;
use crate::effects::state::{State, StateError, is_damage};
use crate::model::generation::Pending;
use crate::model::record::Record;

impl State {
    /// Actions that a generation left to be done after its commit; if the list of them is lost, those that may be.
    pub(crate) fn pending(&self, number: u64, record: &Record) -> Result<Vec<Pending>, StateError> {
        match self.read("pending", &pending_file(number)) {
            Err(StateError::Disk(error)) if error.is_absent() => Ok(Vec::new()),
            Err(fault) if is_damage(&fault) => Ok(Pending::of_lost_list(record)),
            other => other,
        }
    }

    /// Takes note of what is left to be done.
    pub(crate) fn keep_pending(&self, number: u64, undone: &[Pending]) -> Result<(), StateError> {
        if !undone.is_empty() {
            return self.rewrite("pending", &pending_file(number), &undone);
        }
        match self.root.remove_file(&pending_file(number)) {
            Err(error) if !error.is_absent() => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn pending_file(number: u64) -> String {
    format!("{}/pending", folder_of(number))
}
