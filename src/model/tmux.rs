//! tmux servers and the names of their sockets.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A tmux server: its process and when that began, so that a later process of the same number is not taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// `#{pid}`.
    pub pid: u32,
    /// `#{start_time}`, in seconds since 1970.
    pub started: i64,
}

impl fmt::Display for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "tmux server {}", self.pid)
    }
}

/// Who is behind the name of a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occupancy {
    /// There is no such file.
    Free,
    /// A socket of this user that nobody answers.
    Stale,
    /// A server of this user answers.
    Served(Server),
    /// It is another user's.
    Foreign {
        /// Whose.
        owner: u32,
    },
    /// It cannot be told, and why.
    Unknown(String),
}

impl Occupancy {
    /// Whether nobody is behind it.
    pub fn is_dead(&self) -> bool {
        matches!(self, Self::Free | Self::Stale)
    }
}

impl fmt::Display for Occupancy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => out.write_str("there is no such socket"),
            Self::Stale => out.write_str("nobody answers there"),
            Self::Served(server) => write!(out, "{server} answers there"),
            Self::Foreign { owner } => write!(out, "it belongs to user {owner}"),
            Self::Unknown(why) => write!(out, "who answers there cannot be told: {why}"),
        }
    }
}

/// A live server that is reachable by a second name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// The directory of the sockets.
    pub directory: String,
    /// The name that the server was started with; its panes carry it in `$TMUX`, so it stays.
    pub former: String,
    /// The second name.
    pub name: String,
    /// The server.
    pub server: Server,
}

/// The sessions of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sessions {
    /// By exact name, whether a process is in one of its panes still.
    Known(BTreeMap<String, bool>),
    /// They cannot be told, and why.
    Unknown(String),
}
