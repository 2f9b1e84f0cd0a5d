//! The daemon that codex starts unless it is told `--no-daemon`: one for all who have the same `HOME`, from the environment
//! of whoever came first. It is no agent, and what its agents run is run by it.

use std::collections::BTreeSet;

use crate::decide::fleet::picture::Picture;
use crate::model::process::{Process, Processes};

/// The kernel's name for codex's program, the daemon's as well.
const CODEX: &str = "codex";

/// A daemon of codex's that more than one agent uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SharedDaemon {
    /// Process number.
    pub pid: u32,
    /// The agent whose environment it has.
    pub started_by: String,
    /// The agents that use it.
    pub serves: BTreeSet<String>,
}

impl Picture {
    /// The daemons of codex's that agents of this home share.
    pub(crate) fn shared_daemons(&self) -> Vec<SharedDaemon> {
        let Ok(processes) = &self.processes else {
            return Vec::new();
        };
        let is_codex = |process: &&Process| {
            process.name == CODEX && self.ties.is_of_home(process) == Some(true)
        };
        let all: Vec<_> = processes.all.values().filter(is_codex).collect();
        let (in_panes, daemons): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|process| is_in_pane(processes, process));
        let shared = |daemon: &Process| {
            let user_home = &daemon.environment.user_home;
            let serves: BTreeSet<_> = in_panes
                .iter()
                .filter(|process| process.environment.user_home == *user_home)
                .filter_map(|process| process.environment.agent.clone())
                .collect();
            (serves.len() > 1).then_some(SharedDaemon {
                pid: daemon.pid,
                started_by: daemon.environment.agent.clone()?,
                serves,
            })
        };
        daemons.into_iter().filter_map(shared).collect()
    }
}

fn is_in_pane(processes: &Processes, process: &Process) -> bool {
    let mut line = processes.line_of(process.pid);
    line.any(|above| above.is_tmux_server)
}
