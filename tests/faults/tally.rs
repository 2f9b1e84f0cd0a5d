//! Counts points, and shows the counts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Mutex;

use crate::judge::{Broken, Outcome};

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    fired: usize,
    old: usize,
    new: usize,
    violations: usize,
}

/// The counts of one sweep, by a name and a call.
#[derive(Default)]
pub struct Tally {
    counts: Mutex<BTreeMap<(String, String), Count>>,
    broken: Mutex<Vec<Broken>>,
}

impl Tally {
    /// Counts one point whose fault came.
    pub fn add(&self, name: &str, call: &str, point: &str, judged: Result<Outcome, Broken>) {
        let mut counts = self.counts.lock().expect("no judge panicked");
        let count = counts
            .entry((name.to_owned(), call.to_owned()))
            .or_default();
        count.fired += 1;
        match judged {
            Ok(Outcome::Old) => count.old += 1,
            Ok(Outcome::New) => count.new += 1,
            Err(why) => {
                count.violations += 1;
                let why = format!("{name}, {call}, {point}: {why}");
                show(&format!("violation: {why}\n"));
                self.broken.lock().expect("no judge panicked").push(why);
            }
        }
    }

    /// Shows one row, as soon as it is complete: a campaign is long.
    pub fn tell(&self, name: &str, call: &str) {
        let counts = self.counts.lock().expect("no judge panicked");
        let count = counts.get(&(name.to_owned(), call.to_owned()));
        show(&row(name, call, count.copied().unwrap_or_default()));
    }

    /// Shows the counts, whether the test is captured or not, and fails on any violation.
    pub fn conclude(&self, title: &str) {
        let counts = self.counts.lock().expect("no judge panicked");
        let mut text = format!("\n{title}\n");
        let mut all = Count::default();
        for ((name, call), count) in counts.iter() {
            text += &row(name, call, *count);
            all.fired += count.fired;
            all.old += count.old;
            all.new += count.new;
            all.violations += count.violations;
        }
        let Count {
            fired,
            old,
            new,
            violations,
        } = all;
        let _ = writeln!(
            text,
            "points fired: {fired}, old: {old}, new: {new}, violations: {violations}"
        );
        show(&text);
        let broken = self.broken.lock().expect("no judge panicked");
        assert!(fired > 0, "no fault came");
        assert!(
            broken.is_empty(),
            "{violations} of {fired} points broke a promise:\n{}",
            broken.join("\n")
        );
    }
}

fn row(name: &str, call: &str, count: Count) -> String {
    let Count {
        fired,
        old,
        new,
        violations,
    } = count;
    format!(
        "  {name:20} {call:22} fired {fired:4}  old {old:4}  new {new:4}  violations {violations}\n"
    )
}

fn show(text: &str) {
    // Nothing is lost where nobody can be told.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
