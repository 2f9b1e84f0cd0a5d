//! A conversation that was renewed is the one that an agent goes on with: the former one does not come back with a start.

use rustix::process::{Pid, Signal, kill_process};

use crate::Test;
use crate::fleet::Fleet;
use crate::manager::Inside;
use crate::patience::{awaited, eventually};

tests! {
    Test:
    of_claude,
    of_codex,
    of_opencode,
    of_pi,
}

fn of_claude(inside: &Inside) {
    is_gone_on_with(inside, "claude");
}

fn of_codex(inside: &Inside) {
    is_gone_on_with(inside, "codex");
}

fn of_opencode(inside: &Inside) {
    is_gone_on_with(inside, "opencode");
}

fn of_pi(inside: &Inside) {
    is_gone_on_with(inside, "pi");
}

/// Says something to the one agent; how many messages the model was given then.
fn say(fleet: &Fleet, runtime: &str, text: &str) -> usize {
    let words = ["agent", "send", runtime, "--wait", "60", "--source", "h:t"];
    let sent = fleet.shown(&[&words[..], &["--message", text]].concat());
    assert_eq!(sent["outcome"], "delivered", "{sent}");
    let signed = format!("[h:t] {text}");
    eventually("the model is asked", || {
        !fleet.service.turns(&signed).is_empty()
    });
    awaited("the end of the turn", || {
        let shown = fleet.shown(&["agent", "status", runtime]);
        let agent = &shown["agents"][0];
        (agent["state"] == "idle")
            .then_some(())
            .ok_or(agent.to_string())
    });
    fleet.service.turns(&signed)[0].messages
}

/// Ends an agent by its unit, or its process by a signal that it does not see.
fn end(fleet: &Fleet, runtime: &str, how: &str) {
    if how == "TERM" {
        fleet.run(&["fleet", "stop", runtime], 0);
        return;
    }
    let pane = format!("={runtime}:");
    let pid = fleet.tmux(&["list-panes", "-t", &pane, "-F", "#{pane_pid}"]);
    let pid = pid.trim().parse().ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a number"), Signal::KILL).expect("it runs");
    eventually("it is gone", || {
        let sessions = fleet.tmux(&["list-panes", "-a", "-F", "#{session_name}"]);
        sessions.lines().all(|session| session != runtime)
    });
}

fn is_gone_on_with(inside: &Inside, runtime: &'static str) {
    let fleet = Fleet::new(inside, &[(runtime, runtime)]);
    fleet.run(&["fleet", "start"], 0);
    say(&fleet, runtime, "one");
    let before = say(&fleet, runtime, "two");
    fleet.run(&["agent", "reset", runtime, "--wait", "60"], 0);
    let renewed = say(&fleet, runtime, "three");
    assert!(renewed < before, "{before}, {renewed}");
    // Also where it was started again before anything was said, and where nobody could ask it at its end.
    for ends in ["TERM", "KILL"] {
        fleet.run(&["agent", "reset", runtime, "--wait", "60"], 0);
        end(&fleet, runtime, ends);
        fleet.run(&["fleet", "start"], 0);
        assert_eq!(
            say(&fleet, runtime, ends),
            renewed,
            "a {ends} after a reset"
        );
    }
    for again in ["four", "five"] {
        fleet.run(&["fleet", "restart", runtime], 0);
        let messages = say(&fleet, runtime, again);
        let turns = if again == "four" { 1 } else { 2 };
        // Each turn before it is a question and an answer.
        assert_eq!(messages, renewed + 2 * turns, "{again} after {before}");
    }
}
