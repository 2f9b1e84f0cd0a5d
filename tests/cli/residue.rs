//! What version control, editors and restores leave in bundles and homes: never shipped, never the fleet's, never removed.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::Path;

use crate::cli::fixtures::fixture;
use crate::cli::scene::{is_root, utf8};
use crate::support::{Sandbox, tree, write};

fn put(folder: &Path, path: &str) {
    write(&folder.join(path), b"theirs\n", 0o644);
}

#[test]
fn a_bundle_that_is_a_clone_ships_nothing_of_git_and_check_and_pack_say_so() {
    let sandbox = Sandbox::new();
    let clone = sandbox.release("clone", "1.0.0", &[("guides/a.md", "a\n")]);
    for path in [
        ".git/HEAD",
        ".git/config",
        "guides/.DS_Store",
        "guides/a.md~",
    ] {
        put(&clone, path);
    }
    symlink("me@host.1:2", clone.join("guides/.#a.md")).unwrap();
    fs::create_dir_all(sandbox.home()).unwrap();
    put(&sandbox.home(), ".git/HEAD");
    let before = sandbox.tree();
    sandbox.install(&clone);
    for (path, node) in &before {
        assert_eq!(sandbox.tree().get(path), Some(node), "{path}");
    }
    assert!(!sandbox.home().join("guides/a.md~").exists());
    let exported = sandbox.release("export", "1.1.0", &[("guides/a.md", "b\n")]);
    sandbox.update(&exported, 0);
    assert_eq!(sandbox.read(".git/HEAD"), "theirs\n");
    let left = [
        "left out: .git (left by version control)",
        "left out: guides/.#a.md (left by an editor)",
        "left out: guides/.DS_Store (left by a desktop)",
        "left out: guides/a.md~ (left by an editor)",
    ];
    let remarks = |document: serde_json::Value| {
        let remarks = document["remarks"].as_array().unwrap().clone();
        let texts = remarks.iter().map(|text| text.as_str().unwrap().to_owned());
        texts
            .filter(|text| text.starts_with("left out"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        remarks(sandbox.json(&["bundle", "check", "clone"], 0)),
        left
    );
    let pack = ["bundle", "pack", "clone", "-o", "packed"];
    assert_eq!(remarks(sandbox.json(&pack, 0)), left);
    assert!(remarks(sandbox.json(&["bundle", "check", "packed"], 0)).is_empty());
}

#[test]
fn check_says_which_globs_match_nothing_and_when_nothing_ships() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.bundle("empty", "1.0.0", &[]);
    let document = sandbox.json(&["bundle", "check", utf8(&bundle)], 0);
    let remarks = document["remarks"].as_array().unwrap();
    assert_eq!(remarks[0], "nothing ships");
    assert_eq!(
        remarks[1],
        "bundle.toml:4: `SOUL.md` in seed matches nothing that ships"
    );
    let sound = sandbox.bundle("sound", "1.0.0", &[("SOUL.md", "s\n")]);
    let said = sandbox
        .mosaic(&["bundle", "check", utf8(&sound)])
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&said.stdout).contains("all sound"),
        "{said:?}"
    );
}

#[test]
fn an_editors_lock_or_a_conflict_copy_beside_a_roster_is_no_roster() {
    let sandbox = Sandbox::new();
    for (path, (kind, _, content)) in tree(&fixture("homes/0.0.35/home")) {
        if kind == "file" {
            write(&sandbox.home().join(path), &content, 0o644);
        }
    }
    let locks = [
        "fleet/.#roster.yaml",
        "fleet/agents/.#coder0.env",
        "fleet/roster.sync-conflict-20260101-120000-ABCDEFG.yaml",
    ];
    for lock in locks {
        symlink("me@host.1234:1764000000", sandbox.home().join(lock)).unwrap();
    }
    sandbox.run(&["update", "--no-units"], 0);
    assert!(sandbox.read("fleet/roster.yaml").contains("mosaic-fleet"));
    for lock in locks {
        assert!(sandbox.home().join(lock).is_symlink(), "{lock}");
    }
}

#[test]
fn a_state_that_a_restore_gave_to_another_user_is_given_back_by_chown() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.release("first", "1.0.0", &[]));
    let state = sandbox.home().join(".mosaic");
    chown(&state, Some(1235), None).unwrap();
    let said = sandbox.mosaic(&["status"]).output().unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let remedy = format!("sudo chown -R 0 {}", utf8(&state));
    assert!(said.contains(&remedy), "{said}");
    let doctor = sandbox.json(&["doctor"], 3).to_string();
    assert!(doctor.contains(&remedy), "{doctor}");
    // Where the home is theirs as well, it is theirs.
    chown(sandbox.home(), Some(1235), None).unwrap();
    let said = sandbox.mosaic(&["status"]).output().unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("run it as user 1235"), "{said}");
}

#[test]
fn a_tilde_that_no_shell_expanded_makes_no_folder() {
    let sandbox = Sandbox::new();
    let by_variable = |home: &str| {
        let mut command = sandbox.mosaic(&["install"]);
        command.env("MOSAIC_HOME", home).output().unwrap()
    };
    let by_flag = |flag: &str| {
        sandbox
            .mosaic(&["install", flag, "~/mosaic"])
            .output()
            .unwrap()
    };
    for run in [
        by_variable("~/mosaic"),
        by_variable("~"),
        by_variable("~me/mosaic"),
        by_flag("--home"),
        by_flag("--units-dir"),
    ] {
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(2), "{said}");
        assert!(said.contains("no shell has expanded"), "{said}");
    }
    let names = fs::read_dir(sandbox.path("")).unwrap();
    assert_eq!(names.count(), 1, "something was made beside the HOME");
    sandbox.run(&["install", "--home", "./~"], 0);
    assert!(sandbox.path("~/.mosaic").is_dir());
}

#[test]
fn why_says_the_same_in_words_and_for_programs() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[("guides/a.md", "a\n")]);
    sandbox.install(&first);
    sandbox.edit("notes.md", "mine\n");
    for (path, class, words) in [
        (".mosaic", "mosaic", "class   Mosaic's own"),
        (".mosaic/lock", "mosaic", "class   Mosaic's own"),
        ("notes.md", "yours", "class   yours"),
        ("guides", "framework", "class   framework"),
        ("guides/a.md", "framework", "class   framework"),
        (".git/HEAD", "preserved", "class   preserved"),
    ] {
        assert_eq!(sandbox.why(path, &first)["class"], class, "{path}");
        let said = sandbox
            .mosaic(&["why", path, "--from", utf8(&first)])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
        assert!(said.contains(words), "{path}: {said}");
        if path.starts_with(".mosaic") || path == "guides" {
            let is_given = said.contains("class   yours") || said.contains("it is yours");
            assert!(!is_given, "{said}");
        }
    }
}

#[test]
fn a_link_within_the_home_is_not_said_to_lead_out_of_it() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[("guides/a.md", "a\n")]);
    let next = sandbox.release("next", "1.1.0", &[("guides/a.md", "b\n")]);
    sandbox.install(&first);
    let (link, target) = (sandbox.home().join("guides"), sandbox.home().join("mine"));
    fs::rename(&link, &target).unwrap();
    symlink(&target, &link).unwrap();
    let document = sandbox.update(&next, 0);
    let said = document.to_string();
    assert!(said.contains("is a link, and not followed"), "{said}");
    assert!(!said.contains("leads out"), "{said}");
    assert_eq!(sandbox.read("mine/a.md"), "a\n");
}

#[test]
fn what_a_roster_link_leads_to_is_migrated_and_not_advised_about() {
    let sandbox = Sandbox::new();
    for (path, (kind, _, content)) in tree(&fixture("homes/0.0.35/home")) {
        if kind == "file" {
            write(&sandbox.home().join(path), &content, 0o644);
        }
    }
    let (link, target) = ("fleet/roster.yaml", "mine/r.yaml");
    fs::create_dir(sandbox.home().join("mine")).unwrap();
    fs::rename(sandbox.home().join(link), sandbox.home().join(target)).unwrap();
    symlink("../mine/r.yaml", sandbox.home().join(link)).unwrap();
    let document = sandbox.json(&["update", "--no-units"], 0);
    assert!(sandbox.read(target).contains("socket_name: mosaic-fleet"));
    let advisories = document["advisories"].to_string();
    assert!(!advisories.contains(target), "{advisories}");
}
