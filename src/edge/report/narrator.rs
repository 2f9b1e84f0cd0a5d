//! Tells people of an operation while it runs.

use std::cell::RefCell;

use crate::edge::error::CommandError;
use crate::edge::report::fault;
use crate::edge::report::layout::broken;
use crate::edge::report::ordered_text;
use crate::edge::report::output::{Output, style, styled};
use crate::edge::report::pending_text;
use crate::edge::report::progress::Progress;
use crate::effects::home::HomeError;
use crate::effects::home::pending::Performed;
use crate::ops::{Event, Observer};

/// Below a restarted agent, systemd's words.
const INDENT: &str = "    ";

/// An observer who tells people.
pub(crate) struct Narrator<'a> {
    output: &'a Output,
    /// The flags that make a command be about the home that was meant.
    flags: String,
    progress: RefCell<Option<Progress>>,
}

impl<'a> Narrator<'a> {
    /// A narrator who has told nothing.
    pub(crate) fn new(output: &'a Output, flags: String) -> Self {
        Self {
            output,
            flags,
            progress: RefCell::new(None),
        }
    }

    /// The output that is told through.
    pub(crate) fn output(&self) -> &'a Output {
        self.output
    }

    fn show(&self, progress: Option<Progress>) {
        *self.progress.borrow_mut() = progress;
    }

    fn tell_bad(&self, word: &str, agent: &str, words: &str) {
        let word = styled(style::ALARM, word);
        let words = broken(words, INDENT, usize::MAX);
        self.output.warn(&format!("  {word}  {agent}\n{words}"));
    }
}

impl Observer for Narrator<'_> {
    fn on(&self, event: Event<'_>) {
        // Asked of the terminal once an operation, not once a file.
        let is_shown = || self.output.shows_progress();
        match event {
            Event::Waiting { holder } => {
                let holder = holder.map_or_else(String::new, |holder| format!(" ({holder})"));
                self.output.info(&format!(
                    "Waiting for another mosaic run{holder}; --lock-timeout SECONDS bounds that."
                ));
            }
            Event::Finished(number) => self.output.info(&format!(
                "Finished generation {number}, which an earlier run had committed."
            )),
            Event::Damaged(damage) => {
                let error = CommandError::from(HomeError::from(damage.clone()));
                let text = fault::text(&error, &self.flags);
                self.output.warn(&text.replacen("error", "warning", 1));
                let told = match damage.usable {
                    0 => "as of a home without a record".to_owned(),
                    number => format!("by generation {number}"),
                };
                self.output.warn(&format!("What follows is told {told}.\n"));
            }
            Event::Performed(performed) => tell_performed(self.output, performed),
            Event::SocketMended(mended) => {
                let mended = pending_text::mended(mended);
                self.output.info(&format!("Mended: {mended}."));
            }
            Event::Reading => self.show(Some(Progress::of_reading(is_shown()))),
            Event::Committing { contents, changes } => {
                self.show(Some(Progress::of_commit(is_shown(), contents, changes)));
            }
            Event::Passed(checkpoint) => {
                if let Some(progress) = &*self.progress.borrow() {
                    progress.pass(checkpoint);
                }
            }
            Event::Read | Event::Committed => self.show(None),
            Event::Restarted { agent } => {
                let word = styled(style::CHANGES, "restarted");
                self.output.info(&format!("  {word}  {agent}"));
            }
            Event::HandedOver { report } => self.output.info(&format!(
                "This session is one of the fleet's: the user manager carries the command out. Its report, also where this session ends: {report}"
            )),
            Event::Ordered(ordered) => ordered_text::tell(self.output, ordered),
            Event::Lost { agent, words } => self.tell_bad("failed   ", agent, words),
            Event::Kept { agent, words } => self.tell_bad("kept     ", agent, words),
            Event::RelaunchStopped { left } => self
                .output
                .warn(&format!("Stopped there: {left} more go on as they are.")),
            Event::RelaunchInterrupted { left } => self
                .output
                .warn(&format!("Interrupted: {left} more were not restarted.")),
        }
    }
}

/// Tells what became of what a commit had left to be done.
pub(crate) fn tell_performed(output: &Output, performed: &Performed) {
    for news in &performed.news {
        output.info(&pending_text::news(news));
    }
    for undone in &performed.undone {
        let text = format!(
            "Still to be done, by the next command that changes the home: {} ({})",
            undone.action, undone.why
        );
        // What only waits for a user manager needs nobody.
        if undone.is_waiting {
            output.info_once(&text);
        } else {
            output.warn_once(&text);
        }
    }
}
