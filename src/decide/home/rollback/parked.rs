//! What a rollback cannot bring back in place is put where a person finds it.

use crate::decide::home::rollback::{Held, Turn, Undoing, was};
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::parking::{outside_spot, shipped_spot};
use crate::model::change::{FileState, Presence, Spot};
use crate::model::plan::{Action, Advisory};
use crate::model::record::Parked;

impl<E: Evidence> Undoing<'_, E> {
    /// The live file stays; what was there is parked.
    pub(super) fn park(
        &mut self,
        at: &Spot,
        turns: &[Turn],
        reason: &'static str,
    ) -> Result<(), E::Error> {
        let Presence::File(was) = was(turns) else {
            return Ok(());
        };
        let Some(path) = at.home_path() else {
            return self.park_outside(at, was, turns, reason);
        };
        let Some(content) = self.kept(turns, was.digest)? else {
            return Ok(());
        };
        self.parking.park(shipped_spot(path), was.digest, content);
        let executable = was.mode.is_executable();
        let parked = Parked {
            want: was.digest,
            ships: false,
            executable,
            has_merge: false,
            reason: reason.to_owned(),
        };
        self.plan.record.parked.insert(path.clone(), parked);
        self.step(at, Action::Conflict, reason);
        Ok(())
    }

    /// Outside the home a file has no name to settle it by: what was there is put where a person finds it.
    fn park_outside(
        &mut self,
        at: &Spot,
        was: FileState,
        turns: &[Turn],
        reason: &'static str,
    ) -> Result<(), E::Error> {
        self.plan.stays.push(at.clone());
        let message = match (outside_spot(at), self.kept(turns, was.digest)?) {
            (Some(place), Some(content)) => {
                let message = format!("{reason}; it stays, and what was there is {place}");
                self.parking.park(place, was.digest, content);
                message
            }
            _ => format!("{reason}; it stays as it is"),
        };
        self.plan.advisories.push(Advisory::about(at, message));
        Ok(())
    }

    /// What was parked is parked again, what was not is cleared; what a person did to it does not count.
    pub(super) fn undo_parked(
        &mut self,
        at: &Spot,
        turns: &[Turn],
        found: &Held,
    ) -> Result<(), E::Error> {
        match was(turns) {
            Presence::File(was) => {
                if let Some(content) = self.kept(turns, was.digest)? {
                    self.parking.park(at.clone(), was.digest, content);
                }
            }
            Presence::Nothing | Presence::Directory(_) if matches!(found, Held::File(..)) => {
                self.parking.clear(at.clone());
            }
            _ => {}
        }
        Ok(())
    }
}
