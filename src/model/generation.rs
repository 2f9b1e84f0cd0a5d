//! Journal of a committed transaction, as its generation keeps it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::model::change::{Change, RootName, Spot};
use crate::model::folder::FolderPath;
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::model::record::{Record, Release};
use crate::model::tmux::Adoption;
use crate::model::unit::Links;

/// The journal of a transaction; after it, the log of its generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// The home's path when the journal was written, links resolved; what is outside of it is found
    /// from there.
    pub place: Option<FolderPath>,
    /// True if the home is somewhere else now: it was moved, or is a copy.
    #[serde(skip)]
    pub is_moved: bool,
    /// Heading: who, when and what.
    pub heading: Heading,
    /// The changes, in the order in which they are carried out. A change's index is its slot.
    pub changes: Vec<Logged>,
}

impl Journal {
    /// The journal as it is seen from where the home is now.
    pub fn at(mut self, here: Option<&FolderPath>) -> Self {
        if let (Some(from), Some(to)) = (&self.place, here)
            && from != to
        {
            self.changes
                .iter_mut()
                .for_each(|logged| logged.change.at = logged.change.at.moved(from, to));
        }
        self.is_moved = here.is_none() || self.place.as_ref() != here;
        self.place = here.cloned();
        self
    }

    /// The spots outside the home that it reached. Of a home that was moved, or of a copy, they are another's perhaps.
    pub fn reached(&self) -> impl Iterator<Item = &Spot> {
        let spots = self.changes.iter().map(|logged| &logged.change.at);
        spots.filter(|spot| !self.is_moved && matches!(spot.root, RootName::Folder(_)))
    }

    /// Tells whether it displaced no file.
    pub fn displaced_nothing(&self) -> bool {
        let done = self
            .changes
            .iter()
            .filter(|logged| logged.fate == ChangeOutcome::Done);
        done.into_iter()
            .all(|logged| logged.change.alteration.displaces().is_none())
    }
}

/// The heading of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// The generation that the transaction makes.
    pub number: u64,
    /// Moment at which it was decided.
    pub at: Timestamp,
    /// The command line verb: `update`, `rollback`, `resolve`...
    pub command: String,
    /// The program's version.
    pub program: Version,
    /// Release that the home was at before.
    pub from: Option<Release>,
    /// Release that the home is at after.
    pub to: Option<Release>,
}

/// A change as the journal logs it: with its staged content and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// The change.
    pub change: Change,
    /// Place where its content waits until its turn comes.
    pub staged: Staged,
    /// Outcome of the change.
    pub fate: ChangeOutcome,
}

/// Place where the content of a change waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Staged {
    /// In the transaction's own folder.
    InState,
    /// At this path in the target's root, because a mount lies between the target and the state.
    Beside(RelPath),
}

/// Outcome of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeOutcome {
    /// The change was carried out.
    Done,
    /// Not carried out: the operator had changed the place in the meantime, and his stays.
    Overtaken,
}

/// An action that is left to be done after the commit: once, by the run that committed or by a
/// later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pending {
    /// The stat cache is to be written anew.
    RefreshStatCache,
    /// A live tmux server is to be reachable by an alias.
    AdoptSocket(Adoption),
    /// The alias of a tmux server is to go again.
    ReleaseSocket(Adoption),
    /// Units are to start no longer with the user manager.
    DisableUnits(Links),
    /// Units are to start with the user manager.
    EnableUnits(Links),
    /// The user manager is to read its units again.
    ReloadUnits,
}

impl Pending {
    /// Actions that a plan leaves to be done, in the order in which they are done.
    pub fn after(before: &Record, plan: &Plan) -> Vec<Self> {
        let after = &plan.record;
        let is_of_unit =
            |spot: &Spot| before.units.contains_key(spot) || after.units.contains_key(spot);
        let touches_units = plan
            .intents
            .iter()
            .any(|intent| is_of_unit(&intent.change.at));
        // A copy of a home must not take the name from the server that the original still needs.
        let sockets = if before.is_moved {
            Vec::new()
        } else {
            Self::of_sockets(before, after)
        };
        // Nor must it switch off the original's units.
        let units = if before.is_moved && !touches_units {
            Vec::new()
        } else {
            Self::of_units(before, after, touches_units, plan.enables.clone())
        };
        [Self::RefreshStatCache]
            .into_iter()
            .chain(sockets)
            .chain(units)
            .collect()
    }

    /// Actions that may be left of a list that is lost: done once too often they do no harm.
    pub fn of_lost_list(record: &Record) -> Vec<Self> {
        let adopted = record.live_socket.clone().filter(|_| !record.is_moved);
        let has_units = !record.units.is_empty() && !record.is_moved;
        [Self::RefreshStatCache]
            .into_iter()
            .chain(adopted.map(Self::AdoptSocket))
            .chain(has_units.then_some(Self::ReloadUnits))
            .collect()
    }

    /// Tells whether it takes a user manager.
    pub fn is_for_manager(&self) -> bool {
        matches!(
            self,
            Self::DisableUnits(_) | Self::EnableUnits(_) | Self::ReloadUnits
        )
    }

    fn of_sockets(before: &Record, after: &Record) -> Vec<Self> {
        let adopted = after
            .live_socket
            .clone()
            .filter(|_| before.live_socket != after.live_socket);
        let released = before
            .live_socket
            .clone()
            .filter(|_| after.live_socket.is_none());
        released
            .map(Self::ReleaseSocket)
            .into_iter()
            .chain(adopted.map(Self::AdoptSocket))
            .collect()
    }

    fn of_units(
        before: &Record,
        after: &Record,
        is_changed: bool,
        again: Option<Links>,
    ) -> Vec<Self> {
        let lost = &(&before.enabled - &after.enabled) | &(&after.disabled - &before.disabled);
        let won = &(&after.enabled - &before.enabled) | &(&before.disabled - &after.disabled);
        let lost = links(before, lost).map(Self::DisableUnits);
        let named = again.iter().flat_map(|links| &links.units);
        let named: BTreeSet<_> = named.cloned().collect();
        let won = links(after, &won - &named).into_iter().chain(again);
        let won: Vec<_> = won.map(Self::EnableUnits).collect();
        let is_due = is_changed || lost.is_some() || !won.is_empty();
        let reload = is_due.then_some(Self::ReloadUnits);
        lost.into_iter().chain(won).chain(reload).collect()
    }

    /// Joins the actions that an earlier commit left with those that a later one adds. Of one unit
    /// only the last word counts, and what both ask for is done once.
    pub fn joined(earlier: Vec<Self>, later: Vec<Self>) -> Vec<Self> {
        let later_units: BTreeSet<_> = later.iter().flat_map(Self::units).cloned().collect();
        let without_later = |links: Links| {
            let units: Vec<_> = links
                .units
                .into_iter()
                .filter(|unit| !later_units.contains(unit))
                .collect();
            (!units.is_empty()).then_some(Links { units, ..links })
        };
        let still_to_do = |action| match action {
            Self::DisableUnits(links) => without_later(links).map(Self::DisableUnits),
            Self::EnableUnits(links) => without_later(links).map(Self::EnableUnits),
            action => Some(action).filter(|action| !later.contains(action)),
        };
        let earlier: Vec<_> = earlier.into_iter().filter_map(still_to_do).collect();
        earlier.into_iter().chain(later).collect()
    }

    fn units(&self) -> &[String] {
        match self {
            Self::DisableUnits(links) | Self::EnableUnits(links) => &links.units,
            _ => &[],
        }
    }
}

fn links(record: &Record, units: BTreeSet<String>) -> Option<Links> {
    let file = record.units.keys().next()?.text().into_owned();
    let (directory, _) = file.rsplit_once('/')?;
    (!units.is_empty()).then(|| Links {
        directory: directory.to_owned(),
        units: Vec::from_iter(units),
    })
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
            Self::DisableUnits(links) => write!(f, "disable {}", links.units.join(", ")),
            Self::EnableUnits(links) => write!(f, "enable {}", links.units.join(", ")),
            Self::ReloadUnits => f.write_str("reload the user manager's units"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest::Digest;
    use crate::model::record::Entry;

    #[test]
    fn units_that_went_are_disabled_and_enabled_again_with_them() {
        let names = |units: &[&str]| {
            units
                .iter()
                .map(ToString::to_string)
                .collect::<BTreeSet<_>>()
        };
        let entry = Entry {
            shipped: Digest::of(b""),
            left: Digest::of(b""),
            executable: false,
        };
        let record = |enabled: &[&str], disabled: &[&str]| Record {
            units: [(Spot::in_home(&RelPath::parse("units/a").unwrap()), entry)].into(),
            enabled: names(enabled),
            disabled: names(disabled),
            ..Record::default()
        };
        // Enabled and disabled before, and after; what is to be disabled and enabled.
        type Case<'a> = ([&'a [&'a str]; 2], [&'a [&'a str]; 2], &'a str);
        let rows: &[Case] = &[
            ([&["a"], &[]], [&["a"], &[]], ""),
            (
                [&[], &[]],
                [&["a", "b"], &[]],
                "enable a, b; reload the user manager's units",
            ),
            (
                [&["a", "b"], &[]],
                [&["b"], &["a"]],
                "disable a; reload the user manager's units",
            ),
            (
                [&["b"], &["a"]],
                [&["a", "b"], &[]],
                "enable a; reload the user manager's units",
            ),
            (
                [&[], &[]],
                [&[], &["a"]],
                "disable a; reload the user manager's units",
            ),
            (
                [&[], &["a"]],
                [&[], &[]],
                "enable a; reload the user manager's units",
            ),
            (
                [&["a"], &["b"]],
                [&["c"], &["a"]],
                "disable a; enable b, c; reload the user manager's units",
            ),
        ];
        for row @ ([enabled, disabled], [then_enabled, then_disabled], expected) in rows {
            let before = record(enabled, disabled);
            let after = record(then_enabled, then_disabled);
            let said: Vec<_> = Pending::of_units(&before, &after, false, None)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(said.join("; "), *expected, "{row:?}");
        }
    }

    #[test]
    fn of_what_was_left_only_what_still_counts_is_done_and_once() {
        let links = |units: &[&str]| {
            let units = units.iter().map(ToString::to_string).collect();
            Links {
                directory: "/units".to_owned(),
                units,
            }
        };
        let enabled =
            |units: &[&str]| vec![Pending::EnableUnits(links(units)), Pending::ReloadUnits];
        let disabled =
            |units: &[&str]| vec![Pending::DisableUnits(links(units)), Pending::ReloadUnits];
        assert_eq!(
            Pending::joined(enabled(&["a"]), disabled(&["a"])),
            disabled(&["a"])
        );
        let mut both = vec![Pending::EnableUnits(links(&["b"]))];
        both.extend(disabled(&["a"]));
        assert_eq!(
            Pending::joined(enabled(&["a", "b"]), disabled(&["a"])),
            both
        );
        assert_eq!(
            Pending::joined(disabled(&["a"]), Vec::new()),
            disabled(&["a"])
        );
    }
}
