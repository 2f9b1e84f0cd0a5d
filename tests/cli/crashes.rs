//! Crashes at every checkpoint: recovery ends in the old home or the new one, and the operator is faster.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::cli::scene::{action, conflicts, everything, utf8};
use crate::support::run::stopped_at_and_killed;
use crate::support::{Sandbox, write};

const CHECKPOINTS: &[(&str, usize)] = &[
    ("Started", 1),
    ("Staged", 2),
    ("Written", 1),
    ("Durable", 1),
    ("Committed", 1),
    ("CommitDurable", 1),
    ("Carried", 7),
    ("CarriedDurable", 1),
    ("Finished", 1),
];

/// A home at `old`, and `new`: a replacement, a new file in a new folder, a removal, a mode.
fn two_releases() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let old = [
        ("g/a", "a\n"),
        ("g/gone/old", "old\n"),
        ("t", "t\n"),
        ("x", "file\n"),
    ];
    let new = [
        ("g/a", "A\n"),
        ("n/e/w", "new\n"),
        ("t*", "t\n"),
        ("x/y", "below\n"),
    ];
    let old = sandbox.release("old", "1.0.0", &old);
    let new = sandbox.release("new", "1.1.0", &new);
    sandbox.install(&old);
    (sandbox, new)
}

/// Runs an update that is killed at a checkpoint; whether it got that far.
pub fn crash(sandbox: &Sandbox, arguments: &[&str], (checkpoint, count): (&str, usize)) -> bool {
    let mut command = sandbox.mosaic(arguments);
    let output = command
        .env("MOSAIC_CRASH_AT", format!("{checkpoint}:{count}"))
        .output()
        .expect("it runs");
    output.status.code().is_none()
}

fn crashed_at(checkpoint: &str) -> (Sandbox, PathBuf) {
    let (sandbox, new) = two_releases();
    assert!(
        crash(&sandbox, &["update", "--from", utf8(&new)], (checkpoint, 1)),
        "{checkpoint}"
    );
    (sandbox, new)
}

#[test]
fn at_any_point_of_an_update_the_next_run_finds_the_old_home_or_finishes_the_new_one() {
    for (checkpoint, most) in CHECKPOINTS {
        for count in 1..=*most {
            let (sandbox, new) = two_releases();
            let old = sandbox.tree();
            if !crash(
                &sandbox,
                &["update", "--from", utf8(&new)],
                (checkpoint, count),
            ) {
                continue;
            }
            let is_committed =
                CHECKPOINTS.iter().position(|(name, _)| name == checkpoint) >= Some(4);
            let status = sandbox.json(&["status"], 0);
            assert_eq!(
                status["recovery_pending"] == true,
                is_committed && *checkpoint != "Finished"
            );
            sandbox.run(&["recover"], 0);
            let found = sandbox.tree();
            sandbox.update(&new, 0);
            let expected = if is_committed { sandbox.tree() } else { old };
            assert_eq!(found, expected, "{checkpoint}:{count}");
            sandbox.run(&["verify"], 0);
            assert_eq!(sandbox.generation(), 2, "{checkpoint}:{count}");
        }
    }
}

#[test]
fn at_any_point_of_a_recovery_the_next_one_finishes() {
    for count in 1..=6 {
        let (sandbox, new) = crashed_at("Committed");
        assert!(
            crash(&sandbox, &["recover"], ("Carried", count)),
            "Carried:{count}"
        );
        crash(&sandbox, &["recover"], ("CarriedDurable", 1));
        sandbox.run(&["recover"], 0);
        let found = sandbox.tree();
        sandbox.update(&new, 0);
        assert_eq!(sandbox.tree(), found, "Carried:{count}");
        sandbox.run(&["rollback"], 0);
        assert_eq!(sandbox.read("g/a"), "a\n");
    }
}

/// A displaced file that has other names is copied; a run that was cut off in the middle of that leaves half a copy.
#[test]
fn a_copy_that_was_cut_off_is_begun_again() {
    let (sandbox, new) = two_releases();
    let other = sandbox.path("other-name");
    fs::hard_link(sandbox.home().join("g/a"), &other).unwrap();
    let update = ["update", "--from", utf8(&new)];
    assert!(crash(&sandbox, &update, ("Committed", 1)));
    let slots = sandbox.home().join(".mosaic/commit/files");
    let waiting: Vec<_> = fs::read_dir(&slots).unwrap().flatten().collect();
    for slot in &waiting {
        let name = slot.file_name().into_string().unwrap();
        write(&slots.join(format!("{name}.copy")), b"ha", 0o600);
    }
    sandbox.run(&["recover"], 0);
    assert_eq!(sandbox.read("g/a"), "A\n");
    assert_eq!(fs::read_to_string(&other).unwrap(), "a\n");
}

#[test]
fn at_any_point_of_a_rollback_it_is_the_one_or_the_other() {
    for (checkpoint, most) in CHECKPOINTS {
        let (sandbox, new) = two_releases();
        let old = sandbox.tree();
        sandbox.update(&new, 0);
        let newer = sandbox.tree();
        assert!(
            crash(&sandbox, &["rollback"], (checkpoint, (*most).min(3))),
            "{checkpoint}"
        );
        sandbox.run(&["recover"], 0);
        let is_committed = CHECKPOINTS.iter().position(|(name, _)| name == checkpoint) >= Some(4);
        assert_eq!(
            sandbox.tree(),
            if is_committed { old } else { newer },
            "{checkpoint}"
        );
    }
}

#[test]
fn at_any_point_of_an_install_a_fresh_home_is_made_or_not() {
    for (checkpoint, _) in CHECKPOINTS {
        let sandbox = Sandbox::new();
        let bundle = sandbox.release("b", "1.0.0", &[("a", "a\n")]);
        assert!(crash(
            &sandbox,
            &["install", "--from", utf8(&bundle)],
            (checkpoint, 1)
        ));
        sandbox.install(&bundle);
        assert_eq!(
            (sandbox.read("a").as_str(), sandbox.generation()),
            ("a\n", 1),
            "{checkpoint}"
        );
    }
}

#[test]
fn every_changing_command_finishes_it_first_and_a_dry_run_only_says_so() {
    let commands: [&[&str]; 4] = [
        &["update", "--from", "new"],
        &["install", "--from", "new"],
        &["rollback"],
        &["resolve", "--all", "--mine"],
    ];
    for command in commands {
        let (sandbox, _) = crashed_at("Committed");
        let before = everything(&sandbox.home());
        let foretold = sandbox.json(&["update", "-n", "--from", "new"], 0);
        assert_eq!(foretold["recovery_pending"], true);
        assert!(sandbox.run(&["status"], 0).contains("mosaic recover"));
        sandbox.run(&["status", "--exit-code"], 4);
        assert_eq!(everything(&sandbox.home()), before, "looking recovered");
        sandbox.run(command, 0);
        assert!(
            !sandbox.home().join(".mosaic/commit").exists(),
            "{command:?}"
        );
        let expected = if command[0] == "rollback" {
            "a\n"
        } else {
            "A\n"
        };
        assert_eq!(sandbox.read("g/a"), expected, "{command:?}");
    }
}

/// What the operator does while the run is dead, and what is parked for him.
struct Faster {
    does: fn(&Sandbox),
    path: &'static str,
    parked: Option<&'static str>,
}

#[rustfmt::skip]
const FASTER: &[Faster] = &[
    Faster { does: |s| s.edit("g/a", "mine\n"), path: "g/a", parked: Some("A\n") },
    Faster { does: |s| s.edit("n/e/w", "mine\n"), path: "n/e/w", parked: Some("new\n") },
    Faster { does: |s| s.edit("g/gone/old", "mine\n"), path: "g/gone/old", parked: None },
    Faster { does: |s| s.edit("x", "mine\n"), path: "x", parked: None },
    Faster { does: |s| s.edit("n", "a file where a folder was to come\n"), path: "n", parked: None },
    Faster { does: |s| replace_by_directory(s, "g/a"), path: "g/a/mine", parked: None },
    Faster { does: |s| replace_by_directory(s, "t"), path: "t/mine", parked: None },
    Faster { does: |s| replace_by_link(s, "t"), path: "t", parked: None },
    Faster { does: |s| replace_by_link(s, "g/a"), path: "g/a", parked: Some("A\n") },
    Faster { does: |s| lead_out(s, "g"), path: "g", parked: None },
];

fn replace_by_directory(sandbox: &Sandbox, path: &str) {
    fs::remove_file(sandbox.home().join(path)).unwrap();
    write(&sandbox.home().join(path).join("mine"), b"mine\n", 0o600);
}

fn replace_by_link(sandbox: &Sandbox, path: &str) {
    let live = sandbox.home().join(path);
    fs::remove_file(&live).unwrap();
    write(&sandbox.path("outside"), b"mine\n", 0o600);
    std::os::unix::fs::symlink(sandbox.path("outside"), &live).unwrap();
}

fn lead_out(sandbox: &Sandbox, path: &str) {
    let (live, outside) = (sandbox.home().join(path), sandbox.path("outside"));
    fs::rename(&live, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &live).unwrap();
}

#[test]
fn who_saves_between_commit_and_recovery_keeps_his_and_finds_ours_parked() {
    for (at, Faster { does, path, parked }) in FASTER.iter().enumerate() {
        for checkpoint in ["Committed", "CommitDurable"] {
            let (sandbox, _) = crashed_at(checkpoint);
            does(&sandbox);
            let live = |sandbox: &Sandbox| sandbox.tree().remove(*path).expect("it is there");
            let (mine, outside) = (
                live(&sandbox),
                crate::support::tree(&sandbox.path("outside")),
            );
            let document = sandbox.json(&["recover"], 3);
            assert_eq!(
                live(&sandbox),
                mine,
                "case {at} at {checkpoint}: {document}"
            );
            assert_eq!(
                crate::support::tree(&sandbox.path("outside")),
                outside,
                "case {at}"
            );
            assert!(
                document["overtaken"]
                    .as_array()
                    .is_some_and(|all| !all.is_empty()),
                "case {at}: {document}"
            );
            if let Some(parked) = parked {
                assert_eq!(sandbox.parked(path), *parked, "case {at}");
                assert!(
                    conflicts(&sandbox.json(&["resolve"], 3)).contains(path),
                    "case {at}"
                );
            }
            assert_eq!(
                sandbox.json(&["status"], 0)["recovery_pending"],
                false,
                "case {at}"
            );
        }
    }
}

/// A second save of the operator's.
type SecondSave = fn(&Sandbox);

const SECOND_SAVES: &[SecondSave] = &[
    |s| {
        s.edit("g/.a", "second\n");
        fs::rename(s.home().join("g/.a"), s.home().join("g/a")).unwrap();
    },
    |s| s.edit("g/a", "second\n"),
    |s| fs::remove_file(s.home().join("g/a")).unwrap(),
    |s| replace_by_directory(s, "g/a"),
    |s| replace_by_link(s, "g/a"),
];

/// His first save was displaced, and Mosaic was killed before it went back.
#[test]
fn who_saves_twice_keeps_his_second_save_whenever_the_recovery_comes() {
    for save in SECOND_SAVES {
        for action in ["replace", "remove"] {
            let (sandbox, new) = two_releases();
            let gone = sandbox.release("gone", "1.2.0", &[("t", "t\n"), ("x", "file\n")]);
            let to = if action == "replace" { &new } else { &gone };
            let at = ["CommitDurable:1", "PuttingBack:1"];
            let arguments = ["update", "--from", utf8(to)];
            let run = stopped_at_and_killed(&sandbox, &arguments, at);
            sandbox.edit("g/a", "first\n");
            assert_eq!(run.go_on().0, None, "it is killed");
            if action == "replace" {
                assert_eq!(sandbox.read("g/a"), "A\n", "it was killed too late");
            } else {
                assert!(!sandbox.home().join("g/a").exists());
                sandbox.edit("g/a", "");
            }
            save(&sandbox);
            let second = sandbox.tree().remove("g/a");
            // A removal of nothing is no save: his first goes back.
            if action == "remove" && second.is_none() {
                sandbox.run(&["recover"], 3);
                assert_eq!(sandbox.read("g/a"), "first\n");
                continue;
            }
            sandbox.run(&["recover"], 3);
            assert_eq!(sandbox.tree().remove("g/a"), second, "{action}");
            let kept = everything(&sandbox.home());
            assert!(
                kept.values().any(|stamps| stamps.contains("first")),
                "{action}: his first save is lost: {:?}",
                kept.keys()
            );
        }
    }
}

#[test]
fn who_saves_after_the_change_was_carried_out_has_simply_edited_it() {
    let (sandbox, new) = two_releases();
    assert!(crash(
        &sandbox,
        &["update", "--from", utf8(&new)],
        ("CarriedDurable", 1)
    ));
    sandbox.edit("g/a", "mine\n");
    sandbox.run(&["recover"], 0);
    assert_eq!(sandbox.read("g/a"), "mine\n");
    assert_eq!(action(&sandbox.update(&new, 0), "g/a"), "edited");
}

#[test]
fn who_saves_before_the_commit_is_simply_seen_by_the_next_update() {
    let (sandbox, new) = crashed_at("Durable");
    sandbox.edit("g/a", "mine\n");
    sandbox.run(&["recover"], 0);
    let document = sandbox.update(&new, 3);
    assert_eq!(
        (action(&document, "g/a"), sandbox.read("g/a").as_str()),
        ("conflict", "mine\n")
    );
}

#[test]
fn who_deletes_between_commit_and_recovery_is_not_overruled_behind_his_back() {
    let (sandbox, new) = crashed_at("Committed");
    fs::remove_file(sandbox.home().join("g/a")).unwrap();
    sandbox.run(&["recover"], 3);
    assert!(!sandbox.home().join("g/a").exists());
    sandbox.update(&new, 0);
    assert_eq!(sandbox.read("g/a"), "A\n", "the framework repairs itself");
}

#[test]
fn a_rollback_after_an_overtaken_update_brings_the_rest_back() {
    let (sandbox, _) = crashed_at("Committed");
    sandbox.edit("g/a", "mine\n");
    let mine = sandbox.tree();
    sandbox.run(&["recover"], 3);
    sandbox.mosaic(&["rollback"]).output().unwrap();
    assert_eq!(sandbox.tree(), mine);
}

/// What is broken, and how.
type Break = (&'static str, fn(&Sandbox));

#[test]
fn keep_current_ends_a_recovery_whatever_is_broken() {
    let breaks: [Break; 4] = [
        ("an empty journal", |s| s.edit(".mosaic/commit/journal", "")),
        ("no journal", |s| {
            fs::remove_file(s.home().join(".mosaic/commit/journal")).unwrap()
        }),
        ("a record cut short", |s| {
            s.edit(".mosaic/commit/record", "mosaic-record 1 0.1.0\n")
        }),
        ("no record", |s| {
            fs::remove_file(s.home().join(".mosaic/commit/record")).unwrap()
        }),
    ];
    for (broken, does) in breaks {
        let (sandbox, new) = crashed_at("Committed");
        does(&sandbox);
        let said = sandbox.refused(&["recover"], 3);
        assert!(said.contains("--keep-current"), "{broken}: {said}");
        let output = sandbox
            .mosaic(&["recover", "--keep-current"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "{broken}: {said}"
        );
        let status: Value = sandbox.json(&["status"], 0);
        assert_eq!(status["recovery_pending"], false, "{broken}");
        sandbox
            .mosaic(&["update", "--from", utf8(&new)])
            .output()
            .unwrap();
        assert_eq!(
            sandbox.read("g/a"),
            "A\n",
            "{broken}: the next update works"
        );
    }
}

#[test]
fn a_recovery_with_a_journal_from_a_later_release_names_it_and_changes_nothing() {
    let (sandbox, _) = crashed_at("Committed");
    let journal = sandbox.home().join(".mosaic/commit/journal");
    let bytes = fs::read(&journal).unwrap();
    let rest = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    fs::write(
        &journal,
        [&b"mosaic-journal 99 7.8.9"[..], &bytes[rest..]].concat(),
    )
    .unwrap();
    for command in [
        &["recover"][..],
        &["update", "--from", "new"],
        &["recover", "--keep-current"],
    ] {
        let before = sandbox.tree();
        let output = sandbox.mosaic(command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("7.8.9"), "{said}");
        assert_ne!(output.status.code(), Some(0));
        assert_eq!(sandbox.tree(), before);
    }
    fs::write(&journal, bytes).unwrap();
    sandbox.run(&["recover"], 0);
}

#[test]
fn every_dry_run_says_that_a_recovery_is_pending() {
    let sandbox = Sandbox::new();
    let [old, new] =
        ["1.0.0", "1.1.0"].map(|version| sandbox.bundle(version, version, &[("a", version)]));
    sandbox.install(&old);
    let update = ["update", "--from", new.to_str().unwrap()];
    sandbox
        .mosaic(&update)
        .env("MOSAIC_CRASH_AT", "Committed")
        .output()
        .unwrap();
    for command in [&update[..], &["rollback"], &["uninstall", "--yes"], &["gc"]] {
        let output = sandbox.mosaic(command).arg("--dry-run").output().unwrap();
        let said = String::from_utf8_lossy(&[output.stderr, output.stdout].concat()).into_owned();
        assert!(
            said.contains("waits to be finished first"),
            "{command:?}: {said}"
        );
    }
}
