//! Times whole commands against rsync, side by side, and prints medians and their ratio.
//!
//! Every pair runs in turn (ours, theirs, ours, theirs...) on the same file system, after a sync that is
//! not timed. Our times include all barriers; rsync makes none. `scripts/bench` runs it.

#![expect(clippy::disallowed_methods, reason = "a measuring program writes and runs what it measures")]

mod trees;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use trees::Trees;

const ROUNDS: usize = 9;

fn main() {
    let scratch = std::env::var_os("BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let sizes = std::env::var("BENCH_FILES").unwrap_or_else(|_| "1000 10000".to_owned());
    println!("{}", machine(&scratch));
    println!("{:34} {:>10} {:>10} {:>7}  reach", "work (files of about 4 KiB)", "mosaic", "other", "ratio");
    for size in sizes.split_whitespace() {
        let files: usize = size.parse().expect("BENCH_FILES: numbers of files");
        let folder = scratch.join(format!("mosaic-bench-{}-{files}", std::process::id()));
        let trees = Trees::make(&folder, files);
        for row in [nothing_to_do(&trees), cold(&trees), changed(&trees), rolled_back(&trees)] {
            row.print(files);
        }
        fs::remove_dir_all(&folder).expect("the scratch folder goes");
    }
}

struct Row {
    work: &'static str,
    ours: Vec<Duration>,
    theirs: Vec<Duration>,
    reach: f64,
}

impl Row {
    fn new(work: &'static str, reach: f64) -> Self {
        Self { work, ours: Vec::new(), theirs: Vec::new(), reach }
    }

    fn print(&self, files: usize) {
        let (ours, theirs) = (median(&self.ours), median(&self.theirs));
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        let work = format!("{}, {files}", self.work);
        let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        let verdict = if ratio <= self.reach { "" } else { "  falls short" };
        let reach = self.reach;
        println!("{work:34} {:>10} {:>10} {ratio:>7.2}  {reach:.2}{verdict}", millis(ours), millis(theirs));
    }
}

fn nothing_to_do(trees: &Trees) -> Row {
    let (home, copy) = (trees.path("home"), trees.path("copy"));
    run(mosaic("install", &home).arg("--from").arg(&trees.first));
    run(rsync(&["-a", "--delete"], &trees.first, &copy));
    std::thread::sleep(Duration::from_millis(50));
    run(mosaic("update", &home).arg("--from").arg(&trees.first));
    let mut row = Row::new("nothing to do", 0.45);
    for _ in 0..ROUNDS {
        row.ours.push(time(mosaic("update", &home).arg("--from").arg(&trees.first)));
        row.theirs.push(time(rsync(&["-a", "--delete"], &trees.first, &copy)));
    }
    row
}

/// Each round has a folder of its own: ext4 is slow to make files for some seconds after as many were
/// removed, for us and for rsync.
fn cold(trees: &Trees) -> Row {
    let mut row = Row::new("cold", 1.0);
    for round in 0..ROUNDS {
        let (home, copy) = (trees.path(&format!("home-{round}")), trees.path(&format!("copy-{round}")));
        row.ours.push(time(mosaic("install", &home).arg("--from").arg(&trees.first)));
        row.theirs.push(time(rsync(&["-a"], &trees.first, &copy)));
    }
    row
}

fn changed(trees: &Trees) -> Row {
    let (home, copy) = (trees.path("home"), trees.path("copy"));
    let mut row = Row::new("1% changed", 0.75);
    for _ in 0..ROUNDS {
        row.ours.push(time(mosaic("update", &home).arg("--from").arg(&trees.second)));
        row.theirs.push(time(rsync(&["-a", "--delete"], &trees.second, &copy)));
        run(mosaic("update", &home).arg("--allow-downgrade").arg("--from").arg(&trees.first));
        run(rsync(&["-a", "--delete"], &trees.first, &copy));
    }
    row
}

fn rolled_back(trees: &Trees) -> Row {
    let home = trees.path("home");
    let mut row = Row::new("rollback of 1% / the update", 1.0);
    for _ in 0..ROUNDS {
        row.theirs.push(time(mosaic("update", &home).arg("--from").arg(&trees.second)));
        row.ours.push(time(&mut mosaic("rollback", &home)));
    }
    row
}

fn mosaic(verb: &str, home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
    command.arg(verb).arg("--home").arg(home);
    command
}

fn rsync(options: &[&str], from: &Path, to: &Path) -> Command {
    let mut command = Command::new("rsync");
    command.args(options).arg(format!("{}/", from.display())).arg(to);
    command
}

fn time(command: impl std::borrow::BorrowMut<Command>) -> Duration {
    assert!(Command::new("sync").status().is_ok_and(|status| status.success()), "sync runs");
    let begun = Instant::now();
    run(command);
    begun.elapsed()
}

fn run(mut command: impl std::borrow::BorrowMut<Command>) {
    let command = command.borrow_mut();
    let output =
        command.stdout(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

fn machine(scratch: &Path) -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let output = Command::new("stat").args(["-f", "-c", "%T"]).arg(scratch).output();
    let filesystem = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let filesystem = filesystem.unwrap_or_default();
    format!("{cpus} processors, Linux {}, {filesystem}, medians of {ROUNDS} pairs", kernel.trim())
}
