//! The way into a new home and out of it: many at once, refused ones, and ones that fail half-way.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::scene::utf8;
use crate::support::Sandbox;
use crate::support::run::{Run, stopped_at};

/// A release that is taken, and one that is refused once the home is entered.
fn good_and_bad(sandbox: &Sandbox) -> [String; 2] {
    let files = [("a", "1\n"), ("d/b", "2\n"), ("d/c", "3\n")];
    let good = sandbox.bundle("good", "1.0.0", &files);
    let bad = sandbox.bundle("bad", "1.0.0", &[("A", "x\n"), ("a", "y\n")]);
    [good, bad].map(|bundle| utf8(&bundle).to_owned())
}

fn install(sandbox: &Sandbox, from: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
    command
        .env_clear()
        .env("HOME", sandbox.path("user"))
        .args(["install", "-q", "--from", from])
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.spawn().expect("it starts")
}

/// Seconds of a race: few, and more by `MOSAIC_RACE_SECONDS`.
fn race(mut round: impl FnMut(usize)) {
    let seconds = std::env::var("MOSAIC_RACE_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(3);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut number = 0;
    while number < 4 || Instant::now() < end {
        round(number);
        number += 1;
    }
}

/// Exit statuses, with what was said on stderr.
fn ends(runs: Vec<Child>) -> Vec<(Option<i32>, String)> {
    let outputs = runs
        .into_iter()
        .map(|run| run.wait_with_output().expect("it ends"));
    outputs
        .map(|output| {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            (output.status.code(), said)
        })
        .collect()
}

#[test]
fn first_installs_at_once_good_and_refused_lose_nothing() {
    let sandbox = Sandbox::new();
    let [good, bad] = good_and_bad(&sandbox);
    race(|round| {
        fs::remove_dir_all(sandbox.path("user/.config")).ok();
        let count = 4 + round % 5;
        let is_good = |number: usize| (number + round).is_multiple_of(2);
        let runs =
            (0..count).map(|number| install(&sandbox, if is_good(number) { &good } else { &bad }));
        for (number, (status, said)) in ends(runs.collect()).into_iter().enumerate() {
            let allowed: &[_] = if is_good(number) { &[0, 5] } else { &[1, 5] };
            assert!(
                status.is_some_and(|status| allowed.contains(&status)),
                "round {round}, run {number}: {status:?} {said}"
            );
        }
        assert_eq!(sandbox.generation(), 1, "round {round}");
        sandbox.run(&["verify"], 0);
    });
}

#[test]
fn first_installs_at_once_that_are_all_refused_leave_nothing() {
    let sandbox = Sandbox::new();
    let [_, bad] = good_and_bad(&sandbox);
    race(|round| {
        let runs = (0..4 + round % 5).map(|_| install(&sandbox, &bad));
        for (status, said) in ends(runs.collect()) {
            assert_eq!(status, Some(1), "round {round}: {said}");
        }
        assert!(
            !sandbox.path("user/.config").exists(),
            "round {round}: {:?}",
            sandbox.tree().keys()
        );
    });
}

#[test]
fn who_waited_for_the_lock_of_a_state_that_is_gone_begins_again() {
    let sandbox = Sandbox::new();
    let [good, _] = good_and_bad(&sandbox);
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
    let [good, _] = good_and_bad(&sandbox);
    let next = sandbox.bundle("next", "1.1.0", &[("a", "new\n")]);
    sandbox.run(&["install", "--from", &good], 0);
    let update = ["update", "--allow-removals", "--from", utf8(&next)];
    let run = stopped_at(&sandbox, &update, "Written:1");
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
    let [good, _] = good_and_bad(&sandbox);
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
