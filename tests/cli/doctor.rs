//! `doctor`: what is wrong is found, what it advises mends it, and nothing is written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli::scene::{everything, is_root, utf8};
use crate::support::patience::{PATIENCE, eventually};
use crate::support::{Sandbox, write};

const NOBODY: u32 = 65534;

fn installed() -> Sandbox {
    let sandbox = Sandbox::new();
    let one = sandbox.release(
        "one",
        "1.0.0",
        &[("g/a", "a\n"), ("tools/run*", "#!/bin/sh\n")],
    );
    sandbox.release(
        "two",
        "1.1.0",
        &[("g/a", "A\n"), ("tools/run*", "#!/bin/sh\n")],
    );
    sandbox.install(&one);
    sandbox
}

/// The findings of one check: weight, message and remedy.
fn findings(document: &Value, check: &str) -> Vec<(String, String, String)> {
    let lines = document["findings"].as_array().expect("findings").iter();
    let text = |line: &Value, field: &str| line[field].as_str().expect("text").to_owned();
    let lines = lines.filter(|line| line["check"] == check);
    lines
        .map(|line| {
            (
                text(line, "weight"),
                text(line, "message"),
                text(line, "remedy"),
            )
        })
        .collect()
}

fn one(document: &Value, check: &str) -> (String, String, String) {
    let found = findings(document, check);
    assert_eq!(found.len(), 1, "{document:#}");
    found.into_iter().next().expect("one")
}

/// Types what was advised, as the person would.
fn type_in(sandbox: &Sandbox, remedy: &str) {
    let program = Path::new(env!("CARGO_BIN_EXE_mosaic"))
        .parent()
        .expect("a folder")
        .display();
    let mut shell = Command::new("sh");
    shell
        .env_clear()
        .env("HOME", sandbox.path("user"))
        .env("PATH", format!("{program}:/usr/sbin:/usr/bin:/sbin:/bin"));
    // Root needs no sudo.
    let remedy = remedy.trim_start_matches("sudo ");
    let output = shell.args(["-ec", remedy]).output().expect("sh runs");
    assert!(
        output.status.success(),
        "{remedy}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Breaks something, sees it found as a problem, types what is advised, and sees it gone.
fn is_found_and_mended(sandbox: &Sandbox, check: &str, part: &str) {
    let before = everything(&sandbox.home());
    let document = sandbox.json(&["doctor"], 3);
    assert_eq!(everything(&sandbox.home()), before, "it only looks");
    let (weight, message, remedy) = one(&document, check);
    assert!(weight == "problem" && message.contains(part), "{message}");
    assert!(
        sandbox.run(&["doctor", "-q"], 3).contains(part),
        "quiet or not"
    );
    type_in(sandbox, &remedy);
    assert_eq!(
        findings(&sandbox.json(&["doctor"], 0), check),
        [],
        "after {remedy}"
    );
}

#[test]
fn a_sound_home_has_notes_at_most_and_is_not_touched() {
    let sandbox = installed();
    let before = everything(&sandbox.path("user"));
    let document = sandbox.json(&["doctor"], 0);
    assert_eq!(everything(&sandbox.path("user")), before);
    let checks = document["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["name"].as_str().unwrap());
    let checks: Vec<_> = checks.collect();
    assert_eq!(
        checks,
        [
            "home",
            "file system",
            "permissions",
            "state",
            "tmux",
            "user manager",
            "fleet",
            "runtimes"
        ]
    );
    for check in ["permissions", "state"] {
        assert_eq!(findings(&document, check), []);
    }
    let lines = document["findings"].as_array().unwrap();
    assert!(
        lines
            .iter()
            .all(|line| line["weight"] == "note" && line["remedy"] != ""),
        "{document:#}"
    );
    assert!(sandbox.run(&["doctor"], 0).contains("All is well"));
    assert_eq!(sandbox.run(&["doctor", "-q"], 0), "");
}

#[test]
fn it_can_be_asked_before_anything_is_installed() {
    let sandbox = Sandbox::new();
    let (weight, _, remedy) = one(&sandbox.json(&["doctor"], 0), "state");
    assert_eq!(
        (weight.as_str(), remedy),
        (
            "note",
            format!("mosaic install --home {}", utf8(&sandbox.home()))
        )
    );
    assert!(!sandbox.home().exists());
    fs::write(sandbox.path("file"), "x").unwrap();
    let (weight, message, _) = one(&sandbox.json(&["doctor", "--home", "file"], 3), "state");
    assert!(
        weight == "problem" && message.contains("not a directory"),
        "{message}"
    );
}

#[test]
fn without_a_server_that_was_taken_along_there_is_nothing_to_mend() {
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox.json(&["doctor", "--mend"], 0)["mended"],
        Value::Array(Vec::new())
    );
    assert!(!sandbox.home().exists());
    let sandbox = installed();
    let before = sandbox.tree();
    assert_eq!(
        sandbox.json(&["doctor"], 0)["mended"],
        Value::Array(Vec::new())
    );
    assert!(
        sandbox
            .run(&["doctor", "--mend"], 0)
            .contains("Nothing to mend")
    );
    assert_eq!(sandbox.tree(), before);
}

#[test]
fn mending_waits_for_its_turn() {
    let sandbox = installed();
    let lock = fs::File::open(sandbox.home().join(".mosaic/lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    sandbox.run(&["doctor", "--mend", "--lock-timeout", "0"], 5);
    sandbox.run(&["doctor"], 0);
    drop(lock);
    crash(&sandbox, "Committed");
    sandbox.run(&["doctor", "--mend"], 0);
    assert_eq!(
        sandbox.read("g/a"),
        "A\n",
        "what was interrupted is finished first"
    );
}

#[test]
fn wrong_permissions_are_found_and_mended() {
    let sandbox = installed();
    let set = |path: &str, mode| {
        fs::set_permissions(sandbox.home().join(path), fs::Permissions::from_mode(mode)).unwrap()
    };
    set("", 0o757);
    is_found_and_mended(&sandbox, "permissions", "everybody may change");
    set(".mosaic", 0o755);
    is_found_and_mended(&sandbox, "permissions", "look into .mosaic");
    set("tools/run", 0o644);
    is_found_and_mended(&sandbox, "permissions", "tools/run");
    if is_root() {
        chown(sandbox.home().join("g/a"), Some(NOBODY), None).unwrap();
        is_found_and_mended(&sandbox, "permissions", "g/a");
        chown(sandbox.home().join("g"), Some(NOBODY), None).unwrap();
        is_found_and_mended(&sandbox, "permissions", "another user owns g");
    } else {
        set("g", 0o500);
        is_found_and_mended(&sandbox, "permissions", "may not change what is in g");
    }
}

#[test]
fn a_home_of_another_user_is_a_problem() {
    if !is_root() {
        return;
    }
    let sandbox = installed();
    chown(sandbox.home(), Some(NOBODY), None).unwrap();
    let (weight, message, remedy) = one(&sandbox.json(&["doctor"], 3), "permissions");
    assert!(
        weight == "problem" && message.contains("belongs to user 65534"),
        "{message}"
    );
    assert!(
        remedy.starts_with("sudo -u '#65534' mosaic doctor --home "),
        "{remedy}"
    );
}

fn crash(sandbox: &Sandbox, at: &str) {
    let output = sandbox
        .mosaic(&["update", "--from", "two"])
        .env("MOSAIC_CRASH_AT", at)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), None, "{at}");
}

#[test]
fn what_interrupted_runs_left_is_found_and_mended() {
    let sandbox = installed();
    crash(&sandbox, "Committed");
    is_found_and_mended(&sandbox, "state", "interrupted run");
    assert_eq!(sandbox.read("g/a"), "A\n");
    sandbox.run(&["rollback"], 0);
    crash(&sandbox, "Durable");
    let (weight, message, remedy) = one(&sandbox.json(&["doctor"], 0), "state");
    assert!(
        weight == "note" && message.contains("before it changed anything"),
        "{message}"
    );
    type_in(&sandbox, &remedy);
    write(
        &sandbox.home().join(".mosaic/abandoned-2/files/0"),
        b"x",
        0o600,
    );
    write(&sandbox.home().join("g/.mosaic-3-12"), b"x", 0o600);
    write(&sandbox.home().join("g/.mosaic-mine"), b"x", 0o600);
    let found = findings(&sandbox.json(&["doctor"], 0), "state");
    let messages = found
        .iter()
        .map(|(_, message, _)| message.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        messages.contains("abandoned-2") && messages.contains("g/.mosaic-3-12"),
        "{messages}"
    );
    found
        .iter()
        .for_each(|(_, _, remedy)| type_in(&sandbox, remedy));
    assert_eq!(findings(&sandbox.json(&["doctor"], 0), "state"), []);
    assert_eq!(sandbox.read("g/.mosaic-mine"), "x");
}

#[test]
fn a_run_that_is_at_work_is_not_taken_for_a_wreck() {
    let sandbox = installed();
    let mut update = Command::new(env!("CARGO_BIN_EXE_mosaic"));
    update
        .args(["update", "--from", "two"])
        .env_clear()
        .env("HOME", sandbox.path("user"))
        .env("MOSAIC_STOP_AT", "Committed");
    let mut update = update.current_dir(sandbox.path("")).spawn().unwrap();
    let commit = sandbox.home().join(".mosaic/commit");
    eventually("it has committed", || commit.exists());
    let (weight, message, _) = one(&sandbox.json(&["doctor"], 0), "state");
    assert!(weight == "note" && message.contains("at work"), "{message}");
    let pid = rustix::process::Pid::from_child(&update);
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    assert!(update.wait().unwrap().success());
}

#[test]
fn damaged_state_is_a_problem_and_no_failure() {
    for (file, part) in [
        ("generations/1/record", "damaged"),
        ("generations/1/journal", ""),
    ] {
        let sandbox = installed();
        sandbox.edit(&format!(".mosaic/{file}"), "mosaic-record 1 0.1.0\n");
        let output = sandbox.mosaic(&["doctor", "--json"]).output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
        if part.is_empty() {
            continue;
        }
        let (weight, message, remedy) = one(&document, "state");
        assert!(
            weight == "problem" && message.contains(part) && remedy.contains("backup"),
            "{message}: {remedy}"
        );
    }
    let sandbox = installed();
    fs::remove_dir_all(sandbox.home().join(".mosaic")).unwrap();
    symlink("/tmp", sandbox.home().join(".mosaic")).unwrap();
    let document = sandbox.json(&["doctor"], 3);
    assert_eq!(one(&document, "state").0, "problem");
}

#[test]
fn a_home_inside_another_is_a_problem() {
    let sandbox = installed();
    let inner = sandbox.home().join("g/inner");
    sandbox.run(&["install", "--from", "one", "--home", "inner"], 0);
    fs::rename(sandbox.path("inner"), &inner).unwrap();
    let document = sandbox.json(&["doctor", "--home", utf8(&inner)], 3);
    assert!(
        findings(&document, "home")
            .iter()
            .any(|(weight, message, _)| weight == "problem" && message.contains("inside another"))
    );
}

/// What it says on mounts of these kinds, each in a name space of its own.
#[test]
fn hazards_of_mounts_are_found_on_real_ones() {
    if !is_root() {
        return;
    }
    let cases = [
        (
            "mount --bind \"$h\" \"$h\"; mount -o remount,bind,ro \"$h\"",
            3,
            "it is read-only",
        ),
        (
            "mount --bind \"$h\" \"$h\"; mount -o remount,bind,noexec \"$h\"",
            3,
            "noexec",
        ),
        (
            "mount -t tmpfs -o size=1m none \"$h/g\"",
            0,
            "a mount inside the home",
        ),
        (
            "mount -t tmpfs -o ro none \"$h/g\"",
            3,
            "a read-only mount inside the home",
        ),
        ("mount -t tmpfs -o mode=755 none \"$h\"", 0, "is in memory"),
        (
            "mount -t tmpfs -o mode=755,size=1m none \"$h\"",
            3,
            "only 1 MiB are free",
        ),
        (
            "mount -t tmpfs -o mode=755,nr_inodes=100 none \"$h\"",
            3,
            "more files only",
        ),
        (
            "mount -t tmpfs none /mnt; mkdir /mnt/u /mnt/w; mount -t overlay none -o lowerdir=\"$h\",upperdir=/mnt/u,workdir=/mnt/w \"$h\"",
            0,
            "cannot always exchange",
        ),
        (
            "mount -t tmpfs none /mnt; mkdir /mnt/u /mnt/w; mount -t overlay none -o volatile,lowerdir=\"$h\",upperdir=/mnt/u,workdir=/mnt/w \"$h\"",
            3,
            "volatile",
        ),
        ("mount -t ramfs none \"$h\"", 0, "is in memory"),
    ];
    let sandbox = installed();
    for (script, status, part) in cases {
        let script = format!("{script}; exec \"$m\" doctor --json");
        let mut shell = sandbox.among_mounts(&["-euc", &script]);
        let output = shell.output().expect("unshare runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{script}: {said}");
        let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
        let found = findings(&document, "file system");
        assert!(
            found.iter().any(|(_, message, _)| message.contains(part)),
            "{script}: {found:?}"
        );
    }
}

/// Programs that answer as these do, instead of the real ones.
fn stand_ins(sandbox: &Sandbox, programs: &[(&str, &str)]) -> String {
    let folder = sandbox.path("stand-ins");
    fs::create_dir_all(&folder).unwrap();
    for (name, script) in programs {
        write(
            &sandbox.path("script"),
            format!("#!/bin/sh\n{script}\n").as_bytes(),
            0o755,
        );
        // Not by this process: a child of another test could hold the copy open for writing, and it would be busy.
        let copied = Command::new("cp")
            .arg(sandbox.path("script"))
            .arg(folder.join(name))
            .status();
        assert!(copied.is_ok_and(|status| status.success()));
    }
    folder.display().to_string()
}

fn doctor_with(sandbox: &Sandbox, programs: &[(&str, &str)], status: i32) -> Value {
    let path = stand_ins(sandbox, programs);
    let output = sandbox
        .mosaic(&["doctor", "--json"])
        .env("PATH", path)
        .timeout(PATIENCE)
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(status),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("a document")
}

#[test]
fn programs_that_are_not_there_are_findings() {
    let sandbox = installed();
    let document = doctor_with(&sandbox, &[], 0);
    assert!(one(&document, "tmux").1.contains("not on the PATH"));
    assert!(one(&document, "user manager").1.contains("no systemd here"));
    sandbox.edit("fleet/roster.yaml", "version: 1\nagents: []\n");
    assert_eq!(
        one(&doctor_with(&sandbox, &[], 3), "tmux").0,
        "problem",
        "a fleet needs it"
    );
    doctor_with(&sandbox, &[("tmux", "echo tmux 3.5")], 0);
    doctor_with(&sandbox, &[("tmux", "echo tmux 1.8")], 3);
}

#[test]
fn a_program_that_hangs_does_not_hang_the_doctor() {
    let sandbox = installed();
    let hang = "/bin/sleep 1000 & /bin/sleep 1000";
    let document = doctor_with(
        &sandbox,
        &[
            ("systemctl", hang),
            ("loginctl", hang),
            ("tmux", "echo tmux 3.5"),
        ],
        0,
    );
    assert!(
        one(&document, "user manager")
            .1
            .contains("did not answer within 5 seconds")
    );
}

/// A real user manager, in name spaces of its own.
#[test]
fn a_real_user_manager_is_recognized() {
    if !is_root() || !Path::new("/lib/systemd/systemd").exists() {
        println!("skipped: needs systemd");
        return;
    }
    let sandbox = installed();
    let script = r#"
        mount -t tmpfs none /run; mkdir -p /run/systemd/system /run/user/0
        umount -R /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup
        export XDG_RUNTIME_DIR=/run/user/0
        /lib/systemd/systemd --user >/dev/null 2>&1 &
        for i in $(seq 200); do
            case $(systemctl --user is-system-running 2>/dev/null) in running|degraded) break;; esac
            sleep 0.05
        done
        "$m" doctor --json || true
        systemctl --user exit >/dev/null 2>&1 || true"#;
    let mut shell = Command::new("unshare");
    shell
        .args([
            "-m",
            "-p",
            "-f",
            "--mount-proc",
            "--cgroup",
            "sh",
            "-euc",
            script,
        ])
        .current_dir(sandbox.path(""));
    shell
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("m", env!("CARGO_BIN_EXE_mosaic"));
    let output = shell
        .env("HOME", sandbox.path("user"))
        .output()
        .expect("unshare runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let checks = document["checks"].as_array().unwrap();
    let summary = checks
        .iter()
        .find(|check| check["name"] == "user manager")
        .unwrap()["summary"]
        .as_str()
        .unwrap();
    assert!(["running", "degraded"].contains(&summary), "{document:#}");
    let found = findings(&document, "user manager");
    assert!(
        found
            .iter()
            .any(|(_, message, _)| message.contains("linger")),
        "{found:?}"
    );
}

#[test]
fn a_state_that_is_marked_is_found_by_whom_a_refused_update_sends() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install"], 0);
    for mark in ["+i", "+a"] {
        let marked = Command::new("chattr")
            .arg(mark)
            .arg(sandbox.home().join(".mosaic"))
            .status();
        if !marked.is_ok_and(|status| status.success()) {
            println!("skipped: nothing can be marked here");
            return;
        }
        is_found_and_mended(&sandbox, "permissions", "not to be changed: .mosaic");
    }
}
