//! Random lives of homes, each step beside a small model of what an update promises.
//!
//! `--lives N` plays so many, `--seed S` begins at that one. A red life is made as short as it stays red, and written to
//! `target/lives` as a script that replays it with the program alone.

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

use play::Life;

/// What `cargo test` plays.
const FEW: u64 = 40;
/// As many as a small machine has processors.
const WORKERS: usize = 2;
/// So many red lives say enough.
const REDS_MAX: usize = 5;

fn main() -> ExitCode {
    let (first, number) = (
        asked("--seed").unwrap_or(1),
        asked("--lives").unwrap_or(FEW),
    );
    let _ = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let next = AtomicU64::new(first);
    let reds = Mutex::new(Vec::new());
    let is_enough = || reds.lock().expect("no worker panicked").len() >= REDS_MAX;
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while !is_enough() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + number {
                        break;
                    }
                    if let Some(red) = live(seed) {
                        reds.lock().expect("no worker panicked").push(red);
                    }
                }
            });
        }
    });
    let played = next.into_inner().min(first + number) - first;
    let reds = reds.into_inner().expect("no worker panicked");
    for red in &reds {
        eprintln!("{red}\n");
    }
    let (word, failed) = if reds.is_empty() {
        ("ok", 0)
    } else {
        ("FAILED", reds.len())
    };
    println!(
        "lives from seed {first}: {played} played, {} red",
        reds.len()
    );
    println!(
        "test result: {word}. {} passed; {failed} failed; 0 ignored",
        usize::from(failed == 0)
    );
    match reds.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn asked(name: &str) -> Option<u64> {
    let mut words = std::env::args().skip_while(|word| word != name).skip(1);
    words.next().and_then(|word| word.parse().ok())
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
