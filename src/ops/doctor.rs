//! `doctor`: the machine is examined, and what can be mended without a choice is mended.

use crate::decide::doctor::{CheckGroup, CheckResult, GROUPS};
use crate::effects::doctor;
use crate::effects::home::{Home, HomeError, Recovery};
use crate::effects::os::tmux::{Mended, Sockets};
use crate::ops::context::Context;
use crate::ops::error::Error;

/// An error's message, and the advice on it.
pub type Explained = (String, Option<String>);

/// Examines the machine: each group of checks by its name. `flags` is what commands need to be about this home, and
/// `explain` puts an error that keeps the home from being read into words.
pub fn examine(
    context: &Context,
    flags: &str,
    explain: impl Fn(Error) -> Explained,
) -> Vec<(&'static str, CheckResult)> {
    let looked = Home::look_despite_damage(&context.home);
    let surroundings = &context.surroundings_of_any(looked.as_ref().ok());
    let mut facts = doctor::gather(&context.home, looked.as_ref().ok(), surroundings, flags);
    let damage = match looked {
        Ok(home) => home.damage.map(HomeError::from),
        Err(error) => Some(error),
    };
    let damage = damage.filter(|error| !matches!(error, HomeError::Absent { .. }));
    if let Some(error) = damage {
        facts.state.damage = Some(explain(error.into()));
    }
    let judge = |group: &CheckGroup| (group.name, (group.judge)(&facts));
    GROUPS.iter().map(judge).collect()
}

/// Mends the sockets of the fleet that the home has taken along, where it has. Returns what was mended.
///
/// # Errors
///
/// Whatever keeps a recorded home from being entered; [`Error::Socket`] where a socket cannot be mended.
pub fn mend(context: &Context) -> Result<Option<Mended>, Error> {
    // What is wrong with a home that cannot be read is found by examining it.
    let looked = Home::look(&context.home);
    if !looked.is_ok_and(|home| home.generation > 0 || home.recovery_pending) {
        return Ok(None);
    }
    let run = context.enter(false, Recovery::Finish)?;
    let Some(adoption) = doctor::adoption_of(run.home()) else {
        return Ok(None);
    };
    let mended = Sockets::at(&adoption.directory).mend(&adoption);
    run.end(mended.map_err(Error::from))
}
