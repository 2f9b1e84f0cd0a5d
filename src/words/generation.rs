//! What one committed transaction did, as its generation keeps it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::words::change::{Change, Spot};
use crate::words::folder::FolderPath;
use crate::words::path::RelPath;
use crate::words::plan::Plan;
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
    /// Units are to start no longer with the user manager.
    DisableUnits(Vec<String>),
    /// Units are to start with the user manager.
    EnableUnits(Vec<String>),
    /// The user manager is to read its units again.
    ReloadUnits,
}

impl Pending {
    /// What a plan leaves to be done, in the order in which it is done.
    pub fn after(before: &Record, plan: &Plan) -> Vec<Self> {
        let after = &plan.record;
        let is_of_unit = |at: &Spot| before.units.contains_key(at) || after.units.contains_key(at);
        let touches_units = plan.intents.iter().any(|intent| is_of_unit(&intent.change.at));
        // A copy of a home must not take the name from the server that the original still needs.
        let sockets = if before.is_moved { Vec::new() } else { Self::of_sockets(before, after) };
        // Nor must it switch off the original's units.
        let units = match before.is_moved && !touches_units {
            true => Vec::new(),
            false => Self::of_units(&before.enabled, &after.enabled, touches_units),
        };
        [Self::RefreshStatCache].into_iter().chain(sockets).chain(units).collect()
    }

    fn of_sockets(before: &Record, after: &Record) -> Vec<Self> {
        let adopted = after.live_socket.clone().filter(|_| before.live_socket != after.live_socket);
        let released = before.live_socket.clone().filter(|_| after.live_socket.is_none());
        released.map(Self::ReleaseSocket).into_iter().chain(adopted.map(Self::AdoptSocket)).collect()
    }

    fn of_units(before: &BTreeSet<String>, after: &BTreeSet<String>, is_changed: bool) -> Vec<Self> {
        let lost: Vec<_> = before.difference(after).cloned().collect();
        let won: Vec<_> = after.difference(before).cloned().collect();
        let reload = (is_changed || !lost.is_empty() || !won.is_empty()).then_some(Self::ReloadUnits);
        let lost = (!lost.is_empty()).then_some(Self::DisableUnits(lost));
        let won = (!won.is_empty()).then_some(Self::EnableUnits(won));
        lost.into_iter().chain(won).chain(reload).collect()
    }

    /// What an earlier commit left, and what a later one adds: what both ask for is done once, after all the rest.
    pub fn joined(earlier: Vec<Self>, later: Vec<Self>) -> Vec<Self> {
        let earlier = earlier.into_iter().filter(|action| !later.contains(action)).collect::<Vec<_>>();
        earlier.into_iter().chain(later).collect()
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
            Self::DisableUnits(units) => write!(f, "disable {}", units.join(", ")),
            Self::EnableUnits(units) => write!(f, "enable {}", units.join(", ")),
            Self::ReloadUnits => f.write_str("reload the user manager's units"),
        }
    }
}
