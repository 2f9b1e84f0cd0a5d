//! What keeps an order from being given: it is looked at before anything is started or stopped.

use std::collections::BTreeMap;
use std::path::Path;

use crate::decide::fleet::active::Occupant;
use crate::decide::fleet::order::{Chosen, Order};
use crate::decide::fleet::picture::{Picture, Whereabouts};
use crate::decide::fleet::units::OURS;
use crate::effects::fleet::not_installed::not_installed;
use crate::effects::fleet::ready;
use crate::effects::home::Home;
use crate::effects::os::disk::above::resolved;
use crate::effects::os::systemd::is_in_unit_path;
use crate::effects::outside::surroundings::Surroundings;
use crate::effects::outside::units::occupant;
use crate::model::fleet_name::AgentName;
use crate::model::roster::Roster;
use crate::ops::fleet::error::FleetError;

/// Refuses active units of another home, which are that home's to start and stop.
pub(crate) fn refuse_other_homes(
    place: &Path,
    surroundings: &Surroundings,
) -> Result<(), FleetError> {
    let Some(units) = &surroundings.units else {
        return Ok(());
    };
    for unit in OURS.map(|name| units.join(name)) {
        let occupant = occupant(&unit, place, surroundings);
        if let Ok(Occupant::Another(home)) = occupant {
            return Err(FleetError::AnotherHome { unit, home });
        }
    }
    Ok(())
}

/// Refuses a manager that reads its units elsewhere: it knows others by the same names.
pub(crate) fn refuse_other_units(
    surroundings: &Surroundings,
    picture: &Picture,
) -> Result<(), FleetError> {
    let (Some(units), Ok(view)) = (&surroundings.units, &picture.manager) else {
        return Ok(());
    };
    if is_in_unit_path(&view.unit_path, &resolved(units)) {
        Ok(())
    } else {
        Err(FleetError::Unreads(units.clone()))
    }
}

/// Refuses agents whose start needs what no install has put in place yet; of the roster that was named.
pub(crate) fn refuse_uninstalled(
    surroundings: &Surroundings,
    home: &Home,
    roster: Option<&Path>,
    chosen: &Chosen,
) -> Result<(), FleetError> {
    let names = agents(chosen).iter().map(AgentName::as_str);
    match not_installed(home, surroundings, names) {
        Some(missing) => Err(FleetError::NotInstalled {
            missing,
            roster: roster.map(Path::to_owned),
        }),
        None => Ok(()),
    }
}

/// Refuses a start by a manager that does not find a program of the units.
pub(crate) fn refuse_missing_program(picture: &Picture) -> Result<(), FleetError> {
    match ready::missing_program(picture) {
        Some((program, path)) => Err(FleetError::NoProgram { program, path }),
        None => Ok(()),
    }
}

/// Refuses agents of a roster that are to live on another socket than the holder that runs has, but for an order that
/// moves it.
pub(crate) fn refuse_other_holder(
    surroundings: &Surroundings,
    home: &Home,
    picture: &Picture,
    (named, roster): (Option<&Path>, &Roster),
    (order, chosen): (Order, &Chosen),
) -> Result<(), FleetError> {
    if is_moved(order, chosen) {
        return Ok(());
    }
    let other = |agent: &AgentName| {
        let (socket, lives_on) = ready::other_holder(picture, home, agent.as_str())?;
        Some((agent.to_string(), socket, lives_on))
    };
    let Some((agent, socket, lives_on)) = agents(chosen).iter().find_map(other) else {
        return Ok(());
    };
    let all = roster.agents_here().map(|agent| agent.name.as_str());
    Err(FleetError::OtherHolder {
        agent,
        socket,
        lives_on,
        missing: not_installed(home, surroundings, all).map(Box::new),
        roster: named.map(Path::to_owned),
    })
}

/// What of each agent keeps it from starting. Where others run that the order would stop for it, the order is refused.
pub(crate) fn faults(
    home: &Home,
    order: Order,
    chosen: &Chosen,
    picture: &Picture,
) -> Result<BTreeMap<String, String>, FleetError> {
    if order == Order::Stop {
        return Ok(BTreeMap::new());
    }
    let is_moved = is_moved(order, chosen);
    let names = agents(chosen).iter().map(AgentName::as_str);
    let mut faults = ready::faults(picture, home, names);
    if let (Some((agent, fault)), Order::Restart) = (faults.first_key_value(), order) {
        return Err(FleetError::NotReady {
            agent: agent.clone(),
            fault: fault.clone(),
        });
    }
    for agent in agents(chosen).iter().map(ToString::to_string) {
        let out_of_reach = || {
            let stays = !is_moved;
            stays.then(|| ready::out_of_reach(picture, home, &agent))?
        };
        let other_socket = || {
            let is_begun = is_moved || ready::server_for(picture, home, &agent).is_none();
            is_begun.then(|| ready::other_socket_of_holder(picture, home, &agent))?
        };
        // A holder that is stopped takes all sessions of its server along.
        let taken = ready::taken(picture, home, &agent).filter(|taken| !is_moved || !taken.ends);
        let taken = taken.map(|taken| taken.to_string());
        let fault = ready::unit_fault(picture, &agent).or_else(out_of_reach);
        let Some(fault) = fault.or_else(other_socket).or(taken) else {
            continue;
        };
        let lives = matches!(picture.whereabouts(&agent), Whereabouts::Lives(_));
        if order == Order::Restart && lives {
            return Err(FleetError::NoUnit { agent, fault });
        }
        faults.insert(agent, fault);
    }
    Ok(faults)
}

/// Tells whether an order ends the holder too, and so moves the fleet to the socket that it is told.
fn is_moved(order: Order, chosen: &Chosen) -> bool {
    matches!((order, chosen), (Order::Restart, Chosen::Fleet(_)))
}

fn agents(chosen: &Chosen) -> &[AgentName] {
    let (Chosen::Fleet(agents) | Chosen::Agents(agents)) = chosen;
    agents
}
