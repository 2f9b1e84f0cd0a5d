//! What of the state cannot be used: it is told, and put aside where a person says so. Nothing of it is removed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::FileType;
use rustix::io::Errno;

use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::effects::os::disk::{DiskError, kind_of, outside};
use crate::effects::state::bases::folder_of;
use crate::effects::state::file::StateFault;
use crate::effects::state::{
    ABANDONED, CACHE, COMMITTED, CONFLICTS, GENERATIONS, GONE, PACKS, State, StateError,
};
use crate::model::record::Record;

/// Damage of the newest generation: reason why it cannot be used, and what can.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what} cannot be used")]
pub struct Damage {
    /// The generation, or the list of them, in words.
    pub what: String,
    /// The newest generation that can be used; 0 where none can.
    pub usable: u64,
    /// The fault.
    #[source]
    pub fault: Arc<StateError>,
}

/// The newest generation that can be used.
#[derive(Default)]
pub(crate) struct Newest {
    /// Its number; 0 where nothing was committed.
    pub number: u64,
    /// Its record.
    pub record: Record,
    /// Reason why a newer one cannot be used.
    pub damage: Option<Damage>,
}

impl State {
    /// Finds the newest generation that can be used. What a later release wrote, or what cannot be read though it is
    /// there, is no damage.
    pub(crate) fn newest(&self) -> Result<Newest, StateError> {
        let mut damage = None;
        let numbers = match self.generations() {
            Err(fault) if is_damage(&fault) => {
                damage = Some(("the list of generations".to_owned(), fault));
                Vec::new()
            }
            numbers => numbers?,
        };
        let mut found = (0, Record::default());
        for number in numbers.into_iter().rev() {
            match self.record(number) {
                Err(fault) if is_damage(&fault) => {
                    damage.get_or_insert((format!("generation {number}"), fault));
                }
                Err(fault) => return Err(fault),
                Ok(record) => {
                    found = (number, record);
                    break;
                }
            }
        }
        let (number, record) = found;
        let damage = damage.map(|(what, fault)| Damage {
            what,
            usable: number,
            fault: Arc::new(fault),
        });
        Ok(Newest {
            number,
            record,
            damage,
        })
    }

    /// Puts the generations after a usable one aside; returns the names of their folders. The caller holds the lock.
    pub(crate) fn put_damage_aside(&self, usable: u64) -> Result<Vec<String>, StateError> {
        let mut aside = Vec::new();
        match self.generations() {
            Err(fault) if is_damage(&fault) => aside.push(self.put_aside(GENERATIONS)?),
            numbers => {
                for number in numbers?.into_iter().filter(|number| *number > usable) {
                    aside.push(self.put_aside(&folder_of(number))?);
                }
                self.root.sync_directory(GENERATIONS)?;
            }
        }
        self.furnish()?;
        Ok(aside)
    }

    /// Gives a transaction up that cannot be finished; what it displaced so far is kept in the folder whose
    /// name is returned.
    pub(crate) fn give_up_committed(&self) -> Result<String, StateError> {
        self.put_aside(COMMITTED)
    }

    /// The folders that were put aside, by name.
    pub(crate) fn abandoned(&self) -> Result<Vec<String>, StateError> {
        let mut names = self.names_in("")?;
        names.retain(|name| name.starts_with(ABANDONED));
        names.sort();
        Ok(names)
    }

    /// Moves something of the state to a name of its own, durably, and returns that.
    fn put_aside(&self, path: &str) -> Result<String, StateError> {
        let names = self.root.children("")?;
        let mut aside = (1_u64..).map(|number| format!("{ABANDONED}{number}"));
        let free = aside.find(|name| !names.iter().any(|(taken, _)| *taken == name.as_bytes()));
        let free = free.unwrap_or_default();
        self.move_folder(path, &free)?;
        self.root.sync_directory("")?;
        Ok(free)
    }

    /// Puts aside what is in the place of a folder and is none, and what is in the place of the cache and is no file.
    pub(super) fn put_strangers_aside(&self) -> Result<(), StateError> {
        let places = [
            (CONFLICTS, FileType::Directory),
            (PACKS, FileType::Directory),
            (GONE, FileType::Directory),
            (CACHE, FileType::RegularFile),
        ];
        for (name, kind) in places {
            let there = self.root.stat_if_there(name)?;
            if there.is_some_and(|there| kind_of(there.stx_mode) != kind) {
                self.put_aside(name)?;
            }
        }
        Ok(())
    }
}

/// Tells whether a file of the state is gone, cut, or no such file: what cannot be mended by giving it back.
pub(crate) fn is_damage(fault: &StateError) -> bool {
    match fault {
        StateError::Fault(StateFault::Damaged { .. }) => true,
        StateError::Disk(error) => match error.errno() {
            Some(Errno::NOENT | Errno::NOTDIR | Errno::ISDIR) => true,
            Some(_) => false,
            // No regular file, or larger than any record is.
            None => true,
        },
        _ => false,
    }
}

/// A link in the place of the state, or of a file of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is a link{}, and the state is never read through one", path.display(), leads_to.as_ref().map_or(" that leads nowhere".to_owned(), |end| format!(" to {}", end.display())))]
pub struct StateLink {
    /// Path of the link.
    pub path: PathBuf,
    /// Path that it leads to; `None` where nothing is there.
    pub leads_to: Option<PathBuf>,
    /// The home whose state it leads into.
    pub home: Option<PathBuf>,
}

impl StateLink {
    /// Looks where a link leads.
    pub(super) fn at(path: &Path) -> Self {
        let leads_to = outside::real(path).ok();
        let is_state = |above: &&Path| above.file_name().is_some_and(|it| it == STATE_DIRECTORY);
        let state = leads_to.iter().flat_map(|end| end.ancestors());
        let home = state.filter(is_state).find_map(Path::parent);
        Self {
            path: path.to_owned(),
            home: home.map(Path::to_owned),
            leads_to,
        }
    }
}

/// The error of a file of the state that could not be read, or of a link in its place.
pub(super) fn unread(error: DiskError) -> StateError {
    match error.errno() {
        Some(Errno::LOOP) => StateLink::at(&error.path).into(),
        _ => error.into(),
    }
}
