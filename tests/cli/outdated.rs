//! What an earlier release shipped is outdated, and not the operator's edit; what he settled on is his.

use crate::cli::scene::utf8;
use crate::support::Sandbox;

/// Three releases of one file, and a home that took in all of them.
fn at_the_third() -> Sandbox {
    let sandbox = Sandbox::new();
    for (number, content) in ["one\n", "two\n", "three\n"].iter().enumerate() {
        let name = format!("v{number}");
        let bundle = sandbox.bundle(&name, &format!("1.{number}.0"), &[("g/a.txt", content)]);
        let command = if number == 0 { "install" } else { "update" };
        sandbox.run(&[command, "--from", utf8(&bundle)], 0);
    }
    sandbox
}

#[test]
fn a_restored_backup_is_outdated_in_every_command() {
    let sandbox = at_the_third();
    sandbox.edit("g/a.txt", "one\n");
    let status = sandbox.json(&["status", "--exit-code"], 4);
    assert_eq!(status["outdated"], serde_json::json!(["g/a.txt"]));
    assert_eq!(status["edited"], serde_json::json!([]));
    assert!(
        sandbox
            .run(&["status"], 0)
            .contains("outdated        g/a.txt")
    );
    sandbox.run(&["update", "--from", "v2"], 0);
    assert_eq!(sandbox.read("g/a.txt"), "three\n");
    sandbox.run(&["status", "--exit-code"], 0);
}

#[test]
fn what_a_person_merged_stays_whatever_it_says() {
    let sandbox = at_the_third();
    sandbox.edit("g/a.txt", "mine\n");
    let next = sandbox.bundle("v3", "1.3.0", &[("g/a.txt", "four\n")]);
    sandbox.run(&["update", "--from", utf8(&next)], 3);
    sandbox.edit("merge", "one\n");
    let merge = sandbox.home().join("merge");
    sandbox.run(&["resolve", "g/a.txt", "--merged", utf8(&merge)], 0);
    sandbox.run(&["update", "--from", utf8(&next)], 0);
    assert_eq!(sandbox.read("g/a.txt"), "one\n");
    let status = sandbox.json(&["status"], 0);
    assert_eq!(status["edited"], serde_json::json!(["g/a.txt"]));
}

/// A `--mine` is for the want that was declined, and for a content that nobody knows.
#[test]
fn an_earlier_content_without_record_gives_way_though_something_was_declined_there() {
    let sandbox = Sandbox::new();
    sandbox.edit("g/a.txt", "my own\n");
    let first = sandbox.bundle("v0", "1.0.0", &[("b", "b\n"), ("g/a.txt", "one\n")]);
    sandbox.run(&["install", "--from", utf8(&first)], 3);
    sandbox.run(&["resolve", "g/a.txt", "--shipped"], 0);
    assert_eq!(sandbox.read("g/a.txt"), "one\n");
    sandbox.run(&["rollback", "0"], 0);
    sandbox.run(&["install", "--from", utf8(&first)], 3);
    sandbox.run(&["resolve", "g/a.txt", "--mine"], 0);
    assert_eq!(sandbox.read("g/a.txt"), "my own\n");
    // The home took `one` in before: it comes back with a backup.
    sandbox.edit("g/a.txt", "one\n");
    let second = sandbox.bundle("v1", "1.1.0", &[("b", "b\n"), ("g/a.txt", "two\n")]);
    sandbox.run(&["update", "--from", utf8(&second)], 0);
    assert_eq!(sandbox.read("g/a.txt"), "two\n");
}

#[test]
fn a_roster_that_is_written_already_waits_for_nobody() {
    let sandbox = Sandbox::new();
    sandbox.edit("guides/qa.md", "my own\n");
    sandbox.run(&["install"], 3);
    sandbox.run(&["fleet", "init"], 0);
    sandbox.run(&["fleet", "init"], 0);
}
