//! Files that a migration edits together stay together: where one of them cannot be edited after all, the others go
//! back, and the next update decides about all of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use crate::cli::migrations::fleet_of;
use crate::support::Sandbox;
use crate::support::run::{stopped_at, stopped_at_and_killed};

const SAVED: [&str; 2] = ["fleet/roster.yaml", "fleet/agents/coder0.env"];

/// The roster and the env files.
fn fleet(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let agents = fs::read_dir(sandbox.home().join("fleet/agents")).unwrap();
    let names = agents.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let paths = names.map(|name| format!("fleet/agents/{name}"));
    let paths = paths.filter(|path| path.ends_with(".env"));
    let paths = paths.chain(["fleet/roster.yaml".to_owned()]);
    paths
        .map(|path| (path.clone(), sandbox.read(&path)))
        .collect()
}

fn save(sandbox: &Sandbox, path: &str) {
    let path = sandbox.home().join(path);
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"# mine\n").unwrap();
}

fn migrates_whole(sandbox: &Sandbox, path: &str, saved: &BTreeMap<String, String>) {
    sandbox.run(&["update", "-q"], 0);
    for (name, text) in fleet(sandbox) {
        assert_ne!(&text, &saved[&name], "{name} is migrated");
        assert_eq!(text.contains("# mine"), name == path, "{name}");
    }
    // Of the roster in the home there is something parked in that generation.
    sandbox.mosaic(&["rollback"]).output().expect("it runs");
    assert_eq!(&fleet(sandbox), saved);
}

#[test]
fn who_saves_one_of_a_group_meanwhile_keeps_the_whole_group_as_it_was() {
    for path in SAVED {
        let sandbox = fleet_of("0.0.34");
        let run = stopped_at(&sandbox, &["update", "-q"], "CommitDurable:1");
        save(&sandbox, path);
        let saved = fleet(&sandbox);
        let (status, said) = run.go_on();
        assert_eq!(status, Some(3), "{said}");
        assert_eq!(fleet(&sandbox), saved, "{path}: it is split");
        migrates_whole(&sandbox, path, &saved);
    }
}

#[test]
fn a_rollback_takes_a_whole_group_back_or_none_of_it() {
    for path in SAVED {
        let sandbox = fleet_of("0.0.34");
        sandbox.run(&["update", "-q"], 0);
        let run = stopped_at(&sandbox, &["rollback", "-q"], "CommitDurable:1");
        save(&sandbox, path);
        let saved = fleet(&sandbox);
        let (status, said) = run.go_on();
        assert_eq!(status, Some(3), "{said}");
        assert_eq!(fleet(&sandbox), saved, "{path}: it is split");
        sandbox.mosaic(&["update", "-q"]).output().expect("it runs");
        assert_eq!(fleet(&sandbox), saved, "there is nothing to migrate");
    }
}

#[test]
fn a_group_stays_whole_wherever_its_run_is_killed() {
    let mut kills = 0;
    for number in (1..).step_by(5) {
        let sandbox = fleet_of("0.0.34");
        let kill_at = format!("Carried:{number}");
        let at = ["CommitDurable:1", &kill_at];
        let run = stopped_at_and_killed(&sandbox, &["update", "-q"], at);
        save(&sandbox, SAVED[0]);
        let saved = fleet(&sandbox);
        if run.go_on().0.is_some() {
            break;
        }
        kills += 1;
        sandbox.run(&["recover"], 3);
        assert_eq!(fleet(&sandbox), saved, "killed at {number}: it is split");
    }
    assert!(kills > 3, "{kills}");
}

/// What tells the release changes last, and a group is carried out first: where half of a run is given up, since its state
/// was damaged meanwhile, its migrations are still due.
#[test]
fn half_a_group_that_was_given_up_is_migrated_by_the_next_update() {
    let whole = fleet_of("0.0.34");
    whole.run(&["update", "-q"], 0);
    for (file, mut number) in [("together", 1), ("journal", 3), ("record", 5)] {
        loop {
            let sandbox = fleet_of("0.0.34");
            let at = format!("Carried:{number}");
            let mut update = sandbox.mosaic(&["update", "-q"]);
            update.env("MOSAIC_CRASH_AT", at).output().expect("it runs");
            let path = sandbox.home().join(".mosaic/commit").join(file);
            let Ok(content) = fs::read(&path) else {
                assert!(number > 12, "{number}");
                break;
            };
            fs::write(&path, &content[1..]).unwrap();
            let refused = sandbox.mosaic(&["update", "-q"]).output().expect("it runs");
            let said = String::from_utf8_lossy(&refused.stderr);
            assert!(said.contains("mosaic recover --keep-current"), "{said}");
            sandbox.run(&["recover", "--keep-current"], 3);
            sandbox.run(&["update", "-q"], 0);
            assert_eq!(fleet(&sandbox), fleet(&whole), "{file}: {number}");
            number += 6;
        }
    }
}
