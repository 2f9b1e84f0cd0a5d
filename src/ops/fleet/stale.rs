//! Running units that are stale, and units that have failed: found for every operation that tells of them.

use crate::decide::fleet::picture::Picture;
use crate::decide::fleet::stale::Reason;
use crate::effects::apply::chain;
use crate::effects::fleet::named::roster_flag_of;
use crate::effects::fleet::not_installed::{fleet_not_installed, unit_not_installed};
use crate::effects::fleet::ready::other_holder;
use crate::effects::fleet::running::{FleetUnit, RunningError, look};
use crate::effects::home::Home;
use crate::effects::home::pending::Performed;
use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_units::{FailedUnit, FleetUnits, StaleUnit};
use crate::model::plan::Plan;
use crate::model::unit::UnitName;
use crate::ops::context::Context;

/// The stale units of a home.
pub(crate) fn stale(context: &Context, home: &Home) -> Result<Vec<StaleUnit>, RunningError> {
    let surroundings = context.surroundings_of(home);
    let looked = look(home, &surroundings, None)?;
    let mut stale: Vec<_> = looked.iter().filter_map(stale_unit).collect();
    look_and_mark(context, home, &surroundings, &mut stale);
    Ok(stale)
}

fn look_and_mark(
    context: &Context,
    home: &Home,
    surroundings: &Surroundings,
    stale: &mut [StaleUnit],
) {
    // Whoever is restarted alone is asked where the holder runs.
    let restarts = stale.iter().any(|unit| unit.relaunches);
    let look = || context.look_at_fleet(Some(home), None).picture;
    let picture = restarts.then(look);
    mark(picture.as_ref(), home, surroundings, stale);
}

/// Marks those that are to live on another socket than the holder that runs has, and what a restart would be refused for.
pub(crate) fn mark(
    picture: Option<&Picture>,
    home: &Home,
    surroundings: &Surroundings,
    stale: &mut [StaleUnit],
) {
    for unit in stale {
        let agent = unit.agent.as_deref();
        let other = |agent| other_holder(picture?, home, agent);
        unit.moves = agent.and_then(other).is_some();
        unit.missing = if unit.moves {
            fleet_not_installed(home, surroundings)
        } else {
            unit_not_installed(home, surroundings, &unit.unit)
        };
    }
}

/// Lists the stale units of a home; with a plan that is not carried out, those that there would be. Returns the units
/// that have failed. A manager that could not be reached a moment ago is not asked again.
pub(crate) fn find(
    context: &Context,
    home: &Home,
    foreseen: Option<&Plan>,
    performed: &Performed,
    units: &mut FleetUnits,
) -> Vec<FailedUnit> {
    if let Some(undone) = performed.undone.iter().find(|undone| undone.is_waiting) {
        units.manager_problem = Some(undone.why.clone());
        return Vec::new();
    }
    let surroundings = context.surroundings_of(home);
    match look(home, &surroundings, foreseen) {
        Ok(looked) => {
            units.stale = looked.iter().filter_map(stale_unit).collect();
            // What a plan would write is in no env file yet.
            if foreseen.is_none() {
                look_and_mark(context, home, &surroundings, &mut units.stale);
            }
            units.manager_problem = None;
            failures(home, &surroundings, &looked)
        }
        Err(error) => {
            units.manager_problem = Some(chain(&error));
            Vec::new()
        }
    }
}

/// The unit, where it is stale.
pub(crate) fn stale_unit(unit: &FleetUnit) -> Option<StaleUnit> {
    let reason = unit.stale.as_ref()?;
    let agent = unit.name.instance().map(str::to_owned);
    Some(StaleUnit {
        unit: unit.name.to_string(),
        relaunches: agent.is_some() && reason.is_mended_by_restart(),
        agent,
        reason: reason.to_string(),
        is_gone: *reason == Reason::Gone,
        moves: false,
        missing: None,
    })
}

/// The units that have failed.
pub(crate) fn failures(
    home: &Home,
    surroundings: &Surroundings,
    looked: &[FleetUnit],
) -> Vec<FailedUnit> {
    let failed = |unit: &FleetUnit| {
        let words = unit.failure.clone()?;
        Some(failed(home, surroundings, &unit.name, words))
    };
    looked.iter().filter_map(failed).collect()
}

/// A unit that has failed.
pub(crate) fn failed(
    home: &Home,
    surroundings: &Surroundings,
    unit: &UnitName,
    words: String,
) -> FailedUnit {
    FailedUnit {
        unit: unit.to_string(),
        words,
        missing: unit_not_installed(home, surroundings, unit.as_str()),
        roster: unit
            .instance()
            .map_or_else(String::new, |agent| roster_flag_of(home, agent)),
    }
}
