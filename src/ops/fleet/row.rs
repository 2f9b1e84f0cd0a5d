//! A row of `fleet ps`: an agent, with all that tells of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decide::fleet::heartbeat::Heartbeat;
use crate::decide::fleet::runtimes::state::StateSource;
use crate::model::runtime::RuntimeState;
use crate::ops::fleet::line::{Flag, SessionState};

/// An agent, as all that tells of it has it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AgentRow {
    /// The agent's tenant; the user's number where the roster names none.
    pub tenant_id: String,
    /// The name of its host, as the roster has it.
    pub host: String,
    /// The agent's name; of an unmanaged session, its own.
    pub name: String,
    /// The agent's role, as the roster has it; null where it has none.
    pub class: Option<String>,
    /// The program that the agent is to run, as the roster names it; null for an unmanaged session.
    pub runtime: Option<String>,
    /// The runtime that runs in its pane, or another program's name; null where none was seen.
    pub observed_runtime: Option<String>,
    /// The unit's state: `active`, `inactive`, `failed`, `not-found`...; `unknown` where systemd cannot be asked; null for an
    /// unmanaged session.
    pub unit_state: Option<String>,
    /// Set where the unit starts with the user manager; null where that cannot be told.
    pub enabled: Option<bool>,
    /// The tmux socket that the session lives on; null for the default one.
    pub socket: Option<String>,
    /// The state of the session.
    pub session: SessionState,
    /// Process number of what the pane runs; null where none is known.
    pub pane_pid: Option<u32>,
    /// Whole seconds since the pane showed something new; null where that is unknown.
    pub idle_seconds: Option<u64>,
    /// What the runtime does.
    pub state: RuntimeState,
    /// Where the state was read; null if it is unknown.
    pub state_from: Option<StateSource>,
    /// The health by the last heartbeat.
    pub heartbeat: Heartbeat,
    /// Alarms that a person should look at.
    pub flags: Vec<RowFlag>,
    /// The reason why the session is unknown, or not where it should be; null where there is nothing to say.
    pub reason: Option<String>,
}

/// An alarm that a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RowFlag {
    /// The pane runs something else than the roster's runtime.
    Drift,
    /// The unit runs, and would not come back after a reboot.
    BootGap,
    /// The agent should live and does not, or its heart has not beaten for twenty intervals.
    Dead,
    /// Its heart has not beaten for three intervals.
    Stale,
    /// No roster knows this session.
    Unmanaged,
    /// The session lives on another socket than its unit is told.
    Elsewhere,
    /// The agent runs more than once.
    Doubled,
    /// The unit has failed.
    Failed,
}

impl RowFlag {
    /// The alarm as documents and people name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::BootGap => "boot-gap",
            Self::Dead => "dead",
            Self::Stale => "stale",
            Self::Unmanaged => "unmanaged",
            Self::Elsewhere => "elsewhere",
            Self::Doubled => "doubled",
            Self::Failed => "failed",
        }
    }
}

impl From<Flag> for RowFlag {
    fn from(flag: Flag) -> Self {
        match flag {
            Flag::BootGap => Self::BootGap,
            Flag::Dead => Self::Dead,
            Flag::Elsewhere => Self::Elsewhere,
            Flag::Doubled => Self::Doubled,
        }
    }
}
