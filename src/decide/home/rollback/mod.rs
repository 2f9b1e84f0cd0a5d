//! Decides a rollback: for every path, the changes of later generations are taken back, last first.
//!
//! Where a path is as a change left it, it becomes what that change had found. Where the operator edited it
//! since (or between two generations), his edit is carried along by a three-way merge, or his file stays.

pub(crate) mod parked;
pub(crate) mod preserved;
mod respelled;
pub(crate) mod step_back;
pub(crate) mod trail;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::decide::home::rollback::parked::{park, undo_parked};
use crate::decide::home::rollback::preserved::Preserved;
use crate::decide::home::rollback::step_back::{Held, Unwound, WayBack};
use crate::decide::home::rollback::trail::trails;
use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::model::change::{FileState, Presence, RootName, Spot};
use crate::model::generation::Journal;
use crate::model::plan::{Action, Advisory, Content, Plan};
use crate::model::record::Record;

/// Plans the way back to generation `number`, whose record is `record`. `later` holds the journals of
/// all generations after it, oldest first. What is `preserved` stays as it is.
pub(crate) fn plan<E: Evidence>(
    number: u64,
    record: &Record,
    later: &[Journal],
    preserved: &Preserved,
    umask: u32,
    evidence: &E,
) -> Result<Plan, E::Error> {
    let mut trails = trails(later);
    let mut undoing = Undoing {
        number,
        preserved,
        respelled: respelled::join(&mut trails, evidence)?,
        builder: PlanBuilder::new(record, umask, evidence),
    };
    undoing.builder.commit_if(true);
    // What migrations brought goes back together, too.
    let migrated = preserved.now.ledger.entries.values();
    let edited = migrated.map(|done| done.edits.keys().cloned().collect());
    undoing.builder.keep_together(edited);
    let way = |spot, trail| WayBack {
        spot,
        trail,
        evidence,
    };
    // Files that turn back into directories first: what those hold needs the room. Then bottom-up, so that what a
    // directory holds is on its way out before the directory is asked for.
    for (spot, trail) in &trails {
        if trail.begins_with_directory() {
            undoing.undo(&way(spot, trail))?;
        }
    }
    for (spot, trail) in trails.iter().rev() {
        if !trail.begins_with_directory() {
            undoing.undo(&way(spot, trail))?;
        }
    }
    let was_made = |spot: &Spot| {
        let trail = trails
            .get(spot)
            .filter(|_| !preserved.holds_directory(spot));
        trail.is_some_and(|trail| trail.was() == Presence::Nothing)
    };
    let mut plan = undoing.builder.finish(was_made)?;
    // What comes back is whose it was then.
    let made_then = &record.made_directories;
    plan.record.made_directories.clone_from(made_then);
    Ok(plan)
}

/// Said of a file that cannot go back.
const FIXED: &str = "it is a mount of its own; nothing can take its place";

/// Tells whether a file would have to make room and cannot.
fn is_fixed(sight: FileSight, held: &Held) -> bool {
    let FileSight::Mount(Presence::File(now)) = sight else {
        return false;
    };
    !matches!(held, Held::File(target, _) if *target == now)
}

struct Undoing<'a, E> {
    number: u64,
    preserved: &'a Preserved<'a>,
    /// Files that had other spellings since, and get this one back.
    respelled: BTreeSet<Spot>,
    builder: PlanBuilder<'a, E>,
}

impl<E: Evidence> Undoing<'_, E> {
    fn undo(&mut self, way: &WayBack<E>) -> Result<(), E::Error> {
        if self.preserved.leave(way.spot, &mut self.builder) {
            return Ok(());
        }
        let sight = self.builder.evidence().state_at(way.spot)?;
        let found = self.found(way.spot, sight);
        if way.spot.root == RootName::Conflicts {
            return undo_parked(way, &found, &mut self.builder);
        }
        let is_as_it_was = matches!((&found, way.trail.was()),
            (Held::File(now, _), Presence::File(was)) if now.digest == was.digest);
        match way.unwind(found.clone())? {
            Unwound::To(held) if is_fixed(sight, &held) => park(way, FIXED, &mut self.builder)?,
            Unwound::To(held) => self.bring_about(way, found, held)?,
            Unwound::Stays => {
                let reason = "you changed it since; it stays and is yours";
                self.builder.step(way.spot.clone(), Action::Release, reason);
            }
            Unwound::Parked(_) if is_as_it_was => {}
            Unwound::Parked(reason) => park(way, reason, &mut self.builder)?,
            Unwound::Lost => {
                let message = "its former content is not kept; it stays as it is";
                self.builder.advise(Advisory::about(way.spot, message));
            }
        }
        Ok(())
    }

    fn found(&mut self, spot: &Spot, sight: FileSight) -> Held {
        match sight {
            FileSight::Known(presence) | FileSight::Mount(presence) => match presence {
                Presence::Nothing => Held::Nothing,
                Presence::Directory(mode) => Held::Directory(mode),
                Presence::File(state) => Held::File(state, None),
            },
            FileSight::Foreign if self.builder.directories_of(spot).frees(&spot.path) => {
                Held::Nothing
            }
            FileSight::Foreign => Held::Foreign,
        }
    }

    /// Turns the end of the way back into changes.
    fn bring_about(&mut self, way: &WayBack<E>, found: Held, held: Held) -> Result<(), E::Error> {
        let spot = way.spot;
        self.keep_base(spot, &held)?;
        match (found, held) {
            (Held::File(now, _), Held::File(target, content)) => {
                self.replace(way, now, target, content);
                let spelled = Some(spot).filter(|spot| self.respelled.contains(*spot));
                let spelled = spelled.map(|spot| way.evidence.spelled(spot)).transpose()?;
                if let Some(on_disk) = spelled.flatten() {
                    self.builder.respell(spot, &on_disk, now)?;
                }
            }
            (Held::File(now, _), Held::Nothing) => self.remove(spot, now),
            (Held::File(now, _), Held::Directory(mode)) => {
                self.remove(spot, now);
                self.builder.make_directory(spot, mode);
            }
            (Held::Nothing, Held::File(target, content)) => self.write(spot, target, content),
            (Held::Nothing, Held::Directory(mode)) if !self.preserved.holds_directory(spot) => {
                self.builder.make_directory(spot, mode);
            }
            (Held::Directory(_), Held::File(target, content)) => {
                if self.builder.clear_directory(spot)? {
                    self.write(spot, target, content);
                } else {
                    let reason = "a directory with files of yours is in its place now";
                    park(way, reason, &mut self.builder)?;
                }
            }
            // Nothing may ever have been in it; one that somebody made since is his.
            (Held::Directory(_), Held::Nothing) if way.trail.ends_with_directory() => {
                self.builder.abandon(spot);
            }
            (Held::Directory(_) | Held::Foreign, Held::Directory(_) | Held::Foreign)
                if spot.home_path().is_some() && way.trail.ends_with_file() =>
            {
                park(way, "something else is in its place now", &mut self.builder)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Keeps what comes back to a file that nobody ships as the base of a later merge: of that there is no other.
    fn keep_base(&mut self, spot: &Spot, held: &Held) -> Result<(), E::Error> {
        let entries = &self.builder.record().entries;
        let is_shipped = spot
            .home_path()
            .is_some_and(|path| entries.contains_key(path));
        if let (false, Held::File(_, Some(Content::Kept { generation, slot }))) = (is_shipped, held)
        {
            let content = self.builder.evidence().kept(*generation, *slot)?;
            self.builder.keep_base(Content::Bytes(content));
        }
        Ok(())
    }

    fn replace(
        &mut self,
        way: &WayBack<E>,
        now: FileState,
        target: FileState,
        content: Option<Content>,
    ) {
        let merged = content.clone();
        let change = self.builder.put(way.spot, Some(now), target, content);
        let Some(change) = change else {
            return;
        };
        let is_as_it_was =
            matches!(way.trail.was(), Presence::File(was) if was.digest == target.digest);
        let (action, reason) = if change.brings().is_none() {
            (Action::Chmod, self.as_it_was())
        } else if is_as_it_was {
            (Action::Restore, self.as_it_was())
        } else {
            (Action::Merge, "your edit, and what was there".into())
        };
        if action == Action::Merge {
            if let Some(merged) = merged {
                self.builder.keep_base(merged);
            }
            let entries = self.builder.record_mut().entries_mut();
            let entry = way.spot.home_path().and_then(|path| entries.get_mut(path));
            if let Some(entry) = entry {
                entry.left = target.digest;
            }
        }
        self.builder.step(way.spot.clone(), action, reason);
    }

    fn write(&mut self, spot: &Spot, target: FileState, content: Option<Content>) {
        self.builder.put(spot, None, target, content);
        let reason = self.as_it_was();
        self.builder.step(spot.clone(), Action::Restore, reason);
    }

    fn remove(&mut self, spot: &Spot, now: FileState) {
        self.builder.remove(spot, now);
        let reason = format!("was not there in generation {}", self.number);
        self.builder.step(spot.clone(), Action::Remove, reason);
    }

    fn as_it_was(&self) -> Cow<'static, str> {
        format!("as it was in generation {}", self.number).into()
    }
}
