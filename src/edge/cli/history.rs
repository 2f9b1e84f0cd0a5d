//! `history`: the generations of a home.

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::{schema_name, version};
use crate::edge::report::voice::{style, styled};
use crate::words::generation::Journal;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Example:
  mosaic history";

/// Arguments of `history`.
#[derive(Debug, ClapArgs)]
pub struct HistoryArgs {}

/// `history`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HistoryDocument {
    /// `mosaic.history/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The current generation.
    pub current: u64,
    /// All generations, oldest first.
    pub generations: Vec<GenerationLine>,
}

/// One generation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GenerationLine {
    /// Its number.
    pub number: u64,
    /// When, in RFC 3339.
    pub at: String,
    /// The command that made it.
    pub command: String,
    /// The version of the program that made it.
    pub program: String,
    /// The release before.
    pub from: Option<String>,
    /// The release after.
    pub to: Option<String>,
    /// How many changes it made to files and directories.
    pub changes: usize,
}

/// Lists the generations.
pub fn run(session: &mut Session) -> Result<Exit, CommandError> {
    let home = session.look_at_recorded()?;
    let Some(state) = &home.state else { return Err(CommandError::NoRecord(session.home.clone())) };
    let mut generations = Vec::new();
    for number in state.generations()? {
        generations.push(line(&state.journal(number)?));
    }
    for generation in generations.iter().rev() {
        session.voice.say(&text(generation, home.generation));
    }
    session.voice.say(&styled(style::FAINT, "  0  the home before Mosaic"));
    let (schema, current) = (schema_name("history"), home.generation);
    session.voice.document(&HistoryDocument { schema, home: session.home_text(), current, generations });
    Ok(Exit::Done)
}

fn line(journal: &Journal) -> GenerationLine {
    let heading = &journal.heading;
    GenerationLine {
        number: heading.number,
        at: heading.at.to_string(),
        command: heading.command.clone(),
        program: heading.program.to_string(),
        from: version(heading.from.as_ref()),
        to: version(heading.to.as_ref()),
        changes: journal.changes.len(),
    }
}

fn text(generation: &GenerationLine, current: u64) -> String {
    let at: jiff::Timestamp = generation.at.parse().unwrap_or_default();
    let at = at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M");
    let releases = match (&generation.from, &generation.to) {
        (Some(from), Some(to)) if from != to => format!("{from} → {to}"),
        (_, Some(to)) => to.clone(),
        (_, None) => "nothing installed".to_owned(),
    };
    let mark = if generation.number == current { "*" } else { " " };
    let GenerationLine { number, command, changes, .. } = generation;
    let number = styled(style::STRONG, format!("{mark}{number:>2}"));
    format!("{number}  {at}  {command:8}  {releases}  {}", styled(style::FAINT, format!("{changes} changes")))
}
