//! Properties of random histories: whatever is shipped, edited and asked for, the promises hold.

#![allow(
    clippy::disallowed_methods,
    reason = "tests build their own world in a scratch folder"
)]

mod contents;
mod dice;
mod edits;
mod env_files;
mod faster;
mod foretold;
mod found;
mod globs;
mod histories;
mod in_place;
mod interrupted;
mod kept;
mod losses;
mod merges;
mod overlay;
mod releases;
mod rolled_back;
mod rosters;
mod trees;
mod twice;
mod world;

#[path = "../support/mod.rs"]
mod support;

use proptest::test_runner::{Config, RngSeed};

/// 256 cases each, or as many as `PROPTEST_CASES` says, always the same ones unless `PROPTEST_RNG_SEED` names
/// another seed. What fails is shrunk and printed, not kept in a file.
pub fn config() -> Config {
    let asked = Config {
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..Config::default()
    };
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        fixed => fixed,
    };
    Config { rng_seed, ..asked }
}
