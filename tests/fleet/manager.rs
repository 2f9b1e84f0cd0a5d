//! A test under `scripts/with-user-manager`: how it gets there, and what it has there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mosaic::model::unit::UnitName;
use rustix::process::{Pid, Signal, kill_process};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/with-user-manager");
/// The program; the library's own tests have none.
const MOSAIC: Option<&str> = option_env!("CARGO_BIN_EXE_mosaic");
/// Names the test that is to run where a manager is.
const ASKED: &str = "INSIDE_USER_MANAGER";

/// Whether this machine lets anybody have a manager of his own.
#[derive(PartialEq, Eq)]
pub enum Possible {
    Yes,
    No(String),
}

pub fn possible() -> Possible {
    let output = under_manager(&["true"]).output().expect("the script runs");
    match output.status.code() {
        Some(77) => Possible::No(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        // Whatever else is wrong, let each test say so.
        _ => Possible::Yes,
    }
}

/// A command under a manager of its own. It may be built anywhere: the folder of the program is seen inside.
pub fn under_manager(command: &[&str]) -> Command {
    let program = std::env::current_exe().expect("this program");
    let folder = program.ancestors().nth(2).expect("a folder");
    let mut script = Command::new(SCRIPT);
    script.args(command).current_dir(folder);
    script
}

/// The test that is to run here, if this is inside.
pub fn asked_for() -> Option<String> {
    std::env::var(ASKED).ok()
}

/// Runs a test of a program of Rust's own harness inside.
pub fn run_test_inside(path: &str) -> Result<(), String> {
    let program = std::env::current_exe().expect("this program");
    let program = program.to_str().expect("UTF-8");
    let mut inside = under_manager(&[program, "--exact", path, "--nocapture"]);
    ended_well(inside.env(ASKED, path).env("RUST_BACKTRACE", "0")).map(drop)
}

/// Runs a test of this program inside. What it says, if it ends well.
pub fn run_inside(name: &str) -> Result<String, String> {
    let program = std::env::current_exe().expect("this program");
    let mut inside = under_manager(&[program.to_str().expect("UTF-8")]);
    ended_well(inside.env(ASKED, name).env("RUST_BACKTRACE", "0"))
}

/// Runs a test of this program inside, at the terminal of whoever asked. Whether it ended well.
pub fn go_inside(name: &str) -> bool {
    let program = std::env::current_exe().expect("this program");
    let mut inside = under_manager(&[program.to_str().expect("UTF-8")]);
    let status = inside.env(ASKED, name).status().expect("it runs");
    status.success()
}

fn ended_well(command: &mut Command) -> Result<String, String> {
    let output = command.output().expect("it runs");
    match output.status.success() {
        true => Ok(said(&output)),
        false => Err(format!("{}\n{}", output.status, said(&output))),
    }
}

pub fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// What a test has inside: a HOME, a manager, and nothing else that anybody could miss.
pub struct Inside {
    home: PathBuf,
}

impl Inside {
    pub fn new() -> Self {
        Self {
            home: std::env::var_os("HOME").expect("a HOME").into(),
        }
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Where systemd reads the user's units.
    pub fn units(&self) -> PathBuf {
        self.home.join(".config/systemd/user")
    }

    /// Puts a unit there; the manager does not know yet.
    pub fn write_unit(&self, file: &str, text: &str) {
        let path = self.units().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// A program as a person calls it.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.home).env_remove(ASKED);
        command
    }

    /// Runs `mosaic` for this HOME.
    pub fn mosaic(&self, arguments: &[&str]) -> Output {
        self.program(MOSAIC.expect("the program, built for its own tests"))
            .args(arguments)
            .output()
            .expect("mosaic runs")
    }

    /// What `systemctl --user` says; it must succeed.
    pub fn systemctl(&self, words: &[&str]) -> String {
        self.ask("systemctl", &[&["--user"], words].concat())
    }

    /// What tmux says; it must succeed.
    pub fn tmux(&self, words: &[&str]) -> String {
        self.ask("tmux", words)
    }

    fn ask(&self, name: &str, words: &[&str]) -> String {
        let output = self.program(name).args(words).output().expect("it runs");
        assert!(
            output.status.success(),
            "{name} {words:?}: {}",
            said(&output)
        );
        String::from_utf8(output.stdout)
            .expect("UTF-8")
            .trim()
            .to_owned()
    }

    /// The value of one property of a unit.
    pub fn property(&self, unit: &str, property: &str) -> String {
        self.systemctl(&["show", "--value", "--property", property, unit])
    }

    pub fn stop_manager(&self) {
        self.ask("stop-user-manager", &[]);
    }

    pub fn start_manager(&self) {
        self.ask("start-user-manager", &[]);
    }

    /// What a reboot is to the user's units.
    pub fn reboot(&self) {
        self.ask("restart-user-manager", &[]);
    }

    /// How often a manager read its units: once when it started, and at each reload.
    pub fn loads(&self) -> usize {
        let loads = std::env::var_os("USER_MANAGER_LOADS").expect("a file");
        fs::read_to_string(loads).expect("readable").lines().count()
    }

    /// The words of every `systemctl` that was called so far, a line each.
    pub fn calls(&self) -> Vec<String> {
        let calls = std::env::var_os("USER_MANAGER_CALLS").expect("a file");
        let text = fs::read_to_string(calls).expect("readable");
        text.lines().map(str::to_owned).collect()
    }

    /// What a piece of work comes to, and the words of every `systemctl` that it called.
    pub fn counted<T>(&self, work: impl FnOnce() -> T) -> (T, Vec<String>) {
        let before = self.calls().len();
        let done = work();
        (done, self.calls().split_off(before))
    }

    /// The names of the programs that `mosaic` runs for these words, one for each process.
    pub fn programs(&self, arguments: &[&str]) -> Vec<String> {
        let log = self.home.join("programs");
        let mut traced = self.program("strace");
        traced.args(["-f", "-qq", "-e", "trace=execve", "-e", "signal=none", "-o"]);
        let mosaic = MOSAIC.expect("the program, built for its own tests");
        let traced = traced.arg(&log).arg(mosaic).args(arguments).output();
        said(&traced.expect("strace runs"));
        let log = fs::read_to_string(log).expect("strace wrote it");
        let ran = log.lines().filter(|line| line.ends_with(" = 0"));
        // A script that becomes a program is one process; the first is mosaic's own.
        let ran = ran.filter_map(|line| {
            let (pid, call) = line.split_once(' ')?;
            let program = call.split('"').nth(1)?.rsplit('/').next()?;
            Some((pid.to_owned(), program.to_owned()))
        });
        let mut ran: Vec<_> = ran.collect();
        ran.dedup_by(|next, before| next.0 == before.0);
        ran.drain(..1);
        ran.into_iter().map(|(_, program)| program).collect()
    }

    /// The manager's process.
    pub fn manager(&self) -> Pid {
        let pid = self.ask("pgrep", &["-fxo", "/lib/systemd/systemd --user .*"]);
        pid.parse().ok().and_then(Pid::from_raw).expect("a pid")
    }

    /// Runs this test again where a variable is not set, or says that this is where.
    pub fn is_without(&self, variable: &str) -> bool {
        if std::env::var_os(variable).is_none() {
            return true;
        }
        let mut again = Command::new(std::env::current_exe().expect("this program"));
        again.args(std::env::args_os().skip(1));
        ended_well(again.env_remove(variable)).expect("well");
        false
    }
}

pub fn signal(pid: Pid, signal: Signal) {
    kill_process(pid, signal).expect("it is there");
}

/// Whether a process is stopped.
pub fn is_stopped(pid: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero()));
    status.is_ok_and(|status| status.contains("State:\tT"))
}

pub fn name(text: &str) -> UnitName {
    UnitName::new(text).expect("the name of a service")
}

pub fn names(texts: &[&str]) -> Vec<UnitName> {
    texts.iter().map(|text| name(text)).collect()
}
