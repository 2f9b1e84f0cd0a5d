//! Enters a home to change it: makes it where it is to be made, takes its lock, finishes what was interrupted.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Home, HomeError, absent, open_root};
use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::effects::apply::{self, Checkpoint, Recovered, Site};
use crate::effects::os::disk::bounded::SIGNATURE_MAX;
use crate::effects::os::disk::{self, DiskError, Root, outside};
use crate::effects::os::host::{self, Interrupt};
use crate::effects::outside::folders::Folders;
use crate::effects::outside::reach::Reach;
use crate::effects::outside::surroundings::Surroundings;
use crate::effects::state::State;
use crate::model::ignore::Ignore;

/// Pause between two tries of a run that waits for the lock.
const LOCK_POLL: Duration = Duration::from_millis(25);

/// A home whose lock this run holds.
pub(crate) struct Entered {
    /// The home, recovered if need be.
    pub home: Home,
    /// Outcome of a transaction that had been interrupted.
    pub recovered: Recovered,
    made: Vec<PathBuf>,
    made_state: bool,
    _lock: File,
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
    let made = make_home(entrance)?;
    let entered = enter_made(entrance);
    if entered.is_err() {
        disk::remove_directories(&made).ignore("what made it fail is what the user must hear");
    }
    entered.map(|entered| Entered { made, ..entered })
}

fn enter_made(entrance: &Entrance) -> Result<Entered, HomeError> {
    let root = open_root(entrance.path)?;
    refuse_foreign_owner(&root)?;
    let made_state = root.stat_if_there(STATE_DIRECTORY)?.is_none();
    let (state, lock) = match lock_state(&root, entrance) {
        Ok(locked) => locked,
        Err(error) => {
            // A state that another run holds is its own by now.
            if made_state && !matches!(error, HomeError::Locked { .. } | HomeError::Interrupted) {
                State::remove_unused(&root).ignore("what made it fail is what the user must hear");
            }
            return Err(error);
        }
    };
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
        folders.keep_within(|| Reach::look(&root, entrance.surroundings));
    }
    let recovered =
        apply::recover(&site, entrance.recovery == Recovery::KeepCurrent).map_err(|error| {
            if is_pending {
                HomeError::Unfinished(error)
            } else {
                error.into()
            }
        })?;
    let home = Home::read(root, Some(state))?;
    Ok(Entered {
        home,
        recovered,
        made: Vec::new(),
        made_state,
        _lock: lock,
    })
}

fn lock_state(root: &Root, entrance: &Entrance) -> Result<(State, File), HomeError> {
    let state = State::open_or_make(root)?;
    let lock = take_lock(&state, entrance)?;
    Ok((state, lock))
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
        if self.made_state && self.home.generation == 0 {
            self.home.root.remove_all(STATE_DIRECTORY)?;
        }
        Ok(disk::remove_directories(&self.made)?)
    }
}

fn make_home(entrance: &Entrance) -> Result<Vec<PathBuf>, HomeError> {
    if outside::is_there(entrance.path) {
        return Ok(Vec::new());
    }
    if !entrance.make {
        return Err(absent(entrance.path));
    }
    let nearest = entrance
        .path
        .ancestors()
        .find(|above| outside::is_there(above));
    let nearest = nearest.unwrap_or(Path::new("."));
    let root = open_root(if nearest.as_os_str().is_empty() {
        Path::new(".")
    } else {
        nearest
    })?;
    refuse_foreign_owner(&root)?;
    Ok(disk::make_directories(entrance.path)?)
}

/// `sudo mosaic update` would leave files of root's all over a user's home.
fn refuse_foreign_owner(root: &Root) -> Result<(), HomeError> {
    let owner = root.stat_self()?.stx_uid;
    let you = host::effective_uid();
    if owner == you {
        return Ok(());
    }
    let state = root.stat_if_there(STATE_DIRECTORY).ok().flatten();
    Err(HomeError::ForeignOwner {
        path: root.path().to_owned(),
        owner,
        state_owner: state.map(|state| state.stx_uid),
        you,
    })
}

fn take_lock(state: &State, entrance: &Entrance) -> Result<File, HomeError> {
    let mut lock = state.lock()?;
    let path = state.root.full("lock");
    let failed = |source| DiskError {
        verb: "lock",
        path: path.clone(),
        source,
    };
    let deadline = Instant::now() + entrance.lock_timeout;
    while !disk::try_lock(&lock).map_err(failed)? {
        if entrance.interrupt.is_asked() {
            return Err(HomeError::Interrupted);
        }
        if Instant::now() >= deadline {
            let holder = state
                .root
                .read_at_most("lock", SIGNATURE_MAX)
                .ok()
                .and_then(|text| String::from_utf8(text).ok()?.trim().parse().ok());
            return Err(HomeError::Locked {
                path: entrance.path.to_owned(),
                holder,
            });
        }
        std::thread::sleep(LOCK_POLL);
    }
    sign_lock(&mut lock)
        .ignore("the lock holds without it, and a full disk must not keep anybody from recovering");
    Ok(lock)
}

/// Writes who holds the lock, for those who wait.
fn sign_lock(lock: &mut File) -> std::io::Result<()> {
    disk::overwrite(lock, &format!("{}\n", host::pid()))
}
