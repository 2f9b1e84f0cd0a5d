//! What a file has besides its content and bits: attributes, access lists, groups, other names.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli::scene::{action, is_root, utf8};
use crate::support::{Sandbox, write};

const NOBODY: u32 = 65534;
const FILES: [&str; 4] = ["gone/removed", "merged", "mode", "replaced"];

/// Two releases that remove, merge, replace, and change the mode of a file.
fn two_releases(sandbox: &Sandbox) {
    let text = |first: &str| format!("{first}\nb\nc\nd\n");
    let (old, new) = (text("a"), text("A"));
    let old = [
        ("gone/removed", "x\n"),
        ("merged", &old),
        ("mode", "m\n"),
        ("replaced", "r\n"),
    ];
    let new = [
        ("merged", new.as_str()),
        ("mode*", "m\n"),
        ("replaced", "R\n"),
    ];
    sandbox.release("old", "1.0.0", &old);
    sandbox.release("new", "1.1.0", &new);
    sandbox.install(&sandbox.path("old"));
    sandbox.edit("merged", "a\nb\nc\nmine\n");
}

/// Whether these tools are there and do this here; says so where they do not.
fn tools_work(place: &Path) -> bool {
    write(&place.join("probe"), b"", 0o644);
    let works = [
        "setfattr -n user.probe -v 1 probe",
        "setfacl -m u:65534:r probe",
    ]
    .map(|line| sh(place, line).0);
    fs::remove_file(place.join("probe")).expect("it is there");
    let works = works == [true, true];
    if !works {
        println!("skipped: needs setfattr and setfacl, and a file system with both");
    }
    works
}

fn sh(place: &Path, line: &str) -> (bool, String) {
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(place)
        .output()
        .expect("sh runs");
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

/// All attributes and access lists of these files, and their groups.
fn attributes(home: &Path, files: &[&str]) -> String {
    let files = files.join(" ");
    let line =
        format!("getfattr -d -m - -e hex {files} && getfacl -n {files} && stat -c '%n %g' {files}");
    let (worked, said) = sh(home, &line);
    assert!(worked, "{line}");
    said
}

fn decorate(home: &Path) {
    for (at, file) in FILES.iter().enumerate() {
        let line = format!(
            "setfattr -n user.origin -v mine{at} {file} && setfacl -m u:65534:rw,g:1:r,m::rw {file}"
        );
        assert!(sh(home, &line).0, "{line}");
        if rustix::process::geteuid().is_root() {
            chown(home.join(file), None, Some(at as u32 + 1)).expect("a group");
            assert!(sh(home, &format!("setfattr -n trusted.origin -v t {file}")).0);
        }
    }
}

fn advisories(document: &Value) -> Vec<String> {
    let lines = document["advisories"]
        .as_array()
        .expect("advisories")
        .iter();
    lines
        .map(|line| {
            format!(
                "{}: {}",
                line["path"].as_str().unwrap(),
                line["message"].as_str().unwrap()
            )
        })
        .collect()
}

fn keeps_attributes(sandbox: &Sandbox) {
    if !tools_work(sandbox.path("").as_path()) || !tools_work(sandbox.home().parent().unwrap()) {
        return;
    }
    two_releases(sandbox);
    decorate(&sandbox.home());
    let (before, tree) = (attributes(&sandbox.home(), &FILES), sandbox.tree());
    let document = sandbox.update(&sandbox.path("new"), 0);
    let actions = FILES.map(|path| action(&document, path));
    assert_eq!(actions, ["remove", "merge", "chmod", "replace"]);
    let kept = attributes(&sandbox.home(), &FILES[1..]);
    let values = (1..4).filter(|at| kept.contains(&format!("user.origin=0x6d696e653{at}")));
    assert_eq!(values.count(), 3, "{kept}");
    assert_eq!(kept.matches("user:65534:rw-").count(), 3, "{kept}");
    assert!(advisories(&document).is_empty());
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.tree(), tree);
    assert_eq!(attributes(&sandbox.home(), &FILES), before);
    sandbox.run(&["uninstall", "--yes"], 0);
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.tree(), tree);
    assert_eq!(
        attributes(&sandbox.home(), &FILES),
        before,
        "after an uninstall"
    );
}

#[test]
fn attributes_access_lists_and_groups_stay_and_come_back() {
    keeps_attributes(&Sandbox::new());
}

#[test]
fn also_in_memory() {
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else {
        return;
    };
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.home().parent().unwrap()).unwrap();
    symlink(memory.path(), sandbox.home()).unwrap();
    keeps_attributes(&sandbox);
}

#[test]
fn what_is_kept_for_a_rollback_is_private_whatever_list_it_had() {
    let sandbox = Sandbox::new();
    if !tools_work(&sandbox.path("")) {
        return;
    }
    two_releases(&sandbox);
    decorate(&sandbox.home());
    sandbox.update(&sandbox.path("new"), 0);
    let kept = sandbox.home().join(".mosaic/generations/2/files");
    for entry in fs::read_dir(kept).unwrap() {
        let path = entry.unwrap().path();
        let (worked, list) = sh(
            Path::new("/"),
            &format!("getfacl -npe '{}'", path.display()),
        );
        assert!(worked);
        let others = list
            .lines()
            .filter(|line| line.starts_with("user:65534") || line.starts_with("group:"));
        for line in others {
            assert!(
                line.contains("#effective:---") || line.ends_with(":---"),
                "{}: {list}",
                path.display()
            );
        }
    }
}

#[test]
fn a_capability_is_not_given_to_another_content_and_that_is_said() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    if !tools_work(&sandbox.path("")) {
        return;
    }
    two_releases(&sandbox);
    // cap_net_raw+ep, as setcap writes it.
    let line =
        "setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 replaced";
    if !sh(&sandbox.home(), line).0 {
        println!("skipped: needs a file system with capabilities");
        return;
    }
    let document = sandbox.update(&sandbox.path("new"), 0);
    assert_eq!(
        advisories(&document),
        ["replaced: could not be kept: security.capability"]
    );
    assert!(!attributes(&sandbox.home(), &["replaced"]).contains("security.capability"));
}

#[test]
fn a_group_that_is_not_the_users_is_lost_and_that_is_said() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    fs::set_permissions(sandbox.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    // Not by this process: a child of another test could hold the copy open for writing, and it would be busy.
    let copied = Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_mosaic"))
        .arg(sandbox.path("mosaic"))
        .status();
    assert!(copied.is_ok_and(|status| status.success()));
    for entry in walkdir::WalkDir::new(sandbox.path("user")) {
        let path = entry.unwrap().into_path();
        chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    chown(sandbox.home().join("replaced"), None, Some(1)).unwrap();
    let mut command = Command::new(sandbox.path("mosaic"));
    command
        .uid(NOBODY)
        .gid(NOBODY)
        .env_clear()
        .current_dir(sandbox.path(""));
    let home = sandbox.home();
    let output = command
        .args(["update", "--json", "--from", "new", "--home", utf8(&home)])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        advisories(&document),
        ["replaced: could not be kept: group 1"],
        "{said}"
    );
    assert_eq!(sandbox.read("replaced"), "R\n");
}

#[test]
fn a_directory_that_goes_with_attributes_is_named_beforehand() {
    let sandbox = Sandbox::new();
    if !tools_work(&sandbox.path("")) {
        return;
    }
    two_releases(&sandbox);
    assert!(sh(&sandbox.home(), "setfattr -n user.note -v mine gone").0);
    let expected = ["gone: could not be kept: user.note"];
    assert_eq!(
        advisories(&sandbox.json(&["update", "-n", "--from", "new"], 0)),
        expected
    );
    assert_eq!(
        advisories(&sandbox.json(&["update", "--from", "new"], 0)),
        expected
    );
}

#[test]
fn another_name_of_a_replaced_file_keeps_the_content_of_before_and_that_is_said() {
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    for path in FILES {
        fs::hard_link(
            sandbox.home().join(path),
            sandbox.path(&path.replace('/', "-")),
        )
        .unwrap();
    }
    let other = |path: &str| fs::read_to_string(sandbox.path(path)).unwrap();
    let before = ["gone-removed", "merged", "mode", "replaced"].map(other);
    let contents = "has other names (hard links); they keep the content of before";
    let replaced = [
        format!("merged: {contents}"),
        format!("replaced: {contents}"),
    ];
    let mode = "mode: has other names (hard links); they get the same permission bits".to_owned();
    let expected = [replaced[0].clone(), mode.clone(), replaced[1].clone()];
    let sorted = |document: Value| {
        let mut found = advisories(&document);
        found.sort();
        found
    };
    assert_eq!(
        sorted(sandbox.json(&["update", "-n", "--from", "new"], 0)),
        expected
    );
    assert_eq!(
        sorted(sandbox.json(&["update", "--from", "new"], 0)),
        expected
    );
    assert_eq!(
        ["gone-removed", "merged", "mode", "replaced"].map(other),
        before
    );
    fs::remove_file(sandbox.path("replaced")).unwrap();
    fs::hard_link(sandbox.home().join("replaced"), sandbox.path("replaced")).unwrap();
    assert_eq!(
        sorted(sandbox.json(&["rollback"], 0)),
        [mode.clone(), replaced[1].clone()]
    );
    assert_eq!(
        (
            other("replaced").as_str(),
            sandbox.read("replaced").as_str()
        ),
        ("R\n", "r\n")
    );
    assert_eq!(
        fs::metadata(sandbox.home().join("replaced"))
            .unwrap()
            .nlink(),
        1
    );
}
