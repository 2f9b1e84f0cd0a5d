//! The way into a home and out of it: what is made, looked at and taken away, all under the lock.
//!
//! A run has the lock once it holds the one that is in its place: of the state that is in the home that is at the path.
//! If another took one of them away meanwhile, the run begins again. A run that leaves a home as it found it takes away,
//! still under the lock, what only first runs make, the lock last; the directories above go with the run that made them.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{HomeError, absent, open_root};
use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::effects::home::nesting::is_home;
use crate::effects::os::disk::{self, DiskError, Root, outside};
use crate::effects::os::host::{self, Interrupt};
use crate::effects::state::lock::{self, LockHolder};
use crate::effects::state::{State, StateError};
use crate::model::ignore::Ignore;

/// Pause between two tries of a run that waits for the lock.
const LOCK_POLL: Duration = Duration::from_millis(25);
/// Wait after which it is told for whom.
const NOTICE: Duration = Duration::from_millis(500);
/// Number of times that others may take away what a run came for.
const TRIES: usize = 100;
/// Number of pauses that a file system gets to let the name of a closed lock go.
const CLOSING: usize = 40;

/// The place that a run claims, and how long it waits for that.
#[derive(Clone)]
pub(super) struct Place {
    /// The home's path.
    pub(super) path: PathBuf,
    /// True if the home is to be made where there is none.
    pub(super) make: bool,
    /// Time to wait for the lock.
    pub(super) patience: Duration,
    /// The user's wish to stop.
    pub(super) interrupt: Interrupt,
}

/// Told of a wait that takes noticeably long, and for whom.
pub(super) type OnWait<'a> = &'a dyn Fn(Option<&LockHolder>);

/// A home that this run may change: home, state and lock are those that are at the path.
pub(super) struct Claim {
    /// The home's files.
    pub(super) root: Root,
    /// The home's state.
    pub(super) state: State,
    place: Place,
    lock: File,
    made: Vec<PathBuf>,
}

/// Reason why a try to claim a home came to nothing.
enum Missed {
    /// Another run took away what this one came for: it begins again.
    Gone(HomeError),
    /// It would come to nothing again.
    Failed(HomeError),
}

/// Claims a home: makes it where it is to be made, and takes its lock.
pub(super) fn claim(place: &Place, on_wait: OnWait) -> Result<Claim, HomeError> {
    let deadline = Instant::now() + place.patience;
    let mut made = Vec::new();
    let mut left = TRIES;
    loop {
        let error = match attempt(place, on_wait, deadline, &mut made) {
            Ok(claim) => match claim.furnish() {
                Ok(()) => return Ok(Claim { made, ..claim }),
                Err(error) => {
                    Claim { made, ..claim }
                        .leave()
                        .ignore("what made it fail is what the user must hear");
                    return Err(error.into());
                }
            },
            Err(Missed::Gone(_)) if left > 0 => {
                left -= 1;
                continue;
            }
            Err(Missed::Gone(error) | Missed::Failed(error)) => error,
        };
        disk::remove_directories(&made).ignore("what made it fail is what the user must hear");
        return Err(error);
    }
}

fn attempt(
    place: &Place,
    on_wait: OnWait,
    deadline: Instant,
    made: &mut Vec<PathBuf>,
) -> Result<Claim, Missed> {
    let missed = |error| missed(error, place);
    make_home(place, made).map_err(missed)?;
    let root = open_root(&place.path).map_err(missed)?;
    refuse_foreign_owner(&root).map_err(Missed::Failed)?;
    let state = open_state(&root, made).map_err(missed)?;
    let lock = take_lock(&state, place, on_wait, deadline).map_err(|error| {
        if matches!(error, HomeError::State(_)) && made.contains(&state.root.path().to_owned()) {
            state
                .withdraw_lock()
                .ignore("what made it fail is what the user must hear");
        }
        missed(error)
    })?;
    let claim = Claim {
        root,
        state,
        place: place.clone(),
        lock,
        made: Vec::new(),
    };
    match claim.is_in_place() {
        Ok(true) => Ok(claim),
        Ok(false) => Err(Missed::Gone(HomeError::Locked {
            path: place.path.clone(),
            holder: None,
        })),
        Err(error) => {
            claim
                .vacate()
                .ignore("what made it fail is what the user must hear");
            Err(Missed::Failed(error))
        }
    }
}

fn missed(error: HomeError, place: &Place) -> Missed {
    let is_gone = match &error {
        HomeError::Absent { .. } => place.make,
        HomeError::Disk(error) | HomeError::State(StateError::Disk(error)) => error.is_absent(),
        _ => false,
    };
    if is_gone {
        Missed::Gone(error)
    } else {
        Missed::Failed(error)
    }
}

/// Opens the state, made where there is none. Until it is locked, its folder is one more directory that was made.
fn open_state(root: &Root, made: &mut Vec<PathBuf>) -> Result<State, HomeError> {
    let folder = root.full(STATE_DIRECTORY);
    let was_there = root.stat_if_there(STATE_DIRECTORY)?.is_some();
    let opened = State::open_or_begin(root);
    let is_made = opened.as_ref().map_or(!was_there, |(_, is_made)| *is_made);
    if is_made && !made.contains(&folder) {
        made.push(folder);
    }
    Ok(opened?.0)
}

fn make_home(place: &Place, made: &mut Vec<PathBuf>) -> Result<(), HomeError> {
    let path = &place.path;
    if outside::is_there(path) {
        return Ok(());
    }
    if !place.make {
        return Err(absent(path));
    }
    let nearest = path.ancestors().find(|above| outside::is_there(above));
    let nearest = nearest.filter(|above| !above.as_os_str().is_empty());
    refuse_foreign_owner(&open_root(nearest.unwrap_or(Path::new(".")))?)?;
    let outcome = disk::make_missing(path, made);
    // Outermost first, also where some went meanwhile and were made again.
    made.sort();
    Ok(outcome?)
}

/// Refuses a home, or the directory that it would be made in, of another user: `sudo mosaic update` would leave files of
/// root's all over a user's home.
pub(crate) fn refuse_foreign_owner(root: &Root) -> Result<(), HomeError> {
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

fn take_lock(
    state: &State,
    place: &Place,
    on_wait: OnWait,
    deadline: Instant,
) -> Result<File, HomeError> {
    let lock = state.lock()?;
    let mut is_told = false;
    let begun = Instant::now();
    while !state.try_lock(&lock)? {
        if place.interrupt.is_asked() {
            return Err(HomeError::Interrupted);
        }
        if Instant::now() >= deadline {
            return Err(HomeError::Locked {
                path: place.path.clone(),
                holder: state.holder(&lock),
            });
        }
        if !is_told && begun.elapsed() >= NOTICE {
            is_told = true;
            on_wait(state.holder(&lock).as_ref());
        }
        std::thread::sleep(LOCK_POLL);
    }
    Ok(lock)
}

impl Claim {
    fn is_in_place(&self) -> Result<bool, HomeError> {
        let at_path = match Root::open(&self.place.path) {
            Err(error) if error.is_absent() => return Ok(false),
            opened => opened?.stat_self()?,
        };
        let own = self.root.stat_self()?;
        Ok(disk::is_same(&own, &at_path) && self.state.is_in_place(&self.root, &self.lock)?)
    }

    fn furnish(&self) -> Result<(), StateError> {
        lock::sign(&self.lock).ignore(
            "the lock holds without it, and a full disk must not keep anybody from recovering",
        );
        self.state.furnish()
    }

    /// Leaves a home as it was found: what first runs made goes again, if nothing was ever committed.
    pub(super) fn leave(mut self) -> Result<(), HomeError> {
        let place = self.place.clone();
        let made = std::mem::take(&mut self.made);
        self.vacate()?;
        Ok(take_away(&place, &made)?)
    }

    /// Removes a state that nothing was committed to, and lets the lock go.
    fn vacate(self) -> Result<(), DiskError> {
        let Self {
            root, state, lock, ..
        } = self;
        if !state.empty_unused()? {
            return Ok(());
        }
        if root.remove_here(STATE_DIRECTORY)? {
            return Ok(());
        }
        // Some file systems keep a name of an open file until it is closed.
        drop(lock);
        for _ in 0..CLOSING {
            if state.has_lock() || root.remove_here(STATE_DIRECTORY)? {
                break;
            }
            std::thread::sleep(LOCK_POLL);
        }
        Ok(())
    }
}

/// Removes the directories that this run made. Another first run may be in them by now: if that leaves, or dies, they
/// still are this run's to remove.
fn take_away(place: &Place, made: &[PathBuf]) -> Result<(), DiskError> {
    let deadline = Instant::now() + place.patience;
    let inner = Place {
        make: false,
        patience: Duration::ZERO,
        ..place.clone()
    };
    let state = place.path.join(STATE_DIRECTORY);
    loop {
        disk::remove_directories(made)?;
        let is_over = Instant::now() >= deadline || place.interrupt.is_asked();
        match made.first() {
            Some(outermost) if !is_over && is_only_begun(outermost, &state) => {}
            _ => return Ok(()),
        }
        if outside::is_there(&state)
            && let Ok(claim) = attempt(&inner, &|_| (), Instant::now(), &mut Vec::new())
        {
            claim.vacate()?;
        } else {
            std::thread::sleep(LOCK_POLL);
        }
    }
}

/// Tells whether a directory is there and holds nothing but a home, and that nothing but a state that nothing was
/// committed to yet.
fn is_only_begun(outermost: &Path, state: &Path) -> bool {
    let inner = state
        .ancestors()
        .take_while(|inner| *inner != outermost && inner.starts_with(outermost));
    let mut steps = inner.filter_map(|inner| Some((inner.parent()?, inner.file_name()?)));
    let is_passage =
        |(above, name): (&Path, &OsStr)| outside::names(above).iter().all(|there| there == name);
    let is_committed = state.parent().is_some_and(is_home);
    outside::is_there(outermost) && !is_committed && steps.all(is_passage)
}
