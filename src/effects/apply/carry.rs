//! Carries the committed changes out, one after the other, and keeps together what belongs together.

use rustix::io::Errno;

use crate::decide::home::ways::Ways;
use crate::effects::apply::carrier::Carrier;
use crate::effects::apply::moves::Moves;
use crate::effects::apply::roots::Roots;
use crate::effects::apply::slot::Slot;
use crate::effects::apply::{Checkpoint, Manner, PlaceRefusal, Site, Uncarried, chain};
use crate::effects::os::disk::{DiskError, Root};
use crate::effects::state::COMMITTED;
use crate::model::generation::{ChangeOutcome, Journal, Logged};

/// Carries out every change of a journal and notes the fate of each; returns the places that refused theirs.
///
/// As long as nothing live has changed, a refusal ends it, and the commit can be taken back. After that it goes on
/// around the place that refuses: what was there stays, and what goes together with it is given back.
pub(super) fn carry_out(
    site: &Site,
    journal: &mut Journal,
    manner: Manner,
    ways: &dyn Fn(usize) -> Ways,
) -> Result<Vec<PlaceRefusal>, Uncarried> {
    let at_once = |error| Uncarried {
        error,
        is_untouched: manner == Manner::First,
    };
    let groups = site.state.groups(COMMITTED).map_err(at_once)?;
    let changes = journal.changes.iter().map(|logged| &logged.change);
    let mut carrying = Carrying {
        site,
        roots: Roots::open(site, changes).map_err(|error| at_once(error.into()))?,
        manner,
        ways,
        is_untouched: manner == Manner::First,
        refusals: Vec::new(),
    };
    for (number, logged) in journal.changes.iter_mut().enumerate() {
        if logged.fate == ChangeOutcome::Done {
            carrying.carry(number, logged)?;
        }
    }
    for group in &groups {
        carrying.keep_together(group, &mut journal.changes)?;
    }
    Ok(carrying.refusals)
}

/// A carry-out in progress.
struct Carrying<'a> {
    site: &'a Site<'a>,
    roots: Roots<'a>,
    manner: Manner,
    ways: &'a dyn Fn(usize) -> Ways,
    is_untouched: bool,
    refusals: Vec<PlaceRefusal>,
}

impl Carrying<'_> {
    fn carry(&mut self, number: usize, logged: &mut Logged) -> Result<(), Uncarried> {
        let at = &logged.change.at;
        let is_covered = self.manner == Manner::First || self.site.folders.covers(at);
        let Some(live) = self.roots.of(&at.root).filter(|_| is_covered) else {
            // Somebody took the whole folder away, or led the link elsewhere: his.
            logged.fate = ChangeOutcome::Overtaken;
            return Ok(());
        };
        let alteration = logged.change.alteration;
        let carried = self.with((number, logged), live, |carrier| {
            let carried = carrier.carry(&alteration);
            let has_left = carried.is_err() && carrier.has_left(&alteration).unwrap_or(false);
            (carried, has_left)
        });
        logged.fate = match carried {
            (Ok(fate), _) => fate,
            (Err(error), has_left) => {
                let is_untouched = self.is_untouched && has_left;
                if is_untouched || !self.manner.goes_around(&error) {
                    let error = error.into();
                    return Err(Uncarried {
                        error,
                        is_untouched,
                    });
                }
                self.refusals.push(PlaceRefusal {
                    at: logged.change.at.clone(),
                    reason: chain(&error),
                });
                ChangeOutcome::Overtaken
            }
        };
        self.is_untouched &= logged.fate == ChangeOutcome::Overtaken;
        (self.site.on_checkpoint)(Checkpoint::Carried);
        Ok(())
    }

    /// Where one of a group stays as it was, the others go back to what they were, as far as nobody changed them since.
    fn keep_together(&mut self, group: &[usize], changes: &mut [Logged]) -> Result<(), Uncarried> {
        let stays = |number: &&usize| {
            let logged = changes.get(**number);
            logged.is_some_and(|logged| logged.fate == ChangeOutcome::Overtaken)
        };
        let Some(first) = group.iter().find(stays) else {
            return Ok(());
        };
        let first = changes[*first].change.at.to_string();
        for number in group.iter().rev() {
            let carried = changes.get_mut(*number);
            let Some(logged) = carried.filter(|logged| logged.fate == ChangeOutcome::Done) else {
                continue;
            };
            let Some(live) = self.roots.of(&logged.change.at.root) else {
                continue;
            };
            let alteration = logged.change.alteration;
            let given = self.with((*number, logged), live, |carrier| {
                carrier.give_back(&alteration)
            });
            match given {
                Ok(true) => {
                    logged.fate = ChangeOutcome::Overtaken;
                    self.refusals.push(PlaceRefusal {
                        at: logged.change.at.clone(),
                        reason: format!("it goes together with {first}, which stayed"),
                    });
                }
                // He has changed it since: his.
                Ok(false) => {}
                Err(error) if self.manner.goes_around(&error) => self.refusals.push(PlaceRefusal {
                    at: logged.change.at.clone(),
                    reason: chain(&error),
                }),
                Err(error) => {
                    return Err(Uncarried {
                        error: error.into(),
                        is_untouched: false,
                    });
                }
            }
            (self.site.on_checkpoint)(Checkpoint::Carried);
        }
        Ok(())
    }

    /// Lets the carrier of a change in a tree do something.
    fn with<T>(
        &self,
        (number, logged): (usize, &Logged),
        live: &Root,
        act: impl FnOnce(&Carrier) -> T,
    ) -> T {
        let path = logged.change.at.path.as_str();
        let slot = Slot::of(self.site, live, number, logged);
        act(&Carrier {
            site: self.site,
            live,
            path,
            moves: Moves::new(live, path, &slot, (self.ways)(number)),
            slot: &slot,
            manner: self.manner,
        })
    }
}

impl Manner {
    /// Tells whether the other changes are carried out around one that failed so: where its place will never have it,
    /// or where the user asked for that. What may be over soon, as a full disk, is waited for.
    fn goes_around(self, error: &DiskError) -> bool {
        let Some(errno) = error.errno() else {
            return true;
        };
        let will_not = matches!(
            errno,
            Errno::PERM
                | Errno::ACCESS
                | Errno::BUSY
                | Errno::XDEV
                | Errno::INVAL
                | Errno::ROFS
                | Errno::NOSYS
                | Errno::OPNOTSUPP
                | Errno::MLINK
                | Errno::NAMETOOLONG
                | Errno::TXTBSY
        );
        will_not || self == Self::Again { keep_current: true }
    }
}
