//! `fleet status`: the roster's agents, and what systemd and tmux say of them; nothing is changed.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::fleet::order::{Chosen, Unit, chosen};
use crate::decide::fleet::picture::{Life, Picture, Whereabouts};
use crate::effects::fleet::ready;
use crate::effects::fleet::running;
use crate::effects::home::{Home, HomeError};
use crate::effects::os::host;
use crate::effects::os::tmux::DEFAULT;
use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_name::SocketName;
use crate::model::roster::{Agent, Roster};
use crate::model::unit::UnitState;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::error::FleetError;
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::stale::stale_unit;
use crate::ops::fleet::vet::{refuse_other_homes, refuse_uninstalled};

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
    /// Where the session lives, and why its state is unknown; null where there is nothing to say.
    pub whereabouts: Option<Place>,
    /// The reason why the unit is stale, a file that changed since it started; null where it is not.
    pub stale: Option<String>,
    /// Alarms that a person should look at.
    pub flags: Vec<Flag>,
    /// What brings a dead session back.
    #[serde(skip)]
    pub way_back: WayBack,
}

/// What brings a dead session back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBack {
    /// A restart of it.
    Restart,
    /// A restart of the whole fleet: the holder runs on another socket.
    RestartFleet,
    /// An install, and then a restart: its unit's file is not there.
    Install {
        /// False if the home has not all that an install needs.
        can_be: bool,
    },
}

/// Where a session lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// Path of the socket that its tmux server was started for; null where that cannot be told.
    pub socket: Option<String>,
    /// Process number of its tmux server; null where that has ended, or cannot be told.
    pub server_pid: Option<u32>,
    /// The unit or scope of the user manager that its processes are in; null where that cannot be told.
    pub runs_in: Option<String>,
    /// The reason why something of it is not as it should be; null where all is.
    pub reason: Option<String>,
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
    /// The unit is active, or is started again and again, and its session is dead or not there.
    Dead,
    /// The session lives on another socket than its unit is told.
    Elsewhere,
    /// The agent runs more than once.
    Doubled,
}

impl FleetStatus {
    /// Every line, the holder's first.
    pub fn lines(&self) -> impl Iterator<Item = &UnitLine> {
        let agents = self.agents.iter().map(|agent| &agent.unit);
        std::iter::once(&self.holder).chain(agents)
    }
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
    let home = match context.look_to_tell() {
        Err(Error::Home(HomeError::Absent { .. })) => None,
        home => Some(home?),
    };
    let surroundings = context.surroundings_of_any(home.as_ref());
    let looked = context.look_at_fleet(home.as_ref(), Some(&roster));
    let mut picture = looked.picture;
    if let Err(error) = refuse_other_homes(&context.home, &surroundings) {
        picture.manager = Err(error.to_string());
    }
    let manager_problem = picture.manager.as_ref().err().cloned();
    let view = FleetView {
        surroundings: &surroundings,
        stale: stale_reasons(&surroundings, home.as_ref(), &picture)?,
        home: home.as_ref(),
        picture,
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

/// The reasons of stale units, by unit.
fn stale_reasons(
    surroundings: &Surroundings,
    home: Option<&Home>,
    picture: &Picture,
) -> Result<HashMap<String, String>, Error> {
    let (Some(home), Ok(view)) = (home, &picture.manager) else {
        return Ok(HashMap::new());
    };
    let units = running::seen(home, surroundings, None, view)?;
    let stale = units.iter().filter_map(stale_unit);
    Ok(stale.map(|unit| (unit.unit, unit.reason)).collect())
}

struct FleetView<'a> {
    surroundings: &'a Surroundings,
    home: Option<&'a Home>,
    picture: Picture,
    stale: HashMap<String, String>,
}

impl FleetView<'_> {
    fn agent(&self, roster: &Roster, agent: &Agent) -> AgentLine {
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

    fn line(&self, unit: &Unit, socket: Option<&SocketName>, name: &str) -> UnitLine {
        let whereabouts = self.picture.whereabouts(name);
        let told = self.socket_told(unit);
        let is_elsewhere = told.is_some_and(|told| self.is_elsewhere(&told, &whereabouts));
        let meant = self.socket_meant(unit, socket);
        let way_back = self.way_back(unit, &meant);
        let unit = unit.to_string();
        let state = self.picture.unit(&unit);
        let enabled = state.map(|state| state.unit_file_state == "enabled");
        let gap = state.is_some_and(UnitState::is_boot_gap);
        let is_dead = state.is_some_and(UnitState::is_to_live) && whereabouts.is_lost();
        let is_doubled = matches!(&whereabouts, Whereabouts::Lives(lives) if lives.len() > 1);
        let unit_state = match state {
            Some(state) if state.load != "loaded" && !state.is_up() => &state.load,
            Some(state) => &state.active,
            None => "unknown",
        };
        let flags = [
            (gap, Flag::BootGap),
            (is_dead, Flag::Dead),
            (is_elsewhere, Flag::Elsewhere),
            (is_doubled, Flag::Doubled),
        ];
        UnitLine {
            unit_state: unit_state.to_owned(),
            stale: self.stale.get(&unit).cloned(),
            unit,
            enabled,
            socket: socket.map(ToString::to_string),
            session: match &whereabouts {
                Whereabouts::Lives(_) => SessionState::Alive,
                Whereabouts::Dead => SessionState::Dead,
                Whereabouts::Gone => SessionState::Gone,
                Whereabouts::Unknown(_) => SessionState::Unknown,
            },
            whereabouts: self.place(&whereabouts),
            way_back,
            flags: flags
                .into_iter()
                .filter_map(|(is_so, flag)| is_so.then_some(flag))
                .collect(),
        }
    }

    fn way_back(&self, unit: &Unit, socket: &str) -> WayBack {
        let agents = match unit {
            Unit::Holder => Vec::new(),
            Unit::Agent(name) => vec![name.clone()],
        };
        let chosen = Chosen::Agents(agents);
        let installed = |home| refuse_uninstalled(self.surroundings, home, &chosen);
        match self.home.map(installed) {
            Some(Err(FleetError::NotInstalled { can_be, .. })) => WayBack::Install { can_be },
            _ if self.has_other_holder(socket) => WayBack::RestartFleet,
            _ => WayBack::Restart,
        }
    }

    /// The socket that a unit is told by its env file; where that does not say, the roster's.
    fn socket_meant(&self, unit: &Unit, socket: Option<&SocketName>) -> String {
        let usual = || socket.map_or(DEFAULT, SocketName::as_str).to_owned();
        self.socket_told(unit).unwrap_or_else(usual)
    }

    /// The socket that a unit is told by its env file. Units of earlier releases are told by themselves.
    fn socket_told(&self, unit: &Unit) -> Option<String> {
        self.home.and_then(|home| match unit {
            Unit::Holder => ready::holders_socket(home),
            Unit::Agent(name) => ready::socket_of(home, name.as_str()),
        })
    }

    /// Tells whether the holder runs, and on another socket than this one.
    fn has_other_holder(&self, socket: &str) -> bool {
        let holder = self.picture.holders_server();
        holder.is_some_and(|server| !self.picture.names_of(server.pid).contains(socket))
    }

    /// Tells whether a session lives, and nowhere where its unit will look for it.
    fn is_elsewhere(&self, socket: &str, whereabouts: &Whereabouts) -> bool {
        let Whereabouts::Lives(lives) = whereabouts else {
            return false;
        };
        let servers: BTreeSet<_> = lives.iter().filter_map(|life| life.server).collect();
        let mut names = servers.iter().map(|pid| self.picture.names_of(*pid));
        !servers.is_empty() && names.all(|names| !names.contains(socket))
    }

    /// Where a session lives, for people and programs.
    fn place(&self, whereabouts: &Whereabouts) -> Option<Place> {
        let text = |path: &std::path::PathBuf| path.display().to_string();
        match whereabouts {
            Whereabouts::Lives(lives) => {
                let life = lives.first()?;
                Some(Place {
                    socket: life.socket.as_ref().map(text),
                    server_pid: life.server,
                    runs_in: life.unit.clone(),
                    reason: self.out_of_reach(life),
                })
            }
            Whereabouts::Unknown(why) => Some(Place {
                socket: None,
                server_pid: None,
                runs_in: None,
                reason: Some(why.clone()),
            }),
            Whereabouts::Dead | Whereabouts::Gone => None,
        }
    }

    /// Why a life cannot be spoken to, or is not where one would look.
    fn out_of_reach(&self, life: &Life) -> Option<String> {
        let Some(pid) = life.server else {
            return Some("its tmux server has ended, and it goes on without it".to_owned());
        };
        let mut servers = self.picture.servers.iter();
        let server = servers.find(|server| server.pid == pid)?;
        let astray = life.astray.as_ref();
        let astray = || {
            Some(format!(
                "it is in the tmux session {}, and not in its own",
                astray?
            ))
        };
        server.out_of_reach().or_else(astray)
    }
}
