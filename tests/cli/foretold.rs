//! A dry run refuses what the run would refuse, in the same words, and leaves nothing behind either.

use std::process::Output;

use crate::cli::scene::{everything, is_root};
use crate::support::Sandbox;

/// What is in the way, in `$h` that has `g/a` from the release `old`; `$m` is the program.
const IN_THE_WAY: &[(&str, &str)] = &[
    (
        "mount --bind \"$h/g\" \"$h/g\"; mount -o remount,bind,ro \"$h/g\"",
        "Read-only file system",
    ),
    (
        "mount --bind \"$h\" \"$h\"; mount -o remount,bind,ro \"$h\"",
        "Read-only file system",
    ),
    (
        "mount --bind \"$h/.mosaic\" \"$h/.mosaic\"; mount -o remount,bind,ro \"$h/.mosaic\"",
        "Read-only file system",
    ),
    ("chattr +i \"$h/g/a\"", "Operation not permitted"),
    ("chattr +a \"$h/g\"", "Operation not permitted"),
    ("chattr +i \"$h\"", "Operation not permitted"),
    (
        "chown -R 1234 . && chmod 755 . && chmod 555 \"$h/g\"; m=\"setpriv --reuid=1234 --clear-groups $m\"",
        "Permission denied",
    ),
];

/// Plays a script in a mount namespace of its own, and tells what the dry run and the run said.
fn play(sandbox: &Sandbox, way: &str, command: &str) -> [Output; 2] {
    let outcome = |words: &str| {
        let script =
            format!("trap 'chattr -R -i -a \"$h\" || true' EXIT\n{way}\n$m {command}{words}");
        let mut shell = sandbox.among_mounts(&["-euc", &script]);
        shell.output().expect("unshare runs")
    };
    [outcome(" --dry-run"), outcome("")]
}

#[test]
fn what_the_run_would_refuse_the_dry_run_refuses_in_the_same_words() {
    if !is_root() {
        return;
    }
    for (way, reason) in IN_THE_WAY {
        for command in ["update --from new", "rollback 0", "uninstall --yes"] {
            let sandbox = Sandbox::new();
            sandbox.release("old", "1.0.0", &[("g/a", "a\n"), ("top", "t\n")]);
            sandbox.release("new", "1.1.0", &[("g/a", "A\n"), ("top", "T\n")]);
            sandbox.install(&sandbox.path("old"));
            let before = sandbox.tree();
            let [foretold, outcome] = play(&sandbox, way, command);
            let [foretold, outcome] = [foretold, outcome].map(|output| {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!(output.status.code(), Some(1), "{way}: {command}: {said}");
                said
            });
            assert!(foretold.contains(reason), "{way}: {command}: {foretold}");
            assert!(outcome.contains(reason), "{way}: {command}: {outcome}");
            let contents = |tree: &crate::support::Tree| {
                let contents = tree
                    .iter()
                    .map(|(path, what)| (path.clone(), what.2.clone()));
                contents.collect::<Vec<_>>()
            };
            assert_eq!(contents(&sandbox.tree()), contents(&before), "{way}");
        }
    }
}

#[test]
fn a_first_run_is_foretold_by_what_is_above_the_home() {
    if !is_root() {
        return;
    }
    for way in [
        "mount --bind user user; mount -o remount,bind,ro user",
        "mount -t tmpfs -o size=64k none user",
        "chown 1234 user",
    ] {
        let sandbox = Sandbox::new();
        sandbox.release("old", "1.0.0", &[("g/a", &"a\n".repeat(50_000))]);
        let before = everything(&sandbox.path("user"));
        let outputs = play(&sandbox, way, "install --from old");
        for output in outputs {
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{way}: {said}");
            assert!(!said.contains("panicked"), "{said}");
        }
        let after = everything(&sandbox.path("user"));
        assert_eq!(after.len(), before.len(), "{way}: nothing is left behind");
    }
}
