//! tmux servers and the names of their sockets.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A tmux server: its process and when that began, so that a later process of the same number is not taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Process number, tmux's `#{pid}`.
    pub pid: u32,
    /// `#{start_time}`, in seconds since 1970.
    pub started: i64,
}

impl fmt::Display for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "tmux server {}", self.pid)
    }
}

/// Occupancy of a socket's name: who is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occupancy {
    /// No such file is there.
    Free,
    /// A socket of this user that nobody answers.
    Stale,
    /// A server of this user answers.
    Served(Server),
    /// The socket is another user's.
    Foreign {
        /// User id of its owner.
        owner: u32,
    },
    /// The occupancy cannot be told, and why.
    Unknown(String),
}

impl Occupancy {
    /// Tells whether nobody is behind the name.
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

/// Adoption of a live server: it is reachable by an alias, a second name for its socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// The directory of the sockets.
    pub directory: String,
    /// The name that the server was started with; its panes carry it in `$TMUX`, so it stays.
    pub former: String,
    /// Alias: the second name.
    pub name: String,
    /// The server that has both names.
    pub server: Server,
}

/// A pane of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pane {
    /// Exact name of its session.
    pub session: String,
    /// tmux's own id of that session: no name is taken for it.
    pub session_id: String,
    /// The agent that the environment which tmux keeps for the session names.
    pub agent: Option<String>,
    /// tmux's own id of the pane.
    pub id: String,
    /// The moment at which it showed something last, in seconds since 1970.
    pub active_at: Option<i64>,
    /// Title that its program gave it: foreign text.
    pub title: String,
    /// The marks, of those that were looked for, that its screen shows.
    pub marks: Vec<&'static str>,
    /// Process in it; `None` where tmux does not name one.
    pub pid: Option<u32>,
    /// True if that process has ended.
    pub is_dead: bool,
}

/// Why a server tells nothing of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// No socket leads to it.
    NoSocket,
    /// It does not answer in time.
    Late,
    /// Whoever was asked in its place says why.
    Told(String),
}

impl Silence {
    /// What is told of the server that keeps it, and what helps.
    pub fn of_server(&self, pid: u32) -> String {
        let why = match self {
            Self::NoSocket => &format!("its socket is gone: kill -USR1 {pid} makes it anew"),
            Self::Late => &format!("does not answer in time; if it was stopped: kill -CONT {pid}"),
            Self::Told(why) => why,
        };
        format!("tmux server {pid} lives, and {why}")
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NoSocket => "no socket leads to its tmux server",
            Self::Late => "its tmux server does not answer in time",
            Self::Told(why) => why,
        })
    }
}

/// The text of a pane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Captured {
    /// True if a full-screen program runs in it, of which tmux keeps no history.
    pub is_full_screen: bool,
    /// Its lines, the topmost first, without blanks at their ends.
    pub lines: Vec<String>,
}

/// A pane's screen, and where its cursor is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Screen {
    /// Lines of the screen, wrapped ones joined, without blanks at their ends.
    pub text: String,
    /// Title of the pane.
    pub title: String,
    /// Column and row of the cursor, from 0.
    pub cursor: (usize, usize),
}

/// What a server tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAnswer {
    /// The server.
    pub server: Server,
    /// Its panes, those of all sessions.
    pub panes: Vec<Pane>,
}
