//! `matrix run`: old homes in every state that operators leave them in, taken to this release, and judged.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args as ClapArgs, Subcommand};
use globset::{Glob, GlobMatcher};

use crate::decide::matrix::expected::{VERSION_FILE, trees};
use crate::edge::cli::session::{Session, source};
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::matrix::document::{CaseLine, CellLine, MatrixDocument, cell_line};
use crate::edge::report::matrix::{junit, page, table};
use crate::edge::report::progress::Progress;
use crate::effects::matrix::cell::{CellOutcome, Player};
use crate::effects::matrix::load::{Matrix, load};
use crate::effects::matrix::{Cell, MatrixError, run as run_cells};
use crate::effects::os::disk::make_directories;
use crate::effects::os::disk::single::UnplacedFile;
use crate::effects::os::host;
use crate::model::path::RelPath;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic matrix run fixtures/matrix
  mosaic matrix run fixtures/matrix \\
    --filter 'pristine/0.0.3*' \\
    --report target/matrix";

/// What every child of the matrix has.
const UMASK: u32 = 0o022;

/// Arguments of `matrix`.
#[derive(Debug, ClapArgs)]
pub struct MatrixArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: MatrixVerb,
}

/// What can be done with a matrix.
#[derive(Debug, Subcommand)]
pub enum MatrixVerb {
    /// Take every case from every start to this release, and judge what comes of it
    #[command(after_help = EXAMPLE)]
    Run(RunArgs),
}

/// Arguments of `matrix run`.
#[derive(Debug, ClapArgs)]
pub struct RunArgs {
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

/// Does it.
pub fn run(session: &mut Session, asked: &MatrixArgs) -> Result<Exit, CommandError> {
    let MatrixVerb::Run(asked) = &asked.verb;
    let begun = Instant::now();
    let matrix = load(&asked.dir, &source(asked.from.as_ref()))?;
    let cells = cells(
        &matrix,
        asked.filter.as_ref().map(Glob::compile_matcher).as_ref(),
    )?;
    host::set_umask(UMASK);
    let player = Player {
        program: program()?,
        from: asked.from.as_deref().map(absolute).transpose()?,
        kills: !asked.quick,
    };
    let jobs = asked.jobs.map_or_else(host::processors, usize::from);
    let progress = Progress::of_cells(session.voice.shows_progress(), cells.len());
    let outcomes = run_cells(&cells, jobs, &player, &session.interrupt, &|| {
        progress.pass_cell()
    })?;
    drop(progress);
    let mut document = describe(&matrix, &cells, &outcomes);
    document.milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    tell(session, &document, &cells, &outcomes);
    if let Some(folder) = &asked.report {
        write_reports(folder, &document)?;
        session
            .voice
            .say(&format!("Report: {}", folder.join("index.html").display()));
    }
    session.voice.document(&document);
    Ok(if document.red == 0 {
        Exit::Done
    } else {
        Exit::Differences
    })
}

/// The cells that are asked for, with the trees that they begin and end with.
fn cells<'a>(
    matrix: &'a Matrix,
    filter: Option<&GlobMatcher>,
) -> Result<Vec<Cell<'a>>, CommandError> {
    let mut cells = Vec::new();
    for case in &matrix.cases {
        for (start, left) in matrix
            .starts
            .iter()
            .filter(|(start, _)| case.starts.contains(start))
        {
            let name = format!("{}/{start}", case.name);
            if filter.is_none_or(|filter| filter.is_match(&case.name) || filter.is_match(&name)) {
                let trees =
                    trees(case, start, left, &matrix.framework).map_err(MatrixError::Case)?;
                cells.push(Cell { case, start, trees });
            }
        }
    }
    match (cells.is_empty(), filter) {
        (true, Some(filter)) => Err(CommandError::Usage(format!(
            "no cell matches {}",
            filter.glob()
        ))),
        _ => Ok(cells),
    }
}

fn program() -> Result<PathBuf, CommandError> {
    host::own_program()
        .map_err(|error| CommandError::Usage(format!("this program is not to be found: {error}")))
}

fn absolute(path: &Path) -> Result<PathBuf, CommandError> {
    std::path::absolute(path)
        .map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))
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

fn tell(
    session: &mut Session,
    document: &MatrixDocument,
    cells: &[Cell],
    outcomes: &[CellOutcome],
) {
    let screen = session.voice.screen();
    session.voice.say(&table::table(document, &screen));
    for (cell, outcome) in cells
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| !outcome.findings.is_empty())
    {
        session
            .voice
            .insist(&format!("\n{}", table::findings(cell, outcome, &screen)));
    }
    session
        .voice
        .insist(&format!("\n{}", table::sums(document, &screen)));
}

fn write_reports(folder: &Path, document: &MatrixDocument) -> Result<(), CommandError> {
    make_directories(folder)?;
    let json = serde_json::to_string_pretty(document).unwrap_or_default() + "\n";
    for (name, text) in [
        ("matrix.json", json),
        ("junit.xml", junit::xml(document)),
        ("index.html", page::html(document)),
    ] {
        UnplacedFile::write(&folder.join(name), &text)?;
    }
    Ok(())
}
