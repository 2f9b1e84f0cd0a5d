//! Decides an install or an update: every path through its class and the decision table.

mod adoption;
mod edits;
mod migrating;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::decide::fleet::refresh::{Active, refresh};
use crate::decide::home::situation::{
    PlanError, PlanRefusal, Situation, refuse_release, refuse_removals,
};
use crate::decide::plan::classes::{Author, Class, Judgement};
use crate::decide::plan::directories::DirectoryPlan;
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::decide::plan::parking::Parking;
use crate::decide::plan::table::{Row, Ships, Verdict, look_up, relate};
use crate::model::bundle::Shipped;
use crate::model::change::{Alteration, Change, FileState, Presence, RootName, Spot, put_in_order};
use crate::model::digest::Digest;
use crate::model::found::{Found, FoundFile};
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Advisory, Content, Intent, Plan, Step};
use crate::model::record::Entry;

/// Decides everything; nothing is written.
pub fn plan<E: Evidence>(situation: Situation, evidence: &E) -> Result<Plan, PlanError<E::Error>> {
    refuse_release(&situation)?;
    let mut planner = Planner::new(situation, evidence);
    planner.clear_up();
    let (kept, gone): (Vec<_>, Vec<_>) =
        every_path(&situation).partition(|(_, want)| want.is_some());
    for (path, want) in gone.into_iter().chain(kept) {
        planner.decide(path, want).map_err(PlanError::Unreadable)?;
    }
    planner.keep_version_file();
    planner.migrate();
    planner.refresh_units().map_err(PlanError::Unreadable)?;
    if let Some(refusal) = planner.refusal.take() {
        return Err(refusal.into());
    }
    refuse_removals(&situation, &planner.plan.steps)?;
    planner.finish().map_err(PlanError::Unreadable)
}

fn every_path<'a>(
    situation: &Situation<'a>,
) -> impl Iterator<Item = (&'a RelPath, Option<&'a Shipped>)> + use<'a> {
    let (wanted, record) = (situation.wanted, situation.record);
    let unshipped = record
        .entries
        .keys()
        .filter(|path| !wanted.contains_key(*path));
    wanted
        .iter()
        .map(|(path, shipped)| (path, Some(shipped)))
        .chain(unshipped.map(|path| (path, None)))
}

struct Planner<'a, E> {
    situation: Situation<'a>,
    evidence: &'a E,
    plan: Plan,
    traffic: DirectoryPlan<'a, E>,
    parking: Parking<'a, E>,
    removed: BTreeSet<RelPath>,
    refusal: Option<PlanRefusal>,
}

/// A framework path with what the table needs to know of it.
#[derive(Clone, Copy)]
struct TableCase<'a> {
    path: &'a RelPath,
    want: Option<&'a Shipped>,
    entry: Option<&'a Entry>,
    found: &'a Found,
}

impl<'a, E: Evidence> Planner<'a, E> {
    fn new(situation: Situation<'a>, evidence: &'a E) -> Self {
        let plan = Plan {
            record: situation.record.clone(),
            ..Plan::default()
        };
        let traffic = DirectoryPlan::new(RootName::Home, evidence, situation.umask);
        let (parking, removed) = (Parking::new(evidence), BTreeSet::new());
        Self {
            situation,
            evidence,
            plan,
            traffic,
            parking,
            removed,
            refusal: None,
        }
    }

    fn decide(&mut self, path: &'a RelPath, want: Option<&'a Shipped>) -> Result<(), E::Error> {
        let judgement = self.situation.classes.judge(path);
        match judgement.class {
            Class::Preserved => self.leave(path, judgement),
            Class::Seeded => self.seed(path, want)?,
            Class::Framework => self.keep_in_step(path, want)?,
        }
        Ok(())
    }

    /// The operator's own glob leaves the record asleep; the bundle's gives the file to the operator.
    fn leave(&mut self, path: &RelPath, judgement: Judgement) {
        let Some(rule) = judgement.rule else { return };
        if rule.author == Author::Operator {
            let reason = format!("yours by `{}` ({}:{})", rule.text, rule.file, rule.line);
            self.step(path, Action::Preserve, reason);
        } else {
            self.release(path, "this release leaves the file to you");
        }
    }

    fn release(&mut self, path: &RelPath, reason: &'static str) {
        self.plan.record.entries_mut().remove(path);
        self.step(path, Action::Release, reason);
    }

    fn seed(&mut self, path: &RelPath, want: Option<&Shipped>) -> Result<(), E::Error> {
        if self.plan.record.entries.contains_key(path) {
            self.plan.record.seeded.insert(path.clone());
            self.release(path, "this release leaves the file to you");
            return Ok(());
        }
        let Some(shipped) = want else { return Ok(()) };
        if self.plan.record.seeded.contains(path) {
            self.step(path, Action::Preserve, "seeded once, yours since");
        } else if self.is_free(path)? {
            self.write(path, shipped);
            self.plan.record.seeded.insert(path.clone());
            self.step(path, Action::Seed, "a start for you to make your own");
        } else {
            self.step(path, Action::Preserve, "yours was here before");
        }
        Ok(())
    }

    /// Whether nothing is there, and every parent that exists is a directory, once the removals are done.
    fn is_free(&mut self, path: &RelPath) -> Result<bool, E::Error> {
        Ok(match self.evidence.state_at(&Spot::in_home(path))? {
            FileSight::Known(Presence::Nothing) => true,
            FileSight::Known(Presence::Directory(_)) => self.clear(path)?,
            FileSight::Known(Presence::File(_)) => false,
            FileSight::Foreign => path.ancestors().any(|above| self.removed.contains(&above)),
        })
    }

    /// Removes a directory if the files that go are all it holds. An empty one was emptied, or made, by
    /// somebody else: it stays.
    fn clear(&mut self, directory: &RelPath) -> Result<bool, E::Error> {
        if !self.traffic.empties(directory) {
            return Ok(false);
        }
        let cleared = self.traffic.clear(directory)?;
        let is_cleared = cleared.is_some();
        self.plan.intents.extend(cleared.into_iter().flatten());
        Ok(is_cleared)
    }

    fn keep_in_step(
        &mut self,
        path: &'a RelPath,
        want: Option<&'a Shipped>,
    ) -> Result<(), E::Error> {
        let found = self.found_after_removals(path)?;
        if let Found::Outside(link) = found {
            self.step(
                path,
                Action::Preserve,
                format!("yours: {link} leads out of the home"),
            );
            self.advise_outside(link);
            return Ok(());
        }
        let entry = self.situation.record.entries.get(path);
        let case = TableCase {
            path,
            want,
            entry,
            found,
        };
        let merge = self.merge_inputs(&case)?;
        let earlier = |digest| self.situation.earlier.shipped(path, digest);
        let (want, recorded) = (want.map(|w| w.digest), entry.map(|e| e.shipped));
        let (ships, seen) = relate(want, recorded, found, earlier, || merge.is_some());
        match look_up(ships, seen) {
            Some(row) => self.carry_out(case, ships, row, merge),
            None => Ok(()),
        }
    }

    /// What will be found once this plan's removals are done: a path may turn from file to directory
    /// or back if they free it.
    fn found_after_removals(&mut self, path: &RelPath) -> Result<&'a Found, E::Error> {
        let found = self.situation.found.get(path).unwrap_or(&Found::Absent);
        let is_freed = match found {
            Found::Blocked(parent) => self.removed.contains(parent),
            Found::Directory if self.situation.wanted.contains_key(path) => self.clear(path)?,
            _ => false,
        };
        Ok(if is_freed { &Found::Absent } else { found })
    }

    fn advise_outside(&mut self, link: &RelPath) {
        let path = link.to_string();
        if !self
            .plan
            .advisories
            .iter()
            .any(|advisory| advisory.path == path)
        {
            let message = "a link that leads out of the home: what is below it is left to you";
            self.plan.advisories.push(Advisory::about(path, message));
        }
    }

    fn carry_out(
        &mut self,
        case: TableCase,
        ships: Ships,
        row: &Row,
        merge: Option<[Vec<u8>; 3]>,
    ) -> Result<(), E::Error> {
        let TableCase {
            path,
            want,
            entry,
            found,
        } = case;
        match (row.verdict, want, found) {
            (Verdict::Write, Some(want), _) => {
                self.write(path, want);
                self.take_in(path, want, want.digest);
                self.step(path, Action::Write, row.reason);
            }
            (Verdict::Replace, Some(want), Found::File(file)) => {
                let mode = replaced_mode(file.mode, want.executable, entry);
                let content = Content::Bundle(path.clone());
                self.replace(
                    path,
                    file,
                    FileState {
                        digest: want.digest,
                        mode,
                    },
                    content,
                );
                self.take_in(path, want, want.digest);
                self.step(path, Action::Replace, row.reason);
            }
            (Verdict::Adopt, Some(want), Found::File(file)) => {
                self.make_executable(path, want, file, None);
                self.take_in(path, want, want.digest);
                self.step(path, Action::Adopt, row.reason);
            }
            (Verdict::Keep | Verdict::KeepEdited, Some(want), Found::File(file)) => {
                if !want.executable && entry.is_some_and(|entry| entry.executable) {
                    // What no longer ships executable is not missed, whoever took the bits away.
                    self.plan
                        .record
                        .entries_mut()
                        .entry(path.clone())
                        .and_modify(|e| e.executable = false);
                }
                let entry = entry.filter(|_| row.verdict == Verdict::Keep);
                self.keep(path, want, file, entry, row);
            }
            (Verdict::Merge, Some(want), Found::File(file)) => {
                self.merge(path, want, file, merge, row)?
            }
            (Verdict::Conflict, Some(want), _) => self.conflict(path, want, None, row.reason),
            (Verdict::Remove, None, Found::File(file)) => {
                self.remove(path, file, row.reason);
                self.plan.record.entries_mut().remove(path);
            }
            (Verdict::Release, ..) => self.release(path, row.reason),
            (Verdict::Forget, ..) => {
                self.plan.record.entries_mut().remove(path);
                self.step(path, Action::Forget, row.reason);
            }
            _ => debug_assert!(
                ships == Ships::Never,
                "{path}: no way to carry out {:?}",
                row.verdict
            ),
        }
        Ok(())
    }

    fn remove(&mut self, path: &RelPath, file: &FoundFile, reason: &'static str) {
        let before = FileState {
            digest: file.digest,
            mode: file.mode,
        };
        self.change(path, Alteration::RemoveFile { before }, None, Some(file));
        self.traffic.removes(path);
        self.removed.insert(path.clone());
        self.step(path, Action::Remove, reason);
    }

    fn keep(
        &mut self,
        path: &RelPath,
        want: &Shipped,
        file: &FoundFile,
        entry: Option<&Entry>,
        row: &Row,
    ) {
        let is_edited = row.verdict == Verdict::KeepEdited;
        if self.make_executable(path, want, file, entry) {
            let reason = if want.executable {
                "ships executable"
            } else {
                "no longer ships executable"
            };
            self.step(path, Action::Chmod, reason);
            self.plan
                .record
                .entries_mut()
                .entry(path.clone())
                .and_modify(|e| e.executable = want.executable);
        } else {
            self.step(
                path,
                if is_edited {
                    Action::Edited
                } else {
                    Action::Keep
                },
                row.reason,
            );
        }
    }

    /// Gives or takes the executable bits, if need be; takes them only where Mosaic had given them.
    fn make_executable(
        &mut self,
        path: &RelPath,
        want: &Shipped,
        file: &FoundFile,
        entry: Option<&Entry>,
    ) -> bool {
        let after = replaced_mode(file.mode, want.executable, entry);
        if after == file.mode {
            return false;
        }
        let alteration = Alteration::SetMode {
            digest: file.digest,
            before: file.mode,
            after,
        };
        self.change(path, alteration, None, Some(file));
        true
    }

    fn write(&mut self, path: &RelPath, want: &Shipped) {
        let mode = Mode::of_new_file(want.executable, self.situation.umask);
        let after = FileState {
            digest: want.digest,
            mode,
        };
        self.traffic.adds(path);
        let content = Some(Content::Bundle(path.clone()));
        self.change(path, Alteration::WriteFile { after }, content, None);
    }

    fn replace(&mut self, path: &RelPath, file: &FoundFile, after: FileState, content: Content) {
        let before = FileState {
            digest: file.digest,
            mode: file.mode,
        };
        self.change(
            path,
            Alteration::ReplaceFile { before, after },
            Some(content),
            Some(file),
        );
    }

    fn change(
        &mut self,
        path: &RelPath,
        alteration: Alteration,
        content: Option<Content>,
        file: Option<&FoundFile>,
    ) {
        if let Some(file) = file.filter(|file| file.uid != self.situation.uid) {
            let refusal = PlanRefusal::ForeignOwner {
                at: Spot::in_home(path),
                owner: file.uid,
            };
            self.refusal.get_or_insert(refusal);
        }
        let change = Change {
            at: Spot::in_home(path),
            alteration,
        };
        let linked = file
            .filter(|file| file.links > 1)
            .and_then(|_| Advisory::on_other_names(&change));
        self.plan.advisories.extend(linked);
        self.plan.intents.push(Intent { change, content });
    }

    fn take_in(&mut self, path: &RelPath, want: &Shipped, left: Digest) {
        let entry = Entry {
            shipped: want.digest,
            left,
            executable: want.executable,
        };
        self.plan.record.entries_mut().insert(path.clone(), entry);
        self.plan.record.waived.remove(path);
        self.plan.bases.push(Content::Bundle(path.clone()));
    }

    fn step(&mut self, path: &RelPath, action: Action, reason: impl Into<Cow<'static, str>>) {
        self.plan.commits |= action.is_change();
        self.plan.steps.push(Step {
            at: Spot::in_home(path),
            action,
            reason: reason.into(),
        });
    }

    fn refresh_units(&mut self) -> Result<(), E::Error> {
        let Situation {
            active_units: Some(units),
            wanted,
            earlier,
            umask,
            ..
        } = self.situation
        else {
            return Ok(());
        };
        let ships = |name: &str| {
            RelPath::parse(&format!("systemd/user/{name}"))
                .is_ok_and(|path| wanted.contains_key(&path))
        };
        let active = Active {
            units,
            ships: &ships,
            earlier,
            umask,
        };
        refresh(&active, self.evidence, &mut self.plan, &mut self.parking)
    }

    fn finish(mut self) -> Result<Plan, E::Error> {
        let release = Some(self.situation.release.clone());
        self.plan.record.adopted = self.situation.adopted.cloned();
        self.plan.commits |= self.situation.record.release != release;
        self.plan.commits |= self.situation.record.adopted.as_ref() != self.situation.adopted;
        self.plan
            .steps
            .sort_by(|left, right| left.at.cmp(&right.at));
        self.list_unshipped();
        if !self.plan.commits {
            self.plan.record = self.situation.record.clone();
            return Ok(self.plan);
        }
        self.plan.record.release = release;
        self.clear_settled();
        let made_before = &self.situation.record.made_directories;
        let directories = self
            .traffic
            .settle(|directory| made_before.contains(directory))?;
        self.plan.intents.extend(directories);
        let made = &mut self.plan.record.made_directories;
        made.retain(|directory| !self.traffic.removed().contains(directory));
        made.extend(self.traffic.made().iter().cloned());
        self.plan.intents.extend(self.parking.into_intents()?);
        put_in_order(&mut self.plan.intents, |intent| &intent.change);
        Ok(self.plan)
    }
}

/// What ships executable is made so; the bits go again only from a file that shipped with them.
fn replaced_mode(found: Mode, executable: bool, entry: Option<&Entry>) -> Mode {
    match (executable, entry) {
        (true, _) if !found.is_executable() => found.made_executable(),
        (
            false,
            Some(Entry {
                executable: true, ..
            }),
        ) => found.made_plain(),
        _ => found,
    }
}
