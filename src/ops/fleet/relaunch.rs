//! Restarting the stale agents that run, one after the other.

use crate::decide::fleet::units::agent_of;
use crate::effects::apply::chain;
use crate::effects::fleet::relaunch::{Relaunched, relaunch};
use crate::effects::home::Home;
use crate::effects::home::pending::Performed;
use crate::effects::os::systemd::ManagerError;
use crate::model::fleet_units::FleetUnits;
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
    let names: Vec<_> = stale.map(|unit| unit.unit.clone()).collect();
    let outcome = restart(context, home, on_lost, &names, units);
    settled(context, home, outcome, performed, units)
}

/// Restarts the listed stale agents that run, and those that have failed, each; then lists those that are still stale.
/// Returns the problem where they could not be restarted.
pub(crate) fn bring_back_all(
    context: &Context,
    home: &Home,
    performed: &Performed,
    units: &mut FleetUnits,
) -> Option<String> {
    let failed = stale::find(context, home, None, performed, units);
    let failed = failed.into_iter().map(|unit| unit.unit);
    let failed = failed.filter(|unit| agent_of(unit).is_some());
    let stale = units.stale.iter().filter(|unit| unit.relaunches);
    let mut names: Vec<_> = stale.map(|unit| unit.unit.clone()).chain(failed).collect();
    names.sort();
    names.dedup();
    units.failed.retain(|unit| !names.contains(&unit.unit));
    let outcome = restart(context, home, OnLost::Continue, &names, units);
    settled(context, home, outcome, performed, units)
}

fn settled(
    context: &Context,
    home: &Home,
    outcome: Result<(), ManagerError>,
    performed: &Performed,
    units: &mut FleetUnits,
) -> Option<String> {
    stale::find(context, home, None, performed, units);
    let problem = outcome.err().map(|error| chain(&error))?;
    units.manager_problem = Some(problem.clone());
    Some(problem)
}

fn restart(
    context: &Context,
    home: &Home,
    on_lost: OnLost,
    names: &[String],
    units: &mut FleetUnits,
) -> Result<(), ManagerError> {
    if names.is_empty() {
        return Ok(());
    }
    let look = || context.look_at_fleet(Some(home), None);
    let manager = look().manager?;
    let look = || look().picture;
    let surroundings = context.surroundings_of(home);
    let names = names
        .iter()
        .filter_map(|unit| UnitName::new(unit.as_str()).ok());
    let names: Vec<_> = names.collect();
    for (index, name) in names.iter().enumerate() {
        if context.is_interrupted() {
            context.tell(Event::RelaunchInterrupted {
                left: names.len() - index,
            });
            break;
        }
        let agent = name.instance().unwrap_or_default();
        let relaunched = match relaunch(&manager, home, &surroundings, &look, name) {
            Err(refused @ ManagerError::Refused { .. }) => Relaunched::Lost(chain(&refused)),
            relaunched => relaunched?,
        };
        match relaunched {
            Relaunched::Live => {
                units.restarted.push(name.to_string());
                context.tell(Event::Restarted { agent });
            }
            Relaunched::Stopped => {}
            Relaunched::Kept(words) => {
                let words = &words;
                context.tell(Event::Kept { agent, words });
                let words = words.clone();
                let kept = stale::failed(home, &surroundings, name, words);
                units.failed.push(kept);
            }
            Relaunched::Lost(words) => {
                context.tell(Event::Lost {
                    agent,
                    words: &words,
                });
                let lost = stale::failed(home, &surroundings, name, words);
                units.failed.push(lost);
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
