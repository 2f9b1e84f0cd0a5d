//! Files that are mounts of their own (one file of a container, a ConfigMap's): nothing can take their place, so they
//! stay, are named, and keep nothing else from being done.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::cli::fixtures::fixture;
use crate::cli::scene::{action, conflicts, is_root};
use crate::support::{Sandbox, tree, write};

/// Plays a script in a mount namespace of its own, in which these files of the home are mounts.
fn play(sandbox: &Sandbox, mounted: &[&str], script: &str) -> Output {
    let mounts: String = mounted
        .iter()
        .map(|path| format!("cp -p \"$h/{path}\" outside; mount --bind outside \"$h/{path}\"\n"))
        .collect();
    let script = format!("{mounts}{script}");
    let mut shell = sandbox.among_mounts(&["-euc", &script]);
    shell.output().expect("unshare runs")
}

/// What the last command of a script said, and its exit status.
fn said(output: &Output) -> (Option<i32>, Value) {
    let text = String::from_utf8_lossy(&output.stdout);
    let document = text.lines().last().unwrap_or_default();
    let document = serde_json::from_str(document).unwrap_or_else(|error| {
        panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr))
    });
    (output.status.code(), document)
}

/// One line of JSON as the last line, whatever the exit status.
fn last(command: &str) -> String {
    format!("rc=0; $m {command} --json >out || rc=$?; tr -d '\\n' <out; exit $rc")
}

fn scene() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.release(
        "old",
        "1.0.0",
        &[("g/a", "a\n"), ("b", "b\n"), ("gone", "gone\n")],
    );
    sandbox.release("new", "1.1.0", &[("g/a", "A\n"), ("b", "B\n")]);
    sandbox.install(&sandbox.path("old"));
    sandbox
}

#[test]
fn a_file_that_is_a_mount_stays_and_the_rest_of_an_update_is_done() {
    if !is_root() {
        return;
    }
    for (path, becomes) in [("g/a", "conflict"), ("gone", "release")] {
        let sandbox = scene();
        let script = "$m update --from new --json >out || [ $? = 3 ]; test ! -e \"$h/.mosaic/commit\"; tr -d '\\n' <out";
        let (status, document) = said(&play(&sandbox, &[path], script));
        assert_eq!(status, Some(0), "{document}");
        assert_eq!(action(&document, path), becomes, "{document}");
        assert_eq!(sandbox.read("b"), "B\n", "{path}");
        sandbox.run(&["verify"], 0);
    }
}

#[test]
fn a_mount_whose_content_needs_no_change_is_nothing_to_speak_of() {
    if !is_root() {
        return;
    }
    let sandbox = scene();
    let (status, document) = said(&play(&sandbox, &["anchor/1"], &last("update --from new")));
    assert_eq!(
        (status, conflicts(&document).len()),
        (Some(0), 0),
        "{document}"
    );
    assert_eq!(sandbox.read("g/a"), "A\n");
}

#[test]
fn what_is_parked_for_a_mount_is_settled_without_it() {
    if !is_root() {
        return;
    }
    let sandbox = scene();
    let script = "$m update -q --from new || [ $? = 3 ]; $m resolve g/a --shipped 2>said && exit 9; grep -q mount said; $m resolve g/a --mine -q; ";
    let (status, document) = said(&play(
        &sandbox,
        &["g/a"],
        &(script.to_owned() + &last("update --from new")),
    ));
    assert_eq!(
        (status, conflicts(&document).len()),
        (Some(0), 0),
        "{document}"
    );
    assert_eq!(sandbox.read("g/a"), "a\n");
}

#[test]
fn a_rollback_and_an_uninstall_go_around_a_mount() {
    if !is_root() {
        return;
    }
    for command in ["rollback 0", "uninstall --yes"] {
        let sandbox = scene();
        sandbox.run(&["update", "-q", "--from", "new"], 0);
        let (status, document) = said(&play(&sandbox, &["g/a"], &last(command)));
        assert_eq!(status, Some(0), "{command}: {document}");
        assert_eq!(action(&document, "g/a"), "release", "{command}: {document}");
        let left: Vec<_> = tree(&sandbox.home()).into_keys().collect();
        assert_eq!(left, ["g", "g/a"], "{command}");
    }
    let sandbox = scene();
    sandbox.run(&["update", "-q", "--from", "new"], 0);
    let (status, document) = said(&play(&sandbox, &["g/a"], &last("rollback 1")));
    assert_eq!(
        (status, action(&document, "g/a")),
        (Some(3), "conflict"),
        "{document}"
    );
    assert_eq!(
        (sandbox.read("b"), sandbox.read("g/a")),
        ("b\n".to_owned(), "A\n".to_owned())
    );
}

#[test]
fn a_folder_that_is_a_mount_stays_when_what_is_in_it_goes() {
    if !is_root() {
        return;
    }
    let sandbox = scene();
    let script = format!(
        "mount --bind \"$h/g\" \"$h/g\"; {}",
        last("uninstall --yes")
    );
    let (status, document) = said(&play(&sandbox, &[], &script));
    assert_eq!(status, Some(0), "{document}");
    let left: Vec<_> = tree(&sandbox.home()).into_keys().collect();
    assert_eq!(left, ["g"]);
}

/// The socket that each file of the fleet names.
fn sockets(sandbox: &Sandbox) -> Vec<String> {
    let names = |text: &str| {
        ["mosaic-factory", "mosaic-fleet"]
            .into_iter()
            .find(|name| text.contains(name))
            .unwrap_or_default()
            .to_owned()
    };
    let agents = fs::read_dir(sandbox.home().join("fleet/agents")).unwrap();
    let paths = agents.map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|ending| ending == "env"));
    let mut names: Vec<_> = paths
        .chain([sandbox.home().join("fleet/roster.yaml")])
        .map(|path| names(&fs::read_to_string(path).unwrap()))
        .collect();
    names.dedup();
    names
}

#[test]
fn a_roster_that_is_a_mount_and_its_env_files_stay_on_one_socket() {
    if !is_root() {
        return;
    }
    let agents = fixture("homes/0.0.35/home/fleet/agents");
    let agent = fs::read_dir(agents)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .file_name();
    let env_file = format!("fleet/agents/{}", agent.to_str().unwrap());
    for mounted in ["fleet/roster.yaml", &env_file] {
        let sandbox = Sandbox::new();
        for (path, (kind, mode, content)) in tree(&fixture("homes/0.0.35/home")) {
            if kind == "file" {
                write(
                    &sandbox.home().join(path),
                    &content,
                    if mode & 0o100 == 0 { 0o644 } else { 0o755 },
                );
            }
        }
        let before = sockets(&sandbox);
        assert_eq!(before.len(), 1, "{before:?}");
        let output = play(&sandbox, &[mounted], "$m update");
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(
            told.contains(&format!("{mounted} is a mount of its own")),
            "{told}"
        );
        assert!(!sandbox.home().join(".mosaic/commit").exists());
        assert_eq!(sockets(&sandbox), before, "{mounted}");
        sandbox.run(&["update", "-q"], 0);
        assert_eq!(
            sockets(&sandbox),
            ["mosaic-fleet"],
            "without the mount: {mounted}"
        );
    }
}

#[test]
fn doctor_says_what_a_mounted_file_means() {
    if !is_root() {
        return;
    }
    let output = play(&scene(), &["g/a"], "$m doctor");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("g/a is a mount of its own"), "{told}");
    assert!(told.contains("sudo umount"), "{told}");
}
