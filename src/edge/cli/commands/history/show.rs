//! `history show`: what one generation changed, file by file.

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::history::list::{GenerationLine, line, releases, when};
use crate::edge::cli::options::{PagerArgs, generation};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::delta_text::{self, DeltaLine};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::model::change::Alteration;
use crate::model::generation::{ChangeOutcome, Journal};
use crate::ops::history;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic history show 3";

/// Arguments of `history show`.
#[derive(Debug, ClapArgs)]
pub(crate) struct HistoryShowArgs {
    /// The generation
    #[arg(value_parser = generation, allow_negative_numbers = true)]
    pub generation: u64,
    /// The pager
    #[command(flatten)]
    pub pager: PagerArgs,
}

/// `history show`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct GenerationDocument {
    /// `mosaic.history.show/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The generation's heading.
    pub generation: GenerationLine,
    /// The differences that the generation made, file by file.
    pub differences: Vec<DeltaLine>,
    /// Directories that the generation made.
    pub directories_made: Vec<String>,
    /// Directories that the generation removed.
    pub directories_removed: Vec<String>,
    /// Paths, from the home, of contents that the generation parked for a person.
    pub parked: Vec<String>,
    /// Paths where the operator was faster than the command; his stayed.
    pub overtaken: Vec<String>,
}

impl Command for HistoryShowArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("history.show", schema_for!(GenerationDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let (journal, deltas) = history::generation(&session.context, self.generation)?;
        let mut document = describe(session, &journal);
        let output = session.output;
        let screen = output.screen();
        let heading = screen.spoken(&heading(&document, deltas.len()));
        let text = heading + &delta_text::text(&deltas, &screen);
        output.show(&text, self.pager.pager().as_deref());
        if output.is_json() {
            document.differences = deltas.iter().map(delta_text::line).collect();
            output.document(&document);
        }
        Ok(Exit::Done)
    }
}

/// Describes a generation without the differences between files.
fn describe(session: &Session, journal: &Journal) -> GenerationDocument {
    let paths = |is_live: bool, fate: ChangeOutcome, is_meant: fn(&Alteration) -> bool| {
        let meant = journal.changes.iter().filter(move |logged| {
            logged.change.at.root.is_live() == is_live
                && logged.fate == fate
                && is_meant(&logged.change.alteration)
        });
        meant
            .map(|logged| logged.change.at.to_string())
            .collect::<Vec<_>>()
    };
    let live = true;
    let done = ChangeOutcome::Done;
    let parked = paths(!live, done, |alteration| alteration.brings().is_some());
    GenerationDocument {
        schema: schema_name("history.show"),
        home: session.home_text(),
        generation: line(journal),
        differences: Vec::new(),
        directories_made: paths(live, done, |made| {
            matches!(made, Alteration::MakeDirectory { .. })
        }),
        directories_removed: paths(live, done, |gone| {
            matches!(gone, Alteration::RemoveDirectory { .. })
        }),
        parked,
        overtaken: paths(live, ChangeOutcome::Overtaken, |_| true),
    }
}

fn heading(document: &GenerationDocument, files: usize) -> String {
    let generation = &document.generation;
    let mut text = styled(style::STRONG, format!("Generation {}\n", generation.number));
    let mut say = |name: &str, value: &str| {
        text += &format!("  {} {value}\n", styled(style::FAINT, format!("{name:8}")));
    };
    say("when", &when(&generation.at));
    say(
        "command",
        &format!("{}, by mosaic {}", generation.command, generation.program),
    );
    say(
        "release",
        &releases(generation.from.as_deref(), generation.to.as_deref()),
    );
    say(
        "files",
        &if files == 0 {
            "none changed".to_owned()
        } else {
            format!("{files} changed")
        },
    );
    let lists = [
        ("made", "/", &document.directories_made),
        ("removed", "/", &document.directories_removed),
        ("parked", "", &document.parked),
        ("stayed", "", &document.overtaken),
    ];
    for (name, end, list) in lists {
        list.iter()
            .for_each(|path| say(name, &format!("{path}{end}")));
    }
    text + "\n"
}
