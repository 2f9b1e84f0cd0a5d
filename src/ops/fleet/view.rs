//! The view of a fleet: what a roster declares, joined with what runs. `status`, `ps`, `verify` and `health` tell of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::decide::fleet::order::Unit;
use crate::decide::fleet::picture::{FleetServer, Life, Picture, Whereabouts};
use crate::decide::fleet::runtimes::of_process;
use crate::effects::fleet::not_installed::not_installed;
use crate::effects::fleet::picture::Looked;
use crate::effects::fleet::ready::{self, NameTaken};
use crate::effects::fleet::running;
use crate::effects::fleet::signs;
use crate::effects::home::{Home, HomeError};
use crate::effects::os::host;
use crate::effects::os::tmux::DEFAULT;
use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_name::SocketName;
use crate::model::fleet_units::Missing;
use crate::model::process::Process;
use crate::model::roster::{Agent, Roster, RuntimeSettings};
use crate::model::runtime::Runtime;
use crate::model::unit::UnitState;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::line::{AgentLine, Flag, Place, SessionState, UnitLine, WayBack};
use crate::ops::fleet::stale::stale_unit;
use crate::ops::fleet::vet::refuse_other_homes;

/// A fleet, seen once.
pub(crate) struct FleetView {
    surroundings: Surroundings,
    /// The home, where there is one.
    pub home: Option<Home>,
    /// What runs.
    pub picture: Picture,
    runtimes: BTreeMap<Runtime, RuntimeSettings>,
    stale: HashMap<String, String>,
}

impl FleetView {
    /// Looks at the fleet of a roster.
    pub(crate) fn make(context: &Context, roster: &Roster) -> Result<Self, Error> {
        let look = |home: Option<&Home>| context.look_at_fleet(home, Some(roster));
        let view = Self::seen(context, roster, look)?;
        Ok(Self {
            stale: stale_reasons(&view.surroundings, view.home.as_ref(), &view.picture)?,
            ..view
        })
    }

    /// Looks at the fleet of a roster, and at its screens. Nothing is told of stale units, whose files are many.
    pub(crate) fn with_screens(context: &Context, roster: &Roster) -> Result<Self, Error> {
        let look = |home: Option<&Home>| context.look_at_screens(home, roster);
        Self::seen(context, roster, look)
    }

    fn seen(
        context: &Context,
        roster: &Roster,
        look: impl FnOnce(Option<&Home>) -> Looked,
    ) -> Result<Self, Error> {
        let home = match context.look_to_tell() {
            Err(Error::Home(HomeError::Absent { .. })) => None,
            home => Some(home?),
        };
        let surroundings = context.surroundings_of_any(home.as_ref());
        let mut picture = look(home.as_ref()).picture;
        if let Err(error) = refuse_other_homes(&context.home, &surroundings) {
            picture.manager = Err(error.to_string());
        }
        Ok(Self {
            stale: HashMap::new(),
            surroundings,
            home,
            picture,
            runtimes: roster.runtimes.clone(),
        })
    }

    /// The reason why systemd was not asked; `None` where it was.
    pub(crate) fn manager_problem(&self) -> Option<String> {
        self.picture.manager.as_ref().err().cloned()
    }

    /// Why servers of the fleet do not tell of themselves.
    pub(crate) fn silent_servers(&self) -> Vec<String> {
        let servers = self.picture.servers.iter();
        servers.filter_map(FleetServer::out_of_reach).collect()
    }

    /// What in a pane whose first process this is may run a text as commands.
    pub(crate) fn command_reader(&self, pid: u32) -> Option<&Process> {
        signs::command_reader(self.picture.processes.as_ref().ok()?, pid)
    }

    /// The tenant of whoever names none: this user.
    pub(crate) fn own_tenant() -> String {
        host::effective_uid().to_string()
    }

    /// The name of this host.
    pub(crate) fn host() -> String {
        host::host_name()
    }

    /// The program of a pane, by its first process.
    pub(crate) fn program(&self, pid: u32) -> Option<&Process> {
        let processes = self.picture.processes.as_ref().ok()?;
        signs::program_of(processes, pid, |process| self.runtime_of(process).is_some())
    }

    /// The runtime that a process is, by its name: one that Mosaic knows, or that the roster defines.
    pub(crate) fn runtime_of(&self, process: &Process) -> Option<Runtime> {
        let defined = || {
            let mut all = self.runtimes.iter();
            let (runtime, _) = all.find(|(_, settings)| settings.has_process(&process.name))?;
            Some(runtime.clone())
        };
        of_process(&process.name).or_else(defined)
    }

    /// Tells whether what lives of a session is in one of another name, or has lost its server.
    pub(crate) fn is_astray(&self, session: &str) -> bool {
        let Whereabouts::Lives(lives) = self.picture.whereabouts(session) else {
            return false;
        };
        let is_astray = |life: &Life| life.astray.is_some() || life.server.is_none();
        lives.iter().all(is_astray)
    }

    /// The holder's line.
    pub(crate) fn holder(&self, roster: &Roster) -> UnitLine {
        let session = roster.holder_session.as_str();
        self.line(roster, &Unit::Holder, roster.socket.as_ref(), session)
    }

    /// An agent's line.
    pub(crate) fn agent(&self, roster: &Roster, agent: &Agent) -> AgentLine {
        let unit = Unit::Agent(agent.name.clone());
        AgentLine {
            tenant_id: agent.tenant_id.clone().unwrap_or_else(Self::own_tenant),
            host: Self::host(),
            name: agent.name.to_string(),
            class: agent.class.clone(),
            runtime: agent.runtime.to_string(),
            unit: self.line(roster, &unit, roster.socket_of(agent), agent.name.as_str()),
        }
    }

    fn line(
        &self,
        roster: &Roster,
        unit: &Unit,
        socket: Option<&SocketName>,
        name: &str,
    ) -> UnitLine {
        let whereabouts = self.picture.whereabouts(name);
        let taken = whereabouts.is_lost().then(|| self.taken(unit)).flatten();
        let told = self.socket_told(unit);
        let is_elsewhere = told.is_some_and(|told| self.is_elsewhere(&told, &whereabouts));
        let meant = self.socket_meant(unit, socket);
        let state = self.picture.unit(&unit.to_string());
        let is_dead = state.is_some_and(|state| self.picture.is_missed(state, name));
        let is_doubled = matches!(&whereabouts, Whereabouts::Lives(lives) if lives.len() > 1);
        let is_of_fleet = is_elsewhere || (taken.is_none() && self.has_other_holder(&meant));
        let restarted = if is_of_fleet { &Unit::Holder } else { unit };
        let is_restarted = is_dead || is_elsewhere || is_doubled;
        let way_back = WayBack {
            missing: is_restarted
                .then(|| self.missing(restarted, roster))
                .flatten(),
            rename: taken.as_ref().map(|taken| taken.rename.clone()),
            is_of_fleet,
        };
        let unit = unit.to_string();
        let enabled = state.map(|state| state.unit_file_state == "enabled");
        let gap = state.is_some_and(UnitState::is_boot_gap);
        let unit_state = match state {
            Some(state) if state.load != "loaded" && !state.is_up() => &state.load,
            Some(state) => &state.active,
            None => "unknown",
        };
        let since = state.filter(|state| state.is_up());
        let since = since.and_then(|state| state.active_at);
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
            since: since.map(|since| since.to_string()),
            socket: socket.map(ToString::to_string),
            pane_pid: pid(&whereabouts),
            session: match &whereabouts {
                Whereabouts::Lives(_) => SessionState::Alive,
                Whereabouts::Dead => SessionState::Dead,
                Whereabouts::Gone => SessionState::Gone,
                Whereabouts::Unknown(_) => SessionState::Unknown,
            },
            whereabouts: self.place(&whereabouts, taken.as_ref()),
            way_back,
            flags: flags
                .into_iter()
                .filter_map(|(is_so, flag)| is_so.then_some(flag))
                .collect(),
        }
    }

    fn taken(&self, unit: &Unit) -> Option<NameTaken> {
        match unit {
            Unit::Holder => None,
            Unit::Agent(name) => ready::taken(&self.picture, self.home.as_ref()?, name.as_str()),
        }
    }

    /// What a restart of a unit would be refused for; of the holder, which is restarted with the whole fleet.
    fn missing(&self, unit: &Unit, roster: &Roster) -> Option<Missing> {
        let home = self.home.as_ref()?;
        match unit {
            Unit::Agent(name) => not_installed(home, &self.surroundings, [name.as_str()]),
            Unit::Holder => {
                let agents = roster.agents_here().map(|agent| agent.name.as_str());
                not_installed(home, &self.surroundings, agents)
            }
        }
    }

    /// The socket that a unit is told by its env file; where that does not say, the roster's.
    fn socket_meant(&self, unit: &Unit, socket: Option<&SocketName>) -> String {
        let usual = || socket.map_or(DEFAULT, SocketName::as_str).to_owned();
        self.socket_told(unit).unwrap_or_else(usual)
    }

    /// The socket that a unit is told by its env file. Units of earlier releases are told by themselves.
    fn socket_told(&self, unit: &Unit) -> Option<String> {
        self.home.as_ref().and_then(|home| match unit {
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
    fn place(&self, whereabouts: &Whereabouts, taken: Option<&NameTaken>) -> Option<Place> {
        let nowhere = |reason| Place {
            socket: None,
            server_pid: None,
            runs_in: None,
            reason: Some(reason),
        };
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
            Whereabouts::Unknown(why) => Some(nowhere(why.clone())),
            Whereabouts::Dead | Whereabouts::Gone => Some(nowhere(taken?.to_string())),
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

/// The process of the first pane of what lives.
fn pid(whereabouts: &Whereabouts) -> Option<u32> {
    let Whereabouts::Lives(lives) = whereabouts else {
        return None;
    };
    lives.first()?.pane.as_ref()?.pid
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
