//! Decides a rollback: for every path, the changes of later generations are taken back, last first.
//!
//! Where a path is as a change left it, it becomes what that change had found. Where the operator edited it
//! since (or between two generations), his edit is carried along by a three-way merge, or his file stays.

pub mod parked;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::decide::plan::directories::DirectoryPlan;
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::decide::plan::parking::Parking;
use crate::decide::text::merge::{Merged, is_text, merge};
use crate::model::change::{Alteration, Change, FileState, Presence, RootName, Spot, put_in_order};
use crate::model::digest::Digest;
use crate::model::generation::{ChangeOutcome, Journal};
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Advisory, Content, Intent, Plan, Step};
use crate::model::record::Record;

/// One change that later generations made to a spot.
#[derive(Debug, Clone, Copy)]
struct Turn {
    generation: u64,
    slot: usize,
    alteration: Alteration,
}

/// What a spot would hold, on the way back.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    Nothing,
    Directory(Mode),
    /// `None`: the content that is on disk.
    File(FileState, Option<Content>),
    Foreign,
}

/// Where the way back ends.
enum Unwound {
    To(Held),
    /// The operator's file stays and is his.
    Stays,
    /// The live file stays; what was there is parked.
    Parked(&'static str),
    /// What was there is not kept any more.
    Lost,
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
    let plan = Plan {
        record: record.clone(),
        commits: true,
        ..Plan::default()
    };
    let (traffic, parking, freed) = (BTreeMap::new(), Parking::new(evidence), BTreeSet::new());
    let mut undoing = Undoing {
        number,
        plan,
        umask,
        traffic,
        parking,
        freed,
        evidence,
    };
    let trails = trails(later);
    // Files that turn back into directories first: what those hold needs the room.
    for (at, turns) in trails
        .iter()
        .filter(|(_, turns)| begins_with_directory(turns))
    {
        undoing.undo(at, turns)?;
    }
    // Bottom-up, so that what a directory holds is on its way out before the directory is asked for.
    for (at, turns) in trails
        .iter()
        .rev()
        .filter(|(_, turns)| !begins_with_directory(turns))
    {
        undoing.undo(at, turns)?;
    }
    undoing.finish(&trails)
}

fn trails(later: &[Journal]) -> BTreeMap<Spot, Vec<Turn>> {
    let mut trails: BTreeMap<Spot, Vec<Turn>> = BTreeMap::new();
    for journal in later {
        for (slot, logged) in journal
            .changes
            .iter()
            .enumerate()
            .filter(|(_, logged)| logged.fate == ChangeOutcome::Done)
        {
            let generation = journal.heading.number;
            let turn = Turn {
                generation,
                slot,
                alteration: logged.change.alteration,
            };
            trails
                .entry(logged.change.at.clone())
                .or_default()
                .push(turn);
        }
    }
    trails
}

fn begins_with_directory(turns: &[Turn]) -> bool {
    matches!(was(turns), Presence::Directory(_))
}

fn ends_with_directory(turns: &[Turn]) -> bool {
    turns
        .last()
        .is_some_and(|turn| matches!(turn.alteration.after(), Presence::Directory(_)))
}

/// What was there before all of it.
fn was(turns: &[Turn]) -> Presence {
    turns
        .first()
        .map_or(Presence::Nothing, |turn| turn.alteration.before())
}

struct Undoing<'a, E> {
    number: u64,
    plan: Plan,
    umask: u32,
    /// One a root.
    traffic: BTreeMap<RootName, DirectoryPlan<'a, E>>,
    parking: Parking<'a, E>,
    /// Files that make room for the directories they had taken the place of.
    freed: BTreeSet<Spot>,
    evidence: &'a E,
}

impl<'a, E: Evidence> Undoing<'a, E> {
    fn undo(&mut self, at: &Spot, turns: &[Turn]) -> Result<(), E::Error> {
        let found = self.found(at)?;
        if at.root == RootName::Conflicts {
            return self.undo_parked(at, turns, &found);
        }
        match self.unwind(at, turns, found.clone())? {
            Unwound::To(held) => self.bring_about(at, turns, found, held),
            Unwound::Stays => {
                self.step(
                    at,
                    Action::Release,
                    "you changed it since; it stays and is yours",
                );
                Ok(())
            }
            Unwound::Parked(reason) => self.park(at, turns, reason),
            Unwound::Lost => {
                let message = "its former content is not kept; it stays as it is";
                self.plan.advisories.push(Advisory::about(at, message));
                Ok(())
            }
        }
    }

    fn found(&self, at: &Spot) -> Result<Held, E::Error> {
        Ok(match self.evidence.state_at(at)? {
            FileSight::Known(Presence::Nothing) => Held::Nothing,
            FileSight::Known(Presence::Directory(mode)) => Held::Directory(mode),
            FileSight::Known(Presence::File(state)) => Held::File(state, None),
            FileSight::Foreign if at.above().any(|above| self.freed.contains(&above)) => {
                Held::Nothing
            }
            FileSight::Foreign => Held::Foreign,
        })
    }

    /// Takes the changes back one by one, last first.
    fn unwind(&self, at: &Spot, turns: &[Turn], found: Held) -> Result<Unwound, E::Error> {
        let mut held = found;
        for turn in turns.iter().rev() {
            held = match self.step_back(at, turns, turn, held)? {
                Unwound::To(held) => held,
                end => return Ok(end),
            };
        }
        Ok(Unwound::To(held))
    }

    fn step_back(
        &self,
        at: &Spot,
        turns: &[Turn],
        turn: &Turn,
        held: Held,
    ) -> Result<Unwound, E::Error> {
        let (before, after) = (turn.alteration.before(), turn.alteration.after());
        let (now, content) = match held {
            Held::File(now, content) => (now, content),
            Held::Nothing => return self.back_from_nothing(turns, before),
            Held::Directory(_) if matches!(after, Presence::Directory(_)) => {
                return self.back_from_nothing(turns, before);
            }
            Held::Directory(mode) => {
                return Ok(match before {
                    Presence::File(_) => Unwound::Parked("a directory is in its place now"),
                    _ => Unwound::To(Held::Directory(mode)),
                });
            }
            Held::Foreign => {
                return Ok(match before {
                    Presence::File(_) => Unwound::Parked("something else is in its place now"),
                    _ => Unwound::To(Held::Foreign),
                });
            }
        };
        match (before, after) {
            (Presence::File(before), Presence::File(after)) => {
                let mode = if now.mode == after.mode {
                    before.mode
                } else {
                    now.mode
                };
                let target = FileState {
                    digest: before.digest,
                    mode,
                };
                if now.digest == before.digest {
                    Ok(Unwound::To(Held::File(target, content)))
                } else if now.digest == after.digest {
                    Ok(self.holding(turns, target)?)
                } else {
                    self.carry_along(
                        at,
                        turns,
                        FileState { mode, ..now },
                        content,
                        (before, after),
                    )
                }
            }
            (Presence::Nothing, Presence::File(after)) if now.digest == after.digest => {
                Ok(Unwound::To(Held::Nothing))
            }
            (Presence::Nothing, Presence::File(_)) => Ok(Unwound::Stays),
            (Presence::Directory(mode), Presence::File(after)) if now.digest == after.digest => {
                Ok(Unwound::To(Held::Directory(mode)))
            }
            (Presence::File(_), _) => Ok(Unwound::Parked("you put a file there since")),
            _ => Ok(Unwound::To(Held::File(now, content))),
        }
    }

    fn back_from_nothing(&self, turns: &[Turn], before: Presence) -> Result<Unwound, E::Error> {
        match before {
            Presence::Nothing => Ok(Unwound::To(Held::Nothing)),
            Presence::Directory(mode) => Ok(Unwound::To(Held::Directory(mode))),
            Presence::File(before) => self.holding(turns, before),
        }
    }

    fn holding(&self, turns: &[Turn], state: FileState) -> Result<Unwound, E::Error> {
        Ok(match self.kept(turns, state.digest)? {
            Some(content) => Unwound::To(Held::File(state, Some(content))),
            None => Unwound::Lost,
        })
    }

    /// The operator's edit of what a change had left goes back with it.
    fn carry_along(
        &self,
        at: &Spot,
        turns: &[Turn],
        now: FileState,
        content: Option<Content>,
        (before, after): (FileState, FileState),
    ) -> Result<Unwound, E::Error> {
        const PARKED: Unwound =
            Unwound::Parked("you changed it since, and the two cannot be joined");
        let (base, target) = (
            self.kept(turns, after.digest)?,
            self.kept(turns, before.digest)?,
        );
        let (Some(base), Some(target)) = (base, target) else {
            return Ok(PARKED);
        };
        let [base, edited, target] = [
            self.bytes(base)?,
            self.edited(at, content)?,
            self.bytes(target)?,
        ];
        // A file that somebody writes to just now may be another than the one that the commit checks for.
        let is_steady = Digest::of(&edited) == now.digest;
        if !is_steady
            || ![&base, &edited, &target]
                .iter()
                .all(|content| is_text(content))
        {
            return Ok(PARKED);
        }
        Ok(match merge(&base, &edited, &target) {
            Merged::Clean(content) => {
                let state = FileState {
                    digest: Digest::of(&content),
                    mode: now.mode,
                };
                Unwound::To(Held::File(state, Some(Content::Bytes(content))))
            }
            Merged::Conflicting(_) => PARKED,
        })
    }

    /// Where a content can be had: from what a generation displaced, or from the bases of merges.
    fn kept(&self, turns: &[Turn], digest: Digest) -> Result<Option<Content>, E::Error> {
        let displaces = |turn: &&Turn| {
            turn.alteration
                .displaces()
                .is_some_and(|before| before.digest == digest)
        };
        for Turn {
            generation, slot, ..
        } in turns.iter().filter(displaces)
        {
            if self.evidence.keeps(*generation, *slot, digest)? {
                return Ok(Some(Content::Kept {
                    generation: *generation,
                    slot: *slot,
                }));
            }
        }
        Ok(self.evidence.base(digest)?.map(Content::Bytes))
    }

    fn edited(&self, at: &Spot, content: Option<Content>) -> Result<Vec<u8>, E::Error> {
        content.map_or_else(|| self.evidence.content(at), |content| self.bytes(content))
    }

    fn bytes(&self, content: Content) -> Result<Vec<u8>, E::Error> {
        match content {
            Content::Bytes(bytes) => Ok(bytes),
            Content::Kept { generation, slot } => self.evidence.kept(generation, slot),
            Content::Bundle(path) => self.evidence.shipped(&path),
        }
    }

    /// Turns the end of the way back into changes.
    fn bring_about(
        &mut self,
        at: &Spot,
        turns: &[Turn],
        found: Held,
        held: Held,
    ) -> Result<(), E::Error> {
        match (found, held) {
            (Held::File(now, _), Held::File(target, content)) => {
                self.replace(at, turns, now, target, content)
            }
            (Held::File(now, _), Held::Nothing) => self.remove(at, now),
            (Held::File(now, _), Held::Directory(mode)) => {
                self.remove(at, now);
                self.freed.insert(at.clone());
                self.make(at, mode);
            }
            (Held::Nothing, Held::File(target, content)) => self.write(at, target, content),
            (Held::Nothing, Held::Directory(mode)) => self.make(at, mode),
            (Held::Directory(_), Held::File(target, content)) => {
                match self.traffic(at).clear(&at.path)? {
                    Some(cleared) => {
                        self.plan.intents.extend(cleared);
                        self.write(at, target, content);
                    }
                    None => self.park(
                        at,
                        turns,
                        "a directory with files of yours is in its place now",
                    )?,
                }
            }
            // Nothing may ever have been in it; one that somebody made since is his.
            (Held::Directory(_), Held::Nothing) if ends_with_directory(turns) => {
                self.traffic(at).abandons(&at.path);
            }
            _ => {}
        }
        Ok(())
    }

    fn replace(
        &mut self,
        at: &Spot,
        turns: &[Turn],
        now: FileState,
        target: FileState,
        content: Option<Content>,
    ) {
        let Some(alteration) = Alteration::between(Presence::File(now), Presence::File(target))
        else {
            return;
        };
        let is_as_it_was = matches!(was(turns), Presence::File(was) if was.digest == target.digest);
        let (action, reason) = match alteration.brings() {
            None => (Action::Chmod, self.as_it_was()),
            Some(_) if is_as_it_was => (Action::Restore, self.as_it_was()),
            Some(_) => (Action::Merge, "your edit, and what was there".into()),
        };
        if action == Action::Merge {
            self.plan.bases.extend(content.clone());
            let entry = at
                .home_path()
                .and_then(|path| self.plan.record.entries_mut().get_mut(path));
            if let Some(entry) = entry {
                entry.left = target.digest;
            }
        }
        self.intend(at, alteration, alteration.brings().and(content));
        self.step(at, action, reason);
    }

    fn write(&mut self, at: &Spot, target: FileState, content: Option<Content>) {
        self.traffic(at).comes(&at.path);
        self.intend(at, Alteration::WriteFile { after: target }, content);
        self.step(at, Action::Restore, self.as_it_was());
    }

    fn traffic(&mut self, at: &Spot) -> &mut DirectoryPlan<'a, E> {
        let new = || DirectoryPlan::new(at.root.clone(), self.evidence, self.umask);
        self.traffic.entry(at.root.clone()).or_insert_with(new)
    }

    fn make(&mut self, at: &Spot, mode: Mode) {
        let mut intents = std::mem::take(&mut self.plan.intents);
        self.traffic(at).make(&at.path, mode, &mut intents);
        self.plan.intents = intents;
    }

    fn remove(&mut self, at: &Spot, now: FileState) {
        self.traffic(at).goes(&at.path);
        self.intend(at, Alteration::RemoveFile { before: now }, None);
        self.step(
            at,
            Action::Remove,
            format!("was not there in generation {}", self.number),
        );
    }

    fn as_it_was(&self) -> Cow<'static, str> {
        format!("as it was in generation {}", self.number).into()
    }

    fn intend(&mut self, at: &Spot, alteration: Alteration, content: Option<Content>) {
        self.plan.intents.push(Intent {
            change: Change {
                at: at.clone(),
                alteration,
            },
            content,
        });
    }

    fn step(&mut self, at: &Spot, action: Action, reason: impl Into<Cow<'static, str>>) {
        self.plan.steps.push(Step {
            at: at.clone(),
            action,
            reason: reason.into(),
        });
    }

    fn finish(mut self, trails: &BTreeMap<Spot, Vec<Turn>>) -> Result<Plan, E::Error> {
        for (root, traffic) in &mut self.traffic {
            let was_made = |directory: &RelPath| {
                let at = Spot {
                    root: root.clone(),
                    path: directory.clone(),
                };
                trails
                    .get(&at)
                    .is_some_and(|turns| was(turns) == Presence::Nothing)
            };
            self.plan.intents.extend(traffic.settle(was_made)?);
        }
        self.plan.unsettled = self.plan.record.parked.keys().cloned().collect();
        self.plan.intents.extend(self.parking.into_intents()?);
        put_in_order(&mut self.plan.intents, |intent| &intent.change);
        self.plan
            .steps
            .sort_by(|left, right| left.at.cmp(&right.at));
        Ok(self.plan)
    }
}
