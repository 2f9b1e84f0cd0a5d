//! Shows an error to people: what, where in which file, and what to do.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::edge::error::CommandError;
use crate::edge::report::document::{ErrorDocument, schema_name};
use crate::edge::report::output::{style, styled};
use crate::model::place::TextFault;

/// The text of an error; `flags` make the commands in it be about the home that was meant.
pub(crate) fn text(error: &CommandError, flags: &str) -> String {
    let mut text = match error.text_fault() {
        Some(fault) => snippet(fault),
        None => format!("{}: {}", styled(style::ERROR, "error"), error.message()),
    };
    let remedy = error.text_fault().and_then(|fault| fault.remedy.clone());
    if let Some(advice) = remedy.or_else(|| error.advice(flags)) {
        text += &format!("\n{}: {advice}", styled(style::STRONG, "help"));
    }
    text
}

fn snippet(fault: &TextFault) -> String {
    let annotation = AnnotationKind::Primary.span(fault.span.clone());
    let source = Snippet::source(fault.text.as_str())
        .path(fault.file.as_str())
        .annotation(annotation);
    Renderer::styled().render(&[Level::ERROR
        .primary_title(fault.problem.as_str())
        .element(source)])
}

/// The document of an error.
pub(crate) fn document(error: &CommandError, flags: &str) -> ErrorDocument {
    let fault = error.text_fault();
    ErrorDocument {
        schema: schema_name("error"),
        code: error.code(),
        error: error.message(),
        help: fault
            .and_then(|fault| fault.remedy.clone())
            .or_else(|| error.advice(flags)),
        file: fault.map(|fault| fault.file.clone()),
        line: fault.map(TextFault::line),
        column: fault.map(TextFault::column),
        exit: error.exit() as u8,
    }
}
