//! The progress of long work: on a terminal only, and only once it takes noticeably long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{
    BinaryBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

use crate::effects::apply::Checkpoint;
use crate::effects::scan::read_so_far;
use crate::model::ignore::Ignore;

/// Work that ends sooner shows nothing: what appears and goes at once only disturbs.
const NOTICEABLE: Duration = Duration::from_millis(400);
/// The time between two drawings.
const TICK: Duration = Duration::from_millis(100);
/// The characters of a bar of progress.
const BAR: usize = 20;

/// A line on stderr that tells how far work has come; it goes with the value.
pub(crate) struct Progress {
    line: Option<ProgressBar>,
    commit: Arc<Commit>,
}

/// The progress of a transaction.
#[derive(Default)]
struct Commit {
    /// The length of each content that is staged, in order, in bytes.
    contents: Vec<u64>,
    /// The number of changes that are carried out afterwards.
    changes: usize,
    staged: AtomicUsize,
    staged_bytes: AtomicU64,
    carried: AtomicUsize,
}

impl Progress {
    /// The progress of reading files, whose number is not known before.
    pub(crate) fn of_reading(is_shown: bool) -> Self {
        let text = |_: &Commit| match read_so_far() {
            (0, _) => "looking at files".to_owned(),
            (1, bytes) => format!("reading   1 file, {}", BinaryBytes(bytes)),
            (files, bytes) => format!(
                "reading   {} files, {}",
                HumanCount(files),
                BinaryBytes(bytes)
            ),
        };
        let reading = Self::new(is_shown, Commit::default(), text);
        if let Some(line) = &reading.line {
            line.enable_steady_tick(TICK);
        }
        reading
    }

    /// The progress of a transaction that stages contents of these lengths in bytes and then makes so many changes.
    pub(crate) fn of_commit(is_shown: bool, contents: Vec<u64>, changes: usize) -> Self {
        Self::new(
            is_shown,
            Commit {
                contents,
                changes,
                ..Commit::default()
            },
            Commit::text,
        )
    }

    /// The progress of a matrix with so many cells.
    pub(crate) fn of_cells(is_shown: bool, number: usize) -> Self {
        let text = |cells: &Commit| {
            let played = cells.carried.load(Ordering::Relaxed);
            format!("playing   {played} of {} cells", cells.changes)
        };
        let playing = Self::new(
            is_shown,
            Commit {
                changes: number,
                ..Commit::default()
            },
            text,
        );
        if let Some(line) = &playing.line {
            line.enable_steady_tick(TICK);
        }
        playing
    }

    /// Counts one more cell as played.
    pub(crate) fn pass_cell(&self) {
        self.commit.carried.fetch_add(1, Ordering::Relaxed);
    }

    fn new(is_shown: bool, commit: Commit, text: fn(&Commit) -> String) -> Self {
        let commit = Arc::new(commit);
        let line = is_shown.then(|| {
            let seen = Arc::clone(&commit);
            let write = move |state: &ProgressState, line: &mut dyn std::fmt::Write| {
                if state.elapsed() >= NOTICEABLE {
                    write!(line, "  {}", text(&seen))
                        .ignore("a line that cannot be drawn is no loss");
                }
            };
            let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{progress}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
            line.set_style(style.with_key("progress", write));
            line
        });
        Self { line, commit }
    }

    /// The transaction has come to a checkpoint.
    pub(crate) fn pass(&self, checkpoint: Checkpoint) {
        let commit = &self.commit;
        match checkpoint {
            Checkpoint::Staged => {
                let number = commit.staged.fetch_add(1, Ordering::Relaxed);
                let bytes = commit.contents.get(number).copied().unwrap_or(0);
                commit.staged_bytes.fetch_add(bytes, Ordering::Relaxed);
            }
            Checkpoint::Carried => {
                commit.carried.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        match (&self.line, checkpoint) {
            (None, _) => {}
            // The disk may take long now, and nothing will be told meanwhile.
            (Some(line), Checkpoint::Written) => line.force_draw(),
            (Some(line), _) => line.tick(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}

impl Commit {
    fn text(&self) -> String {
        let staged = self.staged.load(Ordering::Relaxed);
        let carried = self.carried.load(Ordering::Relaxed);
        if staged < self.contents.len() && carried == 0 {
            let bytes = self.staged_bytes.load(Ordering::Relaxed);
            let all = self.contents.iter().sum();
            let bytes = format!("{} of {}", BinaryBytes(bytes), BinaryBytes(all));
            return format!("preparing {}, {bytes}", count(staged, self.contents.len()));
        }
        match carried {
            0 => "preparing: to the disk".to_owned(),
            _ if carried < self.changes => format!("changing  {}", count(carried, self.changes)),
            _ => "changing: to the disk".to_owned(),
        }
    }
}

fn count(done: usize, all: usize) -> String {
    let filled = BAR * done / all.max(1);
    let done = HumanCount(done as u64);
    let all = HumanCount(all as u64);
    format!(
        "{}{} {done} of {all} files",
        "=".repeat(filled),
        " ".repeat(BAR - filled.min(BAR))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_files_and_bytes_and_which_half_it_is_in() {
        let progress = Progress::of_commit(false, vec![1024, 2048, 1024], 4);
        let text_after = |checkpoint| {
            progress.pass(checkpoint);
            progress.commit.text()
        };
        assert_eq!(
            text_after(Checkpoint::Started),
            format!("preparing {} 0 of 3 files, 0 B of 4.00 KiB", " ".repeat(20))
        );
        assert!(text_after(Checkpoint::Staged).ends_with("1 of 3 files, 1.00 KiB of 4.00 KiB"));
        assert!(text_after(Checkpoint::Staged).ends_with("2 of 3 files, 3.00 KiB of 4.00 KiB"));
        assert_eq!(text_after(Checkpoint::Staged), "preparing: to the disk");
        assert!(text_after(Checkpoint::Carried).ends_with("1 of 4 files"));
    }
}
