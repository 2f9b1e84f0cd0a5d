//! The fleet on a real user manager: each test has its own, in namespaces that nothing outside sees into.

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

/// Lists the tests of a module, each by the name of its function.
macro_rules! tests {
    ($kind:ty: $($test:ident),* $(,)?) => {
        pub const TESTS: &[$kind] = &[$((concat!(module_path!(), "::", stringify!($test)), $test)),*];
    };
}

mod access;
mod afar;
mod away;
#[path = "../support/capture.rs"]
mod capture;
mod captured;
mod crash;
mod doctor;
#[path = "../support/draw.rs"]
mod draw;
mod elsewhere;
mod guides;
mod judged;
mod kept;
mod lacks;
mod life;
mod looked_at;
#[allow(dead_code, reason = "the library's own tests use the rest")]
mod manager;
mod members;
mod moved;
mod names;
mod observed;
mod operators_units;
mod orders;
mod passed_over;
#[path = "../support/patience.rs"]
mod patience;
mod picture;
mod reboot;
mod refresh;
mod relaunch;
mod remedies;
mod runtimes;
mod script;
mod storm;
mod texts;
mod told;
mod topped;
mod versions;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use manager::{Inside, Possible};

/// A test by its path: outside, it asks the script; inside, it has a manager.
pub type Outside = (&'static str, fn());
/// A test by its path that needs a manager.
pub type Test = (&'static str, fn(&Inside));

/// Tests at once, also on two cores: most of their time they wait for agents to have lived for seconds.
const AT_ONCE: usize = 6;

const OUTSIDE: &[&[Outside]] = &[script::TESTS];
const INSIDE: &[&[Test]] = &[
    reboot::TESTS,
    life::TESTS,
    guides::TESTS,
    members::TESTS,
    elsewhere::TESTS,
    lacks::TESTS,
    refresh::TESTS,
    relaunch::TESTS,
    remedies::TESTS,
    doctor::TESTS,
    runtimes::TESTS,
    picture::TESTS,
    crash::TESTS,
    versions::TESTS,
    moved::TESTS,
    observed::TESTS,
    judged::TESTS,
    looked_at::TESTS,
    told::TESTS,
    topped::TESTS,
    captured::TESTS,
    operators_units::TESTS,
    kept::TESTS,
    names::TESTS,
    passed_over::TESTS,
    access::TESTS,
    afar::TESTS,
    away::TESTS,
    orders::TESTS,
];

fn main() -> ExitCode {
    if let Some(name) = manager::asked_for() {
        let inside = Inside::new();
        if storm::is_played(&name, &inside) || texts::is_played(&name, &inside) {
            return ExitCode::SUCCESS;
        }
        let (_, test) = INSIDE
            .iter()
            .copied()
            .flatten()
            .find(|(known, _)| *known == name)
            .expect("a test");
        test(&inside);
        return ExitCode::SUCCESS;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let possible = manager::possible();
    if let Possible::No(why) = &possible {
        eprintln!("skipped: {why}");
    }
    let is_skipped = possible != Possible::Yes;
    let outside = OUTSIDE.iter().copied().flatten().map(|(name, test)| {
        Trial::test(shown(name), || {
            test();
            Ok(())
        })
    });
    let inside = INSIDE.iter().copied().flatten().map(|(name, _)| {
        Trial::test(shown(name), || {
            manager::run_inside(name).map(drop).map_err(Failed::from)
        })
    });
    let storm = Trial::test("storm::loses_and_doubles_no_agent", || {
        storm::storm().map_err(Failed::from)
    });
    let texts = Trial::test("texts::arrive_once", || {
        texts::texts().map_err(Failed::from)
    });
    let trials = outside
        .chain(inside)
        .chain([storm, texts])
        .map(|trial| trial.with_ignored_flag(is_skipped));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// The path without this program's own name, as for tests of other programs.
fn shown(path: &str) -> &str {
    path.split_once("::").map_or(path, |(_, below)| below)
}
