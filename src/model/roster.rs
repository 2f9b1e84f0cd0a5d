//! A fleet as its roster declares it.

use std::collections::BTreeMap;

use crate::model::fleet_name::{AgentName, SessionName, SocketName};
use crate::model::runtime::Runtime;

/// The holder's session where a roster names none.
pub const HOLDER_SESSION: &str = "_holder";
/// An agent's working directory where a roster names none.
pub const WORKING_DIRECTORY: &str = "~/src";

/// Bytes that the kernel keeps of a process's name.
const NAME_MAX: usize = 15;

/// The agents of one fleet, and where they live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The fleet's socket; without one it lives on the user's default tmux server.
    pub socket: Option<SocketName>,
    /// The session that the holder keeps.
    pub holder_session: SessionName,
    /// Settings of runtimes that the roster names; all that it defines are among them.
    pub runtimes: BTreeMap<Runtime, RuntimeSettings>,
    /// Agents in the roster's order; no two of one name.
    pub agents: Vec<Agent>,
}

/// The settings of a runtime, for all agents that use it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuntimeSettings {
    /// Text that is typed to reset it; never empty.
    pub reset_command: Option<String>,
    /// Shell command line that starts it: set for one that the roster defines, and for no other.
    pub command: Option<String>,
    /// Names that the kernel has for the processes of one that the roster defines.
    pub processes: Vec<String>,
}

impl RuntimeSettings {
    /// Tells whether the kernel's name of a process, which it cuts off, is one of the runtime's.
    pub fn has_process(&self, name: &str) -> bool {
        let is_it = |own: &String| own.as_bytes().iter().take(NAME_MAX).eq(name.as_bytes());
        self.processes.iter().any(is_it)
    }
}

/// An agent of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Name of the agent, and of its session.
    pub name: AgentName,
    /// Runtime in its session.
    pub runtime: Runtime,
    /// Role of the agent.
    pub class: Option<String>,
    /// Model for the runtime's `--model`; never empty.
    pub model_hint: Option<String>,
    /// Absolute, or below the user's home as `~`, `$HOME` or `${HOME}`.
    pub working_directory: String,
    /// Socket that its session lives on.
    pub socket: SocketOfAgent,
    /// Set for a peer that lives on another host.
    pub host: Option<String>,
    /// Destination for ssh to that host.
    pub ssh: Option<String>,
    /// True if what runs in its session is to write heartbeats.
    pub heartbeats: bool,
    /// Tenant whose agent it is; absent for the current user.
    pub tenant_id: Option<String>,
}

/// The socket of one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketOfAgent {
    /// The fleet's: the agent says nothing.
    Inherited,
    /// A socket of the agent's own.
    Named(SocketName),
    /// The default server's: the agent says null or an empty name.
    Default,
}

impl Roster {
    /// The socket that an agent's session lives on; `None` for the default server's.
    pub fn socket_of<'a>(&'a self, agent: &'a Agent) -> Option<&'a SocketName> {
        match &agent.socket {
            SocketOfAgent::Inherited => self.socket.as_ref(),
            SocketOfAgent::Named(socket) => Some(socket),
            SocketOfAgent::Default => None,
        }
    }

    /// The command line that starts a runtime which the roster defines.
    pub fn command_of(&self, runtime: &Runtime) -> Option<&str> {
        self.runtimes.get(runtime)?.command.as_deref()
    }

    /// The agents that are installed and started on this host.
    pub fn agents_here(&self) -> impl Iterator<Item = &Agent> {
        self.agents.iter().filter(|agent| agent.is_here())
    }
}

impl Agent {
    /// Tells whether the agent lives on this host. One with a `host` is a peer, which the roster of
    /// its own host starts.
    pub fn is_here(&self) -> bool {
        self.host.is_none()
    }

    /// How ssh reaches the host of a peer; nothing of an agent of this host.
    pub fn destination(&self) -> Option<&str> {
        let host = self.host.as_deref()?;
        Some(self.ssh.as_deref().unwrap_or(host))
    }
}
