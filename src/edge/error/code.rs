//! The code of an error: what programs know it by. Sentences change, codes stay.

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::fleet::install::InstallFault;
use crate::decide::fleet::membership::MembershipFault;
use crate::decide::home::situation::{Objection, PlanRefusal};
use crate::edge::error::CommandError;
use crate::effects::apply::TransactionError;
use crate::effects::bundle::BundleError;
use crate::effects::fleet::install::LookError;
use crate::effects::home::HomeError;
use crate::effects::home::evidence::EvidenceError;
use crate::effects::matrix::MatrixError;
use crate::effects::os::systemd::ManagerError;
use crate::effects::state::StateError;
use crate::ops::Error;
use crate::ops::fleet::error::FleetError;
use crate::ops::yolo::YoloError;

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ErrorCode {
    /// The command line is wrong.
    Usage,
    /// No home is named, and none can be guessed.
    NoHome,
    /// A path is none, is outside the home, or is neither recorded nor shipped.
    UnknownPath,
    /// The roster has no such agent, or there is no such preset or runtime.
    UnknownName,
    /// Nobody said yes.
    Declined,
    /// The user asked to stop.
    Interrupted,
    /// Another run holds the lock.
    Locked,
    /// There is no home, or nothing was ever committed in it.
    HomeAbsent,
    /// The home, or something in it, is of a kind that Mosaic does not work with.
    HomeUnusable,
    /// Another user owns the home, or something that is to change.
    ForeignOwner,
    /// The home's state is damaged, or cannot be read.
    StateUnusable,
    /// An interrupted run could not be finished.
    RecoveryFailed,
    /// An interrupted run was finished, then the command itself failed.
    FailedAfterRecovery,
    /// The bundle is not there, cannot be read, or changed meanwhile.
    BundleUnusable,
    /// The bundle says what it must not.
    BundleInvalid,
    /// The home has another bundle's release.
    OtherBundle,
    /// The release is older than the home's.
    Downgrade,
    /// More would be removed than goes without a word.
    Removals,
    /// The plan is not the one that was asked for, or the source version is known to be another.
    OtherPlan,
    /// The conflict cannot be settled so.
    Unsettled,
    /// There is no such generation, or it is not kept, or what leads to it is damaged.
    NoGeneration,
    /// The disk has no room.
    NoRoom,
    /// The transaction failed; nothing was changed.
    TransactionFailed,
    /// The transaction may be committed or not: `mosaic recover` tells.
    OutcomeUnknown,
    /// The transaction is committed, and not carried out to its end.
    NotFinished,
    /// The file system refused something.
    Disk,
    /// The system withholds what every command needs.
    Withheld,
    /// A tmux socket cannot be what it is to be.
    Socket,
    /// A roster or an env file is wrong.
    RosterInvalid,
    /// There is no roster, or it cannot be read.
    NoRoster,
    /// Something of the fleet is in the way.
    FleetInTheWay,
    /// Something of the fleet is not installed.
    NotInstalled,
    /// What agents need at their start is not there: nobody was ended.
    NotReady,
    /// The user manager does not answer.
    ManagerUnreachable,
    /// The user manager refused.
    ManagerRefused,
    /// What runs cannot be seen, or a host cannot be reached.
    Unseen,
    /// The agent has no pane that can be used.
    NoPane,
    /// Somebody else has the pane's pipe, or it was cut off.
    NoStream,
    /// The program of a runtime was not found, or did not start.
    RuntimeFailed,
    /// The matrix could not be run.
    Matrix,
}

impl CommandError {
    /// The code.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Operation(error) => of_operation(error),
            Self::Path { .. } | Self::OutsideHome { .. } => ErrorCode::UnknownPath,
            Self::Declined | Self::NobodyToAsk { .. } => ErrorCode::Declined,
            Self::Usage(_) => ErrorCode::Usage,
            Self::NoHome => ErrorCode::NoHome,
        }
    }
}

fn of_operation(error: &Error) -> ErrorCode {
    match error {
        Error::Home(error) => of_home(error),
        Error::Bundle(error) | Error::Evidence(EvidenceError::Bundle(error)) => of_bundle(error),
        Error::Pack(_) => ErrorCode::BundleInvalid,
        Error::Refused(refusal) => match refusal {
            PlanRefusal::OtherBundle { .. } => ErrorCode::OtherBundle,
            PlanRefusal::ForeignOwner { .. } => ErrorCode::ForeignOwner,
        },
        Error::Objected(objected) => match objected.objection {
            Objection::Downgrade { .. } => ErrorCode::Downgrade,
            Objection::Removals { .. } => ErrorCode::Removals,
        },
        Error::SourceKnown(_) | Error::OtherPlan { .. } => ErrorCode::OtherPlan,
        Error::Unsettled(_) => ErrorCode::Unsettled,
        Error::Evidence(EvidenceError::State(_)) | Error::State(_) => ErrorCode::StateUnusable,
        Error::Evidence(_) | Error::Disk(_) => ErrorCode::Disk,
        Error::Transaction(error) => of_transaction(error),
        Error::Socket(_) | Error::LiveSocket(_) => ErrorCode::Socket,
        Error::Recovery(_) => ErrorCode::RecoveryFailed,
        Error::AfterRecovery { .. } => ErrorCode::FailedAfterRecovery,
        Error::Yolo(YoloError::Unknown { .. }) => ErrorCode::UnknownName,
        Error::Yolo(_) => ErrorCode::RuntimeFailed,
        Error::NoGeneration { .. } | Error::GenerationGone { .. } | Error::WayDamaged { .. } => {
            ErrorCode::NoGeneration
        }
        Error::NoRecord(_) => ErrorCode::HomeAbsent,
        Error::UnknownPath { .. } => ErrorCode::UnknownPath,
        Error::Fleet(error) => of_fleet(error),
        Error::Matrix(MatrixError::Interrupted) | Error::HoldInterrupted { .. } => {
            ErrorCode::Interrupted
        }
        Error::Matrix(_) => ErrorCode::Matrix,
        Error::Withheld(_) => ErrorCode::Withheld,
        Error::Usage(_) => ErrorCode::Usage,
    }
}

fn of_home(error: &HomeError) -> ErrorCode {
    match error {
        HomeError::Absent { .. } => ErrorCode::HomeAbsent,
        HomeError::NotADirectory(_) | HomeError::Inside { .. } | HomeError::PreserveFile(_) => {
            ErrorCode::HomeUnusable
        }
        HomeError::ForeignOwner { .. } | HomeError::State(StateError::ForeignOwner { .. }) => {
            ErrorCode::ForeignOwner
        }
        HomeError::Locked { .. } => ErrorCode::Locked,
        HomeError::Unfinished(_) => ErrorCode::RecoveryFailed,
        HomeError::Interrupted => ErrorCode::Interrupted,
        HomeError::Damaged(_) | HomeError::State(_) => ErrorCode::StateUnusable,
        HomeError::Disk(_) => ErrorCode::Disk,
    }
}

fn of_bundle(error: &BundleError) -> ErrorCode {
    match error {
        BundleError::Manifest(_) | BundleError::Refused { .. } => ErrorCode::BundleInvalid,
        _ => ErrorCode::BundleUnusable,
    }
}

fn of_transaction(error: &TransactionError) -> ErrorCode {
    match error {
        TransactionError::Interrupted => ErrorCode::Interrupted,
        TransactionError::NoRoom { .. } => ErrorCode::NoRoom,
        TransactionError::OutcomeUnknown(_) => ErrorCode::OutcomeUnknown,
        TransactionError::AfterCommit(_) => ErrorCode::NotFinished,
        _ => ErrorCode::TransactionFailed,
    }
}

fn of_fleet(error: &FleetError) -> ErrorCode {
    match error {
        FleetError::Roster(_) | FleetError::Install(InstallFault::Env(_)) => {
            ErrorCode::RosterInvalid
        }
        FleetError::Membership(MembershipFault::Roster(_)) => ErrorCode::RosterInvalid,
        FleetError::NoRoster { .. } | FleetError::Unread { .. } => ErrorCode::NoRoster,
        FleetError::NoPreset { .. } | FleetError::Name(_) => ErrorCode::UnknownName,
        FleetError::Membership(MembershipFault::Wrong { .. }) => ErrorCode::Usage,
        FleetError::Membership(MembershipFault::Name(_)) => ErrorCode::UnknownName,
        FleetError::NotInstalled { .. }
        | FleetError::NoUnit { .. }
        | FleetError::Look(LookError::NotAsShipped { .. }) => ErrorCode::NotInstalled,
        FleetError::NotReady { .. } | FleetError::NoProgram { .. } => ErrorCode::NotReady,
        FleetError::Manager(ManagerError::Unreachable(_)) => ErrorCode::ManagerUnreachable,
        FleetError::Manager(_) | FleetError::Handover(_) => ErrorCode::ManagerRefused,
        FleetError::Unseen { .. } | FleetError::Unreached { .. } => ErrorCode::Unseen,
        FleetError::NoPane { .. } | FleetError::NotEnded { .. } => ErrorCode::NoPane,
        FleetError::Piped { .. } | FleetError::NotStreamed { .. } => ErrorCode::NoStream,
        _ => ErrorCode::FleetInTheWay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_what_programs_were_told() {
        let cases: [(CommandError, &str); 6] = [
            (CommandError::Declined, "declined"),
            (CommandError::NoHome, "no-home"),
            (HomeError::Interrupted.into(), "interrupted"),
            (
                PlanRefusal::OtherBundle {
                    home: "a".to_owned(),
                    bundle: "b".to_owned(),
                }
                .into(),
                "other-bundle",
            ),
            (
                Error::NoGeneration { number: 7, last: 1 }.into(),
                "no-generation",
            ),
            (TransactionError::Interrupted.into(), "interrupted"),
        ];
        for (error, code) in cases {
            let text = serde_json::to_value(error.code()).expect("text");
            assert_eq!(text, code, "{error}");
        }
    }
}
