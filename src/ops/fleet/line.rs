//! Lines about units, sessions and agents, as every answer about a fleet has them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::fleet_units::Missing;

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
    /// The moment since which the unit is active, in RFC 3339; null where it is not.
    pub since: Option<String>,
    /// The tmux socket that the session lives on; null for the default one.
    pub socket: Option<String>,
    /// The state of the session.
    pub session: SessionState,
    /// Process number of what the session's pane runs; null where none is known.
    pub pane_pid: Option<u32>,
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

/// What brings a dead session back: a restart, and what is due before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    /// What the restart would be refused for.
    pub missing: Option<Missing>,
    /// The command that gives its session's name free, where somebody else's has it.
    pub rename: Option<String>,
    /// True if the whole fleet is to be restarted: the holder runs on another socket.
    pub is_of_fleet: bool,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionState {
    /// A process runs in the session.
    Alive,
    /// The session is there, and no process runs in it any more.
    Dead,
    /// No session of its own is there.
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
    /// The session is dead or not there, though the unit is active, is started again and again, or is enabled and was not
    /// started.
    Dead,
    /// The session lives on another socket than its unit is told.
    Elsewhere,
    /// The agent runs more than once.
    Doubled,
}
