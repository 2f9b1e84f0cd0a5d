//! Runs a program, and asks the kernel what it used.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::contest::Cost;

/// Runs what must succeed, until it ends; the time that passes is the caller's to take.
#[expect(
    clippy::zombie_processes,
    reason = "wait4 waits for it, and tells what it used besides"
)]
pub fn run(mut command: Command) -> Cost {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let pid = libc::pid_t::try_from(child.id()).expect("a process id");
    let mut status = 0;
    // SAFETY: all fields of a `rusage` are integers.
    let mut used: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both addresses are of what the kernel fills in, and nobody else waits for this child.
    let ended = unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut used) };
    assert_eq!(ended, pid, "{command:?} cannot be waited for");
    assert_eq!(status, 0, "{command:?} fails");
    Cost {
        time: Duration::ZERO,
        processor: duration(used.ru_utime) + duration(used.ru_stime),
        memory: used.ru_maxrss as f64 / 1024.0,
    }
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let micros = u64::try_from(time.tv_usec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}
