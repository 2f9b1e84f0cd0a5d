//! `resolve`: lists parked conflicts, or settles them.

use crate::edge::cli::options::LockArgs;
use crate::effects::os::disk::outside;
use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs};

use crate::decide::home::resolve::{self, Settlement};
use crate::edge::cli::commands::change::{
    carry_out, conflicts_text, describe, exit, hide_sleeping, standing_conflicts, standing_stays,
    vet_files,
};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::plan_text;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::{Home, Recovery};
use crate::effects::os::host;
use crate::model::path::RelPath;
use crate::model::plan::Plan;

/// Shown below the help.
pub const EXAMPLE: &str = "\
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
pub struct ResolveArgs {
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

/// Lists or settles.
pub fn run(session: &mut Session, asked: &ResolveArgs) -> Result<Exit, CommandError> {
    if asked.paths.is_empty() && !asked.all {
        return list(session);
    }
    let settlement = settlement(asked)?;
    session.look_at_recorded()?;
    let entered = session.enter(false, asked.lock, Recovery::Finish)?;
    let home = &entered.home;
    let paths = paths(session, home, asked)?;
    let witness = DiskEvidence::new(home, None);
    let mut plan = resolve::plan(&home.record, &paths, &settlement, host::umask(), &witness)?;
    hide_sleeping(home, &mut plan.unsettled)?;
    vet_files(home, &mut plan)?;
    let document = carry_out(session, &entered, &plan, "resolve", None)?;
    session.voice.say(&plan_text::steps(
        &plan,
        session.voice.is_verbose(),
        session.voice.columns(),
    ));
    let conflicts = conflicts_text(session, &document.conflicts, false);
    match (conflicts.is_empty(), document.committed) {
        (false, _) => session.voice.insist(&format!("\n{conflicts}")),
        (true, true) => session
            .voice
            .say(&format!("\nSettled: generation {}.", document.generation)),
        (true, false) => session.voice.say("Nothing is parked."),
    }
    session.voice.document(&document);
    Ok(exit(&document))
}

fn list(session: &mut Session) -> Result<Exit, CommandError> {
    let home = session.look_at_recorded()?;
    let plan = Plan {
        record: home.record.clone(),
        ..Plan::default()
    };
    let mut document = describe(session, "resolve", &home, &plan);
    document.conflicts = standing_conflicts(&home)?;
    document.stays = standing_stays(&home);
    if !document.conflicts.is_empty() {
        session
            .voice
            .insist(&conflicts_text(session, &document.conflicts, true));
    }
    for unit in &document.stays {
        session.voice.insist(&format!(
            "not joined: {unit}; {}",
            session.command("update")
        ));
    }
    if document.conflicts.is_empty() && document.stays.is_empty() {
        session.voice.say("Nothing is parked.");
    }
    session.voice.document(&document);
    Ok(exit(&document))
}

fn settlement(asked: &ResolveArgs) -> Result<Settlement, CommandError> {
    match (&asked.merged, asked.shipped) {
        (Some(file), _) => {
            let read = outside::read(file);
            let content = read.map_err(|error| {
                CommandError::Usage(format!("cannot read {}: {error}", file.display()))
            })?;
            Ok(Settlement::Merged(content))
        }
        (None, true) => Ok(Settlement::Shipped),
        (None, false) => Ok(Settlement::Mine),
    }
}

fn paths(
    session: &Session,
    home: &Home,
    asked: &ResolveArgs,
) -> Result<Vec<RelPath>, CommandError> {
    if asked.all {
        let standing = standing_conflicts(home)?;
        return standing
            .iter()
            .map(|conflict| session.path_in_home(&conflict.path))
            .collect();
    }
    let mut paths: Vec<_> = asked
        .paths
        .iter()
        .map(|text| session.path_in_home(text))
        .collect::<Result<_, _>>()?;
    paths.sort();
    paths.dedup();
    if asked.merged.is_some() && paths.len() > 1 {
        return Err(CommandError::Usage(
            "--merged FILE settles one path at a time".to_owned(),
        ));
    }
    Ok(paths)
}
