//! Agents of all four runtimes, started and stopped by `mosaic fleet`.

use std::collections::BTreeMap;
use std::fs;

use crate::Test;
use crate::fleet::Fleet;
use crate::manager::Inside;
use crate::patience::eventually;
use crate::runtimes;

tests! {
    Test:
    all_four_start_answer_and_leave_nothing_behind,
}

/// What a runtime's screen has once there is a composer, with nothing in it.
pub fn mark(runtime: &str) -> &'static str {
    match runtime {
        "claude" => "? for shortcuts",
        "codex" => "Ask Codex to do anything",
        "opencode" => "Ask anything",
        "pi" => "/128k",
        other => panic!("no runtime: {other}"),
    }
}

fn all_four_start_answer_and_leave_nothing_behind(inside: &Inside) {
    let fleet = Fleet::new(inside, &runtimes::ALL.map(|runtime| (runtime, runtime)));
    fleet.run(&["fleet", "start"], 0);
    for runtime in runtimes::ALL {
        fleet.await_composer(runtime, mark(runtime));
    }
    for runtime in runtimes::ALL {
        let text = format!("[host:test] a word for {runtime}");
        fleet.paste(runtime, &text);
        eventually(&format!("{runtime} shows it"), || {
            fleet.screen(runtime).contains(&text)
        });
        fleet.press(runtime, "Enter");
        eventually(&format!("{runtime} asks"), || {
            let turns = fleet.service.turns(&text);
            assert!(turns.len() < 2, "{turns:?}");
            !turns.is_empty()
        });
    }
    let status = fleet.shown(&["fleet", "status"]);
    let agents = status["agents"].as_array().expect("agents");
    assert!(
        agents.iter().all(|agent| agent["session"] == "alive"),
        "{status}"
    );
    let running = agents_processes();
    assert!(
        runtimes::ALL.iter().all(|name| running.contains_key(*name)),
        "{running:?}"
    );
    fleet.run(&["fleet", "stop"], 0);
    assert_eq!(agents_processes(), BTreeMap::new());
}

/// All processes that were started by an agent or are one, by the agent's name.
pub fn agents_processes() -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for entry in fs::read_dir("/proc").expect("readable") {
        let folder = entry.expect("readable").path();
        // Not a process, or one that has just ended.
        let Ok(environment) = fs::read(folder.join("environ")) else {
            continue;
        };
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let mut variables = environment.split('\0');
        if let Some(name) = variables.find_map(|line| line.strip_prefix("MOSAIC_AGENT_NAME=")) {
            let line = fs::read(folder.join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            found.entry(name.to_owned()).or_default().push(line);
        }
    }
    found
}
