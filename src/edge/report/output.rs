//! The output: every sentence and every document leaves the program here.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use terminal_size::terminal_size_of;

use crate::edge::report::stamp::Stamped;
use crate::effects::os::host;
use crate::effects::os::pager;
use crate::model::ignore::Ignore;

/// The verbosity: `-q`, the default, `-v`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Only matters that need a person.
    Quiet,
    /// Everything that happens; many paths in sum.
    Normal,
    /// Every path.
    Verbose,
}

/// Writes to people on stdout; where a program reads stdout, people get only warnings and errors, on stderr.
pub(crate) struct Output {
    people: RefCell<Box<dyn Write>>,
    is_json: bool,
    verbosity: Verbosity,
    screen: Screen,
    lost: RefCell<Option<io::Error>>,
    told: RefCell<BTreeSet<String>>,
    has_reader_left: Cell<bool>,
}

/// The screen that people's text is read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Screen {
    /// Set where text is coloured.
    pub is_coloured: bool,
    /// Set where it is a terminal, and no file or program.
    pub is_terminal: bool,
    /// Set where it shows more than ASCII.
    pub writes_utf8: bool,
}

impl Screen {
    fn of(stream: &impl RawStream, color: ColorChoice) -> Self {
        let choice = if color == ColorChoice::Auto {
            AutoStream::choice(stream)
        } else {
            color
        };
        let is_terminal = anstream::stream::IsTerminal::is_terminal(stream);
        Self {
            is_coloured: choice != ColorChoice::Never,
            is_terminal,
            writes_utf8: host::writes_utf8(),
        }
    }

    /// A text in a style, where there are colours.
    pub(crate) fn paint(&self, style: Style, text: impl std::fmt::Display) -> String {
        if self.is_coloured {
            styled(style, text)
        } else {
            text.to_string()
        }
    }

    /// A text of ours in the characters that this screen shows.
    pub(crate) fn writable<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.writes_utf8 || text.is_ascii() {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(text.replace('→', "->").replace('•', "*"))
        }
    }

    /// A sentence as it reads on this screen.
    pub(crate) fn spoken(&self, sentence: &str) -> String {
        let sentence = self.writable(sentence);
        if self.is_coloured {
            sentence.into_owned()
        } else {
            anstream::adapter::strip_str(&sentence).to_string()
        }
    }
}

/// The styles of words in reports.
pub(crate) mod style {
    use super::{AnsiColor, Style};

    /// Headings.
    pub(crate) const STRONG: Style = Style::new().bold();
    /// Asides: reasons, counts.
    pub(crate) const FAINT: Style = Style::new().dimmed();
    /// Paths that come, and checks that pass.
    pub(crate) const COMES: Style = AnsiColor::Green.on_default();
    /// Paths and units that change.
    pub(crate) const CHANGES: Style = AnsiColor::Cyan.on_default();
    /// Paths that go.
    pub(crate) const GOES: Style = AnsiColor::Magenta.on_default();
    /// Matters that need a person.
    pub(crate) const ALARM: Style = AnsiColor::Yellow.on_default().bold();
    /// Failures.
    pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
    /// A line that is there only before.
    pub(crate) const LINE_GOES: Style = AnsiColor::Red.on_default();
    /// A line that is there only after.
    pub(crate) const LINE_COMES: Style = AnsiColor::Green.on_default();
}

impl Output {
    /// The output of one command.
    pub(crate) fn new(is_json: bool, verbosity: Verbosity, color: ColorChoice) -> Self {
        if is_json {
            return Self {
                is_json,
                verbosity,
                ..Self::for_errors(color)
            };
        }
        Self {
            people: RefCell::new(Box::new(AutoStream::new(io::stdout(), color))),
            is_json,
            verbosity,
            screen: Screen::of(&io::stdout(), color),
            lost: RefCell::new(None),
            told: RefCell::default(),
            has_reader_left: Cell::new(false),
        }
    }

    /// An output for errors, which go to stderr.
    pub(crate) fn for_errors(color: ColorChoice) -> Self {
        Self {
            people: RefCell::new(Box::new(AutoStream::new(io::stderr(), color))),
            is_json: false,
            verbosity: Verbosity::Normal,
            screen: Screen::of(&io::stderr(), color),
            lost: RefCell::new(None),
            told: RefCell::default(),
            has_reader_left: Cell::new(false),
        }
    }

    /// The screen that people's text is read on.
    pub(crate) fn screen(&self) -> Screen {
        self.screen
    }

    /// Tells whether a program reads the answer.
    pub(crate) fn is_json(&self) -> bool {
        self.is_json
    }

    /// Tells whether every path is to be told.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// The columns of the person's terminal; endless where it is none.
    pub(crate) fn columns(&self) -> usize {
        let size = if self.is_json {
            terminal_size_of(io::stderr())
        } else {
            terminal_size_of(io::stdout())
        };
        size.map_or(usize::MAX, |(width, _)| usize::from(width.0))
    }

    /// Tells whether the answer goes to a terminal.
    pub(crate) fn is_on_terminal(&self) -> bool {
        self.screen.is_terminal
    }

    /// Tells whether a person watches who can be shown the progress of long work.
    pub(crate) fn shows_progress(&self) -> bool {
        let is_dumb = host::variable("TERM").is_none_or(|terminal| terminal == "dumb");
        self.verbosity > Verbosity::Quiet && io::stderr().is_terminal() && !is_dumb
    }

    /// Tells people what happened, unless they asked for quiet or a program reads the answer.
    pub(crate) fn info(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.print(text);
        }
    }

    /// Prints an answer for people, quiet or not; a program has its document.
    pub(crate) fn print(&self, text: &str) {
        if !self.is_json {
            self.write(text);
        }
    }

    /// Tells people beside the answer, on stderr, so that the answer itself may go into a file.
    pub(crate) fn aside(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet && !self.is_json {
            let mut errors = anstream::stderr();
            writeln!(errors, "{text}").ignore("who cannot be told has the answer");
        }
    }

    /// Tells people, on stderr and quiet or not, why a command ends as failed that has answered all the same.
    pub(crate) fn fail(&self, text: &str) {
        let written = writeln!(io::stderr(), "{}", self.screen.spoken(text));
        written.ignore("who cannot be told has the exit status");
    }

    /// Tells people what happened, unless this command has told just that.
    pub(crate) fn info_once(&self, text: &str) {
        if self.told.borrow_mut().insert(text.to_owned()) {
            self.info(text);
        }
    }

    /// Tells people what needs them, quiet or not, unless this command has told just that.
    pub(crate) fn warn_once(&self, text: &str) {
        if self.told.borrow_mut().insert(text.to_owned()) {
            self.warn(text);
        }
    }

    /// Tells people what needs them, quiet or not.
    pub(crate) fn warn(&self, text: &str) {
        self.write(text);
    }

    /// Writes a line. A reader that has gone away is no failure.
    fn write(&self, text: &str) {
        let mut people = self.people.borrow_mut();
        let written = writeln!(people, "{}", self.screen.writable(text.trim_end()));
        let written = written.and_then(|()| people.flush());
        // Where a program reads, the document is the answer.
        if !self.is_json {
            self.lose(written);
        }
    }

    /// Shows a text byte for byte, unless people asked for quiet or a program reads the answer: with the pager, where
    /// there is one and a person reads on a terminal. A reader that has gone away is no failure.
    pub(crate) fn show(&self, text: &str, pager: Option<&OsStr>) {
        if self.verbosity == Verbosity::Quiet || self.is_json || text.is_empty() {
            return;
        }
        let pager = pager.filter(|_| self.screen.is_terminal);
        if pager.is_some_and(|pager| pager::show(pager, text)) {
            return;
        }
        let mut raw = io::stdout();
        let written = raw.write_all(text.as_bytes()).and_then(|()| raw.flush());
        self.lose(written);
    }

    /// Asks people something; the answer comes on the same line.
    pub(crate) fn ask(&self, question: &str) {
        let mut people = self.people.borrow_mut();
        let written = write!(people, "{question}").and_then(|()| people.flush());
        written.ignore("who cannot be asked does not answer yes");
    }

    /// Shows lines in the place of those before; where no terminal shows them, one look below the other.
    pub(crate) fn redraw(&self, lines: &[String]) {
        const HOME: &str = "\x1b[H";
        const REST_OF_LINE: &str = "\x1b[K";
        const REST: &str = "\x1b[J";
        if self.is_json {
            return;
        }
        if !self.screen.is_terminal {
            lines.iter().for_each(|line| self.write(line));
            return self.write("");
        }
        let rows = terminal_size_of(io::stdout()).map_or(usize::MAX, |(_, rows)| rows.0.into());
        let shown = lines.iter().take(rows.saturating_sub(1));
        let shown = shown.map(|line| format!("{}{REST_OF_LINE}\n", self.screen.spoken(line)));
        let mut raw = io::stdout().lock();
        let written = write!(raw, "{HOME}{}{REST}", shown.collect::<String>());
        self.lose(written.and_then(|()| raw.flush()));
    }

    /// Gives a program a document in a line of its own: one of many.
    pub(crate) fn document_line(&self, document: &impl Serialize) {
        if self.is_json {
            let text = serde_json::to_string(&Stamped::now(document)).unwrap_or_default();
            let mut stdout = io::stdout().lock();
            let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
            self.lose(written);
        }
    }

    /// Tells whether the reader has gone away: more that is written reaches nobody.
    pub(crate) fn has_reader_left(&self) -> bool {
        self.has_reader_left.get()
    }

    /// Gives a program its document.
    pub(crate) fn document(&self, document: &impl Serialize) {
        if self.is_json {
            let text = serde_json::to_string_pretty(&Stamped::now(document)).unwrap_or_default();
            let mut stdout = io::stdout().lock();
            let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
            self.lose(written);
        }
    }

    /// Repeats what another run of this program said: its answer, and its errors and warnings.
    pub(crate) fn repeat(&self, answer: &str, errors: &str) {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(answer.as_bytes());
        self.lose(written.and_then(|()| stdout.flush()));
        let mut stderr = io::stderr().lock();
        let written = stderr.write_all(errors.as_bytes());
        self.lose(written.and_then(|()| stderr.flush()));
    }

    /// Passes bytes on as they are; whether somebody reads them still.
    pub(crate) fn pass_on(&self, bytes: &[u8]) -> bool {
        let mut raw = io::stdout().lock();
        let written = raw.write_all(bytes).and_then(|()| raw.flush());
        let is_read = written.is_ok();
        self.lose(written);
        is_read
    }

    /// Keeps the error that kept an answer from arriving.
    pub(crate) fn lose(&self, written: io::Result<()>) {
        let lost = written.err();
        let has_left = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        if lost.as_ref().is_some_and(has_left) {
            self.has_reader_left.set(true);
        }
        let lost = lost.filter(|error| !has_left(error));
        if let Some(error) = lost {
            self.lost.borrow_mut().get_or_insert(error);
        }
    }

    /// The error that kept an answer from arriving, if one did. A reader that has gone away is no failure.
    pub(crate) fn lost(&self) -> Option<String> {
        self.lost.borrow().as_ref().map(ToString::to_string)
    }
}

/// A text in a style.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
