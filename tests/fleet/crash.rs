//! A tmux server that is killed, with agents that no hang-up ends: systemd brings all back, and each agent runs once.
//! Since tmux 3.5 panes are in scopes of their own where the server reaches a bus, and outlive it.

use std::collections::BTreeSet;
use std::fs;

use rustix::process::{Pid, Signal};

use crate::Test;
use crate::life::{Fleet, SOCKET};
use crate::manager::{Inside, signal};
use crate::patience::eventually;
use crate::picture::{old_fleet, sessions};

tests! {
    Test:
    each_agent_runs_once_after_it,
    each_agent_runs_once_after_it_on_the_default_server,
    each_agent_runs_once_after_it_in_a_fleet_that_was_updated,
    nothing_runs_after_a_stop,
    a_unit_of_an_earlier_release_leaves_nothing_of_its_agent,
    what_a_container_runs_goes_on,
    a_containers_own_home_is_another,
}

const AGENTS: [&str; 3] = ["coder0", "coder1", "coder2"];

/// An agent that stays when its terminal goes.
fn stubborn(mark: &str) -> String {
    format!("\"trap '' HUP; exec sleep {mark}\"")
}

fn started<'a>(inside: &'a Inside, tmux: &str, mark: &str) -> Fleet<'a> {
    let fleet = Fleet::new(inside, ".config/mosaic", AGENTS.len(), tmux);
    for agent in AGENTS {
        let line = format!("MOSAIC_AGENT_COMMAND={}\n", stubborn(mark));
        fs::write(fleet.env(agent), line).expect("written");
    }
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    fleet
}

/// The processes of all agents.
fn agents(inside: &Inside, mark: &str) -> BTreeSet<String> {
    let line = format!("sleep {mark}");
    let output = inside.program("pgrep").args(["-fx", &line]).output();
    let text = String::from_utf8(output.expect("pgrep runs").stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

fn kill_server(inside: &Inside, socket: &[&str]) {
    let pid = inside.tmux(&[socket, &["display-message", "-p", "#{pid}"]].concat());
    signal(
        pid.parse().ok().and_then(Pid::from_raw).expect("a pid"),
        Signal::KILL,
    );
}

/// Kills the server, and sees to it that systemd brings each agent back, and that each can be stopped.
fn comes_back_once(fleet: &Fleet, socket: &str, name: &[&str], mark: &str) {
    let inside = fleet.inside;
    let before = agents(inside, mark);
    assert_eq!(before.len(), AGENTS.len());
    kill_server(inside, name);
    eventually("all sessions are there again", || {
        sessions(inside, socket).len() == AGENTS.len() + 1
    });
    eventually("all count as started", || {
        fleet.shown(&["fleet", "status"])["agents"]
            .as_array()
            .expect("agents")
            .iter()
            .all(|agent| agent["unit_state"] == "active" && agent["session"] == "alive")
    });
    runs_once(fleet, mark, &before);
}

/// Sees to it that each agent runs once, and not as it did before; and so after a restart, and not at all after a stop.
fn runs_once(fleet: &Fleet, mark: &str, before: &BTreeSet<String>) {
    let seen = || agents(fleet.inside, mark);
    let after = seen();
    assert_eq!(after.len(), AGENTS.len(), "{before:?}, then {after:?}");
    assert!(before.is_disjoint(&after), "{before:?}, then {after:?}");
    fleet.run(&["fleet", "status"], 0);
    fleet.run(&["fleet", "restart"], 0);
    let again = seen();
    assert_eq!(again.len(), AGENTS.len(), "{after:?}, then {again:?}");
    assert!(after.is_disjoint(&again), "{after:?}, then {again:?}");
    fleet.run(&["fleet", "stop"], 0);
    assert_eq!(seen(), BTreeSet::new());
}

fn each_agent_runs_once_after_it(inside: &Inside) {
    let fleet = started(inside, &format!("{{ socket_name: {SOCKET} }}"), "6001");
    comes_back_once(&fleet, SOCKET, &["-L", SOCKET], "6001");
}

fn each_agent_runs_once_after_it_on_the_default_server(inside: &Inside) {
    let fleet = started(inside, "{ socket_name: '' }", "6002");
    comes_back_once(&fleet, "default", &[], "6002");
}

/// Its server is still the one that the earlier release's holder started, with a bus, and systemd does not bring that
/// back. Nothing tells which of what is left was which agent.
fn each_agent_runs_once_after_it_in_a_fleet_that_was_updated(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.36", &stubborn("6003"));
    fleet.run(&["update"], 0);
    let before = agents(inside, "6003");
    assert_eq!(before.len(), AGENTS.len());
    kill_server(inside, &["-L", SOCKET]);
    fleet.run(&["fleet", "restart"], 0);
    runs_once(&fleet, "6003", &before);
}

/// After a rollback units end sessions with a hang-up, and look for nothing that is left.
fn a_unit_of_an_earlier_release_leaves_nothing_of_its_agent(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", &stubborn("4046"));
    fleet.run(&["update"], 0);
    fleet.run(&["rollback"], 0);
    let all = agents(inside, "4046").len();
    fleet.run(&["fleet", "restart", "lead"], 0);
    assert_eq!(agents(inside, "4046").len(), all);
    fleet.run(&["fleet", "stop", "lead"], 0);
    assert_eq!(agents(inside, "4046").len(), all - 1);
    fleet.run(&["fleet", "start", "lead"], 0);
    fleet.run(&["update"], 0);
    fleet.run(&["rollback", "--relaunch"], 0);
    assert_eq!(agents(inside, "4046").len(), all);
    fleet.run(&["fleet", "stop"], 0);
    assert_eq!(agents(inside, "4046").len(), 0);
}

fn nothing_runs_after_a_stop(inside: &Inside) {
    let fleet = started(inside, &format!("{{ socket_name: {SOCKET} }}"), "6004");
    kill_server(inside, &["-L", SOCKET]);
    fleet.run(&["fleet", "stop"], 0);
    assert!(agents(inside, "6004").is_empty());
    eventually("nothing comes back", || {
        sessions(inside, SOCKET).is_empty()
            && inside.property("mosaic-tmux-holder.service", "ActiveState") == "inactive"
    });
    assert!(agents(inside, "6004").is_empty());
}

/// A container that shares the home has agents of the same names, on a socket of the same path; the numbers of processes
/// that they know are not those of here, so that their server seems to have ended.
fn what_a_container_runs_goes_on(inside: &Inside) {
    let fleet = started(inside, &format!("{{ socket_name: {SOCKET} }}"), "6005");
    let socket = inside.tmux(&["-L", SOCKET, "display-message", "-p", "#{socket_path}"]);
    let home = format!("MOSAIC_AGENT_HOME={}", fleet.home.display());
    let pane = format!("TMUX={socket},4000000,0");
    let words = [
        "--pid",
        "--fork",
        "--kill-child",
        "env",
        "MOSAIC_AGENT_NAME=coder0",
        &home,
        &pane,
    ];
    let mut container = inside.program("unshare");
    container.args(words).args(["sleep", "6006"]);
    let mut container = container.spawn().expect("unshare runs");
    let theirs = || agents(inside, "6006").len();
    eventually("it runs", || theirs() == 1);
    let status = fleet.json(&["fleet", "status"], 0);
    assert_eq!(
        status["agents"][0]["flags"],
        serde_json::json!([]),
        "{status}"
    );
    fleet.run(&["fleet", "restart"], 0);
    assert_eq!(theirs(), 1, "after a restart");
    kill_server(inside, &["-L", SOCKET]);
    eventually("all sessions are there again", || {
        sessions(inside, SOCKET).len() == AGENTS.len() + 1
    });
    assert_eq!(theirs(), 1, "after a crash");
    fleet.run(&["fleet", "stop"], 0);
    assert_eq!(theirs(), 1, "after a stop");
    container.kill().expect("killed");
    container.wait().expect("it ends");
}

/// A container may have a home of its own at the same path, with a fleet of the same names.
fn a_containers_own_home_is_another(inside: &Inside) {
    let fleet = started(inside, &format!("{{ socket_name: {SOCKET} }}"), "6007");
    let script = format!(
        "mount -t tmpfs own {home} && mkdir /tmp/own && export TMUX_TMPDIR=/tmp/own MOSAIC_AGENT_HOME={home} && \
         tmux -f /dev/null -L {SOCKET} new-session -d -s coder0 -e MOSAIC_AGENT_NAME=coder0 'sleep 6008' && sleep 1000",
        home = fleet.home.display(),
    );
    let mut container = inside.program("unshare");
    container.args([
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "sh",
        "-ec",
        &script,
    ]);
    let mut container = container.spawn().expect("unshare runs");
    let theirs = || agents(inside, "6008").len();
    eventually("it runs", || theirs() == 1);
    let status = fleet.json(&["fleet", "status"], 0);
    assert_eq!(
        status["agents"][0]["flags"],
        serde_json::json!([]),
        "{status}"
    );
    for verb in ["restart", "stop"] {
        fleet.run(&["fleet", verb, "coder0"], 0);
        assert_eq!(theirs(), 1, "{verb}");
    }
    container.kill().expect("killed");
    container.wait().expect("it ends");
}
