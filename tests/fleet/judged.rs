//! `fleet verify` and `health`: what is there is called there, what is not is called missing, and what cannot be asked
//! neither.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::Test;
use crate::life::{Fleet, SOCKET};
use crate::manager::{Inside, said};
use crate::patience::eventually;
use crate::picture::running;

tests! {
    Test:
    verify_asks_for_exact_sessions,
    verify_finds_what_is_elsewhere,
    health_is_green_of_what_was_stopped_and_red_of_what_is_lost,
    health_holds_against_what_starts_again_and_again,
    health_is_unknown_where_nobody_answers,
    health_makes_one_picture_a_look,
    health_that_is_interrupted_has_no_verdict,
    a_server_that_does_not_answer_is_not_healthy,
    an_env_file_that_systemd_drops_ends_nobody,
}

const LINE: &str = "sleep 4070";

fn outcomes(fleet: &Fleet, status: i32) -> Vec<(String, String)> {
    let document = fleet.json(&["fleet", "verify"], status);
    let sessions = document["sessions"].as_array().expect("sessions");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let pair = |check: &Value| (text(&check["session"]), text(&check["outcome"]));
    sessions.iter().map(pair).collect()
}

fn expected(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(session, outcome): &(&str, &str)| ((*session).to_owned(), (*outcome).to_owned());
    pairs.iter().map(owned).collect()
}

fn verify_asks_for_exact_sessions(inside: &Inside) {
    inside.tmux(&["new-session", "-d", "-s", "mine", "sleep 4071"]);
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    let all = [
        ("_holder", "there"),
        ("coder0", "there"),
        ("coder1", "there"),
    ];
    assert_eq!(outcomes(&fleet, 0), expected(&all));
    // A longer name is another session, whatever tmux would make of it.
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder1"]);
    inside.tmux(&[
        "-L",
        SOCKET,
        "new-session",
        "-d",
        "-s",
        "coder10",
        "sleep 4072",
    ]);
    let lost = [
        ("_holder", "there"),
        ("coder0", "there"),
        ("coder1", "missing"),
    ];
    assert_eq!(outcomes(&fleet, 4), expected(&lost));
    fleet.run(&["fleet", "verify", "coder0"], 0);
    fleet.run(&["fleet", "stop"], 0);
    let none = [
        ("_holder", "missing"),
        ("coder0", "missing"),
        ("coder1", "missing"),
    ];
    assert_eq!(outcomes(&fleet, 4), expected(&none));
    assert_eq!(
        inside.tmux(&["list-sessions", "-F", "#{session_name}"]),
        "mine"
    );
}

fn verify_finds_what_is_elsewhere(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    inside.tmux(&["-L", SOCKET, "rename-session", "-t", "=coder0", "old"]);
    let told = [
        ("_holder", "there"),
        ("coder0", "elsewhere"),
        ("coder1", "there"),
    ];
    assert_eq!(outcomes(&fleet, 4), expected(&told));
    let server = inside.tmux(&["-L", SOCKET, "display-message", "-p", "#{pid}"]);
    let signal = |signal: &str| inside.program("kill").args([signal, &server]).status();
    assert!(signal("-STOP").expect("kill runs").success());
    let shown = fleet.run(&["fleet", "verify", "coder1"], 6);
    assert!(signal("-CONT").expect("kill runs").success());
    assert!(shown.contains("unknown"), "{shown}");
}

fn verdict(fleet: &Fleet, words: &[&str], status: i32) -> (Value, Vec<(Value, Value)>) {
    let document = fleet.json(&[&["health"], words].concat(), status);
    let findings = document["findings"].as_array().expect("findings").iter();
    let findings = findings.map(|one| (one["code"].clone(), one["agent"].clone()));
    (document["verdict"].clone(), findings.collect())
}

fn health_is_green_of_what_was_stopped_and_red_of_what_is_lost(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    let green = (json!("green"), Vec::new());
    assert_eq!(verdict(&fleet, &[], 0), green);
    let release = env!("CARGO_PKG_VERSION");
    assert_eq!(verdict(&fleet, &["--release", release], 0), green);
    let another = verdict(&fleet, &["--release", "9.9.9"], 4);
    assert_eq!(
        another,
        (json!("red"), vec![(json!("release"), Value::Null)])
    );
    fleet.run(&["fleet", "stop", "coder0"], 0);
    assert_eq!(verdict(&fleet, &[], 0), green, "the operator stopped it");
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder1"]);
    let lost = (json!("red"), vec![(json!("dead"), json!("coder1"))]);
    assert_eq!(verdict(&fleet, &[], 4), lost);
    // What was red before is not held against what comes after.
    let before = fleet.json(&["health"], 4);
    let path = inside.home().join("before.json");
    fs::write(&path, before.to_string()).expect("written");
    let words = ["--before", path.to_str().expect("UTF-8")];
    assert_eq!(verdict(&fleet, &words, 0).0, "green");
    fs::remove_file(fleet.home.join("guides/heartbeat.md")).expect("removed");
    assert_eq!(verdict(&fleet, &words, 4).0, "red", "that is new");
    fs::write(&path, "{}").expect("written");
    let wrong = fleet.run(&["health", "--before", path.to_str().expect("UTF-8")], 2);
    assert!(wrong.contains("before.json"), "{wrong}");
}

fn health_holds_against_what_starts_again_and_again(inside: &Inside) {
    let fleet = running(inside, &["coder0"], LINE);
    let home = fleet.home.to_str().expect("UTF-8");
    let mut held = inside.program(crate::picture::MOSAIC);
    let held = held.args(["health", "--hold", "3600", "--home", home]);
    let mut held = held.stdout(Stdio::piped()).spawn().expect("it runs");
    // It looks until something is red.
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(held.try_wait().expect("asked"), None);
    fleet.run(&["fleet", "restart", "coder0"], 0);
    let mut ended = None;
    eventually("a verdict", || {
        ended = held.try_wait().expect("asked");
        ended.is_some()
    });
    let output = held.wait_with_output().expect("read");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(ended.and_then(|status| status.code()), Some(4), "{said}");
    assert!(said.contains("coder0"), "{said}");
}

fn health_is_unknown_where_nobody_answers(inside: &Inside) {
    let fleet = running(inside, &["coder0"], LINE);
    inside.stop_manager();
    let (verdict, findings) = verdict(&fleet, &[], 6);
    assert_eq!(verdict, "unknown", "{findings:?}");
    let roster = fleet.home.join("fleet/roster.yaml");
    fs::write(&roster, "version: 1\nagents: {}\n").expect("written");
    let (verdict, findings) = self::verdict(&fleet, &[], 4);
    assert_eq!(verdict, "red", "{findings:?}");
    assert!(
        findings.contains(&(json!("roster"), Value::Null)),
        "{findings:?}"
    );
}

fn health_makes_one_picture_a_look(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    let home = fleet.home.to_str().expect("UTF-8");
    for command in [&["health"][..], &["fleet", "ps"], &["fleet", "status"]] {
        let ran = inside.programs(&[command, &["--home", home]].concat());
        assert_eq!(ran, ["tmux"], "{command:?}");
    }
    // Without a roster files and units are judged all the same.
    fs::remove_file(fleet.home.join("fleet/roster.yaml")).expect("removed");
    let ran = inside.programs(&["health", "--home", home]);
    assert_eq!(ran, ["tmux"]);
}

/// Tells whether a process has something to do at a SIGTERM.
fn takes_signals(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let mut caught = status
        .lines()
        .filter_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught
        .next()
        .map(|mask| u64::from_str_radix(mask.trim(), 16));
    caught.expect("a line").expect("a mask") & 1 << 14 != 0
}

fn health_that_is_interrupted_has_no_verdict(inside: &Inside) {
    let fleet = running(inside, &["coder0"], LINE);
    let home = fleet.home.to_str().expect("UTF-8");
    let files = || {
        let words = ["-printf", "%p %i %m %s %T@\\n"];
        let found = inside.program("find").arg(&fleet.home).args(words).output();
        said(&found.expect("find runs"))
    };
    let before = files();
    for (signal, words) in [("-INT", &[][..]), ("-TERM", &["--json"][..])] {
        let mut held = inside.program(crate::picture::MOSAIC);
        let held = held.args(["health", "--hold", "3600", "--home", home]);
        let held = held
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let held = held.spawn().expect("it runs");
        let pid = held.id().to_string();
        eventually("it takes signals", || takes_signals(&pid));
        let sent = inside.program("kill").args([signal, &pid]).status();
        assert!(sent.expect("kill runs").success());
        let output = held.wait_with_output().expect("it ends");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(
            errors.contains("of 3600 seconds, so there is no verdict"),
            "{errors}"
        );
        if !words.is_empty() {
            let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
            assert_eq!(document["schema"], "mosaic.error/1");
        }
    }
    assert_eq!(files(), before);
}

fn a_server_that_does_not_answer_is_not_healthy(inside: &Inside) {
    let fleet = running(inside, &["coder0"], LINE);
    let pid = inside.tmux(&["-L", SOCKET, "display-message", "-p", "#{pid}"]);
    let signal = |signal| {
        let status = inside.program("kill").args([signal, pid.trim()]).status();
        assert!(status.expect("kill").success());
    };
    signal("-STOP");
    let health = fleet.json(&["health"], 6);
    assert_eq!(health["verdict"], "unknown", "{health}");
    assert!(fleet.run(&["fleet", "ps"], 6).contains("does not answer"));
    signal("-CONT");
    fleet.run(&["health"], 0);
    fleet.run(&["fleet", "ps"], 0);
}

/// It would start without its socket and its runtime, beside the one that lives.
fn an_env_file_that_systemd_drops_ends_nobody(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    let lives = fleet.lives(&["-L", SOCKET]);
    let env = fleet.env("coder0");
    let before = fs::read(&env).expect("readable");
    fs::write(&env, [&before[..], b"# caf\xe9\n"].concat()).expect("written");
    fleet.run(&["fleet", "start"], 0);
    fs::write(&env, [&before[..], b"NOTE=caf\xe9\n"].concat()).expect("written");
    for (order, status) in [("restart", 1), ("start", 3)] {
        let said = fleet.run(&["fleet", order, "coder0"], status);
        assert!(said.contains("is not UTF-8"), "{order}: {said}");
    }
    assert_eq!(fleet.lives(&["-L", SOCKET]), lives);
    fs::write(&env, before).expect("written");
    fleet.run(&["fleet", "restart", "coder0"], 0);
}
