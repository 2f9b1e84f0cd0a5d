//! First installs at once: of several releases, refused ones, a foreign one, and one that finds the operator's file in its
//! way. `MOSAIC_RACE_ROUNDS` plays so many rounds.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::cli::scene::utf8;
use crate::support::Sandbox;

/// Rounds of the suite.
const FEW: usize = 6;
const OWN: &str = "his.md";

/// What a run installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A release.
    Good,
    /// A release that ships the operator's path.
    Conflicting,
    /// One that is refused for what it ships.
    Refused,
    /// One of another bundle.
    Foreign,
}

fn rounds(mut round: impl FnMut(usize)) {
    let asked = std::env::var("MOSAIC_RACE_ROUNDS").ok();
    let number = asked.and_then(|number| number.parse().ok()).unwrap_or(FEW);
    (0..number).for_each(&mut round);
}

/// The bundle of a run; each of the good ones is a release of its own.
fn bundle(sandbox: &Sandbox, kind: Kind, number: usize) -> String {
    let name = format!("{kind:?}-{number}");
    let version = format!("1.{number}.0");
    let content = format!("of release {number}\n");
    let files = [("a", &*content), ("d/b", "the same\n"), ("d/c", &*content)];
    let more: &[_] = match kind {
        Kind::Good | Kind::Foreign => &[],
        Kind::Conflicting => &[(OWN, "shipped\n")],
        Kind::Refused => &[("A", "the same name as `a` elsewhere\n")],
    };
    let bundle = sandbox.bundle(&name, &version, &[&files[..], more].concat());
    if kind == Kind::Foreign {
        let manifest = format!("name = \"another\"\nversion = \"{version}\"\n");
        fs::write(bundle.join("bundle.toml"), manifest).unwrap();
    }
    utf8(&bundle).to_owned()
}

/// Installs them all at once.
fn all_at_once(sandbox: &Sandbox, kinds: &[Kind]) -> Vec<Output> {
    let runs = kinds.iter().enumerate().map(|(number, kind)| {
        let bundle = bundle(sandbox, *kind, number);
        let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
        command
            .env_clear()
            .env("HOME", sandbox.path("user"))
            .args(["install", "--json", "--allow-downgrade", "--allow-removals"])
            .args(["--from", &bundle])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    });
    let mut commands: Vec<_> = runs.collect();
    let children: Vec<_> = commands
        .iter_mut()
        .map(|command| command.spawn().expect("it starts"))
        .collect();
    let ends = children.into_iter().map(|child| child.wait_with_output());
    ends.map(|output| output.expect("it ends")).collect()
}

/// From four to eight runs of these kinds.
fn mixed(kinds: &[Kind], round: usize) -> Vec<Kind> {
    let number = 4 + round % 5;
    (0..number)
        .map(|at| kinds[(at + round) % kinds.len()])
        .collect()
}

/// The generations that runs say they made are all there, once each; going back to before them leads back.
fn nothing_is_lost(sandbox: &Sandbox, outputs: &[Output], place: &str) {
    let documents = outputs
        .iter()
        .filter_map(|output| serde_json::from_slice::<Value>(&output.stdout).ok());
    let committed: Vec<_> = documents
        .filter(|document| document["committed"] == true)
        .filter_map(|document| document["generation"].as_u64())
        .collect();
    let last = sandbox.generation();
    let made: BTreeSet<_> = committed.iter().copied().collect();
    assert_eq!(made.len(), committed.len(), "{place}: {committed:?}");
    assert_eq!(made, (1..=last).collect(), "{place}: a generation is lost");
    sandbox.run(&["verify"], 0);
}

fn check(kinds: &[Kind], with_his: bool) {
    let sandbox = Sandbox::new();
    rounds(|round| {
        fs::remove_dir_all(sandbox.path("user/.config")).ok();
        if with_his {
            sandbox.edit(OWN, "his\n");
        }
        let before = sandbox.tree();
        let kinds = mixed(kinds, round);
        let outputs = all_at_once(&sandbox, &kinds);
        for (kind, output) in kinds.iter().zip(&outputs) {
            let allowed: &[_] = match kind {
                Kind::Good => &[0, 5],
                Kind::Conflicting => &[3, 5],
                Kind::Refused | Kind::Foreign => &[1, 5],
            };
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                output
                    .status
                    .code()
                    .is_some_and(|code| allowed.contains(&code)),
                "round {round}, {kind:?}: {} {said}",
                output.status
            );
        }
        let place = format!("round {round}: {kinds:?}");
        nothing_is_lost(&sandbox, &outputs, &place);
        sandbox.run(&["rollback", "0"], 0);
        assert_eq!(sandbox.tree(), before, "{place}");
    });
}

#[test]
fn good_and_refused_ones_lose_nothing() {
    check(&[Kind::Good, Kind::Refused], false);
}

#[test]
fn what_the_operator_had_before_them_all_is_what_a_rollback_leads_to() {
    check(&[Kind::Good, Kind::Conflicting, Kind::Refused], true);
}

/// The first one in decides whose home it is.
#[test]
fn a_foreign_one_gets_the_home_or_nothing() {
    let sandbox = Sandbox::new();
    rounds(|round| {
        fs::remove_dir_all(sandbox.path("user/.config")).ok();
        let kinds = mixed(&[Kind::Good, Kind::Foreign, Kind::Good], round);
        let outputs = all_at_once(&sandbox, &kinds);
        let bundle = sandbox.json(&["status"], 0)["bundle"].clone();
        for (kind, output) in kinds.iter().zip(&outputs) {
            let is_in = (*kind == Kind::Foreign) == (bundle == "another");
            let allowed: &[_] = if is_in { &[0, 5] } else { &[1, 5] };
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                output
                    .status
                    .code()
                    .is_some_and(|code| allowed.contains(&code)),
                "round {round}, {kind:?} in a home of {bundle}: {} {said}",
                output.status
            );
        }
        nothing_is_lost(&sandbox, &outputs, &format!("round {round}: {kinds:?}"));
    });
}

#[test]
fn refused_ones_leave_nothing() {
    let sandbox = Sandbox::new();
    rounds(|round| {
        for output in all_at_once(&sandbox, &mixed(&[Kind::Refused], round)) {
            assert_eq!(output.status.code(), Some(1), "round {round}: {output:?}");
        }
        let left = sandbox.path("user/.config");
        assert!(!left.exists(), "round {round}: {:?}", sandbox.tree().keys());
    });
}
