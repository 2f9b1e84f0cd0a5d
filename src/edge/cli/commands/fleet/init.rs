//! `fleet init`: a roster from a preset.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::layout::lead_to;
use crate::edge::report::narrator::tell_performed;
use crate::ops::fleet::init::{InitRequest, Preset, init};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic fleet init
  mosaic fleet init --preset pair
  mosaic fleet init --force

A roster that is there stays, unless --force says otherwise; mosaic rollback brings it back.";

/// Arguments of `fleet init`.
#[derive(Debug, ClapArgs)]
pub(crate) struct InitArgs {
    /// Which of the presets in fleet/examples
    #[arg(long, value_name = "NAME", default_value = "minimal")]
    pub preset: String,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
    /// Replace a roster that is there
    #[arg(long)]
    pub force: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `fleet init`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct InitDocument {
    /// `mosaic.fleet.init/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The roster, from the home.
    pub roster: String,
    /// The preset that the roster was made from.
    pub preset: String,
    /// The presets to choose from, by name.
    pub presets: Vec<PresetLine>,
    /// Set where the roster was written; else it was there, and the same.
    pub committed: bool,
    /// The current generation, after the command.
    pub generation: u64,
    /// Pending actions that could not be done yet, `ACTION: REASON`.
    pub pending: Vec<String>,
}

/// A preset.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct PresetLine {
    /// The preset's name.
    pub name: String,
    /// The preset's title, the first comment line of its text.
    pub title: String,
}

impl Command for InitArgs {
    fn only_looks(&self) -> bool {
        false
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("fleet.init", schema_for!(InitDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let request = InitRequest {
            roster: self.roster.in_home(session)?,
            preset: self.preset.clone(),
            force: self.force,
        };
        let initialized = init(&session.context, &request)?;
        let change = &initialized.change;
        let document = InitDocument {
            schema: schema_name("fleet init"),
            home: session.home_text(),
            roster: request.roster.to_string(),
            preset: request.preset,
            presets: initialized.presets.iter().map(line).collect(),
            committed: change.is_committed,
            generation: change.generation,
            pending: change.still_pending(),
        };
        if change.is_committed {
            tell_performed(session.output, &change.performed);
        }
        print(session, &document, self.roster.named().is_some());
        session.output.document(&document);
        // What waits in the home besides is told by an update, and no matter of a roster's.
        let is_done = change.stayed.is_empty() && !change.performed.is_held_up();
        Ok(if is_done {
            Exit::Done
        } else {
            Exit::NeedsPerson
        })
    }
}

fn line(preset: &Preset) -> PresetLine {
    PresetLine {
        name: preset.name.clone(),
        title: preset.title().to_owned(),
    }
}

fn print(session: &Session, document: &InitDocument, is_named: bool) {
    let output = session.output;
    let InitDocument { roster, preset, .. } = document;
    output.info(&if document.committed {
        format!("{roster} is written from the preset {preset}.")
    } else {
        format!("{roster} is just what the preset {preset} says; nothing to do.")
    });
    output.info("\nPresets:");
    let names = document.presets.iter();
    let width = names
        .map(|line| line.name.chars().count())
        .max()
        .unwrap_or(0);
    for PresetLine { name, title } in &document.presets {
        output.info(&format!("  {name:width$}  {title}"));
    }
    let flag = if is_named { " --roster FILE" } else { "" };
    let next = session.command(&format!("fleet install{flag}"));
    let next = lead_to("Edit it as you like, then:", &next, output.columns());
    output.info(&format!("\n{next}"));
}
