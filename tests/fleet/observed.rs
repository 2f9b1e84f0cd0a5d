//! `fleet ps` shows each agent as what it is. The runtimes here are stand-ins, called like the real ones; those have tests
//! of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::Test;
use crate::life::{Fleet, SOCKET};
use crate::manager::Inside;
use crate::patience::eventually;
use crate::picture::running;

tests! {
    Test:
    each_agent_is_shown_as_what_it_is,
    what_a_pane_runs_is_seen_through_its_shell,
    a_runtime_tells_its_state,
    a_question_that_is_quoted_is_none,
    a_runtime_of_the_roster_is_itself,
    foreign_text_breaks_no_row,
    a_roster_without_a_socket_leaves_the_operators_sessions_out,
    what_cannot_be_asked_is_unknown,
    a_look_again_ends_with_its_reader,
}

const LINE: &str = "sleep 4060";

/// The rows by their names.
fn rows(fleet: &Fleet, status: i32) -> Vec<Value> {
    let document = fleet.json(&["fleet", "ps"], status);
    document["agents"].as_array().expect("rows").clone()
}

fn row(fleet: &Fleet, name: &str) -> Value {
    let rows = rows(fleet, 0);
    let mut named = rows.into_iter().filter(|row| row["name"] == name);
    named.next().unwrap_or_else(|| panic!("no row {name}"))
}

fn flags(fleet: &Fleet, name: &str) -> Value {
    row(fleet, name)["flags"].clone()
}

/// A program in a folder of the manager's PATH that is called like a runtime and prints a text.
pub fn stand_in(inside: &Inside, name: &str, shows: &str) -> PathBuf {
    let path = inside.home().join("bin").join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let text = format!("#!/bin/bash\nprintf '{shows}'\nread -r -t 600 < <(sleep 600)\n");
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
    path
}

fn started_at(path: &std::path::Path, ago: i64) {
    let words = ["-d", &format!("{ago} seconds ago")];
    let status = std::process::Command::new("touch")
        .args(words)
        .arg(path)
        .status();
    assert!(status.expect("touch runs").success());
}

fn each_agent_is_shown_as_what_it_is(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1", "coder2", "coder3"], LINE);
    let usual = row(&fleet, "coder0");
    assert_eq!(usual["session"], "alive");
    assert_eq!(usual["unit_state"], "active");
    assert_eq!(usual["enabled"], true);
    assert_eq!(usual["runtime"], "pi");
    assert_eq!(usual["observed_runtime"], "sleep");
    assert_eq!(usual["heartbeat"], "unknown");
    assert_eq!(usual["state"], "unknown");
    assert_eq!(
        usual["flags"],
        json!(["drift"]),
        "another program than the roster's"
    );
    assert!(usual["idle_seconds"].is_u64(), "{usual}");
    let uid = rustix::process::geteuid().as_raw().to_string();
    assert_eq!(usual["tenant_id"], uid.as_str());
    assert!(!usual["host"].as_str().expect("a host").is_empty());
    let in_pane = [
        "-L",
        SOCKET,
        "display-message",
        "-p",
        "-t",
        "=coder0:",
        "#{pane_pid}",
    ];
    assert_eq!(usual["pane_pid"].to_string(), inside.tmux(&in_pane));

    // A pane, a unit, a heartbeat, each by itself.
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder1"]);
    assert_eq!(flags(&fleet, "coder1"), json!(["dead"]));
    inside.systemctl(&["disable", "mosaic-agent@coder2.service"]);
    assert_eq!(flags(&fleet, "coder2"), json!(["boot-gap", "drift"]));
    let beat = fleet.home.join("fleet/run/coder3.hb");
    fs::create_dir_all(beat.parent().expect("a folder")).expect("made");
    for (ago, health, flags) in [
        (40, "healthy", json!(["drift"])),
        (60, "stale", json!(["drift", "stale"])),
        (400, "dead", json!(["drift", "dead"])),
    ] {
        fs::write(&beat, "v=1\nagent=coder3\ninterval=15\nstate=busy\n").expect("written");
        started_at(&beat, ago);
        let row = row(&fleet, "coder3");
        assert_eq!(
            (&row["heartbeat"], &row["flags"]),
            (&json!(health), &flags),
            "{ago}"
        );
        let state = if health == "healthy" {
            "busy"
        } else {
            "unknown"
        };
        assert_eq!(row["state"], state, "{row}");
    }
    fleet.run(&["fleet", "restart", "coder3"], 0);
    assert_eq!(
        row(&fleet, "coder3")["heartbeat"],
        "unknown",
        "that was an earlier life's"
    );
    fleet.run(&["fleet", "stop", "coder0"], 0);
    let stopped = row(&fleet, "coder0");
    assert_eq!(
        (&stopped["session"], &stopped["flags"]),
        (&json!("gone"), &json!([]))
    );
    let shown = fleet.run(&["fleet", "ps"], 0);
    assert!(
        shown.contains("coder1") && shown.contains("no session"),
        "{shown}"
    );
    inside.tmux(&[
        "-L",
        SOCKET,
        "new-session",
        "-d",
        "-s",
        "mine",
        "sleep 4061",
    ]);
    let unmanaged = row(&fleet, "mine");
    assert_eq!(unmanaged["flags"], json!(["unmanaged"]));
    assert_eq!(
        (&unmanaged["runtime"], &unmanaged["unit_state"]),
        (&Value::Null, &Value::Null)
    );
    let one = fleet.json(&["fleet", "ps", "coder2"], 0);
    assert_eq!(one["agents"].as_array().map(Vec::len), Some(1), "{one}");
}

fn what_a_pane_runs_is_seen_through_its_shell(inside: &Inside) {
    let pi = stand_in(inside, "pi", "ready");
    let command = format!("\"bash -c '{} ; true'\"", pi.display());
    let fleet = running(inside, &["coder0"], &command);
    let row = row(&fleet, "coder0");
    assert_eq!(
        (&row["observed_runtime"], &row["flags"]),
        (&json!("pi"), &json!([])),
        "{row}"
    );
}

/// By marks on its screen, by its title, and by the kernel.
fn a_runtime_tells_its_state(inside: &Inside) {
    let asks = stand_in(inside, "codex", "\\033]2;[ ! ] Action Required | t\\007");
    let fleet = running(inside, &["coder0"], &asks.display().to_string());
    let told = |fleet: &Fleet| {
        let row = row(fleet, "coder0");
        let text = |key: &str| row[key].as_str().unwrap_or("null").to_owned();
        (text("state"), text("state_from"))
    };
    let expected = |state: &str, from: &str| (state.to_owned(), from.to_owned());
    assert_eq!(told(&fleet), expected("approval", "title"));
    for (name, shows, state) in [
        ("claude", "Do you want to proceed?", "approval"),
        ("opencode", "x\\n  esc interrupt", "busy"),
        ("codex", "Ask Codex to do anything", "idle"),
    ] {
        let program = stand_in(inside, name, shows);
        let line = format!("MOSAIC_AGENT_COMMAND={}\n", program.display());
        fs::write(fleet.env("coder0"), line).expect("written");
        fleet.run(&["fleet", "install"], 0);
        fleet.run(&["fleet", "restart", "coder0"], 0);
        assert_eq!(told(&fleet), expected(state, "screen"), "{name}");
    }
    // What a pane runs itself is told to go on by tmux at once.
    let program = stand_in(inside, "codex", "Ask Codex to do anything");
    let line = format!("MOSAIC_AGENT_COMMAND=\"{}; true\"\n", program.display());
    fs::write(fleet.env("coder0"), line).expect("written");
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "restart", "coder0"], 0);
    let signal = |signal: &str| {
        let status = inside
            .program("pkill")
            .args([signal, "-x", "codex"])
            .status();
        assert!(status.expect("pkill runs").success());
    };
    signal("-STOP");
    assert_eq!(told(&fleet), expected("stopped", "kernel"));
    signal("-CONT");
    assert_eq!(told(&fleet), expected("idle", "screen"));
}

/// Marks in a conversation are none: below it stands a composer. Without one the mark counts.
fn a_question_that_is_quoted_is_none(inside: &Inside) {
    let rule = "─".repeat(60);
    let composer = format!("{rule}\\n❯\\n{rule}\\n  ? for shortcuts");
    for quoted in ["Do you want to proceed?", "Enter to confirm"] {
        let asks = stand_in(inside, "claude", &format!("● {quoted}\\n\\n{composer}"));
        let fleet = running(inside, &["coder0"], &asks.display().to_string());
        let shown = row(&fleet, "coder0");
        assert_eq!(
            (&shown["state"], &shown["state_from"]),
            (&json!("idle"), &json!("screen")),
            "{quoted}: {shown}"
        );
        fleet.run(&["fleet", "stop"], 0);
        fs::remove_dir_all(&fleet.home).expect("removed");
    }
}

fn a_runtime_of_the_roster_is_itself(inside: &Inside) {
    let bot = stand_in(inside, "my-very-long-bot", "ready");
    let fleet = Fleet::usual(inside, 1);
    let roster = format!(
        "version: 1\ntmux: {{ socket_name: {SOCKET} }}\n\
         runtimes: {{ bot: {{ command: {}, processes: [my-very-long-bot] }} }}\n\
         agents: [{{ name: coder0, runtime: bot }}]\n",
        bot.display()
    );
    fs::write(fleet.home.join("fleet/roster.yaml"), roster).expect("written");
    fs::remove_file(fleet.env("coder0")).expect("removed");
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    let shown = row(&fleet, "coder0");
    assert_eq!(
        (&shown["observed_runtime"], &shown["flags"]),
        (&json!("bot"), &json!([])),
        "{shown}"
    );
}

fn foreign_text_breaks_no_row(inside: &Inside) {
    let shows = "\\033]2;a|b|1|$9\\nc\\007 say 0|1|x";
    let codex = stand_in(inside, "codex", shows);
    let fleet = running(inside, &["coder0", "coder1"], &codex.display().to_string());
    let words = [
        "-L",
        SOCKET,
        "select-pane",
        "-t",
        "=coder1:",
        "-T",
        "x|y\n0|1|$1|%9|1|4||evil|z",
    ];
    inside.tmux(&words);
    inside.tmux(&["-L", SOCKET, "new-session", "-d", "-s", "a|b", "sleep 4062"]);
    let names: Vec<_> = rows(&fleet, 0)
        .iter()
        .map(|row| (row["name"].clone(), row["session"].clone()))
        .collect();
    let alive = json!("alive");
    let expected = ["coder0", "coder1", "a|b"].map(|name| (json!(name), alive.clone()));
    assert_eq!(names, expected);
}

fn a_roster_without_a_socket_leaves_the_operators_sessions_out(inside: &Inside) {
    inside.tmux(&["new-session", "-d", "-s", "mine", "sleep 4063"]);
    let fleet = Fleet::new(inside, ".config/mosaic", 1, "{}");
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    let rows = rows(&fleet, 0);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(
        (&rows[0]["session"], &rows[0]["socket"]),
        (&json!("alive"), &Value::Null)
    );
    assert_eq!(rows[0]["heartbeat"], "healthy", "the stub beats");
    assert_eq!(rows[0]["observed_runtime"], "stub-runtime.sh");
}

fn what_cannot_be_asked_is_unknown(inside: &Inside) {
    let fleet = running(inside, &["coder0"], LINE);
    inside.stop_manager();
    let rows = rows(&fleet, 6);
    assert_eq!(
        (&rows[0]["unit_state"], &rows[0]["enabled"]),
        (&json!("unknown"), &Value::Null)
    );
    let wrong = fleet.run(&["fleet", "ps", "coder00"], 2);
    assert!(wrong.contains("coder0"), "{wrong}");
}

fn a_look_again_ends_with_its_reader(inside: &Inside) {
    let fleet = running(inside, &["coder0"], LINE);
    let home = fleet.home.to_str().expect("UTF-8");
    let words = ["fleet", "ps", "--watch", "--json", "--home", home];
    let mut watch = inside.program(crate::picture::MOSAIC);
    let mut watch = watch
        .args(words)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(
        watch.stdout.take().expect("a pipe"),
    ));
    for _ in 0..2 {
        let line = lines.next().expect("a line").expect("readable");
        let document: Value = serde_json::from_str(&line).expect("a document");
        assert_eq!(document["schema"], "mosaic.fleet.ps/1");
    }
    drop(lines);
    let mut ended = None;
    eventually("the watch ends", || {
        ended = watch.try_wait().expect("asked");
        ended.is_some()
    });
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
}
