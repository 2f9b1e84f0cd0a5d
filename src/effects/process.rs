//! The one door to other programs: each is asked something, and has so long to answer.

#![expect(clippy::disallowed_methods, reason = "this is the door that the lint points at")]

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::effects::host;
use crate::words::answer::Answer;

/// What a program sees of this one's environment: where things are, and how to reach the user's services.
const KEPT: [&str; 9] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "HOME",
    "LOGNAME",
    "PATH",
    "TMUX_TMPDIR",
    "USER",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
];

/// How often an ended program is looked for.
const POLL: Duration = Duration::from_millis(2);
/// More than this is not an answer.
const ANSWER_MAX: u64 = 8 << 20;

/// Asks a program that is found on the `PATH`. It speaks English, reads nothing, and is ended with all that it
/// started where it takes longer than `patience`.
pub fn ask(name: &str, arguments: &[&str], patience: Duration) -> Answer {
    let mut command = Command::new(name);
    let kept = KEPT.iter().filter_map(|name| Some((name, host::variable(name)?)));
    command.args(arguments).env_clear().envs(kept).env("LC_ALL", "C").process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Answer::Absent,
        Err(error) => return Answer::Broken(error.to_string()),
    };
    let deadline = Instant::now() + patience;
    match listen(&mut child, deadline) {
        Some((status, text, error)) => Answer::Said { status: status.code(), text, error },
        None => {
            end(&mut child);
            Answer::Late { seconds: patience.as_secs() }
        }
    }
}

/// What it says until it ends; `None` where that takes too long.
fn listen(child: &mut Child, deadline: Instant) -> Option<(ExitStatus, String, String)> {
    let (text, error) = (read_aside(child.stdout.take()), read_aside(child.stderr.take()));
    let left = || deadline.saturating_duration_since(Instant::now());
    let (text, error) = (text.recv_timeout(left()).ok()?, error.recv_timeout(left()).ok()?);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some((status, text, error)),
            Ok(None) if !left().is_zero() => std::thread::sleep(POLL),
            _ => return None,
        }
    }
}

/// Reads a pipe to its end on a thread of its own.
fn read_aside(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (said, heard) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is the answer; nobody may be listening any more.
        drop(pipe.map(|pipe| pipe.take(ANSWER_MAX).read_to_end(&mut bytes)));
        drop(said.send(String::from_utf8_lossy(&bytes).into_owned()));
    });
    heard
}

/// Ends it and all that it started. It has not been waited for, so its group is still its own.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    // It may just have ended by itself.
    let _ = group.map(|group| kill_process_group(group, Signal::KILL));
    drop(child.wait());
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn an_answer_is_what_was_said_and_how_it_ended() {
        let answer = ask("sh", &["-c", "echo out; echo err >&2; exit 3"], PATIENCE);
        let (text, error) = ("out\n".to_owned(), "err\n".to_owned());
        assert_eq!(answer, Answer::Said { status: Some(3), text, error });
        assert_eq!((answer.text(), answer.success()), ("out", None));
        assert_eq!(ask("no-such-program-anywhere", &[], PATIENCE), Answer::Absent);
        assert_eq!(ask("sh", &["-c", "kill -9 $$"], PATIENCE).success(), None);
    }

    #[test]
    fn it_sees_an_environment_of_its_own() {
        let answer = ask("sh", &["-c", "echo \"$LC_ALL\"; env | grep -c CARGO"], PATIENCE);
        assert_eq!(answer.text(), "C\n0");
    }

    #[test]
    fn whoever_does_not_answer_is_ended_with_all_that_he_started() {
        let started = Instant::now();
        let marked = format!("sleep 1000.{}", std::process::id());
        for line in [marked.clone(), format!("{marked} & exec >&- 2>&-; wait"), format!("{marked} & exit 0")]
        {
            let answer = ask("sh", &["-c", &line], Duration::from_millis(300));
            assert_eq!(answer, Answer::Late { seconds: 0 }, "{line}");
        }
        assert!(started.elapsed() < Duration::from_secs(15));
        let left = ask("pgrep", &["-fx", &marked], PATIENCE);
        assert_eq!(left.text(), "", "still there");
    }
}
