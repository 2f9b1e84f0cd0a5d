//! `recover`: an interrupted run is finished, and pending actions are done.

use crate::effects::apply::Recovered;
use crate::effects::home::pending::Performed;
use crate::effects::home::{Home, Recovery};
use crate::model::stayed::Stayed;
use crate::ops::context::Context;
use crate::ops::error::Error;

/// The outcome of a recovery.
#[derive(Debug, Default)]
pub struct RecoveryOutcome {
    /// The generation that was finished; `None` where no run was interrupted, or its transaction was given up.
    pub finished_generation: Option<u64>,
    /// The folder, from the home, of a transaction that was given up; `None` where none was.
    pub given_up: Option<String>,
    /// The folders, from the home, of generations that cannot be used and were put aside.
    pub put_aside: Vec<String>,
    /// The generation that the home is at.
    pub generation: u64,
    /// Places that stayed as they were: the operator was faster, or the file system refused.
    pub stayed: Vec<Stayed>,
    /// Pending actions of the last commit, tried when the home was entered.
    pub performed: Performed,
}

impl RecoveryOutcome {
    /// Tells whether something was changed.
    pub fn is_change(&self) -> bool {
        self.finished_generation.is_some()
            || self.given_up.is_some()
            || !self.put_aside.is_empty()
            || !self.performed.done.is_empty()
    }

    /// The generation that the home was at before; where some were put aside, the one that it went on from.
    pub fn generation_before(&self) -> u64 {
        let finished = self.finished_generation;
        finished.map_or(self.generation, |number| number.saturating_sub(1))
    }

    /// Tells whether a person is needed: something was given up, put aside or stayed as it was, or an action failed.
    pub fn needs_person(&self) -> bool {
        !self.stayed.is_empty()
            || self.given_up.is_some()
            || !self.put_aside.is_empty()
            || self.performed.is_held_up()
    }
}

/// Finishes an interrupted run; with `keep_current`, what of it can be finished, and the rest stays as it is.
///
/// # Errors
///
/// [`Error::Recovery`] where it cannot be finished, and whatever keeps the home from being entered.
pub fn recover(context: &Context, keep_current: bool) -> Result<RecoveryOutcome, Error> {
    if Home::look_despite_damage(&context.home)?.state.is_none() {
        return Ok(RecoveryOutcome::default());
    }
    let recovery = if keep_current {
        Recovery::KeepCurrent
    } else {
        Recovery::Finish
    };
    let run = context.enter(false, recovery)?;
    let folder = |name: String| format!(".mosaic/{name}");
    let mut outcome = RecoveryOutcome {
        generation: run.entered.home.generation,
        put_aside: run.entered.put_aside.into_iter().map(folder).collect(),
        performed: run.performed,
        ..RecoveryOutcome::default()
    };
    match run.entered.recovered {
        Recovered::Nothing => {}
        Recovered::Finished(committed) => {
            outcome.finished_generation = Some(committed.generation);
            outcome.stayed = committed.stayed;
        }
        Recovered::GivenUp(name) => outcome.given_up = Some(folder(name)),
    }
    Ok(outcome)
}
