//! What holds for every command: dry runs, plans, refusals, the lock, and state that cannot be trusted.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::thread;

use rustix::fs::{FlockOperation, flock};

use crate::cli::scene::{changes, everything, utf8};
use crate::support::patience::eventually;
use crate::support::{Sandbox, Tree, write};

/// A home at the first release with an edit that merges, one that clashes, and one file gone.
fn lived_in() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let first = sandbox.release(
        "first",
        "1.0.0",
        &[
            ("g/a", "1\n2\n3\n4\n"),
            ("g/b", "b\n"),
            ("g/c", "c\n"),
            ("g/d", "d\n"),
            ("t*", "t\n"),
            ("x", "x\n"),
        ],
    );
    let second = sandbox.release(
        "second",
        "1.1.0",
        &[
            ("g/a", "1\n2\n3\nfour\n"),
            ("g/b", "B\n"),
            ("g/c", "c\n"),
            ("t", "t\n"),
            ("x/y", "y\n"),
            ("n/e/w", "n\n"),
        ],
    );
    sandbox.install(&first);
    sandbox.edit("g/a", "one\n2\n3\n4\n");
    sandbox.edit("g/b", "mine\n");
    fs::remove_file(sandbox.home().join("g/c")).unwrap();
    (sandbox, second)
}

#[test]
fn a_dry_run_changes_nothing_at_all_and_foretells_exactly() {
    let (sandbox, second) = lived_in();
    let arguments = ["update", "--from", utf8(&second), "-v"];
    let before = everything(&sandbox.path(""));
    let foretold = sandbox.json(&[&arguments[..], &["--dry-run"]].concat(), 0);
    assert_eq!(everything(&sandbox.path("")), before);
    assert_eq!(
        (&foretold["dry_run"], &foretold["committed"]),
        (&true.into(), &false.into())
    );
    let done = sandbox.json(&arguments, 3);
    for field in [
        "actions",
        "plan_digest",
        "counts",
        "conflicts",
        "advisories",
        "from",
        "to",
    ] {
        assert_eq!(foretold[field], done[field], "{field}");
    }
    assert_eq!(changes(&done).len(), 8, "{}", done["actions"]);
}

#[test]
fn a_dry_run_on_a_fresh_path_makes_nothing() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("b", "1.0.0", &[("a", "a\n")]);
    let before = everything(&sandbox.path(""));
    let arguments = ["install", "--from", utf8(&bundle)];
    let foretold = sandbox.json(&[&arguments[..], &["--dry-run"]].concat(), 0);
    sandbox.run(
        &["install", "--from", utf8(&bundle), "-n", "--exit-code"],
        4,
    );
    assert_eq!(everything(&sandbox.path("")), before);
    let done = sandbox.json(&arguments, 0);
    assert_eq!(foretold["actions"], done["actions"]);
    assert_eq!(foretold["plan_digest"], done["plan_digest"]);
}

#[test]
fn a_dry_run_on_a_home_without_a_record_makes_no_state() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("b", "1.0.0", &[("a", "a\n")]);
    write(&sandbox.home().join("a"), b"mine\n", 0o644);
    let before = everything(&sandbox.path(""));
    for command in ["install", "update"] {
        sandbox.run(&[command, "-n", "--from", utf8(&bundle)], 0);
        sandbox.run(&["why", "a", "--from", utf8(&bundle)], 0);
        sandbox.run(&["status"], 0);
        assert_eq!(everything(&sandbox.path("")), before, "{command}");
    }
}

#[test]
fn looking_changes_nothing() {
    let (sandbox, second) = lived_in();
    sandbox.update(&second, 3);
    let before = everything(&sandbox.path(""));
    let looks: [&[&str]; 7] = [
        &["status"],
        &["history"],
        &["resolve"],
        &["verify"],
        &["why", "g/a"],
        &["rollback", "-n"],
        &["update", "-n", "--from", utf8(&second)],
    ];
    for look in looks {
        sandbox.mosaic(look).output().unwrap();
        assert_eq!(everything(&sandbox.path("")), before, "{look:?}");
    }
}

#[test]
fn a_plan_is_applied_exactly_or_refused() {
    let (sandbox, second) = lived_in();
    let update = ["update", "--from", utf8(&second)];
    let plan = sandbox.json(&[&update[..], &["-n"]].concat(), 0)["plan_digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = format!("sha256:{}", "0".repeat(64));
    let said = sandbox.refused(&[&update[..], &["--plan", &other]].concat(), 1);
    assert!(said.contains(&plan) && said.contains("--dry-run"), "{said}");
    sandbox.refused(&[&update[..], &["-n", "--plan", &other]].concat(), 1);
    assert!(
        sandbox
            .refused(&[&update[..], &["--plan", "sha256:xyz"]].concat(), 2)
            .contains("digest")
    );
    sandbox.edit("g/a", "ONE\n2\n3\n4\n");
    sandbox.refused(&[&update[..], &["--plan", &plan]].concat(), 1);
    sandbox.edit("g/a", "one\n2\n3\n4\n");
    let done = sandbox.json(&[&update[..], &["--plan", &plan]].concat(), 3);
    assert_eq!(done["plan_digest"], *plan);
}

#[test]
fn exit_code_tells_whether_there_was_something_to_do() {
    let sandbox = Sandbox::new();
    let (first, second) = (
        sandbox.release("r1", "1.0.0", &[]),
        sandbox.release("r2", "1.1.0", &[("n", "n\n")]),
    );
    let update = |bundle, status, more: &[&str]| {
        sandbox.run(
            &[&["update", "--exit-code", "--from", utf8(bundle)], more].concat(),
            status,
        )
    };
    sandbox.install(&first);
    update(&first, 0, &["-n"]);
    update(&first, 0, &[]);
    update(&second, 4, &["-n"]);
    update(&second, 4, &[]);
    update(&second, 0, &[]);
    sandbox.run(&["status", "--exit-code"], 0);
    sandbox.run(&["verify"], 0);
    sandbox.edit("n", "mine\n");
    sandbox.run(&["status", "--exit-code"], 4);
    sandbox.run(&["verify"], 4);
}

#[test]
fn an_edit_right_after_an_update_is_seen_even_in_the_same_tick() {
    let sandbox = Sandbox::new();
    let [a, b] = [("a", "1.0.0"), ("b", "1.1.0")]
        .map(|(name, version)| sandbox.release(name, version, &[("f", name)]));
    sandbox.install(&a);
    for turn in 0..8 {
        let (bundle, mine) = if turn % 2 == 0 { (&b, "x") } else { (&a, "y") };
        sandbox.run(&["update", "--allow-downgrade", "--from", utf8(bundle)], 0);
        let shipped = sandbox.read("f");
        sandbox.edit("f", mine);
        assert_eq!(
            sandbox.json(&["status"], 0)["edited"],
            serde_json::json!(["f"]),
            "turn {turn}"
        );
        sandbox.edit("f", &shipped);
    }
}

#[test]
fn what_could_be_a_mistake_is_refused_and_says_how_to_insist() {
    let sandbox = Sandbox::new();
    let full = sandbox.release(
        "full",
        "1.1.0",
        &[("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")],
    );
    let older = sandbox.release(
        "older",
        "1.0.9",
        &[("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")],
    );
    let few = sandbox.release("few", "1.2.0", &[]);
    let other = sandbox.release("other", "1.2.0", &[]);
    let manifest = fs::read_to_string(other.join("bundle.toml"))
        .unwrap()
        .replace("\"mosaic\"", "\"tiles\"");
    fs::write(other.join("bundle.toml"), manifest).unwrap();
    sandbox.install(&full);
    let generation = sandbox.generation();
    for (bundle, says) in [
        (&few, "--allow-removals"),
        (&older, "--allow-downgrade"),
        (&other, "tiles"),
    ] {
        let said = sandbox.refused(&["update", "--from", utf8(bundle)], 1);
        assert!(said.contains(says), "{said}");
        sandbox.refused(&["update", "-n", "--from", utf8(bundle)], 1);
        sandbox.refused(&["install", "--from", utf8(bundle)], 1);
    }
    sandbox.refused(
        &[
            "update",
            "--allow-downgrade",
            "--allow-removals",
            "--from",
            utf8(&other),
        ],
        1,
    );
    assert_eq!(sandbox.generation(), generation);
    sandbox.run(&["update", "--allow-downgrade", "--from", utf8(&older)], 0);
    sandbox.run(&["update", "--allow-removals", "--from", utf8(&few)], 0);
}

#[test]
fn a_failed_install_leaves_no_home_and_a_failed_update_no_state() {
    let sandbox = Sandbox::new();
    let bad = sandbox.release("bad", "1.0.0", &[(".mosaic/x", "x")]);
    let before = everything(&sandbox.path("user"));
    sandbox.refused(&["install", "--from", utf8(&bad)], 1);
    sandbox.refused(&["install", "--from", "absent"], 1);
    assert_eq!(
        everything(&sandbox.path("user")).len(),
        before.len(),
        "directories were left"
    );
    fs::create_dir_all(sandbox.home()).unwrap();
    sandbox.refused(&["update", "--from", utf8(&bad)], 1);
    assert!(!sandbox.home().join(".mosaic").exists());
}

#[test]
fn an_update_of_nothing_is_refused_and_names_install() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("b", "1.0.0", &[]);
    assert!(
        sandbox
            .refused(&["update", "--from", utf8(&bundle)], 1)
            .contains("mosaic install")
    );
    sandbox.install(&bundle);
    assert!(
        sandbox
            .run(&["install", "--from", utf8(&bundle)], 0)
            .contains("installed already")
    );
}

fn hold_lock(sandbox: &Sandbox) -> fs::File {
    let mut lock = fs::OpenOptions::new()
        .write(true)
        .open(sandbox.home().join(".mosaic/lock"))
        .unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    lock.set_len(0).unwrap();
    lock.write_all(b"4242\n").unwrap();
    lock
}

#[test]
fn a_second_run_names_the_holder_of_the_lock() {
    let (sandbox, second) = lived_in();
    let lock = hold_lock(&sandbox);
    let commands: [&[&str]; 4] = [
        &["update", "--from", utf8(&second), "--lock-timeout", "0"],
        &["rollback", "0", "--lock-timeout", "0"],
        &["resolve", "--all", "--mine", "--lock-timeout", "0"],
        &["recover", "--lock-timeout", "0.05"],
    ];
    for command in commands {
        let said = sandbox.refused(command, 5);
        assert!(said.contains("4242"), "{said}");
    }
    sandbox.run(&["update", "-n", "--from", utf8(&second)], 0);
    sandbox.run(&["status"], 0);
    drop(lock);
    sandbox.update(&second, 3);
}

#[test]
fn a_second_run_waits_for_the_lock() {
    let (sandbox, second) = lived_in();
    let before = sandbox.tree();
    let lock = hold_lock(&sandbox);
    let trace = sandbox.path("trace");
    let words = ["-f", "-qq", "-e", "trace=flock", "-o", utf8(&trace)];
    let mut strace = sandbox.traced(&words, &["update", "--from", utf8(&second)]);
    let Ok(mut update) = strace.spawn() else {
        println!("skipped: needs strace");
        return;
    };
    let calls = || fs::read_to_string(&trace).unwrap_or_default();
    eventually("it has asked for the lock three times", || {
        calls().matches(" EAGAIN ").count() >= 3
    });
    assert_eq!(sandbox.tree(), before);
    drop(lock);
    assert_eq!(update.wait().unwrap().code(), Some(3));
}

#[test]
fn two_updates_at_once_both_end_well() {
    let (sandbox, second) = lived_in();
    let run = || {
        sandbox
            .mosaic(&["update", "--from", utf8(&second)])
            .output()
            .unwrap()
            .status
            .code()
    };
    let ends = thread::scope(|scope| {
        [(); 3]
            .map(|()| scope.spawn(run))
            .map(|run| run.join().unwrap())
    });
    assert_eq!(ends, [Some(3); 3]);
    assert_eq!(
        sandbox.generation(),
        2,
        "only one of them had something to do"
    );
}

/// What damages a file of state, and what is said about it.
type Damage = (&'static str, fn(Vec<u8>) -> Vec<u8>, &'static str);

const DAMAGES: &[Damage] = &[
    ("empty", |_| Vec::new(), "damaged"),
    (
        "cut short",
        |bytes| bytes[..bytes.len() - 3].to_vec(),
        "damaged",
    ),
    (
        "flipped",
        |mut bytes| {
            *bytes.last_mut().unwrap() ^= 1;
            bytes
        },
        "damaged",
    ),
    ("other text", |_| b"hello\n".to_vec(), "damaged"),
    ("newer", newer, "7.8.9"),
];

fn newer(bytes: Vec<u8>) -> Vec<u8> {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
    let kind = head.split(' ').next().unwrap();
    [format!("{kind} 99 7.8.9").as_bytes(), &bytes[at..]].concat()
}

#[test]
fn state_that_cannot_be_trusted_is_named_and_nothing_changes() {
    for (file, command) in [
        ("record", "update"),
        ("record", "rollback"),
        ("journal", "rollback"),
        ("journal", "history"),
    ] {
        for (damage, spoil, says) in DAMAGES {
            let (sandbox, second) = lived_in();
            let path = sandbox.home().join(".mosaic/generations/1").join(file);
            let whole = fs::read(&path).unwrap();
            fs::write(&path, spoil(whole.clone())).unwrap();
            let mut arguments = vec![command];
            if command == "update" {
                arguments.extend(["--from", utf8(&second)]);
            }
            if command == "rollback" {
                arguments.push("0");
            }
            // Who only tells tells the rest as well.
            let said = match command {
                "history" => sandbox.run(&arguments, 0),
                _ => sandbox.refused(&arguments, 1),
            };
            assert!(
                said.contains(says) && said.contains(file),
                "{file} {damage}: {said}"
            );
            fs::write(&path, whole).unwrap();
            sandbox.update(&second, 3);
        }
    }
}

#[test]
fn a_damaged_cache_is_only_a_slower_run() {
    let (sandbox, second) = lived_in();
    for spoilt in [&b""[..], b"mosaic-cache 99 7.8.9\n0\n\0", b"\xff\xff"] {
        write(&sandbox.home().join(".mosaic/cache"), spoilt, 0o600);
        sandbox.run(&["status"], 0);
    }
    sandbox.update(&second, 3);
}

#[test]
fn a_home_that_is_no_directory_is_refused() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("b", "1.0.0", &[]);
    let file = sandbox.path("file");
    write(&file, b"mine", 0o644);
    for home in [file.clone(), file.join("below")] {
        for command in ["install", "update"] {
            let said = sandbox.refused(
                &[command, "--from", utf8(&bundle), "--home", utf8(&home)],
                1,
            );
            assert!(said.contains("file"), "{said}");
        }
    }
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

#[test]
fn a_state_folder_that_is_a_link_is_never_followed() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("b", "1.0.0", &[]);
    fs::create_dir_all(sandbox.home()).unwrap();
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(sandbox.path("elsewhere"), sandbox.home().join(".mosaic")).unwrap();
    sandbox.refused(&["update", "--from", utf8(&bundle)], 1);
    assert_eq!(
        crate::support::tree(&sandbox.path("elsewhere")),
        Tree::new()
    );
}
