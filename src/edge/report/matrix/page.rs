//! The matrix as one page that needs nothing else: the grid, and behind each cell what happened there.

use crate::edge::report::matrix::document::MatrixDocument;

const HEAD: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the whole page.
pub(crate) fn html(document: &MatrixDocument) -> String {
    let mut page = String::new();
    let title = format!("Migration matrix to {}", document.release);
    page += &format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{HEAD}</style>\n</head>\n<body>\n",
        title = escaped(&title)
    );
    page += &heading(document);
    page += &grid(document);
    page += "<div id=\"veil\" hidden></div>\n<aside id=\"panel\" role=\"dialog\" aria-modal=\"true\" aria-labelledby=\"panel-title\" tabindex=\"-1\" hidden></aside>\n";
    // No text in it can end the element that it stands in.
    let cells = serde_json::to_string(document)
        .unwrap_or_default()
        .replace('<', "\\u003c");
    page += &format!(
        "<script type=\"application/json\" id=\"run\">{cells}</script>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
    );
    page
}

fn heading(document: &MatrixDocument) -> String {
    let MatrixDocument { green, red, .. } = document;
    let (verdict, class) = match red {
        0 => ("All green".to_owned(), "green"),
        1 => ("1 cell is red".to_owned(), "red"),
        red => (format!("{red} cells are red"), "red"),
    };
    let figure =
        |number: String, label: &str| format!("<div><dt>{label}</dt><dd>{number}</dd></div>");
    let figures = [
        figure((green + red).to_string(), "cells"),
        figure(green.to_string(), "green"),
        figure(red.to_string(), "red"),
        figure(document.kill_points.to_string(), "kills"),
        figure(
            format!("{:.1} s", document.milliseconds as f64 / 1000.0),
            "time",
        ),
    ];
    format!(
        "<header>\n<div><p class=\"eyebrow\">Migration matrix</p><h1><span class=\"verdict {class}\">{verdict}</span> <span class=\"to\">on the way to {}</span></h1></div>\n<dl>{}</dl>\n<label class=\"only\"><input type=\"checkbox\" id=\"only-red\"> only rows with red cells</label>\n</header>\n",
        escaped(&document.release),
        figures.concat(),
    )
}

fn grid(document: &MatrixDocument) -> String {
    let mut grid =
        String::from("<main>\n<table>\n<thead><tr><th scope=\"col\" class=\"corner\">state</th>");
    for start in &document.starts {
        grid += &format!("<th scope=\"col\">{}</th>", escaped(start));
    }
    grid += "</tr></thead>\n<tbody>\n";
    for case in &document.cases {
        let is_red = document
            .cells
            .iter()
            .any(|cell| cell.case == case.name && !cell.green);
        grid += &format!(
            "<tr{}><th scope=\"row\"><span class=\"name\">{}</span><span class=\"title\">{}</span></th>",
            if is_red { " class=\"has-red\"" } else { "" },
            escaped(&case.name),
            escaped(&case.title)
        );
        for start in &document.starts {
            grid += &cell(document, &case.name, start);
        }
        grid += "</tr>\n";
    }
    grid + "</tbody>\n</table>\n<p id=\"none-red\" hidden>No cell is red.</p>\n</main>\n"
}

fn cell(document: &MatrixDocument, case: &str, start: &str) -> String {
    let Some(cell) = document.cell(case, start) else {
        return "<td class=\"none\"><span title=\"not a case of this start\">·</span></td>"
            .to_owned();
    };
    let (class, mark) = if cell.green {
        ("green", "✓")
    } else {
        ("red", "✗")
    };
    let name = escaped(&format!("{case}/{start}"));
    let applied = cell
        .migrations
        .iter()
        .filter(|line| line.outcome == "applied")
        .count();
    let badge = if applied > 0 {
        format!("<sup>{applied}</sup>")
    } else {
        String::new()
    };
    format!(
        "<td><a class=\"{class}\" href=\"#{name}\" data-cell=\"{name}\" aria-label=\"{name}: {class}\">{mark}{badge}</a></td>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
