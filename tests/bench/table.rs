//! What was measured: as a line of the table, as JSON.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::contest::Cost;

/// The units of figures.
const UNITS: [&str; 3] = ["ms", "MiB", "%"];

/// One comparison.
pub struct Row {
    /// What was done, and by which way of ours.
    pub work: String,
    /// On how many files; 0 where that is not the question.
    pub files: usize,
    /// Our figure, in the unit.
    pub ours: f64,
    /// Who it is compared with, and their figure; none where the figure stands alone.
    pub theirs: Option<(String, f64)>,
    /// One of [`UNITS`].
    pub unit: &'static str,
    /// What is to be reached: of the ratio, or of the figure that stands alone.
    pub reach: Option<f64>,
    /// What the medians do not tell, where several rounds were run.
    pub rounds: Option<Rounds>,
}

/// What the medians of two contenders do not tell.
#[derive(Clone, Copy)]
pub struct Rounds {
    /// Half of all rounds have a ratio between these two.
    pub half: (f64, f64),
    /// What our run cost.
    pub ours: Cost,
    /// What theirs did.
    pub theirs: Cost,
}

impl Row {
    /// Two times and their ratio.
    pub fn ratio(
        work: &str,
        files: usize,
        ours: Duration,
        against: &str,
        theirs: Duration,
        reach: Option<f64>,
    ) -> Self {
        let theirs = Some((against.to_owned(), millis(theirs)));
        Self {
            work: work.to_owned(),
            files,
            ours: millis(ours),
            theirs,
            unit: "ms",
            reach,
            rounds: None,
        }
    }

    /// Adds the ratios of all rounds, and what a run cost.
    pub fn with(mut self, mut ratios: Vec<f64>, ours: Cost, theirs: Cost) -> Self {
        ratios.sort_by(f64::total_cmp);
        let quarter = ratios.len() / 4;
        let half = ratios.get(quarter).zip(ratios.iter().rev().nth(quarter));
        self.rounds = half.map(|(low, high)| Rounds {
            half: (*low, *high),
            ours,
            theirs,
        });
        self
    }

    /// A figure that stands alone.
    pub fn single(
        work: &str,
        files: usize,
        ours: f64,
        unit: &'static str,
        reach: Option<f64>,
    ) -> Self {
        Self {
            work: work.to_owned(),
            files,
            ours,
            theirs: None,
            unit,
            reach,
            rounds: None,
        }
    }

    /// The figure that is to reach something: the ratio, or our figure alone.
    pub fn verdict(&self) -> f64 {
        self.theirs
            .as_ref()
            .map_or(self.ours, |(_, theirs)| self.ours / theirs)
    }

    /// Whether it is as good as was asked for.
    pub fn is_reached(&self) -> bool {
        self.reach.is_none_or(|reach| self.verdict() <= reach)
    }

    /// The line above the table.
    pub fn heading() -> String {
        let (work, ours) = ("work", "mosaic");
        format!(
            "{work:32} {:>7} {ours:>10}  {:24} {:>10} {:>6} {:>11}  {:>17} {:>15}  reach",
            "files", "against", "", "ratio", "half", "processor, ms", "memory, MiB"
        )
    }

    /// A row out of a report.
    pub fn of_json(row: &Value) -> Self {
        let theirs = row["against"]
            .as_str()
            .map(str::to_owned)
            .zip(row["theirs"].as_f64());
        Self {
            work: row["work"].as_str().unwrap_or_default().to_owned(),
            files: 0,
            ours: row["ours"].as_f64().unwrap_or_default(),
            theirs,
            unit: UNITS
                .into_iter()
                .find(|unit| row["unit"] == *unit)
                .unwrap_or("ms"),
            reach: row["reach"].as_f64(),
            rounds: None,
        }
    }

    fn json(&self) -> Value {
        let (against, theirs) = self.theirs.clone().unzip();
        json!({
            "work": self.work, "files": self.files, "ours": self.ours, "against": against, "theirs": theirs,
            "unit": self.unit, "ratio": self.theirs.as_ref().map(|_| self.verdict()), "reach": self.reach,
            "half": self.rounds.map(|rounds| rounds.half),
            "processor": self.rounds.map(|rounds| json!({
                "ours": millis(rounds.ours.processor), "theirs": millis(rounds.theirs.processor),
            })),
            "memory": self.rounds.map(|rounds| json!({ "ours": rounds.ours.memory, "theirs": rounds.theirs.memory })),
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure = |value: f64| format!("{value:.1} {}", self.unit);
        let (against, theirs) = self.theirs.clone().unzip();
        let (against, theirs) = (
            against.unwrap_or_default(),
            theirs.map_or(String::new(), figure),
        );
        let ratio = self
            .theirs
            .as_ref()
            .map_or(String::new(), |_| format!("{:.2}", self.verdict()));
        let (mut half, mut processor, mut memory) = <(String, String, String)>::default();
        if let Some(rounds) = &self.rounds {
            let (ours, theirs) = (rounds.ours, rounds.theirs);
            half = format!("{:.2}..{:.2}", rounds.half.0, rounds.half.1);
            processor = beside(millis(ours.processor), millis(theirs.processor));
            memory = beside(ours.memory, theirs.memory);
        }
        let reach = self
            .reach
            .map_or(String::new(), |reach| format!("{reach:.2}"));
        let short = if self.is_reached() {
            ""
        } else {
            "  falls short"
        };
        let (work, files, ours) = (&self.work, self.files, figure(self.ours));
        write!(
            f,
            "{work:32} {files:>7} {ours:>10}  {against:24} {theirs:>10} {ratio:>6} {half:>11}  {processor:>17} {memory:>15}  {reach}{short}"
        )
    }
}

/// The whole report for programs.
pub fn json(machine: &str, rows: &[Row]) -> String {
    let rows: Vec<_> = rows.iter().map(Row::json).collect();
    let report = json!({ "schema": "mosaic.bench/1", "machine": machine, "rows": rows });
    serde_json::to_string_pretty(&report).expect("plain values") + "\n"
}

fn beside(ours: f64, theirs: f64) -> String {
    format!("{ours:.1} / {theirs:.1}")
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
