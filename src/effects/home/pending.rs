//! Does what a commit left to be done: each once, by the run that committed or by a later one.

use std::path::Path;

use crate::effects::apply::chain;
use crate::effects::home::Home;
use crate::effects::home::survey::rebuild_cache;
use crate::effects::os::systemd::{Manager, ManagerError, Unreachable};
use crate::effects::os::tmux::{Adopted, Released, SocketError, Sockets};
use crate::effects::state::StateError;
use crate::model::generation::{Links, Pending};
use crate::model::unit::{Failure, JobOutcome, UnitName};

/// What became of it.
#[derive(Debug, Default)]
pub struct Performed {
    /// What was done.
    pub done: Vec<Pending>,
    /// What a person should hear of it, a sentence each.
    pub news: Vec<String>,
    /// What could not be done; it stays pending.
    pub left: Vec<Undone>,
}

impl Performed {
    /// What could not be done so far, each with the reason.
    pub fn still_pending(&self) -> Vec<String> {
        let line = |undone: &Undone| format!("{}: {}", undone.action, undone.why);
        self.left.iter().map(line).collect()
    }

    /// Whether something could not be done for another reason than that no user manager was there.
    pub fn is_held_up(&self) -> bool {
        self.left.iter().any(|undone| !undone.is_waiting)
    }

    /// Whether something waits for a user manager.
    pub fn waits_for_manager(&self) -> bool {
        self.left.iter().any(|undone| undone.is_waiting)
    }
}

/// Something that could not be done.
#[derive(Debug)]
pub struct Undone {
    /// What is still to be done of it.
    pub action: Pending,
    /// Why it could not be.
    pub why: String,
    /// Whether it only waits for a user manager, and for nobody else.
    pub is_waiting: bool,
    /// Units that the manager would not have it done to.
    pub units: Vec<String>,
}

/// Why one thing could not be done.
#[derive(Debug, thiserror::Error)]
enum PendingError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error(transparent)]
    Manager(#[from] ManagerError),
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
pub fn perform(
    home: &Home,
    generation: u64,
    is_asked: impl Fn(&Pending) -> bool,
) -> Result<Performed, StateError> {
    let Some(state) = &home.state else {
        return Ok(Performed::default());
    };
    let mut aftermath = Performed::default();
    let (pending, mut left): (Vec<_>, Vec<_>) =
        state.pending(generation)?.into_iter().partition(is_asked);
    for action in &pending {
        match attempt(home, action) {
            Ok(news) => {
                aftermath.done.push(action.clone());
                aftermath.news.extend(news);
            }
            Err(hindrance) => aftermath.left.push(hindrance.leaves(action)),
        }
    }
    let is_as_before = aftermath.left.iter().map(|left| &left.action).eq(&pending);
    if !is_as_before {
        left.extend(aftermath.left.iter().map(|left| left.action.clone()));
        state.keep_pending(generation, &left)?;
    }
    Ok(aftermath)
}

fn attempt(home: &Home, action: &Pending) -> Result<Option<String>, PendingError> {
    match action {
        Pending::RefreshStatCache => {
            rebuild_cache(home)?;
            Ok(None)
        }
        Pending::AdoptSocket(adoption) => {
            let adopted = Sockets::at(&adoption.directory).adopt(adoption)?;
            let (server, name, former) = (adoption.server, &adoption.name, &adoption.former);
            Ok(match adopted {
                Adopted::Linked => Some(format!(
                    "{server} is now reachable by the socket {name}, too; {former} stays, and so do all sessions"
                )),
                Adopted::Already | Adopted::Gone => None,
            })
        }
        Pending::ReleaseSocket(adoption) => {
            let released = Sockets::at(&adoption.directory).release(adoption)?;
            let (server, name) = (adoption.server, &adoption.name);
            Ok(match released {
                Released::Removed => Some(format!(
                    "{server} is no longer reachable by the socket {name}; all its sessions go on"
                )),
                Released::Left(other) => {
                    Some(format!("the socket {name} is {other}'s by now, and stays"))
                }
                Released::Nothing => None,
            })
        }
        Pending::DisableUnits(links) => link(links, disable),
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

/// Enables or disables; what is no name of a unit never was one.
fn link(
    links: &Links,
    ask: impl Fn(&Manager, &[UnitName]) -> Result<Vec<(UnitName, JobOutcome)>, ManagerError>,
) -> Result<Option<String>, PendingError> {
    let manager = Manager::reach()?;
    let directory = &links.directory;
    if !manager.reads(Path::new(directory))? {
        let news =
            format!("The user manager reads no units in {directory}: none is enabled or disabled.");
        return Ok(Some(news));
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
