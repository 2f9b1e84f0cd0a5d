//! Migrations: changes of the operator's own files that a release needs, each decided once, by the release that wrote
//! the home.
//!
//! One file a migration. Each answers for files that belong together with edits, and never writes: its edits join
//! the plan. Those that come later see what those before them made of a text.

pub mod drafts;
pub mod fleet_files;
mod fleet_run;
mod group;
mod model_key;
mod quoted_empty;
pub mod socket;

use crate::model::fleet_paths::HOLDER_ENV;
use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::decide::migrate::drafts::{MigrationAnswer, Workspace};
use crate::decide::migrate::fleet_files::{Fleet, FleetFile};
use crate::decide::migrate::group::{FileGroup, groups};
use crate::decide::migrate::socket::live_socket::{self, SocketVerdict};
use crate::decide::migrate::socket::{implicit_socket, mentions, rename_socket};
use crate::model::change::{FileState, Spot};
use crate::model::digest::Digest;
use crate::model::ledger::{Done, Edited, Ledger};
use crate::model::migration::{FileEdit, Migrated, Outcome, Refusal};
use crate::model::path::RelPath;
use crate::model::plan::Advisory;
use crate::model::record::Record;
use crate::model::socket_names::{FORMER, PRESENT};
use crate::model::source_version::SourceVersion;
use crate::model::tmux::Adoption;
use crate::model::version_range::VersionRange;

/// All migrations that edit files, in the order in which they are decided.
pub const ALL: &[Migration] = &[
    implicit_socket::MIGRATION,
    rename_socket::MIGRATION,
    model_key::MIGRATION,
    quoted_empty::MIGRATION,
    fleet_run::MIGRATION,
];

/// The id of the one that changes what the socket is called.
pub const RENAME_SOCKET: &str = rename_socket::MIGRATION.id;
/// The id of the one that takes a running server along; it edits nothing.
pub const LIVE_SOCKET: &str = "live-socket";
const LIVE_SOCKET_TITLE: &str = "a running fleet is reachable by the socket's new name, too";

/// The first release whose homes have a record: all that came before leave their version to be found out.
const FIRST_WITH_RECORD: Version = Version::new(0, 1, 0);

/// A change of the operator's files that a release needs.
pub struct Migration {
    /// Its name in the ledger, in documents and for `migrate show`.
    pub id: &'static str,
    /// What it is for, in a few words.
    pub title: &'static str,
    /// The releases whose homes it is for, by the one that a home began with. It belongs to the release that ends
    /// the range.
    pub sources: VersionRange,
    /// Those that must not have been refused for a file before this one is decided for it.
    pub waits_for: &'static [&'static str],
    /// What it answers for.
    scope: Scope,
}

/// What a migration answers for, each time all or nothing.
enum Scope {
    /// Rosters with their env files.
    Groups(fn(&FileGroup, &Workspace) -> MigrationAnswer),
    /// One env file.
    EnvFiles(fn(&FleetFile, &Workspace) -> MigrationAnswer),
    /// The home; each answer by itself.
    Home(fn(&Workspace) -> Vec<MigrationAnswer>),
}

/// What migrations are decided by.
#[derive(Clone, Copy)]
pub struct Gate<'a> {
    /// The release that the home began with; `None` for a new home.
    pub source: Option<SourceRelease<'a>>,
    /// The release that the home is brought to.
    pub target: &'a Version,
    /// What was decided before.
    pub ledger: &'a Ledger,
}

/// All that the migrations come to.
#[derive(Debug, Default)]
pub struct Migrations {
    /// One a migration, all of them, in their order.
    pub outcomes: Vec<Migrated>,
    /// The ledger afterwards.
    pub ledger: Ledger,
    /// Every text that is edited or made, by where its bytes are.
    pub texts: BTreeMap<Spot, NewText>,
    /// Every directory that is made.
    pub directories: Vec<RelPath>,
    /// The live server that is to be taken along.
    pub adoption: Option<Adoption>,
    /// What cannot safely be changed.
    pub advisories: Vec<Advisory>,
}

/// The release that a home began with.
#[derive(Debug, Clone, Copy)]
pub struct SourceRelease<'a> {
    /// Its version.
    pub version: &'a Version,
    /// Whether nothing supports that.
    pub is_guess: bool,
}

/// What becomes of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewText {
    /// What it takes the place of; `None` where nothing is there.
    pub found: Option<Replaced>,
    /// The whole text.
    pub text: String,
}

/// A file that gets another text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaced {
    /// Content and permission bits.
    pub state: FileState,
    /// How many names (hard links) it has.
    pub links: u32,
}

impl<'a> Gate<'a> {
    /// For a home with this record, whose earlier release, if it had one, is `adopted`.
    pub fn new(
        record: &'a Record,
        adopted: Option<&'a SourceVersion>,
        target: &'a Version,
    ) -> Self {
        let adopted = adopted.map(|source| SourceRelease {
            version: &source.version,
            is_guess: source.is_guess(),
        });
        let origin = record.ledger.origin.as_ref().map(|version| SourceRelease {
            version,
            is_guess: false,
        });
        Self {
            source: adopted.or(origin),
            target,
            ledger: &record.ledger,
        }
    }

    /// Whether some migration has to look at the fleet's files.
    pub fn is_open(&self) -> bool {
        ALL.iter()
            .any(|migration| self.standing(migration) == Standing::Due)
    }

    fn standing(&self, migration: &Migration) -> Standing {
        let done = self.ledger.entries.get(migration.id);
        match self.source {
            _ if done.is_some_and(|done| done.refused.is_empty()) => Standing::Done,
            Some(source)
                if migration.sources.contains(source.version)
                    && *self.target >= migration.sources.until() =>
            {
                Standing::Due
            }
            _ => Standing::Outside,
        }
    }

    /// Whether the answer rests on a version that nothing supports: every release that leaves no record would have to
    /// be in the range, or outside.
    fn is_guesswork(&self, migration: &Migration) -> bool {
        let is_guess = self.source.is_some_and(|source| source.is_guess);
        is_guess && migration.sources.until() < FIRST_WITH_RECORD
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Done,
    Due,
    Outside,
}

/// Decides about all migrations.
pub fn decide(gate: Gate, fleet: &Fleet) -> Migrations {
    let mut deciding = Deciding {
        gate,
        desk: Workspace::new(fleet),
        ledger: gate.ledger.clone(),
    };
    let mut outcomes: Vec<_> = ALL
        .iter()
        .map(|migration| deciding.decide(migration))
        .collect();
    let (live, adoption) = deciding.live_socket(&outcomes);
    outcomes.push(live);
    let held = deciding.desk.held_by(rename_socket::MIGRATION.id);
    deciding.hold_holder_env(&held);
    let (texts, directories) = deciding.desk.into_edited();
    let is_renamed = gate.standing(&rename_socket::MIGRATION) != Standing::Outside;
    let advisories = mentions::advisories(fleet, &texts, is_renamed.then_some(&held));
    Migrations {
        outcomes,
        ledger: deciding.ledger,
        texts,
        directories,
        adoption,
        advisories,
    }
}

/// What stands in a plan for a home whose fleet need not be looked at.
pub fn idle(gate: Gate) -> Migrations {
    let live = Standing::of_live_socket(gate.ledger);
    let files = ALL.iter().map(|migration| {
        at_rest(
            migration.id,
            migration.title,
            gate.standing(migration),
            migration,
        )
    });
    let outcomes = files
        .chain([at_rest(
            LIVE_SOCKET,
            LIVE_SOCKET_TITLE,
            live,
            &rename_socket::MIGRATION,
        )])
        .collect();
    Migrations {
        outcomes,
        ledger: gate.ledger.clone(),
        ..Migrations::default()
    }
}

impl Standing {
    fn of_live_socket(ledger: &Ledger) -> Self {
        if ledger.entries.contains_key(LIVE_SOCKET) {
            Self::Done
        } else {
            Self::Outside
        }
    }
}

fn at_rest(
    id: &'static str,
    title: &'static str,
    standing: Standing,
    migration: &Migration,
) -> Migrated {
    let (outcome, reason) = match standing {
        Standing::Done => (
            Outcome::AlreadyDone,
            "an earlier update has decided about it".to_owned(),
        ),
        _ => (
            Outcome::NotApplicable,
            format!("for homes that began with a release {}", migration.sources),
        ),
    };
    Migrated {
        id,
        title,
        outcome,
        reason,
        edits: Vec::new(),
        refusals: Vec::new(),
    }
}

struct Deciding<'a> {
    gate: Gate<'a>,
    desk: Workspace<'a>,
    ledger: Ledger,
}

impl Deciding<'_> {
    fn decide(&mut self, migration: &Migration) -> Migrated {
        let standing = self.gate.standing(migration);
        let resting = at_rest(migration.id, migration.title, standing, migration);
        if standing != Standing::Due {
            return resting;
        }
        let mut done = self
            .ledger
            .entries
            .get(migration.id)
            .cloned()
            .unwrap_or_default();
        let again = std::mem::take(&mut done.refused);
        let (mut edits, mut refusals) = (Vec::new(), BTreeSet::new());
        for (names, answer) in self.answers(migration, &again) {
            match self.held_back(migration, &names, answer) {
                MigrationAnswer::NotApplicable => {}
                MigrationAnswer::Apply(asked) => {
                    edits.extend(asked.into_iter().map(|edit| self.desk.take(edit)))
                }
                MigrationAnswer::Refuse(reasons) => {
                    refusals.extend(reasons);
                    // A file that has come since is no part of what was refused.
                    let meant: BTreeSet<_> = names.intersection(&again).cloned().collect();
                    done.refused
                        .extend(if meant.is_empty() { names } else { meant });
                }
            }
        }
        self.desk.hold(migration.id, done.refused.clone());
        done.edits
            .extend(edits.iter().map(|edit| (edit.at.clone(), digests(edit))));
        let (outcome, reason) = summary(&edits, &refusals);
        // What rests on a guess is decided from the beginning once the version is known.
        if !(self.gate.is_guesswork(migration) && outcome == Outcome::Refused) {
            self.ledger.entries.insert(migration.id.to_owned(), done);
        }
        Migrated {
            outcome,
            reason,
            edits,
            refusals: refusals.into_iter().collect(),
            ..resting
        }
    }

    /// What it answers, with the names of the files that the answer is for. A migration that was refused for some
    /// files looks at these again, and at no other.
    fn answers(
        &self,
        migration: &Migration,
        again: &BTreeSet<Spot>,
    ) -> Vec<(BTreeSet<Spot>, MigrationAnswer)> {
        let desk = &self.desk;
        let is_asked = |names: &BTreeSet<Spot>| again.is_empty() || !names.is_disjoint(again);
        let answers: Vec<_> = match migration.scope {
            Scope::Groups(decide) => {
                let groups = groups(desk.fleet).into_iter();
                groups
                    .map(|group| (names(group.papers()), decide(&group, desk)))
                    .collect()
            }
            Scope::EnvFiles(decide) => {
                let files = desk.fleet.env_files.iter();
                files
                    .map(|file| (names([file].into_iter()), decide(file, desk)))
                    .collect()
            }
            Scope::Home(decide) => decide(desk)
                .into_iter()
                .map(|answer| (names_of(&answer), answer))
                .collect(),
        };
        let asked = answers.into_iter().filter(|(names, _)| is_asked(names));
        asked
            .map(|(names, answer)| (names, only(again, answer)))
            .collect()
    }

    /// An answer that must wait: for another migration, which may have something to do for this one, or for a version.
    fn held_back(
        &self,
        migration: &Migration,
        names: &BTreeSet<Spot>,
        answer: MigrationAnswer,
    ) -> MigrationAnswer {
        let source = self
            .gate
            .source
            .filter(|_| self.gate.is_guesswork(migration));
        match (
            migration
                .waits_for
                .iter()
                .find(|id| self.desk.holds(id, names)),
            source,
            &answer,
        ) {
            (Some(id), ..) => {
                let first = names.first().map(ToString::to_string).unwrap_or_default();
                let waits = Refusal::about(first, format!("it waits for the migration {id}"));
                MigrationAnswer::Refuse(vec![Refusal {
                    waits_for: Some((*id).to_owned()),
                    ..waits
                }])
            }
            (None, Some(source), MigrationAnswer::Apply(_)) => {
                let version = source.version;
                let reason = format!(
                    "it depends on which release wrote this home, and that it was {version} is only a guess"
                );
                let remedy = Some(
                    "say which release it was: mosaic update --from-version VERSION".to_owned(),
                );
                MigrationAnswer::Refuse(vec![Refusal {
                    remedy,
                    ..Refusal::about("the release", reason)
                }])
            }
            _ => answer,
        }
    }

    /// The holder's settings that were made for a socket whose renaming is held back, are renamed with it later.
    fn hold_holder_env(&mut self, held: &BTreeSet<Spot>) {
        let made = RelPath::parse(HOLDER_ENV)
            .ok()
            .map(|path| Spot::in_home(&path));
        let made = made.filter(|at| self.desk.made(at).is_some_and(|text| text.contains(FORMER)));
        let entry = self.ledger.entries.get_mut(rename_socket::MIGRATION.id);
        if let (Some(at), Some(done), false) = (made, entry, held.is_empty()) {
            done.refused.insert(at);
        }
    }

    /// Whether a running server is taken along, which only happens with files that name its socket.
    fn live_socket(&mut self, outcomes: &[Migrated]) -> (Migrated, Option<Adoption>) {
        let rename = &rename_socket::MIGRATION;
        let standing = Standing::of_live_socket(self.gate.ledger);
        let resting = at_rest(LIVE_SOCKET, LIVE_SOCKET_TITLE, standing, rename);
        let Some(renamed) = outcomes.iter().find(|outcome| outcome.id == rename.id) else {
            return (resting, None);
        };
        if standing == Standing::Done || self.gate.standing(rename) != Standing::Due {
            return (resting, None);
        }
        let (outcome, reason, adoption) = match live_socket::verdict(self.desk.fleet) {
            SocketVerdict::Refused(reason) if !renamed.refusals.is_empty() => {
                (Outcome::Refused, reason, None)
            }
            SocketVerdict::Adopt(adoption) if !renamed.edits.is_empty() => {
                let reason = format!(
                    "{} gets the second name {PRESENT}; all sessions go on",
                    adoption.server
                );
                (Outcome::Applied, reason, Some(adoption))
            }
            SocketVerdict::Adopt(_) => (
                Outcome::NotApplicable,
                format!("no file names {FORMER}"),
                None,
            ),
            SocketVerdict::Already => (
                Outcome::NotApplicable,
                "the server answers by both names".to_owned(),
                None,
            ),
            _ => (
                Outcome::NotApplicable,
                format!("no server of yours runs on {FORMER}"),
                None,
            ),
        };
        if renamed.refusals.is_empty() {
            self.ledger
                .entries
                .insert(LIVE_SOCKET.to_owned(), Done::default());
        }
        (
            Migrated {
                outcome,
                reason,
                ..resting
            },
            adoption,
        )
    }
}

fn names<'a>(papers: impl Iterator<Item = &'a FleetFile>) -> BTreeSet<Spot> {
    papers.map(|paper| paper.name.clone()).collect()
}

/// Without edits of files that have come since: those mean what they say.
fn only(again: &BTreeSet<Spot>, answer: MigrationAnswer) -> MigrationAnswer {
    match answer {
        MigrationAnswer::Apply(mut edits) if !again.is_empty() => {
            edits.retain(|edit| again.contains(&edit.at()));
            if edits.is_empty() {
                MigrationAnswer::NotApplicable
            } else {
                MigrationAnswer::Apply(edits)
            }
        }
        answer => answer,
    }
}

/// The files that an answer about the home is for.
fn names_of(answer: &MigrationAnswer) -> BTreeSet<Spot> {
    match answer {
        MigrationAnswer::NotApplicable => BTreeSet::new(),
        MigrationAnswer::Apply(edits) => edits.iter().map(drafts::Edit::at).collect(),
        MigrationAnswer::Refuse(refusals) => refusals
            .iter()
            .filter_map(|refusal| RelPath::parse(&refusal.path).ok())
            .map(|path| Spot::in_home(&path))
            .collect(),
    }
}

fn digests(edit: &FileEdit) -> Edited {
    let digest = |text: &Option<String>| text.as_ref().map(|text| Digest::of(text.as_bytes()));
    Edited {
        name: edit.name.clone(),
        before: digest(&edit.before),
        after: digest(&edit.after),
    }
}

fn summary(edits: &[FileEdit], refusals: &BTreeSet<Refusal>) -> (Outcome, String) {
    let count = |number: usize, what: &str| {
        format!("{number} {what}{}", if number == 1 { "" } else { "s" })
    };
    match (edits.len(), refusals.len()) {
        (0, 0) => (Outcome::NotApplicable, "nothing here needs it".to_owned()),
        (edits, 0) => (Outcome::Applied, count(edits, "edit")),
        (0, _) => (Outcome::Refused, "left to you".to_owned()),
        (edits, _) => (
            Outcome::Refused,
            format!("{}; the rest is left to you", count(edits, "edit")),
        ),
    }
}
