//! What every command is.

use std::time::Duration;

use schemars::Schema;

use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};

/// A command, by its arguments. Its file says all that there is to say of it.
pub trait Command {
    /// Whether it is about a home.
    fn needs_home(&self) -> bool {
        true
    }

    /// Whether it leaves the home as it is, so that its answer is all that it does.
    fn only_looks(&self) -> bool;

    /// How long it waits for another run; `None` where it takes no lock.
    fn lock_timeout(&self) -> Option<Duration> {
        None
    }

    /// The schemas of the documents that it answers with, by their names.
    fn documents() -> Vec<(&'static str, Schema)>
    where
        Self: Sized;

    /// Runs it.
    fn run(&self, session: &Session) -> Result<Exit, CommandError>;
}
