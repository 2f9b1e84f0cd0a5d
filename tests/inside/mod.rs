//! Tests of what the library does not export, compiled into it: `cargo test --lib inside::` runs them.
//!
//! Here `mosaic` is the library itself, all of its floors included.

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

mod hostile;
mod live;
#[path = "../support/patience.rs"]
mod patience;
mod properties;
mod systemd;
