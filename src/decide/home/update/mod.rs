//! Decides an install or an update: every path through its class and the decision table.

mod adoption;
mod edits;
mod migrating;
mod row;
#[cfg(test)]
mod tests;

use crate::decide::fleet::refresh::{Active, refresh};
use crate::decide::home::respelled::{Respelled, missing_in};
use crate::decide::home::situation::{
    Objection, PlanRefusal, Situation, objection, refuse_other_bundle,
};
use crate::decide::plan::alongside::Alongside;
use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::classes::{Class, Judgement};
use crate::decide::plan::error::{PlanError, Planned};
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::merging::MergeInputs;
use crate::decide::plan::table::{
    FoundAs, Meeting, Row, Ships, Verdict, look_up, look_up_unasked, relate, relate_seed,
};
use crate::model::bundle::Shipped;
use crate::model::change::Spot;
use crate::model::digest::Digest;
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Advisory, Content, Plan};
use crate::model::record::Entry;

/// A plan of an update, and what stands against carrying it out.
#[derive(Debug)]
pub(crate) struct Proposal {
    /// The plan.
    pub plan: Plan,
    /// What the operator has to allow first.
    pub objection: Option<Objection>,
}

/// Decides everything; nothing is written.
pub(crate) fn plan<E: Evidence>(
    situation: Situation,
    evidence: &E,
) -> Planned<Proposal, PlanRefusal, E::Error> {
    refuse_other_bundle(&situation).map_err(PlanError::Refused)?;
    let mut planner = Planner {
        builder: PlanBuilder::new(situation.record, situation.umask, evidence),
        situation,
        evidence,
        recorded: Alongside::new(&situation.record.entries),
        found: Alongside::new(situation.found),
        in_conflict: Vec::new(),
        refusal: None,
    };
    planner.clear_up()?;
    let (kept, gone): (Vec<_>, Vec<_>) =
        every_path(&situation).partition(|(_, want)| want.is_some());
    // What goes makes room for what comes.
    for (path, want) in gone.into_iter().chain(kept) {
        planner.decide(path, want)?;
    }
    planner.keep_version_file();
    planner.migrate();
    planner.respell()?;
    planner.refresh_units()?;
    if let Some(refusal) = planner.refusal.take() {
        return Err(PlanError::Refused(refusal));
    }
    let objection = objection(&situation, planner.builder.steps());
    let plan = planner.finish()?;
    Ok(Proposal { plan, objection })
}

fn every_path<'a>(
    situation: &Situation<'a>,
) -> impl Iterator<Item = (&'a RelPath, Option<&'a Shipped>)> + use<'a> {
    let wanted = situation.wanted;
    let unshipped = missing_in(situation.record.entries.keys(), wanted.keys());
    wanted
        .iter()
        .map(|(path, shipped)| (path, Some(shipped)))
        .chain(unshipped.map(|path| (path, None)))
}

struct Planner<'a, E> {
    situation: Situation<'a>,
    evidence: &'a E,
    builder: PlanBuilder<'a, E>,
    /// Record and found, as the paths are gone through.
    recorded: Alongside<'a, Entry>,
    found: Alongside<'a, Found>,
    /// The paths whose want is parked for a person, by this plan or one before.
    in_conflict: Vec<RelPath>,
    refusal: Option<PlanRefusal>,
}

/// A path with its row of the table, and what carrying that out takes.
struct TableCase<'a> {
    path: &'a RelPath,
    want: Option<&'a Shipped>,
    entry: Option<&'a Entry>,
    found: &'a Found,
    row: &'static Row,
    merge: Option<MergeInputs>,
}

impl<'a, E: Evidence> Planner<'a, E> {
    fn decide(&mut self, path: &'a RelPath, want: Option<&'a Shipped>) -> Result<(), E::Error> {
        let judgement = self.judge(path);
        match self.unasked(path, judgement) {
            Some(row) => self.leave(path, judgement, row),
            None if judgement.class == Class::Seeded => self.seed(path, want)?,
            None => {
                let case = self.look_up(path, want)?;
                self.carry_out(&case)?;
            }
        }
        Ok(())
    }

    /// Whose a path is. One that the operator preserves is his by any spelling.
    fn judge(&self, path: &RelPath) -> Judgement<'a> {
        let classes = self.situation.classes;
        let others = self.situation.respelled.iter();
        let others = others.filter(|respelled| respelled.to == *path);
        let mut judged = others
            .flat_map(|respelled| [&respelled.from, &respelled.on_disk])
            .map(|other| classes.judge(other));
        let preserved = judged.find(Judgement::is_by_operator);
        preserved.unwrap_or_else(|| classes.judge(path))
    }

    /// The row of a path that is the operator's whatever is there: by his own glob, by the bundle's, or seeded before.
    fn unasked(&self, path: &RelPath, judgement: Judgement) -> Option<&'static Row> {
        let record = self.situation.record;
        let ships = match judgement.class {
            Class::Framework => return None,
            Class::Preserved if judgement.is_by_operator() => Ships::Yours,
            Class::Preserved => Ships::HandedOver,
            Class::Seeded if record.entries.contains_key(path) => Ships::HandedOver,
            Class::Seeded if record.seeded.contains(path) => Ships::SeededBefore,
            Class::Seeded => return None,
        };
        Some(look_up_unasked(ships))
    }

    /// Leaves a path to the operator. His own glob leaves the record asleep; the bundle's gives the file to him.
    fn leave(&mut self, path: &RelPath, judgement: Judgement, row: &Row) {
        let spot = Spot::in_home(path);
        if row.verdict == Verdict::Release {
            if judgement.class == Class::Seeded {
                let seeded = &mut self.builder.record_mut().seeded;
                seeded.insert(path.clone());
            }
            self.builder.forget(&spot);
            return self.builder.step(spot, Action::Release, row.reason);
        }
        match judgement.rule.filter(|_| judgement.is_by_operator()) {
            Some(rule) => {
                let reason = format!("yours by `{}` ({}:{})", rule.text, rule.file, rule.line);
                self.builder.step(spot, Action::Preserve, reason);
            }
            None => self.builder.step(spot, Action::Preserve, row.reason),
        }
    }

    fn seed(&mut self, path: &RelPath, want: Option<&Shipped>) -> Result<(), E::Error> {
        let Some(shipped) = want else { return Ok(()) };
        let spot = Spot::in_home(path);
        let found = self.evidence.state_at(&spot)?.into();
        let (ships, seen) = relate_seed(self.after_removals(&spot, found)?);
        let row = look_up(ships, seen);
        match row.verdict {
            Verdict::Seed => {
                self.write(path, shipped);
                let seeded = &mut self.builder.record_mut().seeded;
                seeded.insert(path.clone());
                self.builder.step(spot, Action::Seed, row.reason);
            }
            Verdict::Preserve => self.builder.step(spot, Action::Preserve, row.reason),
            _ => {}
        }
        Ok(())
    }

    /// Looks a path of the framework's up in the table.
    fn look_up(
        &mut self,
        path: &'a RelPath,
        want: Option<&'a Shipped>,
    ) -> Result<TableCase<'a>, E::Error> {
        let (spot, entry) = (Spot::in_home(path), self.recorded.get(path));
        let found = self.found.get(path).unwrap_or(&Found::Absent);
        let meeting = Meeting {
            want: want.map(|want| want.digest),
            record: entry.map(|entry| entry.shipped),
            left: entry.map(|entry| entry.left),
            declined: self.situation.record.waived.get(path).copied(),
            found: if want.is_some() {
                self.after_removals(&spot, found.into())?
            } else {
                found.into()
            },
        };
        let (evidence, earlier) = (self.evidence, self.situation.earlier);
        let respelled = self.situation.respelled;
        let is_earlier = |found| {
            let mut taken_in = false;
            for name in names(respelled, path) {
                taken_in |= earlier.shipped(name, found)
                    || evidence.took_in(&Spot::in_home(name), found)?;
            }
            Ok(taken_in)
        };
        let mut merge = None;
        let is_all_text = || {
            merge = self.merge_inputs(path, want, entry, found)?;
            Ok(merge.is_some())
        };
        let (ships, seen) = relate(&meeting, is_earlier, is_all_text)?;
        Ok(TableCase {
            path,
            want,
            entry,
            found,
            row: look_up(ships, seen),
            merge,
        })
    }

    /// Tells what will be found once this plan's removals are done: a path may turn from file to directory or back if
    /// they free it. An empty directory was emptied, or made, by somebody else: it stays.
    fn after_removals(&mut self, spot: &Spot, found: FoundAs) -> Result<FoundAs, E::Error> {
        let directories = self.builder.directories_of(spot);
        let is_freed = match found {
            FoundAs::NotAFile | FoundAs::Blocked => directories.frees(&spot.path),
            FoundAs::Directory => {
                directories.empties(&spot.path) && self.builder.clear_directory(spot)?
            }
            _ => false,
        };
        Ok(if is_freed { FoundAs::Nothing } else { found })
    }

    /// Records what ships as taken in, and keeps it as the base of the next merge.
    fn take_in(&mut self, path: &RelPath, want: &Shipped, left: Digest) {
        let entry = Entry {
            shipped: want.digest,
            left,
            executable: want.executable,
        };
        let base = Content::Bundle(path.clone());
        self.builder.take_in(&Spot::in_home(path), entry, base);
    }

    fn advise_outside(&mut self, link: &RelPath) {
        let name = link.to_string();
        let mut advisories = self.builder.advisories().iter();
        if !advisories.any(|advisory| advisory.path == name) {
            let message = "a link that is not followed: what is below it is left to you";
            self.builder.advise(Advisory::about(name, message));
        }
    }

    /// Spells anew what the release spells otherwise, and is one file with it on disk.
    fn respell(&mut self) -> Result<(), E::Error> {
        for respelled in self.situation.respelled {
            let to = &respelled.to;
            self.builder.commit_if(respelled.goes_on);
            let is_new = respelled.goes_on || !self.situation.record.entries.contains_key(to);
            let is_left = self.judge(to).class != Class::Framework || self.in_conflict.contains(to);
            let found = self.situation.found.get(to).and_then(Found::file);
            if let Some(file) = found.filter(|file| is_new && !is_left && !file.is_mount) {
                let (spot, found) = (Spot::in_home(to), row::state(file));
                self.refuse_foreign(&spot, file);
                self.builder.respell(&spot, &respelled.on_disk, found)?;
            }
        }
        Ok(())
    }

    fn refresh_units(&mut self) -> Result<(), E::Error> {
        let Some(units) = self.situation.active_units else {
            return Ok(());
        };
        let wanted = self.situation.wanted;
        let ships = |name: &str| {
            RelPath::parse(&format!("systemd/user/{name}"))
                .is_ok_and(|path| wanted.contains_key(&path))
        };
        let active = Active {
            units,
            ships: &ships,
            earlier: self.situation.earlier,
        };
        refresh(&active, &mut self.builder)
    }

    fn finish(mut self) -> Result<Plan, E::Error> {
        let (before, adopted) = (self.situation.record, self.situation.adopted);
        let release = Some(self.situation.release.clone());
        let has_news = before.release != release || before.adopted.as_ref() != adopted;
        self.builder.commit_if(has_news);
        let unsettled = self.unsettled();
        if self.builder.commits() {
            let record = self.builder.record_mut();
            record.adopted = adopted.cloned();
            record.release = release;
            self.clear_settled(&unsettled);
        }
        self.builder.finish_listing(unsettled, |spot| {
            let directory = spot.home_path();
            directory.is_some_and(|directory| before.made_directories.contains(directory))
        })
    }
}

/// The names by which releases knew the file at a path.
fn names<'a>(
    respelled: &'a [Respelled],
    path: &'a RelPath,
) -> impl Iterator<Item = &'a RelPath> + use<'a> {
    let others = respelled
        .iter()
        .filter(move |respelled| respelled.to == *path);
    [path]
        .into_iter()
        .chain(others.map(|respelled| &respelled.from))
}
