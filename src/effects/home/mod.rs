//! A Mosaic home, opened to look at or entered to change.

pub mod chronicle;
pub mod deltas;
pub mod evidence;
pub mod pending;
pub mod survey;
pub mod traces;

use crate::effects::os::disk::above::resolved;
use crate::effects::outside::surroundings::Surroundings;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FileType, Statx};

use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::decide::plan::classes::PRESERVE_FILE;
use crate::decide::text::nearest::nearest;
use crate::effects::apply::{self, Checkpoint, Recovered, Site};
use crate::effects::os::disk::{self, DiskError, Root, kind_of};
use crate::effects::os::host::{self, Interrupt};
use crate::effects::outside::folders::Folders;
use crate::effects::outside::reach::Reach;
use crate::effects::state::{COMMITTED, GENERATIONS, State, StateError, sign_lock};
use crate::model::change::{RootName, Spot};
use crate::model::record::Record;

/// How often a waiting run tries the lock.
const LOCK_POLL: Duration = Duration::from_millis(25);

/// Why a home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// There is nothing at that path.
    #[error("there is no Mosaic home at {}", path.display())]
    Absent {
        path: PathBuf,
        nearest: Option<PathBuf>,
    },
    /// It is a file, or something else that cannot hold files.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// It would lie inside another home.
    #[error("{} lies inside the Mosaic home {}", path.display(), outer.display())]
    Inside { path: PathBuf, outer: PathBuf },
    /// Another user owns it, or the directory that it would be made in.
    #[error("{} belongs to user {owner}, and you are user {you}", path.display())]
    ForeignOwner { path: PathBuf, owner: u32, you: u32 },
    /// Another run holds the lock.
    #[error("another mosaic run{} holds the lock of {}", holder.map_or(String::new(), |pid| format!(" (pid {pid})")), path.display())]
    Locked { path: PathBuf, holder: Option<u32> },
    /// A committed transaction could not be finished; the home may be half changed.
    #[error("the interrupted run could not be finished")]
    Unfinished(#[source] StateError),
    /// The user asked to stop while waiting.
    #[error("interrupted before anything was changed")]
    Interrupted,
    /// The operator's list of paths cannot be read as text.
    #[error("{} is not UTF-8 text", .0.display())]
    PreserveFile(PathBuf),
    /// The file system did not do something.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A home as it is.
pub struct Home {
    /// Its files.
    pub root: Root,
    /// Its state, where it has one.
    pub state: Option<State>,
    /// The directories outside it that changes go to.
    pub folders: Folders,
    /// The current generation; 0 where nothing was committed yet.
    pub generation: u64,
    /// The record of that generation.
    pub record: Record,
    /// Whether a committed transaction waits to be finished.
    pub recovery_pending: bool,
    /// The text of the operator's `.mosaicpreserve`; empty where there is none.
    pub preserve_text: String,
}

impl Home {
    /// Opens a home without taking the lock or changing anything.
    pub fn look(path: &Path) -> Result<Self, HomeError> {
        let root = open_root(path)?;
        let state = State::open(&root)?;
        Self::read(root, state)
    }

    /// A home that is not there yet, for a dry run of an install.
    pub fn nowhere(path: &Path) -> Self {
        Self {
            root: Root::nowhere(path),
            state: None,
            folders: Folders::default(),
            generation: 0,
            record: Record::default(),
            recovery_pending: false,
            preserve_text: String::new(),
        }
    }

    /// What is at a live spot, or nothing.
    pub fn stat_if_there(&self, at: &Spot) -> Result<Option<Statx>, DiskError> {
        match &at.root {
            RootName::Folder(folder) => match self.folders.find(folder)? {
                Some(folder) => folder.stat_if_there(at.path.as_str()),
                None => Ok(None),
            },
            _ => self.root.stat_if_there(at.path.as_str()),
        }
    }

    fn read(root: Root, state: Option<State>) -> Result<Self, HomeError> {
        let (mut generation, mut record, mut recovery_pending) = (0, Record::default(), false);
        if let Some(state) = &state {
            generation = state.generations()?.last().copied().unwrap_or(0);
            record = state.record(generation)?;
            recovery_pending = state.is_recovery_pending()?;
        }
        let preserve_text = preserve_text(&root)?;
        let folders = Folders::default();
        Ok(Self {
            root,
            state,
            folders,
            generation,
            record,
            recovery_pending,
            preserve_text,
        })
    }
}

/// A home whose lock this run holds.
pub struct Entered {
    /// The home, recovered if need be.
    pub home: Home,
    /// What had to be finished first.
    pub recovered: Recovered,
    made: Vec<PathBuf>,
    made_state: bool,
    _lock: File,
}

/// How to enter a home.
pub struct Entrance<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// Whether to make it where there is none.
    pub make: bool,
    /// How long to wait for the lock.
    pub lock_timeout: Duration,
    /// Whether the user asked to stop.
    pub interrupt: &'a Interrupt,
    /// Told of the checkpoints of a recovery.
    pub at: &'a dyn Fn(Checkpoint),
    /// What to do with an interrupted transaction.
    pub recovery: Recovery,
    /// Where the home stands, for what an interrupted transaction does outside of it.
    pub surroundings: &'a Surroundings,
}

/// What to do with an interrupted transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Finish it.
    Finish,
    /// Finish what can be finished and leave the rest as it is.
    KeepCurrent,
}

/// Takes the lock and finishes what an interrupted run left behind.
pub fn enter(entrance: &Entrance) -> Result<Entered, HomeError> {
    let made = make_home(entrance)?;
    let entered = enter_made(entrance);
    if entered.is_err() {
        // What made it fail is what the user must hear.
        drop(disk::remove_directories(&made));
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
                drop(State::remove_unused(&root));
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
        at: entrance.at,
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
    pub fn finished_generation(&self) -> Option<u64> {
        match &self.recovered {
            Recovered::Finished(committed) => Some(committed.generation),
            _ => None,
        }
    }

    /// Leaves a home as it was found: what entering it made goes again, if nothing was committed.
    pub fn leave(self) -> Result<(), HomeError> {
        if self.made_state && self.home.generation == 0 {
            self.home.root.remove_all(STATE_DIRECTORY)?;
        }
        Ok(disk::remove_directories(&self.made)?)
    }
}

/// A home that nothing was ever committed to may not begin inside another one, whose files it would take for its
/// operator's.
pub fn refuse_inside_another(path: &Path) -> Result<(), HomeError> {
    if is_home(path) {
        return Ok(());
    }
    match outer_home(path) {
        Some(outer) => Err(HomeError::Inside {
            path: path.to_owned(),
            outer,
        }),
        None => Ok(()),
    }
}

/// The home that a path lies inside of.
pub fn outer_home(path: &Path) -> Option<PathBuf> {
    resolved(path)
        .ancestors()
        .skip(1)
        .find(|above| is_home(above))
        .map(Path::to_owned)
}

fn make_home(entrance: &Entrance) -> Result<Vec<PathBuf>, HomeError> {
    if entrance.path.exists() {
        return Ok(Vec::new());
    }
    if !entrance.make {
        return Err(absent(entrance.path));
    }
    let nearest = entrance.path.ancestors().find(|above| above.exists());
    let nearest = nearest.unwrap_or(Path::new("."));
    let root = open_root(if nearest.as_os_str().is_empty() {
        Path::new(".")
    } else {
        nearest
    })?;
    refuse_foreign_owner(&root)?;
    Ok(disk::make_directories(entrance.path)?)
}

fn open_root(path: &Path) -> Result<Root, HomeError> {
    Root::open(path).map_err(|error| match error.errno() {
        Some(rustix::io::Errno::NOENT) => absent(path),
        Some(rustix::io::Errno::NOTDIR) => HomeError::NotADirectory(path.to_owned()),
        _ => error.into(),
    })
}

/// There is no home; perhaps another one beside it was meant.
fn absent(path: &Path) -> HomeError {
    let above = path.parent().unwrap_or(Path::new("/"));
    let beside = Root::open(above)
        .and_then(|above| above.children(""))
        .unwrap_or_default();
    let names = beside.into_iter().filter(|(_, is_directory)| *is_directory);
    let names = names
        .filter_map(|(name, _)| String::from_utf8(name).ok())
        .filter(|name| is_home(&above.join(name)));
    let meant = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let nearest = nearest(meant, names).map(|name| above.join(name));
    HomeError::Absent {
        path: path.to_owned(),
        nearest,
    }
}

/// Whether something was ever committed there.
fn is_home(path: &Path) -> bool {
    let state = path.join(STATE_DIRECTORY);
    let generations = std::fs::read_dir(state.join(GENERATIONS));
    generations.is_ok_and(|mut generations| generations.next().is_some())
        || state.join(COMMITTED).is_dir()
}

/// `sudo mosaic update` would leave files of root's all over a user's home.
fn refuse_foreign_owner(root: &Root) -> Result<(), HomeError> {
    let (owner, you) = (root.stat_self()?.stx_uid, host::effective_uid());
    if owner == you {
        return Ok(());
    }
    Err(HomeError::ForeignOwner {
        path: root.path().to_owned(),
        owner,
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
                .read("lock")
                .ok()
                .and_then(|text| String::from_utf8(text).ok()?.trim().parse().ok());
            return Err(HomeError::Locked {
                path: entrance.path.to_owned(),
                holder,
            });
        }
        std::thread::sleep(LOCK_POLL);
    }
    // The lock holds without it, and a full disk must not keep anybody from recovering.
    drop(sign_lock(&mut lock));
    Ok(lock)
}

/// The operator's list may be a link to a folder of dotfiles: it is only read.
fn preserve_text(root: &Root) -> Result<String, HomeError> {
    let Some(stat) = root.stat_if_there(PRESERVE_FILE)? else {
        return Ok(String::new());
    };
    let path = root.full(PRESERVE_FILE);
    let bytes = match kind_of(stat.stx_mode) {
        FileType::Symlink => read_linked(&path).map_err(|source| DiskError {
            verb: "read",
            path: path.clone(),
            source,
        })?,
        _ => root.read(PRESERVE_FILE)?,
    };
    String::from_utf8(bytes).map_err(|_| HomeError::PreserveFile(path))
}

/// What a link leads to, if that is a regular file: opening a fifo would wait for ever.
fn read_linked(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(rustix::io::Errno::INVAL.into());
    }
    std::fs::read(path)
}
