//! A storm over a fleet: random steps of the program, of its operator and of bad luck, and after each a count in `/proc`.
//!
//! `MOSAIC_STORM` plays so many sequences, `MOSAIC_STORM_SEED` begins at that one, `MOSAIC_STORM_AT_ONCE` side by side.

mod advice;
mod expected;
mod play;
mod steps;
mod truth;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::manager::{self, Inside};

/// Beginning of the name by which a sequence is asked for inside, before its seed.
const ASKED: &str = "storm::";
/// What `cargo test` plays, all side by side: most of a sequence is waiting.
const FEW: u64 = 4;
/// So many red sequences say enough.
const REDS_MAX: usize = 8;

/// Plays one sequence, if its name is that of one.
pub fn is_played(name: &str, inside: &Inside) -> bool {
    let seed = name.strip_prefix(ASKED).and_then(|seed| seed.parse().ok());
    if let Some(seed) = seed {
        play::play(seed, inside);
    }
    seed.is_some()
}

/// Plays sequences, each under a manager of its own. The red ones, each with its steps.
pub fn storm() -> Result<(), String> {
    let first = asked("MOSAIC_STORM_SEED").unwrap_or(1);
    let end = first + asked("MOSAIC_STORM").unwrap_or(FEW);
    let workers = asked("MOSAIC_STORM_AT_ONCE").unwrap_or(FEW);
    let next = AtomicU64::new(first);
    let reds = Mutex::new(Vec::new());
    let is_enough = || reds.lock().expect("no worker panicked").len() >= REDS_MAX;
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while !is_enough() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    match manager::run_inside(&format!("{ASKED}{seed}")) {
                        Ok(said) => eprint!("{said}"),
                        Err(red) => {
                            let red = format!("seed {seed}: {red}");
                            eprintln!("{red}");
                            reds.lock().expect("no worker panicked").push(red);
                        }
                    }
                }
            });
        }
    });
    let last = next.into_inner().min(end) - 1;
    let reds = reds.into_inner().expect("no worker panicked");
    eprintln!(
        "sequences of the seeds {first} to {last}: {} red",
        reds.len()
    );
    match reds.is_empty() {
        true => Ok(()),
        false => Err(reds.join("\n\n")),
    }
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
