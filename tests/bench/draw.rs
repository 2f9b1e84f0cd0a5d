//! Draws the order of contenders: whoever comes after another finds the caches and the disk as that left them.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// A generator of numbers (Knuth's MMIX constants).
pub struct Draw(u64);

impl Draw {
    /// Begins with the seed of this run.
    pub fn begin() -> Self {
        Self(seed())
    }

    /// The numbers from 0 on, in an order that is drawn.
    pub fn order(&mut self, length: usize) -> Vec<usize> {
        let mut order: Vec<_> = (0..length).collect();
        for at in (1..length).rev() {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, (self.0 >> 33) as usize % (at + 1));
        }
        order
    }
}

/// The seed of this run: `BENCH_SEED`, or the clock's.
pub fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| {
        let asked = std::env::var("BENCH_SEED").ok();
        let clock = SystemTime::now().duration_since(UNIX_EPOCH);
        asked
            .and_then(|seed| seed.parse().ok())
            .unwrap_or_else(|| clock.map_or(1, |now| now.as_secs()))
    })
}
