//! `fleet status`: the roster's agents, what systemd and tmux say of them; looks only.

use std::collections::HashMap;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::fleet::order::{Chosen, Unit, chosen};
use crate::edge::cli::commands::fleet::orders::refuse_other_homes;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::commands::stale;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::voice::{style, styled};
use crate::effects::home::{Home, HomeError};
use crate::effects::os::host;
use crate::effects::os::systemd::Manager;
use crate::effects::os::tmux::{DEFAULT, Sockets};
use crate::model::fleet_name::SocketName;
use crate::model::roster::{Agent, Roster};
use crate::model::tmux::Sessions;
use crate::model::unit::{UnitName, UnitState};

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic fleet status
  mosaic fleet status coder0 --json

A unit that is active and whose session is gone: mosaic fleet restart NAME brings it back.";

/// Arguments of `fleet status`.
#[derive(Debug, ClapArgs)]
pub struct FleetStatusArgs {
    /// Agents of the roster; without any, all of them
    #[arg(value_name = "AGENT")]
    pub agents: Vec<String>,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

/// `fleet status`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FleetDocument {
    /// `mosaic.fleet.status/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The roster.
    pub roster: String,
    /// Why systemd could not be asked; null where it was.
    pub manager_problem: Option<String>,
    /// The holder of the tmux server.
    pub holder: UnitLine,
    /// The agents of this host, in the roster's order.
    pub agents: Vec<AgentLine>,
}

/// What is known of an agent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgentLine {
    /// Whose it is.
    pub tenant_id: String,
    /// Where.
    pub host: String,
    /// Its name.
    pub name: String,
    /// Its role.
    pub class: Option<String>,
    /// Its runtime.
    pub runtime: String,
    /// Its unit and session.
    #[serde(flatten)]
    pub unit: UnitLine,
}

/// What is known of a unit and its session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UnitLine {
    /// The unit.
    pub unit: String,
    /// `active`, `inactive`, `failed`, `not-found`...; `unknown` where systemd cannot be asked.
    pub unit_state: String,
    /// Whether it starts with the user manager; null where that cannot be told.
    pub enabled: Option<bool>,
    /// The tmux socket that its session lives on; null for the default one.
    pub socket: Option<String>,
    /// Its session.
    pub session: SessionState,
    /// Why it runs on something older than what is there; null where it does not.
    pub stale: Option<String>,
    /// What a person should look at.
    pub flags: Vec<Flag>,
}

/// Whether a session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionState {
    /// A process is in it.
    Alive,
    /// No process is in it any more.
    Dead,
    /// There is none of that name.
    Gone,
    /// It cannot be told.
    Unknown,
}

/// What a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// It runs, and would not come back after a reboot.
    BootGap,
    /// The unit is active, and its session is not there or dead.
    Dead,
}

/// What people call its unit.
const HOLDER: &str = "the holder";

/// Shows the fleet.
pub fn run(session: &mut Session, asked: &FleetStatusArgs) -> Result<Exit, CommandError> {
    let roster = asked.roster.read(session)?;
    let (Chosen::Fleet(names) | Chosen::Agents(names)) = chosen(&roster, &asked.agents)?;
    let agents: Vec<_> = roster
        .agents_here()
        .filter(|agent| names.contains(&agent.name))
        .collect();
    let told = refuse_other_homes(session).map_err(|fault| fault.to_string());
    let (states, manager_problem) = match told.and_then(|()| states(&agents)) {
        Ok(states) => (states, None),
        Err(why) => (HashMap::new(), Some(why)),
    };
    // Where systemd could not be asked, that is told already.
    let stale = if manager_problem.is_some() {
        HashMap::new()
    } else {
        stale(session)?
    };
    let mut looking = FleetView {
        states,
        stale,
        sockets: Sockets::of_this_user(),
        sessions: HashMap::new(),
    };
    let document = FleetDocument {
        schema: schema_name("fleet status"),
        home: session.home_text(),
        roster: asked.roster.path(session).display().to_string(),
        manager_problem,
        holder: looking.line(
            &Unit::Holder,
            roster.socket.as_ref(),
            roster.holder_session.as_str(),
        ),
        agents: agents
            .iter()
            .map(|agent| looking.agent(&roster, agent))
            .collect(),
    };
    tell(session, &document, &asked.roster.flag());
    session.voice.document(&document);
    Ok(Exit::Done)
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

/// The reasons by unit.
fn stale(session: &Session) -> Result<HashMap<String, String>, CommandError> {
    let home = match Home::look(&session.home) {
        Err(HomeError::Absent { .. }) => return Ok(HashMap::new()),
        home => home?,
    };
    let stale = stale::stale(session, &home, None)?;
    Ok(stale
        .into_iter()
        .map(|line| (line.unit, line.reason))
        .collect())
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

    /// Each server is asked once.
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

/// Shows it. `roster` is what a command needs to be about the same roster.
fn tell(session: &mut Session, document: &FleetDocument, roster: &str) {
    session.voice.say(&styled(
        style::STRONG,
        format!("mosaic fleet  {}", document.roster),
    ));
    if let Some(why) = &document.manager_problem {
        session
            .voice
            .insist(&format!("  systemd was not asked: {why}"));
    }
    let lines = document
        .agents
        .iter()
        .map(|agent| (agent.name.as_str(), &agent.unit));
    let lines: Vec<_> = [(HOLDER, &document.holder)]
        .into_iter()
        .chain(lines)
        .collect();
    let width = lines
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, line) in lines {
        let enabled = match line.enabled {
            Some(true) => "enabled",
            Some(false) => "not enabled",
            None => "",
        };
        let life = match line.session {
            SessionState::Alive => "session alive",
            SessionState::Dead => "session dead",
            SessionState::Gone => "no session",
            SessionState::Unknown => "session unknown",
        };
        let flags = line.flags.iter().map(|flag| match flag {
            Flag::BootGap => "  boot gap: would not come back after a reboot".to_owned(),
            Flag::Dead => {
                let agent = if name == HOLDER {
                    String::new()
                } else {
                    format!(" {name}")
                };
                format!(
                    "  dead: {} brings it back",
                    session.command(&format!("fleet restart{agent}{roster}"))
                )
            }
        });
        let flags: String = flags.collect();
        let flags = if flags.is_empty() {
            flags
        } else {
            styled(style::ALARM, flags)
        };
        let state = styled(style::CHANGES, format!("{:10}", line.unit_state));
        session
            .voice
            .say(format!("  {name:width$}  {state}  {enabled:11}  {life:15}{flags}").trim_end());
        if let Some(reason) = &line.stale {
            session.voice.say(&styled(
                style::FAINT,
                format!("  {:width$}  stale: {reason}", ""),
            ));
        }
    }
}
