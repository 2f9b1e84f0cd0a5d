//! Waiting for what comes by itself. The limit only keeps a broken program from holding up the suite.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// The limit of every wait: far beyond what a busy machine needs.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until it is so; fails with what was waited for.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    awaited(what, || if is_so() { Ok(()) } else { Err(String::new()) });
}

/// Waits for a value and returns it; fails with what was waited for and with what was there instead.
pub fn awaited<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let limit = Instant::now() + PATIENCE;
    loop {
        match look() {
            Ok(value) => return value,
            Err(instead) => assert!(Instant::now() < limit, "never: {what} {instead}"),
        }
        sleep(PAUSE);
    }
}
