//! A person moves panes and calls sessions otherwise: an agent is where its process is, and never runs twice for that.

use crate::Test;
use crate::life::{Fleet, SOCKET};
use crate::manager::Inside;
use crate::picture::{processes, running, sessions};

tests! {
    Test:
    a_session_of_another_name_is_still_its_agents,
    a_pane_beside_another_agents_is_still_its_own,
    a_window_in_two_sessions_is_one_life,
    a_start_brings_back_what_it_ended,
}

const LINE: &str = "sleep 4050";

fn tmux(inside: &Inside, words: &[&str]) {
    inside.tmux(&[&["-L", SOCKET], words].concat());
}

fn whereabouts(fleet: &Fleet, number: usize) -> (String, String) {
    let status = fleet.shown(&["fleet", "status"]);
    let agent = &status["agents"][number];
    let reason = &agent["whereabouts"]["reason"];
    (agent["session"].to_string(), reason.to_string())
}

fn a_session_of_another_name_is_still_its_agents(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    let rename = ["rename-session", "-t", "=coder0", "old"];
    tmux(inside, &rename);
    let (session, reason) = whereabouts(&fleet, 0);
    assert!(session.contains("alive"), "{session}");
    assert!(reason.contains("in the tmux session old"), "{reason}");
    // It lives where its unit finds it, by whatever name.
    let lives = fleet.lives(&["-L", SOCKET]);
    for words in [&["fleet", "start"][..], &["fleet", "start", "coder0"]] {
        assert!(fleet.run(words, 0).contains("unchanged"));
    }
    assert_eq!(fleet.lives(&["-L", SOCKET]), lives);
    fleet.run(&["fleet", "restart", "coder0"], 0);
    assert_eq!(processes(inside, LINE), 2);
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0", "coder1"]);
    tmux(inside, &rename);
    fleet.run(&["fleet", "stop", "coder0"], 0);
    assert_eq!(processes(inside, LINE), 1);
    fleet.run(&["fleet", "start"], 0);
    tmux(inside, &rename);
    fleet.run(&["fleet", "restart"], 0);
    assert_eq!(processes(inside, LINE), 2);
}

fn a_pane_beside_another_agents_is_still_its_own(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    let join = ["join-pane", "-d", "-s", "=coder1:", "-t", "=coder0:"];
    tmux(inside, &join);
    let (session, reason) = whereabouts(&fleet, 1);
    assert!(session.contains("alive"), "{session}");
    assert!(reason.contains("in the tmux session coder0"), "{reason}");
    for verb in ["restart", "stop"] {
        let refused = fleet.run(&["fleet", verb, "coder0"], 3);
        assert!(refused.contains("restart coder1 first"), "{refused}");
        assert_eq!(processes(inside, LINE), 2, "{verb}");
    }
    fleet.run(&["fleet", "restart", "coder1"], 0);
    fleet.run(&["fleet", "restart", "coder0"], 0);
    assert_eq!(processes(inside, LINE), 2);
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0", "coder1"]);
    tmux(inside, &join);
    fleet.run(&["fleet", "restart"], 0);
    assert_eq!(processes(inside, LINE), 2);
}

fn a_window_in_two_sessions_is_one_life(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    tmux(
        inside,
        &["new-session", "-d", "-s", "view", "-t", "=coder0"],
    );
    tmux(
        inside,
        &["link-window", "-d", "-s", "=coder1:", "-t", "=coder0:"],
    );
    let status = fleet.json(&["fleet", "status"], 0);
    for agent in status["agents"].as_array().expect("agents") {
        assert_eq!(agent["flags"].as_array().map(Vec::len), Some(0), "{agent}");
        assert_eq!(agent["whereabouts"]["reason"], serde_json::Value::Null);
    }
    fleet.run(&["fleet", "restart"], 0);
    assert_eq!(processes(inside, LINE), 2);
    // What is left in the other session once the agent's own is gone is ended, too.
    tmux(
        inside,
        &["new-session", "-d", "-s", "again", "-t", "=coder0"],
    );
    fleet.run(&["fleet", "stop"], 0);
    assert_eq!(processes(inside, LINE), 0);
}

/// Its unit is active, and what it made has gone; the agent lives on another server.
fn a_start_brings_back_what_it_ended(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    tmux(inside, &["kill-session", "-t", "=coder0"]);
    let home = format!("MOSAIC_AGENT_HOME={}", fleet.home.display());
    let begin = ["-L", "other", "new-session", "-d", "-s", "coder0"];
    let named = ["-e", "MOSAIC_AGENT_NAME=coder0", "-e", &home, LINE];
    inside.tmux(&[&begin[..], &named].concat());
    assert_eq!(processes(inside, LINE), 2);
    fleet.run(&["fleet", "start", "coder0"], 0);
    assert_eq!(processes(inside, LINE), 2);
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0", "coder1"]);
}
