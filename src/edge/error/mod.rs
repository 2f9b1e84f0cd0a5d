//! Every way in which a command can fail, with the advice and the exit status that go with it.

pub mod fleet;

use std::path::PathBuf;

use crate::decide::bundle::check::BundleFault;
use crate::decide::doctor::quoted;
use crate::decide::home::resolve::Unsettled;
use crate::decide::home::situation::PlanRefusal;
use crate::decide::home::source_version::SourceKnown;
use crate::decide::plan::error::PlanError;
use crate::edge::error::fleet::FleetFault;
use crate::effects::apply::{self, TransactionError};
use crate::effects::bundle::BundleError;
use crate::effects::bundle::pack::PackError;
use crate::effects::home::HomeError;
use crate::effects::home::evidence::EvidenceError;
use crate::effects::matrix::MatrixError;
use crate::effects::os::disk::DiskError;
use crate::effects::os::tmux::SocketError;
use crate::effects::state::StateError;
use crate::effects::state::file::StateFault;
use crate::model::path::PathError;
use crate::model::place::TextFault;
use crate::model::tmux::Occupancy;

/// What a command's end means (the exit status).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Failed; the home is unchanged.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Committed; something needs a person.
    NeedsPerson = 3,
    /// Differences were found.
    Differences = 4,
    /// Another run holds the lock.
    Locked = 5,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The bundle cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The bundle was not packed.
    #[error(transparent)]
    Pack(PackError),
    /// The plan is refused.
    #[error(transparent)]
    Refused(#[from] PlanRefusal),
    /// The operator names a source version that is known to be another.
    #[error(transparent)]
    SourceKnown(#[from] SourceKnown),
    /// A conflict cannot be settled that way.
    #[error(transparent)]
    Unsettled(#[from] Unsettled),
    /// Something that the plan needs could not be read.
    #[error(transparent)]
    Witness(#[from] EvidenceError),
    /// The transaction failed.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The file system did not do something.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A tmux socket could not be given a second name, or that not be taken back.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The home could not be recovered.
    #[error("the interrupted run could not be finished")]
    Recovery(#[source] StateError),
    /// An earlier run was finished, then the command itself failed.
    #[error(
        "generation {generation}, which an earlier run had committed, was finished; then the command failed"
    )]
    AfterRecovery {
        generation: u64,
        #[source]
        cause: Box<CommandError>,
    },
    /// The plan is not the one that was asked for.
    #[error("the plan is {found} now, not {asked}")]
    OtherPlan { asked: String, found: String },
    /// A rollback would bring the socket's new name back, and the running server cannot follow.
    #[error("the running fleet cannot follow to the socket's new name: {0}")]
    LiveSocket(String),
    /// There is no such generation.
    #[error("there is no generation {number}; the last is {last}")]
    NoGeneration { number: u64, last: u64 },
    /// A generation that the way back leads through is not kept any more.
    #[error("generation {missing} is not kept any more{}", if missing == number { String::new() } else { format!(", and the way back to {number} leads through it") })]
    GenerationGone { number: u64, missing: u64 },
    /// Nothing was ever committed here.
    #[error("{} was not installed by Mosaic: there is no record", .0.display())]
    NoRecord(PathBuf),
    /// A path argument that leads nowhere in the home.
    #[error("{path:?} {why}")]
    Path { path: String, why: PathError },
    /// A path argument outside the home.
    #[error("{path} is not in the home {}", home.display())]
    OutsideHome { path: String, home: PathBuf },
    /// A path argument that no release and no record knows.
    #[error("{path} is not recorded in this home and does not ship")]
    UnknownPath { path: String, alike: Option<String> },
    /// The person who was asked did not say yes.
    #[error("not confirmed; nothing was changed")]
    Declined,
    /// Something about the fleet.
    #[error(transparent)]
    Fleet(Box<FleetFault>),
    /// The matrix was not run.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The command line is wrong in a way that only the command knows.
    #[error("{0}")]
    Usage(String),
    /// No home was named and none can be guessed.
    #[error("no home: neither --home nor $MOSAIC_HOME, $XDG_CONFIG_HOME or $HOME is set")]
    NoHome,
}

impl CommandError {
    /// The exit status.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Home(HomeError::Locked { .. }) => Exit::Locked,
            Self::Fleet(fault) => fault.exit(),
            Self::Usage(_)
            | Self::SourceKnown(_)
            | Self::Path { .. }
            | Self::OutsideHome { .. }
            | Self::UnknownPath { .. }
            | Self::NoHome => Exit::Usage,
            Self::Transaction(error) if !error.left_home_unchanged() => Exit::NeedsPerson,
            Self::Recovery(_) | Self::AfterRecovery { .. } => Exit::NeedsPerson,
            _ => Exit::Failed,
        }
    }

    /// The place in a text, where the error is about one.
    pub fn text_fault(&self) -> Option<&TextFault> {
        match self {
            Self::Bundle(BundleError::Manifest(fault)) | Self::Matrix(MatrixError::Case(fault)) => {
                Some(fault)
            }
            Self::Fleet(fault) => fault.text_fault(),
            _ => None,
        }
    }

    /// What happened, with all causes, in one line; without the kernel's numbers.
    pub fn message(&self) -> String {
        let mut message = apply::chain(self);
        while let Some(start) = message.find(" (os error ") {
            let length = message[start..]
                .find(')')
                .map_or(message.len() - start, |end| end + 1);
            message.replace_range(start..start + length, "");
        }
        message
    }

    /// What to do about it; `at` makes a command be about the home that was meant.
    pub fn advice(&self, at: &str) -> Option<String> {
        let advice = match self {
            Self::Home(error) => return advice_for_home(error, at),
            Self::Refused(refusal) => match refusal {
                PlanRefusal::OtherBundle { .. } => {
                    "give each bundle a home of its own: mosaic install --home DIR --from BUNDLE"
                }
                PlanRefusal::Downgrade { .. } => {
                    return Some(format!(
                        "to go back to it all the same, add --allow-downgrade; to undo the last update, run mosaic rollback{at}"
                    ));
                }
                PlanRefusal::Removals { .. } => {
                    "see what would go with --dry-run; if that is right, add --allow-removals"
                }
                PlanRefusal::ForeignOwner { .. } => {
                    "give it to yourself with chown, or keep Mosaic away from it with a line in .mosaicpreserve"
                }
            },
            Self::Unsettled(unsettled) => match unsettled {
                Unsettled::NotParked {
                    nearest: Some(path),
                    ..
                } => {
                    return Some(format!(
                        "did you mean {path}? mosaic resolve{at} lists what is parked"
                    ));
                }
                Unsettled::NotParked { .. } => {
                    return Some(format!("mosaic resolve{at} lists what is parked"));
                }
                Unsettled::Markers { .. } => {
                    "edit the file until no line starts with <<<<<<<, ||||||| or >>>>>>>, then say it again"
                }
                Unsettled::InTheWay(_) => {
                    return Some(format!(
                        "move away what is there, then run mosaic update{at}, or keep it with --mine"
                    ));
                }
                Unsettled::ParkedChanged(_) => {
                    "put the content that you want in a file and use --merged FILE"
                }
            },
            Self::Bundle(BundleError::NotABundle { .. }) => {
                "a bundle is a directory with a bundle.toml at its root, or an archive that mosaic bundle pack wrote"
            }
            Self::Bundle(BundleError::Refused {
                fault: BundleFault::Archive(_),
                ..
            }) => {
                "get the release again; if you changed it yourself, pack it again, or remove its bundle.sha256"
            }
            Self::Pack(PackError::Inside(_)) => "name a file outside of the bundle with -o FILE",
            Self::Bundle(BundleError::Changed { .. }) => {
                "wait until nothing writes to the bundle, then try again"
            }
            Self::Transaction(TransactionError::NoRoom { .. }) => {
                "make room on the file system of the home, then try again"
            }
            Self::Transaction(error) if !error.left_home_unchanged() => {
                return Some(format!("mend the cause, then run: mosaic recover{at}"));
            }
            Self::Transaction(TransactionError::ContentChanged { .. }) => "try again",
            Self::Recovery(_) => {
                return Some(format!(
                    "mend the cause and run mosaic recover{at}, or give up what cannot be finished: mosaic recover --keep-current{at}"
                ));
            }
            Self::State(error) => return advice_for_state(error, at),
            Self::Socket(error) => return advice_for_socket(error, at),
            Self::AfterRecovery { cause, .. } => return cause.advice(at),
            Self::LiveSocket(_) => {
                "end the server that is in the way, or wait until it has ended; then try again"
            }
            Self::OtherPlan { .. } => "look at the plan again, with --dry-run",
            Self::NoGeneration { .. } | Self::GenerationGone { .. } => {
                return Some(format!("mosaic history{at} lists the generations"));
            }
            Self::UnknownPath {
                alike: Some(alike), ..
            } => return Some(format!("did you mean {alike}?")),
            Self::UnknownPath { .. } => "name a file that ships, or a directory above one",
            Self::NoRecord(_) => return Some(format!("install first: mosaic install{at}")),
            Self::SourceKnown(_) => "leave the flag out",
            Self::Matrix(MatrixError::NotAMatrix { .. }) => {
                "a matrix is a folder with a folder for each case, and the homes of earlier releases in ../homes"
            }
            Self::Fleet(fault) => return fault.advice(at),
            Self::NoHome => "name one: --home DIR",
            Self::Declined => "answer y, or say --yes beforehand",
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

fn advice_for_home(error: &HomeError, at: &str) -> Option<String> {
    Some(match error {
        HomeError::Absent {
            nearest: Some(home),
            ..
        } => {
            format!("did you mean --home {}?", home.display())
        }
        HomeError::Absent { path, .. } => {
            format!(
                "to make one there: mosaic install --home {}",
                quoted(&path.display().to_string())
            )
        }
        HomeError::Inside { outer, .. } => {
            format!(
                "name a directory outside of it, or mean that home: --home {}",
                outer.display()
            )
        }
        HomeError::NotADirectory(_) => {
            "name a directory, or a path where nothing is yet".to_owned()
        }
        HomeError::ForeignOwner { owner, .. } => advice_for_foreigner(*owner),
        HomeError::Locked { .. } => {
            "wait for it, or wait longer with --lock-timeout SECONDS".to_owned()
        }
        HomeError::State(error) => return advice_for_state(error, at),
        _ => return None,
    })
}

fn advice_for_foreigner(owner: u32) -> String {
    format!("run it as user {owner}, without sudo; Mosaic never needs root")
}

fn advice_for_state(error: &StateError, at: &str) -> Option<String> {
    match error {
        StateError::Fault(StateFault::Newer { writer, .. }) => {
            Some(format!("use mosaic {writer} or later; nothing was changed"))
        }
        StateError::Fault(StateFault::Damaged { .. }) => Some(format!(
            "restore it from a backup, or move .mosaic away and run mosaic install{at}: your files stay"
        )),
        StateError::NotADirectory(_) => {
            Some("the state must be a directory of your own: move it away".to_owned())
        }
        StateError::ForeignOwner { owner, .. } => Some(advice_for_foreigner(*owner)),
        StateError::Disk(_) => None,
    }
}

fn advice_for_socket(error: &SocketError, at: &str) -> Option<String> {
    let (SocketError::Unreached { socket, found, .. } | SocketError::Taken { socket, found, .. }) =
        error
    else {
        return None;
    };
    let socket = quoted(&socket.display().to_string());
    Some(match found {
        Occupancy::Free | Occupancy::Stale => {
            format!("try again, or see what is wrong: mosaic doctor{at}")
        }
        Occupancy::Served(_) => format!(
            "see whose sessions those are, end that server once they are not needed, and try again: tmux -S {socket} list-sessions"
        ),
        Occupancy::Foreign { .. } => {
            format!("have its owner remove it, and try again: ls -ln {socket}")
        }
        Occupancy::Unknown(_) => {
            format!("see whether it answers, and try again: tmux -S {socket} list-sessions")
        }
    })
}

impl From<PackError> for CommandError {
    fn from(error: PackError) -> Self {
        match error {
            PackError::Bundle(error) => error.into(),
            PackError::Disk(error) => error.into(),
            error => Self::Pack(error),
        }
    }
}

impl<R, E> From<PlanError<R, E>> for CommandError
where
    R: Into<CommandError>,
    E: Into<CommandError>,
{
    fn from(error: PlanError<R, E>) -> Self {
        match error {
            PlanError::Refused(refusal) => refusal.into(),
            PlanError::Unreadable(error) => error.into(),
        }
    }
}
