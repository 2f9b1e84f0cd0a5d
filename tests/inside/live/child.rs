//! This program again, doing one thing: to be killed, held up or lied to.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use mosaic::effects::os::tmux::Sockets;
use mosaic::model::tmux::Adoption;

use crate::inside::live::fleet::Fleet;

/// What the child is told.
const TOLD: &str = "MOSAIC_LIVE_CHILD";

/// The test that is run in the child.
const TEST: &str = "inside::live::child::does_what_it_is_told";

/// Has nothing to do unless another test runs it by name.
#[test]
fn does_what_it_is_told() {
    if let Ok(told) = env::var(TOLD) {
        let (verb, adoption) = told.split_once(' ').expect("a verb and an adoption");
        perform(verb, &serde_json::from_str(adoption).expect("an adoption"));
    }
}

pub fn perform(verb: &str, adoption: &Adoption) {
    let sockets = Sockets::at(&adoption.directory);
    match verb {
        "adopt" => drop(sockets.adopt(adoption).unwrap()),
        "release" => drop(sockets.release(adoption).unwrap()),
        "mend" => drop(sockets.mend(adoption).unwrap()),
        "find" => assert_eq!(
            Sockets::of_this_user().directory(),
            Path::new(&adoption.directory)
        ),
        verb => panic!("{verb}"),
    }
}

/// This program again, doing one thing.
pub fn child(fleet: &Fleet, told: (&str, &Adoption), before: &[&str]) -> Command {
    let own = env::current_exe().expect("this program");
    let mut command = fleet.program("env");
    command.args(before).arg(own).args(["--exact", TEST]);
    command.env(
        TOLD,
        format!(
            "{} {}",
            told.0,
            serde_json::to_string(told.1).expect("JSON")
        ),
    );
    command
}

/// `strace`, doing something to a call.
pub fn stracing(fleet: &Fleet, fault: &str) -> [String; 7] {
    let (trace, inject) = (
        fleet.path("trace").display().to_string(),
        format!("inject={fault}"),
    );
    ["strace", "-f", "-qq", "-o", &trace, "-e", &inject].map(str::to_owned)
}

/// Whether the fault fired.
pub fn disturbed(fleet: &Fleet, told: (&str, &Adoption), fault: &str) -> bool {
    let strace = stracing(fleet, fault);
    let strace: Vec<_> = strace.iter().map(String::as_str).collect();
    child(fleet, told, &strace).output().expect("strace runs");
    let trace = fs::read_to_string(fleet.path("trace")).expect("a trace");
    trace.contains("INJECTED") || trace.contains("killed by SIGKILL")
}

pub fn has_strace() -> bool {
    let found = Command::new("strace").arg("-V").output().is_ok();
    if !found {
        println!("skipped: needs strace");
    }
    found
}
