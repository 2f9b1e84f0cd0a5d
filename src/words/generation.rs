//! What one committed transaction did, as its generation keeps it.

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::words::change::Change;
use crate::words::folder::FolderPath;
use crate::words::path::RelPath;
use crate::words::record::{Record, Release};
use crate::words::tmux::Adoption;

/// The journal of a transaction; after it, the log of its generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// Where the home was, links resolved; what is outside of it is found from there.
    pub place: Option<FolderPath>,
    /// Who, when and what.
    pub heading: Heading,
    /// The changes, in the order in which they are carried out. A change's index is its slot.
    pub changes: Vec<Logged>,
}

impl Journal {
    /// The same journal for a home that is here now.
    pub fn at(mut self, here: Option<&FolderPath>) -> Self {
        if let (Some(from), Some(to)) = (&self.place, here)
            && from != to
        {
            self.changes.iter_mut().for_each(|logged| logged.change.at = logged.change.at.moved(from, to));
        }
        self.place = here.cloned();
        self
    }
}

/// The heading of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// The generation that the transaction makes.
    pub number: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// The command line verb: `update`, `rollback`, `resolve`...
    pub command: String,
    /// The program's version.
    pub program: Version,
    /// The release before.
    pub from: Option<Release>,
    /// The release after.
    pub to: Option<Release>,
}

/// A change and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// The change.
    pub change: Change,
    /// Where its content waits until its turn comes.
    pub staged: Staged,
    /// What became of it.
    pub fate: Fate,
}

/// Where the content of a change waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Staged {
    /// In the transaction's own folder.
    InState,
    /// At this path in the target's root, because a mount lies between the target and the state.
    Beside(RelPath),
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Carried out.
    Done,
    /// Not carried out: the operator had changed the place in the meantime, and his stays.
    Overtaken,
}

/// Something still to do after the commit, done once, by this run or by a later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pending {
    /// The stat cache is to be written anew.
    RefreshStatCache,
    /// A live tmux server is to be reachable by a second name.
    AdoptSocket(Adoption),
    /// A second name of a tmux server is to go again.
    ReleaseSocket(Adoption),
}

impl Pending {
    /// What a change of the record leaves to be done.
    pub fn between(before: &Record, after: &Record) -> Vec<Self> {
        // A copy of a home must not take the name from the server that the original still needs.
        if before.is_moved {
            return vec![Self::RefreshStatCache];
        }
        let adopted = after.live_socket.clone().filter(|_| before.live_socket != after.live_socket);
        let released = before.live_socket.clone().filter(|_| after.live_socket.is_none());
        let sockets = released.map(Self::ReleaseSocket).into_iter().chain(adopted.map(Self::AdoptSocket));
        [Self::RefreshStatCache].into_iter().chain(sockets).collect()
    }
}

impl std::fmt::Display for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RefreshStatCache => f.write_str("refresh the stat cache"),
            Self::AdoptSocket(Adoption { server, name, .. }) => {
                write!(f, "make {server} reachable as {name}")
            }
            Self::ReleaseSocket(Adoption { server, name, .. }) => {
                write!(f, "take the name {name} from {server}")
            }
        }
    }
}
