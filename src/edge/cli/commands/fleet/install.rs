//! `fleet install`: env files, units and what starts with the user manager, in one transaction.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::change::{describe, exit, print_end, print_steps};
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::layout::lead_to;
use crate::edge::report::output::{style, styled};
use crate::ops::fleet::install::{Installed, install};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic fleet install

Starts nothing. Your own lines in env files, units that you edited and units that you masked stay as they are. To undo it: mosaic rollback.";

/// Arguments of `fleet install`.
#[derive(Debug, ClapArgs)]
pub(crate) struct FleetInstallArgs {
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

impl Command for FleetInstallArgs {
    fn only_looks(&self) -> bool {
        false
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let Installed { change, moves } = install(&session.context, self.roster.named())?;
        let document = describe(session, &change, "fleet install");
        let output = session.output;
        let heading = format!("mosaic fleet install  {}", document.home);
        output.info(&styled(style::STRONG, heading));
        print_steps(session, &change, &document);
        print_end(session, &change);
        if change.is_committed {
            let (lead, command) = if moves {
                ("To move it to its socket:", "fleet restart")
            } else {
                ("To start it:", "fleet start")
            };
            let command = session.command(command);
            output.info(&lead_to(lead, &command, output.columns()));
        }
        output.document(&document);
        Ok(exit(&change))
    }
}
