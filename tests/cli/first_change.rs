//! A commit that cannot be carried out is taken back as long as nothing live has changed.

use std::fs;
use std::process::{Command, Output};

use crate::support::{Sandbox, tree};

/// Files of the old release, and of the new one.
type Contents = (
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
);

/// Runs an update under strace, with these further words for it; its log is `log`.
fn update(sandbox: &Sandbox, strace: &[&str]) -> Output {
    let words = [&["-s", "200", "-o", "log"], strace].concat();
    let mut command = sandbox.traced(&words, &["update", "--from", "new"]);
    command.output().expect("strace runs")
}

/// A home, and a release whose first live change is the one that `new` makes of `a`.
fn scene(old: &[(&str, &str)], new: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    let rest = [("x/1", "1\n"), ("x/2", "2\n")];
    sandbox.release("old", "1.0.0", &[&rest, old].concat());
    let rest = [("x/1", "one\n"), ("x/2", "2\n"), ("x/3", "3\n")];
    sandbox.release("new", "1.1.0", &[&rest, new].concat());
    sandbox.install(&sandbox.path("old"));
    sandbox
}

/// The number of the first `call` after the commit point, as strace counts them.
fn first_after_commit(sandbox: &Sandbox, call: &str) -> usize {
    let output = update(sandbox, &["-e", "trace=renameat2,mkdirat"]);
    assert!(output.status.success(), "{output:?}");
    let log = fs::read_to_string(sandbox.path("log")).unwrap();
    let mut lines = log.lines();
    let is_call = |line: &&str| line.starts_with(&format!("{call}("));
    let is_commit = |line: &&str| line.contains("\"commit\"");
    let before: Vec<_> = lines.by_ref().take_while(|line| !is_commit(line)).collect();
    assert!(lines.next().is_some(), "it commits: {log}");
    // The commit point itself is a rename.
    let own = usize::from(call == "renameat2");
    before.iter().filter(|line| is_call(line)).count() + own + 1
}

#[test]
fn what_fails_before_anything_live_has_changed_ends_with_1_and_the_home_as_it_was() {
    let made: Contents = (&[], &[("A/new", "new\n")]);
    let written: Contents = (&[], &[("A", "new\n")]);
    let replaced: Contents = (&[("A", "old\n")], &[("A", "new\n")]);
    let removed: Contents = (&[("A", "old\n")], &[]);
    let common = ["EPERM", "EDQUOT", "ENOSPC", "EROFS", "EIO"];
    for ((old, new), call) in [
        (made, "mkdirat"),
        (written, "renameat2"),
        (replaced, "renameat2"),
        (removed, "renameat2"),
    ] {
        let number = first_after_commit(&scene(old, new), call);
        for error in common {
            let what = format!("{call} {error}, {old:?} to {new:?}");
            let sandbox = scene(old, new);
            let before = tree(&sandbox.home());
            let fault = format!("inject={call}:error={error}:when={number}");
            let output = update(&sandbox, &["-e", &format!("trace={call}"), "-e", &fault]);
            let said = String::from_utf8_lossy(&output.stderr);
            let log = fs::read_to_string(sandbox.path("log")).unwrap();
            assert!(log.contains("(INJECTED)"), "{what}: {log}");
            assert_eq!(output.status.code(), Some(1), "{what}: {said}{log}");
            assert_eq!(said.matches("nothing was changed").count(), 1, "{said}");
            let is_room = ["EDQUOT", "ENOSPC"].contains(&error);
            assert_eq!(said.contains("make room"), is_room, "{what}: {said}");
            assert_eq!(before, tree(&sandbox.home()), "{what}");
            let state = sandbox.home().join(".mosaic");
            assert!(
                !state.join("commit").exists() && !state.join("tx").exists(),
                "{what}"
            );
            sandbox.run(&["update", "--from", "new"], 0);
        }
    }
}

#[test]
fn a_rename_that_a_place_cannot_do_after_all_is_done_in_another_way() {
    let written: Contents = (&[], &[("A", "new\n")]);
    let replaced: Contents = (&[("A", "old\n")], &[("A", "new\n")]);
    let removed: Contents = (&[("A", "old\n")], &[]);
    for (old, new) in [written, replaced, removed] {
        let number = first_after_commit(&scene(old, new), "renameat2");
        for error in ["EXDEV", "EINVAL", "ENOSYS"] {
            let sandbox = scene(old, new);
            let before = sandbox.tree();
            let fault = format!("inject=renameat2:error={error}:when={number}");
            let output = update(&sandbox, &["-e", "trace=renameat2", "-e", &fault]);
            let log = fs::read_to_string(sandbox.path("log")).unwrap();
            assert!(log.contains("(INJECTED)"), "{log}");
            assert_eq!(output.status.code(), Some(0), "{error}: {output:?}");
            let live = fs::read_to_string(sandbox.home().join("A")).ok();
            let ships = new.first().map(|(_, content)| (*content).to_owned());
            assert_eq!(live, ships, "{error}");
            sandbox.run(&["verify"], 0);
            sandbox.run(&["rollback"], 0);
            assert_eq!(sandbox.tree(), before, "{error}");
        }
    }
}

/// A place in the middle that will never have its change: the rest is carried out around it.
#[test]
fn what_refuses_its_change_stays_and_is_named_and_the_rest_is_carried_out() {
    let number = first_after_commit(&scene(&[], &[("A", "new\n")]), "renameat2") + 1;
    for error in ["EPERM", "EBUSY", "EROFS", "EACCES"] {
        let sandbox = scene(&[], &[("A", "new\n")]);
        let fault = format!("inject=renameat2:error={error}:when={number}");
        let output = update(&sandbox, &["-e", "trace=renameat2", "-e", &fault]);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(3), "{error}: {output:?}");
        assert_eq!(said.matches("it stays as it was").count(), 1, "{said}");
        assert!(said.contains("x/1: cannot move into place"), "{said}");
        assert_eq!(sandbox.read("x/1"), "1\n");
        assert_eq!(sandbox.read("x/3"), "3\n");
        assert_eq!(sandbox.parked("x/1"), "one\n");
        sandbox.run(&["status"], 0);
        sandbox.run(&["verify"], 0);
        sandbox.run(&["resolve", "--shipped", "x/1"], 0);
        assert_eq!(sandbox.read("x/1"), "one\n");
        sandbox.run(&["update", "--from", "new"], 0);
    }
}

#[test]
fn what_fails_after_a_live_change_is_left_to_be_finished() {
    let number = first_after_commit(&scene(&[], &[("A", "new\n")]), "renameat2") + 1;
    let sandbox = scene(&[], &[("A", "new\n")]);
    let fault = format!("inject=renameat2:error=EDQUOT:when={number}");
    let output = update(&sandbox, &["-e", "trace=renameat2", "-e", &fault]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("make room") && said.contains("mosaic recover"),
        "{said}"
    );
    sandbox.run(&["recover"], 0);
    assert_eq!(sandbox.read("x/1"), "one\n");
}

#[test]
fn a_home_that_may_only_be_added_to_is_refused_before_the_commit() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: needs root");
        return;
    }
    let sandbox = scene(&[("A", "old\n"), ("g/h", "h\n")], &[("A", "new\n")]);
    let before = tree(&sandbox.home());
    let chattr = |flag: &str| {
        let status = Command::new("chattr")
            .arg(flag)
            .arg(sandbox.home())
            .status();
        status.is_ok_and(|status| status.success())
    };
    if !chattr("+a") {
        println!("skipped: no such flag here");
        return;
    }
    let output = sandbox
        .mosaic(&["update", "--from", "new"])
        .output()
        .unwrap();
    let after = tree(&sandbox.home());
    assert!(chattr("-a"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("immutable"), "{said}");
    assert_eq!(before, after);
}
