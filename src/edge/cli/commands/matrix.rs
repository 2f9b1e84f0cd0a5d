//! `matrix run`: old homes in every state that operators leave them in, taken to this release, and judged.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args as ClapArgs, Subcommand};
use globset::Glob;
use schemars::{Schema, schema_for};

use crate::decide::matrix::expected::VERSION_FILE;
use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::matrix::document::{CaseLine, CellLine, MatrixDocument, cell_line};
use crate::edge::report::matrix::{junit, page, table};
use crate::edge::report::progress::Progress;
use crate::effects::matrix::Cell;
use crate::effects::matrix::cell::CellOutcome;
use crate::effects::matrix::load::Matrix;
use crate::model::path::RelPath;
use crate::ops::matrix::{PlayRequest, cells, open, play};
use crate::ops::pages;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic matrix run fixtures/matrix
  mosaic matrix run fixtures/matrix \\
    --filter 'pristine/0.0.3*' \\
    --report target/matrix";

/// Arguments of `matrix`.
#[derive(Debug, ClapArgs)]
pub(crate) struct MatrixArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: MatrixVerb,
}

/// The commands of `matrix`.
#[derive(Debug, Subcommand)]
pub(crate) enum MatrixVerb {
    /// Take every case from every start to this release, and judge what comes of it
    #[command(after_help = EXAMPLE)]
    Run(RunArgs),
}

/// Arguments of `matrix run`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// A folder of cases; the homes that they start from are in `homes` beside it
    pub dir: PathBuf,
    /// Only cases or cells that match, such as 'crlf' or '*/0.0.31'
    #[arg(long, value_name = "GLOB")]
    pub filter: Option<Glob>,
    /// How many cells at a time [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Leave out the kills: an answer in seconds, while you work on a case
    #[arg(long)]
    pub quick: bool,
    /// Write matrix.json, junit.xml and index.html there
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// A bundle directory or archive to arrive at [default: the release in this program]
    #[arg(long, value_name = "BUNDLE")]
    pub from: Option<PathBuf>,
}

impl Command for MatrixArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        false
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("matrix.run", schema_for!(MatrixDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let MatrixVerb::Run(args) = &self.verb;
        let begun = Instant::now();
        let matrix = open(&args.dir, args.from.as_ref())?;
        let filter = args.filter.as_ref().map(Glob::compile_matcher);
        let cells = cells(&matrix, filter.as_ref())?;
        let request = PlayRequest {
            program: None,
            from: args.from.clone(),
            jobs: args.jobs.map(usize::from),
            quick: args.quick,
        };
        let progress = Progress::of_cells(session.output.shows_progress(), cells.len());
        let outcomes = play(&session.context, &cells, &request, &|| progress.pass_cell());
        drop(progress);
        let outcomes = outcomes?;
        let mut document = describe(&matrix, &cells, &outcomes);
        document.milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        print(session, &document, &cells, &outcomes);
        if let Some(folder) = &args.report {
            write_reports(folder, &document)?;
            let page = folder.join("index.html");
            session.output.info(&format!("Report: {}", page.display()));
        }
        session.output.document(&document);
        Ok(if document.red == 0 {
            Exit::Done
        } else {
            Exit::Differences
        })
    }
}

fn describe(matrix: &Matrix, cells: &[Cell], outcomes: &[CellOutcome]) -> MatrixDocument {
    let shipped = |path: &RelPath| {
        let below = path.as_str().strip_prefix("home/");
        below.is_some_and(|below| {
            below == VERSION_FILE || matrix.framework.files.contains_key(below)
        })
    };
    let lines: Vec<CellLine> = cells
        .iter()
        .zip(outcomes)
        .map(|(cell, outcome)| cell_line(cell, outcome, &shipped))
        .collect();
    let mut cases: Vec<CaseLine> = Vec::new();
    for cell in cells {
        if cases.last().is_none_or(|case| case.name != cell.case.name) {
            cases.push(CaseLine {
                name: cell.case.name.clone(),
                title: cell.case.title.clone(),
            });
        }
    }
    let starts = matrix.starts.keys().map(ToString::to_string).collect();
    MatrixDocument::new(
        matrix.framework.manifest.version().to_string(),
        starts,
        cases,
        lines,
    )
}

fn print(session: &Session, document: &MatrixDocument, cells: &[Cell], outcomes: &[CellOutcome]) {
    let output = session.output;
    let screen = output.screen();
    output.info(&table::table(document, &screen));
    let played = cells.iter().zip(outcomes);
    for (cell, outcome) in played.filter(|(_, outcome)| !outcome.findings.is_empty()) {
        output.print(&format!("\n{}", table::findings(cell, outcome, &screen)));
    }
    let sums = format!("\n{}", table::sums(document, &screen));
    if document.red == 0 {
        output.info(&sums);
    } else {
        output.print(&sums);
    }
}

fn write_reports(folder: &Path, document: &MatrixDocument) -> Result<(), CommandError> {
    let json = serde_json::to_string_pretty(document).unwrap_or_default() + "\n";
    let reports = [
        ("matrix.json", json),
        ("junit.xml", junit::xml(document)),
        ("index.html", page::html(document)),
    ];
    let reports = reports.map(|(name, text)| (name.to_owned(), text.into_bytes()));
    Ok(pages::write(folder, &reports)?)
}
