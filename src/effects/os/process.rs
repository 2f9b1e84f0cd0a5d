//! The one door to other programs: each is asked something, and has so long to answer.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the door that the lint points at"
)]

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use crate::effects::os::disk::in_memory;
use crate::effects::os::host;
use crate::model::answer::Answer;
use crate::model::ignore::Ignore;

/// Variables of this program's environment that others see: where things are, and how to reach the
/// user's services.
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

/// Length of output past which it is no answer.
const ANSWER_MAX: u64 = 8 << 20;

/// Asks a program that is found on the `PATH`. It speaks English, reads nothing, and is ended with all that it
/// started where it takes longer than `patience`.
pub(crate) fn ask(name: &str, arguments: &[&str], patience: Duration) -> Answer {
    ask_in(&[], name, arguments, patience)
}

/// Asks a program that sees some of the environment otherwise than this one does; see [`ask`].
pub(crate) fn ask_in(
    given: &[(&str, OsString)],
    name: &str,
    arguments: &[&str],
    patience: Duration,
) -> Answer {
    ask_with(Stdio::null(), given, name, arguments, patience)
}

/// Asks a program that is given something to read; see [`ask`].
pub(crate) fn ask_to_read(
    input: &[u8],
    name: &str,
    arguments: &[&str],
    patience: Duration,
) -> Answer {
    match in_memory(input) {
        Ok(file) => ask_with(file.into(), &[], name, arguments, patience),
        Err(error) => Answer::Broken(error.to_string()),
    }
}

fn ask_with(
    input: Stdio,
    given: &[(&str, OsString)],
    name: &str,
    arguments: &[&str],
    patience: Duration,
) -> Answer {
    let mut command = Command::new(name);
    let kept = KEPT
        .iter()
        .filter_map(|name| Some((name, host::variable(name)?)));
    let given = given.iter().map(|(name, value)| (name, value));
    command
        .args(arguments)
        .env_clear()
        .envs(kept)
        .envs(given)
        .env("LC_ALL", "C")
        .process_group(0);
    command
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Answer::Absent,
        Err(error) => return Answer::Broken(error.to_string()),
    };
    let deadline = Instant::now() + patience;
    match listen(&mut child, deadline) {
        Ok(Some((status, text, error))) => Answer::Said {
            status: status.code(),
            text,
            error,
        },
        Err(error) => {
            end(&mut child);
            Answer::Broken(error.to_string())
        }
        Ok(None) => {
            end(&mut child);
            Answer::Late {
                seconds: patience.as_secs(),
            }
        }
    }
}

/// Becomes a program that is found on the `PATH`: it has this one's number, terminal and environment, and the variables
/// that are given, less others. Returns only where that is not possible, with the reason.
pub(crate) fn become_program(
    name: &str,
    arguments: &[impl AsRef<OsStr>],
    given: &[(&str, &str)],
    less: &[&str],
) -> io::Error {
    let mut command = Command::new(name);
    command.args(arguments).envs(given.iter().copied());
    for name in less {
        command.env_remove(name);
    }
    command.exec()
}

/// Runs a program at this one's terminal, with its environment, until it has ended.
pub(crate) fn run_at_terminal(program: &Path, arguments: &[String]) -> io::Result<ExitStatus> {
    Command::new(program).args(arguments).status()
}

/// A program to run for its own sake, with nothing of this one's surroundings.
pub(crate) struct Invocation<'a> {
    /// The program's file.
    pub program: &'a Path,
    /// Arguments of the program.
    pub arguments: &'a [String],
    /// The program's whole environment.
    pub environment: &'a [(&'static str, OsString)],
    /// Working directory of the program.
    pub folder: &'a Path,
    /// True if its output is wanted.
    pub is_heard: bool,
    /// Time that it may take.
    pub patience: Duration,
}

/// End of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The program ended by itself, with this status.
    By(i32),
    /// The program was ended by this signal.
    Signal(i32),
    /// The program took too long, and was ended with all that it had started.
    Late,
}

/// Runs a program and waits until it has ended and said all; what it said on stdout and stderr comes with how.
pub(crate) fn run(run: &Invocation) -> io::Result<(Ended, [Vec<u8>; 2])> {
    let mut command = Command::new(run.program);
    let environment = run.environment.iter().map(|(name, value)| (name, value));
    command
        .args(run.arguments)
        .env_clear()
        .envs(environment)
        .current_dir(run.folder)
        .process_group(0);
    let pipe = || {
        if run.is_heard {
            Stdio::piped()
        } else {
            Stdio::null()
        }
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(pipe())
        .stderr(pipe())
        .spawn()?;
    let pipes = [
        child.stdout.take().map(OwnedFd::from),
        child.stderr.take().map(OwnedFd::from),
    ];
    let heard = hear(&child, pipes, Instant::now() + run.patience);
    let Some(said) = heard.inspect_err(|_| end(&mut child))? else {
        end(&mut child);
        return Ok((Ended::Late, Default::default()));
    };
    let status = child.wait()?;
    Ok((
        status
            .code()
            .map_or(Ended::Signal(status.signal().unwrap_or(0)), Ended::By),
        said,
    ))
}

/// Reads both pipes until they and the program end; `None` where that takes too long.
fn hear(
    child: &Child,
    mut pipes: [Option<OwnedFd>; 2],
    deadline: Instant,
) -> io::Result<Option<[Vec<u8>; 2]>> {
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or(io::ErrorKind::InvalidInput)?;
    let mut alive = Some(pidfd_open(pid, PidfdFlags::empty())?);
    let mut said: [Vec<u8>; 2] = Default::default();
    while alive.is_some() || pipes.iter().any(Option::is_some) {
        let remaining = deadline.saturating_duration_since(Instant::now());
        let Ok(remaining) = Timespec::try_from(remaining) else {
            return Ok(None);
        };
        let mut open: Vec<_> = pipes
            .iter()
            .chain([&alive])
            .flatten()
            .map(|fd| PollFd::new(fd, PollFlags::IN))
            .collect();
        match poll(&mut open, Some(&remaining)) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        let ready: Vec<_> = open.iter().map(|fd| !fd.revents().is_empty()).collect();
        let mut is_ready = ready.into_iter();
        for (pipe, said) in pipes.iter_mut().zip(&mut said) {
            if pipe.is_some() && is_ready.next() == Some(true) && !take_from(pipe.as_ref(), said)? {
                *pipe = None;
            }
        }
        if alive.is_some() && is_ready.next() == Some(true) {
            alive = None;
        }
    }
    Ok(Some(said))
}

/// Takes what a pipe has; whether there may be more.
fn take_from(pipe: Option<&OwnedFd>, said: &mut Vec<u8>) -> io::Result<bool> {
    let Some(pipe) = pipe else { return Ok(false) };
    if said.len() as u64 > ANSWER_MAX {
        return Err(io::Error::other("it says too much"));
    }
    said.reserve(16 << 10);
    Ok(rustix::io::read(pipe, rustix::buffer::spare_capacity(said))? > 0)
}

/// Reads a program's output until it ends; `None` where that takes too long.
fn listen(
    child: &mut Child,
    deadline: Instant,
) -> io::Result<Option<(ExitStatus, String, String)>> {
    let pipes = [
        child.stdout.take().map(OwnedFd::from),
        child.stderr.take().map(OwnedFd::from),
    ];
    let Some(said) = hear(child, pipes, deadline)? else {
        return Ok(None);
    };
    let [text, error] = said.map(|said| String::from_utf8_lossy(&said).into_owned());
    Ok(Some((child.wait()?, text, error)))
}

/// Ends a child and all that it started. It has not been waited for, so its group is still its own.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        kill_process_group(group, Signal::KILL).ignore("it may just have ended by itself");
    }
    child.wait().ignore("it was killed: how it ended is known");
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn an_answer_is_what_was_said_and_how_it_ended() {
        let answer = ask("sh", &["-c", "echo out; echo err >&2; exit 3"], PATIENCE);
        let text = "out\n".to_owned();
        let error = "err\n".to_owned();
        assert_eq!(
            answer,
            Answer::Said {
                status: Some(3),
                text,
                error
            }
        );
        assert_eq!((answer.text(), answer.success()), ("out", None));
        assert_eq!(
            ask("no-such-program-anywhere", &[], PATIENCE),
            Answer::Absent
        );
        assert_eq!(ask("sh", &["-c", "kill -9 $$"], PATIENCE).success(), None);
    }

    #[test]
    fn it_sees_an_environment_of_its_own() {
        let answer = ask(
            "sh",
            &["-c", "echo \"$LC_ALL\"; env | grep -c CARGO"],
            PATIENCE,
        );
        assert_eq!(answer.text(), "C\n0");
    }

    #[test]
    fn whoever_does_not_answer_is_ended_with_all_that_he_started() {
        let started = Instant::now();
        let marked = format!("sleep 1000.{}", std::process::id());
        for line in [
            marked.clone(),
            format!("{marked} & exec >&- 2>&-; wait"),
            format!("{marked} & exit 0"),
        ] {
            let answer = ask("sh", &["-c", &line], Duration::from_millis(300));
            assert_eq!(answer, Answer::Late { seconds: 0 }, "{line}");
        }
        assert!(started.elapsed() < Duration::from_secs(15));
        let survivors = ask("pgrep", &["-fx", &marked], PATIENCE);
        assert_eq!(survivors.text(), "", "still there");
    }

    fn run_shell(line: &str, is_heard: bool, patience: Duration) -> (Ended, [String; 2]) {
        let arguments = ["-c".to_owned(), line.to_owned()];
        let environment = [("ONLY", OsString::from("this"))];
        let program = Path::new("/bin/sh");
        let folder = Path::new("/");
        let shell = Invocation {
            program,
            arguments: &arguments,
            environment: &environment,
            folder,
            is_heard,
            patience,
        };
        let (ended, said) = run(&shell).expect("it starts");
        (
            ended,
            said.map(|said| String::from_utf8(said).expect("UTF-8")),
        )
    }

    #[test]
    fn a_run_is_heard_to_its_end_in_an_environment_of_its_own() {
        let (ended, said) = run_shell("echo $ONLY-$HOME; pwd >&2; exit 7", true, PATIENCE);
        assert_eq!(
            (ended, said),
            (Ended::By(7), ["this-\n".to_owned(), "/\n".to_owned()])
        );
        let (ended, said) = run_shell(
            "head -c 300000 /dev/zero | tr '\\0' x; echo end >&2",
            true,
            PATIENCE,
        );
        assert_eq!(
            (ended, said[0].len(), said[1].as_str()),
            (Ended::By(0), 300_000, "end\n")
        );
        assert_eq!(
            run_shell("echo unheard; kill -9 $$", false, PATIENCE),
            (Ended::Signal(9), Default::default())
        );
    }

    #[test]
    fn a_run_that_takes_too_long_is_ended_with_all_that_it_started() {
        let marked = format!("sleep 2000.{}", std::process::id());
        for line in [marked.clone(), format!("{marked} & exit 0")] {
            assert_eq!(
                run_shell(&line, true, Duration::from_millis(300)).0,
                Ended::Late,
                "{line}"
            );
        }
        assert_eq!(
            ask("pgrep", &["-fx", &marked], PATIENCE).text(),
            "",
            "still there"
        );
    }
}
