//! A Mosaic home, opened to look at or entered to change.

pub(crate) mod chronicle;
mod claim;
pub(crate) mod deltas;
mod entrance;
pub(crate) mod evidence;
mod nesting;
pub(crate) mod pending;
pub(crate) mod sides;
pub(crate) mod survey;
pub(crate) mod traces;

use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Statx};

use crate::decide::plan::classes::PRESERVE_FILE;
use crate::decide::text::nearest::nearest;
use crate::effects::os::disk::bounded::{GLOBS_MAX, read_at_most};
use crate::effects::os::disk::{DiskError, Root, kind_of};
use crate::effects::outside::folders::Folders;
use crate::effects::state::lock::LockHolder;
use crate::effects::state::{Damage, Newest, State, StateError};
use crate::model::change::{RootName, Spot};
use crate::model::record::Record;

pub(crate) use claim::refuse_foreign_owner;
pub(crate) use entrance::{Entered, Entrance, Recovery, enter};
pub(crate) use nesting::{is_home, outer_home, refuse_inside_another};

/// Reason why a home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The path leads to nothing.
    #[error("there is no Mosaic home at {}", path.display())]
    Absent {
        /// Path at which there is none.
        path: PathBuf,
        /// A home beside it with a name much like it.
        nearest: Option<PathBuf>,
    },
    /// The path leads to a file, or something else that cannot hold files.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// The home would lie inside another one.
    #[error("{} lies inside the Mosaic home {}", path.display(), outer.display())]
    Inside {
        /// Path that the home would have.
        path: PathBuf,
        /// The home around it.
        outer: PathBuf,
    },
    /// Another user owns the home, or the directory that it would be made in.
    #[error("{} belongs to user {owner}, and you are user {you}", path.display())]
    ForeignOwner {
        /// Path of the home or of that directory.
        path: PathBuf,
        /// User id of its owner.
        owner: u32,
        /// User id of the owner of the state in it; `None` where there is no state.
        state_owner: Option<u32>,
        /// This process's user id.
        you: u32,
    },
    /// Another run holds the lock.
    #[error("another mosaic run{} holds the lock of {}", holder.as_ref().map_or(String::new(), |holder| format!(" ({holder})")), path.display())]
    Locked {
        /// Path of the home.
        path: PathBuf,
        /// The run that holds the lock, if it signed it.
        holder: Option<LockHolder>,
    },
    /// A committed transaction could not be finished; the home may be half changed.
    #[error("the interrupted run could not be finished")]
    Unfinished(#[source] StateError),
    /// The user asked to stop while waiting.
    #[error("interrupted before anything was changed")]
    Interrupted,
    /// The operator's list of paths cannot be read as text.
    #[error("{} is not UTF-8 text", .0.display())]
    PreserveFile(PathBuf),
    /// The newest generation cannot be used.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The file system did not do something.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A home as it is: its files, its state, and what its operator preserves.
pub(crate) struct Home {
    /// The home's files.
    pub root: Root,
    /// The home's state, where it has one.
    pub state: Option<State>,
    /// Folders outside of the home that changes go to.
    pub folders: Folders,
    /// The current generation; 0 where nothing was committed yet. Where there is damage, the newest that can be used.
    pub generation: u64,
    /// Record of that generation.
    pub record: Record,
    /// Reason why a newer generation cannot be used.
    pub damage: Option<Damage>,
    /// True if a committed transaction waits to be finished.
    pub recovery_pending: bool,
    /// The text of the operator's `.mosaicpreserve`; empty where there is none.
    pub preserve_text: String,
}

impl Home {
    /// Opens a home without taking the lock or changing anything. One whose newest generation cannot be used is refused.
    pub(crate) fn look(path: &Path) -> Result<Self, HomeError> {
        Self::look_despite_damage(path)?.sound()
    }

    /// Like [`Home::look`], for those who only tell: what can be told of a damaged home is told.
    pub(crate) fn look_despite_damage(path: &Path) -> Result<Self, HomeError> {
        let root = open_root(path)?;
        let state = State::open(&root)?;
        Self::read(root, state)
    }

    /// The home, if its newest generation can be used.
    fn sound(mut self) -> Result<Self, HomeError> {
        match self.damage.take() {
            Some(damage) => Err(damage.into()),
            None => Ok(self),
        }
    }

    /// A home that is not there yet, for a dry run of an install.
    pub(crate) fn nowhere(path: &Path) -> Self {
        Self {
            root: Root::nowhere(path),
            state: None,
            folders: Folders::default(),
            generation: 0,
            record: Record::default(),
            damage: None,
            recovery_pending: false,
            preserve_text: String::new(),
        }
    }

    /// Stat of a live spot; `None` where nothing is there.
    pub(crate) fn stat_if_there(&self, spot: &Spot) -> Result<Option<Statx>, DiskError> {
        match &spot.root {
            RootName::Folder(folder) => match self.folders.find(folder)? {
                Some(folder) => folder.stat_if_there(spot.path.as_str()),
                None => Ok(None),
            },
            _ => self.root.stat_if_there(spot.path.as_str()),
        }
    }

    fn read(root: Root, state: Option<State>) -> Result<Self, HomeError> {
        let newest = state.as_ref().map(State::newest).transpose()?;
        let Newest {
            number: generation,
            record,
            damage,
        } = newest.unwrap_or_default();
        let pending = state.as_ref().map(State::is_recovery_pending).transpose()?;
        let recovery_pending = pending.unwrap_or_default();
        let preserve_text = preserve_text(&root)?;
        let folders = Folders::default();
        Ok(Self {
            root,
            state,
            folders,
            generation,
            record,
            damage,
            recovery_pending,
            preserve_text,
        })
    }
}

fn open_root(path: &Path) -> Result<Root, HomeError> {
    Root::open(path).map_err(|error| match error.errno() {
        Some(rustix::io::Errno::NOENT) => absent(path),
        Some(rustix::io::Errno::NOTDIR) => HomeError::NotADirectory(path.to_owned()),
        _ => error.into(),
    })
}

/// The error that there is no home; perhaps another one beside it was meant.
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

/// The operator's list may be a link to a folder of dotfiles: it is only read.
fn preserve_text(root: &Root) -> Result<String, HomeError> {
    let Some(stat) = root.stat_if_there(PRESERVE_FILE)? else {
        return Ok(String::new());
    };
    let path = root.full(PRESERVE_FILE);
    let bytes = match kind_of(stat.stx_mode) {
        FileType::Symlink => read_at_most(&path, GLOBS_MAX).map_err(|source| DiskError {
            verb: "read",
            path: path.clone(),
            source,
        })?,
        _ => root.read_at_most(PRESERVE_FILE, GLOBS_MAX)?,
    };
    String::from_utf8(bytes).map_err(|_| HomeError::PreserveFile(path))
}
