//! Help, typos, colours and closed pipes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cli::commands::{commands, help};
use crate::cli::scene::utf8;
use crate::support::Sandbox;

#[test]
fn the_help_of_every_command_is_as_reviewed_and_has_an_example() {
    for command in commands() {
        let text = help(&command);
        let line = ["mosaic".to_owned(), command.join(" ")].join(" ");
        assert!(text.contains("Example") && text.contains(&line), "{text}");
        insta::assert_snapshot!(snapshot(&command), text);
    }
}

#[test]
fn every_snapshot_is_of_a_command() {
    let named = |command: &Vec<String>| format!("suite__cli__help__{}.snap", snapshot(command));
    let wanted: BTreeSet<_> = commands().iter().map(named).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots");
    for entry in fs::read_dir(folder).expect("readable") {
        let name = entry.expect("readable").file_name();
        let name = name.to_str().expect("UTF-8");
        assert!(wanted.contains(name), "{name} is of no command");
    }
}

/// The name of a command's reviewed help.
fn snapshot(command: &[String]) -> String {
    if command.is_empty() {
        "mosaic".to_owned()
    } else {
        command.join("-")
    }
}

#[test]
fn a_typo_is_bad_usage_and_gets_a_suggestion() {
    let sandbox = Sandbox::new();
    let typos: &[(&[&str], &str)] = &[
        (&["updat"], "update"),
        (&["instal"], "install"),
        (&["rolback"], "rollback"),
        (&["recver"], "recover"),
        (&["resolv"], "resolve"),
        (&["histroy"], "history"),
        (&["update", "--form", "x"], "--from"),
        (&["update", "--dryrun"], "--dry-run"),
        (&["update", "--exitcode"], "--exit-code"),
        (&["update", "--plann", "x"], "--plan"),
        (&["update", "--allow-removal"], "--allow-removals"),
        (&["update", "--allow-downgrad"], "--allow-downgrade"),
        (&["update", "--prun"], "--prune"),
        (&["update", "--from-verion", "0.0.34"], "--from-version"),
        (&["update", "--lock-timout", "3"], "--lock-timeout"),
        (&["install", "--yess"], "--yes"),
        (&["status", "--exit-cod"], "--exit-code"),
        (&["status", "--jsn"], "--json"),
        (&["status", "--hom", "x"], "--home"),
        (&["status", "--colour", "never"], "--color"),
        (&["status", "--color", "alway"], "always"),
        (&["status", "--quite"], "--quiet"),
        (&["status", "--verbos"], "--verbose"),
        (&["resolve", "a", "--min"], "--mine"),
        (&["resolve", "a", "--shiped"], "--shipped"),
        (&["resolve", "a", "--mergd", "f"], "--merged"),
        (&["resolve", "--al", "--mine"], "--all"),
        (&["rollback", "--dry-rum"], "--dry-run"),
        (&["recover", "--keep-curent"], "--keep-current"),
        (&["why", "a", "--fro", "b"], "--from"),
        (&["bundel"], "bundle"),
        (&["bundle", "pac"], "pack"),
        (&["bundle", "pack", "a", "--ouput", "b"], "--output"),
        (&["diff", "--incomming"], "--incoming"),
        (&["diff", "--no-pagr"], "--no-pager"),
        (&["history", "shw"], "show"),
        (&["gc", "--kep", "3"], "--keep"),
        (&["uninstal"], "uninstall"),
        (&["uninstall", "--dry-rn"], "--dry-run"),
        (&["completion", "bash"], "completions"),
        (&["completions", "bsh"], "bash"),
        (&["completions", "fsh"], "fish"),
        (&["mann"], "man"),
        (&["docter"], "doctor"),
        (&["fleat"], "fleet"),
        (&["fleet", "instal"], "install"),
        (&["fleet", "init", "--prest", "x"], "--preset"),
        (&["fleet", "start", "--rooster", "x"], "--roster"),
    ];
    for (arguments, suggestion) in typos {
        let said = sandbox.refused(arguments, 2);
        assert!(
            said.contains("tip:") && said.contains(suggestion),
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn a_path_that_is_not_known_gets_the_nearest_one_that_is() {
    let sandbox = Sandbox::new();
    let one = sandbox.release(
        "one",
        "1.0.0",
        &[("guides/qa.md", "a\n"), ("guides/delivery.md", "b\n")],
    );
    let two = sandbox.release(
        "two",
        "1.1.0",
        &[("guides/qa.md", "A\n"), ("guides/delivery.md", "b\n")],
    );
    sandbox.install(&one);
    let why = |path: &str| sandbox.json(&["why", path, "--from", utf8(&one)], 0)["nearest"].clone();
    assert_eq!(why("guide/qa.md"), "guides/qa.md");
    assert_eq!(why("guides/delivrey.md"), "guides/delivery.md");
    for path in ["guides/qa.md", "anchor/1", "my/own", ".mosaic"] {
        assert_eq!(why(path), serde_json::Value::Null, "{path}");
    }
    sandbox.edit("guides/qb.md", "mine\n");
    assert_eq!(why("guides/qb.md"), serde_json::Value::Null, "it is there");
    let said = sandbox.run(&["why", "guides/qc.md", "--from", utf8(&one)], 0);
    assert!(said.contains("Did you mean guides/qa.md?"), "{said}");
    sandbox.edit("guides/qa.md", "mine\n");
    sandbox.update(&two, 3);
    assert!(
        sandbox
            .refused(&["resolve", "guides/qs.md", "--mine"], 1)
            .contains("did you mean guides/qa.md")
    );
    assert!(
        !sandbox
            .refused(&["resolve", "notes", "--mine"], 1)
            .contains("did you mean")
    );
    let typo = sandbox.home().with_file_name("mosiac");
    let said = sandbox.refused(&["status", "--home", utf8(&typo)], 1);
    assert!(
        said.contains("did you mean --home") && said.contains(utf8(&sandbox.home())),
        "{said}"
    );
    assert!(
        sandbox
            .refused(&["status", "--home", "elsewhere"], 1)
            .contains("mosaic install --home")
    );
    assert!(
        sandbox
            .refused(&["rollback", "99"], 1)
            .contains("the last is 2")
    );
}

#[test]
fn arguments_that_contradict_each_other_are_bad_usage() {
    let wrong: &[&[&str]] = &[
        &["resolve", "--all"],
        &["resolve", "--mine"],
        &["resolve", "a", "--mine", "--shipped"],
        &["resolve", "a", "--all", "--mine"],
        &["resolve", "--edit"],
        &["resolve", "--all", "--merged", "f"],
        &["status", "-q", "-v"],
        &["rollback", "1", "2"],
        &["update", "--lock-timeout", "soon"],
        &["update", "--lock-timeout", "-1"],
        &["why"],
        &["bundle"],
        &["bundle", "check"],
        &["bundle", "pack", "a"],
        &["bundle", "pack", "-o", "b"],
        &["diff", "--from", "x"],
        &["history", "show"],
        &["gc", "--keep", "all"],
    ];
    for arguments in wrong {
        Sandbox::new().refused(arguments, 2);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install"], 0);
    let program = env!("CARGO_BIN_EXE_mosaic");
    for command in [
        "--help",
        "update -v",
        "status",
        "history",
        "history show 1",
        "diff --incoming",
        "update -nv --json",
        "why SOUL.md",
        "nonsense 2>&1",
    ] {
        let line = format!("{{ '{program}' {command}; echo $? >&3; }} 3>status | true; cat status");
        let mut shell = Command::new("sh");
        shell
            .env_clear()
            .env("HOME", sandbox.path("user"))
            .env("PATH", "/usr/bin:/bin");
        let output = shell
            .current_dir(sandbox.path(""))
            .args(["-c", &line])
            .output()
            .expect("a shell");
        let (status, said) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        let expected = if command.starts_with("nonsense") {
            "2"
        } else {
            "0"
        };
        assert_eq!(status.trim(), expected, "{command}: {said}");
        assert!(!said.contains("panicked"), "{command}: {said}");
    }
}

#[test]
fn a_full_device_is_no_reason_to_panic() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
    let command = command.arg("--help").stdout(full).stderr(Stdio::piped());
    let output = command.output().expect("it runs");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}

/// Arguments, environment, and whether there are colours then.
type Wish = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
    bool,
);

#[test]
fn colour_is_for_those_who_want_it() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install"], 0);
    let cases: [Wish; 6] = [
        (&[], &[], false),
        (&["--color", "always"], &[], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
    ];
    for command in ["status", "rollback"] {
        for (arguments, environment, is_coloured) in cases {
            let mut run = sandbox.mosaic(&[&[command], arguments].concat());
            let output = run
                .envs(environment.iter().copied())
                .output()
                .expect("it runs");
            let text = [output.stdout, output.stderr].concat();
            assert_eq!(
                text.contains(&0x1b),
                is_coloured,
                "{command} {arguments:?} {environment:?}"
            );
        }
    }
    let error = sandbox
        .mosaic(&["rollback", "99", "--color", "never"])
        .output()
        .unwrap()
        .stderr;
    assert!(!error.contains(&0x1b));
    let document = sandbox
        .mosaic(&["status", "--json", "--color", "always"])
        .output()
        .unwrap()
        .stdout;
    assert!(!document.contains(&0x1b), "a document has no colours");
}
