//! Whose a pane is. A session's name alone is no identity: a person may give one of his own an agent's name.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::decide::fleet::picture::{FleetServer, Life, Picture};
use crate::decide::fleet::units::AGENT;
use crate::model::process::Process;
use crate::model::socket_names::DEFAULT;
use crate::model::tmux::Pane;

/// Coarseness of the times that are compared.
const COARSENESS: SignedDuration = SignedDuration::from_millis(50);

/// What is said of whose a pane is.
#[derive(Debug, PartialEq, Eq)]
enum Said<'a> {
    /// It is this agent's.
    Agent(&'a str),
    /// It is another home's agent's.
    Another,
    /// Nothing.
    Nothing,
}

impl Picture {
    /// An agent's lives in a server's panes, as far as one of their processes has not ended: in the session of its name,
    /// and wherever a person has moved its panes, or by what name he calls that session now.
    pub(super) fn lives_in(&self, server: &FleetServer, panes: &[Pane], name: &str) -> Vec<Life> {
        let living = panes.iter().filter(|pane| !pane.is_dead);
        let (own, others): (Vec<_>, Vec<_>) = living.partition(|pane| pane.session == name);
        let mut own = own;
        own.retain(|pane| self.is_own(server, pane, name));
        let pids: BTreeSet<_> = own.iter().filter_map(|pane| pane.pid).collect();
        let moved = others.into_iter().filter(|pane| {
            let is_linked = pane.pid.is_some_and(|pid| pids.contains(&pid));
            self.says(pane, name) && self.agent_in(server, pane) == Some(name) && !is_linked
        });
        let moved: Vec<_> = moved.collect();
        let moved_pids: BTreeSet<_> = moved.iter().filter_map(|pane| pane.pid).collect();
        let own = own.first().map(|pane| Life {
            session: Some(pane.session_id.clone()),
            pane: Some((*pane).clone()),
            ..self.life(server, pids.into_iter())
        });
        let moved = moved.first().map(|pane| Life {
            astray: Some(pane.session.clone()),
            pane: Some((*pane).clone()),
            ..self.life(server, moved_pids.into_iter())
        });
        own.into_iter().chain(moved).collect()
    }

    /// Tells whether a pane in the session of a name is of what the fleet calls so.
    ///
    /// Agents of earlier releases do not say who they are: on a server of the fleet's own, which those releases had, the
    /// session's name does; elsewhere only what was made as their unit started.
    pub(super) fn is_own(&self, server: &FleetServer, pane: &Pane, name: &str) -> bool {
        let is_own = || match self.said_of(server, pane) {
            Said::Agent(agent) => agent == name,
            Said::Another => false,
            Said::Nothing => {
                !self.ties.agents.contains(name)
                    || (!server.names_agents && !self.names_of(server.pid).contains(DEFAULT))
                    || self.began_with_its_unit(pane, name)
            }
        };
        pane.session == name && is_own()
    }

    /// The pane of a session on a server that has an agent's name, and is not the agent's.
    pub(crate) fn taken<'a>(&self, server: &'a FleetServer, name: &str) -> Option<&'a Pane> {
        let panes = server.panes.as_ref().ok()?;
        let mut panes = panes.iter().filter(|pane| pane.session == name);
        let first = panes.next()?;
        let is_own = |pane| self.is_own(server, pane, name);
        (!is_own(first) && !panes.any(is_own)).then_some(first)
    }

    /// The other agents whose panes are in an agent's session: they end with it.
    pub(crate) fn guests_of(&self, name: &str) -> BTreeSet<String> {
        let panes_of = |server: &FleetServer| server.panes.clone().unwrap_or_default();
        let mut guests = BTreeSet::new();
        for server in &self.servers {
            let panes = panes_of(server);
            let own = |pane: &Pane| self.is_own(server, pane, name);
            if !panes.iter().any(own) {
                continue;
            }
            let there = panes
                .iter()
                .filter(|pane| pane.session == name && !pane.is_dead);
            let agents = there.filter_map(|pane| self.agent_in(server, pane));
            guests.extend(agents.filter(|agent| *agent != name).map(str::to_owned));
        }
        guests
    }

    /// Tells whether a pane's process gives itself an agent's name: of most panes that is all that has to be asked.
    fn says(&self, pane: &Pane, name: &str) -> bool {
        let process = pane.pid.and_then(|pid| self.process(pid));
        process.is_some_and(|process| process.environment.agent.as_deref() == Some(name))
    }

    /// The agent of this home that a pane is surely of, wherever it is.
    pub(crate) fn agent_in(&self, server: &FleetServer, pane: &Pane) -> Option<&str> {
        let process = self.process(pane.pid?)?;
        let agent = process.environment.agent.as_deref()?;
        let is_ours = self.ties.is_of_home(process) == Some(true);
        let is_said = is_ours && Some(agent) != self.inherited(server);
        (is_said && self.ties.agents.contains(agent)).then_some(agent)
    }

    fn said_of<'a>(&'a self, server: &FleetServer, pane: &'a Pane) -> Said<'a> {
        let process = pane.pid.and_then(|pid| self.process(pid));
        let by_process = process.and_then(|process| process.environment.agent.as_deref());
        let inherited = self.inherited(server);
        let mut said = [by_process, pane.agent.as_deref()].into_iter().flatten();
        match said.find(|agent| Some(*agent) != inherited) {
            None => Said::Nothing,
            Some(_) if process.is_some_and(|it| self.ties.is_of_home(it) == Some(false)) => {
                Said::Another
            }
            Some(agent) => Said::Agent(agent),
        }
    }

    /// The name that each pane of a server has from it: earlier releases had agents start servers. It says nothing.
    fn inherited(&self, server: &FleetServer) -> Option<&str> {
        self.process(server.pid)?.environment.agent.as_deref()
    }

    fn began_with_its_unit(&self, pane: &Pane, name: &str) -> bool {
        let unit = self.unit(&format!("{AGENT}{name}.service"));
        let unit = unit.filter(|state| state.active == "active");
        let process = pane.pid.and_then(|pid| self.process(pid));
        let times = unit.and_then(|unit| Some((unit.started_at?, unit.active_at?)));
        let began = process.and_then(|process| self.began(process));
        times.zip(began).is_some_and(|((started, active), began)| {
            began >= started - COARSENESS && began <= active + COARSENESS
        })
    }

    /// The moment at which a process began.
    fn began(&self, process: &Process) -> Option<Timestamp> {
        let processes = self.processes.as_ref().ok()?;
        let ticks = processes.now.saturating_sub(process.started);
        let age = (ticks * 1000).checked_div(processes.ticks_per_second)?;
        Some(processes.seen_at - SignedDuration::from_millis(i64::try_from(age).ok()?))
    }

    fn process(&self, pid: u32) -> Option<&Process> {
        self.processes.as_ref().ok()?.all.get(&pid)
    }
}
