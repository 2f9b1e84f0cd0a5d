//! `history`: the generations of a home, as a list.

mod list;
pub mod show;

use crate::edge::cli::options::PagerArgs;
use clap::{Args as ClapArgs, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::cli::commands::history::list::{GenerationLine, line, releases, when};
use crate::edge::cli::commands::history::show::HistoryShowArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::voice::{style, styled};

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic history
  mosaic history show 3";

/// Arguments of `history`.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct HistoryArgs {
    /// What else than the list
    #[command(subcommand)]
    pub what: Option<HistoryVerb>,
    /// The pager
    #[command(flatten)]
    pub pager: PagerArgs,
}

/// What else `history` does.
#[derive(Debug, Subcommand)]
pub enum HistoryVerb {
    /// Show what a generation changed, as a diff
    #[command(after_help = show::EXAMPLE)]
    Show(HistoryShowArgs),
}

/// `history`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HistoryDocument {
    /// `mosaic.history/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The current generation.
    pub current: u64,
    /// The oldest generation that can be gone back to; 0 is the home before Mosaic.
    pub oldest_reachable: u64,
    /// All generations that are kept, oldest first.
    pub generations: Vec<GenerationLine>,
}

/// Lists the generations, or shows one.
pub fn run(session: &mut Session, asked: &HistoryArgs) -> Result<Exit, CommandError> {
    if let Some(HistoryVerb::Show(shown)) = &asked.what {
        return show::run(session, shown);
    }
    let home = session.look_at_recorded()?;
    let Some(state) = &home.state else {
        return Err(CommandError::NoRecord(session.home.clone()));
    };
    let mut generations = Vec::new();
    for number in state.generations()? {
        generations.push(line(&state.journal(number)?));
    }
    let document = HistoryDocument {
        schema: schema_name("history"),
        home: session.home_text(),
        current: home.generation,
        oldest_reachable: state.way_back()?,
        generations,
    };
    let screen = session.voice.screen();
    let text = screen.spoken(&text(&document, session.voice.columns()));
    session.voice.show(&text, asked.pager.pager().as_deref());
    session.voice.document(&document);
    Ok(Exit::Done)
}

fn text(document: &HistoryDocument, columns: usize) -> String {
    let mut text = String::new();
    let width = document
        .generations
        .iter()
        .map(|line| releases_of(line).chars().count())
        .max()
        .unwrap_or(0);
    for generation in document.generations.iter().rev() {
        text += &row(generation, document, width, columns);
        if generation.number == document.oldest_reachable {
            text += &styled(style::FAINT, "    the way back ends here\n");
        }
    }
    if document.oldest_reachable == 0 {
        text += &styled(style::FAINT, "  0  the home before Mosaic\n");
    }
    text
}

/// One line, or two where it is longer than the screen is wide; `width` is that of the longest releases.
fn row(
    generation: &GenerationLine,
    document: &HistoryDocument,
    width: usize,
    columns: usize,
) -> String {
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
    let (head, at) = (format!("{mark}{number:>2}"), when(&generation.at));
    let releases = releases_of(generation);
    let files = if *files == 1 {
        "1 file".to_owned()
    } else {
        format!("{files} files")
    };
    let length = |text: &str| text.chars().count() + 2;
    let is_wide = length(&head) + length(&at) + 12 + width + length(&files) <= columns;
    let (head, files) = (styled(style::STRONG, head), styled(style::FAINT, files));
    match is_wide {
        true => format!("{head}  {at}  {command:9}  {releases:width$}  {files}\n"),
        false => format!("{head}  {at}  {command}\n     {releases}  {files}\n"),
    }
}

fn releases_of(generation: &GenerationLine) -> String {
    releases(generation.from.as_deref(), generation.to.as_deref())
}
