//! Six agents of each runtime in one HOME, three of them in one folder: stopped or killed, and started again, each goes on
//! with its own conversation.

use rustix::process::{Pid, Signal, kill_process};

use crate::Test;
use crate::fleet::Fleet;
use crate::manager::Inside;
use crate::patience::eventually;

tests! {
    Test:
    claude,
    codex,
    opencode,
    pi,
}

fn claude(inside: &Inside) {
    each_goes_on_with_its_own(inside, "claude");
}

fn codex(inside: &Inside) {
    each_goes_on_with_its_own(inside, "codex");
}

fn opencode(inside: &Inside) {
    each_goes_on_with_its_own(inside, "opencode");
}

fn pi(inside: &Inside) {
    each_goes_on_with_its_own(inside, "pi");
}

fn each_goes_on_with_its_own(inside: &Inside, runtime: &'static str) {
    let names: Vec<_> = (0..6).map(|n| format!("{runtime}{n}")).collect();
    let agents: Vec<_> = names.iter().map(|name| (name.as_str(), runtime)).collect();
    let shared = inside.home().join("src/shared");
    let fleet = Fleet::in_folders(inside, &agents, |n| (n < 3).then(|| shared.clone()));
    fleet.run(&["fleet", "start"], 0);
    let mut said = vec!["one"];
    let first = say(&fleet, &agents, &said);
    kill(&fleet, &names);
    for again in ["two", "three"] {
        fleet.run(&["fleet", "start"], 0);
        said.push(again);
        assert_eq!(say(&fleet, &agents, &said), first, "{again}");
        fleet.run(&["fleet", "stop"], 0);
    }
}

/// Says the last word to each agent. Its turn must carry all words that were said to it, and none that was said to another.
/// The conversations, where they are told.
fn say(fleet: &Fleet, agents: &[(&str, &str)], words: &[&str]) -> Vec<Option<String>> {
    let text = |word: &str, name: &str| format!("[host:test] {word} for {name}");
    let word = words.last().expect("a word");
    for (name, runtime) in agents {
        fleet.await_composer(name, composer(runtime));
        let text = text(word, name);
        fleet.paste(name, &text);
        eventually(&format!("{name} shows it"), || {
            fleet.screen(name).contains(&text)
        });
        fleet.press(name, "Enter");
        eventually(&format!("{name} asks"), || {
            !fleet.service.turns(&text).is_empty()
        });
    }
    let conversation = |(name, _): &(&str, &str)| {
        let turns = fleet.service.turns(&text(word, name));
        let said: Vec<_> = turns[0].said.iter().map(|said| said.trim_end()).collect();
        let said: Vec<_> = said
            .into_iter()
            .filter(|said| said.contains(" for "))
            .collect();
        let expected: Vec<_> = words.iter().map(|word| text(word, name)).collect();
        assert_eq!(said, expected, "{name}");
        turns[0].conversation.clone()
    };
    agents.iter().map(conversation).collect()
}

/// What stands on a runtime's screen where there is a composer, also below a conversation.
fn composer(runtime: &str) -> &'static str {
    match runtime {
        "opencode" => "ctrl+p commands",
        other => crate::life::mark(other),
    }
}

/// Kills the agents' processes without a word, once their turns are over, and waits until the panes are gone.
fn kill(fleet: &Fleet, names: &[String]) {
    for name in names {
        eventually(&format!("{name} is idle"), || {
            let shown = fleet.shown(&["agent", "status", name]);
            shown["agents"][0]["state"] == "idle"
        });
        let pid = fleet.tmux(&[
            "list-panes",
            "-t",
            &format!("={name}:"),
            "-F",
            "#{pane_pid}",
        ]);
        let pid = pid
            .trim()
            .parse()
            .ok()
            .and_then(Pid::from_raw)
            .expect("a number");
        kill_process(pid, Signal::KILL).expect("it runs");
    }
    eventually("all are gone", || {
        let panes = fleet.tmux(&["list-panes", "-a", "-F", "#{session_name}"]);
        !panes
            .lines()
            .any(|session| names.iter().any(|name| name == session))
    });
}
