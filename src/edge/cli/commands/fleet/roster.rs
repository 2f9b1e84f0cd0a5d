//! The option that names a roster.

use std::path::{Path, PathBuf, absolute};

use clap::Args as ClapArgs;
use clap::builder::ValueHint;

use crate::decide::fleet::order::roster_flag;
use crate::edge::cli::session::Session;
use crate::edge::error::CommandError;
use crate::model::path::RelPath;
use crate::ops::fleet::roster::roster_path;

/// The option that names a roster.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct RosterArgs {
    /// The roster [default: fleet/roster.yaml in the home]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub roster: Option<PathBuf>,
}

impl RosterArgs {
    /// The roster that was named.
    pub(crate) fn named(&self) -> Option<&Path> {
        self.roster.as_deref()
    }

    /// The path of the roster.
    pub(crate) fn path(&self, session: &Session) -> PathBuf {
        roster_path(&session.context, self.named())
    }

    /// The roster as a path in the home, which a command is to change.
    pub(crate) fn in_home(&self, session: &Session) -> Result<RelPath, CommandError> {
        let path = self.path(session);
        let path = absolute(&path).unwrap_or(path).display().to_string();
        session.path_in_home(&path)
    }

    /// The flag that a command needs to be about the same roster; empty where it is the home's.
    pub(crate) fn flag(&self) -> String {
        self.named().map(roster_flag).unwrap_or_default()
    }
}
