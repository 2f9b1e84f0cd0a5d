//! Decides about migrations one after the other, all in the same way; it knows none of them by its id.

use std::collections::BTreeSet;

use crate::decide::migrate::answer::{Edit, MigrationAnswer};
use crate::decide::migrate::fleet_files::{Fleet, FleetFile};
use crate::decide::migrate::gate::{Gate, Standing};
use crate::decide::migrate::group::groups;
use crate::decide::migrate::migration::{Migration, Scope};
use crate::decide::migrate::workspace::Workspace;
use crate::model::change::Spot;
use crate::model::digest::Digest;
use crate::model::ledger::{Edited, Ledger};
use crate::model::migration::{FileEdit, Migrated, Outcome, Refusal};
use crate::model::path::RelPath;

/// Migrations in the deciding: each sees what those before it made of a text.
pub(crate) struct Engine<'a> {
    /// The gate that they are decided by.
    pub gate: Gate<'a>,
    /// The fleet's files with the edits so far.
    pub workspace: Workspace<'a>,
    /// The ledger so far.
    pub ledger: Ledger,
}

impl<'a> Engine<'a> {
    /// Nothing decided yet.
    pub(crate) fn new(gate: Gate<'a>, fleet: &'a Fleet) -> Self {
        Self {
            gate,
            workspace: Workspace::new(fleet),
            ledger: gate.ledger.clone(),
        }
    }

    /// Decides about one migration.
    pub(crate) fn decide(&mut self, migration: &Migration) -> Migrated {
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
        let (mut edits, mut together) = (Vec::new(), Vec::new());
        let mut refusals = BTreeSet::new();
        for (names, answer) in self.answers(migration, &again) {
            match self.held_back(migration, &names, answer) {
                MigrationAnswer::NotApplicable => {}
                MigrationAnswer::Apply(drafted) => {
                    let taken = drafted.into_iter().map(|edit| self.workspace.take(edit));
                    let taken: Vec<_> = taken.collect();
                    together.push(taken.iter().map(|edit| edit.at.clone()).collect());
                    edits.extend(taken);
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
        self.workspace.hold(migration.id, done.refused.clone());
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
            together,
            refusals: refusals.into_iter().collect(),
            ..resting
        }
    }

    /// Answers of a migration, each with the names of its files. A migration that was refused for some
    /// files looks at these again, and at no other.
    fn answers(
        &self,
        migration: &Migration,
        again: &BTreeSet<Spot>,
    ) -> Vec<(BTreeSet<Spot>, MigrationAnswer)> {
        let workspace = &self.workspace;
        let is_in_question = |names: &BTreeSet<Spot>| again.is_empty() || !names.is_disjoint(again);
        let answers: Vec<_> = match migration.scope {
            Scope::Groups(decide) => {
                let groups = groups(workspace.fleet).into_iter();
                groups
                    .map(|group| (names(group.files()), decide(&group, workspace)))
                    .collect()
            }
            Scope::EnvFiles(decide) => {
                let files = workspace.fleet.env_files.iter();
                files
                    .map(|file| (names([file].into_iter()), decide(file, workspace)))
                    .collect()
            }
            Scope::Home(decide) => decide(workspace)
                .into_iter()
                .map(|answer| (names_of(&answer), answer))
                .collect(),
        };
        let answers = answers
            .into_iter()
            .filter(|(names, _)| is_in_question(names));
        answers
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
        let mut waits_for = migration.waits_for.iter();
        if let Some(id) = waits_for.find(|id| self.workspace.holds(id, names)) {
            let first = names.first().map(ToString::to_string).unwrap_or_default();
            let waits = Refusal::about(first, format!("it waits for the migration {id}"));
            return MigrationAnswer::Refuse(vec![Refusal {
                waits_for: Some((*id).to_owned()),
                ..waits
            }]);
        }
        let source = self.gate.source;
        match (
            source.filter(|_| self.gate.is_guesswork(migration)),
            &answer,
        ) {
            (Some(source), MigrationAnswer::Apply(_)) => {
                let reason = format!(
                    "it depends on which release wrote this home, and that it was {} is only a guess",
                    source.version
                );
                let remedy = "say which release it was: mosaic update --from-version VERSION";
                MigrationAnswer::Refuse(vec![Refusal {
                    remedy: Some(remedy.to_owned()),
                    ..Refusal::about("the release", reason)
                }])
            }
            _ => answer,
        }
    }
}

/// A migration that is not decided about now.
pub(crate) fn at_rest(
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
        together: Vec::new(),
        refusals: Vec::new(),
    }
}

fn names<'a>(files: impl Iterator<Item = &'a FleetFile>) -> BTreeSet<Spot> {
    files.map(|file| file.name.clone()).collect()
}

/// Without edits of files that have come since: those mean what they say.
fn only(again: &BTreeSet<Spot>, answer: MigrationAnswer) -> MigrationAnswer {
    match answer {
        MigrationAnswer::Apply(mut edits) if !again.is_empty() => {
            edits.retain(|edit| again.contains(&edit.spot()));
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
        MigrationAnswer::Apply(edits) => edits.iter().map(Edit::spot).collect(),
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
