//! The errors of operations.

use std::path::PathBuf;

use crate::decide::fleet::install::InstallFault;
use crate::decide::fleet::membership::MembershipFault;
use crate::decide::fleet::order::WrongName;
use crate::decide::fleet::preset::Occupied;
use crate::decide::home::resolve::Unsettled;
use crate::decide::home::situation::PlanRefusal;
use crate::decide::home::source_version::SourceKnown;
use crate::decide::plan::error::PlanError;
use crate::effects::apply::TransactionError;
use crate::effects::bundle::BundleError;
use crate::effects::bundle::pack::PackError;
use crate::effects::fleet::install::LookError;
use crate::effects::fleet::running::RunningError;
use crate::effects::home::HomeError;
use crate::effects::home::evidence::EvidenceError;
use crate::effects::matrix::MatrixError;
use crate::effects::os::disk::DiskError;
use crate::effects::os::disk::needed::Withheld;
use crate::effects::os::systemd::{ManagerError, Unreachable};
use crate::effects::os::tmux::SocketError;
use crate::effects::state::StateError;
use crate::ops::fleet::error::FleetError;
use crate::ops::update_request::Objected;
use crate::ops::yolo::YoloError;

/// The failure of an operation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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
    /// The plan is carried out only if the operator says that more is meant than usual.
    #[error(transparent)]
    Objected(Box<Objected>),
    /// The operator names a source version that is known to be another.
    #[error(transparent)]
    SourceKnown(#[from] SourceKnown),
    /// A conflict cannot be settled that way.
    #[error(transparent)]
    Unsettled(#[from] Unsettled),
    /// A file that the plan needs could not be read.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The transaction failed.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The file system refused something.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The alias of a tmux socket could not be made or taken back.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The home could not be recovered.
    #[error("the interrupted run could not be finished")]
    Recovery(#[source] StateError),
    /// An earlier run was finished, then the operation itself failed.
    #[error(
        "generation {generation}, which an earlier run had committed, was finished; then the command failed"
    )]
    AfterRecovery {
        /// The generation that was finished.
        generation: u64,
        /// The operation's own error.
        #[source]
        cause: Box<Error>,
    },
    /// A runtime was not started.
    #[error(transparent)]
    Yolo(#[from] YoloError),
    /// The plan is not the one that was asked for.
    #[error("the plan is {found} now, not {wanted}")]
    OtherPlan {
        /// The digest that was asked for.
        wanted: String,
        /// The digest of the plan as it is now.
        found: String,
    },
    /// A rollback would give the socket its other name back, and the running server cannot follow.
    #[error("the running fleet cannot follow to the socket's other name: {0}")]
    LiveSocket(String),
    /// There is no such generation.
    #[error("there is no generation {number}; the last is {last}")]
    NoGeneration {
        /// The number that was asked for.
        number: u64,
        /// The last generation.
        last: u64,
    },
    /// A generation that the way back leads through is not kept any more.
    #[error("generation {missing} is not kept any more{}", if missing == number { String::new() } else { format!(", and the way back to {number} leads through it") })]
    GenerationGone {
        /// The number that was asked for.
        number: u64,
        /// The generation that is not kept.
        missing: u64,
    },
    /// What the way back leads through cannot be used.
    #[error("the way back to {number} leads through what cannot be used")]
    WayDamaged {
        /// The number that was asked for.
        number: u64,
        /// The fault.
        #[source]
        fault: StateError,
    },
    /// Nothing was ever committed here.
    #[error("{} was not installed by Mosaic: there is no record", .0.display())]
    NoRecord(PathBuf),
    /// A path that no release and no record knows.
    #[error("{path} is not recorded in this home and does not ship")]
    UnknownPath {
        /// The path that was named.
        path: String,
        /// The known path that is most like it.
        alike: Option<String>,
    },
    /// A roster, a preset, a unit or the user manager is in the way.
    #[error(transparent)]
    Fleet(Box<FleetError>),
    /// The matrix was not run.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The user asked to stop before the time was over for which health was to hold.
    #[error("interrupted after {held} of {hold} seconds, so there is no verdict")]
    HoldInterrupted {
        /// Whole seconds for which it was looked.
        held: u64,
        /// Seconds for which health was to hold.
        hold: u64,
    },
    /// The system withholds what every operation needs.
    #[error(transparent)]
    Withheld(#[from] Withheld),
    /// The request is wrong in a way that only the operation knows.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// Tells whether the home is byte for byte what it was before the operation.
    pub fn left_home_unchanged(&self) -> bool {
        match self {
            Self::Transaction(error) => error.left_home_unchanged(),
            Self::Recovery(_) | Self::AfterRecovery { .. } => false,
            _ => true,
        }
    }

    /// Tells whether the request was wrong, rather than the home or the machine.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Yolo(YoloError::Unknown { .. }) => true,
            Self::Usage(_) | Self::SourceKnown(_) | Self::UnknownPath { .. } => true,
            Self::Fleet(error) => {
                matches!(
                    **error,
                    FleetError::Name(_)
                        | FleetError::NoPreset { .. }
                        | FleetError::Membership(MembershipFault::Wrong { .. })
                )
            }
            _ => false,
        }
    }
}

impl From<PackError> for Error {
    fn from(error: PackError) -> Self {
        match error {
            PackError::Bundle(error) => error.into(),
            PackError::Disk(error) => error.into(),
            error => Self::Pack(error),
        }
    }
}

impl<R: Into<Error>, E: Into<Error>> From<PlanError<R, E>> for Error {
    fn from(error: PlanError<R, E>) -> Self {
        match error {
            PlanError::Refused(refusal) => refusal.into(),
            PlanError::Unreadable(error) => error.into(),
        }
    }
}

impl From<FleetError> for Error {
    fn from(error: FleetError) -> Self {
        Self::Fleet(Box::new(error))
    }
}

impl From<Unreachable> for Error {
    fn from(error: Unreachable) -> Self {
        FleetError::Manager(error.into()).into()
    }
}

impl From<ManagerError> for Error {
    fn from(error: ManagerError) -> Self {
        FleetError::Manager(error).into()
    }
}

impl From<RunningError> for Error {
    fn from(error: RunningError) -> Self {
        match error {
            RunningError::Manager(error) => error.into(),
            RunningError::State(error) => error.into(),
        }
    }
}

impl From<WrongName> for Error {
    fn from(error: WrongName) -> Self {
        FleetError::Name(error).into()
    }
}

impl From<LookError> for Error {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Disk(error) => error.into(),
            LookError::Refused(refusal) => refusal.into(),
            error => FleetError::Look(error).into(),
        }
    }
}

impl From<InstallFault> for Error {
    fn from(fault: InstallFault) -> Self {
        FleetError::Install(fault).into()
    }
}

impl From<Occupied> for Error {
    fn from(occupied: Occupied) -> Self {
        match occupied {
            Occupied::ByRoster(path) => FleetError::RosterThere(path.to_string()).into(),
            Occupied::ByOther(path) => FleetError::NotAFile(path.to_string()).into(),
        }
    }
}
