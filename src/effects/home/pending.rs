//! Does what a commit left to be done: each once, by the run that committed or by a later one.

use std::path::Path;

use crate::effects::apply::chain;
use crate::effects::home::Home;
use crate::effects::home::survey::rebuild_cache;
use crate::effects::os::disk::{DiskError, Root, outside};
use crate::effects::os::systemd::{Manager, ManagerError, Unreachable};
use crate::effects::os::tmux::{Adopted, Released, SocketError, Sockets};
use crate::effects::state::StateError;
use crate::model::generation::Pending;
use crate::model::tmux::{Adoption, Server};
use crate::model::unit::Links;
use crate::model::unit::{Failure, JobOutcome, UnitName};

/// Outcome of what a commit left to be done.
#[derive(Debug, Default)]
pub struct Performed {
    /// Actions that were done.
    pub done: Vec<Pending>,
    /// Notice of those actions, for a person.
    pub news: Vec<Notice>,
    /// Actions that could not be done, or not for all of their units; they stay pending.
    pub undone: Vec<Undone>,
}

impl Performed {
    /// What could not be done so far, each with the reason.
    pub fn still_pending(&self) -> Vec<String> {
        let line = |undone: &Undone| format!("{}: {}", undone.action, undone.why);
        self.undone.iter().map(line).collect()
    }

    /// Whether something could not be done for another reason than that no user manager was there.
    pub fn is_held_up(&self) -> bool {
        self.undone.iter().any(|undone| !undone.is_waiting)
    }

    /// Whether something waits for a user manager.
    pub fn waits_for_manager(&self) -> bool {
        self.undone.iter().any(|undone| undone.is_waiting)
    }
}

/// Notice: what a person may want to know of an action that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A live tmux server has its alias now.
    SocketAdopted(Adoption),
    /// A live tmux server has lost its alias, and goes on.
    SocketReleased(Adoption),
    /// The alias has another server behind it by now, and was left alone.
    SocketKept {
        /// Name of the socket.
        name: String,
        /// Server that has the name.
        server: Server,
    },
    /// The user manager reads no units where the fleet's are: none was enabled or disabled.
    UnitsReadElsewhere {
        /// Directory of the fleet's units.
        directory: String,
    },
}

/// An action that could not be done.
#[derive(Debug)]
pub struct Undone {
    /// The action, as far as it is still to be done.
    pub action: Pending,
    /// Reason why it could not be done.
    pub why: String,
    /// True if it only waits for a user manager, and for nobody else.
    pub is_waiting: bool,
    /// Units for which the manager refused it.
    pub units: Vec<String>,
}

/// Reason why an action could not be done.
#[derive(Debug, thiserror::Error)]
enum PendingError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error(transparent)]
    Manager(#[from] ManagerError),
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error("{}", .0.iter().map(|(_, failure)| failure.to_string()).collect::<Vec<_>>().join("; "))]
    Units(Vec<(UnitName, Failure)>),
}

impl PendingError {
    fn leaves(self, action: &Pending) -> Undone {
        let is_waiting = matches!(&self, Self::Manager(ManagerError::Unreachable(_)));
        let why = chain(&self);
        let units = match self {
            Self::Units(failed) => failed
                .into_iter()
                .map(|(name, _)| name.to_string())
                .collect(),
            _ => Vec::new(),
        };
        let action = match action {
            Pending::EnableUnits(links) if !units.is_empty() => Pending::EnableUnits(Links {
                units: units.clone(),
                ..links.clone()
            }),
            Pending::DisableUnits(links) if !units.is_empty() => Pending::DisableUnits(Links {
                units: units.clone(),
                ..links.clone()
            }),
            action => action.clone(),
        };
        Undone {
            action,
            why,
            is_waiting,
            units,
        }
    }
}

impl From<Unreachable> for PendingError {
    fn from(error: Unreachable) -> Self {
        Self::Manager(error.into())
    }
}

/// Does what a generation of a home left to be done, as far as it is asked for.
pub(crate) fn perform(
    home: &Home,
    generation: u64,
    is_due: impl Fn(&Pending) -> bool,
) -> Result<Performed, StateError> {
    let Some(state) = &home.state else {
        return Ok(Performed::default());
    };
    let mut performed = Performed::default();
    let (due, mut undone): (Vec<_>, Vec<_>) = state
        .pending(generation, &home.record)?
        .into_iter()
        .partition(is_due);
    for action in &due {
        match attempt(home, action) {
            Ok(news) => {
                performed.done.push(action.clone());
                performed.news.extend(news);
            }
            Err(error) => performed.undone.push(error.leaves(action)),
        }
    }
    let is_as_before = performed
        .undone
        .iter()
        .map(|undone| &undone.action)
        .eq(&due);
    if !is_as_before {
        undone.extend(performed.undone.iter().map(|undone| undone.action.clone()));
        state.keep_pending(generation, &undone)?;
    }
    Ok(performed)
}

fn attempt(home: &Home, action: &Pending) -> Result<Option<Notice>, PendingError> {
    match action {
        Pending::RefreshStatCache => {
            rebuild_cache(home)?;
            Ok(None)
        }
        Pending::AdoptSocket(adoption) => {
            let adopted = Sockets::at(&adoption.directory).adopt(adoption)?;
            Ok(match adopted {
                Adopted::Linked => Some(Notice::SocketAdopted(adoption.clone())),
                Adopted::Already | Adopted::Gone => None,
            })
        }
        Pending::ReleaseSocket(adoption) => {
            let released = Sockets::at(&adoption.directory).release(adoption)?;
            Ok(match released {
                Released::Removed => Some(Notice::SocketReleased(adoption.clone())),
                Released::Left(server) => Some(Notice::SocketKept {
                    name: adoption.name.clone(),
                    server,
                }),
                Released::Nothing => None,
            })
        }
        Pending::DisableUnits(links) => {
            let (kept, links) = behind_links(links);
            unlink(&kept)?;
            let news = link(&links, disable)?;
            if !kept.units.is_empty() {
                Manager::reach()?.daemon_reload()?;
            }
            Ok(news)
        }
        Pending::EnableUnits(links) => link(links, Manager::enable),
        Pending::ReloadUnits => {
            Manager::reach()?.daemon_reload()?;
            Ok(None)
        }
    }
}

/// A unit that nothing enables and that has no file any more is as it is to be, though the manager calls it an error.
fn disable(
    manager: &Manager,
    names: &[UnitName],
) -> Result<Vec<(UnitName, JobOutcome)>, ManagerError> {
    let outcomes = manager.disable(names)?;
    let is_failed = |(_, outcome): &&(UnitName, JobOutcome)| *outcome != JobOutcome::Done;
    let failed: Vec<_> = outcomes
        .iter()
        .filter(is_failed)
        .map(|(name, _)| name.clone())
        .collect();
    let gone = manager
        .show(&failed)?
        .into_iter()
        .filter(|state| state.unit_file_state.is_empty());
    let gone: Vec<_> = gone.map(|state| state.name).collect();
    Ok(outcomes
        .into_iter()
        .filter(|(name, _)| !gone.contains(name))
        .collect())
}

/// Parts the units whose file is a link of the operator's from all others: `systemctl disable` would remove that link.
fn behind_links(links: &Links) -> (Links, Links) {
    let directory = Path::new(&links.directory);
    let is_link = |unit: &&String| {
        let name = UnitName::new(unit.as_str()).map(|name| name.file_name());
        let path = directory.join(name.unwrap_or_else(|_| (*unit).clone()));
        outside::stat_link(&path).is_ok_and(|stat| stat.is_symlink())
    };
    let (kept, others) = links.units.iter().partition::<Vec<_>, _>(is_link);
    let of = |units: Vec<&String>| Links {
        directory: links.directory.clone(),
        units: units.into_iter().cloned().collect(),
    };
    (of(kept), of(others))
}

/// Lets units start with the manager no longer, by taking away what `systemctl enable` made for every release's
/// `[Install]`, and nothing else.
fn unlink(links: &Links) -> Result<(), DiskError> {
    const WANTED: &str = "default.target.wants";
    if links.units.is_empty() {
        return Ok(());
    }
    let root = Root::open(Path::new(&links.directory))?;
    for unit in &links.units {
        match root.remove_file(&format!("{WANTED}/{unit}")) {
            Err(error) if error.is_absent() => {}
            removed => removed?,
        }
    }
    Ok(())
}

/// Enables or disables; what is no name of a unit never was one.
fn link(
    links: &Links,
    ask: impl Fn(&Manager, &[UnitName]) -> Result<Vec<(UnitName, JobOutcome)>, ManagerError>,
) -> Result<Option<Notice>, PendingError> {
    if links.units.is_empty() {
        return Ok(None);
    }
    let manager = Manager::reach()?;
    let directory = &links.directory;
    if !manager.reads(Path::new(directory))? {
        return Ok(Some(Notice::UnitsReadElsewhere {
            directory: directory.clone(),
        }));
    }
    let names: Vec<_> = links
        .units
        .iter()
        .filter_map(|unit| UnitName::new(unit).ok())
        .collect();
    let failed = ask(&manager, &names)?
        .into_iter()
        .filter_map(|(name, outcome)| match outcome {
            JobOutcome::Failed(failure) => Some((name, failure)),
            JobOutcome::Done | JobOutcome::Unfinished { .. } => None,
        });
    let failed: Vec<_> = failed.collect();
    if failed.is_empty() {
        Ok(None)
    } else {
        Err(PendingError::Units(failed))
    }
}
