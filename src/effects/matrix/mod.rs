//! Runs the migration matrix: cases read from disk, homes in scratch folders, the program as a child.

pub(crate) mod cell;
mod kills;
pub(crate) mod load;
mod stage;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::decide::matrix::case::Case;
use crate::decide::matrix::expected::Trees;
use crate::decide::matrix::start::Start;
use crate::effects::bundle::BundleError;
use crate::effects::matrix::cell::{CellOutcome, Player};
use crate::effects::os::disk::DiskError;
use crate::effects::os::host::Interrupt;
use crate::effects::os::thread::try_spawn;
use crate::model::place::TextFault;

/// Reason why the matrix could not be run.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    /// A case is wrong.
    #[error(transparent)]
    Case(#[from] TextFault),
    /// The folder holds no cases.
    #[error("{} is not a matrix: {problem}", path.display())]
    NotAMatrix {
        /// Path of the folder.
        path: PathBuf,
        /// Problem with it.
        problem: String,
    },
    /// The bundle cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The file system did not do something.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The program could not be run.
    #[error("{} cannot be run", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// The kernel's error.
        #[source]
        source: std::io::Error,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

/// A case from one start, with the trees before and after.
pub struct Cell<'a> {
    /// The case.
    pub case: &'a Case,
    /// The start.
    pub start: &'a Start,
    /// Trees of the start, and of what must come of it.
    pub trees: Trees,
}

/// Runs cells, so many at a time; the outcomes come in the order of the cells. The largest are begun first, so that
/// none is left to the end alone.
pub(crate) fn run(
    cells: &[Cell],
    jobs: usize,
    player: &Player,
    interrupt: &Interrupt,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<CellOutcome>, MatrixError> {
    let mut order: Vec<_> = (0..cells.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(cells[*index].trees.before.len()));
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    let work = || {
        while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = player.play(&cells[*index], interrupt);
            let is_over = outcome.is_err();
            lock(&outcomes).push((*index, outcome));
            done();
            if is_over {
                // The others end with the cell that they are at.
                next.store(order.len(), Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs {
            if try_spawn(scope, &work, |work| work()).is_err() {
                break;
            }
        }
        work();
    });
    let mut outcomes = std::mem::take(&mut *lock(&outcomes));
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Locks a mutex; a thread that failed leaves what it guards as good as it was.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
