//! `matrix run`: old homes in every state, taken to a release, and judged.

use std::path::{Path, PathBuf};

use globset::GlobMatcher;

use crate::decide::matrix::expected::trees;
use crate::effects::matrix::cell::{CellOutcome, Player};
use crate::effects::matrix::load::{Matrix, load};
use crate::effects::matrix::{Cell, MatrixError, run};
use crate::effects::os::host;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::update::source;

pub use crate::decide::matrix::verdict::Check;

/// The umask of every child of the matrix.
const UMASK: u32 = 0o022;

/// Reads the cases of a folder, for the release in this program or the one at `from`.
///
/// # Errors
///
/// [`Error::Matrix`] where a case is wrong or the folder holds none.
pub fn open(folder: &Path, from: Option<&PathBuf>) -> Result<Matrix, Error> {
    Ok(load(folder, &source(from))?)
}

/// The cells of a matrix, with the trees that they begin and end with; with a filter, those whose case, or case and
/// start, it matches.
///
/// # Errors
///
/// [`Error::Matrix`] where a case does not fit its start, [`Error::Usage`] where nothing matches.
pub fn cells<'m>(matrix: &'m Matrix, filter: Option<&GlobMatcher>) -> Result<Vec<Cell<'m>>, Error> {
    let mut cells = Vec::new();
    for case in &matrix.cases {
        let starts = matrix.starts.iter();
        for (start, left) in starts.filter(|(start, _)| case.starts.contains(start)) {
            let name = format!("{}/{start}", case.name);
            if filter.is_none_or(|filter| filter.is_match(&case.name) || filter.is_match(&name)) {
                let trees = trees(case, start, left, &matrix.framework);
                let trees = trees.map_err(MatrixError::Case)?;
                cells.push(Cell { case, start, trees });
            }
        }
    }
    match filter {
        Some(filter) if cells.is_empty() => {
            Err(Error::Usage(format!("no cell matches {}", filter.glob())))
        }
        _ => Ok(cells),
    }
}

/// The options of a run of the matrix.
#[derive(Debug, Default)]
pub struct PlayRequest {
    /// The program that is judged; `None` is this one.
    pub program: Option<PathBuf>,
    /// The bundle that the cases are taken to; `None` is the release in this program.
    pub from: Option<PathBuf>,
    /// The number of cells that are played at a time; `None` is one a processor.
    pub jobs: Option<usize>,
    /// Set to leave out the kills at checkpoints.
    pub quick: bool,
}

/// Plays cells with this program as a child; `on_cell` is called after each, from any thread. The process's umask is
/// 022 afterwards.
///
/// # Errors
///
/// [`Error::Matrix`] where the program cannot be run or the user asked to stop.
pub fn play(
    context: &Context,
    cells: &[Cell],
    request: &PlayRequest,
    on_cell: &(dyn Fn() + Sync),
) -> Result<Vec<CellOutcome>, Error> {
    host::set_umask(UMASK);
    let player = Player {
        program: request.program.clone().map_or_else(own_program, Ok)?,
        from: request.from.as_deref().map(absolute).transpose()?,
        kills: !request.quick,
    };
    let jobs = request.jobs.unwrap_or_else(host::processors);
    Ok(run(cells, jobs, &player, &context.interrupt, on_cell)?)
}

fn own_program() -> Result<PathBuf, Error> {
    host::own_program()
        .map_err(|error| Error::Usage(format!("this program is not to be found: {error}")))
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|error| Error::Usage(format!("{}: {error}", path.display())))
}
