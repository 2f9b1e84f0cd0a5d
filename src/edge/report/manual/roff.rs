//! The language of manual pages: what is written stays what it is, and no reader finds a fault in it.

/// Lines of text are no longer than that; escapes make them a little longer.
const WIDTH: usize = 66;

/// A manual page that is being written.
pub(super) struct Page {
    text: String,
    /// Set right after a heading, where a paragraph needs no mark.
    is_begun: bool,
}

impl Page {
    /// A page with its title line.
    pub(super) fn new(name: &str, section: u8, date: &str, source: &str) -> Self {
        let title = escaped(&name.to_uppercase());
        Self {
            text: format!(".TH {title} {section} {date} \"{source}\"\n"),
            is_begun: false,
        }
    }

    /// Begins a section.
    pub(super) fn section(&mut self, heading: &str) {
        self.text += &format!(".SH {}\n", quoted(&heading.to_uppercase()));
        self.is_begun = true;
    }

    /// A paragraph of text.
    pub(super) fn paragraph(&mut self, text: &str) {
        if !self.is_begun {
            self.text += ".PP\n";
        }
        self.lines(text);
    }

    /// A term, in the page's own marks, and what is said of it.
    pub(super) fn term(&mut self, term: &str, text: &str) {
        self.text += &format!(".TP\n{term}\n");
        self.lines(if text.is_empty() { "\u{200b}" } else { text });
    }

    /// A text as it is typed.
    pub(super) fn typed(&mut self, lines: &[&str]) {
        if !self.is_begun {
            self.text += ".PP\n";
        }
        let lines: String = lines
            .iter()
            .map(|line| guarded(&escaped(line.trim_end())))
            .collect();
        self.text += &format!(".nf\n{lines}.fi\n");
        self.is_begun = false;
    }

    /// The page as a file.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    /// A line in the page's own marks.
    pub(super) fn raw(&mut self, line: &str) {
        self.text += &guarded(line);
        self.is_begun = false;
    }

    fn lines(&mut self, text: &str) {
        let text = text.replace('\u{200b}', "");
        if text.is_empty() {
            self.text += "\\&\n";
        }
        for line in textwrap::wrap(&text, WIDTH) {
            self.text += &guarded(&emphasized(line.trim_end()));
        }
        self.is_begun = false;
    }
}

/// Bold, as it is typed.
pub(super) fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", escaped(text))
}

/// What stands for a value.
pub(super) fn italic(text: &str) -> String {
    format!("\\fI{}\\fR", escaped(text))
}

/// Text in which nothing means anything to a reader of manuals.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

/// A line that is no request, whatever it begins with.
fn guarded(line: &str) -> String {
    let guard = if line.starts_with(['.', '\'']) {
        "\\&"
    } else {
        ""
    };
    format!("{guard}{line}\n")
}

/// Marks of code and of emphasis, as far as they are closed in their line.
fn emphasized(line: &str) -> String {
    let is_closed = line.matches("**").count().is_multiple_of(2);
    let line = line.replace("**", if is_closed { "`" } else { "**" });
    let parts: Vec<_> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(&line.replace('`', ""));
    }
    let part = |(at, part): (usize, &&str)| {
        if at % 2 == 1 {
            bold(part)
        } else {
            escaped(part)
        }
    };
    parts.iter().enumerate().map(part).collect()
}

fn quoted(text: &str) -> String {
    if text.contains(' ') {
        format!("\"{}\"", escaped(text))
    } else {
        escaped(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_stays_what_it_is() {
        let mut page = Page::new("mosaic-why", 1, "2026-01-01", "mosaic 1");
        page.section("Name");
        page.paragraph(".mosaicpreserve is a `file` with \\ in it, and a -");
        page.typed(&["'quoted'"]);
        let text = String::from_utf8(page.into_bytes()).unwrap();
        assert_eq!(
            text,
            ".TH MOSAIC\\-WHY 1 2026-01-01 \"mosaic 1\"\n.SH NAME\n\\&.mosaicpreserve is a \\fBfile\\fR with \\e in it, and a \\-\n.PP\n.nf\n\\&'quoted'\n.fi\n"
        );
    }
}
