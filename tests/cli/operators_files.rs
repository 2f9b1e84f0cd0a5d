//! The operator's own files: a home full of them, updated forth and back, keeps every byte and mode.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::cli::scene::{changes, everything, utf8};
use crate::support::{Sandbox, Tree, write};

#[rustfmt::skip]
const THEIRS: &[(&str, &[u8], u32)] = &[
    ("fleet/roster.yaml", b"version: 1 # mine\r\nagents:\r\n  - {name: a}", 0o644),
    ("fleet/night.yaml", b"\xef\xbb\xbfversion: 1\nagents: []\n", 0o640),
    ("fleet/agents/a.env", b"ANTHROPIC_API_KEY='x y'\n", 0o600),
    ("fleet/agents/b.env", b"", 0o600),
    ("fleet/run/a.hb", b"1700000000\n", 0o644),
    ("fleet/canary.sh", b"#!/bin/sh\ntmux -L mosaic-factory ls\n", 0o755),
    ("fleet/dogfood-agent.py", b"#!/usr/bin/env python3\n", 0o700),
    ("memory/2024/notes.md", b"# remember\n\0binary\n", 0o644),
    ("memory/deep/er/and/deeper", b"x", 0o444),
    ("credentials/token", b"secret", 0o400),
    ("guides/my own guide.md", b"with spaces\n", 0o644),
    ("guides/line\nbreak.md", b"odd\n", 0o644),
    ("tools/-rf", b"odd\n", 0o755),
    ("tools/fleet/mine.sh", b"#!/bin/sh\n", 0o4755),
    (".hidden", b"\n", 0o604),
];

/// Puts the operator's files into the home; returns their paths.
pub fn move_in(sandbox: &Sandbox) -> Vec<String> {
    let home = sandbox.home();
    for (path, content, mode) in THEIRS {
        write(&home.join(path), content, *mode);
    }
    let odd: PathBuf = home
        .join("guides")
        .join(OsStr::from_bytes(b"latin1-\xe9.md"));
    write(&odd, b"odd\n", 0o644);
    symlink("/nowhere/at/all", home.join("memory/dangling")).unwrap();
    symlink("../fleet/roster.yaml", home.join("memory/roster")).unwrap();
    symlink("loop", home.join("tools/loop")).unwrap();
    fs::create_dir(home.join("memory/empty")).unwrap();
    let theirs = sandbox.tree();
    theirs.keys().cloned().collect()
}

fn releases(sandbox: &Sandbox) -> [PathBuf; 3] {
    let first: &[_] = &[
        ("guides/a.md", "a\n"),
        ("tools/fleet/t.sh*", "t\n"),
        ("fleet/roles/r.md", "r\n"),
        ("guides/old.md", "old\n"),
    ];
    let second: &[_] = &[
        ("guides/a.md", "b\n"),
        ("tools/fleet/t.sh*", "u\n"),
        ("fleet/roles/r.md", "r\n"),
        ("memoryless/x", "x\n"),
    ];
    let third: &[_] = &[
        ("guides/a.md", "c\n"),
        ("tools/fleet/t.sh", "v\n"),
        ("fleet/examples/minimal.yaml", "e\n"),
    ];
    [
        ("r1", "1.0.0", first),
        ("r2", "1.1.0", second),
        ("r3", "2.0.0", third),
    ]
    .map(|(name, version, files)| sandbox.release(name, version, files))
}

fn only(tree: Tree, paths: &[String]) -> Tree {
    tree.into_iter()
        .filter(|(path, _)| paths.contains(path))
        .collect()
}

#[test]
fn are_byte_and_mode_identical_after_updates_forth_and_back() {
    let sandbox = Sandbox::new();
    let [first, second, third] = releases(&sandbox);
    fs::create_dir_all(sandbox.home()).unwrap();
    let theirs = move_in(&sandbox);
    let before = sandbox.tree();
    // The release that wrote these tells that a roster without a socket means it: nothing is to be migrated.
    let install = [
        "install",
        "--from",
        utf8(&first),
        "--from-version",
        "0.0.36",
    ];
    sandbox.run(&install, 0);
    assert_eq!(only(sandbox.tree(), &theirs), before, "install");
    for bundle in [&second, &third, &second, &first, &third, &first] {
        assert!(
            !changes(&sandbox.update(bundle, 0)).is_empty(),
            "{}",
            bundle.display()
        );
        assert_eq!(
            only(sandbox.tree(), &theirs),
            before,
            "update to {}",
            bundle.display()
        );
    }
    for generation in ["3", "1", "0"] {
        sandbox.run(&["rollback", generation], 0);
        assert_eq!(
            only(sandbox.tree(), &theirs),
            before,
            "rollback to {generation}"
        );
    }
    assert_eq!(
        sandbox.tree(),
        before,
        "after the rollback to 0 only theirs are left"
    );
}

#[test]
fn are_not_even_touched() {
    let sandbox = Sandbox::new();
    let [first, second, _] = releases(&sandbox);
    sandbox.install(&first);
    let framework = sandbox.tree();
    let theirs: Vec<_> = move_in(&sandbox)
        .into_iter()
        .filter(|path| !framework.contains_key(path))
        .collect();
    let stamps = |sandbox: &Sandbox| {
        let all = everything(&sandbox.home());
        let path = |path: &String| sandbox.home().join(path).into_os_string();
        theirs
            .iter()
            .filter_map(|theirs| all.get(&path(theirs)).cloned())
            .collect::<Vec<_>>()
    };
    let before = stamps(&sandbox);
    sandbox.update(&second, 0);
    assert_eq!(stamps(&sandbox), before);
}

#[test]
fn a_second_update_has_nothing_to_do_and_makes_no_generation() {
    let sandbox = Sandbox::new();
    let [first, second, _] = releases(&sandbox);
    sandbox.install(&first);
    move_in(&sandbox);
    sandbox.edit("fleet/roles/r.md", "edited\n");
    sandbox.update(&second, 0);
    let (tree, generation) = (sandbox.tree(), sandbox.generation());
    for _ in 0..3 {
        let document = sandbox.json(
            &["update", "--exit-code", "--from", second.to_str().unwrap()],
            0,
        );
        assert_eq!(document["actions"], serde_json::json!([]));
        assert_eq!(
            (&document["committed"], &document["generation"]),
            (&false.into(), &generation.into())
        );
    }
    assert_eq!((sandbox.tree(), sandbox.generation()), (tree, generation));
    assert!(
        sandbox
            .run(&["update", "--from", second.to_str().unwrap()], 0)
            .contains("Nothing to do")
    );
}

/// What a link in a folder's place leads to may come with the update itself: that must not change how the link is seen.
#[test]
fn a_link_in_a_folders_place_is_seen_alike_before_and_after_its_target_comes() {
    for (target, status) in [
        ("AGENTS.md", 3),
        ("nowhere", 3),
        ("HOME/AGENTS.md", 0),
        ("HOME/tools", 0),
        ("../nowhere", 0),
    ] {
        let sandbox = Sandbox::new();
        let files = [("AGENTS.md", "a\n"), ("d/e/f", "f\n"), ("tools/t", "t\n")];
        let release = sandbox.release("release", "1.0.0", &files);
        fs::create_dir_all(sandbox.home()).unwrap();
        let target = target.replace("HOME", utf8(&sandbox.home()));
        symlink(&target, sandbox.home().join("d")).unwrap();
        sandbox.update(&release, status);
        let first = (sandbox.tree(), sandbox.generation());
        sandbox.update(&release, status);
        assert_eq!((sandbox.tree(), sandbox.generation()), first, "{target}");
        let found = fs::read_link(sandbox.home().join("d")).unwrap();
        assert_eq!(utf8(&found), target);
    }
}

#[test]
fn keep_the_permissions_links_and_attributes_of_the_files_around_them() {
    let sandbox = Sandbox::new();
    let [first, second, _] = releases(&sandbox);
    sandbox.install(&first);
    let live = sandbox.home().join("guides/a.md");
    let has_attributes =
        rustix::fs::setxattr(&live, "user.note", b"mine", rustix::fs::XattrFlags::empty()).is_ok();
    fs::hard_link(&live, sandbox.path("other-name")).unwrap();
    let document = sandbox.update(&second, 0);
    assert_eq!(
        fs::read(sandbox.path("other-name")).unwrap(),
        b"a\n",
        "written through a hard link"
    );
    assert_eq!(document["advisories"][0]["path"], "guides/a.md");
    if has_attributes {
        let mut value = [0; 4];
        rustix::fs::getxattr(&live, "user.note", &mut value).expect("the attribute stays");
        assert_eq!(&value, b"mine");
    }
    fs::write(sandbox.path("other-name"), "spoilt\n").unwrap();
    sandbox.run(&["rollback"], 0);
    assert_eq!(
        sandbox.read("guides/a.md"),
        "a\n",
        "the kept content is nobody's to change"
    );
}

#[test]
fn what_mosaic_keeps_of_them_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let [first, second, _] = releases(&sandbox);
    sandbox.install(&first);
    sandbox.edit("guides/a.md", "clash\n");
    sandbox.update(&second, 3);
    for entry in walkdir::WalkDir::new(sandbox.home().join(".mosaic")) {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
        let expected = if entry.file_type().is_dir() {
            0o700
        } else {
            0o600
        };
        assert_eq!(mode, expected, "{}", entry.path().display());
    }
}

#[test]
fn a_home_that_is_a_link_stays_one() {
    let sandbox = Sandbox::new();
    let [first, second, _] = releases(&sandbox);
    let dotfiles = sandbox.path("dotfiles/mosaic");
    fs::create_dir_all(&dotfiles).unwrap();
    fs::create_dir_all(sandbox.home().parent().unwrap()).unwrap();
    symlink(&dotfiles, sandbox.home()).unwrap();
    sandbox.install(&first);
    sandbox.update(&second, 0);
    assert!(sandbox.home().is_symlink());
    assert_eq!(fs::read(dotfiles.join("guides/a.md")).unwrap(), b"b\n");
    sandbox.run(&["rollback", "0"], 0);
    assert!(sandbox.home().is_symlink());
}
