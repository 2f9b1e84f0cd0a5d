//! `uninstall`: removes what the record owns and nothing else.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::change::{describe, exit, print_stale, print_steps};
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::ChangeDocument;
use crate::edge::report::layout::lead_to;
use crate::edge::report::output::{style, styled};
use crate::edge::report::question;
use crate::model::digest::Digest;
use crate::model::plan::Action;
use crate::ops::HomeChange;
use crate::ops::uninstall::{preview_uninstall, uninstall};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic uninstall --dry-run
  mosaic uninstall --yes

Files that you edited, preserved or were given to start from stay. It is a generation of its own: mosaic rollback brings everything back, from what is kept in .mosaic.";

/// Arguments of `uninstall`.
#[derive(Debug, ClapArgs)]
pub(crate) struct UninstallArgs {
    /// Decide and show everything, write nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
    /// Answer yes to every question
    #[arg(long, short = 'y')]
    pub yes: bool,
}

impl Command for UninstallArgs {
    fn only_looks(&self) -> bool {
        self.dry_run
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        if self.dry_run {
            let foreseen = preview_uninstall(&session.context)?;
            if foreseen.is_recovery_pending {
                session.warn_of_recovery();
            }
            let document = describe(session, &foreseen, "uninstall");
            print(session, &foreseen, &document);
            session.output.info("\nDry run: nothing was written.");
            session.output.document(&document);
            return Ok(Exit::Done);
        }
        let seen = confirm(session, self)?;
        let change = uninstall(&session.context, seen)?;
        let document = describe(session, &change, "uninstall");
        print(session, &change, &document);
        let output = session.output;
        if change.is_committed {
            let undo = session.command("rollback");
            let text = lead_to("Uninstalled. To bring it back:", &undo, output.columns());
            output.info(&format!("\n{text}"));
        } else {
            output.info("Nothing is installed here.");
        }
        output.document(&document);
        Ok(exit(&change))
    }
}

/// Asks a person who is there to be asked; returns the digest of the plan that he agreed to.
fn confirm(session: &Session, args: &UninstallArgs) -> Result<Option<Digest>, CommandError> {
    if args.yes {
        return Ok(None);
    }
    let foreseen = preview_uninstall(&session.context)?;
    if foreseen.is_recovery_pending || !foreseen.plan.commits {
        return Ok(None);
    }
    let steps = foreseen.plan.steps.iter();
    let removed = steps.filter(|step| step.action == Action::Remove).count();
    if !question::can_be_asked() {
        return Err(CommandError::NobodyToAsk {
            what: format!("whether {removed} files may go"),
            command: session.command("uninstall --yes"),
        });
    }
    let text = format!("Remove {removed} files from {}?", session.home_text());
    question::ask(session.output, &session.context, &text)?;
    Ok(Some(foreseen.plan.digest()))
}

fn print(session: &Session, change: &HomeChange, document: &ChangeDocument) {
    let heading = format!("mosaic uninstall  {}", document.home);
    session.output.info(&styled(style::STRONG, heading));
    print_steps(session, change, document);
    print_stale(session, change);
}
