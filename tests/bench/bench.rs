//! Times whole commands against others, side by side, and prints medians and their ratios.
//!
//! In each round every contender runs once, in an order that is drawn, on the same file system, after a sync that is not
//! timed. Our times include all barriers; the others make none. Beside the medians are the ratios between which half of
//! all rounds were, processor time and memory. `scripts/bench` runs it; it writes `bench.json` and `bench.svg` beside the
//! table.

#![allow(
    clippy::let_underscore_must_use,
    clippy::match_bool,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::semicolon_if_nothing_returned,
    clippy::too_many_lines,
    clippy::unused_result_ok,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "the table of lints is for the program"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a measuring program writes and runs what it measures"
)]

mod chart;
mod child;
mod contenders;
mod contest;
mod draw;
mod fleet;
mod machine;
mod roster;
mod table;
mod trees;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use contenders::{copy, git, mosaic, mosaic_at, ostree, rsync};
use contest::{Contest, is_installed, peak_memory, run};
use table::Row;
use trees::Trees;

const ROUNDS: usize = 9;
/// What makes a whole tree is timed less often.
const COLD_ROUNDS: usize = 5;
/// Trees of this many files are measured only where size is the question.
const LARGE: usize = 100_000;

const DIRECTORY: &str = "directory";
const ARCHIVE: &str = "archive";

fn main() {
    if fleet::is_inside() {
        return;
    }
    let scratch = std::env::var_os("BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let sizes = std::env::var("BENCH_FILES").unwrap_or_else(|_| "1000 10000 100000".to_owned());
    let machine = machine::describe(&scratch);
    println!("{machine}\n{}", Row::heading());
    let mut report = Report::default();
    report.tell(startup());
    let all = scratch.join(format!("mosaic-bench-{}", std::process::id()));
    report.tell(fleet::rows());
    report.tell(roster::growth(&all.join("roster")));
    for size in sizes.split_whitespace() {
        let files: usize = size.parse().expect("BENCH_FILES: numbers of files");
        report.measure(&Trees::make(&all.join(size), files));
    }
    // Not before: for minutes after many files were removed, ext4 is slow to make others, for everybody.
    fs::remove_dir_all(&all).expect("the scratch folder goes");
    report.tell_growth();
    let folder = std::env::var_os("BENCH_REPORT")
        .map_or_else(|| scratch.join("mosaic-bench"), PathBuf::from);
    report.write(&folder, &machine);
}

#[derive(Default)]
struct Report {
    rows: Vec<Row>,
    idle: Vec<(usize, Duration)>,
}

impl Report {
    fn tell(&mut self, row: impl IntoIterator<Item = Row>) {
        for row in row {
            println!("{row}");
            self.rows.push(row);
        }
    }

    fn measure(&mut self, trees: &Trees) {
        let idle = nothing_to_do(trees);
        self.idle
            .extend(idle.median(ARCHIVE).map(|cost| (trees.files, cost.time)));
        // What is to be reached was asked of ten thousand files.
        let reach = |ratio: f64| (trees.files == LARGE / 10).then_some(ratio);
        self.tell(idle.row(ARCHIVE, "rsync -a --delete", reach(0.25)));
        self.tell(idle.row(ARCHIVE, "git status", reach(1.0)));
        self.tell(idle.row(DIRECTORY, "rsync -a --delete", reach(0.45)));
        if trees.files >= LARGE {
            self.tell(memory(trees));
            return;
        }
        let cold = cold(trees);
        self.tell(cold.row(DIRECTORY, "rsync -a", reach(1.0)));
        for other in ["cp -a", "git checkout", "ostree checkout"] {
            self.tell(cold.row(DIRECTORY, other, None));
        }
        self.tell(cold.row(ARCHIVE, "rsync -a", None));
        let changed = changed(trees);
        self.tell(changed.row(DIRECTORY, "rsync -a --delete", reach(0.75)));
        for other in ["git checkout", "ostree checkout"] {
            self.tell(changed.row(DIRECTORY, other, None));
        }
        self.tell(rolled_back(trees).row("rollback", "the update itself", reach(1.0)));
    }

    /// Ten times the files are to take hardly more than ten times as long.
    fn tell_growth(&mut self) {
        let at = |files| {
            self.idle
                .iter()
                .find(|(size, _)| *size == files)
                .map(|(_, time)| *time)
        };
        if let (Some(large), Some(small)) = (at(LARGE), at(LARGE / 10)) {
            let against = format!("the same, {} files", LARGE / 10);
            self.tell([Row::ratio(
                "nothing to do: archive",
                LARGE,
                large,
                &against,
                small,
                Some(11.0),
            )]);
        }
    }

    fn write(&self, folder: &Path, machine: &str) {
        fs::create_dir_all(folder).expect("a folder for the report");
        fs::write(folder.join("bench.json"), table::json(machine, &self.rows))
            .expect("the report is written");
        fs::write(folder.join("bench.svg"), chart::svg(machine, &self.rows))
            .expect("the chart is written");
        println!("written: bench.json and bench.svg in {}", folder.display());
    }
}

fn startup() -> Option<Row> {
    let contest = Contest::new("start", 0, 5 * ROUNDS)
        .enter("mosaic --version", |_| mosaic(&["--version"]))
        .enter("true", |_| Command::new("true"))
        .run();
    let [ours, theirs] = ["mosaic --version", "true"].map(|name| contest.median(name));
    let more = (ours?.time.as_secs_f64() - theirs?.time.as_secs_f64()) * 1e3;
    Some(Row::single(
        "mosaic --version, more than `true`",
        0,
        more,
        "ms",
        Some(3.0),
    ))
}

fn nothing_to_do(trees: &Trees) -> contest::Outcome {
    let (home, packed, copied) = (
        trees.path("home"),
        trees.path("home-packed"),
        trees.path("copied"),
    );
    let tracked = trees.path("tracked");
    run(mosaic_at("install", &home, &trees.first));
    run(mosaic_at("install", &packed, &trees.first_archive));
    run(rsync(&["-a", "--delete"], &trees.first, &copied));
    git::track(&trees.path("tracked.git"), &tracked, trees);
    // What was written in this tick of the clock is not trusted yet, by us as by git.
    std::thread::sleep(Duration::from_millis(1100));
    run(mosaic_at("update", &home, &trees.first));
    run(mosaic_at("update", &packed, &trees.first_archive));
    run(git::status(&tracked));
    Contest::new("nothing to do", trees.files, ROUNDS)
        .enter(ARCHIVE, |_| {
            mosaic_at("update", &packed, &trees.first_archive)
        })
        .enter(DIRECTORY, |_| mosaic_at("update", &home, &trees.first))
        .enter("rsync -a --delete", |_| {
            rsync(&["-a", "--delete"], &trees.first, &copied)
        })
        .enter("git status", |_| git::status(&tracked))
        .run()
}

/// Each round has folders of its own, and none is removed.
fn cold(trees: &Trees) -> contest::Outcome {
    let fresh = |name: &str, round: usize| trees.path(&format!("{name}-{round}"));
    let mut contest = Contest::new("cold", trees.files, COLD_ROUNDS)
        .enter(DIRECTORY, |round| {
            mosaic_at("install", &fresh("cold", round), &trees.first)
        })
        .enter("rsync -a", |round| {
            rsync(&["-a"], &trees.first, &fresh("cold-rsync", round))
        })
        .enter(ARCHIVE, |round| {
            mosaic_at(
                "install",
                &fresh("cold-packed", round),
                &trees.first_archive,
            )
        })
        .enter("cp -a", |round| {
            copy(&trees.first, &fresh("cold-cp", round))
        })
        .enter("git checkout", |round| {
            git::check_out_into(trees, &fresh("cold-git", round), "first")
        });
    if is_installed("ostree") {
        ostree::commit(&trees.path("ostree"), trees);
        contest = contest.enter("ostree checkout", |round| {
            ostree::check_out(&trees.path("ostree"), "first", &fresh("cold-ostree", round))
        });
    }
    contest.run()
}

fn changed(trees: &Trees) -> contest::Outcome {
    let (home, copied, tracked) = (
        trees.path("home"),
        trees.path("copied"),
        trees.path("tracked"),
    );
    let (repository, checked_out) = (trees.path("ostree"), trees.path("cold-ostree-0"));
    let back = || {
        let mut command = mosaic_at("update", &home, &trees.first);
        command.arg("--allow-downgrade");
        command
    };
    let mut contest = Contest::new("1% changed", trees.files, ROUNDS)
        .enter_after(
            DIRECTORY,
            |_| vec![back()],
            |_| mosaic_at("update", &home, &trees.second),
        )
        .enter_after(
            "rsync -a --delete",
            |_| vec![rsync(&["-a", "--delete"], &trees.first, &copied)],
            |_| rsync(&["-a", "--delete"], &trees.second, &copied),
        )
        .enter_after(
            "git checkout",
            |_| vec![git::check_out(&tracked, "first")],
            |_| git::check_out(&tracked, "second"),
        );
    if is_installed("ostree") {
        contest = contest.enter_after(
            "ostree checkout",
            |_| vec![ostree::check_out(&repository, "first", &checked_out)],
            |_| ostree::check_out(&repository, "second", &checked_out),
        );
    }
    contest.run()
}

fn rolled_back(trees: &Trees) -> contest::Outcome {
    let home = trees.path("home");
    let mut back = mosaic_at("update", &home, &trees.first);
    back.arg("--allow-downgrade");
    run(back);
    Contest::new("1% changed", trees.files, ROUNDS)
        .in_turn()
        .enter("the update itself", |_| {
            mosaic_at("update", &home, &trees.second)
        })
        .enter("rollback", |_| {
            mosaic(&["rollback", "--home", &home.display().to_string()])
        })
        .run()
}

fn memory(trees: &Trees) -> Vec<Row> {
    let (home, packed) = (trees.path("home"), trees.path("home-packed"));
    let row = |work: &str, command: Command, reach| {
        Row::single(
            &format!("peak memory: {work}"),
            trees.files,
            peak_memory(command),
            "MiB",
            reach,
        )
    };
    vec![
        row(
            "nothing to do, archive",
            mosaic_at("update", &packed, &trees.first_archive),
            Some(96.0),
        ),
        row(
            "nothing to do, directory",
            mosaic_at("update", &home, &trees.first),
            Some(96.0),
        ),
        row(
            "1% changed, directory",
            mosaic_at("update", &home, &trees.second),
            None,
        ),
        row(
            "cold, directory",
            mosaic_at("install", &trees.path("cold"), &trees.first),
            None,
        ),
    ]
}
