//! `history`: the generations of a home, as a list.

mod list;
pub(crate) mod show;

use clap::{Args as ClapArgs, Subcommand};
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::history::list::{GenerationLine, line, releases, when};
use crate::edge::cli::commands::history::show::HistoryShowArgs;
use crate::edge::cli::options::PagerArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::effects::apply::chain;
use crate::effects::state::StateError;
use crate::ops::history::history;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic history
  mosaic history show 3";

/// Arguments of `history`.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct HistoryArgs {
    /// What else than the list
    #[command(subcommand)]
    pub verb: Option<HistoryVerb>,
    /// The pager
    #[command(flatten)]
    pub pager: PagerArgs,
}

/// The commands of `history`, besides the list.
#[derive(Debug, Subcommand)]
pub(crate) enum HistoryVerb {
    /// Show what a generation changed, as a diff
    #[command(after_help = show::EXAMPLE)]
    Show(HistoryShowArgs),
}

/// `history`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct HistoryDocument {
    /// `mosaic.history/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The current generation.
    pub current: u64,
    /// The oldest generation that can be gone back to; 0 is the home before Mosaic.
    pub oldest_reachable: u64,
    /// The generations that are kept, oldest first.
    pub generations: Vec<GenerationLine>,
    /// The generations whose journals cannot be used, a sentence each.
    pub damaged: Vec<String>,
}

impl Command for HistoryArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        [
            vec![("history", schema_for!(HistoryDocument))],
            HistoryShowArgs::documents(),
        ]
        .concat()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        if let Some(HistoryVerb::Show(args)) = &self.verb {
            return args.run(session);
        }
        let history = history(&session.context)?;
        let document = HistoryDocument {
            schema: schema_name("history"),
            home: session.home_text(),
            current: history.current,
            oldest_reachable: history.oldest_reachable,
            generations: history.journals.iter().map(line).collect(),
            damaged: history.damaged.iter().map(damaged).collect(),
        };
        let output = session.output;
        let text = output.screen().spoken(&text(&document, output.columns()));
        output.show(&text, self.pager.pager().as_deref());
        output.document(&document);
        Ok(Exit::Done)
    }
}

fn text(document: &HistoryDocument, columns: usize) -> String {
    let mut text = String::new();
    let lines = || document.generations.iter();
    let widths = Widths {
        command: lines().map(|line| line.command.chars().count()).max(),
        releases: lines().map(|line| releases_of(line).chars().count()).max(),
    };
    for generation in document.generations.iter().rev() {
        text += &row(generation, document, &widths, columns);
        if generation.number == document.oldest_reachable {
            text += &styled(style::FAINT, "    the way back ends here\n");
        }
    }
    for line in &document.damaged {
        text += &format!("  {} {line}\n", styled(style::ALARM, "damaged"));
    }
    if document.oldest_reachable == 0 {
        text += &styled(style::FAINT, "  0  the home before Mosaic\n");
    }
    text
}

fn damaged((number, fault): &(u64, StateError)) -> String {
    format!("generation {number}: {}", chain(fault))
}

/// The widths of the columns that differ from home to home.
struct Widths {
    command: Option<usize>,
    releases: Option<usize>,
}

/// Writes a generation's line, or two where it is longer than the screen is wide.
fn row(
    generation: &GenerationLine,
    document: &HistoryDocument,
    widths: &Widths,
    columns: usize,
) -> String {
    let [command_width, width] = [widths.command, widths.releases].map(Option::unwrap_or_default);
    let GenerationLine {
        number,
        command,
        files,
        ..
    } = generation;
    let mark = if *number == document.current {
        "*"
    } else {
        " "
    };
    let head = format!("{mark}{number:>2}");
    let time = when(&generation.at);
    let releases = releases_of(generation);
    let files = if *files == 1 {
        "1 file".to_owned()
    } else {
        format!("{files} files")
    };
    let length = |text: &str| text.chars().count() + 2;
    let is_wide =
        length(&head) + length(&time) + command_width + 3 + width + length(&files) <= columns;
    let head = styled(style::STRONG, head);
    let files = styled(style::FAINT, files);
    if is_wide {
        format!("{head}  {time}  {command:command_width$}  {releases:width$}  {files}\n")
    } else {
        format!("{head}  {time}  {command}\n     {releases}  {files}\n")
    }
}

fn releases_of(generation: &GenerationLine) -> String {
    releases(generation.from.as_deref(), generation.to.as_deref())
}
