//! Enters a home to change it: makes it where it is to be made, takes its lock, finishes what was interrupted.

use std::path::Path;
use std::time::Duration;

use super::claim::{Claim, OnWait, Place, claim};
use super::{Home, HomeError};
use crate::effects::apply::{self, Checkpoint, Recovered, Site};
use crate::effects::os::disk::Root;
use crate::effects::os::host::Interrupt;
use crate::effects::outside::folders::Folders;
use crate::effects::outside::reach::Reach;
use crate::effects::outside::surroundings::Surroundings;
use crate::effects::state::COMMITTED;
use crate::model::generation::Journal;
use crate::model::ignore::Ignore;

/// A home whose lock this run holds.
pub(crate) struct Entered {
    /// The home, recovered if need be.
    pub home: Home,
    /// Outcome of a transaction that had been interrupted.
    pub recovered: Recovered,
    /// The folders, in the state, of generations that cannot be used and were put aside.
    pub put_aside: Vec<String>,
    claim: Claim,
}

/// The way to enter a home.
pub(crate) struct Entrance<'a> {
    /// The home's path.
    pub path: &'a Path,
    /// True if the home is to be made where there is none.
    pub make: bool,
    /// Time to wait for the lock.
    pub lock_timeout: Duration,
    /// The user's wish to stop.
    pub interrupt: &'a Interrupt,
    /// Told of a wait for the lock that takes noticeably long, and for whom.
    pub on_wait: OnWait<'a>,
    /// Told of the checkpoints of a recovery.
    pub on_checkpoint: &'a dyn Fn(Checkpoint),
    /// Treatment of an interrupted transaction.
    pub recovery: Recovery,
    /// The user's surroundings of the home, for what an interrupted transaction does outside of it.
    pub surroundings: &'a Surroundings,
}

/// Treatment of an interrupted transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// Finish the transaction.
    Finish,
    /// Finish what can be finished and leave the rest as it is.
    KeepCurrent,
}

/// Takes the lock and finishes what an interrupted run left behind.
pub(crate) fn enter(entrance: &Entrance) -> Result<Entered, HomeError> {
    let place = Place {
        path: entrance.path.to_owned(),
        make: entrance.make,
        patience: entrance.lock_timeout,
        interrupt: entrance.interrupt.clone(),
    };
    let claim = claim(&place, entrance.on_wait)?;
    let recovered = recover(entrance, &claim).and_then(|(home, recovered)| {
        let (home, put_aside) = settle_damage(entrance, home)?;
        Ok((home, recovered, put_aside))
    });
    match recovered {
        Ok((home, recovered, put_aside)) => Ok(Entered {
            home,
            recovered,
            put_aside,
            claim,
        }),
        Err(error) => {
            claim
                .leave()
                .ignore("what made it fail is what the user must hear");
            Err(error)
        }
    }
}

fn recover(entrance: &Entrance, claim: &Claim) -> Result<(Home, Recovered), HomeError> {
    let root = Root::from(claim.root.twin());
    let state = claim.state.twin();
    let folders = Folders::default();
    let site = Site {
        home: &root,
        state: &state,
        folders: &folders,
        interrupt: entrance.interrupt,
        on_checkpoint: entrance.on_checkpoint,
    };
    let is_pending = state.is_recovery_pending()?;
    if is_pending {
        // A damaged one reaches nothing; the recovery says what is wrong with it.
        let journal = state.read_journal(&format!("{COMMITTED}/journal"));
        let reached = journal.iter().flat_map(Journal::reached);
        folders.keep_within(|| Reach::look(&root, entrance.surroundings).and(reached));
    }
    let recovered =
        apply::recover(&site, entrance.recovery == Recovery::KeepCurrent).map_err(|error| {
            if is_pending {
                HomeError::Unfinished(error)
            } else {
                error.into()
            }
        })?;
    Ok((Home::read(root, Some(state))?, recovered))
}

/// Refuses a home whose newest generation cannot be used, or goes on from the one that can.
fn settle_damage(entrance: &Entrance, home: Home) -> Result<(Home, Vec<String>), HomeError> {
    let (Some(damage), Some(state)) = (&home.damage, &home.state) else {
        return Ok((home, Vec::new()));
    };
    if entrance.recovery == Recovery::Finish {
        return Ok((home.sound()?, Vec::new()));
    }
    let put_aside = state.put_damage_aside(damage.usable)?;
    let home = Home::read(home.root, home.state)?;
    Ok((home.sound()?, put_aside))
}

impl Entered {
    /// The generation that had to be finished first.
    pub(crate) fn finished_generation(&self) -> Option<u64> {
        match &self.recovered {
            Recovered::Finished(committed) => Some(committed.generation),
            _ => None,
        }
    }

    /// Leaves a home as it was found: what entering it made goes again, if nothing was committed.
    pub(crate) fn leave(self) -> Result<(), HomeError> {
        let Self { home, claim, .. } = self;
        // Its folders are open.
        drop(home);
        claim.leave()
    }
}
