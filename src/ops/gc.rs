//! `gc`: what only the way back to old generations needs is removed.

use crate::effects::apply::TransactionError;
use crate::effects::state::State;
use crate::effects::state::gc::{Garbage, collect, plan, sweep};
use crate::ops::context::Context;
use crate::ops::error::Error;

/// The options of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GcRequest {
    /// The number of last generations that can still be undone afterwards.
    pub keep: u64,
    /// Set to remove transactions that `recover` gave up, too.
    pub abandoned: bool,
}

/// The outcome of a collection; of a preview, the outcome that it foresees.
#[derive(Debug)]
pub struct Collected {
    /// The contents that are let go, and where the way back ends.
    pub garbage: Garbage,
    /// Set where an interrupted run waits to be finished first; only in a preview.
    pub is_recovery_pending: bool,
}

/// Tells what a collection would remove, and removes nothing.
///
/// # Errors
///
/// [`Error::NoRecord`] where nothing was ever committed, and whatever keeps the state from being read.
pub fn preview_gc(context: &Context, request: GcRequest) -> Result<Collected, Error> {
    let home = context.look_at_recorded()?;
    let state = home.state.as_ref().ok_or_else(|| context.no_record())?;
    Ok(Collected {
        garbage: plan(state, request.keep, request.abandoned)?,
        is_recovery_pending: home.recovery_pending,
    })
}

/// Removes the contents of old generations, and the way back to them.
///
/// # Errors
///
/// [`Error::NoRecord`] where nothing was ever committed, [`Error::Transaction`] where the user asked to stop before
/// anything was removed, and whatever keeps the state from being read or changed.
pub fn gc(context: &Context, request: GcRequest) -> Result<Collected, Error> {
    let run = context.enter_recorded()?;
    let state = run.home().state.as_ref();
    let collected = state
        .ok_or_else(|| context.no_record())
        .and_then(|state| empty(context, state, request));
    run.end(collected)
}

fn empty(context: &Context, state: &State, request: GcRequest) -> Result<Collected, Error> {
    let garbage = plan(state, request.keep, request.abandoned)?;
    if context.is_interrupted() {
        return Err(TransactionError::Interrupted.into());
    }
    if garbage.is_empty() {
        sweep(state, &context.checkpoints())?;
    } else {
        collect(state, &garbage, &context.checkpoints())?;
    }
    Ok(Collected {
        garbage,
        is_recovery_pending: false,
    })
}
