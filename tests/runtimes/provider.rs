//! A provider that refuses for a while, is overloaded, or is away: each runtime is shown as what it is meanwhile, and goes on
//! by itself, or, where it has given up, after the next message.

use std::process::Command;

use crate::Test;
use crate::fleet::Fleet;
use crate::life::mark;
use crate::manager::Inside;
use crate::patience::{awaited, eventually};
use crate::runtimes;
use crate::service::End;

tests! {
    Test:
    each_is_shown_as_it_is_and_goes_on,
}

fn each_is_shown_as_it_is_and_goes_on(inside: &Inside) {
    let fleet = Fleet::new(inside, &runtimes::ALL.map(|runtime| (runtime, runtime)));
    fleet.run(&["fleet", "start"], 0);
    for runtime in runtimes::ALL {
        fleet.await_composer(runtime, mark(runtime));
    }
    for runtime in runtimes::ALL {
        is_waited_for(&fleet, runtime, "fail=429,4 times=1", 429);
    }
    for runtime in ["claude", "codex", "opencode"] {
        is_waited_for(&fleet, runtime, "fail=529 times=4", 529);
    }
    pi_gives_up_and_can_be_nudged(&fleet);
    an_outage_is_waited_for(&fleet);
}

/// The state of an agent, as `fleet ps` has it.
fn state(fleet: &Fleet, name: &str) -> String {
    let shown = fleet.shown(&["fleet", "ps"]);
    let mut agents = shown["agents"].as_array().expect("agents").iter();
    let agent = agents.find(|agent| agent["name"] == name).expect("a row");
    agent["state"].as_str().expect("text").to_owned()
}

fn is(fleet: &Fleet, name: &str, state: &str) {
    awaited(&format!("{name} is {state}"), || {
        let seen = self::state(fleet, name);
        let instead = || format!("but {seen}: {}", fleet.screen(name));
        (seen == state).then_some(()).ok_or_else(instead)
    });
}

/// Types a text to an agent. What is said of it to the service.
fn say(fleet: &Fleet, name: &str, words: &str) -> String {
    let text = format!("[host:test] {words} for {name}");
    fleet.paste(name, &text);
    eventually(&format!("{name} shows it"), || {
        fleet.screen(name).contains(words)
    });
    fleet.press(name, "Enter");
    text
}

/// Waits until the service was asked with a text, and it came to an end.
fn comes_to(fleet: &Fleet, text: &str, end: End) {
    eventually(&format!("{text} comes to {end:?}"), || {
        fleet.service.turns(text).iter().any(|turn| turn.end == end)
    });
}

fn is_waited_for(fleet: &Fleet, name: &str, failure: &str, status: u16) {
    let text = say(fleet, name, failure);
    comes_to(fleet, &text, End::Failed(status));
    is(fleet, name, "busy");
    comes_to(fleet, &text, End::Answered);
    is(fleet, name, "idle");
}

fn pi_gives_up_and_can_be_nudged(fleet: &Fleet) {
    let text = say(fleet, "pi", "fail=529 times=4");
    comes_to(fleet, &text, End::Failed(529));
    is(fleet, "pi", "gave-up");
    assert!(
        fleet
            .run(&["health"], 4)
            .contains("has given up on its provider")
    );
    fleet.run(&["agent", "send", "pi", "--message", "go on"], 0);
    comes_to(fleet, "go on", End::Answered);
    is(fleet, "pi", "idle");
}

/// Away for a moment, as with a cable that is pulled out: there is nothing but loopback here.
fn an_outage_is_waited_for(fleet: &Fleet) {
    loopback("down");
    let texts = runtimes::ALL.map(|name| say(fleet, name, "hello again"));
    for name in runtimes::ALL {
        is(fleet, name, "busy");
    }
    loopback("up");
    for (name, text) in runtimes::ALL.iter().zip(&texts) {
        comes_to(fleet, text, End::Answered);
        is(fleet, name, "idle");
    }
}

fn loopback(state: &str) {
    let status = Command::new("ip")
        .args(["link", "set", "lo", state])
        .status();
    assert!(status.expect("iproute2").success());
}
