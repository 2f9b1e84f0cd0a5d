//! The processes of this user, as the kernel tells of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// A process of this user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Process {
    /// Process number.
    pub pid: u32,
    /// Number of the process that it is below.
    pub parent: u32,
    /// The name that the kernel has for its program, cut off after 15 bytes.
    pub name: String,
    /// Start, in the kernel's ticks since it booted: with the number it is one process and no other.
    pub started: u64,
    /// True if it has other numbers for processes than there are here, as in a container, or does not say.
    pub is_apart: bool,
    /// True if it is stopped, as by SIGSTOP: it does nothing until it is told to go on.
    pub is_stopped: bool,
    /// True if it is a tmux server.
    pub is_tmux_server: bool,
    /// The innermost unit of the service manager that it is in, by its control group.
    pub unit: Option<String>,
    /// What of its environment at its start tells where it belongs.
    pub environment: Surrounding,
}

/// What of a process's environment tells where it belongs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surrounding {
    /// `MOSAIC_AGENT_NAME`.
    pub agent: Option<String>,
    /// `MOSAIC_AGENT_HOME`: the home whose tools started the agent.
    pub home: Option<String>,
    /// `HOME`.
    pub user_home: Option<String>,
    /// Folders that runtimes are told to keep their files in, by their variables.
    pub runtime_folders: BTreeMap<String, String>,
    /// `TMUX`: the socket and the server of the pane that it was started in.
    pub pane_of: Option<PaneOf>,
}

/// The server of a pane, as `TMUX` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaneOf {
    /// Path of the server's socket.
    pub socket: PathBuf,
    /// Process number of the server.
    pub server: u32,
}

/// The processes of this user, seen in one pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Processes {
    /// Processes by their numbers.
    pub all: BTreeMap<u32, Process>,
    /// The moment at which they were seen, in the kernel's ticks since it booted.
    pub now: u64,
    /// The same moment by the clock.
    pub seen_at: Timestamp,
    /// The kernel's ticks in a second.
    pub ticks_per_second: u64,
    /// Paths that tmux servers listen at, as they were bound: the files may be gone since.
    pub bound: BTreeMap<u32, Vec<PathBuf>>,
}

impl Processes {
    /// The processes directly below another.
    pub fn below(&self, parent: u32) -> impl Iterator<Item = &Process> {
        self.all
            .values()
            .filter(move |process| process.parent == parent)
    }

    /// A process and all below it, the nearer ones first.
    pub fn tree(&self, pid: u32) -> Vec<&Process> {
        let mut tree: Vec<_> = self.all.get(&pid).into_iter().collect();
        let mut next = 0;
        while let Some(process) = tree.get(next) {
            let below: Vec<_> = self.below(process.pid).collect();
            let is_new = |one: &&Process| tree.iter().all(|known| known.pid != one.pid);
            let new: Vec<_> = below.into_iter().filter(is_new).collect();
            tree.extend(new);
            next += 1;
        }
        tree
    }

    /// Whole seconds since a process began.
    pub fn seconds_since(&self, started: u64) -> u64 {
        let ticks = self.now.saturating_sub(started);
        ticks.checked_div(self.ticks_per_second).unwrap_or(0)
    }

    /// The tmux server that listens at a path.
    pub fn server_at(&self, path: &Path) -> Option<u32> {
        let mut bound = self.bound.iter();
        let found = bound.find(|(_, paths)| paths.iter().any(|bound| bound == path));
        found.map(|(pid, _)| *pid)
    }

    /// The tmux servers.
    pub fn tmux_servers(&self) -> impl Iterator<Item = &Process> {
        self.all.values().filter(|process| process.is_tmux_server)
    }

    /// A process and those that it is below, itself first.
    pub fn line_of(&self, pid: u32) -> impl Iterator<Item = &Process> {
        let next = |process: &&Process| self.all.get(&process.parent);
        // No process is below itself, but what is read from numbers that come and go may say so.
        std::iter::successors(self.all.get(&pid), next).take(self.all.len())
    }
}

impl PaneOf {
    /// The server that a `TMUX` names: socket, server and session, by commas; the socket may have one in it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(3, ',');
        let _session = parts.next()?;
        let server = parts.next()?.parse().ok()?;
        Some(Self {
            socket: PathBuf::from(parts.next()?),
            server,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_of_a_pane_is_told_by_its_variable() {
        let parsed = PaneOf::parse("/tmp/a,b/tmux-0/s,77,0").map(|pane| (pane.socket, pane.server));
        assert_eq!(parsed, Some((PathBuf::from("/tmp/a,b/tmux-0/s"), 77)));
        for wrong in ["", "/s", "/s,77", "/s,x,0"] {
            assert_eq!(PaneOf::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_line_ends_even_where_two_are_below_each_other() {
        let process = |pid, parent| Process {
            pid,
            parent,
            ..Process::default()
        };
        let all = [process(3, 2), process(2, 3), process(4, 9)].map(|one| (one.pid, one));
        let seen = Processes {
            all: all.into(),
            ..Processes::default()
        };
        assert!(seen.line_of(3).count() <= 3);
        assert_eq!(seen.line_of(4).count(), 1);
        assert_eq!(seen.line_of(7).count(), 0);
    }
}
