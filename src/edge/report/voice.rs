//! The one voice: every sentence and every document leaves the program here.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use terminal_size::terminal_size_of;

use crate::effects::host;

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loudness {
    /// Only what needs a person.
    Quiet,
    /// What happened.
    Normal,
    /// Every path.
    Verbose,
}

/// Speaks to people on stdout, or, where a program listens on stdout, on stderr.
pub struct Voice {
    people: Box<dyn Write>,
    is_json: bool,
    loudness: Loudness,
    lost: Option<io::Error>,
}

/// The styles of words in reports.
pub mod style {
    use super::{AnsiColor, Style};

    /// Headings.
    pub const STRONG: Style = Style::new().bold();
    /// What is beside the point.
    pub const FAINT: Style = Style::new().dimmed();
    /// What comes.
    pub const COMES: Style = AnsiColor::Green.on_default();
    /// What changes.
    pub const CHANGES: Style = AnsiColor::Cyan.on_default();
    /// What goes.
    pub const GOES: Style = AnsiColor::Magenta.on_default();
    /// What needs a person.
    pub const ALARM: Style = AnsiColor::Yellow.on_default().bold();
    /// What failed.
    pub const ERROR: Style = AnsiColor::Red.on_default().bold();
}

impl Voice {
    /// A voice for one command.
    pub fn new(is_json: bool, loudness: Loudness, color: ColorChoice) -> Self {
        let people: Box<dyn Write> = match is_json {
            true => Box::new(AutoStream::new(io::stderr(), color)),
            false => Box::new(AutoStream::new(io::stdout(), color)),
        };
        Self { people, is_json, loudness, lost: None }
    }

    /// A voice for errors, which go to stderr.
    pub fn for_errors(color: ColorChoice) -> Self {
        Self {
            people: Box::new(AutoStream::new(io::stderr(), color)),
            is_json: false,
            loudness: Loudness::Normal,
            lost: None,
        }
    }

    /// Whether a program listens.
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether to tell every path.
    pub fn is_verbose(&self) -> bool {
        self.loudness == Loudness::Verbose
    }

    /// How many columns the person's terminal has; endless where it is none.
    pub fn columns(&self) -> usize {
        let size = match self.is_json {
            true => terminal_size_of(io::stderr()),
            false => terminal_size_of(io::stdout()),
        };
        size.map_or(usize::MAX, |(width, _)| usize::from(width.0))
    }

    /// Whether a person watches who can be shown how far long work has come.
    pub fn shows_progress(&self) -> bool {
        let is_dumb = host::variable("TERM").is_none_or(|terminal| terminal == "dumb");
        self.loudness > Loudness::Quiet && io::stderr().is_terminal() && !is_dumb
    }

    /// Tells people what happened, unless they asked for quiet.
    pub fn say(&mut self, text: &str) {
        if self.loudness > Loudness::Quiet {
            self.insist(text);
        }
    }

    /// Tells people what needs them, quiet or not. A reader that has gone away is no failure.
    pub fn insist(&mut self, text: &str) {
        let written = writeln!(self.people, "{}", text.trim_end());
        drop(written.and_then(|()| self.people.flush()));
    }

    /// Gives a program its document.
    pub fn document(&mut self, document: &impl Serialize) {
        if self.is_json {
            let text = serde_json::to_string_pretty(document).unwrap_or_default();
            let mut stdout = io::stdout().lock();
            let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
            self.lost = written.err().filter(|error| error.kind() != io::ErrorKind::BrokenPipe);
        }
    }

    /// Why a document did not arrive, if it did not. A reader that has gone away is no failure.
    pub fn lost(&self) -> Option<&io::Error> {
        self.lost.as_ref()
    }
}

/// A text in a style.
pub fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
