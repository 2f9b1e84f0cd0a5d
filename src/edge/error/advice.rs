//! The advice of an operation's error: each domain's errors have theirs in a file of their own.

use std::io;

use rustix::io::Errno;

use crate::effects::matrix::MatrixError;
use crate::effects::os::disk::bounded::TooLarge;
use crate::ops::Error;
use crate::ops::yolo::YoloError;

/// An error that knows what a person can do about it.
pub(super) trait Advise {
    /// The advice, in a sentence; `flags` make a command in it be about the home that was meant.
    fn advice(&self, flags: &str) -> Option<String>;
}

/// The advice of a file that is not read, whatever it was wanted for: too large, or no regular file.
pub(super) fn of_unread(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut causes = causes.filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(TooLarge::is_behind).then(|| {
        "something else than what belongs there must have been written to it: shorten it, or move it away".to_owned()
    })
}

/// The advice where the program that serves a file system has ended, whatever was wanted there.
pub(super) fn of_dead_server(
    error: &(dyn std::error::Error + 'static),
    flags: &str,
) -> Option<String> {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut causes = causes.filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes
        .any(|cause| Errno::from_io_error(cause) == Some(Errno::NOTCONN))
        .then(|| format!("see what is in the way: mosaic doctor{flags}"))
}

impl Advise for Error {
    fn advice(&self, flags: &str) -> Option<String> {
        match self {
            Self::Home(error) => error.advice(flags),
            Self::Bundle(error) => error.advice(flags),
            Self::Pack(error) => error.advice(flags),
            Self::Refused(refusal) => refusal.advice(flags),
            Self::Objected(objected) => objected.advice(flags),
            Self::Unsettled(unsettled) => unsettled.advice(flags),
            Self::Transaction(error) => error.advice(flags),
            Self::State(error) => error.advice(flags),
            Self::Socket(error) => error.advice(flags),
            Self::Fleet(error) => error.advice(flags),
            Self::Matrix(error) => error.advice(flags),
            Self::Yolo(error) => error.advice(flags),
            Self::AfterRecovery { cause, .. } => cause.advice(flags),
            Self::Recovery(_) => Some(format!(
                "mend the cause and run mosaic recover{flags}, or give up what cannot be finished: mosaic recover --keep-current{flags}"
            )),
            Self::LiveSocket(_) => Some(
                "end the server that is in the way, or wait until it has ended; then try again"
                    .to_owned(),
            ),
            Self::OtherPlan { .. } => Some("look at the plan again, with --dry-run".to_owned()),
            Self::NoGeneration { .. } | Self::GenerationGone { .. } | Self::WayDamaged { .. } => {
                Some(format!("to see the generations: mosaic history{flags}"))
            }
            Self::UnknownPath {
                alike: Some(alike), ..
            } => Some(format!("did you mean {alike}?")),
            Self::UnknownPath { .. } => {
                Some("name a file that ships, or a directory above one".to_owned())
            }
            Self::NoRecord(_) => Some(format!("install first: mosaic install{flags}")),
            Self::SourceKnown(_) => Some("leave the flag out".to_owned()),
            Self::Evidence(_)
            | Self::Disk(_)
            | Self::Usage(_)
            | Self::HoldInterrupted { .. }
            | Self::Withheld(_) => None,
        }
    }
}

impl Advise for YoloError {
    fn advice(&self, _flags: &str) -> Option<String> {
        match self {
            Self::Unknown {
                meant: Some(meant), ..
            } => Some(format!("did you mean {meant}?")),
            Self::Unknown { .. } => Some("choose claude, codex, opencode or pi".to_owned()),
            Self::Root(runtime) => Some(format!(
                "start it as another user, or with its approvals: {runtime}"
            )),
            Self::Absent(runtime) => Some(format!("install {runtime}, or add its folder to PATH")),
            Self::Failed { .. } => None,
        }
    }
}

impl Advise for MatrixError {
    fn advice(&self, _flags: &str) -> Option<String> {
        let Self::NotAMatrix { .. } = self else {
            return None;
        };
        Some("a matrix is a folder with a folder for each case, and the homes of earlier releases in ../homes".to_owned())
    }
}
