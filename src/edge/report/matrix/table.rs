//! The matrix for people: state by start, one mark a cell, and below it what differs in those that are red.

use crate::edge::report::delta_text;
use crate::edge::report::matrix::document::MatrixDocument;
use crate::edge::report::output::{Screen, style};
use crate::effects::matrix::Cell;
use crate::effects::matrix::cell::CellOutcome;

/// The most differences of a finding that are shown; the reports have all.
const SHOWN: usize = 8;

/// The marks of cells, one character each.
struct CellMarks {
    green: &'static str,
    red: &'static str,
    none: &'static str,
}

impl CellMarks {
    fn of(screen: &Screen) -> Self {
        if screen.writes_utf8 {
            Self {
                green: "✓",
                red: "✗",
                none: "·",
            }
        } else {
            Self {
                green: "+",
                red: "X",
                none: ".",
            }
        }
    }
}

/// The table.
pub(crate) fn table(document: &MatrixDocument, screen: &Screen) -> String {
    let width = document
        .cases
        .iter()
        .map(|case| case.name.chars().count())
        .max()
        .unwrap_or(0);
    let marks = CellMarks::of(screen);
    let mut text = format!("{:width$}", "");
    for start in &document.starts {
        text += &format!("  {}", screen.paint(style::STRONG, start));
    }
    text.push('\n');
    for case in &document.cases {
        text += &format!("{:width$}", case.name);
        for start in &document.starts {
            let mark = match document.cell(&case.name, start).map(|cell| cell.green) {
                Some(true) => screen.paint(style::COMES, marks.green),
                Some(false) => screen.paint(style::ERROR, marks.red),
                None => screen.paint(style::FAINT, marks.none),
            };
            let left = start.len() / 2;
            text += &format!(
                "  {:left$}{mark}{:right$}",
                "",
                "",
                right = start.len() - left - 1
            );
        }
        while text.ends_with(' ') {
            text.pop();
        }
        text.push('\n');
    }
    text
}

/// The findings of a red cell, each with its differences.
pub(crate) fn findings(cell: &Cell, outcome: &CellOutcome, screen: &Screen) -> String {
    let name = format!("{}/{}", cell.case.name, cell.start);
    let mut text = format!(
        "{}  {}\n",
        screen.paint(style::ERROR, name),
        cell.case.title
    );
    for finding in &outcome.findings {
        text += &format!("  {}\n", finding.problem);
        let shown = &finding.deltas[..finding.deltas.len().min(SHOWN)];
        for delta in shown {
            let note = delta
                .note
                .as_deref()
                .map(|note| format!("  ({note})"))
                .unwrap_or_default();
            text += &format!("  {}{note}\n", screen.paint(style::STRONG, &delta.at.path));
        }
        let without_notes: Vec<_> = shown
            .iter()
            .cloned()
            .map(|delta| crate::model::delta::Delta {
                note: None,
                ..delta
            })
            .collect();
        text += &delta_text::text(&without_notes, screen);
        if let Some(more @ 1..) = finding.deltas.len().checked_sub(SHOWN) {
            text += &format!("  and {more} more\n");
        }
    }
    text
}

/// The sums.
pub(crate) fn sums(document: &MatrixDocument, screen: &Screen) -> String {
    let cells = document.green + document.red;
    let seconds = document.milliseconds as f64 / 1000.0;
    let verdict = match document.red {
        0 => screen.paint(style::COMES, "all green"),
        red => screen.paint(style::ERROR, format!("{red} red")),
    };
    let plural = if cells == 1 { "" } else { "s" };
    format!(
        "{cells} cell{plural}, {verdict}; killed at {} points; {seconds:.1} s",
        document.kill_points
    )
}
