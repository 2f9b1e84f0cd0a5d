//! How a command about a fleet can fail, with the advice that goes with it.

use std::path::PathBuf;

use crate::decide::fleet::install::InstallFault;
use crate::decide::fleet::order::WrongName;
use crate::decide::fleet::preset::Occupied;
use crate::edge::error::{CommandError, Exit};
use crate::effects::fleet::install::LookError;
use crate::effects::fleet::running::RunningError;
use crate::effects::os::systemd::{ManagerError, Unreachable};
use crate::model::place::TextFault;

/// Why a command about a fleet failed.
#[derive(Debug, thiserror::Error)]
pub enum FleetFault {
    /// The roster is wrong.
    #[error(transparent)]
    Roster(TextFault),
    /// There is no roster.
    #[error("there is no roster {}", .0.display())]
    NoRoster(PathBuf),
    /// The roster cannot be read.
    #[error("cannot read the roster {}", path.display())]
    Unread {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// No preset has that name.
    #[error("there is no preset {name:?}")]
    NoPreset {
        name: String,
        meant: Option<String>,
        known: Vec<String>,
    },
    /// A roster is there already.
    #[error("{0} is there already")]
    RosterThere(String),
    /// Something else is there.
    #[error("{0} is not a regular file")]
    NotAFile(String),
    /// A name that means no agent here.
    #[error(transparent)]
    Name(#[from] WrongName),
    /// Nothing may be installed.
    #[error(transparent)]
    Install(#[from] InstallFault),
    /// There is nothing to install from, or no place for it.
    #[error(transparent)]
    Look(#[from] LookError),
    /// The user manager is not there, or said no.
    #[error(transparent)]
    Manager(#[from] ManagerError),
    /// An agent's unit or env file is not in place.
    #[error("{0} is not installed")]
    NotInstalled(String),
    /// The manager does not know the units of this home.
    #[error("the user manager reads no units in {}", .0.display())]
    Unreads(PathBuf),
    /// The active units are another home's.
    #[error("{} is the unit of another home: {home}", unit.display())]
    AnotherHome { unit: PathBuf, home: String },
}

impl FleetFault {
    /// The exit status.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Name(_) | Self::NoPreset { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }

    /// The place in a text, where it is about one.
    pub fn text_fault(&self) -> Option<&TextFault> {
        match self {
            Self::Roster(fault) | Self::Install(InstallFault::Env(fault)) => Some(fault),
            _ => None,
        }
    }

    /// What to do about it; `at` makes a command be about the home that was meant.
    pub fn advice(&self, at: &str) -> Option<String> {
        Some(match self {
            Self::NoRoster(_) => format!("write one: mosaic fleet init{at}"),
            Self::NoPreset {
                meant: Some(meant),
                known,
                ..
            } => {
                format!("did you mean {meant}? There are {}", known.join(", "))
            }
            Self::NoPreset { known, .. } => format!("choose one of {}", known.join(", ")),
            Self::RosterThere(_) => {
                format!("to replace it, add --force; mosaic rollback{at} brings it back")
            }
            Self::NotAFile(_) | Self::Install(InstallFault::NotAFile(_)) => {
                "move it away".to_owned()
            }
            Self::Name(wrong) => wrong.remedy(),
            Self::Install(InstallFault::AnotherHome { home, .. })
            | Self::AnotherHome { home, .. } => {
                format!(
                    "a user has one installed fleet, and it is that home's: use --home {home}, or take it back there"
                )
            }
            Self::Look(LookError::NotAsShipped { .. }) => {
                format!("bring the release's files back: mosaic update{at}")
            }
            Self::Look(LookError::Unnameable(_)) => "move the home to a path without it".to_owned(),
            Self::Look(LookError::NoPlace(_)) => "name a directory: --units-dir DIR".to_owned(),
            Self::Manager(ManagerError::Unreachable(_)) => {
                format!("see what is wrong: mosaic doctor{at}")
            }
            Self::Unreads(_) => {
                "leave out --units-dir, and set XDG_CONFIG_HOME as the manager has it".to_owned()
            }
            Self::NotInstalled(_) => {
                format!("install what the roster says: mosaic fleet install{at}")
            }
            _ => return None,
        })
    }
}

impl From<FleetFault> for CommandError {
    fn from(fault: FleetFault) -> Self {
        Self::Fleet(Box::new(fault))
    }
}

impl From<Unreachable> for CommandError {
    fn from(error: Unreachable) -> Self {
        FleetFault::Manager(error.into()).into()
    }
}

impl From<ManagerError> for CommandError {
    fn from(error: ManagerError) -> Self {
        FleetFault::Manager(error).into()
    }
}

impl From<RunningError> for CommandError {
    fn from(error: RunningError) -> Self {
        match error {
            RunningError::Manager(error) => error.into(),
            RunningError::State(error) => error.into(),
        }
    }
}

impl From<WrongName> for CommandError {
    fn from(error: WrongName) -> Self {
        FleetFault::Name(error).into()
    }
}

impl From<LookError> for CommandError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Disk(error) => error.into(),
            LookError::Refused(refusal) => refusal.into(),
            error => FleetFault::Look(error).into(),
        }
    }
}

impl From<InstallFault> for CommandError {
    fn from(fault: InstallFault) -> Self {
        FleetFault::Install(fault).into()
    }
}

impl From<Occupied> for CommandError {
    fn from(occupied: Occupied) -> Self {
        match occupied {
            Occupied::ByRoster(path) => FleetFault::RosterThere(path.to_string()).into(),
            Occupied::ByOther(path) => FleetFault::NotAFile(path.to_string()).into(),
        }
    }
}
