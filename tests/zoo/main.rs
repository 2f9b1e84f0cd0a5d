//! A zoo of file systems: a home's life on each of them, killed at its checkpoints, judged byte for byte.
//!
//! Runs in namespaces of its own, so that no mount and no server outlives it; needs root. The short form plays a few kinds
//! and the checkpoints by name; `MOSAIC_ZOO=all` plays all of both, `MOSAIC_ZOO=kinds` all kinds and those checkpoints.

#![allow(
    clippy::disallowed_methods,
    clippy::exit,
    clippy::let_underscore_must_use,
    clippy::match_bool,
    clippy::missing_errors_doc,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "the table of lints is for the program; tests build and break their own world"
)]
#![allow(
    dead_code,
    reason = "the modules that are shared with other campaigns have more than this one needs"
)]

mod ground;
mod judge;
mod kinds;
mod life;
mod releases;
#[path = "../support/mod.rs"]
mod support;
#[path = "../faults/world.rs"]
mod world;

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_shutdown;

use libtest_mimic::{Arguments, Completion, Trial};

use ground::Ground;
use judge::{Counts, table};
use kinds::{KINDS, Kind};
use life::Life;

/// Tells the program that it is in its own namespaces, or in a machine of its own.
const INSIDE: &str = "MOSAIC_ZOO_INSIDE";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let why_not = if arguments.list {
        None
    } else {
        enter_namespaces()
    };
    if let Some(why) = &why_not {
        eprintln!("skipped: {why}");
    }
    let form = std::env::var("MOSAIC_ZOO").unwrap_or_default();
    let is_whole = form == "all";
    let has_all_kinds = is_whole || form == "kinds";
    let counts = Arc::new(Mutex::new(Vec::new()));
    let wanted = KINDS.iter().filter(|kind| has_all_kinds || kind.is_short);
    let trials = wanted.map(|kind| {
        let counts = Arc::clone(&counts);
        Trial::ignorable_test(kind.name, move || {
            let count = play(kind, is_whole);
            // At once: a kind may take long.
            eprintln!("{count}");
            let told = match (&count.not_tried, &count.broken) {
                (Some(why), _) => Ok(Completion::ignored_with(why)),
                (_, Some(broken)) => Err(broken.into()),
                _ => Ok(Completion::Completed),
            };
            counts.lock().expect("no trial panicked").push(count);
            told
        })
        .with_ignored_flag(why_not.is_some())
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    eprint!("{}", table(&counts.lock().expect("no trial panicked")));
    conclusion.exit_code()
}

fn play(kind: &'static Kind, is_whole: bool) -> Counts {
    let mut counts = Counts::of(kind.name);
    match Ground::new(kind) {
        Err(why) => counts.not_tried = Some(why),
        Ok(ground) => Life::new(&ground, is_whole, &mut counts).play(),
    }
    counts
}

/// Starts this program again in namespaces of its own, or says why not. All that is mounted, started and written there
/// ends with it, however it ends.
fn enter_namespaces() -> Option<String> {
    if std::env::var_os(INSIDE).is_some() {
        end_when_told();
        return None;
    }
    if !rustix::process::geteuid().is_root() {
        return Some("needs root".to_owned());
    }
    let enter = || {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "--net"]);
        command.args(["--pid", "--fork", "--kill-child=KILL", "--mount-proc"]);
        command.args([
            "sh",
            "-c",
            "mount -t tmpfs tmpfs /dev/shm && exec \"$@\"",
            "sh",
        ]);
        command
    };
    if !enter()
        .arg("true")
        .status()
        .is_ok_and(|status| status.success())
    {
        return Some("namespaces are not allowed".to_owned());
    }
    let error = enter()
        .arg(std::env::current_exe().expect("this program's path"))
        .args(std::env::args_os().skip(1))
        .env(INSIDE, "1")
        .exec();
    panic!("unshare does not start: {error}");
}

/// The first process of a namespace is not ended by signals that it does not ask for.
fn end_when_told() {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let always = Arc::new(AtomicBool::new(true));
        register_conditional_shutdown(signal, 128 + signal, always).expect("a signal");
    }
}
