//! The one door to other hosts: ssh, which asks nothing and gives up on a host that does not answer.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the door to the process of ssh"
)]

use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::decide::fleet::elsewhere::words;
use crate::effects::os::disk::in_memory;
use crate::effects::os::{host, process};
use crate::model::answer::Answer;

/// The program.
const SSH: &str = "ssh";
/// Where it finds the user's keys.
const AGENT: &str = "SSH_AUTH_SOCK";

/// Asks another host something: runs a line there, and listens for as long as `patience`.
pub(crate) fn ask(destination: &str, line: &str, patience: Duration) -> Answer {
    let agent = host::variable(AGENT).unwrap_or_default();
    let given = [(AGENT, agent)];
    let words = words(destination, line, false);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    process::ask_in(&given, SSH, &words, patience)
}

/// What a line on another host reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading<'a> {
    /// A terminal: this program's, by one of its own.
    Terminal,
    /// What this program would read.
    Inherited,
    /// This.
    Given(&'a [u8]),
}

/// Runs a line on another host in this one's place: what it says goes where this program's words go. Its exit status: that
/// of the line, or 255 where the host was not reached; none where a signal ended it.
pub(crate) fn run(destination: &str, line: &str, reading: Reading) -> io::Result<Option<i32>> {
    let has_terminal = matches!(reading, Reading::Terminal);
    let mut command = Command::new(SSH);
    command.args(words(destination, line, has_terminal));
    if let Reading::Given(input) = reading {
        command.stdin(Stdio::from(in_memory(input)?));
    }
    Ok(command.status()?.code())
}
