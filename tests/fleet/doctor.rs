//! `mosaic doctor` on a real fleet: what is wrong is found, and what it advises mends it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Test;
use crate::life::{Fleet, SOCKET, everything};
use crate::manager::{Inside, said};
use crate::patience::eventually;
use crate::refresh::old_fleet;

tests! {
    Test:
    has_nothing_to_say_of_a_sound_fleet,
    finds_boot_gaps,
    finds_agents_that_nobody_declares,
    finds_a_server_in_a_login,
    finds_a_server_in_an_agents_unit,
    finds_a_server_that_took_the_socket,
    finds_a_default_server_in_a_unit,
    finds_a_server_that_does_not_answer,
    finds_units_that_are_to_be_read_again,
    finds_what_systemd_says_of_a_unit,
    finds_units_that_failed,
    finds_a_holder_of_an_earlier_release,
}

const HOLDER: &str = "mosaic-tmux-holder.service";
const TEMPLATE: &str = "mosaic-agent@.service";

/// What is found: its weight, what, and what to type.
pub type Found = (String, String, String);

fn unit(agent: &str) -> String {
    format!("mosaic-agent@{agent}.service")
}

pub fn running(inside: &Inside, count: usize) -> Fleet<'_> {
    let fleet = Fleet::usual(inside, count);
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    assert_eq!(found(&fleet), [], "a sound fleet");
    fleet
}

fn examined(fleet: &Fleet, words: &[&str]) -> Value {
    let home = fleet.home.to_str().expect("UTF-8");
    let output = fleet
        .inside
        .mosaic(&[&["doctor", "--json", "--home", home], words].concat());
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let findings = document["findings"].as_array().expect("findings");
    let status = if findings.iter().any(|line| line["weight"] == "problem") {
        3
    } else {
        0
    };
    assert_eq!(output.status.code(), Some(status), "{}", said(&output));
    document
}

fn summary(document: &Value) -> &str {
    let checks = document["checks"].as_array().expect("checks");
    let check = checks
        .iter()
        .find(|check| check["name"] == "fleet")
        .expect("a check of the fleet");
    check["summary"].as_str().expect("text")
}

pub fn found(fleet: &Fleet) -> Vec<Found> {
    let document = examined(fleet, &[]);
    let lines = document["findings"].as_array().expect("findings").iter();
    let text = |line: &Value, field: &str| line[field].as_str().expect("text").to_owned();
    let lines = lines.filter(|line| line["check"] == "fleet");
    lines
        .map(|line| {
            (
                text(line, "weight"),
                text(line, "message"),
                text(line, "remedy"),
            )
        })
        .collect()
}

/// The one thing that is found: of this weight, and with these words. What to type.
pub fn one(fleet: &Fleet, weight: &str, words: &[&str]) -> String {
    let found = found(fleet);
    let [(of, message, remedy)] = &*found else {
        panic!("{words:?}: {found:#?}")
    };
    assert!(
        of == weight && words.iter().all(|part| message.contains(part)),
        "{words:?}: {found:#?}"
    );
    remedy.clone()
}

/// Types what was advised, as the person would.
pub fn type_in(inside: &Inside, remedy: &str) {
    let program = Path::new(env!("CARGO_BIN_EXE_mosaic"))
        .parent()
        .expect("a folder")
        .display();
    let path = std::env::var("PATH").expect("a PATH");
    let mut shell = inside.program("sh");
    let output = shell
        .args(["-ec", remedy])
        .env("PATH", format!("{program}:{path}"))
        .output()
        .expect("sh");
    assert!(output.status.success(), "{remedy}: {}", said(&output));
}

pub fn is_mended_by(fleet: &Fleet, remedy: &str) {
    type_in(fleet.inside, remedy);
    eventually("all is well", || found(fleet).is_empty());
}

fn drop_in(inside: &Inside, unit: &str, text: &str) -> PathBuf {
    let file = format!("{unit}.d/mine.conf");
    inside.write_unit(&file, text);
    inside.systemctl(&["daemon-reload"]);
    inside.units().join(file)
}

fn has_nothing_to_say_of_a_sound_fleet(inside: &Inside) {
    let fleet = Fleet::usual(inside, 4);
    assert_eq!(summary(&examined(&fleet, &[])), "not installed");
    let scratch = inside.home().join("scratch");
    let elsewhere = ["--units-dir", scratch.to_str().expect("UTF-8")];
    fleet.run(&[&["fleet", "install"][..], &elsewhere].concat(), 0);
    let document = examined(&fleet, &elsewhere);
    assert_eq!(
        summary(&document),
        "installed where the user manager reads no units"
    );
    fleet.run(&[&["rollback"][..], &elsewhere].concat(), 0);

    fleet.run(&["fleet", "install"], 0);
    assert_eq!(found(&fleet), [], "what was never started is no fault");
    fleet.run(&["fleet", "start"], 0);
    fleet.run(&["fleet", "stop", "coder2"], 0);
    // Faults of the operator's own units and files beside the rosters are not the fleet's.
    inside.write_unit(
        "mine.service",
        "[Unit]\nWants=mosaic-agent@gone.service\n[Service]\nExecStart=/no/such\nTypo=1\n",
    );
    drop_in(inside, HOLDER, "[Unit]\nWants=mine.service\n");
    fs::write(fleet.home.join("fleet/notes.yaml"), "just: [a note\n").expect("written");
    let (before, loads) = (everything(&fleet), inside.loads());
    let document = examined(&fleet, &[]);
    assert_eq!(found(&fleet), []);
    assert_eq!(summary(&document), "holder active, 3 of 4 agents active");
    assert_eq!(
        (everything(&fleet), inside.loads()),
        (before, loads),
        "it only looks"
    );
    inside.stop_manager();
    let document = examined(&fleet, &[]);
    assert_eq!(
        (summary(&document), found(&fleet)),
        ("no user manager to ask", Vec::new())
    );
}

fn finds_boot_gaps(inside: &Inside) {
    let fleet = running(inside, 6);
    inside.systemctl(&["disable", HOLDER, &unit("coder1")]);
    let words = ["would not come back", HOLDER, &*unit("coder1")];
    is_mended_by(&fleet, &one(&fleet, "problem", &words));
    inside.systemctl(&["mask", &unit("coder2")]);
    assert_eq!(
        found(&fleet),
        [],
        "what is masked is its operator's decision"
    );
    for number in [0, 1, 3, 4, 5] {
        inside.systemctl(&["disable", &unit(&format!("coder{number}"))]);
    }
    is_mended_by(&fleet, &one(&fleet, "problem", &["and 2 more"]));
    inside.systemctl(&["disable", &unit("coder1")]);
    fleet.run(&["fleet", "stop", "coder1"], 0);
    assert_eq!(found(&fleet), [], "what does not run may stay so");
}

fn finds_agents_that_nobody_declares(inside: &Inside) {
    let fleet = running(inside, 3);
    let one_less: Vec<_> = ["coder0", "coder2"].map(str::to_owned).into();
    fleet.declare(
        "fleet/roster.yaml",
        &format!("{{ socket_name: {SOCKET} }}"),
        &one_less,
    );
    let other = fleet.home.join("fleet/other.yaml");
    fs::write(
        &other,
        "version: 1\nagents: [{ name: coder1, colour: red }]\n",
    )
    .expect("written");
    // What cannot be read may declare it.
    let edit = one(&fleet, "problem", &["fleet/other.yaml:2:26", "colour"]);
    assert_eq!(edit, format!("${{EDITOR:-vi}} {}", other.display()));
    fs::write(&other, "version: 1\nagents: [{ name: coder1 }]\n").expect("written");
    assert_eq!(found(&fleet), [], "declared elsewhere");
    fs::remove_file(&other).expect("removed");
    is_mended_by(
        &fleet,
        &one(
            &fleet,
            "note",
            &["declares", &unit("coder1"), "ends their sessions"],
        ),
    );
    assert_eq!(inside.property(&unit("coder1"), "ActiveState"), "inactive");
    inside.systemctl(&["start", &unit("coder1")]);
    is_mended_by(&fleet, &one(&fleet, "note", &[&unit("coder1")]));
    assert_eq!(
        fleet
            .lives(&["-L", SOCKET])
            .keys()
            .filter(|name| !name.contains('.'))
            .count(),
        3
    );
}

fn finds_a_server_in_a_login(inside: &Inside) {
    let fleet = Fleet::usual(inside, 2);
    fleet.run(&["fleet", "install"], 0);
    inside.tmux(&[
        "-L",
        SOCKET,
        "new-session",
        "-d",
        "-s",
        "coder0",
        "sleep",
        "1000",
    ]);
    fleet.run(&["fleet", "start"], 3);
    assert_eq!(inside.property(HOLDER, "ActiveState"), "failed");
    let remedy = one(
        &fleet,
        "problem",
        &["the login session-1.scope", "ends every session"],
    );
    is_mended_by(&fleet, &remedy);
    assert_eq!(
        summary(&examined(&fleet, &[])),
        "holder active, 2 of 2 agents active"
    );

    fleet.run(&["fleet", "stop"], 0);
    let mut scope = inside.program("systemd-run");
    scope.args([
        "--user",
        "--scope",
        "--unit=mine.scope",
        "tmux",
        "-L",
        SOCKET,
        "new-session",
        "-d",
        "sleep 1000",
    ]);
    assert!(scope.output().expect("it runs").status.success());
    is_mended_by(&fleet, &one(&fleet, "note", &["inside mine.scope"]));
}

fn finds_a_server_in_an_agents_unit(inside: &Inside) {
    let fleet = running(inside, 2);
    fleet.run(&["fleet", "stop"], 0);
    let env = fleet.home.join("fleet/holder.env");
    let ours = fs::read_to_string(&env).expect("readable");
    fs::write(&env, ours.replace(SOCKET, "other")).expect("written");
    let start = format!("tmux -L {SOCKET} new-session -d -s coder0 'sleep 1000'");
    let another = format!("tmux -L {SOCKET} new-session -d -s another 'sleep 1000'");
    let text = format!("[Service]\nExecStart=\nExecStart={start}\nExecStartPost={another}\n");
    let mine = drop_in(inside, &unit("coder0"), &text);
    inside.systemctl(&["start", &unit("coder0")]);
    let remedy = one(
        &fleet,
        "problem",
        &["inside mosaic-agent@coder0.service", "the whole fleet"],
    );
    fs::write(&env, ours).expect("written");
    fs::remove_file(mine).expect("removed");
    inside.systemctl(&["daemon-reload"]);
    is_mended_by(&fleet, &remedy);
    assert_eq!(
        summary(&examined(&fleet, &[])),
        "holder active, 2 of 2 agents active"
    );
}

fn socket() -> PathBuf {
    Path::new(&std::env::var("TMUX_TMPDIR").expect("a folder"))
        .join("tmux-0")
        .join(SOCKET)
}

fn finds_a_server_that_took_the_socket(inside: &Inside) {
    let fleet = running(inside, 2);
    let lives = fleet.lives(&["-L", SOCKET]);
    fs::remove_file(socket()).expect("removed");
    inside.tmux(&["-L", SOCKET, "new-session", "-d", "sleep", "1000"]);
    is_mended_by(
        &fleet,
        &one(&fleet, "problem", &["has taken the socket mosaic-fleet"]),
    );
    assert_eq!(fleet.lives(&["-L", SOCKET]), lives);
}

fn finds_a_default_server_in_a_unit(inside: &Inside) {
    let fleet = Fleet::new(inside, ".config/mosaic", 1, "{}");
    fleet.run(&["fleet", "install"], 0);
    inside.tmux(&["new-session", "-d", "-s", "mine", "sleep", "1000"]);
    fleet.run(&["fleet", "start"], 0);
    assert_eq!(
        found(&fleet),
        [],
        "a default server is wherever its operator started it"
    );
    fleet.run(&["fleet", "stop"], 0);
    inside.tmux(&["kill-server"]);
    let run = format!(
        "exec {}/tools/fleet/tmux-holder.sh run",
        fleet.home.display()
    );
    let start = format!("/bin/sh -c 'tmux new-session -d -s mine \"sleep 1000\"; {run}'");
    let mine = drop_in(
        inside,
        HOLDER,
        &format!("[Service]\nExecStart=\nExecStart={start}\n"),
    );
    fleet.run(&["fleet", "start"], 0);
    let words = [
        "default tmux server",
        HOLDER,
        "tmux -L default kill-server",
        "mosaic fleet restart",
    ];
    type_in(inside, &one(&fleet, "problem", &words));
    inside.tmux(&["has-session", "-t", "=mine"]);
    fs::remove_file(mine).expect("removed");
    inside.systemctl(&["daemon-reload"]);
    is_mended_by(
        &fleet,
        "tmux -L default kill-server && mosaic fleet restart",
    );
}

fn finds_a_server_that_does_not_answer(inside: &Inside) {
    let fleet = running(inside, 2);
    let lives = fleet.lives(&["-L", SOCKET]);
    fs::remove_file(socket()).expect("removed");
    is_mended_by(
        &fleet,
        &one(
            &fleet,
            "problem",
            &["the socket mosaic-fleet is gone", "none ends"],
        ),
    );
    assert_eq!(fleet.lives(&["-L", SOCKET]), lives);
    fleet.declare(
        "fleet/roster.yaml",
        "{ socket_name: next }",
        &["coder0".to_owned(), "coder1".to_owned()],
    );
    fleet.run(&["fleet", "install"], 0);
    is_mended_by(
        &fleet,
        &one(
            &fleet,
            "problem",
            &["lives on another socket than its env file names: coder0, coder1"],
        ),
    );
    fleet.lives(&["-L", "next"]);
}

fn finds_units_that_are_to_be_read_again(inside: &Inside) {
    let fleet = running(inside, 2);
    let mine = drop_in(inside, HOLDER, "[Service]\nEnvironment=A=b\n");
    assert_eq!(found(&fleet), []);
    fs::write(mine, "[Service]\nEnvironment=A=c\n").expect("written");
    is_mended_by(&fleet, &one(&fleet, "problem", &["not in effect", HOLDER]));
    let template = inside.units().join(TEMPLATE);
    let text = fs::read_to_string(&template).expect("readable") + "# mine\n";
    fs::write(&template, text).expect("written");
    is_mended_by(
        &fleet,
        &one(
            &fleet,
            "problem",
            &["not in effect", &unit("coder0"), &unit("coder1")],
        ),
    );
}

fn finds_what_systemd_says_of_a_unit(inside: &Inside) {
    let fleet = running(inside, 1);
    let template = inside.units().join(TEMPLATE);
    let text = fs::read_to_string(&template)
        .expect("readable")
        .replace("ExecStart=", "ExecStartt=");
    fs::write(&template, text).expect("written");
    inside.systemctl(&["daemon-reload"]);
    let remedy = one(&fleet, "problem", &[TEMPLATE, "Unknown key 'ExecStartt'"]);
    // The editor of a person who sees it, on a terminal.
    let edit =
        format!("SYSTEMD_EDITOR='sed -i s/ExecStartt/ExecStart/' script -qec '{remedy}' /dev/null");
    is_mended_by(&fleet, &edit);
    let mine = drop_in(inside, HOLDER, "[Service]\nTypo=1\n");
    one(
        &fleet,
        "problem",
        &[HOLDER, "mine.conf", "Unknown key 'Typo'"],
    );
    fs::remove_file(mine).expect("removed");
    inside.systemctl(&["daemon-reload"]);
    assert_eq!(found(&fleet), []);
}

fn finds_units_that_failed(inside: &Inside) {
    let fleet = running(inside, 2);
    let env = fleet.env("coder1");
    let good = fs::read_to_string(&env).expect("readable");
    fs::write(&env, good.clone() + "MOSAIC_AGENT_COMMAND=false\n").expect("written");
    fleet.run(&["fleet", "restart", "coder1"], 3);
    let remedy = one(
        &fleet,
        "problem",
        &["failed: mosaic-agent@coder1.service (exit-code, status 1)"],
    );
    fs::write(&env, good).expect("written");
    is_mended_by(&fleet, &remedy);
    assert_eq!(inside.property(&unit("coder1"), "ActiveState"), "active");

    let late = unit("late");
    let text = format!("MOSAIC_TMUX_SOCKET={SOCKET}\nMOSAIC_AGENT_COMMAND=false\n");
    fs::write(fleet.env("late"), text).expect("written");
    inside
        .program("systemctl")
        .args(["--user", "start", &late])
        .output()
        .expect("it runs");
    is_mended_by(
        &fleet,
        &one(&fleet, "problem", &["failed: mosaic-agent@late.service"]),
    );

    let env = fleet.home.join("fleet/holder.env");
    let good = fs::read_to_string(&env).expect("readable");
    fs::write(&env, good.replace("_holder", "a:b")).expect("written");
    fleet.run(&["fleet", "restart"], 3);
    let remedy = one(
        &fleet,
        "problem",
        &["failed: mosaic-tmux-holder.service (exit-code, status 78)"],
    );
    fs::write(&env, good).expect("written");
    is_mended_by(&fleet, &remedy);
    assert_eq!(
        summary(&examined(&fleet, &[])),
        "holder active, 2 of 2 agents active"
    );
}

fn finds_a_holder_of_an_earlier_release(inside: &Inside) {
    let units = old_fleet(inside, 2);
    inside.systemctl(
        &[
            &["enable", HOLDER],
            &*units.iter().map(String::as_str).collect::<Vec<_>>(),
        ]
        .concat(),
    );
    let fleet = Fleet::of(inside, ".config/mosaic", 2);
    let remedy = one(
        &fleet,
        "note",
        &[
            "as an earlier release started it",
            "ends every agent's session",
        ],
    );
    assert_eq!(remedy, "mosaic update && mosaic fleet restart");
    fleet.run(&["update"], 0);
    let remedy = one(&fleet, "note", &["as an earlier release started it"]);
    assert_eq!(remedy, "mosaic fleet restart");
    is_mended_by(&fleet, &remedy);
    assert_eq!(inside.property(HOLDER, "SubState"), "running");
    assert_eq!(
        summary(&examined(&fleet, &[])),
        "holder active, 2 of 2 agents active"
    );
}
