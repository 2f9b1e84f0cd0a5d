//! What `mosaic doctor` advises for agents, typed as it stands: afterwards there is nothing to find.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::Test;
use crate::doctor::{is_mended_by, one, running, type_in};
use crate::life::SOCKET;
use crate::manager::Inside;
use crate::patience::eventually;
use crate::picture::{processes, sessions};

tests! {
    Test:
    a_session_that_is_gone_comes_back,
    an_agent_that_is_started_again_and_again_is_not_well,
    a_session_without_its_unit_gets_it,
    units_that_are_marked_are_found,
    a_roster_that_cannot_be_read_is_opened,
    a_manager_without_tmux_gets_a_path,
    a_daemon_that_agents_share_is_ended,
}

fn a_session_that_is_gone_comes_back(inside: &Inside) {
    let fleet = running(inside, 2);
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder0"]);
    let remedy = one(&fleet, "problem", &["no session of it lives: coder0"]);
    is_mended_by(&fleet, &remedy);
    fleet.run(&["fleet", "status"], 0);
}

fn an_agent_that_is_started_again_and_again_is_not_well(inside: &Inside) {
    let fleet = running(inside, 2);
    let broken = "[Service]\nExecStartPre=/bin/false\nRestartSec=60\n";
    inside.write_unit("mosaic-agent@coder0.service.d/broken.conf", broken);
    fleet.run(&["fleet", "restart", "coder0"], 3);
    let is_waiting = || {
        inside
            .property("mosaic-agent@coder0.service", "SubState")
            .starts_with("auto-restart")
    };
    eventually("systemd waits to start it again", is_waiting);
    assert!(fleet.run(&["fleet", "status"], 3).contains("dead"));
    assert!(
        fleet
            .run(&["status", "--exit-code"], 4)
            .contains("coder0 is dead")
    );
    one(&fleet, "problem", &["no session of it lives: coder0"]);
}

fn a_session_without_its_unit_gets_it(inside: &Inside) {
    let fleet = running(inside, 2);
    inside.systemctl(&["stop", "mosaic-agent@coder0.service"]);
    let words = ["-L", SOCKET, "new-session", "-d", "-s", "coder0"];
    let words = [&words[..], &["-e", "MOSAIC_AGENT_NAME=coder0"]].concat();
    inside.tmux(&[&words[..], &["sleep", "4040"]].concat());
    let remedy = one(&fleet, "problem", &["its unit is not active", "coder0"]);
    is_mended_by(&fleet, &remedy);
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0", "coder1"]);
    assert_eq!(processes(inside, "sleep 4040"), 1, "it goes on");
    fleet.run(&["fleet", "status"], 0);
}

fn units_that_are_marked_are_found(inside: &Inside) {
    let fleet = running(inside, 1);
    let unit = inside.units().join("mosaic-agent@.service");
    for marked in [unit, inside.units()] {
        let chattr = inside.program("chattr").arg("+i").arg(&marked).status();
        if !chattr.is_ok_and(|status| status.success()) {
            println!("skipped: nothing can be marked here");
            return;
        }
        let remedy = format!("chattr -i -a {}", marked.display());
        let doctor = fleet.run(&["doctor"], 3);
        type_in(inside, &remedy);
        assert!(doctor.contains(&remedy), "{doctor}");
        fleet.run(&["doctor"], 0);
    }
}

fn a_roster_that_cannot_be_read_is_opened(inside: &Inside) {
    let fleet = running(inside, 1);
    let roster = fleet.home.join("fleet/roster.yaml");
    let sound = inside.home().join("sound");
    fs::copy(&roster, &sound).expect("copied");
    fs::write(&roster, "version: 1\nagents: [\n").expect("written");
    let editor = inside.home().join("editor");
    let script = format!("#!/bin/sh\ncp {} \"$1\"\n", sound.display());
    fs::write(&editor, script).expect("written");
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).expect("set");
    let remedy = one(&fleet, "problem", &["cannot be read", "roster.yaml:2:"]);
    let remedy = format!("EDITOR={}; {remedy}", editor.display());
    is_mended_by(&fleet, &remedy);
}

fn a_manager_without_tmux_gets_a_path(inside: &Inside) {
    let fleet = running(inside, 1);
    inside.systemctl(&["set-environment", "PATH=/nowhere"]);
    let words = ["finds no tmux", "PATH (/nowhere)"];
    let remedy = one(&fleet, "problem", &words);
    is_mended_by(&fleet, &remedy);
    fleet.run(&["fleet", "restart"], 0);
}

/// The stand-in for codex only has its name: the first one starts the daemon, as codex does without `--no-daemon`.
fn a_daemon_that_agents_share_is_ended(inside: &Inside) {
    let codex = inside.home().join("codex");
    fs::copy("/bin/sleep", &codex).expect("copied");
    let codex = codex.display();
    let begun = inside.home().join("begun");
    let daemon = format!("mkdir {} && setsid -f {codex} 4041", begun.display());
    let fleet = running(inside, 2);
    for agent in ["coder0", "coder1"] {
        let text = fs::read_to_string(fleet.env(agent)).expect("readable");
        let others = text
            .lines()
            .filter(|line| !line.starts_with("MOSAIC_AGENT_COMMAND"));
        let others: Vec<_> = others.collect();
        let command = format!("{daemon}; exec {codex} 4042");
        let command = format!("MOSAIC_AGENT_COMMAND=\"sh -c '{command}'\"\n");
        fs::write(fleet.env(agent), others.join("\n") + "\n" + &command).expect("written");
        fleet.run(&["fleet", "restart", agent], 0);
        let line = format!("{codex} 4041");
        eventually("the daemon", || processes(inside, &line) == 1);
    }
    let words = ["serves coder0, coder1", "of coder0", "--no-daemon"];
    let remedy = one(&fleet, "note", &words);
    is_mended_by(&fleet, &remedy);
    assert_eq!(processes(inside, &format!("{codex} 4041")), 0);
    assert_eq!(processes(inside, &format!("{codex} 4042")), 2);
}
