//! Agents join a fleet that lives, and leave it.

use std::fs;

use crate::Test;
use crate::life::{Fleet, SOCKET};
use crate::manager::Inside;

tests! {
    Test:
    an_agent_joins_a_living_fleet_and_leaves_it,
    who_was_never_started_leaves_without_a_word_to_systemd,
}

fn unit(name: &str) -> String {
    format!("mosaic-agent@{name}.service")
}

fn sessions(fleet: &Fleet) -> Vec<String> {
    let said = fleet
        .inside
        .tmux(&["-L", SOCKET, "list-sessions", "-F", "#{session_name}"]);
    said.lines().map(str::to_owned).collect()
}

fn an_agent_joins_a_living_fleet_and_leaves_it(inside: &Inside) {
    let fleet = Fleet::usual(inside, 1);
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    let before = fleet.lives(&["-L", SOCKET]);
    let roster = fs::read_to_string(fleet.home.join("fleet/roster.yaml")).unwrap();

    let stub = fleet.home.join("tools/fleet/stub-runtime.sh");
    let line = format!(
        "MOSAIC_AGENT_COMMAND=\"'{}' --interval 1\"\n",
        stub.display()
    );
    fs::write(fleet.env("late0"), &line).unwrap();
    fleet.run(&["fleet", "add", "late0", "--runtime", "pi"], 0);
    assert_eq!(inside.property(&unit("late0"), "UnitFileState"), "enabled");
    assert_eq!(
        inside.property(&unit("late0"), "ActiveState"),
        "inactive",
        "nothing is started"
    );
    let said = fleet.run(&["fleet", "start", "late0"], 0);
    assert!(said.contains("late0"), "{said}");
    assert!(sessions(&fleet).contains(&"late0".to_owned()));

    let said = fleet.run(&["fleet", "remove", "late0"], 0);
    assert!(said.contains("has lines of yours; it stays"), "{said}");
    assert!(
        !sessions(&fleet).contains(&"late0".to_owned()),
        "it was stopped"
    );
    assert_eq!(inside.property(&unit("late0"), "ActiveState"), "inactive");
    assert_eq!(inside.property(&unit("late0"), "UnitFileState"), "disabled");
    assert_eq!(
        fs::read_to_string(fleet.home.join("fleet/roster.yaml")).unwrap(),
        roster
    );
    assert_eq!(fleet.lives(&["-L", SOCKET]), before, "the others went on");

    // The way back leads over both, and what a person starts then lives again.
    fleet.run(&["rollback"], 0);
    assert_eq!(inside.property(&unit("late0"), "UnitFileState"), "enabled");
    fleet.run(&["fleet", "start", "late0"], 0);
    assert!(sessions(&fleet).contains(&"late0".to_owned()));
}

fn who_was_never_started_leaves_without_a_word_to_systemd(inside: &Inside) {
    let fleet = Fleet::usual(inside, 2);
    fleet.run(&["fleet", "install"], 0);
    fs::write(fleet.env("coder1"), "").unwrap();
    fleet.run(&["fleet", "install"], 0);
    let (_, calls) = inside.counted(|| fleet.run(&["fleet", "remove", "coder1"], 0));
    let is_stop = |call: &&String| call.contains(" stop ");
    assert_eq!(calls.iter().find(is_stop), None, "{calls:?}");
    assert!(
        !fleet.env("coder1").exists(),
        "only the roster's keys were in it"
    );
    assert_eq!(
        inside.property(&unit("coder1"), "UnitFileState"),
        "disabled"
    );
    let said = fleet.run(&["fleet", "start"], 0);
    assert!(!said.contains("coder1"), "{said}");
}
