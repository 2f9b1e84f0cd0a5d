//! `gc`: lets go of what only the way back to old generations needs.

use std::time::Duration;

use clap::Args as ClapArgs;
use indicatif::HumanBytes;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::ops::gc::{GcRequest, gc, preview_gc};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic gc --dry-run
  # the last 3 can still be undone
  mosaic gc --keep 3

Your files, and what later merges need, always stay.";

/// Arguments of `gc`.
#[derive(Debug, ClapArgs)]
pub(crate) struct GcArgs {
    /// How many generations can still be undone afterwards
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = count, allow_negative_numbers = true)]
    pub keep: u64,
    /// Also remove what `recover --keep-current` gave up
    #[arg(long)]
    pub abandoned: bool,
    /// Say what would be let go, remove nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `gc`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct GcDocument {
    /// `mosaic.gc/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// Set where nothing was removed.
    pub dry_run: bool,
    /// The oldest generation that could be gone back to before the command; 0 is the home before Mosaic.
    pub oldest_before: u64,
    /// The oldest generation that can be gone back to after it.
    pub oldest: u64,
    /// The folders of given-up transactions that were removed, from the home.
    pub abandoned: Vec<String>,
    /// The length of all contents that were removed, in bytes; in a dry run, that would be.
    pub freed_bytes: u64,
    /// Set where an interrupted run waits to be finished; only a dry run leaves it so.
    pub recovery_pending: bool,
}

impl Command for GcArgs {
    fn only_looks(&self) -> bool {
        self.dry_run
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("gc", schema_for!(GcDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let request = GcRequest {
            keep: self.keep,
            abandoned: self.abandoned,
        };
        let collected = if self.dry_run {
            preview_gc(&session.context, request)?
        } else {
            gc(&session.context, request)?
        };
        let garbage = &collected.garbage;
        let abandoned = garbage.abandoned.iter();
        let document = GcDocument {
            schema: schema_name("gc"),
            home: session.home_text(),
            dry_run: self.dry_run,
            oldest_before: garbage.way_back_before,
            oldest: garbage.way_back,
            abandoned: abandoned.map(|name| format!(".mosaic/{name}")).collect(),
            freed_bytes: garbage.bytes,
            recovery_pending: collected.is_recovery_pending,
        };
        if collected.is_recovery_pending {
            session.warn_of_recovery();
        }
        session.output.info(&text(&document, garbage.is_empty()));
        session.output.document(&document);
        Ok(Exit::Done)
    }
}

fn count(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "it must be a number, such as 5".to_owned())
}

fn text(document: &GcDocument, is_empty: bool) -> String {
    let GcDocument {
        oldest_before,
        oldest,
        freed_bytes,
        ..
    } = document;
    let end = if *oldest == 0 {
        "the home before Mosaic".to_owned()
    } else {
        format!("generation {oldest}")
    };
    if is_empty {
        return format!("Nothing to let go. The way back ends at {end}.");
    }
    let mut lines = Vec::new();
    if oldest > oldest_before {
        let verb = if document.dry_run {
            "would end"
        } else {
            "ends"
        };
        lines.push(format!("The way back {verb} at {end}."));
    }
    lines.extend(
        document
            .abandoned
            .iter()
            .map(|folder| format!("Given up earlier: {folder}")),
    );
    let freed = HumanBytes(*freed_bytes);
    lines.push(if document.dry_run {
        format!("Dry run: {freed} would be freed, nothing was removed.")
    } else {
        format!("Freed {freed}.")
    });
    lines.join("\n")
}
