//! The health of a home's fleet, as `status` tells it: one look at what runs.

use crate::decide::fleet::picture::Picture;
use crate::effects::apply::chain;
use crate::effects::fleet::named::roster_flag_of;
use crate::effects::fleet::running::{installed_in, seen};
use crate::effects::home::Home;
use crate::model::fleet_units::{FleetUnits, LostUnit};
use crate::ops::context::Context;
use crate::ops::fleet::stale::{failures, mark, stale_unit};

/// The units that are stale, have failed, or have lost their session. Nothing is asked where no fleet of this home is
/// installed.
pub(crate) fn health(context: &Context, home: &Home) -> FleetUnits {
    let surroundings = context.surroundings_of(home);
    if installed_in(home, &surroundings).is_none() {
        return FleetUnits::default();
    }
    in_picture(
        context,
        home,
        &context.look_at_fleet(Some(home), None).picture,
    )
}

/// The same in a picture that was made already.
pub(crate) fn in_picture(context: &Context, home: &Home, picture: &Picture) -> FleetUnits {
    let surroundings = context.surroundings_of(home);
    if installed_in(home, &surroundings).is_none() {
        return FleetUnits::default();
    }
    let problem = |problem| FleetUnits {
        manager_problem: Some(problem),
        ..FleetUnits::default()
    };
    let view = match &picture.manager {
        Ok(view) => view,
        Err(why) => return problem(why.clone()),
    };
    let units = match seen(home, &surroundings, None, view) {
        Ok(units) => units,
        Err(error) => return problem(chain(&error)),
    };
    let lost = units.iter().filter_map(|unit| {
        let agent = unit.name.instance()?;
        let state = picture.unit(unit.name.as_str())?;
        picture.is_missed(state, agent).then(|| LostUnit {
            unit: unit.name.to_string(),
            agent: agent.to_owned(),
            roster: roster_flag_of(home, agent),
        })
    });
    let mut stale: Vec<_> = units.iter().filter_map(stale_unit).collect();
    mark(Some(picture), home, &surroundings, &mut stale);
    FleetUnits {
        stale,
        failed: failures(home, &surroundings, &units),
        lost: lost.collect(),
        ..FleetUnits::default()
    }
}
