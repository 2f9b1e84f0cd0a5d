//! `uninstall`: what the record owns goes, everything else stays, and a rollback brings all of it back.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::cli::scene::{action, conflicts, everything};
use crate::support::{Sandbox, Tree};

/// A home at `two`, in which the operator did a little of everything.
fn lived_in() -> Sandbox {
    let sandbox = Sandbox::new();
    let one = [
        ("c", "c\n"),
        ("edited", "e\n"),
        ("empty/gone", "g\n"),
        ("g/a", "a\n"),
        ("g/deep/b", "b\n"),
        ("kept/k", "k\n"),
        ("shared/ours", "o\n"),
        ("SOUL.md", "a start\n"),
        ("tools/run*", "#!/bin/sh\n"),
    ];
    let two = one.map(|(path, content)| {
        if path == "c" {
            (path, "C\n")
        } else {
            (path, content)
        }
    });
    let (one, two) = (
        sandbox.release("one", "1.0.0", &one),
        sandbox.release("two", "1.1.0", &two),
    );
    sandbox.edit("before/mine", "mine\n");
    sandbox.install(&one);
    sandbox.edit("c", "mine\n");
    sandbox.edit("edited", "mine\n");
    sandbox.edit("shared/mine", "mine\n");
    sandbox.edit(".mosaicpreserve", "kept\n");
    fs::remove_file(sandbox.home().join("empty/gone")).unwrap();
    fs::set_permissions(
        sandbox.home().join("g/deep"),
        fs::Permissions::from_mode(0o2775),
    )
    .unwrap();
    sandbox.update(&two, 3);
    fs::remove_file(sandbox.home().join("empty/gone")).unwrap();
    sandbox
}

fn paths(tree: &Tree) -> Vec<&str> {
    tree.keys().map(String::as_str).collect()
}

const LEFT: [&str; 10] = [
    ".mosaicpreserve",
    "SOUL.md",
    "before",
    "before/mine",
    "c",
    "edited",
    "kept",
    "kept/k",
    "shared",
    "shared/mine",
];

#[test]
fn what_the_record_owns_goes_and_nothing_else() {
    let sandbox = lived_in();
    let before = sandbox.tree();
    let document = sandbox.json(&["uninstall", "--yes", "-v"], 0);
    let left = sandbox.tree();
    assert_eq!(paths(&left), LEFT);
    assert!(
        left.iter().all(|(path, what)| before[path] == *what),
        "what stays is as it was"
    );
    let actions =
        ["g/a", "edited", "c", "kept/k", "empty/gone"].map(|path| action(&document, path));
    assert_eq!(
        actions,
        ["remove", "release", "release", "preserve", "forget"]
    );
    assert_eq!(
        (document["committed"].as_bool(), document["to"].as_str()),
        (Some(true), None)
    );
    assert!(
        conflicts(&document).is_empty()
            && !sandbox.home().join(".mosaic/conflicts/c.shipped").exists()
    );
    assert!(
        sandbox
            .run(&["status"], 0)
            .contains("nothing is installed, generation 3")
    );
    sandbox.run(&["verify"], 0);
    sandbox.run(&["resolve"], 0);
}

#[test]
fn a_rollback_brings_everything_back() {
    let sandbox = lived_in();
    let (before, parked) = (sandbox.tree(), sandbox.parked("c"));
    sandbox.run(&["uninstall", "--yes"], 0);
    sandbox.run(&["rollback"], 3);
    assert_eq!(sandbox.tree(), before);
    assert_eq!(sandbox.parked("c"), parked);
    let two = sandbox.path("two");
    assert_eq!(
        sandbox.update(&two, 3)["actions"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|l| l["action"] == "write")
            .count(),
        1
    );
}

#[test]
fn it_can_be_installed_again_and_uninstalled_twice() {
    let sandbox = lived_in();
    sandbox.run(&["uninstall", "--yes"], 0);
    let left = sandbox.tree();
    assert!(
        sandbox
            .run(&["uninstall", "--yes"], 0)
            .contains("Nothing is installed")
    );
    assert_eq!((sandbox.tree(), sandbox.generation()), (left, 3));
    let document = sandbox.json(&["install", "--from", "two"], 3);
    assert_eq!(
        document["from"], "1.1.0",
        "what is still there is known to be of that release"
    );
    assert_eq!(
        (
            sandbox.read("g/deep/b").as_str(),
            sandbox.read("edited").as_str()
        ),
        ("b\n", "mine\n")
    );
    sandbox.run(&["rollback", "2"], 3);
    assert_eq!(sandbox.read("g/a"), "a\n");
}

#[test]
fn a_dry_run_says_the_same_and_touches_nothing() {
    let sandbox = lived_in();
    let before = everything(&sandbox.home());
    let foretold = sandbox.json(&["uninstall", "--dry-run"], 0);
    assert_eq!(everything(&sandbox.home()), before);
    assert_eq!(
        foretold["actions"],
        sandbox.json(&["uninstall", "--yes"], 0)["actions"]
    );
}

#[test]
fn a_home_without_a_record_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.edit("mine", "mine\n");
    assert!(
        sandbox
            .refused(&["uninstall", "--yes"], 1)
            .contains("no record")
    );
    assert!(!sandbox.home().join(".mosaic").exists());
}

const CHECKPOINTS: &[(&str, bool)] = &[
    ("Started:1", false),
    ("Written:1", false),
    ("Durable:1", false),
    ("Committed:1", true),
    ("CommitDurable:1", true),
    ("Carried:1", true),
    ("Carried:4", true),
    ("Carried:9", true),
    ("CarriedDurable:1", true),
    ("Finished:1", true),
];

#[test]
fn at_any_point_of_it_the_next_run_finds_the_one_or_the_other() {
    for (checkpoint, is_committed) in CHECKPOINTS {
        let sandbox = lived_in();
        let before = sandbox.tree();
        let killed = sandbox
            .mosaic(&["uninstall", "--yes"])
            .env("MOSAIC_CRASH_AT", checkpoint)
            .output()
            .unwrap();
        assert_eq!(killed.status.code(), None, "{checkpoint} is never passed");
        sandbox.run(&["recover"], 0);
        let found = sandbox.tree();
        match is_committed {
            true => assert_eq!(paths(&found), LEFT, "{checkpoint}"),
            false => assert_eq!(found, before, "{checkpoint}"),
        }
        sandbox.run(&["rollback", "2"], 3);
        assert_eq!(sandbox.tree(), before, "{checkpoint}");
    }
}

#[test]
fn an_empty_directory_that_a_rollback_brought_back_goes_with_the_rollback() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.bundle("r1", "1.0.0", &[("a", "a\n"), ("deep/er/b", "b\n")]);
    sandbox.install(&bundle);
    fs::remove_file(sandbox.home().join("deep/er/b")).unwrap();
    let before = sandbox.tree();
    sandbox.run(&["uninstall", "--yes"], 0);
    let uninstalled = sandbox.tree();
    for tree in [&before, &uninstalled, &before, &uninstalled] {
        if sandbox.tree() != *tree {
            sandbox.run(&["rollback"], 0);
        }
        assert_eq!(sandbox.tree(), *tree);
    }
    // One that the operator made is his.
    fs::create_dir(sandbox.home().join("deep")).unwrap();
    sandbox.run(&["rollback", "0"], 0);
    assert_eq!(paths(&sandbox.tree()), ["deep"]);
}

/// Runs it on a terminal, and types once it asks; the exit status, and what was said.
fn at_a_terminal(
    sandbox: &Sandbox,
    arguments: &str,
    answer: impl FnOnce() -> &'static [u8],
) -> (Option<i32>, String) {
    let line = format!(
        "exec '{}' uninstall {arguments}",
        env!("CARGO_BIN_EXE_mosaic")
    );
    let mut script = Command::new("script");
    script
        .env_clear()
        .env("HOME", sandbox.path("user"))
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "dumb");
    script
        .args(["-qec", &line, "/dev/null"])
        .current_dir(sandbox.path(""));
    let mut script = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script runs");
    let (mut keys, mut screen) = (
        script.stdin.take().expect("a pipe"),
        script.stdout.take().expect("a pipe"),
    );
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(b"[y/N] ") && screen.read(&mut byte).expect("readable") > 0 {
        said.extend(byte);
    }
    // After its end nobody reads what is typed.
    let _ = keys.write_all(answer());
    screen.read_to_end(&mut said).expect("readable");
    (
        script.wait().expect("it ends").code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn at_a_terminal_it_asks_and_only_yes_is_yes() {
    let sandbox = lived_in();
    let before = sandbox.tree();
    for (typed, status) in [(&b"n\n"[..], 1), (b"\n", 1), (b"\x04", 1), (b"\x03", 1)] {
        let (found, said) = at_a_terminal(&sandbox, "", || typed);
        assert_eq!(found, Some(status), "{typed:?}: {said}");
        let lines: Vec<_> = said.lines().collect();
        assert!(
            lines.iter().any(|line| line.starts_with("error: ")),
            "an error has a line of its own: {said}"
        );
        assert_eq!(sandbox.tree(), before, "{typed:?}");
    }
    let (status, said) = at_a_terminal(&sandbox, "", || b"y\n");
    assert_eq!(
        (status, paths(&sandbox.tree())),
        (Some(0), LEFT.to_vec()),
        "{said}"
    );
    sandbox.run(&["rollback"], 3);
    let (status, said) = at_a_terminal(&sandbox, "--yes", || b"");
    assert!(status == Some(0) && !said.contains("[y/N]"), "{said}");
}

#[test]
fn what_was_agreed_to_is_what_is_done() {
    let sandbox = lived_in();
    let (status, said) = at_a_terminal(&sandbox, "", || {
        sandbox.edit("g/a", "mine, while it asked\n");
        b"y\n"
    });
    assert!(status == Some(1) && said.contains("the plan is"), "{said}");
    assert_eq!(
        (sandbox.generation(), sandbox.read("g/deep/b").as_str()),
        (2, "b\n")
    );
}

#[test]
fn what_was_uninstalled_is_no_home_of_an_earlier_release() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install"], 0);
    sandbox.run(&["fleet", "init"], 0);
    let env = "MOSAIC_AGENT_MODEL=m\nMOSAIC_AGENT_COMMAND=mine\n";
    sandbox.edit("fleet/agents/mine.env", env);
    sandbox.run(&["uninstall", "--yes"], 0);
    let status = sandbox.run(&["status"], 0);
    assert!(status.contains("nothing is installed"), "{status}");
    assert!(!status.contains("0.0."), "{status}");
    let update = sandbox.json(&["update"], 0);
    let applied = update["migrations"].as_array().expect("a list").iter();
    let applied = applied.filter(|line| line["outcome"] != "not-applicable");
    assert_eq!(applied.count(), 0, "{update}");
    assert!(sandbox.read("fleet/agents/mine.env").contains("mine"));
}
