//! The errors of commands: each with its exit status, its place in a text, and advice for a person.

mod advice;
mod bundle;
pub(crate) mod code;
pub(crate) mod fleet;
mod home;
mod plan;
mod socket;
mod state;
mod transaction;

use std::path::PathBuf;

use crate::edge::error::advice::Advise;
use crate::effects::apply;
use crate::effects::bundle::BundleError;
use crate::effects::home::HomeError;
use crate::effects::matrix::MatrixError;
use crate::model::path::PathError;
use crate::model::place::TextFault;
use crate::ops::Error;

/// The exit status of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
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
    /// What was asked could not be asked: nobody answered.
    Unknown = 6,
    /// A message was not delivered.
    NotDelivered = 7,
}

impl Exit {
    /// The exit status of this number; any other is a failure.
    pub(crate) fn of(status: u8) -> Self {
        const ALL: [Exit; 8] = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::NeedsPerson,
            Exit::Differences,
            Exit::Locked,
            Exit::Unknown,
            Exit::NotDelivered,
        ];
        let mut all = ALL.into_iter();
        all.find(|exit| *exit as u8 == status)
            .unwrap_or(Self::Failed)
    }
}

/// The failure of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The operation failed.
    #[error(transparent)]
    Operation(Error),
    /// A path argument that leads nowhere in the home.
    #[error("{path:?} {why}")]
    Path {
        /// The argument.
        path: String,
        /// The fault in it.
        why: PathError,
    },
    /// A path argument outside the home.
    #[error("{path} is not in the home {}", home.display())]
    OutsideHome {
        /// The argument.
        path: String,
        /// The home.
        home: PathBuf,
    },
    /// The person who was asked did not say yes.
    #[error("not confirmed; nothing was changed")]
    Declined,
    /// A person must be asked first, and there is no terminal.
    #[error("{what} must be asked, and there is no terminal; nothing was changed")]
    NobodyToAsk {
        /// The question.
        what: String,
        /// The command that answers it.
        command: String,
    },
    /// The command line is wrong in a way that only the command knows.
    #[error("{0}")]
    Usage(String),
    /// No home was named and none can be guessed.
    #[error("no home: neither --home nor $MOSAIC_HOME, $XDG_CONFIG_HOME or $HOME is set")]
    NoHome,
}

impl CommandError {
    /// The exit status.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Operation(Error::Home(HomeError::Locked { .. })) => Exit::Locked,
            Self::Operation(error) if error.is_usage() => Exit::Usage,
            Self::Operation(Error::Fleet(error)) if fleet::is_unknown(error) => Exit::Unknown,
            Self::Operation(error) if !error.left_home_unchanged() => Exit::NeedsPerson,
            Self::Operation(_) | Self::Declined | Self::NobodyToAsk { .. } => Exit::Failed,
            Self::Path { .. } | Self::OutsideHome { .. } | Self::Usage(_) | Self::NoHome => {
                Exit::Usage
            }
        }
    }

    /// The place in a text, where the error is about one.
    pub(crate) fn text_fault(&self) -> Option<&TextFault> {
        match self {
            Self::Operation(
                Error::Bundle(BundleError::Manifest(fault))
                | Error::Matrix(MatrixError::Case(fault)),
            ) => Some(fault),
            Self::Operation(Error::Fleet(error)) => fleet::text_fault(error),
            _ => None,
        }
    }

    /// The error with all its causes, in one line; without the kernel's numbers.
    pub(crate) fn message(&self) -> String {
        let mut message = apply::chain(self);
        while let Some(start) = message.find(" (os error ") {
            let end = message[start..].find(')');
            let length = end.map_or(message.len() - start, |end| end + 1);
            message.replace_range(start..start + length, "");
        }
        message
    }

    /// The advice, in a sentence; `flags` make a command in it be about the home that was meant.
    pub(crate) fn advice(&self, flags: &str) -> Option<String> {
        match self {
            Self::Operation(error) => error
                .advice(flags)
                .or_else(|| advice::of_unread(error))
                .or_else(|| advice::of_dead_server(error, flags)),
            Self::NoHome => Some("name one: --home DIR".to_owned()),
            Self::NobodyToAsk { command, .. } => Some(format!("answer it beforehand: {command}")),
            Self::Declined => Some("answer y, or say --yes beforehand".to_owned()),
            Self::Path { .. } | Self::OutsideHome { .. } | Self::Usage(_) => None,
        }
    }
}

impl<E: Into<Error>> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::Operation(error.into())
    }
}
