//! Restarting the stale agents that run, one after the other.

use crate::effects::apply::chain;
use crate::effects::fleet::relaunch::{Relaunched, relaunch};
use crate::effects::home::Home;
use crate::effects::home::pending::Performed;
use crate::effects::os::systemd::{Manager, ManagerError};
use crate::model::fleet_units::{FailedUnit, FleetUnits, StaleUnit};
use crate::model::unit::UnitName;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::event::Event;
use crate::ops::fleet::stale;

/// The policy after an agent that does not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnLost {
    /// The others are left as they run.
    Stop,
    /// The others are restarted all the same.
    Continue,
}

/// The units after a relaunch.
#[derive(Debug)]
pub struct Relaunch {
    /// The units: restarted, failed, and still stale.
    pub units: FleetUnits,
    /// Set where at least one running agent was stale before.
    pub had_stale: bool,
    /// The user manager's failure that ended the restarting; `None` where it answered.
    pub problem: Option<String>,
    /// Pending actions of an earlier commit, tried when the home was entered.
    pub performed: Performed,
}

/// Restarts the home's stale agents, one after the other. The first that does not come back ends it.
///
/// # Errors
///
/// Whatever keeps the home from being entered; [`Error::Fleet`] where no user manager answers.
pub fn relaunch_stale(context: &Context) -> Result<Relaunch, Error> {
    let mut run = context.enter_recorded()?;
    let performed = std::mem::take(&mut run.performed);
    let relaunched = stale::stale(context, run.home())
        .map_err(Error::from)
        .map(|stale| {
            let mut units = FleetUnits {
                stale,
                ..FleetUnits::default()
            };
            let had_stale = units.stale.iter().any(|unit| unit.relaunches);
            let problem = relaunch_all(context, run.home(), OnLost::Stop, &performed, &mut units);
            Relaunch {
                units,
                had_stale,
                problem,
                performed,
            }
        });
    run.end(relaunched)
}

/// Restarts the listed stale agents that run, then lists those that are still stale. Returns the problem where they
/// could not be restarted.
pub(crate) fn relaunch_all(
    context: &Context,
    home: &Home,
    on_lost: OnLost,
    performed: &Performed,
    units: &mut FleetUnits,
) -> Option<String> {
    let stale = units.stale.iter().filter(|unit| unit.relaunches);
    let agents: Vec<_> = stale.cloned().collect();
    let outcome = restart(context, home, on_lost, &agents, units);
    stale::find(context, home, None, performed, units);
    let problem = outcome.err().map(|error| chain(&error))?;
    units.manager_problem = Some(problem.clone());
    Some(problem)
}

fn restart(
    context: &Context,
    home: &Home,
    on_lost: OnLost,
    agents: &[StaleUnit],
    units: &mut FleetUnits,
) -> Result<(), ManagerError> {
    if agents.is_empty() {
        return Ok(());
    }
    let manager = Manager::reach()?;
    let names = agents
        .iter()
        .filter_map(|unit| UnitName::new(unit.unit.as_str()).ok());
    let names: Vec<_> = names.collect();
    for (index, name) in names.iter().enumerate() {
        if context.is_interrupted() {
            context.tell(Event::RelaunchInterrupted {
                left: names.len() - index,
            });
            break;
        }
        let agent = name.instance().unwrap_or_default();
        let relaunched = match relaunch(&manager, home, name) {
            Err(refused @ ManagerError::Refused { .. }) => Relaunched::Lost(chain(&refused)),
            relaunched => relaunched?,
        };
        match relaunched {
            Relaunched::Live => {
                units.restarted.push(name.to_string());
                context.tell(Event::Restarted { agent });
            }
            Relaunched::Stopped => {}
            Relaunched::Lost(words) => {
                context.tell(Event::Lost {
                    agent,
                    words: &words,
                });
                let unit = name.to_string();
                units.failed.push(FailedUnit { unit, words });
                let left = names.len() - index - 1;
                if on_lost == OnLost::Stop {
                    if left > 0 {
                        context.tell(Event::RelaunchStopped { left });
                    }
                    break;
                }
            }
        }
    }
    Ok(())
}
