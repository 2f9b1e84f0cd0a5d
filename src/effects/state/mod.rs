//! The folder `.mosaic` in a home: lock, generations, journal, caches.
//!
//! ```text
//! lock              held by the command that changes the home; holds its pid
//! tx/               a transaction that is being prepared; worthless after a crash
//! commit/           the same folder after the commit point; must be finished
//! abandoned-N/      the same folder if it could not be read and `recover --keep-current` gave it up
//! generations/N/    the same folder after it was finished: journal, record, files/, bases
//! packs/N/          of a generation that was let go: the bases that merges still need
//! gone/             what was let go and is about to be removed
//! conflicts/        what waits for a person
//! cache             the stat cache; may be removed at any time
//! .gitignore        keeps all this out of a home that is under git
//! ```
//!
//! The current generation is the highest number.

pub(crate) mod bases;
pub(crate) mod file;
mod folders;
pub(crate) mod gc;
pub(crate) mod lock;

use std::path::{Path, PathBuf};

use rustix::io::Errno;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::effects::os::disk::bounded::STATE_MAX;
use crate::effects::os::disk::{DiskError, Root, Target, kind_of, outside};
use crate::effects::os::host;
use crate::effects::scan::stat_cache::StatCache;
use crate::effects::state::bases::folder_of;
use crate::effects::state::file::StateFault;
use crate::model::folder::FolderPath;
use crate::model::generation::{Journal, Pending};
use crate::model::ignore::Ignore;
use crate::model::mode::Mode;
use crate::model::record::Record;

/// A transaction before its commit point.
pub(crate) const PREPARED: &str = "tx";
/// A transaction between its commit point and its end.
pub(crate) const COMMITTED: &str = "commit";
/// First part of the names of transactions that were given up.
pub(crate) const ABANDONED: &str = "abandoned-";
/// Name of a transaction's journal, and of its generation's.
pub(crate) const JOURNAL: &str = "journal";
/// Staged contents before the commit, displaced ones after it, by slot.
pub(crate) const FILES: &str = "files";
/// File that lists the changes of a transaction that go together or not at all; none where there are no such.
pub(crate) const TOGETHER: &str = "together";
/// Folder in which wants are parked.
pub(crate) const CONFLICTS: &str = "conflicts";
/// Folder of the generations, one folder each.
pub(crate) const GENERATIONS: &str = "generations";
/// Folder of packs of bases that merges still need, of generations that `gc` let go.
pub(crate) const PACKS: &str = "packs";
/// Folder of what is on its way out.
pub(crate) const GONE: &str = "gone";
const CACHE: &str = "cache";
/// A `stat-cache` was an earlier one, which believed stamps that may have been rounded.
const CACHE_KIND: &str = "stamps";
const GITIGNORE: &str = ".gitignore";
const PRIVATE_FOLDER: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;

/// Reason why the state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file system did not do something.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A file of state is damaged or from a later release.
    #[error(transparent)]
    Fault(#[from] StateFault),
    /// The folder is a link, or a file.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// The folder is another user's.
    #[error("{} belongs to user {owner}, and you are user {you}", path.display())]
    ForeignOwner {
        /// Path of the folder.
        path: PathBuf,
        /// User id of its owner.
        owner: u32,
        /// User id of the home's owner.
        home_owner: u32,
        /// This process's user id.
        you: u32,
    },
}

impl StateError {
    /// Tells whether a later release wrote it: not damage, and not this program's to give up.
    pub fn is_from_later_release(&self) -> bool {
        matches!(self, Self::Fault(StateFault::Newer { .. }))
    }
}

/// The open state folder of a home.
pub(crate) struct State {
    /// Root of the state folder.
    pub root: Root,
    /// The home's path, links resolved; `None` where that is no path of text.
    pub place: Option<FolderPath>,
}

impl State {
    /// Opens the state of a home, if it has one.
    pub(crate) fn open(home: &Root) -> Result<Option<Self>, StateError> {
        let Some(stat) = home.stat_if_there(STATE_DIRECTORY)? else {
            return Ok(None);
        };
        let path = home.full(STATE_DIRECTORY);
        if !kind_of(stat.stx_mode).is_dir() {
            return Err(StateError::NotADirectory(path));
        }
        let (owner, you) = (stat.stx_uid, host::effective_uid());
        if owner != you {
            let home_owner = home.stat_self()?.stx_uid;
            return Err(StateError::ForeignOwner {
                path,
                owner,
                home_owner,
                you,
            });
        }
        Ok(Some(Self::below(home)?))
    }

    fn below(home: &Root) -> Result<Self, DiskError> {
        let place = outside::real(home.path()).ok();
        let place = place
            .as_deref()
            .and_then(Path::to_str)
            .and_then(|place| FolderPath::parse(place).ok());
        Ok(Self {
            root: home.below_for_lock(STATE_DIRECTORY)?,
            place,
        })
    }

    /// Opens the state of a home, its folder made first where there is none; with whether this made it. What goes into
    /// a new one is put there by [`State::furnish`], under the lock.
    pub(crate) fn open_or_begin(home: &Root) -> Result<(Self, bool), StateError> {
        if let Some(state) = Self::open(home)? {
            return Ok((state, false));
        }
        let made = home.make_directory(STATE_DIRECTORY, Mode::from_st_mode(PRIVATE_FOLDER));
        match made {
            Ok(()) => Ok((Self::below(home)?, true)),
            // Another first run was faster.
            Err(error) if error.errno() == Some(Errno::EXIST) => {
                Self::open(home).and_then(|state| Ok((state.ok_or(error)?, false)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same state, for another owner.
    pub(crate) fn twin(&self) -> Self {
        Self {
            root: self.root.twin().into(),
            place: self.place.clone(),
        }
    }

    /// Makes the folders that every state has. The caller holds the lock.
    pub(crate) fn furnish(&self) -> Result<(), StateError> {
        for folder in [GENERATIONS, CONFLICTS] {
            if self.root.stat_if_there(folder)?.is_none() {
                self.make_folder(folder)?;
            }
        }
        if self.root.stat_if_there(GITIGNORE)?.is_none() {
            self.keep_out_of_git()
                .ignore("of use to git only: no full disk may keep anybody from recovering");
        }
        Ok(())
    }

    /// Writes a `.gitignore` that ignores all that is in the folder, itself included.
    fn keep_out_of_git(&self) -> Result<(), DiskError> {
        let fresh = format!("{GITIGNORE}.new");
        self.root.remove_all(&fresh)?;
        self.root
            .create(&fresh, b"*\n", Mode::from_st_mode(PRIVATE_FILE), None)?;
        self.root
            .rename(&fresh, (&self.root, GITIGNORE), Target::Replaced)
    }

    /// The numbers of the generations that are there, ascending.
    pub(crate) fn generations(&self) -> Result<Vec<u64>, StateError> {
        let names = self.names_in(GENERATIONS)?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| name.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The oldest generation that a rollback can go back to; 0 is the home before the first.
    pub(crate) fn way_back(&self) -> Result<u64, StateError> {
        let there = self.generations()?;
        let mut end = there.last().copied().unwrap_or(0);
        while end > 0
            && self.keeps_files(end)?
            && (end == 1 || there.binary_search(&(end - 1)).is_ok())
        {
            end -= 1;
        }
        Ok(end)
    }

    /// Tells whether a generation still keeps the files that it displaced; a tool may have dropped a folder for none.
    pub(crate) fn keeps_files(&self, number: u64) -> Result<bool, StateError> {
        let has = |path: &str| self.root.stat_if_there(path).map(|stat| stat.is_some());
        // `gc` takes it from the oldest generation, and leaves the packs.
        let is_let_go = self.generations()?.first() == Some(&number) && has(PACKS)?;
        let journal = || self.journal(number).is_ok_and(|it| it.displaced_nothing());
        Ok(has(&format!("{}/{FILES}", folder_of(number)))? || !is_let_go && journal())
    }

    /// The folders in which packs of bases may be.
    pub(crate) fn pack_folders(&self) -> Result<Vec<String>, StateError> {
        let packs = self.names_in(PACKS)?.into_iter();
        let packs = packs.map(|name| format!("{PACKS}/{name}"));
        let generations = self.generations()?.into_iter().map(folder_of);
        Ok(packs.chain(generations).collect())
    }

    /// The transactions that were given up, by the names of their folders.
    pub(crate) fn abandoned(&self) -> Result<Vec<String>, StateError> {
        let mut names = self.names_in("")?;
        names.retain(|name| name.starts_with(ABANDONED));
        names.sort();
        Ok(names)
    }

    /// The names in a folder of the state; none where there is no such folder. Names of others are passed over.
    pub(crate) fn names_in(&self, folder: &str) -> Result<Vec<String>, StateError> {
        match self.root.children(folder) {
            Ok(names) => Ok(names
                .into_iter()
                .filter_map(|(name, _)| String::from_utf8(name).ok())
                .collect()),
            Err(error) if error.is_absent() => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells whether a committed transaction waits to be finished.
    pub(crate) fn is_recovery_pending(&self) -> Result<bool, StateError> {
        Ok(self.root.stat_if_there(COMMITTED)?.is_some())
    }

    /// The record of a generation; the empty one of 0.
    pub(crate) fn record(&self, number: u64) -> Result<Record, StateError> {
        match number {
            0 => Ok(Record {
                place: self.place.clone(),
                ..Record::default()
            }),
            number => self.read_record(&format!("{}/record", folder_of(number))),
        }
    }

    /// The journal of a generation.
    pub(crate) fn journal(&self, number: u64) -> Result<Journal, StateError> {
        self.read_journal(&format!("{}/journal", folder_of(number)))
    }

    /// A record, for where the home is now.
    pub(crate) fn read_record(&self, path: &str) -> Result<Record, StateError> {
        Ok(self.read::<Record>("record", path)?.at(self.place.as_ref()))
    }

    /// A journal, for where the home is now.
    pub(crate) fn read_journal(&self, path: &str) -> Result<Journal, StateError> {
        Ok(self
            .read::<Journal>("journal", path)?
            .at(self.place.as_ref()))
    }

    /// The changes of a transaction that go together or not at all, by their numbers.
    pub(crate) fn groups(&self, transaction: &str) -> Result<Vec<Vec<usize>>, StateError> {
        let path = format!("{transaction}/{TOGETHER}");
        if self.root.stat_if_there(&path)?.is_none() {
            return Ok(Vec::new());
        }
        self.read(TOGETHER, &path)
    }

    /// Actions that a generation left to be done after its commit.
    pub(crate) fn pending(&self, number: u64) -> Result<Vec<Pending>, StateError> {
        match self.read("pending", &pending_file(number)) {
            Err(StateError::Disk(error)) if error.is_absent() => Ok(Vec::new()),
            other => other,
        }
    }

    /// Takes note of what is left to be done.
    pub(crate) fn keep_pending(&self, number: u64, undone: &[Pending]) -> Result<(), StateError> {
        if !undone.is_empty() {
            return self.rewrite("pending", &pending_file(number), &undone);
        }
        match self.root.remove_file(&pending_file(number)) {
            Err(error) if !error.is_absent() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The stat cache; empty where there is none or it is of no use.
    pub(crate) fn cache(&self) -> StatCache {
        let Ok(bytes) = self.root.read_at_most(CACHE, STATE_MAX) else {
            return StatCache::default();
        };
        file::unseal(CACHE_KIND, CACHE, &bytes)
            .map(StatCache::from_bytes)
            .unwrap_or_default()
    }

    /// Replaces the stat cache. It is not worth a sync: a lost one is made again.
    pub(crate) fn write_cache(&self, cache: &StatCache) -> Result<(), StateError> {
        let fresh = format!("{CACHE}.new");
        self.root.remove_all(&fresh)?;
        let bytes = file::seal(CACHE_KIND, cache.as_bytes());
        self.root
            .create(&fresh, &bytes, Mode::from_st_mode(PRIVATE_FILE), None)?;
        Ok(self
            .root
            .rename(&fresh, (&self.root, CACHE), Target::Replaced)?)
    }

    /// Writes a new file of state.
    pub(crate) fn write<T: Serialize>(
        &self,
        kind: &str,
        path: &str,
        value: &T,
    ) -> Result<(), StateError> {
        let bytes = file::encode(kind, value);
        self.root
            .create(path, &bytes, Mode::from_st_mode(PRIVATE_FILE), None)?;
        Ok(())
    }

    /// Replaces a file of state, durably.
    pub(crate) fn rewrite<T: Serialize>(
        &self,
        kind: &str,
        path: &str,
        value: &T,
    ) -> Result<(), StateError> {
        let fresh = format!("{path}.new");
        self.root.remove_all(&fresh)?;
        self.write(kind, &fresh, value)?;
        self.root.sync_file(&fresh)?;
        Ok(self
            .root
            .rename(&fresh, (&self.root, path), Target::Replaced)?)
    }

    /// Reads a file of state.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        kind: &str,
        path: &str,
    ) -> Result<T, StateError> {
        let bytes = self.root.read_at_most(path, STATE_MAX)?;
        Ok(file::decode(
            kind,
            &self.root.full(path).display().to_string(),
            &bytes,
        )?)
    }

    /// A private folder of a transaction.
    pub(crate) fn make_folder(&self, path: &str) -> Result<(), StateError> {
        Ok(self
            .root
            .make_directory(path, Mode::from_st_mode(PRIVATE_FOLDER))?)
    }
}

fn pending_file(number: u64) -> String {
    format!("{}/pending", folder_of(number))
}
