//! Runtimes that write their own heartbeats, where the roster asks for it: by hooks for the agent's session alone.

use std::fs;
use std::time::SystemTime;

use crate::Test;
use crate::fleet::Fleet;
use crate::life::mark;
use crate::manager::Inside;
use crate::patience::{awaited, eventually};
use crate::runtimes;

tests! {
    Test:
    each_beats_idle_and_busy_and_its_settings_stay,
}

/// Settings of the user's own that nothing of ours may get into.
const SETTINGS: [&str; 4] = [
    ".claude/settings.json",
    ".codex/config.toml",
    ".config/opencode/opencode.json",
    ".pi/agent/settings.json",
];

/// The state in an agent's heartbeat, where it says one; and when it was written.
fn beat(fleet: &Fleet, name: &str) -> Option<(Option<String>, SystemTime)> {
    let path = fleet.home.join(format!("fleet/run/{name}.hb"));
    let text = fs::read_to_string(&path).ok()?;
    let state = text.lines().find_map(|line| line.strip_prefix("state="));
    let at = fs::metadata(&path).ok()?.modified().ok()?;
    Some((state.map(str::to_owned), at))
}

fn each_beats_idle_and_busy_and_its_settings_stay(inside: &Inside) {
    let agents = runtimes::ALL.map(|runtime| (runtime, runtime));
    let fleet = Fleet::saying(inside, &agents, "defaults: { heartbeats: true }\n");
    fleet.run(&["fleet", "start"], 0);
    for runtime in runtimes::ALL {
        // Its status line stands where its hint would.
        let mark = if runtime == "claude" {
            "❯"
        } else {
            mark(runtime)
        };
        fleet.await_composer(runtime, mark);
    }
    let first = agents.map(|(name, _)| {
        awaited(&format!("a beat of {name}"), || {
            beat(&fleet, name).ok_or_else(|| fleet.screen(name))
        })
    });
    for ((name, _), (_, first)) in agents.iter().zip(first) {
        eventually(&format!("{name} beats again, with nothing to do"), || {
            beat(&fleet, name).is_some_and(|(_, at)| at > first)
        });
    }
    for name in runtimes::ALL {
        let text = format!("[host:test] slowly=8 a word for {name}");
        fleet.paste(name, &text);
        eventually(&format!("{name} shows it"), || {
            fleet.screen(name).contains("a word for")
        });
        fleet.press(name, "Enter");
        // Codex calls nobody when a turn begins.
        if name != "codex" {
            eventually(&format!("{name} says that it is busy"), || {
                beat(&fleet, name).is_some_and(|(state, _)| state.as_deref() == Some("busy"))
            });
            eventually(&format!("{name} says that it is idle"), || {
                beat(&fleet, name).is_some_and(|(state, _)| state.as_deref() == Some("idle"))
            });
        }
    }
    for agent in fleet.shown(&["fleet", "ps"])["agents"]
        .as_array()
        .expect("agents")
    {
        assert_eq!(agent["heartbeat"], "healthy", "{agent}");
    }
    // They write into these themselves.
    for path in SETTINGS {
        let text = fs::read_to_string(inside.home().join(path)).expect("there");
        assert!(!text.contains("tools/fleet"), "{path}: {text}");
    }
    fleet.run(&["fleet", "stop"], 0);
    assert!(crate::life::agents_processes().is_empty());
}
