//! One program for the tests that need no machinery of their own: one build, and everything runs at once.
//!
//! A folder is a subject: `cargo test --test suite hostile::` runs one. No test changes what belongs to the whole
//! process (directory, environment, umask), and none counts its children.

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
    reason = "tests build and break their own world"
)]

mod architecture;
mod cli;
mod framework;
mod hostile;
mod live;
mod matrix;
mod support;
mod units;
