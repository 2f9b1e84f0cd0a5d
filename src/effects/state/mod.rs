//! The folder `.mosaic` in a home: lock, generations, journal, caches.
//!
//! ```text
//! lock              held by the command that changes the home; holds its pid
//! tx/               a transaction that is being prepared; worthless after a crash
//! commit/           the same folder after the commit point; must be finished
//! generations/N/    the same folder after it was finished: journal, record, files/, bases
//! abandoned-N/      either of the two if it cannot be used, and `recover --keep-current` put it aside
//! packs/N/          of a generation that was let go: the bases that merges still need
//! gone/             what was let go and is about to be removed
//! conflicts/        what waits for a person
//! cache             the stat cache; may be removed at any time
//! .gitignore        keeps all this out of a home that is under git
//! ```
//!
//! The current generation is the highest number.

mod aside;
pub(crate) mod bases;
pub(crate) mod file;
mod folders;
pub(crate) mod gc;
pub(crate) mod lock;
pub(crate) mod moved;
mod pending;
mod way_back;

use std::path::{Path, PathBuf};

use rustix::fs::FileType;
use rustix::io::Errno;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::effects::os::disk::bounded::STATE_MAX;
use crate::effects::os::disk::{DiskError, Root, Target, kind_of, outside};
use crate::effects::os::host;
use crate::effects::scan::stat_cache::StatCache;
use crate::effects::state::aside::unread;
use crate::effects::state::bases::folder_of;
use crate::effects::state::file::StateFault;
use crate::model::folder::FolderPath;
use crate::model::generation::Journal;
use crate::model::ignore::Ignore;
use crate::model::mode::Mode;
use crate::model::record::Record;

pub(crate) use aside::{Damage, Newest, StateLink, is_damage};

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
    /// The folder, or a file in it, is a link.
    #[error(transparent)]
    Link(#[from] StateLink),
    /// Something else than a folder is in the place of the state.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// Something else than a file is in the place of the lock.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
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
        match kind_of(stat.stx_mode) {
            FileType::Directory => {}
            FileType::Symlink => return Err(StateLink::at(&path).into()),
            _ => return Err(StateError::NotADirectory(path)),
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
        let state = Self::below(home)?;
        state.refuse_no_lock()?;
        Ok(Some(state))
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

    /// Makes the folders that every state has, and itself private again: some tools keep the permission bits of files
    /// only. The caller holds the lock.
    pub(crate) fn furnish(&self) -> Result<(), StateError> {
        self.make_private()
            .ignore("what others may look into is named by `doctor`");
        self.put_strangers_aside()?;
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

    fn make_private(&self) -> Result<(), DiskError> {
        let is_open = u32::from(self.root.stat_self()?.stx_mode) & !PRIVATE_FOLDER & 0o777 != 0;
        let private = Mode::from_st_mode(PRIVATE_FOLDER);
        if is_open {
            self.root.set_directory_mode("", private)?;
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

    /// The folders in which packs of bases may be.
    pub(crate) fn pack_folders(&self) -> Result<Vec<String>, StateError> {
        let packs = self.packs()?.into_iter();
        let packs = packs.map(|name| format!("{PACKS}/{name}"));
        let generations = self.generations()?.into_iter().map(folder_of);
        Ok(packs.chain(generations).collect())
    }

    /// The packs that were kept of generations that were let go, by name.
    pub(crate) fn packs(&self) -> Result<Vec<String>, StateError> {
        match self.names_in(PACKS) {
            // Something else is in its place, until the home is entered.
            Err(fault) if is_damage(&fault) => Ok(Vec::new()),
            names => names,
        }
    }

    /// The names in a folder of the state; none where there is no such folder. Names of others are passed over.
    pub(crate) fn names_in(&self, folder: &str) -> Result<Vec<String>, StateError> {
        match self.root.children(folder) {
            Ok(names) => Ok(names
                .into_iter()
                .filter_map(|(name, _)| String::from_utf8(name).ok())
                .collect()),
            Err(error) if error.is_absent() => Ok(Vec::new()),
            Err(error) => Err(unread(error)),
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
        let path = format!("{}/journal", folder_of(number));
        let journal = self.read_journal(&path)?;
        match journal.heading.number {
            own if own == number => Ok(journal),
            // A tool that keeps folders alike takes file by file, from one machine or the other.
            other => Err(StateFault::Damaged {
                file: self.root.full(&path).display().to_string(),
                problem: format!("it is generation {other}'s"),
            }
            .into()),
        }
    }

    /// A record, for where the home is now.
    pub(crate) fn read_record(&self, path: &str) -> Result<Record, StateError> {
        let record = self.read::<Record>("record", path)?.at(self.place.as_ref());
        Ok(moved::with_its_units(record))
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
        let bytes = self.root.read_at_most(path, STATE_MAX).map_err(unread)?;
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
