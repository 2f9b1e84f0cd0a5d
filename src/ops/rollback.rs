//! `rollback`: every path that later generations changed goes back.

use crate::decide::home::rollback::{self, preserved::Preserved};
use crate::decide::migrate::RENAME_SOCKET;
use crate::decide::migrate::socket::live_socket::SocketVerdict;
use crate::decide::plan::classes::Classes;
use crate::effects::bundle::BundleError;
use crate::effects::fleet::{live_verdict, verdict_on_return};
use crate::effects::home::Home;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::os::host;
use crate::effects::outside::reach::Reach;
use crate::effects::state::State;
use crate::model::generation::Journal;
use crate::model::plan::Plan;
use crate::model::record::Record;
use crate::ops::change::{self, HomeChange, carry_out, vet_files};
use crate::ops::conflicts::drop_preserved;
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;
use crate::ops::fleet::relaunch::bring_back_all;

/// A rollback, and what it did.
pub struct RolledBack {
    /// The generation that the home is brought back to.
    pub number: u64,
    /// The change of the home.
    pub change: HomeChange,
    /// The lock, until the agents are brought back; a preview has none.
    run: Option<Run>,
}

impl RolledBack {
    /// Brings back the agents that ran before: those that are stale now, and those that have failed. What was stopped
    /// stays stopped. Returns the problem where they could not be brought back.
    pub fn relaunch(&mut self, context: &Context) -> Option<String> {
        let Self { change, run, .. } = self;
        let home = run.as_ref()?.home();
        bring_back_all(context, home, &change.performed, &mut change.units)
    }
}

/// Goes back to a generation; without a number, to the one before. 0 is the home before Mosaic.
///
/// # Errors
///
/// [`Error::NoGeneration`] and [`Error::GenerationGone`] where there is no way back to it, [`Error::LiveSocket`] where
/// the running fleet cannot follow, [`Error::Transaction`] where it could not be carried out.
pub fn rollback(context: &Context, number: Option<u64>) -> Result<RolledBack, Error> {
    let mut run = context.enter_recorded()?;
    let outcome = carry(context, &mut run, number);
    let (number, change) = run.end(outcome)?;
    Ok(RolledBack {
        number,
        change,
        run: Some(run),
    })
}

fn carry(
    context: &Context,
    run: &mut Run,
    number: Option<u64>,
) -> Result<(u64, HomeChange), Error> {
    let (number, plan) = decide(context, run.home(), number)?;
    let command = format!("rollback {number}");
    let change = carry_out(context, run, plan, &command, None)?;
    Ok((number, change))
}

/// Decides what [`rollback()`] would do, and writes nothing.
///
/// # Errors
///
/// The errors of [`rollback()`] that come before its transaction.
pub fn preview_rollback(context: &Context, number: Option<u64>) -> Result<RolledBack, Error> {
    let home = context.look_at_recorded()?;
    let (number, plan) = decide(context, &home, number)?;
    let change = change::foreseen(context, &home, plan, None)?;
    Ok(RolledBack {
        number,
        change,
        run: None,
    })
}

fn decide(context: &Context, home: &Home, number: Option<u64>) -> Result<(u64, Plan), Error> {
    let Some(state) = &home.state else {
        return Err(context.no_record());
    };
    let last = home.generation;
    let kept = state.generations()?;
    let number = number.unwrap_or(last.saturating_sub(1));
    if number > last {
        return Err(Error::NoGeneration { number, last });
    }
    let way_back = state.way_back()?;
    if number < way_back {
        if let Some(fault) = state.fault_in_undoing(way_back) {
            return Err(Error::WayDamaged { number, fault });
        }
        let mut between = (number..way_back).rev();
        let missing = between.find(|number| !kept.contains(number) && *number > 0);
        let missing = missing.unwrap_or(number);
        return Err(Error::GenerationGone { number, missing });
    }
    let later = (number + 1..=last).map(|later| state.journal(later));
    let later = later.collect::<Result<Vec<_>, _>>()?;
    home.folders.keep_within(|| {
        let reached = later.iter().flat_map(Journal::reached);
        Reach::look(&home.root, &context.surroundings_of(home)).and(reached)
    });
    let evidence = DiskEvidence::new(home, None);
    let record = state.record(number)?;
    let classes = Classes::of_operator(&home.preserve_text).map_err(BundleError::from)?;
    let preserved = Preserved {
        classes: &classes,
        now: &home.record,
        records: &records(home, state, number)?,
    };
    let umask = host::umask();
    let mut plan = rollback::plan(number, &record, &later, &preserved, umask, &evidence)?;
    redo_live_socket(context, home, &mut plan)?;
    plan.commits = !plan.intents.is_empty() || plan.record != home.record;
    drop_preserved(home, &mut plan.unsettled)?;
    vet_files(home, &mut plan)?;
    Ok((number, plan))
}

/// The records that tell what was shipped since a generation; none is needed where the operator preserves nothing.
fn records(home: &Home, state: &State, number: u64) -> Result<Vec<Record>, Error> {
    if home.preserve_text.is_empty() {
        return Ok(Vec::new());
    }
    let records = (number..=home.generation).map(|number| state.record(number));
    Ok(records.collect::<Result<_, _>>()?)
}

/// Lets a rollback that changes the socket's name take along the server that runs now, if it can: to the new name, or
/// back to the former one, where the server was started by the new one.
fn redo_live_socket(context: &Context, home: &Home, plan: &mut Plan) -> Result<(), Error> {
    let renames = |record: &Record| record.ledger.has_edited(RENAME_SOCKET);
    let surroundings = &context.surroundings_of(home);
    let verdict = match (renames(&home.record), renames(&plan.record)) {
        (false, true) => live_verdict(home, surroundings),
        (true, false) => verdict_on_return(home, surroundings),
        _ => return Ok(()),
    };
    match verdict {
        SocketVerdict::Refused(reason) => Err(Error::LiveSocket(reason)),
        SocketVerdict::Adopt(adoption) => {
            plan.record.live_socket = Some(adoption);
            Ok(())
        }
        SocketVerdict::Already | SocketVerdict::Nothing => Ok(()),
    }
}
