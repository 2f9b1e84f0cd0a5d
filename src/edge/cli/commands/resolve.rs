//! `resolve`: lists parked conflicts, or settles them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args as ClapArgs};
use schemars::Schema;

use crate::decide::bundle::check::FILE_SIZE_MAX;
use crate::edge::cli::command::Command;
use crate::edge::cli::commands::change::{conflicts_text, describe, exit};
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::plan_text;
use crate::effects::os::disk::bounded::read_named_at_most;
use crate::ops::resolve::{Settlement, Which, parked, resolve};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic resolve
  mosaic resolve guides/qa.md --mine
  mosaic resolve guides/qa.md \\
    --merged ./my-merge.md
  mosaic resolve --all --shipped";

/// Arguments of `resolve`.
#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new("how").args(["mine", "shipped", "merged"]))]
#[command(group = ArgGroup::new("which").args(["paths", "all"]).requires("how"))]
pub(crate) struct ResolveArgs {
    /// Paths in the home
    pub paths: Vec<String>,
    /// Everything that is parked
    #[arg(long)]
    pub all: bool,
    /// Keep the live file and decline this version for good
    #[arg(long, requires = "which")]
    pub mine: bool,
    /// Take what ships
    #[arg(long, requires = "which")]
    pub shipped: bool,
    /// Take this file: your own merge
    #[arg(long, value_name = "FILE", requires = "paths", conflicts_with = "all")]
    pub merged: Option<PathBuf>,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

impl Command for ResolveArgs {
    fn only_looks(&self) -> bool {
        self.paths.is_empty() && !self.all
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        if self.paths.is_empty() && !self.all {
            return list(session);
        }
        let settlement = settlement(self)?;
        let change = resolve(&session.context, &which(session, self)?, &settlement)?;
        let document = describe(session, &change, "resolve");
        let output = session.output;
        output.info(&plan_text::steps(
            &change.plan,
            output.is_verbose(),
            output.columns(),
        ));
        let conflicts = conflicts_text(session, &document.conflicts, false);
        if !conflicts.is_empty() {
            output.warn(&format!("\n{conflicts}"));
        } else if change.is_committed {
            output.info(&format!("\nSettled: generation {}.", change.generation));
        } else {
            output.info("Nothing is parked.");
        }
        output.document(&document);
        Ok(exit(&change))
    }
}

fn list(session: &Session) -> Result<Exit, CommandError> {
    let change = parked(&session.context)?;
    let document = describe(session, &change, "resolve");
    let output = session.output;
    if !document.conflicts.is_empty() {
        output.print(&conflicts_text(session, &document.conflicts, true));
    }
    for unit in &document.stays {
        output.print(&format!(
            "not joined: {unit}; {}",
            session.command("update")
        ));
    }
    if document.conflicts.is_empty() && document.stays.is_empty() {
        output.info("Nothing is parked.");
    }
    output.document(&document);
    Ok(exit(&change))
}

fn settlement(args: &ResolveArgs) -> Result<Settlement, CommandError> {
    match (&args.merged, args.shipped) {
        (Some(file), _) => {
            let content = read_named_at_most(file, FILE_SIZE_MAX).map_err(|error| {
                CommandError::Usage(format!("cannot read {}: {error}", file.display()))
            })?;
            Ok(Settlement::Merged(content))
        }
        (None, true) => Ok(Settlement::Shipped),
        (None, false) => Ok(Settlement::Mine),
    }
}

fn which(session: &Session, args: &ResolveArgs) -> Result<Which, CommandError> {
    if args.all {
        return Ok(Which::All);
    }
    let paths = args.paths.iter().map(|text| session.path_in_home(text));
    let mut paths = paths.collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    paths.dedup();
    if args.merged.is_some() && paths.len() > 1 {
        let problem = "--merged FILE settles one path at a time";
        return Err(CommandError::Usage(problem.to_owned()));
    }
    Ok(Which::Paths(paths))
}
