//! A run of the program that a test stops, lets go on, and signals.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::Sandbox;
use crate::support::patience::eventually;

/// A run of the program that a test can stop, go on and signal.
pub struct Run {
    child: Child,
}

impl Run {
    /// Starts one.
    pub fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::start_with(sandbox, arguments, "")
    }

    fn start_with(sandbox: &Sandbox, arguments: &[&str], stop_at: &str) -> Self {
        Self::start_to_end(sandbox, arguments, stop_at, "")
    }

    fn start_to_end(sandbox: &Sandbox, arguments: &[&str], stop_at: &str, kill_at: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
        command
            .env_clear()
            .env("MOSAIC_STOP_AT", stop_at)
            .env("MOSAIC_CRASH_AT", kill_at)
            .env("HOME", sandbox.path("user"))
            .current_dir(sandbox.path(""))
            .args(arguments);
        let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
        Self {
            child: command.spawn().expect("it starts"),
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().expect("a pid")).expect("not 0");
        kill_process(pid, signal).expect("the signal is sent");
    }

    /// Lets a stopped run go on to its end; returns its exit status and what it said.
    pub fn go_on(self) -> (Option<i32>, String) {
        self.signal(Signal::CONT);
        let output = self.child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("panicked"), "{said}");
        assert!(
            output.status.signal().is_none_or(|signal| signal != 6),
            "aborted: {said}"
        );
        (output.status.code(), said)
    }
}

/// A run that is stopped with a part of its contents staged: planned, and not committed.
pub fn stopped_while_staging(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    stopped_at(sandbox, arguments, "Staged:1")
}

/// A run that is stopped at a checkpoint.
pub fn stopped_at(sandbox: &Sandbox, arguments: &[&str], checkpoint: &str) -> Run {
    stopped(Run::start_with(sandbox, arguments, checkpoint))
}

/// A run that is stopped at a checkpoint, and killed at a later one once it goes on.
pub fn stopped_at_and_killed(sandbox: &Sandbox, arguments: &[&str], at: [&str; 2]) -> Run {
    let [stop_at, kill_at] = at;
    stopped(Run::start_to_end(sandbox, arguments, stop_at, kill_at))
}

fn stopped(run: Run) -> Run {
    let status = format!("/proc/{}/status", run.child.id());
    eventually("it has stopped", || {
        std::fs::read_to_string(&status).is_ok_and(|status| status.contains("State:\tT"))
    });
    run
}
