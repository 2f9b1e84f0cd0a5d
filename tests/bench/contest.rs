//! Contenders that do the same work in turn, and how long each took.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::table::Row;

type Prepare<'a> = Box<dyn Fn(usize) -> Vec<Command> + 'a>;
type Timed<'a> = Box<dyn Fn(usize) -> Command + 'a>;

/// One kind of work, and who does it.
pub struct Contest<'a> {
    work: &'static str,
    files: usize,
    rounds: usize,
    contenders: Vec<(&'static str, Prepare<'a>, Timed<'a>)>,
}

/// How long everybody took.
pub struct Outcome {
    work: &'static str,
    files: usize,
    samples: Vec<(&'static str, Vec<Duration>)>,
}

impl<'a> Contest<'a> {
    /// Work on this many files, done so many times.
    pub fn new(work: &'static str, files: usize, rounds: usize) -> Self {
        Self {
            work,
            files,
            rounds,
            contenders: Vec::new(),
        }
    }

    /// Enters a contender, by the command of each round.
    pub fn enter(self, name: &'static str, timed: impl Fn(usize) -> Command + 'a) -> Self {
        self.enter_after(name, |_| Vec::new(), timed)
    }

    /// Enters a contender with commands that are run before each round and not timed.
    pub fn enter_after(
        mut self,
        name: &'static str,
        prepare: impl Fn(usize) -> Vec<Command> + 'a,
        timed: impl Fn(usize) -> Command + 'a,
    ) -> Self {
        self.contenders
            .push((name, Box::new(prepare), Box::new(timed)));
        self
    }

    /// Runs all rounds.
    pub fn run(self) -> Outcome {
        let mut samples: Vec<_> = self
            .contenders
            .iter()
            .map(|(name, ..)| (*name, Vec::new()))
            .collect();
        for round in 0..self.rounds {
            for ((_, prepare, timed), (_, samples)) in self.contenders.iter().zip(&mut samples) {
                prepare(round).into_iter().for_each(run);
                samples.push(time(timed(round)));
            }
        }
        Outcome {
            work: self.work,
            files: self.files,
            samples,
        }
    }
}

impl Outcome {
    /// The median of a contender that took part.
    pub fn median(&self, name: &str) -> Option<Duration> {
        let (_, samples) = self
            .samples
            .iter()
            .find(|(contender, _)| *contender == name)?;
        let mut sorted = samples.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }

    /// One of ours against one of theirs, if both took part.
    pub fn row(&self, ours: &'static str, theirs: &'static str, reach: Option<f64>) -> Option<Row> {
        let (our_time, their_time) = (self.median(ours)?, self.median(theirs)?);
        let work = format!("{}: {ours}", self.work);
        Some(Row::ratio(
            &work, self.files, our_time, theirs, their_time, reach,
        ))
    }
}

fn time(command: Command) -> Duration {
    run(Command::new("sync"));
    let begun = Instant::now();
    run(command);
    begun.elapsed()
}

/// Runs what must succeed.
pub fn run(mut command: Command) {
    let output = command
        .stdout(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Whether a program can be run at all.
pub fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

/// The most memory that a command had resident, in MiB.
pub fn peak_memory(command: &Command) -> f64 {
    let mut timed = Command::new("/usr/bin/time");
    timed
        .args(["-f", "%M", "-o", "/dev/stderr"])
        .arg(command.get_program())
        .args(command.get_args());
    let output = timed.stdout(Stdio::null()).output().expect("time runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    let kibibytes = said
        .lines()
        .last()
        .and_then(|line| line.trim().parse::<f64>().ok());
    kibibytes.unwrap_or_else(|| panic!("time said: {said}")) / 1024.0
}
