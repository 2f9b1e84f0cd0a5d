//! The one place where the program asks a person, and only one who sits at a terminal.

use std::io::{self, BufRead, IsTerminal};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::edge::error::CommandError;
use crate::edge::report::output::Output;
use crate::effects::apply::TransactionError;
use crate::ops::{Context, Error};

const LISTEN_EVERY: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// Tells whether somebody is there who could answer.
pub(crate) fn can_be_asked() -> bool {
    io::stdin().is_terminal()
}

/// Asks, and fails unless the answer is yes. A signal ends the waiting.
pub(crate) fn ask(output: &Output, context: &Context, question: &str) -> Result<(), CommandError> {
    output.ask(&format!("{question} [y/N] "));
    let Some(answer) = line(context) else {
        output.print("");
        return Err(Error::from(TransactionError::Interrupted).into());
    };
    if !answer.ends_with('\n') {
        output.print("");
    }
    let is_yes = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    if is_yes {
        Ok(())
    } else {
        Err(CommandError::Declined)
    }
}

/// Asks for one of several answers; gives what was typed, in lower case. A signal ends the waiting.
pub(crate) fn choose(
    output: &Output,
    context: &Context,
    question: &str,
) -> Result<String, CommandError> {
    output.ask(&format!("{question} "));
    let answer = line(context).filter(|answer| !answer.is_empty());
    let Some(answer) = answer else {
        output.print("");
        return Err(Error::from(TransactionError::Interrupted).into());
    };
    Ok(answer.trim().to_lowercase())
}

/// Waits for Enter, so that what was said can be read. A signal ends the waiting.
pub(crate) fn pause(output: &Output, context: &Context, what: &str) {
    output.ask(what);
    if line(context).is_none() {
        output.print("");
    }
}

/// The line that a person types; empty where it cannot be read, nothing where a signal came first.
fn line(context: &Context) -> Option<String> {
    let stdin = io::stdin();
    loop {
        // A signal may come just before the waiting begins: it is looked for now and then.
        if context.is_interrupted() {
            return None;
        }
        match poll(
            &mut [PollFd::new(&stdin, PollFlags::IN)],
            Some(&LISTEN_EVERY),
        ) {
            Ok(0) | Err(Errno::INTR) => {}
            // What is wrong with the terminal, if anything, shows in the reading.
            _ => break,
        }
    }
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    Some(read.map(|_| line).unwrap_or_default())
}
