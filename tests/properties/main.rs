//! Properties of random histories: whatever is shipped, edited and asked for, the promises hold.

#![allow(clippy::disallowed_methods, reason = "tests build their own world in a scratch folder")]

mod contents;
mod edits;
mod faster;
mod foretold;
mod found;
mod globs;
mod histories;
mod interrupted;
mod kept;
mod losses;
mod merges;

mod overlay;
mod releases;
mod rolled_back;
mod trees;
mod twice;
mod world;

#[path = "../support/mod.rs"]
mod support;

/// 256 cases each, or as many as `PROPTEST_CASES` says. What fails is shrunk and printed, not kept in a file.
pub fn config() -> proptest::test_runner::Config {
    proptest::test_runner::Config { failure_persistence: None, max_shrink_iters: 4000, ..Default::default() }
}
