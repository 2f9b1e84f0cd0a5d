//! The rows as a picture: for each work a pair of bars, as long as they took, the longer one at full length.

use std::fmt::Write;

use crate::table::Row;

const WIDTH: usize = 790;
const LEFT: usize = 330;
const BAR: usize = 11;
const ROW: usize = 38;
const TOP: usize = 34;

/// An SVG that can be read on light and dark ground.
pub fn svg(machine: &str, rows: &[Row]) -> String {
    let height = TOP + rows.len() * ROW + 24;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"ui-sans-serif, system-ui, sans-serif\" font-size=\"12\">\n\
         <style>text {{ fill: #57606a }} .ours {{ fill: #2da44e }} .short {{ fill: #bf8700 }} \
         .theirs {{ fill: #8c959f }} @media (prefers-color-scheme: dark) {{ text {{ fill: #adbac7 }} }}</style>\n\
         <text x=\"8\" y=\"20\">shorter is better; {}</text>\n",
        escaped(machine)
    );
    for (number, row) in rows.iter().enumerate() {
        bars(&mut svg, row, TOP + number * ROW);
    }
    svg + "</svg>\n"
}

fn bars(svg: &mut String, row: &Row, y: usize) {
    let class = if row.is_reached() { "ours" } else { "short" };
    let reach = || row.reach.map(|reach| ("reach".to_owned(), reach));
    let other = row
        .theirs
        .clone()
        .or_else(reach)
        .map(|(name, value)| ("theirs", name, value));
    let bars = [Some((class, "mosaic".to_owned(), row.ours)), other];
    let longest = bars
        .iter()
        .flatten()
        .fold(f64::MIN_POSITIVE, |longest, (_, _, value)| {
            longest.max(*value)
        });
    let files = if row.files == 0 {
        String::new()
    } else {
        format!(", {} files", row.files)
    };
    // Writing to a String cannot fail.
    let _ = writeln!(
        svg,
        "<text x=\"8\" y=\"{}\">{}{files}</text>",
        y + BAR + 4,
        escaped(&row.work)
    );
    for (line, (class, name, value)) in bars.iter().flatten().enumerate() {
        let (y, length) = (y + line * (BAR + 3), (value / longest * 260.0).max(1.0));
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\"/>\
             <text x=\"{:.1}\" y=\"{}\">{} {value:.1} {}</text>",
            LEFT as f64 + length + 6.0,
            y + BAR - 1,
            escaped(name),
            row.unit
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
