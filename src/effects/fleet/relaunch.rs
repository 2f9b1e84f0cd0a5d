//! Restarts one running agent, wherever it lives, and waits until it lives on.

use crate::decide::fleet::picture::{Life, Picture, Whereabouts};
use crate::decide::fleet::units::AGENT;
use crate::effects::fleet::lives::{self, Begun};
use crate::effects::fleet::not_installed::not_installed;
use crate::effects::fleet::ready;
use crate::effects::home::Home;
use crate::effects::os::systemd::{JOB_PATIENCE, Manager, ManagerError};
use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_units::Missing;
use crate::model::unit::{UnitName, UnitState};

/// Outcome of an agent's relaunch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Relaunched {
    /// The agent was restarted, and its session lives.
    Live,
    /// The agent did not run any more, so nothing was done.
    Stopped,
    /// The agent did not come back, and why.
    Lost(String),
    /// The agent goes on as it ran: it would not come back, for this reason.
    Kept(String),
}

/// Restarts an agent, if it runs or has failed.
pub(crate) fn relaunch(
    manager: &Manager,
    home: &Home,
    surroundings: &Surroundings,
    look: &dyn Fn() -> Picture,
    unit: &UnitName,
) -> Result<Relaunched, ManagerError> {
    let agent = unit.instance().unwrap_or_default();
    let mut picture = look();
    if manager.read_anew(picture.units())? | lives::reach_again(&picture) {
        picture = look();
    }
    if let Some(missing) = not_installed(home, surroundings, [agent]) {
        let Missing { what, .. } = &missing;
        let commands = missing.commands("", "");
        return Ok(Relaunched::Kept(format!(
            "{what} is not installed: {commands}"
        )));
    }
    if let Some((socket, lives_on)) = ready::other_holder(&picture, home, agent) {
        return Ok(Relaunched::Kept(format!(
            "the fleet's server runs on {lives_on}, and its env file says {socket}: mosaic fleet restart, without a name, moves the fleet"
        )));
    }
    let fault = ready::faults(&picture, home, [agent].into_iter()).remove(agent);
    let fault = fault.or_else(|| ready::unit_fault(&picture, agent));
    let taken = || ready::taken(&picture, home, agent).map(|taken| taken.to_string());
    let fault = fault.or_else(|| ready::out_of_reach(&picture, home, agent));
    if let Some(fault) = fault.or_else(taken) {
        return Ok(Relaunched::Kept(fault));
    }
    let state = picture.unit(unit.as_str());
    let has_failed = state.is_some_and(UnitState::is_failed);
    if !has_failed && !state.is_some_and(UnitState::is_up) {
        return Ok(Relaunched::Stopped);
    }
    if let Err(why) = end_before(&picture, home, agent, true) {
        return Ok(Relaunched::Kept(why));
    }
    let outcome = if has_failed {
        let outcomes = manager.restart(std::slice::from_ref(unit), JOB_PATIENCE)?;
        outcomes
            .into_iter()
            .find_map(|(_, outcome)| outcome.problem())
    } else {
        manager.try_restart(unit, JOB_PATIENCE)?.problem()
    };
    if let Some(problem) = outcome {
        return Ok(Relaunched::Lost(with_last_words(agent, problem)));
    }
    let mut begun = lives::await_first_seconds(look, &[agent.to_owned()], |_, _| ());
    Ok(match begun.remove(agent) {
        Some(Begun::Lives) => Relaunched::Live,
        Some(Begun::Ended(why)) => Relaunched::Lost(why),
        Some(Begun::Unknown(why)) => {
            Relaunched::Lost(format!("whether its session lives cannot be told: {why}"))
        }
        None => Relaunched::Stopped,
    })
}

/// Ends an agent where its unit will not find it: on another server than its own, without a server, or, where the unit is to
/// make a session, in one of another name; to be restarted, also where its unit would leave some of it. Tells whether
/// something was ended.
///
/// # Errors
///
/// The reason why it goes on.
pub(crate) fn end_before(
    picture: &Picture,
    home: &Home,
    agent: &str,
    is_restarted: bool,
) -> Result<bool, String> {
    let Whereabouts::Lives(mut lives) = picture.whereabouts(agent) else {
        return Ok(false);
    };
    let server = ready::server_for(picture, home, agent);
    let unit = picture.unit(&format!("{AGENT}{agent}.service"));
    let makes_session = is_restarted || !unit.is_some_and(UnitState::is_up);
    let is_left = is_restarted && !ready::unit_ends_all(picture, home, agent);
    let is_lost = |life: &Life| life.server.is_none() || life.server != server;
    lives.retain(|life| is_left || is_lost(life) || (makes_session && life.astray.is_some()));
    match lives::end(picture, &lives) {
        None => Ok(!lives.is_empty()),
        Some(why) => Err(why),
    }
}

/// systemd's words, and below them those of the agent or of what was to start it.
pub(crate) fn with_last_words(agent: &str, problem: String) -> String {
    match lives::last_words(agent) {
        Some(words) => format!("{words}\n{problem}"),
        None => problem,
    }
}
