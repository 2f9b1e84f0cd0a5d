//! Properties of random histories: whatever is shipped, edited and asked for, the promises hold.

#![allow(
    clippy::disallowed_methods,
    reason = "tests build their own world in a scratch folder"
)]

mod config;
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
mod overlay;
mod releases;
mod rolled_back;
mod trees;
mod twice;
mod world;

#[path = "../support/mod.rs"]
mod support;

pub use config::config;
