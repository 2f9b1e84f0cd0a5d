//! `resolve`: lists parked conflicts, shows one, or settles them.

mod shown;

use std::path::{Path, PathBuf};
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
use crate::effects::os::disk::bounded::{read_named_at_most, read_stdin_at_most};
use crate::ops::resolve::{Settlement, Which, parked, resolve};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic resolve
  # see it, and be asked
  mosaic resolve guides/qa.md
  mosaic resolve guides/qa.md --mine
  mosaic resolve guides/qa.md --edit
  mosaic resolve guides/qa.md \\
    --merged ./my-merge.md
  mosaic resolve --all --shipped";

/// Arguments of `resolve`.
#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new("how").args(["mine", "shipped", "merged", "edit"]))]
#[command(group = ArgGroup::new("which").args(["paths", "all"]))]
pub(crate) struct ResolveArgs {
    /// Paths in the home
    pub paths: Vec<String>,
    /// Everything that is parked
    #[arg(long, requires = "how")]
    pub all: bool,
    /// Keep the live file and decline this version for good
    #[arg(long, requires = "which")]
    pub mine: bool,
    /// Take what ships
    #[arg(long, requires = "which")]
    pub shipped: bool,
    /// Open the merge that failed in $MERGE_TOOL, $VISUAL or $EDITOR, and take what you make of it
    #[arg(long, requires = "paths", conflicts_with = "all")]
    pub edit: bool,
    /// Take this file: your own merge; - is stdin
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
        let which = which(session, self)?;
        match (&which, self.settlement()?) {
            (_, Some(settlement)) => settle(session, &which, &settlement),
            (Which::Paths(paths), None) => {
                let mut exits = Vec::new();
                for path in paths {
                    exits.push(shown::show(session, path, self.edit)?);
                }
                let last = exits.into_iter().max_by_key(|exit| *exit as u8);
                Ok(last.unwrap_or(Exit::Done))
            }
            (Which::All, None) => list(session),
        }
    }
}

/// Settles conflicts, and tells of it.
fn settle(session: &Session, which: &Which, settlement: &Settlement) -> Result<Exit, CommandError> {
    let change = resolve(&session.context, which, settlement)?;
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

impl ResolveArgs {
    /// The settlement that was named; `None` where a person is to be asked, or an editor.
    fn settlement(&self) -> Result<Option<Settlement>, CommandError> {
        if let Some(file) = &self.merged {
            return Ok(Some(Settlement::Merged(merge_from(file)?)));
        }
        let named = [
            (self.mine, Settlement::Mine),
            (self.shipped, Settlement::Shipped),
        ];
        let mut named = named.into_iter();
        Ok(named.find_map(|(is_named, settlement)| is_named.then_some(settlement)))
    }
}

/// Reads a person's own merge.
fn merge_from(file: &Path) -> Result<Vec<u8>, CommandError> {
    let read = if file == Path::new("-") {
        read_stdin_at_most(FILE_SIZE_MAX)
    } else {
        read_named_at_most(file, FILE_SIZE_MAX)
    };
    read.map_err(|error| CommandError::Usage(format!("cannot read {}: {error}", file.display())))
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
