//! The barriers of one transaction: what must be durable before it goes on, made so in the way that its place keeps.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use rustix::io::Errno;

use crate::decide::doctor::mounts::Mount;
use crate::decide::home::barrier::Barrier;
use crate::effects::apply::Site;
use crate::effects::apply::roots::Roots;
use crate::effects::os::disk::{DiskError, Root, outside};
use crate::effects::state::{COMMITTED, CONFLICTS, FILES, GENERATIONS, PREPARED};
use crate::model::change::{Alteration, RootName};
use crate::model::generation::{ChangeOutcome, Journal, Logged, Staged};
use crate::model::mode::Mode;

const PRIVATE: u32 = 0o600;
/// Number of changes up to which each is made durable on its own; more of them, by syncing the
/// whole file system, which costs about as much as a dozen files (`scripts/bench` shows both).
const FEW: usize = 12;

/// A transaction's ways to make things durable, each chosen once for a mount.
pub(super) struct Barriers<'a> {
    site: &'a Site<'a>,
    is_first: bool,
    is_few: bool,
    mounts: OnceCell<Vec<Mount>>,
    of_state: Cell<Option<Barrier>>,
    chosen: RefCell<HashMap<u64, Barrier>>,
}

impl<'a> Barriers<'a> {
    /// The barriers of the transaction of that number, with so many changes. The first generation's are never few: the home's own
    /// directories are new, too.
    pub(super) fn of(site: &'a Site<'a>, number: u64, changes: usize) -> Self {
        let is_first = number <= 1;
        Self {
            site,
            is_first,
            is_few: !is_first && changes <= FEW,
            mounts: OnceCell::new(),
            of_state: Cell::new(None),
            chosen: RefCell::default(),
        }
    }

    /// Barrier of the state's own files. It is asked of each of them, and the state's folder stays open on its mount.
    pub(super) fn of_state(&self) -> Result<Barrier, DiskError> {
        if let Some(known) = self.of_state.get() {
            return Ok(known);
        }
        let barrier = self.at(&self.site.state.root)?;
        self.of_state.set(Some(barrier));
        Ok(barrier)
    }

    /// Barrier of a path's directory, or of the nearest above it that is there.
    pub(super) fn of_path(&self, root: &Root, path: &str) -> Result<Barrier, DiskError> {
        let (_, directory) = nearest(root, parent(path))?;
        self.at(directory.as_ref().unwrap_or(root))
    }

    fn at(&self, directory: &Root) -> Result<Barrier, DiskError> {
        if self.is_few {
            return Ok(Barrier::EachFile);
        }
        self.at_its_own(directory)
    }

    /// Tells whether a directory is on a disk of this machine, or in its memory, on which a mount is one file system.
    pub(super) fn is_local(&self, directory: &Root) -> Result<bool, DiskError> {
        Ok(self.at_its_own(directory)? == Barrier::WholeFileSystem)
    }

    /// Barrier that a directory's file system keeps, be the changes many or few.
    fn at_its_own(&self, directory: &Root) -> Result<Barrier, DiskError> {
        let mount = directory.stat_self()?.stx_mnt_id;
        if let Some(known) = self.chosen.borrow().get(&mount) {
            return Ok(*known);
        }
        let mounts = self.mounts.get_or_init(outside::mounts);
        let barrier = directory.barrier(mounts)?;
        self.chosen.borrow_mut().insert(mount, barrier);
        Ok(barrier)
    }

    /// Makes the journal durable, before anything is put outside of the state's folder: a crash must find it first.
    pub(super) fn journal_written(&self) -> Result<(), DiskError> {
        let state = &self.site.state.root;
        if self.of_state()? == Barrier::WholeFileSystem {
            return state.sync_filesystem();
        }
        state.sync_file(&format!("{PREPARED}/journal"))?;
        state.sync_directory(PREPARED)?;
        state.sync_directory("")?;
        self.sync_above_state()
    }

    /// Makes all that was staged durable. Contents that are synced one by one were so when they were written.
    pub(super) fn staged(&self, roots: &Roots, journal: &Journal) -> Result<(), DiskError> {
        let state = &self.site.state.root;
        if self.of_state()? == Barrier::WholeFileSystem {
            state.sync_filesystem()?;
        } else {
            for (name, is_directory) in state.children(PREPARED)? {
                if !is_directory {
                    let name = String::from_utf8_lossy(&name);
                    state.sync_file(&format!("{PREPARED}/{name}"))?;
                }
            }
            state.sync_directory(&format!("{PREPARED}/{FILES}"))?;
            state.sync_directory(PREPARED)?;
            self.sync_above_state()?;
        }
        let mut syncing = Syncing::new(self);
        for logged in &journal.changes {
            if let (Staged::Beside(path), Some(root)) =
                (&logged.staged, roots.of(&logged.change.at.root))
            {
                syncing.directory_of(&logged.change.at.root, root, path.as_str())?;
            }
        }
        Ok(())
    }

    /// Makes the commit point durable. Where a server may keep the syncing of a folder to itself, as bindfs does, a new
    /// file is synced after it: on a disk with a log that takes all along which was done before.
    pub(super) fn committed(&self) -> Result<(), DiskError> {
        let state = &self.site.state.root;
        state.sync_directory("")?;
        if self.is_local(state)? {
            return Ok(());
        }
        let mark = format!("{COMMITTED}/mark");
        let made = state.create(&mark, b"", Mode::from_st_mode(PRIVATE), None)?;
        state.sync_open(&made.file, &mark)?;
        drop(made);
        state.remove_file(&mark)
    }

    /// Makes the live changes durable: each folder that something was moved into, and out of.
    pub(super) fn carried(&self, roots: &Roots, journal: &Journal) -> Result<(), DiskError> {
        let state = &self.site.state.root;
        let is_whole = self.of_state()? == Barrier::WholeFileSystem;
        let mut syncing = Syncing::new(self);
        if is_whole {
            syncing.file_system_of(state)?;
        }
        for logged in &journal.changes {
            let is_synced = is_whole && is_with_state(logged);
            if let Some(root) = roots.of(&logged.change.at.root).filter(|_| !is_synced) {
                syncing.places_of(logged, root)?;
            }
        }
        if is_whole {
            return Ok(());
        }
        state.sync_directory(&format!("{COMMITTED}/{FILES}"))?;
        state.sync_directory(COMMITTED)
    }

    /// Makes the state's folder durable where that is not seen to by many small changes on a disk: the generation
    /// before was moved there without a barrier; and with the first, all that leads to the state is new.
    fn sync_above_state(&self) -> Result<(), DiskError> {
        let state = &self.site.state.root;
        if self.is_few && self.is_local(state)? {
            return Ok(());
        }
        for folder in [GENERATIONS, CONFLICTS, ""] {
            state.sync_directory(folder)?;
        }
        if self.is_first {
            self.site.home.sync_directory("")?;
            self.site.home.sync_above()?;
        }
        Ok(())
    }
}

/// Tells whether all that a change touches is on the state's own mount.
fn is_with_state(logged: &Logged) -> bool {
    let alteration = &logged.change.alteration;
    let has_slot = alteration.brings().is_some() || alteration.displaces().is_some();
    let is_in_state = logged.change.at.root == RootName::Conflicts;
    is_in_state || (has_slot && logged.staged == Staged::InState)
}

/// What was synced already, in one round of syncing.
struct Syncing<'a> {
    barriers: &'a Barriers<'a>,
    /// Those whose file system was, with all that is on it.
    mounts: HashSet<u64>,
    directories: HashSet<(RootName, String)>,
}

impl<'a> Syncing<'a> {
    fn new(barriers: &'a Barriers<'a>) -> Self {
        Self {
            barriers,
            mounts: HashSet::new(),
            directories: HashSet::new(),
        }
    }

    fn places_of(&mut self, logged: &Logged, root: &Root) -> Result<(), DiskError> {
        let (name, path) = (&logged.change.at.root, logged.change.at.path.as_str());
        if let Staged::Beside(beside) = &logged.staged {
            self.directory_of(name, root, beside.as_str())?;
        }
        self.directory_of(name, root, path)?;
        match logged.change.alteration {
            _ if logged.fate != ChangeOutcome::Done => Ok(()),
            Alteration::SetMode { .. } => sync_if_there(self.file(root, path)),
            Alteration::MakeDirectory { .. } => self.directory(name, root, path),
            _ => Ok(()),
        }
    }

    /// Syncs a file, unless it went with its file system.
    fn file(&self, root: &Root, path: &str) -> Result<(), DiskError> {
        if self.mounts.contains(&root.stat(path)?.stx_mnt_id) {
            return Ok(());
        }
        root.sync_file(path)
    }

    /// Syncs the directory that a path is in.
    fn directory_of(&mut self, name: &RootName, root: &Root, path: &str) -> Result<(), DiskError> {
        self.directory(name, root, parent(path))
    }

    /// Syncs a directory, or the nearest above it that is there: what was in the others went with them.
    fn directory(&mut self, name: &RootName, root: &Root, path: &str) -> Result<(), DiskError> {
        if !self.directories.insert((name.clone(), path.to_owned())) {
            return Ok(());
        }
        let (nearest, opened) = nearest(root, path)?;
        let directory = opened.as_ref().unwrap_or(root);
        match self.barriers.at(directory)? {
            Barrier::EachFile => sync_if_there(root.sync_directory(nearest)),
            Barrier::WholeFileSystem => self.file_system_of(directory),
        }
    }

    /// Syncs all that is on a directory's file system, once.
    fn file_system_of(&mut self, directory: &Root) -> Result<(), DiskError> {
        if self.mounts.insert(directory.stat_self()?.stx_mnt_id) {
            directory.sync_filesystem()?;
        }
        Ok(())
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The nearest directory at or above a path that is still there; `None` is the root itself. A transaction may have
/// removed the others; they were on the same mount, because a mount point cannot be removed.
fn nearest<'p>(root: &Root, path: &'p str) -> Result<(&'p str, Option<Root>), DiskError> {
    let mut path = path;
    while !path.is_empty() {
        match root.below(path) {
            Err(error) if is_gone(&error) => path = parent(path),
            opened => return opened.map(|opened| (path, Some(opened))),
        }
    }
    Ok((path, None))
}

/// Ignores that a path is gone. A removed file needs no sync of its own, its parent gets one; and a
/// file that somebody put in its place meanwhile is not ours to sync.
pub(super) fn sync_if_there(synced: Result<(), DiskError>) -> Result<(), DiskError> {
    match synced {
        Err(error) if is_gone(&error) || error.errno() == Some(Errno::INVAL) => Ok(()),
        other => other,
    }
}

fn is_gone(error: &DiskError) -> bool {
    matches!(
        error.errno(),
        Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
    )
}
