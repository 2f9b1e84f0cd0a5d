//! Builds plans: every planner collects its steps and changes here, and what must hold of a [`Plan`] holds by this.
//!
//! - Steps are in order of path, changes in the order in which they can be carried out.
//! - Directories above added files are made, those that removed files leave empty go as far as the planner lets them,
//!   and the record knows which of the home's Mosaic made.
//! - A plan commits if a step or a change does something, or if its planner says so; one that does not commit leaves
//!   the record as it was.
//! - All that is parked after it is unsettled, unless the planner lists what waits for a person.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::decide::plan::directories::DirectoryPlan;
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::parking::Parking;
use crate::model::change::{Alteration, Change, FileState, Presence, RootName, Spot};
use crate::model::migration::Migrated;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Advisory, Content, Intent, Plan, Step};
use crate::model::record::{Entry, Record};
use crate::model::unit::Links;

mod order;
mod respelling;
#[cfg(test)]
mod tests;

/// A plan in the making.
pub(crate) struct PlanBuilder<'a, E> {
    evidence: &'a E,
    umask: u32,
    before: &'a Record,
    plan: Plan,
    directories: BTreeMap<RootName, DirectoryPlan<'a, E>>,
    parking: Parking<'a, E>,
}

impl<'a, E: Evidence> PlanBuilder<'a, E> {
    /// Begins with nothing to do to a home of this record.
    pub(crate) fn new(record: &'a Record, umask: u32, evidence: &'a E) -> Self {
        let plan = Plan {
            record: record.clone(),
            ..Plan::default()
        };
        Self {
            evidence,
            umask,
            before: record,
            plan,
            directories: BTreeMap::new(),
            parking: Parking::new(evidence),
        }
    }

    /// The evidence that the plan rests on.
    pub(crate) fn evidence(&self) -> &'a E {
        self.evidence
    }

    /// The permission bits of a file that is new.
    pub(crate) fn mode_of_new_file(&self, is_executable: bool) -> Mode {
        Mode::of_new_file(is_executable, self.umask)
    }

    /// The permission bits of a directory that is new.
    pub(crate) fn mode_of_new_directory(&self) -> Mode {
        Mode::of_new_directory(self.umask)
    }

    /// The record as it will be.
    pub(crate) fn record(&self) -> &Record {
        &self.plan.record
    }

    /// The record as it will be, to change it.
    pub(crate) fn record_mut(&mut self) -> &mut Record {
        &mut self.plan.record
    }

    /// The steps so far.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.plan.steps
    }

    /// Contents that are parked and cleared.
    pub(crate) fn parking(&mut self) -> &mut Parking<'a, E> {
        &mut self.parking
    }

    /// Adds a step: the line of the plan for a path.
    pub(crate) fn step(
        &mut self,
        spot: Spot,
        action: Action,
        reason: impl Into<Cow<'static, str>>,
    ) {
        self.plan.commits |= action.is_change();
        self.plan.steps.push(Step {
            at: spot,
            action,
            reason: reason.into(),
        });
    }

    /// Puts a file in place; a content or permission bits that are there already are no change.
    pub(crate) fn put(
        &mut self,
        spot: &Spot,
        before: Option<FileState>,
        after: FileState,
        content: impl Into<Option<Content>>,
    ) -> Option<Alteration> {
        let found = before.map_or(Presence::Nothing, Presence::File);
        let alteration = Alteration::between(found, Presence::File(after))?;
        if before.is_none() {
            self.directories_of(spot).adds(&spot.path);
        }
        let content = alteration.brings().and(content.into());
        self.change(spot, alteration, content);
        Some(alteration)
    }

    /// Removes a file.
    pub(crate) fn remove(&mut self, spot: &Spot, before: FileState) {
        self.directories_of(spot).removes(&spot.path);
        self.change(spot, Alteration::RemoveFile { before }, None);
    }

    fn change(&mut self, spot: &Spot, alteration: Alteration, content: Option<Content>) {
        self.plan.commits = true;
        let change = Change {
            at: spot.clone(),
            alteration,
        };
        self.plan.intents.push(Intent::new(change, content));
    }

    /// Makes a directory for its own sake, or with the permission bits that it had.
    pub(crate) fn make_directory(&mut self, spot: &Spot, mode: Mode) {
        let mut intents = std::mem::take(&mut self.plan.intents);
        self.directories_of(spot)
            .make(&spot.path, mode, &mut intents);
        self.plan.intents = intents;
        self.plan.commits = true;
    }

    /// Removes a directory that a file takes the place of, if removed files are all it holds.
    pub(crate) fn clear_directory(&mut self, spot: &Spot) -> Result<bool, E::Error> {
        let cleared = self.directories_of(spot).clear(&spot.path)?;
        let is_cleared = cleared.is_some();
        self.plan.intents.extend(cleared.into_iter().flatten());
        Ok(is_cleared)
    }

    /// Lets a directory go as if a file had gone from it.
    pub(crate) fn abandon(&mut self, spot: &Spot) {
        self.directories_of(spot).abandons(&spot.path);
    }

    /// The directories of a spot's root.
    pub(crate) fn directories_of(&mut self, spot: &Spot) -> &mut DirectoryPlan<'a, E> {
        let (evidence, umask) = (self.evidence, self.umask);
        self.directories
            .entry(spot.root.clone())
            .or_insert_with(|| DirectoryPlan::new(spot.root.clone(), evidence, umask))
    }

    /// Records what ships at a spot as taken in, and keeps its content, if it can be had, as the base of the next
    /// merge.
    pub(crate) fn take_in(&mut self, spot: &Spot, entry: Entry, base: impl Into<Option<Content>>) {
        match spot.home_path() {
            Some(path) => {
                self.plan.record.entries_mut().insert(path.clone(), entry);
                self.plan.record.waived.remove(path);
            }
            None => {
                self.plan.record.units.insert(spot.clone(), entry);
            }
        }
        self.plan.bases.extend(base.into());
    }

    /// Drops a spot's record.
    pub(crate) fn forget(&mut self, spot: &Spot) {
        match spot.home_path() {
            Some(path) => self.plan.record.entries_mut().remove(path),
            None => self.plan.record.units.remove(spot),
        };
    }

    /// Keeps a content as a base of later merges.
    pub(crate) fn keep_base(&mut self, content: Content) {
        self.plan.bases.push(content);
    }

    /// Tells a person something that Mosaic leaves alone.
    pub(crate) fn advise(&mut self, advisory: Advisory) {
        self.plan.advisories.push(advisory);
    }

    /// The advisories so far.
    pub(crate) fn advisories(&self) -> &[Advisory] {
        &self.plan.advisories
    }

    /// Lists a spot that stays although it was to change, and is not parked.
    pub(crate) fn leave(&mut self, spot: &Spot) {
        self.plan.stays.push(spot.clone());
    }

    /// Lets units start with the manager although the record says that they do: it is another folder's.
    pub(crate) fn enable_again(&mut self, links: Links) {
        self.plan.enables = Some(links);
    }

    /// Lists a leftover of an earlier release.
    pub(crate) fn leave_over(&mut self, path: RelPath) {
        self.plan.leftovers.push(path);
    }

    /// Requires that a name in the home still leads to a spot when the plan is carried out.
    pub(crate) fn require_link(&mut self, name: RelPath, spot: Spot) {
        self.plan.links.push((name, spot));
    }

    /// Lists what becomes of each migration.
    pub(crate) fn list_migrations(&mut self, outcomes: &[Migrated]) {
        self.plan.migrations.extend_from_slice(outcomes);
        let together = outcomes.iter().flat_map(|migrated| &migrated.together);
        self.keep_together(together.cloned());
    }

    /// Has the changes at these places carried out together or not at all, set by set.
    pub(crate) fn keep_together(&mut self, sets: impl Iterator<Item = BTreeSet<Spot>>) {
        self.plan.together.extend(sets);
    }

    /// Commits the plan for a reason that is no step and no change of a file, if there is one.
    pub(crate) fn commit_if(&mut self, has_reason: bool) {
        self.plan.commits |= has_reason;
    }

    /// Tells whether the plan commits, by what is known so far.
    pub(crate) fn commits(&self) -> bool {
        self.plan.commits
    }

    /// Ends the plan. All that is parked after it waits for a person.
    pub(crate) fn finish(self, is_removable: impl Fn(&Spot) -> bool) -> Result<Plan, E::Error> {
        let unsettled = self.plan.record.parked.keys().cloned().collect();
        self.finish_listing(unsettled, is_removable)
    }

    /// Ends the plan, with the paths that wait for a person. Directories that removed files leave empty go if they are
    /// removable.
    pub(crate) fn finish_listing(
        mut self,
        mut unsettled: Vec<RelPath>,
        is_removable: impl Fn(&Spot) -> bool,
    ) -> Result<Plan, E::Error> {
        unsettled.sort();
        unsettled.dedup();
        self.plan.unsettled = unsettled;
        self.plan
            .steps
            .sort_by(|left, right| left.at.cmp(&right.at));
        if !self.plan.commits {
            self.plan.record = self.before.clone();
            return Ok(self.plan);
        }
        for (root, directories) in &mut self.directories {
            let is_removable = |path: &RelPath| {
                is_removable(&Spot {
                    root: root.clone(),
                    path: path.clone(),
                })
            };
            self.plan.intents.extend(directories.settle(is_removable)?);
            if *root == RootName::Home {
                let made = &mut self.plan.record.made_directories;
                made.retain(|directory| !directories.removed().contains(directory));
                made.extend(directories.made().iter().cloned());
            }
        }
        self.plan.intents.extend(self.parking.into_intents()?);
        order::put_intents_in_order(&mut self.plan.intents, &self.plan.together);
        respelling::keep_together(&mut self.plan.intents);
        Ok(self.plan)
    }
}
