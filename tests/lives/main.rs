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

mod join;
mod model;
mod play;
mod steps;
mod tree;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use libtest_mimic::{Arguments, Failed, Trial};

use play::Life;

/// What `cargo test` plays.
const FEW: u64 = 40;
/// As many as a small machine has processors.
const WORKERS: usize = 2;
/// So many red lives say enough.
const REDS_MAX: usize = 5;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trial = Trial::test("random_lives_go_as_a_small_model_says", || {
        play().map_err(Failed::from)
    });
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
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
