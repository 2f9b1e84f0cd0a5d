//! Faults at every system call that changes something: the program is killed there, or the call fails.
//!
//! Needs `strace`. Every point is judged by what the home is afterwards: as it was, or as it should
//! become, never something between, and never anything else than what the program said.

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
    reason = "the campaign of power cuts uses the rest of the modules that the two share"
)]

mod judge;
mod saves;
mod scenario;
#[path = "../support/mod.rs"]
mod support;
mod sweep;
mod tally;
mod trace;
mod world;

#[test]
fn no_fault_leaves_a_home_in_between() {
    trace::require_strace();
    sweep::sweep();
}

#[test]
fn every_call_that_changes_something_is_swept() {
    trace::require_strace();
    sweep::check_calls();
}

#[test]
fn who_saves_twice_while_the_program_runs_finds_his_last_save() {
    trace::require_strace();
    saves::sweep();
}
