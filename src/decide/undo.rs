//! Decides a rollback: every path that later generations changed goes back to what it was.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::directories::Traffic;
use crate::decide::evidence::{Evidence, Sight};
use crate::decide::merge::{MERGE_MAX, Merged, is_text, merge};
use crate::decide::parking::{Parking, shipped_spot};
use crate::words::change::{Alteration, Change, FileState, Presence, RootName, Spot, put_in_order};
use crate::words::digest::Digest;
use crate::words::generation::{Fate, Journal};
use crate::words::path::RelPath;
use crate::words::plan::{Action, Advisory, Content, Intent, Plan, Step};
use crate::words::record::{Parked, Record};

/// What later generations did at a spot, taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Trail {
    /// What was there just before the first of them.
    was: Presence,
    /// What the last of them left.
    left: Presence,
    /// Where displaced contents are kept, by digest.
    kept: BTreeMap<Digest, (u64, usize)>,
}

/// Plans the way back to generation `number`, whose record is `record`. `later` holds the journals of
/// all generations after it, oldest first.
pub fn plan<E: Evidence>(
    number: u64,
    record: &Record,
    later: &[Journal],
    umask: u32,
    evidence: &E,
) -> Result<Plan, E::Error> {
    let plan = Plan { record: record.clone(), commits: true, ..Plan::default() };
    let (traffic, parking) = (Traffic::new(RootName::Home, evidence, umask), Parking::new(evidence));
    let freed = BTreeSet::new();
    let mut undoing = Undoing { number, plan, traffic, parking, freed, evidence };
    let trails = trails(later);
    for (at, trail) in &trails {
        undoing.turn_back_into_directory(at, trail)?;
    }
    // Bottom-up, so that what a directory holds is on its way out before the directory is asked for.
    for (at, trail) in trails.iter().rev() {
        undoing.undo_file(at, trail)?;
    }
    undoing.finish(&trails)
}

fn trails(later: &[Journal]) -> BTreeMap<Spot, Trail> {
    let mut trails: BTreeMap<Spot, Trail> = BTreeMap::new();
    for journal in later {
        for (slot, logged) in journal.changes.iter().enumerate() {
            let Change { at, alteration } = &logged.change;
            if logged.fate == Fate::Overtaken {
                continue;
            }
            let fresh = || Trail { was: alteration.before(), left: Presence::Nothing, kept: BTreeMap::new() };
            let trail = trails.entry(at.clone()).or_insert_with(fresh);
            trail.left = alteration.after();
            if let Some(before) = alteration.displaces() {
                trail.kept.insert(before.digest, (journal.heading.number, slot));
            }
        }
    }
    trails
}

struct Undoing<'a, E> {
    number: u64,
    plan: Plan,
    traffic: Traffic<'a, E>,
    parking: Parking<'a, E>,
    /// Files that make room for the directories they had taken the place of.
    freed: BTreeSet<RelPath>,
    evidence: &'a E,
}

impl<E: Evidence> Undoing<'_, E> {
    /// A directory comes back, in the place of a file that had turned it out or where there is nothing.
    fn turn_back_into_directory(&mut self, at: &Spot, trail: &Trail) -> Result<(), E::Error> {
        let (RootName::Home, Presence::Directory(mode)) = (at.root, trail.was) else { return Ok(()) };
        match self.evidence.sight(at)? {
            Sight::Known(now @ Presence::File(_)) if now == trail.left => {
                self.remove(at, now);
                self.freed.insert(at.path.clone());
            }
            Sight::Known(Presence::Nothing) => {}
            Sight::Foreign if self.is_freed(at) => {}
            _ => return Ok(()),
        }
        self.traffic.make(&at.path, mode, &mut self.plan.intents);
        Ok(())
    }

    fn is_freed(&self, at: &Spot) -> bool {
        at.path.ancestors().any(|above| self.freed.contains(&above))
    }

    fn undo_file(&mut self, at: &Spot, trail: &Trail) -> Result<(), E::Error> {
        let sight = match self.evidence.sight(at)? {
            Sight::Foreign if self.is_freed(at) => Sight::Known(Presence::Nothing),
            sight => sight,
        };
        if at.root == RootName::Conflicts {
            return self.undo_parked(at, trail, sight);
        }
        match (sight, trail.was) {
            (Sight::Known(now), was) if now == was => Ok(()),
            (Sight::Known(now @ Presence::File(_)), Presence::Nothing) if now == trail.left => {
                self.remove(at, now);
                Ok(())
            }
            (Sight::Known(Presence::File(_)), Presence::Nothing) => {
                self.step(at, Action::Release, "you changed it since; it stays and is yours");
                Ok(())
            }
            (Sight::Known(Presence::File(now)), Presence::File(was)) => {
                self.undo_content(at, trail, now, was)
            }
            (Sight::Known(Presence::Nothing), Presence::File(was)) => self.restore(at, trail, None, was),
            (sight, Presence::File(was)) => self.undo_foreign(at, trail, sight, was),
            _ => Ok(()),
        }
    }

    /// A directory, or what is neither file nor directory, is where a file was.
    fn undo_foreign(
        &mut self,
        at: &Spot,
        trail: &Trail,
        sight: Sight,
        was: FileState,
    ) -> Result<(), E::Error> {
        if sight.directory().is_some()
            && let Some(cleared) = self.traffic.clear(&at.path)?
        {
            self.plan.intents.extend(cleared);
            return self.restore(at, trail, None, was);
        }
        self.park(at, trail, was, "something else is in its place now")
    }

    fn undo_content(
        &mut self,
        at: &Spot,
        trail: &Trail,
        now: FileState,
        was: FileState,
    ) -> Result<(), E::Error> {
        let Presence::File(left) = trail.left else {
            return self.park(at, trail, was, "you put a file there since");
        };
        let mode = if now.mode == left.mode { was.mode } else { now.mode };
        let target = FileState { digest: was.digest, mode };
        if now.digest == left.digest || now.digest == was.digest {
            return self.restore(at, trail, Some(now), target);
        }
        match self.merged(at, trail, left, was)? {
            Some(content) => {
                let after = FileState { digest: Digest::of(&content), mode };
                if let Some(alteration) = Alteration::between(Presence::File(now), Presence::File(after)) {
                    let content = alteration.brings().map(|_| Content::Bytes(content));
                    self.plan.bases.extend(content.clone());
                    self.intend(at, alteration, content);
                }
                self.step(at, Action::Merge, "your edit since, and what was there");
                Ok(())
            }
            None => self.park(at, trail, was, "you changed it since, and the two cannot be joined"),
        }
    }

    /// Joins what the operator changed since with what was there, over what was left.
    fn merged(
        &self,
        at: &Spot,
        trail: &Trail,
        left: FileState,
        was: FileState,
    ) -> Result<Option<Vec<u8>>, E::Error> {
        let Some(base) = self.evidence.base(left.digest)? else { return Ok(None) };
        let target = match self.kept(trail, was.digest)? {
            Some(Content::Kept { generation, slot }) => self.evidence.kept(generation, slot)?,
            Some(Content::Bytes(content)) => content,
            _ => return Ok(None),
        };
        let now = self.evidence.content(at)?;
        if now.len() as u64 > MERGE_MAX || ![&base, &target, &now].iter().all(|content| is_text(content)) {
            return Ok(None);
        }
        Ok(match merge(&base, &now, &target) {
            Merged::Clean(content) => Some(content),
            Merged::Conflicting(_) => None,
        })
    }

    fn undo_parked(&mut self, at: &Spot, trail: &Trail, sight: Sight) -> Result<(), E::Error> {
        match trail.was {
            Presence::File(was) => match self.kept(trail, was.digest)? {
                Some(content) => self.parking.park(at.clone(), was.digest, content),
                None => Ok(()),
            },
            Presence::Nothing if sight.file().is_some() => self.parking.clear(at.clone()),
            _ => Ok(()),
        }
    }

    fn remove(&mut self, at: &Spot, now: Presence) {
        if let Some(alteration) = Alteration::between(now, Presence::Nothing) {
            self.traffic.goes(&at.path);
            self.intend(at, alteration, None);
            self.step(at, Action::Remove, format!("was not there in generation {}", self.number));
        }
    }

    fn restore(
        &mut self,
        at: &Spot,
        trail: &Trail,
        now: Option<FileState>,
        target: FileState,
    ) -> Result<(), E::Error> {
        let before = now.map_or(Presence::Nothing, Presence::File);
        let Some(alteration) = Alteration::between(before, Presence::File(target)) else { return Ok(()) };
        let Some(brought) = alteration.brings() else {
            self.intend(at, alteration, None);
            self.step(at, Action::Chmod, format!("as it was in generation {}", self.number));
            return Ok(());
        };
        let Some(content) = self.kept(trail, brought.digest)? else {
            let message = "its former content is not kept; it stays as it is".to_owned();
            self.plan.advisories.push(Advisory { path: at.path.to_string(), line: None, message });
            return Ok(());
        };
        if now.is_none() {
            self.traffic.comes(&at.path);
        }
        self.intend(at, alteration, Some(content));
        self.step(at, Action::Restore, format!("as it was in generation {}", self.number));
        Ok(())
    }

    /// Where a content can be had: from what a generation displaced, or from the bases of merges.
    fn kept(&self, trail: &Trail, digest: Digest) -> Result<Option<Content>, E::Error> {
        if let Some((generation, slot)) = trail.kept.get(&digest) {
            return Ok(Some(Content::Kept { generation: *generation, slot: *slot }));
        }
        Ok(self.evidence.base(digest)?.map(Content::Bytes))
    }

    /// The live file stays; what was there is parked.
    fn park(
        &mut self,
        at: &Spot,
        trail: &Trail,
        was: FileState,
        reason: &'static str,
    ) -> Result<(), E::Error> {
        let Some(content) = self.kept(trail, was.digest)? else { return Ok(()) };
        self.parking.park(shipped_spot(&at.path), was.digest, content)?;
        let executable = was.mode.is_executable();
        let parked = Parked { want: was.digest, executable, has_merge: false, reason: reason.to_owned() };
        self.plan.record.parked.insert(at.path.clone(), parked);
        self.step(at, Action::Conflict, reason);
        Ok(())
    }

    fn intend(&mut self, at: &Spot, alteration: Alteration, content: Option<Content>) {
        self.plan.intents.push(Intent { change: Change { at: at.clone(), alteration }, content });
    }

    fn step(&mut self, at: &Spot, action: Action, reason: impl Into<std::borrow::Cow<'static, str>>) {
        self.plan.steps.push(Step { path: at.path.clone(), action, reason: reason.into() });
    }

    fn finish(mut self, trails: &BTreeMap<Spot, Trail>) -> Result<Plan, E::Error> {
        let was_made = |directory: &RelPath| {
            let at = Spot { root: RootName::Home, path: directory.clone() };
            trails.get(&at).is_some_and(|trail| trail.was == Presence::Nothing)
        };
        let directories = self.traffic.settle(was_made)?;
        self.plan.intents.extend(directories);
        self.plan.unsettled = self.plan.record.parked.keys().cloned().collect();
        self.plan.intents.extend(self.parking.into_intents()?);
        put_in_order(&mut self.plan.intents, |intent| &intent.change);
        self.plan.steps.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(self.plan)
    }
}
