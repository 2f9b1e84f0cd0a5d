//! The one picture of what runs: a fleet's tmux servers, and where each agent lives. It is made of what was seen, and
//! what was not seen is unknown: dead is only what is known to be gone.

mod daemons;
mod panes;
#[cfg(test)]
mod tests;
pub(crate) mod ties;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

pub(crate) use crate::decide::fleet::picture::daemons::SharedDaemon;
use crate::decide::fleet::picture::ties::Ties;
use crate::decide::fleet::units::{AGENT, OURS};
use crate::model::process::{Process, Processes};
use crate::model::tmux::{Pane, Server, Silence};
use crate::model::unit::{ManagerView, UnitState};

/// Beginning of the scopes into which tmux puts panes since 3.5 where it can.
const PANE_SCOPE: &str = "tmux-spawn-";

/// A tmux server of a fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FleetServer {
    /// Process number.
    pub pid: u32,
    /// The server as it tells of itself; `None` where it does not.
    pub server: Option<Server>,
    /// Paths that it was bound at; the files may be gone since.
    pub bound: Vec<PathBuf>,
    /// Path by which it answers now; `None` where it does not.
    pub reach: Option<PathBuf>,
    /// The unit that it runs in.
    pub unit: Option<String>,
    /// True if each agent in it says which it is, in its environment: so it is since this release.
    pub names_agents: bool,
    /// Its panes, or the reason why it does not tell.
    pub panes: Result<Vec<Pane>, Silence>,
}

/// What runs of a fleet.
#[derive(Debug)]
pub(crate) struct Picture {
    /// The processes of this user, or the reason why they are not seen.
    pub processes: Result<Processes, String>,
    /// The tmux servers of the fleet.
    pub servers: Vec<FleetServer>,
    /// The user manager and the fleet's units in it, or the reason why it does not tell.
    pub manager: Result<ManagerView, String>,
    /// The units of agents that the manager was to start when it began.
    pub due: BTreeSet<String>,
    /// Reasons to think that more of the fleet lives than can be seen from here.
    pub signs: Vec<String>,
    /// What ties a server or a process to the home.
    pub ties: Ties,
    /// Number of this very process.
    pub own: u32,
}

/// Where an agent is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// It lives here; in more than one place if something went wrong.
    Lives(Vec<Life>),
    /// Its session is there, and no process runs in it any more.
    Dead,
    /// It is nowhere.
    Gone,
    /// That cannot be told, and why.
    Unknown(String),
}

impl Whereabouts {
    /// Tells whether it surely lives nowhere.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Dead | Self::Gone)
    }
}

/// One living session of an agent, or what is left of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    /// Process number of its tmux server; `None` where that is gone, and the agent goes on without it.
    pub server: Option<u32>,
    /// Path of the socket that the server was bound at.
    pub socket: Option<PathBuf>,
    /// Path by which the server answers now.
    pub reach: Option<PathBuf>,
    /// tmux's id of the session, where the server was asked, and it is the agent's own.
    pub session: Option<String>,
    /// The session of another name that it is in.
    pub astray: Option<String>,
    /// Its first pane, where the server was asked.
    pub pane: Option<Pane>,
    /// Its processes: number, and start in the kernel's ticks.
    pub processes: Vec<(u32, u64)>,
    /// The unit that they run in.
    pub unit: Option<String>,
}

impl FleetServer {
    /// Why the server cannot be spoken to, and what helps; nothing where it can.
    pub(crate) fn out_of_reach(&self) -> Option<String> {
        let why = self.panes.as_ref().err()?;
        Some(why.of_server(self.pid))
    }
}

impl Picture {
    /// Where an agent is: in the session of its name, if that is its own, and wherever its processes are.
    pub(crate) fn whereabouts(&self, name: &str) -> Whereabouts {
        let mut lives = Vec::new();
        let mut silent = None;
        let mut has_session = false;
        for server in &self.servers {
            match &server.panes {
                Ok(panes) => {
                    let mut panes_there = panes.iter();
                    has_session |= panes_there.any(|pane| self.is_own(server, pane, name));
                    lives.extend(self.lives_in(server, panes, name));
                }
                Err(_) => match self.life_below(server, name) {
                    Some(life) => lives.push(life),
                    // The holder's session is no agent's, and says nothing.
                    None if server.names_agents && self.ties.agents.contains(name) => {}
                    None => silent = server.out_of_reach(),
                },
            }
        }
        lives.extend(self.left_over(name));
        let unseen = silent
            .or_else(|| self.processes.as_ref().err().cloned())
            .or_else(|| self.signs.first().cloned());
        match (lives.is_empty(), unseen) {
            (false, _) => Whereabouts::Lives(lives),
            (true, Some(why)) => Whereabouts::Unknown(why),
            (true, None) if has_session => Whereabouts::Dead,
            (true, None) => Whereabouts::Gone,
        }
    }

    /// The life of an agent below a server that does not tell: its processes say whose they are.
    fn life_below(&self, server: &FleetServer, name: &str) -> Option<Life> {
        let processes = self.processes.as_ref().ok()?;
        let own = processes
            .below(server.pid)
            .filter(|process| is_agent(process, name));
        let pids: Vec<_> = own.map(|process| process.pid).collect();
        (!pids.is_empty()).then(|| self.life(server, pids.into_iter()))
    }

    fn life(&self, server: &FleetServer, pids: impl Iterator<Item = u32>) -> Life {
        let process = |pid| self.processes.as_ref().ok()?.all.get(&pid);
        let seen: Vec<_> = pids.filter_map(process).collect();
        Life {
            server: Some(server.pid),
            socket: server.bound.first().or(server.reach.as_ref()).cloned(),
            reach: server.reach.clone(),
            session: None,
            astray: None,
            pane: None,
            unit: seen.iter().find_map(|process| process.unit.clone()),
            processes: seen
                .iter()
                .map(|process| (process.pid, process.started))
                .collect(),
        }
    }

    /// What goes on of an agent whose server has ended: the uppermost of its processes that were started in a pane of one
    /// of the fleet's sockets, and are surely of this home: another's agent may have the same name.
    fn left_over(&self, name: &str) -> Vec<Life> {
        let Ok(processes) = &self.processes else {
            return Vec::new();
        };
        let is_left = |process: &&Process| {
            let Some(pane) = &process.environment.pane_of else {
                return false;
            };
            let is_uppermost = || {
                let parent = processes.all.get(&process.parent);
                parent.is_none_or(|parent| !is_agent(parent, name))
            };
            let has_server = || {
                let server = processes.all.get(&pane.server);
                server.is_some_and(|server| server.is_tmux_server)
            };
            let is_ours = || pane.socket.file_name().is_some_and(|it| self.names(it));
            is_agent(process, name)
                // By the numbers that it knows its server is not here, and may live all the same.
                && !process.is_apart
                && self.ties.is_of_home(process) == Some(true)
                && !process.is_tmux_server
                && is_uppermost()
                && !has_server()
                && is_ours()
        };
        let life = |process: &Process| Life {
            server: None,
            socket: process
                .environment
                .pane_of
                .as_ref()
                .map(|pane| pane.socket.clone()),
            reach: None,
            session: None,
            astray: None,
            pane: None,
            processes: vec![(process.pid, process.started)],
            unit: process.unit.clone(),
        };
        processes.all.values().filter(is_left).map(life).collect()
    }

    fn names(&self, socket: &OsStr) -> bool {
        socket.to_str().is_some_and(|name| {
            let adopted = self.ties.adopted.iter();
            let mut aliases = adopted.flat_map(|adoption| [&adoption.former, &adoption.name]);
            self.ties.sockets.contains(name) || aliases.any(|alias| alias == name)
        })
    }

    /// Names that lead to a server, or are to: where it was bound, where it answers, and what a migration gave it.
    pub(crate) fn names_of(&self, pid: u32) -> BTreeSet<String> {
        let Some(server) = self.servers.iter().find(|server| server.pid == pid) else {
            return BTreeSet::new();
        };
        let paths = server.bound.iter().chain(&server.reach);
        let names = paths.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
        let adopted = self.ties.adopted.iter().filter(|it| it.server.pid == pid);
        let aliases = adopted.flat_map(|it| [it.former.clone(), it.name.clone()]);
        names.chain(aliases).collect()
    }

    /// The state of a unit, where the manager knows it.
    pub(crate) fn unit(&self, name: &str) -> Option<&UnitState> {
        let mut units = self.units().iter();
        units.find(|state| state.name.as_str() == name)
    }

    /// Tells whether an agent is to live and surely does not: its unit is active, or systemd starts it again and again, or
    /// it was passed over.
    pub(crate) fn is_missed(&self, unit: &UnitState, name: &str) -> bool {
        (unit.is_to_live() || self.is_passed_over(name)) && self.whereabouts(name).is_lost()
    }

    /// Tells whether an agent's unit is enabled and never came up: its start was refused, or the manager passed it over
    /// when it began. What is inactive otherwise was stopped by its operator.
    pub(crate) fn is_passed_over(&self, agent: &str) -> bool {
        let Some(unit) = self.unit(&format!("{AGENT}{agent}.service")) else {
            return false;
        };
        let is_due = unit.started_at.is_none() && self.due.contains(unit.name.as_str());
        unit.active == "inactive"
            && unit.unit_file_state == "enabled"
            && !unit.has_job
            && (unit.is_refused || is_due)
    }

    /// The states of the units that the manager told of.
    pub(crate) fn units(&self) -> &[UnitState] {
        let view = self.manager.as_ref();
        view.map_or(&[][..], |view| &view.states)
    }

    /// The server that the holder's unit runs.
    pub(crate) fn holders_server(&self) -> Option<&FleetServer> {
        let main = self.unit(OURS[0]).and_then(|state| state.main_pid);
        let mut servers = self.servers.iter();
        let by_pid = servers.find(|server| Some(server.pid) == main);
        by_pid.or_else(|| {
            let is_holders = |server: &&FleetServer| server.unit.as_deref() == Some(OURS[0]);
            self.servers.iter().find(is_holders)
        })
    }

    /// The server that answers at a path, where that is known.
    pub(crate) fn at(&self, path: &Path) -> Option<&FleetServer> {
        let is_there = |server: &&FleetServer| server.reach.as_deref() == Some(path);
        self.servers.iter().find(is_there)
    }

    /// All processes that end with a life: where tmux has put a pane into a scope of its own, those of the scope.
    pub(crate) fn ends_with_life(&self, life: &Life) -> Vec<(u32, u64)> {
        let mut ends = life.processes.clone();
        let is_own_scope = |unit: &&str| unit.starts_with(PANE_SCOPE);
        let scope = life.unit.as_deref().filter(is_own_scope);
        if let (Some(scope), Ok(processes)) = (scope, &self.processes) {
            let inside = processes.all.values();
            let inside = inside.filter(|process| process.unit.as_deref() == Some(scope));
            ends.extend(inside.map(|process| (process.pid, process.started)));
            ends.sort_unstable();
            ends.dedup();
        }
        ends
    }

    /// Whole seconds since a life began.
    pub(crate) fn age_of(&self, life: &Life) -> u64 {
        let Ok(processes) = &self.processes else {
            return 0;
        };
        let ages = life.processes.iter();
        let ages = ages.map(|(_, started)| processes.seconds_since(*started));
        ages.min().unwrap_or(0)
    }

    /// The agent or unit with which this very process ends: it was started in a pane of the fleet, or below one.
    pub(crate) fn ends_with(&self) -> Option<EndsWith> {
        let processes = self.processes.as_ref().ok()?;
        let is_server = |pid: u32| self.servers.iter().any(|server| server.pid == pid);
        let pane = processes
            .line_of(self.own)
            .find(|process| is_server(process.parent));
        if let Some(pane) = pane {
            let of_server = self
                .servers
                .iter()
                .find(|server| server.pid == pane.parent)?;
            let panes = of_server.panes.as_ref().map_or(&[][..], Vec::as_slice);
            let own = panes.iter().find(|seen| seen.pid == Some(pane.pid));
            let agent = own.map(|pane| pane.session.clone());
            return Some(EndsWith {
                agent: agent.or_else(|| pane.environment.agent.clone()),
            });
        }
        let own = processes.all.get(&self.own)?;
        let unit = own.unit.as_deref()?;
        let is_ours = unit == OURS[0] || unit.starts_with(AGENT);
        is_ours.then(|| EndsWith {
            agent: own.environment.agent.clone(),
        })
    }
}

/// What ends this very process when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndsWith {
    /// The agent whose session it is in; `None` where it is another one's of the fleet's server.
    pub agent: Option<String>,
}

fn is_agent(process: &Process, name: &str) -> bool {
    process.environment.agent.as_deref() == Some(name)
}
