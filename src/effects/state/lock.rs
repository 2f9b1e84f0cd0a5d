//! The lock of a home: its file, and the state's folder with it.
//!
//! The file is what other versions know, and it names the holder. A tool that keeps folders alike puts another file in
//! its place while it is held: the folder is what then still is locked, on file systems that lock folders.

use crate::effects::os::disk::bounded::SIGNATURE_MAX;
use std::fmt;
use std::fs::File;
use std::io;

use rustix::fs::FileType;

use crate::effects::os::disk::{self, DiskError, Root, kind_of};
use crate::effects::os::{host, processes};
use crate::effects::scan::horizon::{Horizon, Written};
use crate::effects::state::{
    CONFLICTS, GENERATIONS, GITIGNORE, PREPARED, STATE_DIRECTORY, State, StateError, StateLink,
};
use crate::model::ignore::Ignore;

const LOCK: &str = "lock";

/// The run that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// Its process.
    pub pid: u32,
    /// Its words, the program's first; `None` where the kernel shows this user no such process, as in a container.
    pub command: Option<String>,
}

impl fmt::Display for LockHolder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.command {
            Some(command) => write!(out, "pid {}: {command}", self.pid),
            None => write!(out, "pid {}", self.pid),
        }
    }
}

impl State {
    /// Refuses a state whose lock is no file.
    pub(super) fn refuse_no_lock(&self) -> Result<(), StateError> {
        let Some(stat) = self.root.stat_if_there(LOCK)? else {
            return Ok(());
        };
        let path = self.root.full(LOCK);
        match kind_of(stat.stx_mode) {
            FileType::RegularFile => Ok(()),
            FileType::Symlink => Err(StateLink::at(&path).into()),
            _ => Err(StateError::NotAFile(path)),
        }
    }

    /// Opens the lock file; the lock goes with the file and with this state.
    pub(crate) fn lock(&self) -> Result<File, StateError> {
        Ok(self.root.open_lock(LOCK)?)
    }

    /// Takes the lock without waiting; `false` where another holds it.
    pub(crate) fn try_lock(&self, lock: &File) -> Result<bool, StateError> {
        let failed = |source| DiskError {
            verb: "lock",
            path: self.root.full(LOCK),
            source,
        };
        if !disk::try_lock(lock).map_err(failed)? {
            return Ok(false);
        }
        if self.root.try_lock() != Some(false) {
            return Ok(true);
        }
        disk::unlock(lock).map_err(failed)?;
        Ok(false)
    }

    /// Tells whether the state and its lock are still the ones of this home: who leaves a home that he did not
    /// install takes them away, and a tool may put others in their place.
    pub(crate) fn is_in_place(&self, home: &Root, lock: &File) -> Result<bool, StateError> {
        let locked = disk::stat_lock(lock).map_err(|source| DiskError {
            verb: "look at",
            path: self.root.full(LOCK),
            source,
        })?;
        let own = self.root.stat_self()?;
        let is_here = |root: &Root, name, stat| {
            let there = root.stat_if_there(name)?;
            Ok::<_, DiskError>(there.is_some_and(|there| disk::is_same(&there, stat)))
        };
        Ok(is_here(home, STATE_DIRECTORY, &own)? && is_here(&self.root, LOCK, &locked)?)
    }

    /// The run that holds the lock, if it signed it: what a tool put in its place names another.
    pub(crate) fn holder(&self, lock: &File) -> Option<LockHolder> {
        if disk::try_lock(lock).ok()? {
            return None;
        }
        let text = String::from_utf8(self.root.read_at_most(LOCK, SIGNATURE_MAX).ok()?).ok()?;
        let pid = text.trim().parse().ok()?;
        let command = processes::command(pid);
        Some(LockHolder { pid, command })
    }

    /// Tells whether another run holds the lock; where none does, it is let go again at once.
    pub(crate) fn is_locked(&self) -> bool {
        let file = self.root.open_file(LOCK).ok();
        if file.is_some_and(|file| disk::try_lock(&file).is_ok_and(|is_free| !is_free)) {
            return true;
        }
        let folder = self.root.try_lock();
        if folder == Some(true) {
            self.root
                .unlock()
                .ignore("it goes with the state, which only looks");
        }
        folder == Some(false)
    }

    /// Empties a state that nothing was ever committed to, the lock last; `false` is one that holds something. The
    /// caller holds the lock, and the folder itself is his to remove.
    pub(crate) fn empty_unused(&self) -> Result<bool, DiskError> {
        // All of these come and go under the lock.
        let fresh = format!("{GITIGNORE}.new");
        let ours = [PREPARED, GENERATIONS, CONFLICTS, &fresh, GITIGNORE, LOCK];
        let is_ours = |(name, _): &(Vec<u8>, bool)| ours.iter().any(|our| our.as_bytes() == name);
        if let Ok(names) = self.root.children("")
            && !names.iter().all(is_ours)
        {
            return Ok(false);
        }
        for folder in [GENERATIONS, CONFLICTS] {
            if !self.root.remove_here(folder)? {
                return Ok(false);
            }
        }
        self.root.remove_all(PREPARED)?;
        for file in [&fresh, GITIGNORE, LOCK] {
            self.root.remove_here(file)?;
        }
        Ok(true)
    }

    /// Removes the file of a lock that nobody can take here. Who still could is kept out by the folder's lock; where
    /// folders cannot be locked either, what he put into the state tells that he is there.
    pub(crate) fn withdraw_lock(&self) -> Result<(), DiskError> {
        if self.root.try_lock() == Some(false) {
            return Ok(());
        }
        let names = self.root.children("")?;
        if names.iter().all(|(name, _)| name == LOCK.as_bytes()) {
            self.root.remove_here(LOCK)?;
        }
        Ok(())
    }

    /// The horizon of a look by the holder of the lock, who signed it first.
    pub(crate) fn horizon(&self) -> Horizon {
        Horizon::now(self.root.look(LOCK).ok().map(|lock| Written::from(&lock)))
    }

    /// Tells whether the lock's file is there.
    pub(crate) fn has_lock(&self) -> bool {
        self.root.look(LOCK).is_ok()
    }
}

/// Writes who holds the lock, for those who wait.
pub(crate) fn sign(lock: &File) -> io::Result<()> {
    disk::overwrite(lock, &format!("{}\n", host::pid()))
}
