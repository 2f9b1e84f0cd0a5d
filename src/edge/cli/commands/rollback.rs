//! `rollback`: every path that later generations changed goes back.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::change::{describe, exit, print_end, print_stale, print_steps};
use crate::edge::cli::options::{LockArgs, generation};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::ChangeDocument;
use crate::edge::report::output::{style, styled};
use crate::edge::report::plan_text;
use crate::ops::rollback::{RolledBack, preview_rollback, rollback};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic rollback --dry-run
  mosaic rollback 3
  mosaic rollback --relaunch

A rollback is a generation of its own: to undo it, roll back again.";

/// Arguments of `rollback`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RollbackArgs {
    /// The generation to go back to; 0 is the home before Mosaic
    #[arg(value_parser = generation, allow_negative_numbers = true)]
    pub generation: Option<u64>,
    /// Decide and show everything, write nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// Bring back the agents that ran before, failed ones too; what was stopped stays stopped
    #[arg(long, conflicts_with = "dry_run")]
    pub relaunch: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

impl Command for RollbackArgs {
    fn only_looks(&self) -> bool {
        self.dry_run
    }

    fn ends_sessions(&self) -> bool {
        self.relaunch
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        if self.dry_run {
            let foreseen = preview_rollback(&session.context, self.generation)?;
            let document = describe(session, &foreseen.change, "rollback");
            if foreseen.change.is_recovery_pending {
                session.warn_of_recovery();
            }
            print(session, &foreseen, &document);
            print_stale(session, &foreseen.change);
            session.output.info("\nDry run: nothing was written.");
            session.output.document(&document);
            return Ok(Exit::Done);
        }
        let mut rolled_back = rollback(&session.context, self.generation)?;
        let document = describe(session, &rolled_back.change, "rollback");
        print(session, &rolled_back, &document);
        if self.relaunch
            && let Some(problem) = rolled_back.relaunch(&session.context)
        {
            let problem = format!("The agents could not be brought back: {problem}");
            session.output.warn(&problem);
        }
        print_end(session, &rolled_back.change);
        let document = describe(session, &rolled_back.change, "rollback");
        session.output.document(&document);
        Ok(exit(&rolled_back.change))
    }
}

fn print(session: &Session, rolled_back: &RolledBack, document: &ChangeDocument) {
    let releases = plan_text::releases(document);
    let heading = format!(
        "{releases}  back to generation {}  {}",
        rolled_back.number, document.home
    );
    session.output.info(&styled(style::STRONG, heading));
    if rolled_back.change.plan.steps.is_empty() {
        session.output.info("\n  No file differs.");
    }
    print_steps(session, &rolled_back.change, document);
}
