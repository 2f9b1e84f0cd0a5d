//! Brings the active units of an installed fleet in step with a release, by the decision table: what a release or an
//! install put there is replaced, an edit is merged, and what cannot be merged stays.

use std::collections::BTreeSet;

use crate::decide::fleet::install::{Occupant, UnitTarget};
use crate::decide::fleet::units::is_of;
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::decide::plan::parking::{Parking, outside_spot};
use crate::decide::text::merge::{Merged, is_text, merge};
use crate::model::bundle::Earlier;
use crate::model::change::{Alteration, Change, FileState, Presence, Spot};
use crate::model::digest::Digest;
use crate::model::mode::Mode;
use crate::model::plan::{Action, Advisory, Content, Intent, Plan, Step};
use crate::model::record::Entry;

/// What is in systemd's directory of a home's fleet.
#[derive(Debug, Default)]
pub struct ActiveUnits {
    /// The units of ours, and what a release ships for them.
    pub targets: Vec<UnitTarget>,
    /// Those that start with the manager, instances of templates included.
    pub enabled: BTreeSet<String>,
}

/// What is active, against what a release ships.
pub struct Active<'a> {
    /// What is active.
    pub units: &'a ActiveUnits,
    /// Whether it ships a unit of this name.
    pub ships: &'a dyn Fn(&str) -> bool,
    /// What earlier releases shipped.
    pub earlier: &'a Earlier,
    /// For what is made.
    pub umask: u32,
}

/// Adds to a plan what has to be done to them. The plan's record still says what was.
pub fn refresh<E: Evidence>(
    active: &Active,
    evidence: &E,
    plan: &mut Plan,
    parking: &mut Parking<E>,
) -> Result<(), E::Error> {
    let mut refreshing = Refreshing {
        active,
        evidence,
        plan,
        parking,
    };
    for target in &active.units.targets {
        if matches!(target.occupant, Occupant::Ours | Occupant::Nothing) {
            refreshing.unit(target)?;
        }
    }
    refreshing.retire()
}

/// Forgets a unit. One that is as it was put there leaves, and nothing of it starts with the manager any more.
pub fn withdraw<E: Evidence>(
    at: &Spot,
    entry: &Entry,
    enabled: &BTreeSet<String>,
    evidence: &E,
    plan: &mut Plan,
) -> Result<Action, E::Error> {
    plan.record.units.remove(at);
    let action = match evidence.state_at(at)? {
        FileSight::Known(Presence::File(before)) if before.digest == entry.shipped => {
            let change = Change {
                at: at.clone(),
                alteration: Alteration::RemoveFile { before },
            };
            plan.intents.push(Intent {
                change,
                content: None,
            });
            Action::Remove
        }
        FileSight::Known(Presence::Nothing) => Action::Forget,
        _ => return Ok(Action::Release),
    };
    let file = at.path.split().1;
    plan.record.enabled.retain(|unit| !is_of(unit, file));
    plan.record
        .disabled
        .extend(enabled.iter().filter(|unit| is_of(unit, file)).cloned());
    Ok(action)
}

struct Refreshing<'r, 'a, E> {
    active: &'r Active<'r>,
    evidence: &'r E,
    plan: &'r mut Plan,
    parking: &'r mut Parking<'a, E>,
}

impl<E: Evidence> Refreshing<'_, '_, E> {
    fn unit(&mut self, target: &UnitTarget) -> Result<(), E::Error> {
        let at = &target.at;
        let want = Digest::of(target.want.as_bytes());
        let entry = self.plan.record.units.get(at).copied();
        // Until it turns out to be in conflict again.
        self.parking.clear_outside(at);
        let Some(found) = self.evidence.state_at(at)?.file() else {
            self.put(
                target,
                None,
                target.want.clone(),
                Action::Write,
                "where systemd reads it",
            );
            return Ok(());
        };
        let is_as_put = match entry {
            Some(entry) => entry.shipped == found.digest,
            None => self
                .active
                .earlier
                .shipped(&target.shipped_at, found.digest),
        };
        if found.digest == want {
            if entry.map(|entry| entry.shipped) != Some(want) {
                self.record(target, want);
                self.step(at, Action::Adopt, "already what ships");
            }
        } else if is_as_put {
            self.put(
                target,
                Some(found),
                target.want.clone(),
                Action::Replace,
                "the active copy",
            );
        } else if entry.is_some_and(|entry| entry.shipped == want) {
            self.step(
                at,
                Action::Edited,
                "your edit; this release does not change the unit",
            );
        } else {
            self.join(target, found, entry)?;
        }
        Ok(())
    }

    /// The operator's edit and the release's.
    fn join(
        &mut self,
        target: &UnitTarget,
        found: FileState,
        entry: Option<Entry>,
    ) -> Result<(), E::Error> {
        let base = entry
            .map(|entry| self.evidence.base(entry.shipped))
            .transpose()?
            .flatten();
        let edited = self.evidence.content(&target.at)?;
        let merged = base.filter(|base| {
            is_text(base) && is_text(&edited) && Digest::of(&edited) == found.digest
        });
        let merged = merged.map(|base| merge(&base, &edited, target.want.as_bytes()));
        match merged {
            Some(Merged::Clean(content)) => {
                let text = String::from_utf8(content).unwrap_or_else(|_| target.want.clone());
                self.put(
                    target,
                    Some(found),
                    text,
                    Action::Merge,
                    "your edit and the release's",
                );
            }
            _ => self.leave(target),
        }
        Ok(())
    }

    /// The copy stays; what ships is put where a person finds it, until he has moved his edit to a drop-in.
    fn leave(&mut self, target: &UnitTarget) {
        let at = &target.at;
        self.plan.stays.push(at.clone());
        let place = outside_spot(at);
        let shipped = place
            .as_ref()
            .map_or(String::new(), |place| format!(" (what ships is {place})"));
        let message = format!(
            "you edited this copy, and the release's cannot be joined to it{shipped}; move your edit to a drop-in \
             (systemctl --user edit), remove the copy, and update again"
        );
        if let Some(place) = place {
            let content = target.want.clone().into_bytes();
            self.parking
                .park(place, Digest::of(&content), Content::Bytes(content));
        }
        self.plan.advisories.push(Advisory::about(at, message));
    }

    fn put(
        &mut self,
        target: &UnitTarget,
        found: Option<FileState>,
        text: String,
        action: Action,
        reason: &'static str,
    ) {
        let at = &target.at;
        let mode = found.map_or(Mode::of_new_file(false, self.active.umask), |found| {
            found.mode
        });
        let after = FileState {
            digest: Digest::of(text.as_bytes()),
            mode,
        };
        let before = found.map_or(Presence::Nothing, Presence::File);
        if let Some(alteration) = Alteration::between(before, Presence::File(after)) {
            let content = alteration
                .brings()
                .map(|_| Content::Bytes(text.into_bytes()));
            let change = Change {
                at: at.clone(),
                alteration,
            };
            self.plan.intents.push(Intent { change, content });
        }
        self.record(target, after.digest);
        self.step(at, action, reason);
    }

    /// What no longer ships leaves the directory if it is as it was put there; its running instances go on.
    fn retire(&mut self) -> Result<(), E::Error> {
        let ships = |at: &Spot| (self.active.ships)(at.path.split().1);
        let recorded = self.plan.record.units.clone();
        for (at, entry) in recorded.iter().filter(|(at, _)| !ships(at)) {
            self.parking.clear_outside(at);
            let action = withdraw(
                at,
                entry,
                &self.active.units.enabled,
                self.evidence,
                self.plan,
            )?;
            let reason = match action {
                Action::Remove => "no longer ships; what runs of it goes on",
                Action::Forget => "no longer ships; already gone",
                _ => "no longer ships; your version stays and is yours",
            };
            self.step(at, action, reason);
        }
        Ok(())
    }

    /// What ships is the base of the next merge.
    fn record(&mut self, target: &UnitTarget, left: Digest) {
        self.plan
            .bases
            .push(Content::Bytes(target.want.clone().into_bytes()));
        let shipped = Digest::of(target.want.as_bytes());
        self.plan.record.units.insert(
            target.at.clone(),
            Entry {
                shipped,
                left,
                executable: false,
            },
        );
    }

    fn step(&mut self, at: &Spot, action: Action, reason: &'static str) {
        self.plan.commits |= action.is_change();
        self.plan.steps.push(Step {
            at: at.clone(),
            action,
            reason: reason.into(),
        });
    }
}
