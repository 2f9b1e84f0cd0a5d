//! `history`: the generations of a home.

use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::{GenerationLine, HistoryDocument, schema_name, version};
use crate::edge::report::voice::{style, styled};
use crate::words::generation::Journal;

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
