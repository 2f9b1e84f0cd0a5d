//! `diff`: what the operator edited, or what an update would change, as a unified diff.

use crate::edge::cli::options::PagerArgs;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::home::situation::Asked;
use crate::edge::cli::commands::update::plan_update;
use crate::edge::cli::selection::Selection;
use crate::edge::cli::session::{Session, source};
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::delta_text::{self, DeltaLine};
use crate::edge::report::document::schema_name;
use crate::effects::home::Home;
use crate::effects::home::deltas;
use crate::effects::home::survey::Survey;
use crate::model::delta::Delta;
use crate::model::path::RelPath;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  # what did I edit?
  mosaic diff
  mosaic diff guides --stat
  # what would an update change?
  mosaic diff --incoming \\
    --from ./mosaic-0.2.0
  # for patch -p1 or git apply
  mosaic diff guides/qa.md > my.patch

Values of secrets in env files are masked; a patch with such a line in it does not apply.";

/// Arguments of `diff`.
#[derive(Debug, ClapArgs)]
pub struct DiffArgs {
    /// Files or directories in the home [default: all]
    pub paths: Vec<String>,
    /// Show what an update would change instead
    #[arg(long)]
    pub incoming: bool,
    /// The bundle that an update would come from [default: the release in this program]
    #[arg(long, value_name = "BUNDLE", requires = "incoming")]
    pub from: Option<PathBuf>,
    /// Only say how many lines change in which file
    #[arg(long)]
    pub stat: bool,
    /// Exit 4 if there is a difference
    #[arg(long)]
    pub exit_code: bool,
    /// The pager
    #[command(flatten)]
    pub pager: PagerArgs,
}

/// `diff`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiffDocument {
    /// `mosaic.diff/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// Whether it is about what an update would change, and not about what the operator edited.
    pub incoming: bool,
    /// Each difference, by path.
    pub differences: Vec<DeltaLine>,
}

/// Shows differences.
pub fn run(session: &mut Session, asked: &DiffArgs) -> Result<Exit, CommandError> {
    let deltas = if asked.incoming {
        incoming(session, asked)?
    } else {
        edits(session, asked)?
    };
    let screen = session.voice.screen();
    if deltas.is_empty() && (screen.is_terminal || session.voice.is_json()) {
        session.voice.say("No differences.");
    }
    let text = match asked.stat {
        true => delta_text::stat(&deltas, &screen),
        false => delta_text::text(&deltas, &screen),
    };
    session.voice.show(&text, asked.pager.pager().as_deref());
    if session.voice.is_json() {
        session.voice.document(&DiffDocument {
            schema: schema_name("diff"),
            home: session.home_text(),
            incoming: asked.incoming,
            differences: deltas.iter().map(delta_text::line).collect(),
        });
    }
    Ok(if asked.exit_code && !deltas.is_empty() {
        Exit::Differences
    } else {
        Exit::Done
    })
}

fn edits(session: &mut Session, asked: &DiffArgs) -> Result<Vec<Delta>, CommandError> {
    let home = session.look_at_recorded()?;
    let selection = Selection::parse(session, &asked.paths, &recorded(&home))?;
    let entries = &home.record.entries;
    for path in recorded(&home)
        .into_iter()
        .filter(|path| selection.names(path) && !entries.contains_key(*path))
    {
        session.voice.insist(&format!(
            "# {path}: no shipped content is recorded to compare it with"
        ));
    }
    let paths: Vec<_> = entries
        .keys()
        .filter(|path| selection.has(path))
        .cloned()
        .collect();
    Ok(deltas::edits(&home, &paths)?)
}

fn incoming(session: &Session, asked: &DiffArgs) -> Result<Vec<Delta>, CommandError> {
    let home = Home::look(&session.home)?;
    let survey = Survey::make(&home, &source(asked.from.as_ref()))?;
    let known: Vec<_> = recorded(&home)
        .into_iter()
        .chain(survey.bundle.wanted.keys())
        .collect();
    let selection = Selection::parse(session, &asked.paths, &known)?;
    let plan = plan_update(&home, &survey, &session.surroundings, None, Asked::FORETOLD)?;
    Ok(deltas::incoming(&home, &survey, &plan, |path| {
        selection.has(path)
    })?)
}

/// Every path that the record tells of.
fn recorded(home: &Home) -> Vec<&RelPath> {
    let record = &home.record;
    record
        .entries
        .keys()
        .chain(&record.seeded)
        .chain(record.parked.keys())
        .collect()
}
