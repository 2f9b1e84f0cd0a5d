//! The fleet with the real runtimes: claude, codex, opencode and pi, as `scripts/runtimes` installed them, each test under
//! a user manager and in namespaces of its own, where the network is loopback and the model is `service`.

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

mod beats;
mod conversations;
mod fleet;
mod life;
#[allow(dead_code, reason = "the fleet's own tests use the rest")]
#[path = "../fleet/manager.rs"]
mod manager;
#[path = "../support/patience.rs"]
mod patience;
mod provider;
mod renewed;
mod runtimes;
mod screens;
mod sent;
mod service;
mod shell;

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

use manager::{Inside, Possible};

/// A test by its path that needs a manager.
pub type Test = (&'static str, fn(&Inside));

const TESTS: &[&[Test]] = &[
    beats::TESTS,
    conversations::TESTS,
    life::TESTS,
    provider::TESTS,
    renewed::TESTS,
    screens::TESTS,
    sent::TESTS,
];

/// The folder that the runtimes are installed in, said to what runs inside: the manager's script clears `MOSAIC_`.
const FOLDER: &str = "RUNTIMES_FOLDER";

fn main() -> ExitCode {
    if let Some(name) = manager::asked_for() {
        let all = TESTS.iter().copied().flatten();
        let mut all = all.chain(&[shell::SHELL]);
        let (_, test) = all.find(|(known, _)| *known == name).expect("a test");
        test(&Inside::new());
        return ExitCode::SUCCESS;
    }
    let is_shell = std::env::args()
        .nth(1)
        .is_some_and(|word| word == "--shell");
    let why_not = why_not();
    if why_not.is_none() {
        enter_network();
    }
    if let Some(why) = &why_not {
        eprintln!("skipped: {why}");
    }
    if is_shell {
        return shell::open(why_not.is_none());
    }
    let mut arguments = Arguments::from_args();
    // Each takes a gigabyte and both processors.
    arguments.test_threads.get_or_insert(1);
    let trials = TESTS.iter().copied().flatten().map(|(name, _)| {
        let (_, shown) = name.split_once("::").expect("a path");
        Trial::test(shown, || {
            manager::run_inside(name).map(drop).map_err(Failed::from)
        })
        .with_ignored_flag(why_not.is_some())
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// The reason why the runtimes cannot be tried here.
fn why_not() -> Option<String> {
    if std::env::var_os("MOSAIC_RUNTIMES").is_none() {
        return Some("the runtimes are installed and run by scripts/runtimes".to_owned());
    }
    match manager::possible() {
        Possible::No(why) => Some(why),
        Possible::Yes => None,
    }
}

/// Starts this program again where there is no network but loopback.
fn enter_network() {
    if std::env::var_os(FOLDER).is_some() {
        return;
    }
    let folder: PathBuf = std::env::var_os("MOSAIC_RUNTIMES").expect("set").into();
    let up = "ip link set lo up && exec \"$@\"";
    let error = Command::new("unshare")
        .args(["--net", "sh", "-c", up, "sh"])
        .arg(std::env::current_exe().expect("this program's path"))
        .args(std::env::args_os().skip(1))
        .env(FOLDER, folder.canonicalize().expect("the runtimes' folder"))
        .exec();
    panic!("unshare does not start: {error}");
}
