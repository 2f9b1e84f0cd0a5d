//! Signals at any moment: the old home with exit 1, or the new one, and nothing in between.

use std::path::PathBuf;
use std::thread::sleep;
use std::time::Instant;

use rustix::process::Signal;

use crate::cli::scene::{conflicts, utf8};
use crate::support::run::{Run, stopped_at, stopped_while_staging};
use crate::support::{Sandbox, Tree};

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

/// Checkpoints before the commit point.
const BEFORE: [&str; 4] = ["Started:1", "Staged:1", "Staged:150", "Staged:300"];
/// Checkpoints after it.
const AFTER: [&str; 4] = ["Committed:1", "Carried:1", "Carried:150", "Finished:1"];

/// A home that goes back and forth between two releases.
struct Seesaw {
    sandbox: Sandbox,
    bundles: [PathBuf; 2],
    trees: [Tree; 2],
    /// The release that it has.
    at: usize,
}

impl Seesaw {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let bundles = many(&sandbox);
        sandbox.install(&bundles[0]);
        let first = sandbox.tree();
        sandbox.update(&bundles[1], 0);
        let trees = [first, sandbox.tree()];
        Self {
            sandbox,
            bundles,
            trees,
            at: 1,
        }
    }

    /// Starts the update to the other release.
    fn start(&self, checkpoint: Option<&str>) -> Run {
        let bundle = utf8(&self.bundles[1 - self.at]);
        let update = ["update", "--allow-downgrade", "--from", bundle];
        match checkpoint {
            Some(checkpoint) => stopped_at(&self.sandbox, &update, checkpoint),
            None => Run::start(&self.sandbox, &update),
        }
    }

    /// Signals an update; returns whether the home has the other release then. There is nothing in between.
    fn signalled(&mut self, run: Run, signal: Signal) -> bool {
        run.signal(signal);
        let (status, said) = run.go_on();
        let has_moved = match status {
            // Before the program can listen the kernel ends it; nothing was begun.
            None | Some(1) => false,
            Some(0) => true,
            other => panic!("{other:?}: {said}"),
        };
        if has_moved {
            self.at = 1 - self.at;
        }
        assert_eq!(self.sandbox.tree(), self.trees[self.at], "{said}");
        has_moved
    }
}

#[test]
fn a_signal_before_the_commit_leaves_the_old_home_and_after_it_the_new_one() {
    let mut seesaw = Seesaw::new();
    for signal in [Signal::INT, Signal::TERM] {
        for (checkpoints, is_after) in [(BEFORE, false), (AFTER, true)] {
            for checkpoint in checkpoints {
                let run = seesaw.start(Some(checkpoint));
                let has_moved = seesaw.signalled(run, signal);
                assert_eq!(has_moved, is_after, "{signal:?} at {checkpoint}");
            }
        }
    }
    seesaw.sandbox.run(&["verify"], 0);
    seesaw.sandbox.run(&["status", "--exit-code"], 0);
}

#[test]
fn a_signal_at_any_moment_leaves_the_old_home_or_the_new_one() {
    let mut seesaw = Seesaw::new();
    let begun = Instant::now();
    seesaw.start(None).go_on();
    let span = begun.elapsed();
    seesaw.at = 1 - seesaw.at;
    for step in 0..16_u32 {
        let run = seesaw.start(None);
        sleep(span * step / 16);
        seesaw.signalled(run, [Signal::INT, Signal::TERM][step as usize % 2]);
    }
    seesaw.sandbox.run(&["verify"], 0);
    seesaw.sandbox.run(&["status", "--exit-code"], 0);
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
