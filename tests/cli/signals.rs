//! Signals at any moment: the old home with exit 1, or the new one, and nothing in between.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::cli::scene::{conflicts, utf8};
use crate::support::{Sandbox, Tree};

/// A run of the program that a test can stop, go on and signal.
pub struct Run {
    child: Child,
}

impl Run {
    /// Starts one.
    pub fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::start_with(sandbox, arguments, "")
    }

    fn start_with(sandbox: &Sandbox, arguments: &[&str], stop_at: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
        command
            .env_clear()
            .env("MOSAIC_STOP_AT", stop_at)
            .env("HOME", sandbox.path("user"))
            .current_dir(sandbox.path(""))
            .args(arguments);
        let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
        Self {
            child: command.spawn().expect("it starts"),
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().expect("a pid")).expect("not 0");
        kill_process(pid, signal).expect("the signal is sent");
    }

    /// Lets a stopped run go on to its end; returns its exit status and what it said.
    pub fn go_on(self) -> (Option<i32>, String) {
        self.signal(Signal::CONT);
        let output = self.child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("panicked"), "{said}");
        assert!(
            output.status.signal().is_none_or(|signal| signal != 6),
            "aborted: {said}"
        );
        (output.status.code(), said)
    }
}

/// A run that is stopped with a part of its contents staged: planned, and not committed.
pub fn stopped_while_staging(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let run = Run::start_with(sandbox, arguments, "Staged:1");
    let status = format!("/proc/{}/status", run.child.id());
    let began = Instant::now();
    while !std::fs::read_to_string(&status).is_ok_and(|status| status.contains("State:\tT")) {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it does not stop"
        );
        sleep(Duration::from_millis(1));
    }
    run
}

/// Two releases of a few hundred files, of which all differ.
fn many(sandbox: &Sandbox) -> [PathBuf; 2] {
    [("old", "1.0.0"), ("new", "1.1.0")].map(|(name, version)| {
        let bundle = sandbox.release(name, version, &[]);
        for file in 0..300 {
            sandbox.ship(
                &bundle,
                &format!("d{}/{file}", file % 7),
                format!("{name} {file}\n").as_bytes(),
                0o644,
            );
        }
        sandbox.ship(&bundle, &format!("only-{name}"), name.as_bytes(), 0o755);
        bundle
    })
}

#[test]
fn a_signal_before_the_commit_leaves_the_old_home_and_after_it_the_new_one() {
    let sandbox = Sandbox::new();
    let bundles = many(&sandbox);
    sandbox.install(&bundles[1]);
    let new = sandbox.tree();
    let began = Instant::now();
    sandbox.update(&bundles[0], 0);
    let span = began.elapsed();
    let trees = [sandbox.tree(), new];
    let (mut at, mut interrupted, mut moment) = (0, 0, span / 16);
    // Later after a run that was interrupted, earlier after one that was not: around the commit point.
    for step in 0..32_u32 {
        let signal = if step % 2 == 0 {
            Signal::INT
        } else {
            Signal::TERM
        };
        let moved = signalled(
            &sandbox,
            utf8(&bundles[1 - at]),
            &trees,
            at,
            (signal, moment),
        );
        moment = if moved {
            moment * 3 / 4
        } else {
            moment * 5 / 4
        };
        at = if moved { 1 - at } else { at };
        interrupted += u32::from(!moved);
    }
    assert!(
        (1..32).contains(&interrupted),
        "{interrupted} of 32 were interrupted: the moments miss the point"
    );
    sandbox.run(&["verify"], 0);
    sandbox.run(&["status", "--exit-code"], 0);
}

/// Whether the home moved on to the other release.
fn signalled(
    sandbox: &Sandbox,
    bundle: &str,
    trees: &[Tree; 2],
    at: usize,
    (signal, moment): (Signal, Duration),
) -> bool {
    let run = Run::start(sandbox, &["update", "--allow-downgrade", "--from", bundle]);
    sleep(moment);
    run.signal(signal);
    let (status, said) = run.go_on();
    let found = sandbox.tree();
    match status {
        // Before the program can listen the kernel ends it; nothing was begun.
        None | Some(1) => assert_eq!(found, trees[at], "{status:?} after {moment:?}: {said}"),
        Some(0) => assert_eq!(found, trees[1 - at], "after {moment:?}: {said}"),
        other => panic!("{other:?} after {moment:?}: {said}"),
    }
    status == Some(0)
}

#[test]
fn an_interrupted_run_says_so_and_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let [old, new] = many(&sandbox);
    sandbox.install(&old);
    for signal in [Signal::INT, Signal::TERM] {
        let before = sandbox.tree();
        let run = stopped_while_staging(&sandbox, &["update", "--from", utf8(&new)]);
        run.signal(signal);
        let (status, said) = run.go_on();
        assert_eq!(status, Some(1), "{said}");
        assert!(said.contains("interrupted"), "{said}");
        assert_eq!(sandbox.tree(), before);
        assert!(!sandbox.home().join(".mosaic/tx").exists());
    }
    let fresh = sandbox.path("fresh/home");
    let run = stopped_while_staging(
        &sandbox,
        &["install", "--home", utf8(&fresh), "--from", utf8(&new)],
    );
    run.signal(Signal::INT);
    assert_eq!(run.go_on().0, Some(1));
    assert!(
        !sandbox.path("fresh").exists(),
        "no home before, no home after"
    );
}

#[test]
fn an_operator_who_saves_while_mosaic_stages_keeps_his_file() {
    let sandbox = Sandbox::new();
    let [old, new] = many(&sandbox);
    sandbox.install(&old);
    let run = stopped_while_staging(&sandbox, &["update", "--from", utf8(&new)]);
    sandbox.edit("d0/0", "mine\n");
    sandbox.edit("only-new", "mine, too\n");
    sandbox.edit("only-old", "mine as well\n");
    let (status, said) = run.go_on();
    assert_eq!(status, Some(3), "{said}");
    assert_eq!(sandbox.read("d0/0"), "mine\n");
    assert_eq!(sandbox.read("only-new"), "mine, too\n");
    assert_eq!(sandbox.read("only-old"), "mine as well\n");
    assert_eq!(sandbox.parked("d0/0"), "new 0\n");
    assert_eq!(sandbox.parked("only-new"), "new");
    let document = sandbox.update(&new, 3);
    assert!(conflicts(&document).contains(&"d0/0"), "{document}");
    assert_eq!(sandbox.read("only-old"), "mine as well\n");
}
