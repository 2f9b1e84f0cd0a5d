//! A shell beside a running fleet of all four: `scripts/runtimes --shell`.

use std::process::ExitCode;

use crate::Test;
use crate::fleet::{Fleet, SOCKET};
use crate::manager::{self, Inside};
use crate::runtimes;

pub const SHELL: Test = ("shell", shell);

pub fn open(is_possible: bool) -> ExitCode {
    if !is_possible {
        return ExitCode::FAILURE;
    }
    match manager::go_inside(SHELL.0) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn shell(inside: &Inside) {
    let agents = runtimes::ALL.map(|runtime| (runtime, runtime));
    let fleet = Fleet::new(inside, &agents);
    fleet.run(&["fleet", "start"], 0);
    println!(
        "agents: {}; tmux -L {SOCKET}; words that steer the service are in service/wanted.rs",
        runtimes::ALL.join(" ")
    );
    let status = inside.program("bash").status().expect("bash runs");
    println!("{status}");
    for request in fleet.service.log() {
        println!("{request:?}");
    }
}
