//! The way into a new home and out of it: many at once, and ones that fail half-way.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::cli::scene::utf8;
use crate::support::Sandbox;
use crate::support::run::{Run, stopped_at};

/// A release that is taken.
fn good(sandbox: &Sandbox) -> String {
    let files = [("a", "1\n"), ("d/b", "2\n"), ("d/c", "3\n")];
    utf8(&sandbox.bundle("good", "1.0.0", &files)).to_owned()
}

/// An update that is stopped while it holds the lock, and its words.
fn holds_the_lock(sandbox: &Sandbox) -> (String, Run) {
    let good = good(sandbox);
    let next = sandbox.bundle("next", "1.1.0", &[("a", "new\n")]);
    sandbox.run(&["install", "--from", &good], 0);
    let update = ["update", "--allow-removals", "--from", utf8(&next)];
    let run = stopped_at(sandbox, &update, "Written:1");
    (update.join(" "), run)
}

#[test]
fn who_waited_for_the_lock_of_a_state_that_is_gone_begins_again() {
    let sandbox = Sandbox::new();
    let good = good(&sandbox);
    for gone in ["lock", "", "home"] {
        let state = sandbox.home().join(".mosaic");
        fs::create_dir_all(&state).unwrap();
        let held = fs::File::create(state.join("lock")).unwrap();
        rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
        let run = Run::start(&sandbox, &["install", "-q", "--from", &good]);
        std::thread::sleep(Duration::from_millis(300));
        match gone {
            "home" => fs::remove_dir_all(sandbox.path("user/.config")).unwrap(),
            "" => fs::remove_dir_all(&state).unwrap(),
            file => fs::remove_file(state.join(file)).unwrap(),
        }
        drop(held);
        let (status, said) = run.go_on();
        assert_eq!(status, Some(0), "{gone}: {said}");
        assert_eq!(sandbox.generation(), 1, "{gone}");
        assert!(state.join("lock").exists(), "{gone}");
        fs::remove_dir_all(sandbox.path("user/.config")).unwrap();
    }
}

#[test]
fn a_lock_that_a_tool_replaces_while_it_is_held_stays_held() {
    let sandbox = Sandbox::new();
    let (_, run) = holds_the_lock(&sandbox);
    let state = sandbox.home().join(".mosaic");
    fs::write(state.join("lock.tool"), "1\n").unwrap();
    fs::rename(state.join("lock.tool"), state.join("lock")).unwrap();
    let second = ["gc", "--lock-timeout", "0"];
    let output = sandbox.mosaic(&second).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(
        !said.contains("pid"),
        "it names a process that holds nothing: {said}"
    );
    assert!(
        sandbox.mosaic(&["doctor"]).output().is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout).contains("another run")
        })
    );
    assert_eq!(run.go_on().0, Some(0));
    sandbox.run(&second, 0);
    assert_eq!(sandbox.generation(), 2);
}

#[test]
fn a_first_install_that_fails_by_a_limit_leaves_nothing() {
    let sandbox = Sandbox::new();
    let good = good(&sandbox);
    let mut failed = 0;
    for limit in 3..30 {
        let script = format!("ulimit -n {limit}; exec \"$0\" install -q --from \"$1\"");
        let status = Command::new("/bin/sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_mosaic"), &good])
            .env("HOME", sandbox.path("user"))
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("MOSAIC_HOME")
            .stderr(Stdio::null())
            .status()
            .unwrap();
        if status.code() == Some(1) {
            failed += 1;
            assert!(!sandbox.path("user/.config").exists(), "{limit} files");
        }
        fs::remove_dir_all(sandbox.path("user/.config")).ok();
    }
    assert!(failed > 2, "{failed}");
}

#[test]
fn a_dry_run_before_there_is_a_home_tells_what_the_run_does() {
    let sandbox = Sandbox::new();
    let unusual = [
        ("a", "1\n"),
        ("units/agent@.service", "2\n"),
        ("caf\u{e9}", "3\n"),
    ];
    let unusual = utf8(&sandbox.bundle("unusual", "1.0.0", &unusual)).to_owned();
    for from in [&[][..], &["--from", &unusual]] {
        let install = |words: &[&str]| sandbox.json(&[&["install"], from, words].concat(), 0);
        let foretold = install(&["--dry-run"]);
        assert!(
            !sandbox.path("user/.config").exists(),
            "{from:?}: something was made"
        );
        let done = install(&[]);
        for part in ["actions", "counts", "plan_digest"] {
            assert_eq!(foretold[part], done[part], "{from:?}: {part}");
            assert!(!done[part].is_null(), "{from:?}: {part}");
        }
        fs::remove_dir_all(sandbox.path("user/.config")).unwrap();
    }
}

#[test]
fn who_waits_is_told_for_whom_and_for_which_command() {
    let sandbox = Sandbox::new();
    let (update, run) = holds_the_lock(&sandbox);
    let wait = |words: &[&str]| {
        let gc = [&["gc", "--lock-timeout", "1"], words].concat();
        let output = sandbox.mosaic(&gc).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{words:?}");
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned())
    };
    let whom = format!("(pid {}: mosaic {update})", run.pid());
    let [told, refused] = wait(&[]);
    assert_eq!(told.matches(&whom).count(), 1, "{told}");
    assert!(told.starts_with("Waiting for another mosaic run"), "{told}");
    assert!(refused.contains(&whom), "{refused}");
    assert_eq!(wait(&["-q"])[0], "");
    let document: serde_json::Value = serde_json::from_str(&wait(&["--json"])[0]).unwrap();
    assert_eq!(document["exit"], 5);
    assert_eq!(run.go_on().0, Some(0));
}
