//! Runtimes: the programs that agents run in their sessions, what is known of each, and the states they can be in.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::model::fleet_name::AgentName;

/// A runtime that can run in an agent's session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Runtime {
    /// Claude Code.
    Claude,
    /// Codex.
    Codex,
    /// Pi: the runtime of an agent that names none.
    #[default]
    Pi,
    /// OpenCode.
    OpenCode,
    /// One that the roster defines.
    Defined(AgentName),
}

impl Runtime {
    /// The runtimes that Mosaic knows by itself.
    pub const KNOWN: [Self; 4] = [Self::Claude, Self::Codex, Self::Pi, Self::OpenCode];

    /// Name of the runtime, as rosters and env files write it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Pi => "pi",
            Self::OpenCode => "opencode",
            Self::Defined(name) => name.as_str(),
        }
    }

    /// The runtime that is known by a name.
    pub fn known(name: &str) -> Option<Self> {
        let mut known = Self::KNOWN.into_iter();
        known.find(|runtime| runtime.as_str() == name)
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Serialize for Runtime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A runtime's state: what it does at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RuntimeState {
    /// It waits for a message.
    Idle,
    /// It works on one.
    Busy,
    /// It asks whether it may do something: Enter would allow it.
    Approval,
    /// It asks something else before it goes on, and takes no message.
    Wall,
    /// It has given up on its provider, and waits for a message.
    GaveUp,
    /// Its process is stopped, as by SIGSTOP.
    Stopped,
    /// It has not shown anything yet.
    Starting,
    /// That cannot be told.
    Unknown,
}

impl RuntimeState {
    /// Tells whether it asks something that an Enter would answer.
    pub fn asks(&self) -> bool {
        matches!(self, Self::Approval | Self::Wall)
    }

    /// The state as documents and people name it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Busy => "busy",
            Self::Approval => "approval",
            Self::Wall => "wall",
            Self::GaveUp => "gave-up",
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Unknown => "unknown",
        }
    }
}
