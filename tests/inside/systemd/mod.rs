//! The door to the user's service manager, on a real one: each test has its own.

mod door;
#[allow(dead_code, reason = "the tests of the program use the rest")]
#[path = "../../fleet/manager.rs"]
mod manager;

use self::manager::{Inside, Possible, asked_for, possible, run_test_inside};

/// Runs a test of [`door`] where a user manager of its own is. Where there can be none, it says why, and nothing is
/// tried.
fn in_manager(name: &str, test: impl FnOnce(&Inside)) {
    if asked_for().is_some() {
        return test(&Inside::new());
    }
    match possible() {
        Possible::Yes => {
            let path = format!("inside::systemd::door::{name}");
            run_test_inside(&path).unwrap_or_else(|said| panic!("{said}"));
        }
        Possible::No(why) => println!("skipped: {why}"),
    }
}
