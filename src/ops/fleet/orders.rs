//! `fleet start`, `stop` and `restart`: orders to systemd, one step after the other, each awaited.

use std::path::Path;

use crate::decide::fleet::order::{Chosen, chosen, steps};
use crate::effects::fleet::lives;
use crate::effects::home::pending::Performed;
use crate::model::roster::Roster;
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;
use crate::ops::event::Event;
use crate::ops::fleet::ordered::OrderedUnit;
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::steps::Stepping;
use crate::ops::fleet::vet;

pub use crate::decide::fleet::order::Order;
pub(crate) use crate::ops::fleet::vet::refuse_other_homes;

/// The outcome of an order.
#[derive(Debug)]
pub struct Orders {
    /// The outcome of each unit, in the order in which the units were asked.
    pub units: Vec<OrderedUnit>,
    /// Pending actions of an earlier commit, tried when the home was entered.
    pub performed: Performed,
}

/// Starts, stops or restarts agents of a roster; without names, the whole fleet of this host.
///
/// # Errors
///
/// [`Error::Fleet`] for a wrong roster or name, a fleet that is not installed or is another home's, one whose agents could
/// not start, and where no user manager answers. What systemd refuses for one unit is told by its [`OrderedUnit`].
pub fn order(
    context: &Context,
    order: Order,
    roster: Option<&Path>,
    agents: &[String],
) -> Result<Orders, Error> {
    let declared = read_roster(context, roster)?;
    let chosen = chosen(&declared, agents)?;
    let mut run = context.enter_recorded()?;
    let outcome = carry(context, &mut run, order, (roster, &declared), &chosen);
    run.end(outcome)
}

pub(super) fn carry(
    context: &Context,
    run: &mut Run,
    order: Order,
    (named, roster): (Option<&Path>, &Roster),
    chosen: &Chosen,
) -> Result<Orders, Error> {
    let performed = std::mem::take(&mut run.performed);
    let home = run.home();
    let surroundings = context.surroundings_of(home);
    refuse_other_homes(&context.home, &surroundings)?;
    if order != Order::Stop {
        vet::refuse_uninstalled(&surroundings, home, named, chosen)?;
    }
    let look = || context.look_at_fleet(Some(home), Some(roster));
    let looked = look();
    let manager = looked.manager?;
    vet::refuse_other_units(&surroundings, &looked.picture)?;
    let look = || look().picture;
    let mut picture = looked.picture;
    // What systemd has not read yet decides what it will start, and units look for the server by its socket.
    let is_start = order != Order::Stop;
    if is_start && (manager.read_anew(picture.units())? | lives::reach_again(&picture)) {
        picture = look();
    }
    if is_start {
        let vetted = (order, chosen);
        vet::refuse_missing_program(&picture)?;
        vet::refuse_other_holder(&surroundings, home, &picture, (named, roster), vetted)?;
    }
    let faults = vet::faults(home, order, chosen, &picture)?;
    let stepping = Stepping {
        manager: &manager,
        home,
        look: &look,
        faults: &faults,
        tell: &|ordered| context.tell(Event::Ordered(ordered)),
    };
    let mut ordered = Vec::new();
    let mut is_stuck = false;
    for (order, units) in steps(order, chosen) {
        is_stuck |= context.is_interrupted();
        let outcomes = if is_stuck {
            stepping.leave(&units)
        } else {
            stepping.step(order, &units)?
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
