//! `recover`: finishes an interrupted run, and does what a commit left to be done.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::{RefusedLine, schema_name, stayed_lines};
use crate::model::generation::Pending;
use crate::ops::recover::{RecoveryOutcome, recover};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic recover

Every command that changes the home does this first; `recover` does nothing else.";

/// Arguments of `recover`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RecoverArgs {
    /// Leave as it is what cannot be finished, and end the recovery
    #[arg(long)]
    pub keep_current: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `recover`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct RecoverDocument {
    /// `mosaic.recover/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The generation before the command.
    pub generation_before: u64,
    /// Set where something changed: an interrupted run was finished or given up, a generation put aside, or a pending action done.
    pub changed: bool,
    /// The generation that was finished; null where nothing was interrupted.
    pub finished_generation: Option<u64>,
    /// The folder, from the home, of a transaction that could not be finished and was given up; null where none was.
    pub given_up: Option<String>,
    /// The folders, from the home, of generations that cannot be used and were put aside.
    pub put_aside: Vec<String>,
    /// Paths where the operator's version stayed.
    pub overtaken: Vec<String>,
    /// Paths that the file system did not let Mosaic change; they stayed as they were.
    pub refused: Vec<RefusedLine>,
    /// Pending actions that are done now, in words.
    pub done: Vec<String>,
}

impl Command for RecoverArgs {
    fn only_looks(&self) -> bool {
        false
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("recover", schema_for!(RecoverDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let outcome = recover(&session.context, self.keep_current)?;
        let document = describe(session, &outcome);
        print(session, &outcome, &document);
        session.output.document(&document);
        Ok(if outcome.needs_person() {
            Exit::NeedsPerson
        } else {
            Exit::Done
        })
    }
}

fn describe(session: &Session, outcome: &RecoveryOutcome) -> RecoverDocument {
    let (overtaken, refused) = stayed_lines(&outcome.stayed);
    // Only speed rests on the stat cache.
    let done = outcome.performed.done.iter();
    let done = done.filter(|action| **action != Pending::RefreshStatCache);
    RecoverDocument {
        schema: schema_name("recover"),
        home: session.home_text(),
        generation_before: outcome.generation_before(),
        changed: outcome.is_change(),
        finished_generation: outcome.finished_generation,
        given_up: outcome.given_up.clone(),
        put_aside: outcome.put_aside.clone(),
        overtaken,
        refused,
        done: done.map(ToString::to_string).collect(),
    }
}

fn print(session: &Session, outcome: &RecoveryOutcome, document: &RecoverDocument) {
    let output = session.output;
    for stayed in &outcome.stayed {
        let next = if stayed.is_parked {
            format!("what was to come waits: {}", session.command("resolve"))
        } else {
            format!("to look at it again: {}", session.command("update"))
        };
        output.warn(&format!("  {stayed}; {next}"));
    }
    for folder in &document.put_aside {
        output.warn(&format!("Put aside: {folder}, which cannot be used."));
    }
    if !document.put_aside.is_empty() {
        let from = match outcome.generation {
            0 => "The home goes on as one without a record".to_owned(),
            number => format!("The home goes on from generation {number}"),
        };
        let update = session.command("update");
        output.warn(&format!(
            "{from}, with every file as it is. Bring it in step: {update}"
        ));
    }
    let is_idle = document.put_aside.is_empty()
        && document.finished_generation.is_none()
        && document.done.is_empty()
        && outcome.performed.undone.is_empty();
    if let Some(folder) = &document.given_up {
        output.warn(&format!(
            "Given up; what it had put aside is in {folder}. See: {}",
            session.command("verify")
        ));
    } else if is_idle {
        output.info("Nothing to recover.");
    }
    for done in &document.done {
        output.info(&format!("Done: {done}."));
    }
}
