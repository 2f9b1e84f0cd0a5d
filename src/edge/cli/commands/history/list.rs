//! A generation as lists and headings have it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::report::document::version;
use crate::model::change::{Change, Presence};
use crate::model::generation::Journal;

/// A generation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct GenerationLine {
    /// The generation's number.
    pub number: u64,
    /// The time of the commit, in RFC 3339.
    pub at: String,
    /// The command that made the generation.
    pub command: String,
    /// The version of the program that made it.
    pub program: String,
    /// The release before; null where nothing was installed.
    pub from: Option<String>,
    /// The release after; null where nothing is installed.
    pub to: Option<String>,
    /// The number of changes to files and directories, parked ones included.
    pub changes: usize,
    /// The number of those changes that are to live files, in the home or outside of it.
    pub files: usize,
}

/// A generation for programs.
pub(super) fn line(journal: &Journal) -> GenerationLine {
    let heading = &journal.heading;
    let is_file = |change: &Change| {
        let is_directory = |presence| matches!(presence, Presence::Directory(_));
        change.at.root.is_live()
            && !is_directory(change.alteration.before())
            && !is_directory(change.alteration.after())
    };
    let files = journal
        .changes
        .iter()
        .filter(|logged| is_file(&logged.change));
    GenerationLine {
        number: heading.number,
        at: heading.at.to_string(),
        command: heading.command.clone(),
        program: heading.program.to_string(),
        from: version(heading.from.as_ref()),
        to: version(heading.to.as_ref()),
        changes: journal.changes.len(),
        files: files.count(),
    }
}

/// A time in the user's time zone.
pub(super) fn when(rfc3339: &str) -> String {
    let time: jiff::Timestamp = rfc3339.parse().unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// The releases of a generation, `BEFORE → AFTER`.
pub(super) fn releases(from: Option<&str>, to: Option<&str>) -> String {
    match (from, to) {
        (Some(from), Some(to)) if from != to => format!("{from} → {to}"),
        (_, Some(to)) => to.to_owned(),
        (_, None) => "nothing installed".to_owned(),
    }
}
