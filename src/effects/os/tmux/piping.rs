//! The one pipe that tmux has for a pane's output: opened only where there is none, closed by who has it.

use std::path::Path;
use std::time::Duration;

use super::client;
use super::typing::Keyboard;
use crate::effects::os::process;
use crate::model::answer::Answer;
use crate::model::tmux::Silence;

/// Time that a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a server says to the wish for a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opened {
    /// The pipe is open, and the program runs.
    Now,
    /// There is a pipe already: it stays as it is.
    Taken,
    /// The pane is another by now, or dead.
    Gone,
}

/// Lets the output of a pane go to a program's input from now on, if it goes nowhere yet. The look and the opening are one
/// list of commands, which tmux carries out without doing anything between.
///
/// # Errors
///
/// Why the server does not tell.
pub(crate) fn open(pane: &Keyboard, words: &[&str]) -> Result<Opened, Silence> {
    let program: Vec<_> = words.iter().map(|word| for_shell(word)).collect();
    let program = for_tmux(&format!("exec {}", program.join(" ")));
    let free = format!("#{{&&:{},#{{==:#{{pane_pipe}},0}}}}", pane.is_same());
    let target = pane.pane;
    let opens = format!("pipe-pane -t {target} {program} ; display-message -p now");
    let asks = [
        "if-shell",
        "-F",
        "-t",
        target,
        &free,
        &opens,
        "display-message -p no",
        ";",
        "display-message",
        "-p",
        "-t",
        target,
        &pane.is_same(),
    ];
    match client::tell(pane.server, &asks, PATIENCE) {
        Answer::Said {
            status: Some(0),
            text,
            ..
        } => Ok(match text.lines().collect::<Vec<_>>().as_slice() {
            ["now", ..] => Opened::Now,
            [_, "1"] => Opened::Taken,
            _ => Opened::Gone,
        }),
        Answer::Said { error, .. } => Err(Silence::Told(error.trim().to_owned())),
        Answer::Late { .. } => Err(Silence::Late),
        Answer::Absent => Err(Silence::Told("tmux is not on the PATH".to_owned())),
        Answer::Broken(why) => Err(Silence::Told(why)),
    }
}

/// Closes the pipe of a pane, by the server's own program: who has the pipe may have no `PATH`.
pub(crate) fn close(server: &Path, server_pid: u32, pane: &str) {
    let program = client::program_of(server_pid);
    let server = server.to_string_lossy();
    let words = ["-N", "-S", &server, "pipe-pane", "-t", pane];
    process::ask(&program, &words, PATIENCE);
}

/// A word as the shell reads it.
fn for_shell(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A command as tmux reads it: first its words, then, of a pipe, what a format and a time may have in them.
fn for_tmux(command: &str) -> String {
    let plain = command.replace('#', "##").replace('%', "%%");
    let escaped = plain.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('$', "\\$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_comes_through_the_shell_and_through_tmux() {
        let word = for_shell("a b'c#d%e\"f$g\\h");
        assert_eq!(word, "'a b'\\''c#d%e\"f$g\\h'");
        assert_eq!(for_tmux(&word), "\"'a b'\\\\''c##d%%e\\\"f\\$g\\\\h'\"");
    }
}
