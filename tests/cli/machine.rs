//! What the machine does to a home: mounts, owners, permissions and disks that are full.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::cli::scene::{is_root, utf8};
use crate::support::{Sandbox, tree, write};

const NOBODY: u32 = 65534;
const SCENES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/machine.sh");

/// Plays a scene of `machine.sh` in a mount namespace of its own.
fn play(sandbox: &Sandbox, scene: &[&str]) -> Output {
    let mut command = sandbox.among_mounts(&["-x", SCENES]);
    command.args(scene).env("MOSAIC_HOME", sandbox.home());
    command.output().expect("unshare runs")
}

/// Plays a scene, and prints what was done if something did not come as it should.
fn all_well(sandbox: &Sandbox, scene: &[&str]) {
    let output = play(sandbox, scene);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

fn two_releases(sandbox: &Sandbox) {
    sandbox.release(
        "old",
        "1.0.0",
        &[("g/a", "a\n"), ("g/deep/old", "old\n"), ("b", "b\n")],
    );
    sandbox.release(
        "new",
        "1.1.0",
        &[("g/a", "A\n"), ("g/new/n", "n\n"), ("b", "B\n")],
    );
}

#[test]
fn a_read_only_home_is_refused_and_says_so() {
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    sandbox.install(&sandbox.path("old"));
    let before = tree(&sandbox.home());
    if rustix::process::geteuid().is_root() {
        let output = play(&sandbox, &["read_only"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("Read-only file system"), "{said}");
    } else {
        fs::set_permissions(
            sandbox.home().join(".mosaic"),
            fs::Permissions::from_mode(0o500),
        )
        .unwrap();
        assert!(
            sandbox
                .refused(&["update", "--from", "new"], 1)
                .contains("Permission denied")
        );
        fs::set_permissions(
            sandbox.home().join(".mosaic"),
            fs::Permissions::from_mode(0o700),
        )
        .unwrap();
    }
    assert_eq!(tree(&sandbox.home()), before);
    sandbox.run(&["update", "--from", "new"], 0);
}

#[test]
fn a_file_system_that_does_not_count_its_room_is_not_taken_for_a_full_one() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    fs::create_dir_all(sandbox.home()).unwrap();
    all_well(&sandbox, &["room_that_is_not_counted"]);
}

#[test]
fn what_was_given_up_on_a_mount_inside_keeps_no_later_run_from_its_names() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    sandbox.install(&sandbox.path("old"));
    all_well(&sandbox, &["given_up_on_a_mount"]);
}

#[test]
fn a_home_of_another_user_is_refused_even_to_root() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    sandbox.install(&sandbox.path("old"));
    give_away(&sandbox.home());
    for command in [
        &["update", "--from", "new"][..],
        &["rollback", "0"],
        &["recover"],
        &["install", "--from", "new"],
    ] {
        let said = sandbox.refused(command, 1);
        assert!(
            said.contains("65534") && said.contains("sudo"),
            "{command:?}: {said}"
        );
    }
    fs::remove_dir_all(sandbox.home()).unwrap();
    chown(sandbox.home().parent().unwrap(), Some(NOBODY), None).unwrap();
    let said = sandbox.refused(&["install", "--from", "new"], 1);
    assert!(said.contains("65534") && said.contains("sudo"), "{said}");
    assert!(!sandbox.home().exists());
}

fn give_away(root: &Path) {
    for entry in walkdir::WalkDir::new(root) {
        std::os::unix::fs::lchown(entry.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

#[test]
fn another_user_runs_it_in_his_own_home_and_not_in_mine() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    sandbox.install(&sandbox.path("old"));
    fs::set_permissions(sandbox.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    // Not by this process: one that another test starts meanwhile would hold the copy open for writing.
    let copied = Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_mosaic"))
        .arg(sandbox.path("mosaic"))
        .status();
    assert!(copied.unwrap().success());
    let mine = tree(&sandbox.home());
    let theirs = sandbox.path("theirs");
    fs::create_dir(&theirs).unwrap();
    chown(&theirs, Some(NOBODY), Some(NOBODY)).unwrap();
    for (home, status) in [(sandbox.home(), 1), (theirs.join("home"), 0)] {
        let mut command = Command::new(sandbox.path("mosaic"));
        command
            .uid(NOBODY)
            .gid(NOBODY)
            .env_clear()
            .current_dir(sandbox.path(""));
        let output = command
            .args(["install", "--from", "new", "--home", utf8(&home)])
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(status),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(tree(&sandbox.home()), mine);
    assert_eq!(fs::metadata(theirs.join("home/g/a")).unwrap().uid(), NOBODY);
}

#[test]
fn a_file_of_ours_that_another_user_owns_is_refused() {
    if !is_root() {
        return;
    }
    for path in ["g/a", "g/deep/old"] {
        let sandbox = Sandbox::new();
        two_releases(&sandbox);
        sandbox.install(&sandbox.path("old"));
        chown(sandbox.home().join(path), Some(NOBODY), None).unwrap();
        let said = sandbox.refused(&["update", "--from", "new"], 1);
        assert!(said.contains(path) && said.contains("65534"), "{said}");
        assert_eq!(
            fs::metadata(sandbox.home().join(path)).unwrap().uid(),
            NOBODY
        );
        sandbox.edit(".mosaicpreserve", path);
        sandbox.run(&["update", "--from", "new"], 0);
    }
}

#[test]
fn a_rollback_refuses_a_file_of_ours_that_another_user_owns() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    sandbox.install(&sandbox.path("old"));
    sandbox.run(&["update", "--from", "new"], 0);
    chown(sandbox.home().join("g/a"), Some(NOBODY), None).unwrap();
    sandbox.refused(&["rollback", "-n"], 1);
    let said = sandbox.refused(&["rollback"], 1);
    assert!(said.contains("g/a") && said.contains("65534"), "{said}");
}

#[test]
fn resolving_refuses_a_file_of_ours_that_another_user_owns() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    sandbox.install(&sandbox.path("old"));
    sandbox.edit("g/a", "mine\n");
    sandbox.run(&["update", "--from", "new"], 3);
    chown(sandbox.home().join("g/a"), Some(NOBODY), None).unwrap();
    let said = sandbox.refused(&["resolve", "g/a", "--shipped"], 1);
    assert!(said.contains("g/a") && said.contains("65534"), "{said}");
    sandbox.run(&["resolve", "g/a", "--mine"], 0);
}

#[test]
fn a_small_file_system_is_said_before_anything_is_written() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    sandbox.ship(&sandbox.path("new"), "large", &vec![b'x'; 3 << 20], 0o644);
    fs::create_dir_all(sandbox.home()).unwrap();
    all_well(&sandbox, &["small_file_system"]);
}

/// A tmpfs may run out of files while there are bytes enough, which no estimate of bytes foresees.
#[test]
fn running_out_of_room_while_staging_leaves_the_home_as_it_was() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    for file in 0..100 {
        sandbox.ship(&sandbox.path("new"), &format!("many/{file}"), b"x", 0o644);
    }
    fs::create_dir_all(sandbox.home()).unwrap();
    all_well(&sandbox, &["few_files"]);
}

#[test]
fn a_place_that_is_a_mount_after_the_commit_stays_and_the_rest_is_carried_out() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    fs::create_dir_all(sandbox.home()).unwrap();
    all_well(&sandbox, &["mounted_after_the_commit"]);
}

#[test]
fn files_below_a_mount_in_the_home_are_updated_and_rolled_back() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    sandbox.install(&sandbox.path("old"));
    write(&sandbox.home().join("g/mine"), b"mine\n", 0o600);
    for kind in ["bind", "tmpfs"] {
        all_well(&sandbox, &["below_a_mount", kind]);
    }
}

#[test]
fn a_file_size_limit_fails_the_update_and_leaves_the_home_as_it_was() {
    let sandbox = Sandbox::new();
    two_releases(&sandbox);
    sandbox.ship(&sandbox.path("new"), "big", &vec![b'a'; 1 << 20], 0o644);
    sandbox.install(&sandbox.path("old"));
    let before = tree(&sandbox.home());
    all_well(&sandbox, &["file_size_limit"]);
    assert_eq!(tree(&sandbox.home()), before);
}
