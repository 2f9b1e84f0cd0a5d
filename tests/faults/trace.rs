//! Runs the program under `strace`, which lets one system call fail, or kills the program at it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::world::surround;

/// The system calls of the program that change something on disk, or make it durable.
pub const SWEPT: &[&str] = &[
    "copy_file_range",
    "fchmod",
    "fchown",
    "flock",
    "fsetxattr",
    "fsync",
    "ftruncate",
    "linkat",
    "mkdirat",
    "openat",
    "renameat2",
    "syncfs",
    "unlinkat",
    "write",
];

/// All others that it makes. A name that is in neither list fails the sweep: look whether it changes
/// something, then add it to one of them.
pub const HARMLESS: &[&str] = &[
    "access",
    "arch_prctl",
    "brk",
    "clock_gettime",
    "clone",
    "clone3",
    "close",
    "connect",
    "dup",
    "dup2",
    "execve",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fcntl",
    "fgetxattr",
    "flistxattr",
    "fstat",
    "fstatfs",
    "futex",
    "getcwd",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getrandom",
    "gettid",
    "getuid",
    "ioctl",
    "kill",
    "lseek",
    "madvise",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "newfstatat",
    "open",
    "openat2",
    "pipe2",
    "poll",
    "ppoll",
    "prctl",
    "pread64",
    "prlimit64",
    "read",
    "readlink",
    "readlinkat",
    "recvfrom",
    "recvmsg",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "sendmsg",
    "set_robust_list",
    "set_tid_address",
    "setpgid",
    "sigaltstack",
    "socket",
    "socketpair",
    "stat",
    "statfs",
    "statx",
    "uname",
    "wait4",
];

/// What happens at a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The program is killed before the call does anything.
    Kill,
    /// The call fails this once.
    Once(&'static str),
    /// The call fails from then on.
    FromThenOn(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill => f.write_str("KILL"),
            Self::Once(errno) => f.write_str(errno),
            Self::FromThenOn(errno) => write!(f, "{errno}+"),
        }
    }
}

/// The `number`th call of a name, and what happens at it.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// The name of the call.
    pub call: &'static str,
    /// Which of them, from 1.
    pub number: usize,
    /// What happens.
    pub fault: Fault,
}

impl Point {
    fn injection(&self) -> String {
        let (call, number) = (self.call, self.number);
        match self.fault {
            Fault::Kill => format!("inject={call}:signal=KILL:when={number}"),
            Fault::Once(errno) => format!("inject={call}:error={errno}:when={number}"),
            Fault::FromThenOn(errno) => format!("inject={call}:error={errno}:when={number}+"),
        }
    }
}

/// A disturbed run.
pub struct Disturbed {
    /// How it ended and what it said.
    pub output: Output,
    log: String,
}

impl Disturbed {
    /// Whether the fault came.
    pub fn fired(&self) -> bool {
        self.is_killed() || self.log.contains("(INJECTED)")
    }

    fn is_killed(&self) -> bool {
        self.output.status.signal() == Some(9)
    }

    /// The numbers of those calls of a name that change something, in a run without a fault. `strace` counts for each
    /// thread.
    pub fn changes(&self, call: &str) -> Vec<usize> {
        let mut made: BTreeMap<&str, usize> = BTreeMap::new();
        let mut changes = BTreeSet::new();
        for line in self.log.lines().filter(|line| call_of(line) == Some(call)) {
            let thread = line.split_whitespace().next().unwrap_or_default();
            let number = made.entry(thread).or_default();
            *number += 1;
            if is_change(line) {
                changes.insert(*number);
            }
        }
        changes.into_iter().collect()
    }

    /// Whether the call that was hit changes something.
    pub fn hit_a_change(&self, point: Point) -> bool {
        let hit = format!("{}(", point.call);
        let is_hit =
            |line: &&str| line.contains(&hit) && (self.is_killed() || line.contains("(INJECTED)"));
        let line = match self.is_killed() {
            true => self.log.lines().rfind(is_hit),
            false => self.log.lines().find(is_hit),
        };
        point.call != "openat" || line.is_some_and(is_change)
    }

    /// Whether the program passed its commit point.
    pub fn is_committed(&self) -> bool {
        self.log.lines().any(is_commit)
    }

    /// Whether the program came to its end.
    pub fn has_ended(&self) -> bool {
        matches!(self.output.status.code(), Some(0 | 3))
    }

    /// Whether a live change followed the commit point.
    pub fn has_begun_to_carry(&self) -> bool {
        let after = self.log.lines().skip_while(|line| !is_commit(line)).skip(1);
        after
            .filter(|line| line.contains("renameat2(") && line.ends_with("= 0"))
            .count()
            > 0
    }

    /// What the program told people.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// What the program told people.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }
}

/// Most calls of `openat` only read.
fn is_change(line: &str) -> bool {
    call_of(line) != Some("openat") || line.contains("O_CREAT")
}

fn is_commit(line: &str) -> bool {
    line.contains("\"tx\"") && line.contains("\"commit\"") && line.ends_with("= 0")
}

/// Runs the program with a fault. The log is written beside the user's folder.
pub fn disturb(user: &Path, log: &Path, arguments: &[String], point: Point) -> Disturbed {
    run(user, log, arguments, &["-e", &point.injection()])
}

/// Runs the program as it is disturbed, without a fault.
pub fn undisturbed(user: &Path, log: &Path, arguments: &[String]) -> Disturbed {
    run(user, log, arguments, &[])
}

fn run(user: &Path, log: &Path, arguments: &[String], faults: &[&str]) -> Disturbed {
    let mut command = strace(user, log);
    // Not with --seccomp-bpf, under which strace 6.1 injects errors, but no signals.
    command.arg("-e").arg(format!("trace={}", SWEPT.join(",")));
    command
        .args(faults)
        .arg(env!("CARGO_BIN_EXE_mosaic"))
        .args(arguments);
    let output = command.output().expect("strace runs");
    let log = std::fs::read_to_string(log).expect("strace wrote its log");
    Disturbed { output, log }
}

/// A run of the program that is stopped at each of these calls, until it is told to go on.
pub fn stopped_from(
    user: &Path,
    log: &Path,
    arguments: &[String],
    call: &str,
    numbers: &str,
) -> Command {
    let mut command = strace(user, log);
    command
        .arg("-e")
        .arg(format!("trace={call}"))
        .arg("-e")
        .arg(format!("inject={call}:signal=STOP:when={numbers}"))
        .arg(env!("CARGO_BIN_EXE_mosaic"))
        .args(arguments);
    command
}

/// The lines of a trace of all that an undisturbed run does.
pub fn trace(user: &Path, log: &Path, arguments: &[String]) -> Vec<String> {
    let mut command = strace(user, log);
    command.arg(env!("CARGO_BIN_EXE_mosaic")).args(arguments);
    command.output().expect("strace runs");
    let log = std::fs::read_to_string(log).expect("strace wrote its log");
    log.lines().map(str::to_owned).collect()
}

/// The name of the call that a line of a trace is about.
pub fn call_of(line: &str) -> Option<&str> {
    let call = line.split_whitespace().nth(1)?.split_once('(')?.0;
    call.starts_with(|first: char| first.is_ascii_lowercase())
        .then_some(call)
}

/// No other program is found, so that only this one is disturbed.
const NO_PROGRAMS: &str = "PATH=/nowhere";

fn strace(user: &Path, log: &Path) -> Command {
    let mut command = Command::new("strace");
    surround(&mut command, user);
    command
        .args(["-f", "-qq", "-E", NO_PROGRAMS, "-o"])
        .arg(log);
    command
}

/// Fails with what is missing, where faults cannot be injected here.
pub fn require_strace() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut command = strace(folder.path(), &folder.path().join("log"));
    command
        .args(["-e", "inject=openat:signal=KILL:when=1"])
        .arg(env!("CARGO_BIN_EXE_mosaic"))
        .arg("status");
    let ran = command.output();
    let why = match &ran {
        Err(error) => {
            format!("strace does not start ({error}); install it: apt-get install strace")
        }
        Ok(output) => format!(
            "strace cannot trace a program here; allow ptrace (in a container: --cap-add=SYS_PTRACE): {}",
            String::from_utf8_lossy(&output.stderr)
        ),
    };
    assert!(
        ran.is_ok_and(|output| output.status.signal() == Some(9)),
        "{why}"
    );
}
