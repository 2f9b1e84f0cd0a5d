//! Properties of random histories: whatever is shipped, edited and asked for, the promises hold.

#![allow(
    clippy::let_underscore_must_use,
    clippy::match_bool,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::semicolon_if_nothing_returned,
    clippy::too_many_lines,
    clippy::unused_result_ok,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "the table of lints is for the program"
)]
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
