//! What runs, as `/proc` has it: the agents say who they are by their command lines.

use std::collections::BTreeMap;
use std::fs;

/// The name that an agent gives its process, before its own.
pub const AGENT: &str = "storm-agent ";

/// What runs at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Truth {
    /// The processes of each agent.
    pub agents: BTreeMap<String, Vec<u32>>,
    /// The tmux servers.
    pub servers: Vec<u32>,
    /// Parents of all processes.
    parents: BTreeMap<u32, u32>,
}

impl Truth {
    /// Looks.
    pub fn look() -> Self {
        let mut truth = Self::default();
        let entries = fs::read_dir("/proc").expect("a /proc").flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        for pid in pids {
            let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).ok();
            let (Some(line), Some(stat)) = (read("cmdline"), read("stat")) else {
                continue;
            };
            let stat = String::from_utf8_lossy(&stat).into_owned();
            let Some((name, rest)) = stat.rsplit_once(") ") else {
                continue;
            };
            let mut fields = rest.split(' ');
            let is_corpse = fields.next().is_some_and(|state| "ZX".contains(state));
            let parent = fields.next().and_then(|parent| parent.parse().ok());
            if is_corpse {
                continue;
            }
            truth.parents.insert(pid, parent.unwrap_or(0));
            if name.ends_with("(tmux: server") {
                truth.servers.push(pid);
            }
            let first = line.split(|byte| *byte == 0).next().unwrap_or_default();
            let first = String::from_utf8_lossy(first);
            if let Some(agent) = first.strip_prefix(AGENT) {
                truth.agents.entry(agent.to_owned()).or_default().push(pid);
            }
        }
        truth
    }

    /// The processes of an agent.
    pub fn of(&self, agent: &str) -> &[u32] {
        self.agents.get(agent).map_or(&[], Vec::as_slice)
    }

    /// The tmux server that a process is below.
    pub fn server_of(&self, pid: u32) -> Option<u32> {
        let above = std::iter::successors(Some(pid), |pid| self.parents.get(pid).copied());
        let mut above = above.take(self.parents.len());
        above.find(|pid| self.servers.contains(pid))
    }
}
