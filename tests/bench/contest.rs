//! Contenders that do the same work, in an order that is drawn anew for each round, and what it cost each of them.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::child;
use crate::draw::Draw;
use crate::table::Row;

type Prepare<'a> = Box<dyn Fn(usize) -> Vec<Command> + 'a>;
type Timed<'a> = Box<dyn Fn(usize) -> Command + 'a>;

/// One kind of work, and who does it.
pub struct Contest<'a> {
    work: &'static str,
    files: usize,
    rounds: usize,
    is_in_turn: bool,
    contenders: Vec<(&'static str, Prepare<'a>, Timed<'a>)>,
}

/// What a command cost, or the medians of several.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// How long it took.
    pub time: Duration,
    /// The processor time of it and of what it started.
    pub processor: Duration,
    /// The most memory that it had resident, in MiB.
    pub memory: f64,
}

/// What it cost everybody, round by round.
pub struct Outcome {
    work: &'static str,
    files: usize,
    costs: Vec<(&'static str, Vec<Cost>)>,
}

impl<'a> Contest<'a> {
    /// Work on this many files, done so many times.
    pub fn new(work: &'static str, files: usize, rounds: usize) -> Self {
        Self {
            work,
            files,
            rounds,
            is_in_turn: false,
            contenders: Vec::new(),
        }
    }

    /// Keeps the order in each round: one goes on from what the one before it left.
    pub fn in_turn(self) -> Self {
        Self {
            is_in_turn: true,
            ..self
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
        let names = self.contenders.iter().map(|(name, ..)| (*name, Vec::new()));
        let mut costs: Vec<_> = names.collect();
        let mut draw = Draw::begin();
        for round in 0..self.rounds {
            let mut order = draw.order(self.contenders.len());
            if self.is_in_turn {
                order.sort_unstable();
            }
            for at in order {
                let (_, prepare, timed) = &self.contenders[at];
                prepare(round).into_iter().for_each(run);
                costs[at].1.push(cost(timed(round)));
            }
        }
        Outcome {
            work: self.work,
            files: self.files,
            costs,
        }
    }
}

impl Outcome {
    fn costs(&self, name: &str) -> Option<&[Cost]> {
        let mut all = self.costs.iter();
        let (_, costs) = all.find(|(contender, _)| *contender == name)?;
        Some(costs)
    }

    /// The medians of a contender that took part.
    pub fn median(&self, name: &str) -> Option<Cost> {
        let costs = self.costs(name)?;
        Some(Cost {
            time: median(costs.iter().map(|cost| cost.time))?,
            processor: median(costs.iter().map(|cost| cost.processor))?,
            memory: median(costs.iter().map(|cost| cost.memory.to_bits())).map(f64::from_bits)?,
        })
    }

    /// One of ours against one of theirs, if both took part.
    pub fn row(&self, ours: &'static str, theirs: &'static str, reach: Option<f64>) -> Option<Row> {
        let (our_cost, their_cost) = (self.median(ours)?, self.median(theirs)?);
        let work = format!("{}: {ours}", self.work);
        let row = Row::ratio(
            &work,
            self.files,
            our_cost.time,
            theirs,
            their_cost.time,
            reach,
        );
        let rounds = self.costs(ours)?.iter().zip(self.costs(theirs)?);
        let ratios =
            rounds.map(|(ours, theirs)| ours.time.as_secs_f64() / theirs.time.as_secs_f64());
        Some(row.with(ratios.collect(), our_cost, their_cost))
    }
}

/// Of values that are ordered: times, and the bits of figures that are not negative.
fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut sorted: Vec<_> = values.collect();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

fn cost(command: Command) -> Cost {
    run(Command::new("sync"));
    let begun = Instant::now();
    let used = child::run(command);
    Cost {
        time: begun.elapsed(),
        ..used
    }
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
pub fn peak_memory(command: Command) -> f64 {
    child::run(command).memory
}
