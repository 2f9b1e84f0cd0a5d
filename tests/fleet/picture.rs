//! What runs is seen from any shell: a living fleet is never lost sight of, and no agent ever runs twice.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::Test;
use crate::life::{Fleet, SOCKET};
use crate::manager::{Inside, said};
use crate::patience::eventually;

tests! {
    Test:
    lives_whatever_shell_asks,
    lives_without_its_socket,
    a_cleaned_name_is_put_back,
    another_socket_moves_nobody_by_halves,
    an_agent_beside_its_unit_is_ended_first,
    an_old_fleet_is_taken_along_from_another_shell,
    a_container_leaves_the_fleet_as_it_is,
    a_rollback_past_the_rename_takes_the_fleet_along,
    a_rollback_brings_back_what_ran,
    a_command_in_a_pane_finishes,
    start_says_why_and_stops_nothing_for_it,
    start_brings_back_an_agent_whose_unit_is_hollow,
    units_that_went_are_told_by_what_runs,
    a_server_that_is_stopped_is_not_dead,
}

pub const MOSAIC: &str = env!("CARGO_BIN_EXE_mosaic");
pub const OLD_AGENTS: [&str; 3] = ["coder0", "lead", "reviewer0"];

/// A shell whose tmux looks for sockets elsewhere.
fn elsewhere(inside: &Inside, words: &[&str]) -> Output {
    let other = inside.home().join("other");
    fs::create_dir_all(&other).expect("made");
    let mut mosaic = inside.program(MOSAIC);
    mosaic.args(words).env("TMUX_TMPDIR", other);
    mosaic.output().expect("it runs")
}

fn text(fleet: &Fleet, words: &[&str], status: i32) -> String {
    fleet.run(words, status)
}

/// How many processes have exactly this command line.
pub fn processes(inside: &Inside, line: &str) -> usize {
    let output = inside.program("pgrep").args(["-fxc", line]).output();
    let output = output.expect("pgrep runs");
    let count = String::from_utf8(output.stdout).expect("UTF-8");
    count.trim().parse().expect("a number")
}

pub fn sessions(inside: &Inside, socket: &str) -> Vec<String> {
    let words = ["-N", "-L", socket, "list-sessions", "-F", "#{session_name}"];
    let output = inside
        .program("tmux")
        .args(words)
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut names: Vec<_> = text.lines().map(str::to_owned).collect();
    names.sort();
    names
}

fn socket_file(name: &str) -> PathBuf {
    let uid = rustix::process::geteuid().as_raw();
    Path::new("/tmp").join(format!("tmux-{uid}")).join(name)
}

/// A fleet that is installed, and started, whose agents run a command.
pub fn running<'a>(inside: &'a Inside, agents: &[&str], command: &str) -> Fleet<'a> {
    let fleet = Fleet::usual(inside, agents.len());
    for agent in agents {
        let line = format!("MOSAIC_AGENT_COMMAND={command}\n");
        fs::write(fleet.env(agent), line).expect("written");
    }
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    fleet
}

/// A home as 0.0.35 or 0.0.36 left it, with its units; its agents run a command, and are started.
pub fn old_fleet<'a>(inside: &'a Inside, release: &str, command: &str) -> Fleet<'a> {
    old_fleet_of(inside, release, |_| command.to_owned())
}

/// The same of agents that each have a command of their own.
pub fn old_fleet_of<'a>(
    inside: &'a Inside,
    release: &str,
    command: impl Fn(&str) -> String,
) -> Fleet<'a> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/homes")
        .join(release);
    let home = inside.home().join(".config/mosaic");
    fs::create_dir_all(inside.units()).expect("made");
    fs::create_dir_all(inside.home().join("src")).expect("made");
    let copy = |from: PathBuf, to: &Path| {
        let status = Command::new("cp").arg("-r").arg(from).arg(to).status();
        assert!(status.expect("cp runs").success());
    };
    copy(fixture.join("home"), &home);
    for unit in ["mosaic-agent@.service", "mosaic-tmux-holder.service"] {
        copy(fixture.join("units").join(unit), &inside.units());
    }
    let fleet = Fleet::of(inside, ".config/mosaic", 0);
    for agent in OLD_AGENTS {
        let env = fs::read_to_string(fleet.env(agent)).expect("readable");
        let command = command(agent);
        let env = format!("{env}MOSAIC_AGENT_COMMAND={command}\n");
        fs::write(fleet.env(agent), env).expect("written");
    }
    inside.systemctl(&["daemon-reload"]);
    inside.systemctl(&["start", "mosaic-tmux-holder.service"]);
    for agent in OLD_AGENTS {
        inside.systemctl(&["start", &format!("mosaic-agent@{agent}.service")]);
    }
    fleet
}

fn lives_whatever_shell_asks(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4001");
    for words in [
        &["fleet", "status"][..],
        &["fleet", "restart", "coder0"],
        &["fleet", "start"],
        &["status", "--exit-code"],
    ] {
        let output = elsewhere(inside, words);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{words:?}: {}",
            said(&output)
        );
    }
    let shown = said(&elsewhere(inside, &["fleet", "status"]));
    assert_eq!(shown.matches("session alive").count(), 3, "{shown}");
    assert_eq!(processes(inside, "sleep 4001"), 2);
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0", "coder1"]);
    let output = elsewhere(inside, &["fleet", "stop"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(processes(inside, "sleep 4001"), 0);
    text(&fleet, &["fleet", "status"], 0);
}

fn lives_without_its_socket(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4002");
    fs::remove_file(socket_file(SOCKET)).expect("removed");
    let status = fleet.shown(&["fleet", "status"]);
    assert_eq!(status["agents"][0]["session"], "alive", "{status}");
    assert_eq!(status["agents"][0]["flags"], serde_json::json!([]));
    let reason = status["agents"][0]["whereabouts"]["reason"]
        .as_str()
        .expect("a reason");
    assert!(reason.contains("kill -USR1"), "{reason}");
    // Nobody can speak to its server, and it is ended all the same.
    fleet.run(&["fleet", "stop", "coder0"], 0);
    assert_eq!(processes(inside, "sleep 4002"), 1);
    fleet.run(&["fleet", "restart"], 0);
    assert_eq!(processes(inside, "sleep 4002"), 2);
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0", "coder1"]);
}

fn a_cleaned_name_is_put_back(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", "sleep 4003");
    fleet.run(&["update"], 0);
    let before = sessions(inside, "mosaic-factory");
    assert_eq!(sessions(inside, SOCKET), before);
    fs::remove_file(socket_file(SOCKET)).expect("removed");
    let status = text(&fleet, &["fleet", "status"], 0);
    assert!(!status.contains("dead"), "{status}");
    let doctor = fleet.shown(&["doctor"]);
    assert!(
        !doctor.to_string().contains("no agent can work"),
        "{doctor}"
    );
    fleet.run(&["update"], 0);
    assert_eq!(sessions(inside, SOCKET), before, "it is put back");
    assert_eq!(processes(inside, "sleep 4003"), 3);
}

fn another_socket_moves_nobody_by_halves(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4004");
    let roster = fleet.home.join("fleet/roster.yaml");
    let text_before = fs::read_to_string(&roster).expect("readable");
    fs::write(&roster, text_before.replace(SOCKET, "nine")).expect("written");
    fleet.run(&["fleet", "install"], 0);
    let status = text(&fleet, &["fleet", "status"], 3);
    assert!(
        status.contains("mosaic fleet restart moves the fleet"),
        "{status}"
    );
    for words in [&["fleet", "restart", "coder0"][..], &["fleet", "start"]] {
        let refused = text(&fleet, words, 1);
        assert!(refused.contains("mosaic fleet restart"), "{refused}");
        assert_eq!(processes(inside, "sleep 4004"), 2);
    }
    fleet.run(&["fleet", "stop", "coder0"], 0);
    assert_eq!(processes(inside, "sleep 4004"), 1, "stopped is stopped");
    fleet.run(&["fleet", "restart"], 0);
    assert_eq!(processes(inside, "sleep 4004"), 2);
    assert_eq!(sessions(inside, "nine"), ["_holder", "coder0", "coder1"]);
    assert!(sessions(inside, SOCKET).is_empty());
    text(&fleet, &["fleet", "status"], 0);
}

/// A server that somebody started by hand, with the fleet's name in another folder.
fn an_agent_beside_its_unit_is_ended_first(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4005");
    fleet.run(&["fleet", "stop"], 0);
    let folder = inside.home().join("mine");
    fs::create_dir_all(&folder).expect("made");
    let words = ["-L", SOCKET, "new-session", "-d", "-s", "coder0"];
    let mut tmux = inside.program("tmux");
    tmux.env("TMUX_TMPDIR", &folder).args(words);
    let status = tmux
        .args(["-e", "MOSAIC_AGENT_NAME=coder0", "sleep", "4005"])
        .status();
    assert!(status.expect("tmux runs").success());
    let status = fleet.shown(&["fleet", "status"]);
    assert_eq!(status["agents"][0]["session"], "alive", "{status}");
    let doctor = fleet.shown(&["doctor"]);
    let remedy = "mosaic fleet start coder0";
    assert!(doctor.to_string().contains(remedy), "{doctor}");
    fleet.run(&["fleet", "start", "coder0"], 0);
    assert_eq!(processes(inside, "sleep 4005"), 1, "it runs once");
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0"]);
    assert!(!fleet.shown(&["doctor"]).to_string().contains(remedy));
}

fn an_old_fleet_is_taken_along_from_another_shell(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", "sleep 4006");
    let before = sessions(inside, "mosaic-factory");
    let output = elsewhere(inside, &["update"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(sessions(inside, SOCKET), before);
    let env = fs::read_to_string(fleet.env("lead")).expect("readable");
    assert!(env.contains("MOSAIC_TMUX_SOCKET=mosaic-fleet"), "{env}");
    assert_eq!(processes(inside, "sleep 4006"), 3);
}

fn a_container_leaves_the_fleet_as_it_is(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", "sleep 4007");
    let files = || {
        let read = |path: PathBuf| {
            let text = fs::read_to_string(path).expect("readable");
            let lines = text
                .lines()
                .filter(|line| line.to_lowercase().contains("socket"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let envs = OLD_AGENTS.map(|agent| read(fleet.env(agent)));
        (read(fleet.home.join("fleet/roster.yaml")), envs)
    };
    let before = files();
    let shared =
        "mount -t tmpfs tmpfs /run && mkdir /run/home && mount --bind \"$HOME\" /run/home &&
        cp \"$0\" /run/mosaic && mount -t tmpfs tmpfs /tmp && mkdir -p \"$HOME\" &&
        mount --bind /run/home \"$HOME\" && cd / && exec /run/mosaic update";
    let contained = || {
        let mut container = inside.program("unshare");
        container.args([
            "--mount",
            "--pid",
            "--fork",
            "--mount-proc",
            "sh",
            "-c",
            shared,
            MOSAIC,
        ]);
        container.output().expect("it runs")
    };
    let output = contained();
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("container"), "{}", said(&output));
    assert_eq!(files(), before, "they stay together");
    // Heartbeats that are old do not say that all are dead.
    for heartbeat in fs::read_dir(fleet.home.join("fleet/run")).expect("there") {
        let old = ["-d", "2 days ago"];
        let path = heartbeat.expect("an entry").path();
        let touched = Command::new("touch").args(old).arg(path).status();
        assert!(touched.expect("touch runs").success());
    }
    assert_eq!(contained().status.code(), Some(3));
    assert_eq!(files(), before);
    fleet.run(&["update"], 0);
    assert_eq!(sessions(inside, SOCKET), sessions(inside, "mosaic-factory"));
    assert_eq!(processes(inside, "sleep 4007"), 3);
}

fn a_rollback_past_the_rename_takes_the_fleet_along(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.36", "sleep 4008");
    fleet.run(&["update"], 0);
    fleet.run(&["fleet", "restart"], 0);
    let before = sessions(inside, SOCKET);
    let back = text(&fleet, &["rollback", "0"], 0);
    assert_eq!(sessions(inside, "mosaic-factory"), before);
    assert!(back.contains("mosaic fleet restart --stale"), "{back}");
    fleet.run(&["fleet", "restart", "--stale"], 0);
    assert_eq!(processes(inside, "sleep 4008"), 3, "each runs once");
    assert_eq!(sessions(inside, "mosaic-factory"), before);
}

fn a_rollback_brings_back_what_ran(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1", "coder2"], "sleep 4009");
    fleet.run(&["fleet", "stop", "coder2"], 0);
    let bundle = crate::refresh::release(inside, "0.2.0");
    let script = bundle.join("tools/fleet/start-agent-session.sh");
    let broken = fs::read_to_string(&script).expect("readable");
    let broken = broken.replacen("set -euo pipefail", "set -euo pipefail; exit 1", 1);
    fs::write(script, broken).expect("written");
    let bundle = bundle.to_str().expect("UTF-8");
    fleet.run(&["update", "--from", bundle, "--relaunch"], 3);
    assert_eq!(
        inside.property("mosaic-agent@coder0.service", "ActiveState"),
        "failed"
    );
    let back = text(&fleet, &["rollback", "--relaunch"], 0);
    assert!(back.contains("coder0"), "{back}");
    let states =
        |agent: &str| inside.property(&format!("mosaic-agent@{agent}.service"), "ActiveState");
    assert_eq!(
        ["coder0", "coder1", "coder2"].map(states),
        ["active", "active", "inactive"]
    );
    assert_eq!(processes(inside, "sleep 4009"), 2);
}

fn a_command_in_a_pane_finishes(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "'bash --norc'");
    let pids = || {
        let words = [
            "-L",
            SOCKET,
            "list-panes",
            "-a",
            "-F",
            "#{session_name} #{pane_pid}",
        ];
        let output = inside
            .program("tmux")
            .args(words)
            .output()
            .expect("it runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let before = pids();
    let kept = Path::new(&std::env::var("XDG_RUNTIME_DIR").expect("one")).join("mosaic");
    for (name, age) in [("report-1", "2 days ago"), ("report-2.errors", "now")] {
        let mut touch = inside.program("touch");
        touch.args(["-d", age]).arg(kept.join(name));
        assert!(touch.status().expect("it runs").success());
    }
    let typed = format!(
        "{MOSAIC} fleet restart >{}/said 2>&1",
        inside.home().display()
    );
    inside.tmux(&["-L", SOCKET, "send-keys", "-t", "=coder0:", &typed, "Enter"]);
    eventually("all run anew", || {
        let after = pids();
        after.len() == 3 && after.iter().all(|line| !before.contains(line))
    });
    let told = fs::read_to_string(inside.home().join("said")).expect("readable");
    let report = told
        .split_whitespace()
        .find(|word| word.contains("/mosaic/report-"));
    let report = report.unwrap_or_else(|| panic!("no report is named: {told}"));
    eventually("the report is whole", || {
        let report = fs::read_to_string(report).unwrap_or_default();
        report.matches("started").count() == 3
    });
    let is_kept = ["report-1", "report-2.errors"].map(|name| kept.join(name).exists());
    assert_eq!(is_kept, [false, true], "what had its time to be read goes");
    text(&fleet, &["fleet", "status"], 0);
}

fn start_says_why_and_stops_nothing_for_it(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4011");
    let env = fs::read_to_string(fleet.env("coder0")).expect("readable");
    let words = "MOSAIC_AGENT_COMMAND=\"sleep 1.5; echo no such model; exit 1\"";
    let ends = env.replace("MOSAIC_AGENT_COMMAND=sleep 4011", words);
    fs::write(fleet.env("coder0"), &ends).expect("written");
    let failed = text(&fleet, &["fleet", "restart", "coder0"], 3);
    assert!(
        failed.contains("failed") && failed.contains("no such model"),
        "{failed}"
    );
    text(&fleet, &["fleet", "status"], 3);
    assert!(
        fleet.shown(&["doctor"])["findings"]
            .to_string()
            .contains("coder0")
    );

    let nowhere = env.replace("WORKDIR=~/src", "WORKDIR=~/nowhere");
    assert_ne!(nowhere, env);
    fs::write(
        fleet.env("coder1"),
        nowhere.replace("NAME=coder0", "NAME=coder1"),
    )
    .expect("written");
    for words in [&["fleet", "restart"][..], &["fleet", "restart", "coder1"]] {
        let refused = text(&fleet, words, 1);
        assert!(refused.contains("nowhere is not there"), "{refused}");
        assert_eq!(processes(inside, "sleep 4011"), 1, "nothing was stopped");
    }
    fs::write(
        fleet.env("coder0"),
        env.replace("MOSAIC_AGENT_COMMAND=sleep 4011\n", ""),
    )
    .expect("written");
    let refused = text(&fleet, &["fleet", "restart", "coder0"], 1);
    assert!(refused.contains("its runtime pi"), "{refused}");

    let own = inside.home().join("own");
    fs::create_dir(&own).expect("made");
    fs::write(own.join("pi"), "#!/bin/sh\nexec sleep 4011\n").expect("written");
    fs::set_permissions(own.join("pi"), PermissionsExt::from_mode(0o755)).expect("set");
    let env = env.replace(
        "MOSAIC_AGENT_COMMAND=sleep 4011\n",
        &format!("PATH={}:/usr/bin:/bin\n", own.display()),
    );
    fs::write(fleet.env("coder0"), env).expect("written");
    text(&fleet, &["fleet", "restart", "coder0"], 0);
}

/// Its session has ended, and systemd calls its unit active: a start would do nothing.
fn start_brings_back_an_agent_whose_unit_is_hollow(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4012");
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder0"]);
    assert!(text(&fleet, &["fleet", "status"], 3).contains("dead"));
    let status = text(&fleet, &["status", "--exit-code"], 4);
    assert!(status.contains("coder0 is dead"), "{status}");
    let doctor = fleet.shown(&["doctor"])["findings"].to_string();
    assert!(doctor.contains("no session of it lives"), "{doctor}");
    fleet.run(&["fleet", "start"], 0);
    assert_eq!(processes(inside, "sleep 4012"), 1);
    text(&fleet, &["fleet", "status"], 0);
    text(&fleet, &["status", "--exit-code"], 0);
}

fn units_that_went_are_told_by_what_runs(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4013");
    fleet.run(&["rollback"], 0);
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder1"]);
    let status = text(&fleet, &["fleet", "status"], 3);
    let typed = "mosaic fleet install && mosaic fleet restart coder1";
    assert!(status.contains(typed), "{status}");
    let doctor: Value = fleet.shown(&["doctor"]);
    assert!(
        doctor.to_string().contains("their units are not installed"),
        "{doctor}"
    );
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "restart", "coder1"], 0);
    assert_eq!(processes(inside, "sleep 4013"), 2);
    text(&fleet, &["fleet", "status"], 0);
}

fn a_server_that_is_stopped_is_not_dead(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4014");
    let server = inside.property("mosaic-tmux-holder.service", "MainPID");
    let signal = |signal: &str| {
        let kill = inside.program("kill").args([signal, &server]).status();
        assert!(kill.expect("kill runs").success());
    };
    signal("-STOP");
    let status = fleet.run(&["fleet", "status"], 6);
    let restart = fleet.inside.mosaic(&["fleet", "restart", "coder0"]);
    signal("-CONT");
    assert!(!restart.status.success());
    assert!(!status.contains("dead"), "{status}");
    assert!(status.contains(&format!("kill -CONT {server}")), "{status}");
    let status = text(&fleet, &["fleet", "status"], 0);
    assert_eq!(status.matches("alive").count(), 2, "{status}");
    assert_eq!(processes(inside, "sleep 4014"), 1);
}
