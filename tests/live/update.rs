//! An update takes a running fleet along, and a rollback leaves it where it was: the program as people run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::live::fleet::{FORMER, Fleet, NAME};
use crate::support::patience::eventually;

const HOME: &str = ".config/mosaic";

/// A home as 0.0.35 wrote it, beside the sockets.
fn home(fleet: &Fleet) -> PathBuf {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/homes/0.0.35/home");
    let home = fleet.path(HOME);
    fs::create_dir_all(fleet.path(".config")).expect("a folder");
    let copied = fleet
        .program("cp")
        .args(["-r"])
        .arg(fixture)
        .arg(&home)
        .status()
        .expect("cp runs");
    assert!(copied.success());
    home
}

fn mosaic(fleet: &Fleet, words: &[&str]) -> Output {
    fleet
        .program(env!("CARGO_BIN_EXE_mosaic"))
        .args(words)
        .output()
        .expect("it runs")
}

fn json(fleet: &Fleet, words: &[&str], status: i32) -> Value {
    let output = mosaic(fleet, &[words, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(status),
        "mosaic {words:?}: {said}"
    );
    serde_json::from_slice(&output.stdout).expect("a document")
}

fn outcome<'a>(document: &'a Value, id: &str) -> &'a str {
    let migrations = document["migrations"].as_array().expect("migrations");
    let found = migrations
        .iter()
        .find(|migration| migration["id"] == id)
        .expect("it is listed");
    found["outcome"].as_str().expect("text")
}

fn socket_in(home: &Path, file: &str) -> String {
    let text = fs::read_to_string(home.join(file)).expect("it is there");
    [FORMER, NAME]
        .into_iter()
        .filter(|name| text.contains(name))
        .collect::<Vec<_>>()
        .join(" and ")
}

const FILES: [&str; 3] = [
    "fleet/roster.yaml",
    "fleet/agents/coder0.env",
    "fleet/agents/lead.env",
];

#[test]
fn ten_sessions_live_through_an_update_and_its_rollback_and_both_again() {
    let (fleet, adoption) = Fleet::of(10);
    let (server, panes, client) = (adoption.server, fleet.panes(FORMER), fleet.attach(FORMER));
    let home = home(&fleet);
    let foretold = json(&fleet, &["update", "-n"], 0);
    assert_eq!(
        (
            outcome(&foretold, "rename-socket"),
            outcome(&foretold, "live-socket")
        ),
        ("applied", "applied")
    );
    assert_eq!(fleet.names(), [FORMER], "a dry run gives no name");
    for _ in 0..2 {
        let done = json(&fleet, &["update"], 0);
        assert_eq!(
            (
                outcome(&done, "rename-socket"),
                outcome(&done, "live-socket")
            ),
            ("applied", "applied")
        );
        assert_eq!(done["pending"], serde_json::json!([]));
        fleet.assert_both_names(server, &panes);
        assert_eq!(fleet.clients_of(NAME), client);
        FILES
            .iter()
            .for_each(|file| assert_eq!(socket_in(&home, file), NAME, "{file}"));
        let said = fleet.typed("s3", "tmux list-sessions");
        assert_eq!(said.lines().count(), 10, "{said}");
        assert_eq!(
            outcome(&json(&fleet, &["update"], 0), "live-socket"),
            "already-done"
        );
        json(&fleet, &["doctor"], 0);

        json(&fleet, &["rollback", "0"], 0);
        assert_eq!(fleet.names(), [FORMER], "the name goes with the edits");
        assert_eq!(
            (fleet.server(FORMER), fleet.panes(FORMER)),
            (server, panes.clone())
        );
        FILES
            .iter()
            .for_each(|file| assert_eq!(socket_in(&home, file), FORMER, "{file}"));
    }
    assert_eq!(fleet.clients_of(FORMER), client);
}

#[test]
fn where_a_server_is_in_the_way_everything_stays_together_and_works() {
    let (fleet, adoption) = Fleet::of(3);
    let (panes, other) = (fleet.panes(FORMER), fleet.start(NAME, 1));
    let home = home(&fleet);
    let done = json(&fleet, &["update"], 3);
    assert_eq!(
        (
            outcome(&done, "rename-socket"),
            outcome(&done, "live-socket")
        ),
        ("refused", "refused")
    );
    FILES
        .iter()
        .for_each(|file| assert_eq!(socket_in(&home, file), FORMER, "{file}"));
    // The holder's own default is the new name by now: it has to be told to keep the old one.
    assert_eq!(socket_in(&home, "fleet/holder.env"), FORMER);
    assert_eq!(
        (fleet.server(FORMER), fleet.server(NAME)),
        (adoption.server, other)
    );
    assert_eq!(fleet.panes(FORMER), panes);
    let again = json(&fleet, &["update"], 3);
    assert_eq!(
        (&again["committed"], outcome(&again, "rename-socket")),
        (&Value::Bool(false), "refused")
    );

    fleet.kill(other);
    let done = json(&fleet, &["update"], 0);
    assert_eq!(
        (
            outcome(&done, "rename-socket"),
            outcome(&done, "live-socket")
        ),
        ("applied", "applied")
    );
    FILES
        .iter()
        .for_each(|file| assert_eq!(socket_in(&home, file), NAME, "{file}"));
    assert_eq!(socket_in(&home, "fleet/holder.env"), NAME);
    fleet.assert_both_names(adoption.server, &panes);
}

#[test]
fn a_kill_between_commit_and_the_second_name_leaves_it_to_the_next_command() {
    for at in ["Committed", "Carried:9", "Finished"] {
        let (fleet, adoption) = Fleet::of(2);
        let panes = fleet.panes(FORMER);
        let home = home(&fleet);
        let killed = fleet
            .program(env!("CARGO_BIN_EXE_mosaic"))
            .arg("update")
            .env("MOSAIC_CRASH_AT", at)
            .status();
        assert_eq!(killed.expect("it runs").code(), None, "it passes {at}");
        assert_eq!(fleet.names(), [FORMER], "{at}");
        let recovered = json(&fleet, &["recover"], 0);
        let done = recovered["done"].as_array().expect("a list");
        let named = |line: &&Value| line.as_str().is_some_and(|line| line.contains(NAME));
        assert_eq!(done.iter().filter(named).count(), 1, "{at}: {recovered}");
        fleet.assert_both_names(adoption.server, &panes);
        FILES
            .iter()
            .for_each(|file| assert_eq!(socket_in(&home, file), NAME, "{at}: {file}"));
        assert_eq!(
            json(&fleet, &["recover"], 0)["done"],
            serde_json::json!([]),
            "once"
        );
    }
}

#[test]
fn a_server_that_ends_before_its_turn_leaves_nothing_to_be_done() {
    let (fleet, adoption) = Fleet::of(2);
    home(&fleet);
    let killed = fleet
        .program(env!("CARGO_BIN_EXE_mosaic"))
        .arg("update")
        .env("MOSAIC_CRASH_AT", "Finished")
        .status();
    assert_eq!(killed.expect("it runs").code(), None);
    fleet.kill(adoption.server);
    let status = json(&fleet, &["status"], 0);
    assert!(
        status["pending"][0]
            .as_str()
            .is_some_and(|line| line.contains(NAME)),
        "{status}"
    );
    json(&fleet, &["update"], 0);
    assert_eq!(
        json(&fleet, &["status"], 0)["pending"],
        serde_json::json!([])
    );
}

#[test]
fn doctor_mends_what_befalls_the_names_after_an_update() {
    let (fleet, adoption) = Fleet::of(3);
    let (server, panes) = (adoption.server, fleet.panes(FORMER));
    home(&fleet);
    json(&fleet, &["update"], 0);
    fleet.rebind(server);
    assert!(
        !fleet.tmux(NAME, &["-N", "list-sessions"]).status.success(),
        "the second name is dead"
    );
    json(&fleet, &["doctor"], 3);
    json(&fleet, &["doctor", "--mend"], 0);
    fleet.assert_both_names(server, &panes);

    fs::remove_file(fleet.directory().join(FORMER)).expect("removed");
    let impostor = fleet.start(FORMER, 1);
    json(&fleet, &["doctor"], 3);
    let mended = json(&fleet, &["doctor", "--mend"], 0);
    assert_eq!(
        mended["mended"].as_array().map(Vec::len),
        Some(1),
        "{mended}"
    );
    fleet.assert_both_names(server, &panes);
    eventually("the impostor goes on beside", || fleet.names().len() == 3);
    let beside = fleet
        .names()
        .into_iter()
        .find(|name| name.contains("impostor"))
        .expect("a name");
    assert_eq!(fleet.server(&beside), impostor);
}
