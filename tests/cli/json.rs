//! `--json`: one document on stdout, as its schema in docs/schemas says, and on stderr errors and warnings alone.

use std::collections::BTreeSet;
use std::fs;

use mosaic::program::schemas;
use serde_json::Value;

use crate::cli::commands::commands;
use crate::cli::scene::utf8;
use crate::support::{Sandbox, schema, write};

fn generated(schema: &schemars::Schema) -> String {
    serde_json::to_string_pretty(schema).expect("JSON") + "\n"
}

/// Run with `UPDATE_SCHEMAS=1` to write them anew.
#[test]
fn the_schemas_on_disk_are_those_of_the_program() {
    let schemas = schemas();
    let on_disk = |name: &str| schema::folder().join(format!("{name}.json"));
    for (name, schema) in &schemas {
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            write(&on_disk(name), generated(schema).as_bytes(), 0o644);
        }
        let written = fs::read_to_string(on_disk(name)).unwrap_or_default();
        assert_eq!(
            written,
            generated(schema),
            "{name}: run this test with UPDATE_SCHEMAS=1"
        );
    }
    let files = fs::read_dir(schema::folder()).unwrap().count();
    assert_eq!(files, schemas.len(), "a schema of no document");
}

/// The commands that have no document.
const WITHOUT: [&str; 3] = ["agent attach", "agent stream", "fleet top"];

#[test]
fn every_command_has_a_document_and_every_document_a_command() {
    let all = commands();
    let holds_others = |command: &Vec<String>| {
        let is_below =
            |other: &Vec<String>| other.len() > command.len() && other.starts_with(command);
        all.iter().any(is_below)
    };
    let mut of_commands: BTreeSet<_> = all
        .iter()
        // `history` alone lists; the others that hold commands do nothing by themselves.
        .filter(|command| command.join(" ") == "history" || !holds_others(command))
        // What takes the terminal over, or passes bytes on as they are, has nothing to say to a program.
        .filter(|command| !WITHOUT.contains(&command.join(" ").as_str()))
        .map(|command| schema_of(&command.join(".")).to_owned())
        .collect();
    of_commands.insert("error".to_owned());
    of_commands.insert("why.list".to_owned());
    of_commands.insert("help".to_owned());
    let schemas = schemas();
    let known: BTreeSet<_> = schemas.keys().map(ToString::to_string).collect();
    assert_eq!(of_commands, known);
}

/// The schema that a document with this name follows.
fn schema_of(document: &str) -> &str {
    match document {
        "install" | "update" | "rollback" | "resolve" | "uninstall" | "fleet.install"
        | "fleet.add" | "fleet.remove" => "change",
        "fleet.start" | "fleet.stop" | "fleet.restart" => "fleet.orders",
        other => other,
    }
}

/// Runs a command and checks what it gives to programs and to people.
fn check(sandbox: &Sandbox, arguments: &[&str], status: i32, name: &str) -> Value {
    let all: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
    let output = sandbox.mosaic(&all).output().expect("it runs");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(
        output.status.code(),
        Some(status),
        "{arguments:?}: {stdout}{stderr}"
    );
    let documents: Vec<Value> = serde_json::Deserializer::from_str(&stdout)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("JSON");
    let [document] = documents.as_slice() else {
        panic!("{arguments:?}: {} documents", documents.len())
    };
    assert_eq!(
        document["schema"],
        format!("mosaic.{name}/1"),
        "{arguments:?}"
    );
    let errors = schema::faults(schema_of(name), document);
    assert!(errors.is_empty(), "{arguments:?}: {errors:?}");
    check_stamp(document);
    check_warnings(status, document, &stderr);
    document.clone()
}

/// Engines tell the answers of many hosts and tenants apart by this.
fn check_stamp(document: &Value) {
    let text = |field: &str| document[field].as_str().unwrap_or_default().to_owned();
    let id = text("host_id");
    let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let has_none = machine.trim().is_empty() && document["host_id"].is_null();
    assert!(is_id || has_none, "{document}");
    assert_ne!(id, machine.trim());
    assert!(!text("host").is_empty() && !text("host").contains('.'));
    assert_eq!(
        text("tenant_id"),
        rustix::process::geteuid().as_raw().to_string()
    );
    let at: jiff::Timestamp = text("at").parse().expect("RFC 3339");
    let age = jiff::Timestamp::now().as_second() - at.as_second();
    assert!((0..600).contains(&age), "{at}");
}

/// All that people hear of a command while a program reads its answer is errors and warnings.
pub fn check_warnings(status: i32, document: &Value, stderr: &str) {
    let is_told = |list: &str| document[list].as_array().is_some_and(|all| !all.is_empty());
    // What only waits for a user manager needs nobody.
    let is_waiting = document["units"]["manager_problem"].is_string();
    let warns = is_told("advisories")
        || (is_told("pending") && !is_waiting)
        || document["manager_problem"].is_string()
        || document["recovery_pending"] == true;
    match status {
        // A dry run warns of conflicts that stand, and not of those that it foresees.
        0 | 4 if is_told("conflicts") => {}
        0 | 4 => assert_eq!(stderr.trim().is_empty(), !warns, "{document}: {stderr}"),
        1 | 2 | 5 => assert!(stderr.contains("error: "), "{document}: {stderr}"),
        _ => {}
    }
}

#[test]
fn every_command_gives_one_document_that_its_schema_allows() {
    let sandbox = Sandbox::new();
    let first = sandbox.release(
        "first",
        "1.0.0",
        &[
            ("a", "1\n2\n3\n"),
            ("b", "b\n"),
            ("c*", "c\n"),
            ("d", "d\n"),
        ],
    );
    let second = sandbox.release(
        "second",
        "1.1.0",
        &[("a", "1\n2\nthree\n"), ("b", "B\n"), ("c*", "c\n")],
    );
    let (first, second) = (utf8(&first), utf8(&second));
    check(&sandbox, &["install", "-n", "--from", first], 0, "install");
    check(&sandbox, &["install", "--from", first], 0, "install");
    sandbox.edit("a", "one\n2\n3\n");
    sandbox.edit("b", "mine\n");
    fs::remove_file(sandbox.home().join("c")).unwrap();
    std::os::unix::fs::symlink("/tmp", sandbox.home().join("c")).unwrap();
    check(
        &sandbox,
        &["update", "-n", "-v", "--from", second],
        0,
        "update",
    );
    check(&sandbox, &["update", "--from", second], 3, "update");
    check(&sandbox, &["status"], 0, "status");
    check(&sandbox, &["verify"], 4, "verify");
    check(&sandbox, &["health"], 4, "health");
    check(&sandbox, &["diff"], 0, "diff");
    check(
        &sandbox,
        &["diff", "--incoming", "--from", second],
        0,
        "diff",
    );
    check(&sandbox, &["diff", "a"], 0, "diff");
    check(&sandbox, &["doctor"], 0, "doctor");
    check(&sandbox, &["history"], 0, "history");
    check(&sandbox, &["history", "show", "2"], 0, "history.show");
    check(&sandbox, &["gc", "-n"], 0, "gc");
    check(&sandbox, &["recover"], 0, "recover");
    check(&sandbox, &["resolve"], 3, "resolve");
    for path in [
        "a",
        "b",
        "c",
        "fleet/roster.yaml",
        "SOUL.md",
        "no/such/file",
    ] {
        check(&sandbox, &["why", path, "--from", second], 0, "why");
    }
    check(&sandbox, &["resolve", "b", "--mine"], 3, "resolve");
    check(&sandbox, &["rollback", "-n"], 0, "rollback");
    check(&sandbox, &["rollback", "0"], 0, "rollback");
    check(&sandbox, &["gc", "--keep", "0"], 0, "gc");
    check(&sandbox, &["status"], 0, "status");
    check(&sandbox, &["bundle", "check", first], 0, "bundle.check");
    check(&sandbox, &["bundle", "show", "-v"], 0, "bundle.show");
    check(
        &sandbox,
        &["bundle", "pack", first, "-o", "a.tar.zst"],
        0,
        "bundle.pack",
    );
    check(&sandbox, &["bundle", "show", "a.tar.zst"], 0, "bundle.show");
    check(&sandbox, &["install", "--from", first], 3, "install");
    check(&sandbox, &["why", "SOUL.md", "guides"], 0, "why.list");
    check(&sandbox, &["version"], 0, "version");
    check(&sandbox, &["help", "parked"], 0, "help");
    check(&sandbox, &["uninstall", "-n"], 0, "uninstall");
    check(&sandbox, &["uninstall", "--yes"], 0, "uninstall");
    check(&sandbox, &["uninstall", "--yes"], 0, "uninstall");
}

#[test]
fn every_failure_gives_an_error_document_with_its_exit_status() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("b", "1.0.0", &[]);
    let bad = sandbox.release("bad", "1.0.0", &[(".mosaic/x", "x")]);
    let failures: [(&[&str], i32, &str); 18] = [
        (&["diff"], 1, "home-absent"),
        (&["gc"], 1, "home-absent"),
        (&["history", "show", "0"], 1, "home-absent"),
        (&["status"], 1, "home-absent"),
        (&["rollback"], 1, "home-absent"),
        (&["update", "--from", utf8(&bundle)], 1, "home-absent"),
        (&["install", "--from", utf8(&bad)], 1, "bundle-invalid"),
        (&["install", "--from", "absent"], 1, "bundle-unusable"),
        (&["bundle", "check", "absent"], 1, "bundle-unusable"),
        (&["bundle", "show", utf8(&bad)], 1, "bundle-invalid"),
        (
            &["bundle", "pack", utf8(&bundle), "-o", "absent/x"],
            1,
            "disk",
        ),
        (&["why", "../x"], 2, "unknown-path"),
        (&["why", "/etc/passwd"], 2, "unknown-path"),
        (&["resolve", "x", "--merged", "absent"], 2, "usage"),
        (&["verify", "--home", ""], 2, "usage"),
        (&["verify", "--no-such"], 2, "usage"),
        (&["resolve", "--mine"], 2, "usage"),
        (&["updat"], 2, "usage"),
    ];
    for (arguments, status, code) in failures {
        let error = check(&sandbox, arguments, status, "error");
        assert_eq!(error["exit"], status, "{arguments:?}");
        assert_eq!(error["code"], code, "{arguments:?}");
        assert!(!error["error"].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_finished_recovery_is_in_the_document() {
    let sandbox = Sandbox::new();
    let (first, second) = (
        sandbox.release("r1", "1.0.0", &[]),
        sandbox.release("r2", "1.1.0", &[("n", "n\n")]),
    );
    sandbox.install(&first);
    let mut crash = sandbox.mosaic(&["update", "--from", utf8(&second)]);
    crash
        .env("MOSAIC_CRASH_AT", "Committed:1")
        .output()
        .unwrap();
    let document = check(&sandbox, &["recover"], 0, "recover");
    assert_eq!(document["finished_generation"], 2);
    assert_eq!(
        (&document["changed"], &document["generation_before"]),
        (&true.into(), &1.into())
    );
    let document = check(&sandbox, &["recover"], 0, "recover");
    assert_eq!(
        (&document["changed"], &document["generation_before"]),
        (&false.into(), &2.into())
    );
}

#[test]
fn a_finished_recovery_is_a_change() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("r1", "1.0.0", &[]);
    let second = sandbox.release("r2", "1.1.0", &[("n", "n\n")]);
    let (first, second) = (utf8(&first), utf8(&second));
    let install = check(&sandbox, &["install", "--from", first], 0, "install");
    assert_eq!(
        (&install["changed"], &install["generation_before"]),
        (&true.into(), &0.into())
    );
    let mut crash = sandbox.mosaic(&["update", "--from", second]);
    let crash = crash.env("MOSAIC_CRASH_AT", "Committed:1").output();
    assert!(!crash.unwrap().status.success());
    let update = ["update", "--exit-code", "--from", second];
    let foreseen = check(
        &sandbox,
        &[&update[..], &["--dry-run"]].concat(),
        4,
        "update",
    );
    assert_eq!(foreseen["changed"], true, "what waits would be finished");
    let recovered = check(&sandbox, &update, 4, "update");
    assert_eq!(
        (&recovered["changed"], &recovered["committed"]),
        (&true.into(), &false.into())
    );
    assert_eq!(
        (&recovered["generation"], &recovered["generation_before"]),
        (&2.into(), &1.into())
    );
    let idle = check(&sandbox, &update, 0, "update");
    assert_eq!(
        (&idle["changed"], &idle["generation_before"]),
        (&false.into(), &2.into())
    );
}

#[test]
fn an_update_answers_at_least_what_the_contract_names() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("b", "1.0.0", &[]);
    let document = check(
        &sandbox,
        &["install", "--from", utf8(&bundle)],
        0,
        "install",
    );
    assert_eq!(
        document["from"],
        Value::Null,
        "a new home came from nothing"
    );
    assert_eq!(
        (
            document["to"].as_str(),
            document["counts"]["write"].as_u64()
        ),
        (Some("1.0.0"), Some(3))
    );
    let fields = [
        "home",
        "dry_run",
        "plan_digest",
        "generation",
        "migrations",
        "conflicts",
        "advisories",
        "units",
    ];
    for field in fields {
        assert!(document.get(field).is_some(), "{field}");
    }
    for field in ["refreshed", "stale", "restarted", "failed", "pending"] {
        assert!(document["units"].get(field).is_some(), "units.{field}");
    }
    assert!(
        document["plan_digest"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
}

#[test]
fn quiet_says_only_what_needs_a_person() {
    let sandbox = Sandbox::new();
    let (first, second) = (
        sandbox.release("r1", "1.0.0", &[("n", "n\n")]),
        sandbox.release("r2", "1.1.0", &[("n", "N\n")]),
    );
    assert_eq!(
        sandbox.run(&["install", "-q", "--from", utf8(&first)], 0),
        ""
    );
    sandbox.edit("n", "mine\n");
    let said = sandbox.run(&["update", "-q", "--from", utf8(&second)], 3);
    assert!(
        said.contains("mosaic resolve") && !said.contains("Done"),
        "{said}"
    );
}
