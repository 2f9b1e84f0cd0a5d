//! The operator's fleet files as they are found: all that migrations look at.

use crate::model::change::{FileState, Spot};
use crate::model::path::RelPath;
use crate::model::tmux::Occupancy;

/// Files of a fleet.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    /// Every `fleet/*.yaml`, by name.
    pub rosters: Vec<FleetFile>,
    /// Every `fleet/agents/*.env`, by name.
    pub env_files: Vec<FleetFile>,
    /// `fleet/holder.env`.
    pub holder_env: Option<FleetFile>,
    /// The operator's drop-ins for our units, where the units of this home are in systemd's directory.
    pub drop_ins: Vec<FleetFile>,
    /// Other files that may mention a socket: scripts, crontabs, units of the operator's own.
    pub others: Vec<Other>,
    /// True where something is at `fleet/run`.
    pub has_run_directory: bool,
    /// Folders behind links that lead out of the home: all below is the operator's.
    pub outside: Vec<RelPath>,
    /// Files beside rosters and env files whose names no path of Mosaic's can be.
    pub unnameable: Vec<String>,
    /// Why the socket keeps its name, whoever lives: a unit that an update leaves as it is names it.
    pub held: Option<Held>,
    /// The directory of the tmux sockets, and who is behind the former and the present name.
    pub sockets: Option<SocketOccupancy>,
}

/// A unit that an update leaves as it is, and that names the socket.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// Which, and why it stays.
    pub why: String,
    /// What lets the release's take its place.
    pub remedy: String,
}

/// A file that a migration may edit.
#[derive(Debug, Clone)]
pub(crate) struct FleetFile {
    /// The name that people know it by.
    pub name: Spot,
    /// The content, or the reason why it cannot be read.
    pub content: Result<FileText, Unread>,
}

/// The reason why a file cannot be read as text.
#[derive(Debug, Clone)]
pub(crate) struct Unread {
    /// In a few words.
    pub reason: String,
    /// The text, as far as it can be told.
    pub partial: PartialText,
}

/// The text of an unreadable file.
#[derive(Debug, Clone)]
pub(crate) enum PartialText {
    /// Nothing: nothing is there.
    Nothing,
    /// About this.
    Text(String),
    /// That cannot be told.
    Unknown,
}

/// A file that can be read as text.
#[derive(Debug, Clone)]
pub(crate) struct FileText {
    /// The spot of the bytes: somewhere else where the name is a link.
    pub at: Spot,
    /// Content and permission bits.
    pub state: FileState,
    /// Number of names (hard links).
    pub links: u32,
    /// The content.
    pub text: String,
    /// The reason why the file cannot be edited, where that is so.
    pub locked: Option<String>,
}

/// A file that is only read.
#[derive(Debug, Clone)]
pub(crate) struct Other {
    /// Name: from the home, or absolute, or `crontab`.
    pub name: String,
    /// Content.
    pub text: String,
}

/// The tmux sockets of this user.
#[derive(Debug, Clone)]
pub(crate) struct SocketOccupancy {
    /// Directory of the sockets.
    pub directory: String,
    /// Behind the former name.
    pub at_former: Occupancy,
    /// Behind the present name.
    pub at_name: Occupancy,
}

impl FleetFile {
    /// The name of the agent whose env file, or whose unit's drop-in, it is.
    pub(crate) fn agent(&self) -> Option<&str> {
        let (directory, name) = self.name.path.split();
        if let Some(agent) = name.strip_suffix(".env") {
            return Some(agent);
        }
        let unit = directory.strip_suffix(".service.d")?;
        unit.strip_prefix("mosaic-agent@")
            .filter(|agent| !agent.is_empty())
    }
}
