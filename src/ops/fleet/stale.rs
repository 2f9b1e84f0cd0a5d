//! Running units that are stale, and units that have failed: found for every operation that tells of them.

use crate::decide::fleet::picture::Picture;
use crate::decide::fleet::stale::Reason;
use crate::effects::apply::chain;
use crate::effects::fleet::ready::other_holder;
use crate::effects::fleet::running::{FleetUnit, RunningError, look};
use crate::effects::home::Home;
use crate::effects::home::pending::Performed;
use crate::model::fleet_units::{FailedUnit, FleetUnits, StaleUnit};
use crate::model::plan::Plan;
use crate::ops::context::Context;

/// The stale units of a home.
pub(crate) fn stale(context: &Context, home: &Home) -> Result<Vec<StaleUnit>, RunningError> {
    let looked = look(home, &context.surroundings_of(home), None)?;
    let mut stale: Vec<_> = looked.iter().filter_map(stale_unit).collect();
    look_and_mark_moving(context, home, &mut stale);
    Ok(stale)
}

fn look_and_mark_moving(context: &Context, home: &Home, stale: &mut [StaleUnit]) {
    if !stale.iter().any(|unit| unit.relaunches) {
        return;
    }
    let picture = context.look_at_fleet(Some(home), None).picture;
    mark_moving(&picture, home, stale);
}

/// Marks those that are to live on another socket than the holder that runs has.
pub(crate) fn mark_moving(picture: &Picture, home: &Home, stale: &mut [StaleUnit]) {
    for unit in stale {
        let agent = unit.agent.as_deref();
        unit.moves = agent.is_some_and(|agent| other_holder(picture, home, agent).is_some());
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
    match look(home, &context.surroundings_of(home), foreseen) {
        Ok(looked) => {
            units.stale = looked.iter().filter_map(stale_unit).collect();
            // What a plan would write is in no env file yet.
            if foreseen.is_none() {
                look_and_mark_moving(context, home, &mut units.stale);
            }
            units.manager_problem = None;
            failures(&looked)
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
    })
}

/// The units that have failed.
pub(crate) fn failures(looked: &[FleetUnit]) -> Vec<FailedUnit> {
    let failed = |unit: &FleetUnit| {
        Some(FailedUnit {
            unit: unit.name.to_string(),
            words: unit.failure.clone()?,
        })
    };
    looked.iter().filter_map(failed).collect()
}
