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
    let stdin = io::stdin();
    loop {
        // A signal may come just before the waiting begins: it is looked for now and then.
        if context.is_interrupted() {
            output.print("");
            return Err(Error::from(TransactionError::Interrupted).into());
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
    let mut answer = String::new();
    let read = stdin.lock().read_line(&mut answer);
    if !answer.ends_with('\n') {
        output.print("");
    }
    let is_yes = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    if read.is_ok() && is_yes {
        Ok(())
    } else {
        Err(CommandError::Declined)
    }
}
