//! `resolve`: parked conflicts, listed or settled.

use std::path::PathBuf;

use crate::decide::home::resolve;
use crate::effects::home::Home;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::sides::sides;
use crate::effects::os::host;
use crate::model::delta::Delta;
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::ops::change::{self, HomeChange, carry_out, vet_files};
use crate::ops::conflicts::{drop_preserved, standing_conflicts, standing_stays};
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;

pub use crate::decide::home::resolve::Settlement;

/// The conflicts to settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Every conflict that stands.
    All,
    /// The conflicts at these paths.
    Paths(Vec<RelPath>),
}

/// Lists what is parked, in a change that does nothing.
///
/// # Errors
///
/// [`Error::NoRecord`] where nothing was ever committed, and whatever keeps the home from being read.
pub fn parked(context: &Context) -> Result<HomeChange, Error> {
    let home = context.look_at_recorded()?;
    let mut change = HomeChange::of_nothing(&home);
    change.conflicts = standing_conflicts(&home)?;
    change.stays = standing_stays(&home);
    Ok(change)
}

/// Reads a parked conflict, to show it to whom must settle it.
///
/// # Errors
///
/// [`Error::Unsettled`] where nothing is parked at the path, and whatever keeps it from being read.
pub fn conflict(context: &Context, path: &RelPath) -> Result<Conflict, Error> {
    let home = context.look_at_recorded()?;
    let parked = home.record.parked.get(path);
    let parked = parked.ok_or_else(|| resolve::not_parked(&home.record, path))?;
    let sides = sides(&home, path, parked)?;
    Ok(Conflict {
        reason: parked.reason.clone(),
        merge: sides.merge.map(|merge| home.root.full(&merge)),
        mine: sides.mine,
        shipped: sides.shipped,
    })
}

/// A parked conflict.
#[derive(Debug)]
pub struct Conflict {
    /// The reason why it is one.
    pub reason: String,
    /// What the operator made of what shipped before.
    pub mine: Delta,
    /// What the release made of that.
    pub shipped: Delta,
    /// The file with the failed merge; `None` where none could be tried.
    pub merge: Option<PathBuf>,
}

/// Settles parked conflicts.
///
/// # Errors
///
/// [`Error::Unsettled`] where one cannot be settled that way, [`Error::Transaction`] where it could not be carried out.
pub fn resolve(
    context: &Context,
    which: &Which,
    settlement: &Settlement,
) -> Result<HomeChange, Error> {
    let mut run = context.enter_recorded()?;
    let outcome = settle(context, &mut run, which, settlement);
    run.end(outcome)
}

/// Decides what [`resolve()`] would do, and writes nothing.
///
/// # Errors
///
/// The errors of [`resolve()`] that come before its transaction.
pub fn preview_resolve(
    context: &Context,
    which: &Which,
    settlement: &Settlement,
) -> Result<HomeChange, Error> {
    let home = context.look_at_recorded()?;
    let plan = decide(&home, which, settlement)?;
    change::foreseen(context, &home, plan, None)
}

fn settle(
    context: &Context,
    run: &mut Run,
    which: &Which,
    settlement: &Settlement,
) -> Result<HomeChange, Error> {
    let plan = decide(run.home(), which, settlement)?;
    carry_out(context, run, plan, "resolve", None)
}

fn decide(home: &Home, which: &Which, settlement: &Settlement) -> Result<Plan, Error> {
    let paths = match which {
        Which::Paths(paths) => paths.clone(),
        Which::All => {
            let standing = standing_conflicts(home)?.into_iter();
            standing.map(|(path, _)| path).collect()
        }
    };
    let evidence = DiskEvidence::new(home, None);
    let mut plan = resolve::plan(&home.record, &paths, settlement, host::umask(), &evidence)?;
    drop_preserved(home, &mut plan.unsettled)?;
    vet_files(home, &mut plan)?;
    Ok(plan)
}
