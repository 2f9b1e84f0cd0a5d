//! Tables for people: columns as wide as what is in them.

use textwrap::core::display_width;

use crate::edge::report::output::{style, styled};

/// Blanks between two columns.
const GAP: usize = 2;

/// The lines of a table, its heading first. A column in which every cell is empty is left out.
pub(crate) fn table(heading: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| cell_width(&row[column]));
        let widest = cells.max().unwrap_or(0);
        (widest > 0).then(|| widest.max(display_width(heading[column])))
    };
    let widths: Vec<_> = (0..heading.len()).map(width).collect();
    let heading = heading.iter().map(|cell| styled(style::FAINT, cell));
    let heading: Vec<_> = heading.collect();
    std::iter::once(&heading)
        .chain(rows)
        .map(|row| line(row, &widths))
        .collect()
}

fn line(row: &[String], widths: &[Option<usize>]) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        let Some(width) = width else { continue };
        line.push_str(cell);
        let blanks = (width + GAP).saturating_sub(cell_width(cell));
        line.extend(std::iter::repeat_n(' ', blanks));
    }
    line.trim_end().to_owned()
}

/// Columns that a cell takes, whatever its colours.
fn cell_width(cell: &str) -> usize {
    display_width(&anstream::adapter::strip_str(cell).to_string())
}

/// Text of others, as it may stand on a screen: control characters are shown, not sent.
pub(crate) fn harmless(text: &str) -> String {
    let shown = |character: char| {
        if character.is_control() {
            character.escape_default().to_string()
        } else {
            character.to_string()
        }
    };
    text.chars().map(shown).collect()
}

/// A time span in its largest unit, as in `ps`: `7s`, `12m`, `3h`, `5d`.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_its_widest_cell_and_gone_if_all_are_empty() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["a", "", "x"]), row(["\u{65e5}\u{672c}", "", "yy"])];
        let lines = table(&["NAME", "CLASS", "X"], &rows);
        let plain = lines
            .iter()
            .map(|line| anstream::adapter::strip_str(line).to_string());
        let plain: Vec<_> = plain.collect();
        assert_eq!(plain, ["NAME  X", "a     x", "\u{65e5}\u{672c}  yy"]);
    }

    #[test]
    fn text_of_others_moves_no_cursor() {
        assert_eq!(harmless("a\u{1b}[2J\nb\u{9b}"), "a\\u{1b}[2J\\nb\\u{9b}");
    }

    #[test]
    fn a_span_is_told_in_its_largest_unit() {
        let spans = [0, 59, 60, 3599, 3600, 86_399, 86_400].map(span);
        assert_eq!(spans, ["0s", "59s", "1m", "59m", "1h", "23h", "1d"]);
    }
}
