//! The ratios as a picture: a line a work, on one logarithmic axis with 1 in the middle.

use std::fmt::Write;

use crate::table::Row;

const WIDTH: f64 = 860.0;
/// Where the ratio is 1.
const MIDDLE: f64 = 560.0;
/// The room of a doubling.
const DOUBLING: f64 = 68.0;
/// So often doubled or halved, the axis ends.
const DOUBLINGS: f64 = 3.0;
const ROW: usize = 20;
const TOP: usize = 58;

/// An SVG that can be read on light and dark ground. Figures without a peer are in the table only.
pub fn svg(machine: &str, rows: &[Row]) -> String {
    let rows: Vec<_> = rows.iter().filter(|row| row.theirs.is_some()).collect();
    let end = TOP + rows.len() * ROW;
    let height = end + 12;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"ui-sans-serif, system-ui, sans-serif\" font-size=\"12\">\n\
         <style>text {{ fill: #57606a }} .axis {{ stroke: #8c959f }} .ours {{ fill: #2da44e; stroke: #2da44e }} \
         .short {{ fill: #bf8700; stroke: #bf8700 }} \
         @media (prefers-color-scheme: dark) {{ text {{ fill: #adbac7 }} }}</style>\n\
         <text x=\"8\" y=\"16\">{}</text>\n\
         <text x=\"8\" y=\"34\">left of 1 mosaic is faster; the line is half of all rounds, the bar what is to be reached</text>\n",
        escaped(machine)
    );
    for ratio in [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0] {
        let (x, width) = (place(ratio), if ratio == 1.0 { 1.5 } else { 0.3 });
        // Writing to a String cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"52\" text-anchor=\"middle\">{ratio}</text>\
             <line class=\"axis\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{end}\" stroke-width=\"{width}\"/>"
        );
    }
    for (number, row) in rows.iter().enumerate() {
        line(&mut svg, row, TOP + number * ROW + ROW / 2);
    }
    svg + "</svg>\n"
}

fn line(svg: &mut String, row: &Row, y: usize) {
    let class = if row.is_reached() { "ours" } else { "short" };
    let files = match row.files {
        0 => String::new(),
        files => format!(", {files} files"),
    };
    let against = row.theirs.as_ref().map_or("", |(name, _)| name);
    let told = format!("{}{files} / {against}", row.work);
    let (x, baseline) = (place(row.verdict()), y + 4);
    let (low, high) = row.rounds.map_or((x, x), |rounds| {
        (place(rounds.half.0), place(rounds.half.1))
    });
    let _ = writeln!(
        svg,
        "<text x=\"8\" y=\"{baseline}\">{}</text><line class=\"{class}\" x1=\"{low:.1}\" x2=\"{high:.1}\" \
         y1=\"{y}\" y2=\"{y}\" stroke-width=\"2\"/><circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y}\" r=\"4\"/>\
         <text x=\"{WIDTH}\" y=\"{baseline}\" text-anchor=\"end\">{:.2}</text>",
        escaped(&told),
        row.verdict()
    );
    if let Some(reach) = row.reach.map(place) {
        let _ = writeln!(
            svg,
            "<line class=\"axis\" x1=\"{reach:.1}\" x2=\"{reach:.1}\" y1=\"{}\" y2=\"{}\" stroke-width=\"2\"/>",
            y - 7,
            y + 7
        );
    }
}

fn place(ratio: f64) -> f64 {
    let doublings = ratio.max(f64::MIN_POSITIVE).log2();
    MIDDLE + doublings.clamp(-DOUBLINGS, DOUBLINGS) * DOUBLING
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
