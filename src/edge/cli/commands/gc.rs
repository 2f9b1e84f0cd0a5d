//! `gc`: lets go of what only the way back to old generations needs.

use crate::edge::cli::options::LockArgs;
use clap::Args as ClapArgs;
use indicatif::HumanBytes;
use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::cli::session::{Session, crash_point};
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::effects::apply::TransactionError;
use crate::effects::home::Recovery;
use crate::effects::state::gc::{Garbage, collect, plan, sweep};

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic gc --dry-run
  # the last 3 can still be undone
  mosaic gc --keep 3

Your files, and what later merges need, always stay.";

/// Arguments of `gc`.
#[derive(Debug, ClapArgs)]
pub struct GcArgs {
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
pub struct GcDocument {
    /// `mosaic.gc/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// Whether nothing was removed.
    pub dry_run: bool,
    /// The oldest generation that could be gone back to before.
    pub oldest_before: u64,
    /// The oldest generation that can be gone back to after; 0 is the home before Mosaic.
    pub oldest: u64,
    /// The folders of given-up transactions that went, from the home.
    pub abandoned: Vec<String>,
    /// How many bytes of files went.
    pub freed_bytes: u64,
    /// Whether an interrupted run waits to be finished (dry runs only look).
    pub recovery_pending: bool,
}

/// Lets go.
pub fn run(session: &mut Session, asked: &GcArgs) -> Result<Exit, CommandError> {
    let home = session.look_at_recorded()?;
    if asked.dry_run {
        let Some(state) = &home.state else {
            return Err(CommandError::NoRecord(session.home.clone()));
        };
        let garbage = plan(state, asked.keep, asked.abandoned)?;
        report(session, &garbage, true, home.recovery_pending);
        return Ok(Exit::Done);
    }
    let entered = session.enter(false, asked.lock, Recovery::Finish)?;
    let Some(state) = &entered.home.state else {
        return Err(CommandError::NoRecord(session.home.clone()));
    };
    let garbage = plan(state, asked.keep, asked.abandoned)?;
    if session.interrupt.is_asked() {
        return Err(TransactionError::Interrupted.into());
    }
    match garbage.is_empty() {
        true => sweep(state, &crash_point())?,
        false => collect(state, &garbage, &crash_point())?,
    }
    report(session, &garbage, false, false);
    Ok(Exit::Done)
}

fn report(session: &mut Session, garbage: &Garbage, dry_run: bool, recovery_pending: bool) {
    let document = GcDocument {
        schema: schema_name("gc"),
        home: session.home_text(),
        dry_run,
        oldest_before: garbage.way_back_before,
        oldest: garbage.way_back,
        abandoned: garbage
            .abandoned
            .iter()
            .map(|name| format!(".mosaic/{name}"))
            .collect(),
        freed_bytes: garbage.bytes,
        recovery_pending,
    };
    if recovery_pending {
        let recover = session.command("recover");
        session.voice.insist(&format!(
            "An interrupted run waits to be finished first: {recover}"
        ));
    }
    session.voice.say(&text(&document, garbage.is_empty()));
    session.voice.document(&document);
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
    lines.push(match document.dry_run {
        true => format!(
            "Dry run: {} would be freed, nothing was removed.",
            HumanBytes(*freed_bytes)
        ),
        false => format!("Freed {}.", HumanBytes(*freed_bytes)),
    });
    lines.join("\n")
}
