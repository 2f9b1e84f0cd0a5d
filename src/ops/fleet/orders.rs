//! `fleet start`, `stop` and `restart`: orders to systemd, one step after the other, each awaited.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::fleet::active::Occupant;
use crate::decide::fleet::install::env_path;
use crate::decide::fleet::order::{Chosen, Unit, chosen, steps};
use crate::decide::fleet::units::{AGENTS, OURS};
use crate::effects::fleet::left_behind;
use crate::effects::home::Home;
use crate::effects::home::pending::Performed;
use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::outside;
use crate::effects::os::systemd::{JOB_PATIENCE, Manager, ManagerError};
use crate::effects::outside::units::occupant;
use crate::model::unit::{JobOutcome, UnitName, UnitState};
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;
use crate::ops::fleet::error::FleetError;
use crate::ops::fleet::roster::read_roster;

pub use crate::decide::fleet::order::Order;

/// The outcome of an order.
#[derive(Debug)]
pub struct Orders {
    /// The outcome of each unit, in the order in which the units were asked.
    pub units: Vec<OrderedUnit>,
    /// Pending actions of an earlier commit, tried when the home was entered.
    pub performed: Performed,
}

/// The outcome of an order for one unit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OrderedUnit {
    /// The unit's name.
    pub unit: String,
    /// The agent's name; null for the holder.
    pub agent: Option<String>,
    /// The outcome, in a word.
    pub outcome: OrderOutcome,
    /// systemd's words, where the unit failed, or the reason why it was not asked; null where there is nothing to say.
    pub words: Option<String>,
}

/// The outcome of an order for one unit, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrderOutcome {
    /// The unit runs now, and did not before.
    Started,
    /// The unit ran, and does no longer.
    Stopped,
    /// The unit was started anew.
    Restarted,
    /// The unit was that way already.
    Unchanged,
    /// The unit failed.
    Failed,
    /// The unit had not ended in the time that it was given; systemd goes on with it.
    Unfinished,
    /// The unit was not asked, because one before it failed.
    NotTried,
    /// The unit was left running, because agents that were not named need it.
    Kept,
}

impl OrderOutcome {
    /// Tells whether the order was not carried out.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Unfinished | Self::NotTried)
    }
}

/// Starts, stops or restarts agents of a roster; without names, the whole fleet of this host.
///
/// # Errors
///
/// [`Error::Fleet`] for a wrong roster or name, a fleet that is not installed or is another home's, and where no user
/// manager answers. What systemd refuses for one unit is told by its [`OrderedUnit`].
pub fn order(
    context: &Context,
    order: Order,
    roster: Option<&Path>,
    agents: &[String],
) -> Result<Orders, Error> {
    let roster = read_roster(context, roster)?;
    let chosen = chosen(&roster, agents)?;
    let mut run = context.enter_recorded()?;
    let outcome = carry(context, &mut run, order, &chosen);
    run.end(outcome)
}

fn carry(context: &Context, run: &mut Run, order: Order, chosen: &Chosen) -> Result<Orders, Error> {
    let performed = std::mem::take(&mut run.performed);
    refuse_other_homes(context)?;
    if order != Order::Stop {
        refuse_uninstalled(context, run.home(), chosen)?;
    }
    let manager = Manager::reach()?;
    refuse_other_units(context, &manager)?;
    let mut ordered = Vec::new();
    let mut is_stuck = false;
    for (order, units) in steps(order, chosen) {
        is_stuck |= context.is_interrupted();
        let outcomes = if is_stuck {
            let not_tried = |unit| ordered_unit(unit, OrderOutcome::NotTried, None);
            units.iter().map(not_tried).collect()
        } else {
            step(&manager, run.home(), order, &units)?
        };
        is_stuck |= outcomes
            .iter()
            .any(|unit: &OrderedUnit| unit.outcome.is_bad());
        ordered.extend(outcomes);
    }
    Ok(Orders {
        units: ordered,
        performed,
    })
}

/// Refuses active units of another home, which are that home's to start and stop.
pub(crate) fn refuse_other_homes(context: &Context) -> Result<(), FleetError> {
    let Some(units) = &context.surroundings.units else {
        return Ok(());
    };
    for unit in OURS.map(|name| units.join(name)) {
        let occupant = occupant(&unit, &context.home, &context.surroundings);
        if let Ok(Occupant::Another(home)) = occupant {
            return Err(FleetError::AnotherHome { unit, home });
        }
    }
    Ok(())
}

/// Refuses a manager that reads its units elsewhere: it knows others by the same names.
fn refuse_other_units(context: &Context, manager: &Manager) -> Result<(), Error> {
    match &context.surroundings.units {
        Some(units) if !manager.reads(&resolved(units))? => {
            Err(FleetError::Unreads(units.clone()).into())
        }
        _ => Ok(()),
    }
}

/// Refuses agents and units of the roster that no install has put in place yet.
fn refuse_uninstalled(context: &Context, home: &Home, chosen: &Chosen) -> Result<(), Error> {
    let (Chosen::Fleet(agents) | Chosen::Agents(agents)) = chosen;
    for agent in agents {
        let path = env_path(agent.as_str());
        if path.is_none_or(|path| home.root.look(path.as_str()).is_err()) {
            return Err(FleetError::NotInstalled(format!("the agent {agent}")).into());
        }
    }
    let Some(units) = &context.surroundings.units else {
        return Ok(());
    };
    let is_missing = |name: &&str| outside::stat_link(&units.join(name)).is_err();
    match OURS.into_iter().find(is_missing) {
        Some(name) => Err(FleetError::NotInstalled(format!("the unit {name}")).into()),
        None => Ok(()),
    }
}

fn step(
    manager: &Manager,
    home: &Home,
    order: Order,
    units: &[Unit],
) -> Result<Vec<OrderedUnit>, ManagerError> {
    if order == Order::Stop && units == [Unit::Holder] && has_other_agents(manager)? {
        let words = "agents that are not in this roster run on its server".to_owned();
        let kept = ordered_unit(&Unit::Holder, OrderOutcome::Kept, Some(words));
        return Ok(vec![kept]);
    }
    let names = units.iter().map(ToString::to_string);
    let names: Vec<_> = names.filter_map(|unit| UnitName::new(unit).ok()).collect();
    let before = manager.show(&names)?;
    let outcomes = match order {
        Order::Start => manager.start(&names, JOB_PATIENCE)?,
        // systemd knows nothing of a unit that was never started, and would complain.
        Order::Stop => {
            let runs = before.iter().filter(|state| is_to_be_stopped(state));
            let runs: Vec<_> = runs.map(|state| state.name.clone()).collect();
            manager.stop(&runs, JOB_PATIENCE)?
        }
        Order::Restart => {
            let restart =
                |name: &UnitName| Ok((name.clone(), manager.restart(name, JOB_PATIENCE)?));
            let outcomes = names.iter().map(restart);
            outcomes.collect::<Result<_, ManagerError>>()?
        }
    };
    let after = manager.show(&names)?;
    let states = before.iter().zip(&after);
    let ordered = units.iter().zip(states).map(|(unit, (before, after))| {
        let mut all = outcomes.iter();
        let outcome = all.find(|(name, _)| *name == after.name);
        let outcome = outcome.map(|(_, outcome)| outcome);
        ended(home, judge(unit, order, outcome, before, after))
    });
    Ok(ordered.collect())
}

/// Ends the session that a stopped agent left behind; the agent has failed where that cannot be done.
fn ended(home: &Home, ordered: OrderedUnit) -> OrderedUnit {
    let is_stopped = ordered.outcome == OrderOutcome::Stopped;
    let agent = ordered.agent.as_deref().filter(|_| is_stopped);
    match agent.and_then(|agent| left_behind::end(home, agent)) {
        Some(why) => OrderedUnit {
            outcome: OrderOutcome::Failed,
            words: Some(why),
            ..ordered
        },
        None => ordered,
    }
}

fn has_other_agents(manager: &Manager) -> Result<bool, ManagerError> {
    Ok(manager.list(AGENTS)?.iter().any(UnitState::is_up))
}

fn is_to_be_stopped(state: &UnitState) -> bool {
    state.is_up() || state.active == "deactivating"
}

fn judge(
    unit: &Unit,
    order: Order,
    job: Option<&JobOutcome>,
    before: &UnitState,
    after: &UnitState,
) -> OrderedUnit {
    if let Some((job, words)) = job.and_then(|job| Some((job, job.problem()?))) {
        let outcome = match job {
            JobOutcome::Unfinished { .. } => OrderOutcome::Unfinished,
            _ => OrderOutcome::Failed,
        };
        return ordered_unit(unit, outcome, Some(words));
    }
    let outcome = match order {
        Order::Start if before.is_up() && before.invocation_id == after.invocation_id => {
            OrderOutcome::Unchanged
        }
        Order::Start => OrderOutcome::Started,
        Order::Stop if job.is_none() => OrderOutcome::Unchanged,
        Order::Stop => OrderOutcome::Stopped,
        Order::Restart => OrderOutcome::Restarted,
    };
    ordered_unit(unit, outcome, None)
}

fn ordered_unit(unit: &Unit, outcome: OrderOutcome, words: Option<String>) -> OrderedUnit {
    let agent = match unit {
        Unit::Holder => None,
        Unit::Agent(name) => Some(name.to_string()),
    };
    OrderedUnit {
        unit: unit.to_string(),
        agent,
        outcome,
        words,
    }
}
