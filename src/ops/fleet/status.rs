//! `fleet status`: the roster's agents, and what systemd and tmux say of them; nothing is changed.

use std::collections::HashMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::fleet::order::{Chosen, Unit, chosen};
use crate::effects::home::{Home, HomeError};
use crate::effects::os::host;
use crate::effects::os::systemd::Manager;
use crate::effects::os::tmux::{DEFAULT, Sockets};
use crate::model::fleet_name::SocketName;
use crate::model::roster::{Agent, Roster};
use crate::model::tmux::Sessions;
use crate::model::unit::{UnitName, UnitState};
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::orders::refuse_other_homes;
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::stale;

/// The state of a fleet.
#[derive(Debug)]
pub struct FleetStatus {
    /// The reason why systemd was not asked; `None` where it was.
    pub manager_problem: Option<String>,
    /// The unit of the holder, which owns the fleet's tmux server.
    pub holder: UnitLine,
    /// The chosen agents of this host, in the roster's order.
    pub agents: Vec<AgentLine>,
}

/// The state of an agent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgentLine {
    /// The agent's tenant; the user's number where the roster names none.
    pub tenant_id: String,
    /// The name of this host.
    pub host: String,
    /// The agent's name.
    pub name: String,
    /// The agent's role, as the roster has it; null where it has none.
    pub class: Option<String>,
    /// The program that the agent runs, as the roster names it.
    pub runtime: String,
    /// The agent's unit and session.
    #[serde(flatten)]
    pub unit: UnitLine,
}

/// The state of a unit and of the tmux session that it keeps.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UnitLine {
    /// The unit's name.
    pub unit: String,
    /// The unit's state: `active`, `inactive`, `failed`, `not-found`...; `unknown` where systemd cannot be asked.
    pub unit_state: String,
    /// Set where the unit starts with the user manager; null where that cannot be told.
    pub enabled: Option<bool>,
    /// The tmux socket that the session lives on; null for the default one.
    pub socket: Option<String>,
    /// The state of the session.
    pub session: SessionState,
    /// The reason why the unit is stale, a file that changed since it started; null where it is not.
    pub stale: Option<String>,
    /// Alarms that a person should look at.
    pub flags: Vec<Flag>,
}

/// The state of a tmux session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionState {
    /// A process runs in the session.
    Alive,
    /// The session is there, and no process runs in it any more.
    Dead,
    /// No session of that name is there.
    Gone,
    /// tmux does not tell.
    Unknown,
}

/// An alarm that a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// The unit runs, and would not come back after a reboot.
    BootGap,
    /// The unit is active, and its session is dead or not there.
    Dead,
}

/// Looks at agents of a roster; without names, at all of this host.
///
/// # Errors
///
/// [`Error::Fleet`] for a wrong roster or name, and whatever keeps the home from being read. What systemd or tmux do not
/// say is unknown, and no error.
pub fn fleet_status(
    context: &Context,
    roster: Option<&Path>,
    agents: &[String],
) -> Result<FleetStatus, Error> {
    let roster = read_roster(context, roster)?;
    let (Chosen::Fleet(names) | Chosen::Agents(names)) = chosen(&roster, agents)?;
    let agents = roster.agents_here();
    let agents: Vec<_> = agents.filter(|agent| names.contains(&agent.name)).collect();
    let refused = refuse_other_homes(context).map_err(|error| error.to_string());
    let (states, manager_problem) = match refused.and_then(|()| states(&agents)) {
        Ok(states) => (states, None),
        Err(why) => (HashMap::new(), Some(why)),
    };
    // Where systemd could not be asked, that is told already.
    let stale = if manager_problem.is_some() {
        HashMap::new()
    } else {
        stale_reasons(context)?
    };
    let mut view = FleetView {
        states,
        stale,
        sockets: Sockets::of_this_user(),
        sessions: HashMap::new(),
    };
    let holder_session = roster.holder_session.as_str();
    Ok(FleetStatus {
        manager_problem,
        holder: view.line(&Unit::Holder, roster.socket.as_ref(), holder_session),
        agents: agents
            .iter()
            .map(|agent| view.agent(&roster, agent))
            .collect(),
    })
}

fn states(agents: &[&Agent]) -> Result<HashMap<String, UnitState>, String> {
    let units = agents.iter().map(|agent| Unit::Agent(agent.name.clone()));
    let names = [Unit::Holder].into_iter().chain(units);
    let names: Vec<_> = names
        .filter_map(|unit| UnitName::new(unit.to_string()).ok())
        .collect();
    let manager = Manager::reach().map_err(|error| error.to_string())?;
    let states = manager.show(&names).map_err(|error| error.to_string())?;
    Ok(states
        .into_iter()
        .map(|state| (state.name.to_string(), state))
        .collect())
}

/// The reasons of stale units, by unit.
fn stale_reasons(context: &Context) -> Result<HashMap<String, String>, Error> {
    let home = match Home::look(&context.home) {
        Err(HomeError::Absent { .. }) => return Ok(HashMap::new()),
        home => home?,
    };
    let stale = stale::stale(context, &home)?.into_iter();
    Ok(stale.map(|unit| (unit.unit, unit.reason)).collect())
}

struct FleetView {
    states: HashMap<String, UnitState>,
    stale: HashMap<String, String>,
    sockets: Sockets,
    sessions: HashMap<String, Sessions>,
}

impl FleetView {
    fn agent(&mut self, roster: &Roster, agent: &Agent) -> AgentLine {
        let unit = Unit::Agent(agent.name.clone());
        AgentLine {
            tenant_id: agent
                .tenant_id
                .clone()
                .unwrap_or_else(|| host::effective_uid().to_string()),
            host: host::host_name(),
            name: agent.name.to_string(),
            class: agent.class.clone(),
            runtime: agent.runtime.to_string(),
            unit: self.line(&unit, roster.socket_of(agent), agent.name.as_str()),
        }
    }

    fn line(&mut self, unit: &Unit, socket: Option<&SocketName>, name: &str) -> UnitLine {
        let session = self.session(socket, name);
        let unit = unit.to_string();
        let state = self.states.get(&unit);
        let enabled = state.map(|state| state.unit_file_state == "enabled");
        let gap = state
            .is_some_and(UnitState::is_boot_gap)
            .then_some(Flag::BootGap);
        let is_lost = matches!(session, SessionState::Dead | SessionState::Gone);
        let dead =
            (state.is_some_and(|state| state.active == "active") && is_lost).then_some(Flag::Dead);
        let unit_state = match state {
            Some(state) if state.load != "loaded" && !state.is_up() => &state.load,
            Some(state) => &state.active,
            None => "unknown",
        };
        UnitLine {
            unit_state: unit_state.to_owned(),
            stale: self.stale.get(&unit).cloned(),
            unit,
            enabled,
            socket: socket.map(ToString::to_string),
            session,
            flags: gap.into_iter().chain(dead).collect(),
        }
    }

    /// The state of a session; each server is asked once.
    fn session(&mut self, socket: Option<&SocketName>, name: &str) -> SessionState {
        let socket = socket.map_or(DEFAULT, SocketName::as_str);
        let sessions = self
            .sessions
            .entry(socket.to_owned())
            .or_insert_with(|| self.sockets.sessions(socket));
        match sessions {
            Sessions::Unknown(_) => SessionState::Unknown,
            Sessions::Known(sessions) => match sessions.get(name) {
                Some(true) => SessionState::Alive,
                Some(false) => SessionState::Dead,
                None => SessionState::Gone,
            },
        }
    }
}
