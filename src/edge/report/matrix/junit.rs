//! The matrix as JUnit XML: a suite a case, a test a cell.

use crate::edge::report::matrix::document::{CellLine, MatrixDocument};

/// Writes the whole document.
pub(crate) fn xml(document: &MatrixDocument) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let tests = document.cells.len();
    let failures = document.red;
    let time = seconds(document.milliseconds);
    xml += &format!(
        "<testsuites name=\"mosaic matrix\" tests=\"{tests}\" failures=\"{failures}\" time=\"{time}\">\n"
    );
    for case in &document.cases {
        let cells: Vec<_> = document
            .cells
            .iter()
            .filter(|cell| cell.case == case.name)
            .collect();
        let failures = cells.iter().filter(|cell| !cell.green).count();
        let time = seconds(cells.iter().map(|cell| cell.milliseconds).sum());
        let name = escaped(&case.name);
        let tests = cells.len();
        xml += &format!(
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" time=\"{time}\">\n"
        );
        cells.iter().for_each(|cell| test(&mut xml, cell));
        xml += "  </testsuite>\n";
    }
    xml + "</testsuites>\n"
}

fn test(xml: &mut String, cell: &CellLine) {
    let [case, start] = [&cell.case, &cell.start].map(|text| escaped(text));
    let time = seconds(cell.milliseconds);
    *xml += &format!("    <testcase classname=\"{case}\" name=\"{start}\" time=\"{time}\"");
    if cell.green {
        *xml += "/>\n";
        return;
    }
    *xml += ">\n";
    let problem = cell.findings.first().map_or("", |finding| &finding.problem);
    *xml += &format!("      <failure message=\"{}\">", escaped(problem));
    for finding in &cell.findings {
        *xml += &format!("{}\n", escaped(&finding.problem));
        finding
            .differences
            .iter()
            .for_each(|line| *xml += &escaped(&line.diff));
    }
    *xml += "</failure>\n    </testcase>\n";
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

/// A text that XML 1.0 takes: characters that it cannot hold at all become `?`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\n' | '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => {
                escaped.push(c);
            }
            '\r' => escaped += "&#13;",
            _ => escaped.push('?'),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_can_end_it() {
        assert_eq!(
            escaped("a<b>\"&]]>\u{1b}[0m\r\né😀\u{fffe}"),
            "a&lt;b&gt;&quot;&amp;]]&gt;?[0m&#13;\né😀?"
        );
    }
}
