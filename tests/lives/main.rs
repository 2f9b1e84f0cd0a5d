//! Random lives of homes, each step beside a small model of what an update promises.
//!
//! `MOSAIC_LIVES` plays so many, `MOSAIC_LIVES_SEED` begins at that one. A red life is made as short as it stays red, and
//! written to `target/lives` as a script that replays it with the program alone.

#![allow(
    clippy::disallowed_methods,
    clippy::let_underscore_must_use,
    clippy::match_bool,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "the table of lints is for the program; tests write"
)]

#[path = "../support/draw.rs"]
mod draw;
mod join;
mod model;
mod play;
mod steps;
mod tree;

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_shutdown;

use play::Life;

/// Tells the program that it is apart.
const APART_SAID: &str = "MOSAIC_LIVES_APART";
/// What `cargo test` plays.
const FEW: u64 = 40;
/// As many as a small machine has processors.
const WORKERS: usize = 2;
/// So many red lives say enough.
const REDS_MAX: usize = 5;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    leave_the_machines_servers();
    let trial = Trial::test("random_lives_go_as_a_small_model_says", || {
        play().map_err(Failed::from)
    });
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

/// Starts this program again where it sees no process but its own, if it may: a home that is migrated or taken back asks
/// the tmux servers that run, and those of the machine are none of its.
fn leave_the_machines_servers() {
    const APART: [&str; 4] = ["--pid", "--fork", "--kill-child=KILL", "--mount-proc"];
    let probe = Command::new("unshare").args(APART).arg("true").output();
    if std::env::var_os(APART_SAID).is_some() {
        // The first process of a namespace is not ended by signals that it does not ask for.
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            let always = Arc::new(AtomicBool::new(true));
            register_conditional_shutdown(signal, 128 + signal, always).expect("a signal");
        }
        return;
    }
    if !probe.is_ok_and(|probe| probe.status.success()) {
        return;
    }
    let error = Command::new("unshare")
        .args(APART)
        .arg(std::env::current_exe().expect("this program's path"))
        .args(std::env::args_os().skip(1))
        .env(APART_SAID, "1")
        .exec();
    panic!("unshare does not start: {error}");
}

fn play() -> Result<(), String> {
    let first = asked("MOSAIC_LIVES_SEED").unwrap_or(1);
    let end = first + asked("MOSAIC_LIVES").unwrap_or(FEW);
    let _ = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let next = AtomicU64::new(first);
    let reds = Mutex::new(Vec::new());
    let is_enough = || reds.lock().expect("no worker panicked").len() >= REDS_MAX;
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while !is_enough() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    if let Some(red) = live(seed) {
                        reds.lock().expect("no worker panicked").push(red);
                    }
                }
            });
        }
    });
    let last = next.into_inner().min(end) - 1;
    let reds = reds.into_inner().expect("no worker panicked");
    eprintln!("lives of the seeds {first} to {last}: {} red", reds.len());
    match reds.is_empty() {
        true => Ok(()),
        false => Err(reds.join("\n\n")),
    }
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .and_then(|number| number.parse().ok())
}

/// Plays the life of a seed; a red one as a message with the place of its script.
fn live(seed: u64) -> Option<String> {
    let life = Life::of(seed);
    let mut red = life.play(&life.steps).err()?;
    let mut steps = life.steps.clone();
    let mut at = 0;
    while at < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(at);
        match life.play(&fewer).err() {
            Some(still) => (red, steps) = (still, fewer),
            None => at += 1,
        }
    }
    let (broken, script) = red;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/lives");
    let place = folder.join(format!("{seed}.sh"));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&place, script))
        .expect("the script can be written");
    Some(format!(
        "seed {seed}: {broken}\n  {steps:?}\n  replay: MOSAIC=target/debug/mosaic bash {}",
        place.display()
    ))
}
