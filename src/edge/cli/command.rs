//! The trait of all commands.

use std::time::Duration;

use schemars::Schema;

use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};

/// A command, by its arguments. Its file says all that there is to say of it.
pub(super) trait Command {
    /// Tells whether the command is about a home.
    fn needs_home(&self) -> bool {
        true
    }

    /// The host that is to carry it out, if that is another one.
    fn on(&self) -> Option<&str> {
        None
    }

    /// Tells whether the command leaves the home as it is, so that its answer is all that it does.
    fn only_looks(&self) -> bool;

    /// Tells whether the command may end sessions of the fleet, and with them the one that it was typed in.
    fn ends_sessions(&self) -> bool {
        false
    }

    /// The longest wait for another run; `None` where the command takes no lock.
    fn lock_timeout(&self) -> Option<Duration> {
        None
    }

    /// The schemas of the command's documents, by their names.
    fn documents() -> Vec<(&'static str, Schema)>
    where
        Self: Sized;

    /// Runs the command.
    fn run(&self, session: &Session) -> Result<Exit, CommandError>;
}
