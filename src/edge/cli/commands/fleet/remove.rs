//! `fleet remove`: an agent is stopped, and leaves the roster and what is installed.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::change::{describe, exit, print_end, print_steps};
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::output::{style, styled};
use crate::ops::fleet::membership::remove;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic fleet remove coder1

If the agent lives, it is stopped first. The roster keeps its comments, its order and its quotes. An env file with lines of your own stays. To undo it: mosaic rollback, then mosaic fleet start.";

/// Arguments of `fleet remove`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RemoveArgs {
    /// The agent
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

impl Command for RemoveArgs {
    fn only_looks(&self) -> bool {
        false
    }

    fn ends_sessions(&self) -> bool {
        true
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let roster = self.roster.in_home(session)?;
        let changed = remove(&session.context, &roster, &self.name)?;
        let change = &changed.change;
        let document = describe(session, change, "fleet remove");
        let heading = format!("mosaic fleet remove  {}", document.home);
        session.output.info(&styled(style::STRONG, heading));
        print_steps(session, change, &document);
        print_end(session, change);
        session.output.document(&document);
        Ok(exit(change))
    }
}
