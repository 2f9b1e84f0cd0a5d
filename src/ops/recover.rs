//! `recover`: an interrupted run is finished, and what a commit left to be done is done.

use crate::effects::apply::Recovered;
use crate::effects::home::pending::Performed;
use crate::effects::home::{Home, Recovery};
use crate::model::change::Spot;
use crate::ops::context::Context;
use crate::ops::error::Error;

/// What a recovery came to.
#[derive(Debug, Default)]
pub struct RecoveryOutcome {
    /// The generation that was finished.
    pub finished_generation: Option<u64>,
    /// The folder, from the home, of a transaction that was given up.
    pub given_up: Option<String>,
    /// Spots where the operator was faster; his stayed.
    pub overtaken: Vec<Spot>,
    /// What became of what a commit had left to be done.
    pub performed: Performed,
}

impl RecoveryOutcome {
    /// Whether something needs a person.
    pub fn needs_person(&self) -> bool {
        !self.overtaken.is_empty() || self.given_up.is_some() || self.performed.is_held_up()
    }
}

/// Finishes an interrupted run; with `keep_current`, what of it can be finished, and the rest stays as it is.
///
/// # Errors
///
/// [`Error::Recovery`] where it cannot be finished, and whatever keeps the home from being entered.
pub fn recover(context: &Context, keep_current: bool) -> Result<RecoveryOutcome, Error> {
    if Home::look(&context.home)?.state.is_none() {
        return Ok(RecoveryOutcome::default());
    }
    let recovery = if keep_current {
        Recovery::KeepCurrent
    } else {
        Recovery::Finish
    };
    let run = context.enter(false, recovery)?;
    let mut outcome = RecoveryOutcome {
        performed: run.performed,
        ..RecoveryOutcome::default()
    };
    match run.entered.recovered {
        Recovered::Nothing => {}
        Recovered::Finished(committed) => {
            outcome.finished_generation = Some(committed.generation);
            outcome.overtaken = committed.overtaken;
        }
        Recovered::GivenUp(folder) => outcome.given_up = Some(format!(".mosaic/{folder}")),
    }
    Ok(outcome)
}
