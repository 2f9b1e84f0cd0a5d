//! Power cuts at every system call that changes something: a campaign of its own, run by `scripts/power-loss`.

#![allow(clippy::disallowed_methods, reason = "tests start programs and write")]
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
