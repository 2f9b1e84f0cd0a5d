//! Two homes of one user do not meet, and a home keeps its state out of git.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::scene::{everything, utf8};
use crate::support::{Sandbox, tree};

/// Two releases, and a home at the first one beside the usual.
fn two_homes() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let many: Vec<_> = (0..300).map(|at| format!("many/{at}")).collect();
    let files: Vec<_> = many.iter().map(|path| (path.as_str(), "one\n")).collect();
    let one = sandbox.release(
        "one",
        "1.0.0",
        &[files.as_slice(), &[("g/a", "a\n"), ("gone/x", "x\n")]].concat(),
    );
    let files: Vec<_> = many.iter().map(|path| (path.as_str(), "two\n")).collect();
    sandbox.release(
        "two",
        "1.1.0",
        &[files.as_slice(), &[("g/a", "A\n"), ("new/n", "n\n")]].concat(),
    );
    let other = sandbox.path("user/.config/mosaic-2");
    sandbox.install(&one);
    sandbox.run(&["install", "--from", "one", "--home", utf8(&other)], 0);
    (sandbox, other)
}

#[test]
fn whatever_is_done_in_one_home_the_other_stays_byte_for_byte() {
    let (sandbox, other) = two_homes();
    let before = everything(&other);
    sandbox.run(&["update", "--from", "two"], 0);
    sandbox.run(&["rollback"], 0);
    sandbox.run(&["uninstall", "--yes"], 0);
    sandbox.run(&["verify", "--home", utf8(&other)], 0);
    assert_eq!(everything(&other), before);
    let mine = everything(&sandbox.home());
    let output = sandbox
        .mosaic(&["update", "--from", "two"])
        .env("MOSAIC_HOME", &other)
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(fs::read_to_string(other.join("g/a")).unwrap(), "A\n");
    assert_eq!(everything(&sandbox.home()), mine);
}

#[test]
fn a_flag_counts_more_than_the_environment() {
    let (sandbox, other) = two_homes();
    let before = everything(&sandbox.home());
    let arguments = ["update", "--from", "two", "--home", utf8(&other)];
    let output = sandbox
        .mosaic(&arguments)
        .env("MOSAIC_HOME", sandbox.home())
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(everything(&sandbox.home()), before);
}

#[test]
fn two_homes_can_be_changed_at_the_same_time() {
    let (sandbox, other) = two_homes();
    let (mine, one) = (sandbox.home(), tree(&other));
    for round in ["update", "rollback", "update"] {
        let mut arguments = vec![round, "--lock-timeout", "0"];
        if round == "update" {
            arguments.extend(["--from", "two"]);
        }
        std::thread::scope(|scope| {
            for home in [&mine, &other] {
                let (sandbox, arguments) = (
                    &sandbox,
                    [arguments.as_slice(), &["--home", utf8(home)]].concat(),
                );
                scope.spawn(move || sandbox.run(&arguments, 0));
            }
        });
        assert_eq!(sandbox.tree(), tree(&other), "{round}");
        assert_eq!(tree(&other) == one, round == "rollback");
        sandbox.run(&["verify"], 0);
        sandbox.run(&["verify", "--home", utf8(&other)], 0);
    }
}

#[test]
fn a_home_does_not_begin_inside_another_one() {
    let (sandbox, _) = two_homes();
    symlink(sandbox.home().join("many"), sandbox.path("by-a-link")).unwrap();
    let inside = ["g", "g/not/there/yet", ".mosaic", ".mosaic/generations"]
        .map(|path| sandbox.home().join(path));
    for home in inside.into_iter().chain([sandbox.path("by-a-link")]) {
        let before = everything(&sandbox.home());
        for command in [
            &["install"][..],
            &["install", "-n"],
            &["update"],
            &["update", "-n"],
        ] {
            let said = sandbox.refused(
                &[command, &["--from", "one", "--home", utf8(&home)]].concat(),
                1,
            );
            let outer = sandbox.home();
            assert!(
                said.contains("lies inside the Mosaic home") && said.contains(utf8(&outer)),
                "{said}"
            );
        }
        assert_eq!(everything(&sandbox.home()), before, "{home:?}");
    }
}

#[test]
fn a_home_around_another_one_leaves_it_alone() {
    let (sandbox, other) = two_homes();
    let before = everything(&other);
    let around = sandbox.path("user/.config");
    sandbox.run(&["install", "--from", "one", "--home", utf8(&around)], 0);
    sandbox.run(&["update", "--from", "two", "--home", utf8(&around)], 0);
    sandbox.run(&["uninstall", "--yes", "--home", utf8(&around)], 0);
    assert_eq!(everything(&other), before);
    sandbox.run(&["update", "--from", "two", "--home", utf8(&other)], 0);
}

fn git(place: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", place)
        .env("GIT_CONFIG_NOSYSTEM", "1");
    let output = git
        .args(arguments)
        .current_dir(place)
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn git_does_not_see_the_state_of_a_home_that_is_under_it() {
    let (sandbox, _) = two_homes();
    let home = sandbox.home();
    git(&home, &["init", "-q"]);
    assert!(!git(&home, &["status", "--porcelain", "-uall"]).contains(".mosaic"));
    git(&home, &["add", "-A"]);
    git(
        &home,
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "-qm",
            "mine",
        ],
    );
    sandbox.run(&["update", "--from", "two"], 0);
    let changed = git(&home, &["status", "--porcelain", "-uall"]);
    assert!(
        changed.contains(" M g/a") && !changed.contains(".mosaic"),
        "{changed}"
    );
    sandbox.run(&["rollback"], 0);
    assert_eq!(
        git(&home, &["status", "--porcelain", "-uall", "--ignored=no"]),
        ""
    );
    sandbox.run(&["verify"], 0);
}

#[test]
fn a_state_that_lacks_it_gets_it_with_the_next_change_and_an_own_one_stays() {
    let (sandbox, other) = two_homes();
    let file = sandbox.home().join(".mosaic/.gitignore");
    assert_eq!(fs::read_to_string(&file).unwrap(), "*\n");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    fs::remove_file(&file).unwrap();
    sandbox.run(&["status"], 0);
    sandbox.run(&["update", "-n", "--from", "two"], 0);
    assert!(!file.exists(), "looking writes nothing");
    sandbox.run(&["update", "--from", "one"], 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "*\n");
    let own = other.join(".mosaic/.gitignore");
    fs::write(&own, "cache\n").unwrap();
    sandbox.run(&["update", "--from", "two", "--home", utf8(&other)], 0);
    assert_eq!(fs::read_to_string(own).unwrap(), "cache\n");
}
