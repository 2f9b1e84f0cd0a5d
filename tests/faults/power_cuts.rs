//! Power cuts at every system call that changes something: a campaign of its own, run by `scripts/power-loss`.

#![allow(clippy::disallowed_methods, reason = "tests start programs and write")]
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
    dead_code,
    reason = "the other campaign uses the rest of the modules that the two share"
)]

mod judge;
mod power;
mod scenario;
#[path = "../support/mod.rs"]
mod support;
mod sweep;
mod tally;
mod trace;
mod world;

#[test]
fn no_power_cut_leaves_a_home_in_between() {
    trace::require_strace();
    power::sweep();
}
