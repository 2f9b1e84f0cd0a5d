//! The document of a run of the matrix; all other reports are made of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::decide::matrix::trees::deltas;
use crate::decide::matrix::verdict::{Check, Discrepancy};
use crate::edge::report::delta_text::{self, DeltaLine};
use crate::edge::report::document::schema_name;
use crate::effects::matrix::Cell;
use crate::effects::matrix::cell::CellOutcome;
use crate::model::path::RelPath;

/// `matrix run`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct MatrixDocument {
    /// `mosaic.matrix.run/1`.
    pub schema: String,
    /// The release that the cases are to arrive at.
    pub release: String,
    /// The starts, in order.
    pub starts: Vec<String>,
    /// The cases that were asked for, in order.
    pub cases: Vec<CaseLine>,
    /// The cells of those cases, by case and start.
    pub cells: Vec<CellLine>,
    /// The number of green cells.
    pub green: usize,
    /// The number of red cells.
    pub red: usize,
    /// The number of points at which commands were killed, in all cells together.
    pub kill_points: usize,
    /// The duration of the run, in milliseconds.
    pub milliseconds: u64,
}

/// A case: a state that operators leave a home in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct CaseLine {
    /// The name of the case's folder.
    pub name: String,
    /// The case's particularity, in a few words.
    pub title: String,
}

/// A cell: one case from one start.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct CellLine {
    /// The name of the case.
    pub case: String,
    /// The name of the start.
    pub start: String,
    /// Set where the cell has no findings.
    pub green: bool,
    /// The findings: what is not as it must be.
    pub findings: Vec<CellFinding>,
    /// The exit status of the command; null where a signal ended it.
    pub exit: Option<i32>,
    /// The actions by path, as the command's document has them.
    pub actions: Vec<BTreeMap<String, String>>,
    /// The migrations, as the command's document has them.
    pub migrations: Vec<Outcomes>,
    /// The changes of the operator's files, secrets masked.
    pub operators: Vec<DeltaLine>,
    /// The text that people read.
    pub messages: String,
    /// The number of points at which the command was killed.
    pub kill_points: usize,
    /// The duration of the cell, in milliseconds.
    pub milliseconds: u64,
}

/// A migration in a cell.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Outcomes {
    /// The migration's id.
    pub id: String,
    /// The migration's outcome, as in `update --json`.
    pub outcome: String,
    /// The files that the migration edited.
    pub edits: Vec<String>,
}

/// A finding: one thing that is not as it must be.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct CellFinding {
    /// The check that found it.
    pub check: Check,
    /// The problem, in a sentence.
    pub problem: String,
    /// The differences, secrets masked: before is what must be, after what was found.
    pub differences: Vec<DeltaLine>,
}

impl MatrixDocument {
    /// Describes a run; the sums are made of the cells.
    pub(crate) fn new(
        release: String,
        starts: Vec<String>,
        cases: Vec<CaseLine>,
        cells: Vec<CellLine>,
    ) -> Self {
        let green = cells.iter().filter(|cell| cell.green).count();
        Self {
            schema: schema_name("matrix.run"),
            release,
            starts,
            cases,
            green,
            red: cells.len() - green,
            kill_points: cells.iter().map(|cell| cell.kill_points).sum(),
            milliseconds: 0,
            cells,
        }
    }

    /// The cell of a case and a start, if it was played.
    pub(crate) fn cell(&self, case: &str, start: &str) -> Option<&CellLine> {
        self.cells
            .iter()
            .find(|cell| cell.case == case && cell.start == start)
    }
}

/// Describes a cell. What ships is not the operator's.
pub(crate) fn cell_line(
    cell: &Cell,
    outcome: &CellOutcome,
    shipped: &dyn Fn(&RelPath) -> bool,
) -> CellLine {
    let lines = |field: &str| {
        outcome.real.document[field]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let operators = deltas(&outcome.trees.before, &outcome.trees.after);
    CellLine {
        case: cell.case.name.clone(),
        start: cell.start.to_string(),
        green: outcome.findings.is_empty(),
        findings: outcome.findings.iter().map(finding_line).collect(),
        exit: outcome.real.exit,
        actions: lines("actions").iter().map(texts).collect(),
        migrations: lines("migrations").iter().map(migration).collect(),
        operators: operators
            .iter()
            .filter(|delta| delta.at.path.as_str() != "home" && !shipped(&delta.at.path))
            .map(delta_text::line)
            .collect(),
        messages: outcome.real.people.clone(),
        kill_points: outcome.kill_points,
        milliseconds: u64::try_from(outcome.elapsed.as_millis()).unwrap_or(u64::MAX),
    }
}

fn texts(line: &Value) -> BTreeMap<String, String> {
    let fields = line.as_object().into_iter().flatten();
    fields
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn migration(line: &Value) -> Outcomes {
    let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
    let edits = line["edits"].as_array().into_iter().flatten();
    let edits = edits
        .filter_map(|path| path.as_str().map(ToOwned::to_owned))
        .collect();
    Outcomes {
        id: text("id"),
        outcome: text("outcome"),
        edits,
    }
}

fn finding_line(finding: &Discrepancy) -> CellFinding {
    CellFinding {
        check: finding.check,
        problem: finding.problem.clone(),
        differences: finding.deltas.iter().map(delta_text::line).collect(),
    }
}
