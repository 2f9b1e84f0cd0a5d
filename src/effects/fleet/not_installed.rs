//! What the start of a fleet needs and no install has put in place: a start is refused for it, and where one is advised, an
//! install is advised before it.

use std::path::Path;

use crate::decide::fleet::install::env_path;
use crate::decide::fleet::keys::SOCKET;
use crate::decide::fleet::roster::parse;
use crate::decide::fleet::units::{AGENT, OURS, agent_of};
use crate::effects::fleet::install::can_be_installed;
use crate::effects::fleet::lacks::TOOLS;
use crate::effects::fleet::named::roster_flag_of;
use crate::effects::fleet::ready::socket_of;
use crate::effects::home::Home;
use crate::effects::os::disk::bounded::{TEXT_MAX, read_at_most, read_text_at_most};
use crate::effects::os::disk::outside;
use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_paths::ROSTER;
use crate::model::fleet_units::Missing;
use crate::model::roster::Roster;

/// What of agents' start no install has put in place: they would be refused.
pub(crate) fn not_installed<'a>(
    home: &Home,
    surroundings: &Surroundings,
    agents: impl IntoIterator<Item = &'a str>,
) -> Option<Missing> {
    let what = what_is_missing(home, surroundings, agents)?;
    Some(Missing {
        what,
        can_be_installed: can_be_installed(home),
        roster: String::new(),
    })
}

/// The same of a unit's start; of the holder's, which is started with the whole fleet.
pub(crate) fn unit_not_installed(
    home: &Home,
    surroundings: &Surroundings,
    unit: &str,
) -> Option<Missing> {
    match agent_of(unit) {
        Some(agent) => not_installed(home, surroundings, [agent]).map(|missing| Missing {
            roster: roster_flag_of(home, agent),
            ..missing
        }),
        None => fleet_not_installed(home, surroundings),
    }
}

/// The same of the fleet that is started where nobody is named: that of the home's own roster.
pub(crate) fn fleet_not_installed(home: &Home, surroundings: &Surroundings) -> Option<Missing> {
    let text = read_text_at_most(&home.root.full(ROSTER), TEXT_MAX).unwrap_or_default();
    let roster = parse(ROSTER, &text).ok();
    let agents = roster.iter().flat_map(Roster::agents_here);
    not_installed(home, surroundings, agents.map(|agent| agent.name.as_str()))
}

fn what_is_missing<'a>(
    home: &Home,
    surroundings: &Surroundings,
    agents: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    if surroundings.former.is_some() {
        return Some("the fleet of this home, which was moved here,".to_owned());
    }
    let units = surroundings.units.as_deref();
    let of_agent = |agent: &str| {
        if !has_env(home, agent) {
            return Some(format!("the agent {agent}"));
        }
        let is_without = |units| is_without_socket(home, units, agent);
        let is_without = units.is_some_and(is_without);
        is_without.then(|| format!("the socket of the agent {agent}"))
    };
    let agent = agents.into_iter().find_map(of_agent);
    agent.or_else(|| missing_part(home, units?))
}

/// A unit, or a program that a unit runs, that is not there.
fn missing_part(home: &Home, units: &Path) -> Option<String> {
    let is_away = |unit: &&str| outside::stat_link(&units.join(unit)).is_err();
    if let Some(unit) = OURS.into_iter().find(is_away) {
        return Some(format!("the unit {unit}"));
    }
    let text = |unit| read_at_most(&units.join(unit), TEXT_MAX).unwrap_or_default();
    let texts = OURS.map(|unit| String::from_utf8_lossy(&text(unit)).into_owned());
    // Units of earlier releases run others.
    let is_run = |tool: &str| texts.iter().any(|text| text.contains(tool));
    let is_away = |tool: &&str| is_run(tool) && !outside::is_file(&home.root.full(tool));
    let tool = TOOLS.into_iter().find(is_away)?;
    Some(format!("the program {tool}"))
}

/// Tells whether nobody has told an agent's unit its socket: it would take the operator's own server. An install tells it.
fn is_without_socket(home: &Home, units: &Path, agent: &str) -> bool {
    let template = units.join(OURS[1]);
    let folders = [OURS[1].to_owned(), format!("{AGENT}{agent}.service")];
    let folders = folders.map(|name| units.join(format!("{name}.d")));
    let has_drop_ins = folders.iter().any(|folder| outside::is_directory(folder));
    let unit = read_at_most(&template, TEXT_MAX).unwrap_or_default();
    // Units of earlier releases said it themselves, and an operator's drop-in may.
    let says = has_drop_ins || String::from_utf8_lossy(&unit).contains(SOCKET);
    !says && socket_of(home, agent).is_none()
}

/// Tells whether the env file of an agent is there, without which its unit does not start.
pub(crate) fn has_env(home: &Home, agent: &str) -> bool {
    env_path(agent).is_some_and(|path| outside::is_there(&home.root.full(path.as_str())))
}
