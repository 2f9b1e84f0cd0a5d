//! Goes through all points of all scenarios.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;

use crate::judge::judge;
use crate::scenario::{self, Scenario};
use crate::tally::Tally;
use crate::trace::{Fault, HARMLESS, Point, SWEPT, call_of, disturb, trace, undisturbed};

/// As many as a small machine has processors.
const WORKERS: usize = 2;

/// One scenario, one call, one fault: its points come one after the other.
struct Row<'a> {
    scenario: &'a Scenario,
    call: &'static str,
    numbers: Vec<usize>,
    fault: Fault,
}

/// Sweeps, shows the counts, and fails on a violation.
pub fn sweep() {
    let scenarios = scenario::wanted();
    let rows = scenarios.iter().flat_map(rows);
    let queue = Mutex::new(rows.collect::<VecDeque<_>>());
    let tally = Tally::default();
    let next = || queue.lock().expect("no worker panicked").pop_front();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(row) = next() {
                    row.sweep(&tally);
                }
            });
        }
    });
    tally.conclude("Faults by scenario, call and fault");
}

fn rows(scenario: &Scenario) -> impl Iterator<Item = Row<'_>> {
    let world = scenario.before.twin();
    let whole = undisturbed(&world.user(), &world.path("log"), &scenario.arguments);
    SWEPT.iter().flat_map(move |call| {
        let numbers = whole.changes(call);
        faults(call).iter().map(move |fault| Row {
            scenario,
            call,
            numbers: numbers.clone(),
            fault: *fault,
        })
    })
}

fn faults(call: &str) -> &'static [Fault] {
    use Fault::{FromThenOn, Kill, Once};
    match call {
        "fsync" | "syncfs" => &[Kill, Once("EIO"), FromThenOn("EIO"), Once("ENOSPC")],
        "renameat2" => &[
            Kill,
            Once("EIO"),
            FromThenOn("EIO"),
            Once("ENOSPC"),
            FromThenOn("ENOSPC"),
            Once("EDQUOT"),
        ],
        // Opening to read is no change, and would fail, too.
        "openat" => &[Kill, Once("ENOSPC")],
        _ => &[Kill, Once("ENOSPC"), FromThenOn("ENOSPC")],
    }
}

impl Row<'_> {
    fn sweep(&self, tally: &Tally) {
        let mut fired = 0;
        for number in &self.numbers {
            let point = Point {
                call: self.call,
                number: *number,
                fault: self.fault,
            };
            let world = self.scenario.before.twin();
            let run = disturb(
                &world.user(),
                &world.path("log"),
                &self.scenario.arguments,
                point,
            );
            fired += usize::from(run.fired());
            if run.fired() && run.hit_a_change(point) {
                let (call, place) = (
                    format!("{} {}", self.call, self.fault),
                    format!("{point:?}"),
                );
                tally.add(
                    self.scenario.name,
                    &call,
                    &place,
                    judge(self.scenario, point, &world, &run),
                );
            }
        }
        assert!(
            fired > 0 || self.numbers.is_empty(),
            "no fault came at {}: is strace broken?",
            self.call
        );
    }
}

/// Compares the calls that the program makes with those that are swept.
pub fn check_calls() {
    let known: BTreeSet<_> = SWEPT.iter().chain(HARMLESS).copied().collect();
    let mut swept: BTreeSet<&str> = BTreeSet::new();
    let mut unknown = BTreeSet::new();
    for scenario in scenario::all() {
        let world = scenario.before.twin();
        for line in trace(&world.user(), &world.path("log"), &scenario.arguments) {
            let Some(call) = call_of(&line) else { continue };
            if !known.contains(call) {
                unknown.insert(call.to_owned());
            }
            assert!(
                call != "openat2" || !line.contains("O_CREAT"),
                "a change that is not swept: {line}"
            );
            swept.extend(SWEPT.iter().find(|known| **known == call).copied());
        }
    }
    assert_eq!(unknown, BTreeSet::new(), "calls in neither list");
    let may_be_missing = ["fchown", "fsetxattr"];
    let idle = SWEPT
        .iter()
        .filter(|call| !swept.contains(*call) && !may_be_missing.contains(call));
    assert_eq!(
        idle.collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "swept, but never made"
    );
}
