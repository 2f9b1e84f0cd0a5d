//! Homes without a record: what releases before 0.1.0 wrote is taken over, and the operator's stays.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::fixtures::{earlier_releases, fixture};
use crate::cli::operators_files::move_in;
use crate::cli::scene::{action, conflicts, everything, utf8};
use crate::support::{Sandbox, Tree, tree, write};

const VERSION_FILE: &str = ".framework-version";
const RELEASE: &str = env!("CARGO_PKG_VERSION");
const LEFTOVERS: [&str; 2] = [
    "fleet/examples/factory-floor.yaml",
    "guides/factory-mode.md",
];

/// A sandbox whose home is as this release wrote it.
fn home_of(release: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    for (path, (kind, mode, content)) in tree(&fixture(&format!("homes/{release}/home"))) {
        if kind == "file" {
            let mode = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
            write(&sandbox.home().join(path), &content, mode);
        }
    }
    sandbox
}

fn framework() -> Tree {
    let mut framework = tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("framework"));
    framework.retain(|path, (kind, ..)| *kind == "file" && path != "bundle.toml");
    framework
}

fn is_seeded(path: &str) -> bool {
    [
        "SOUL.md",
        "USER.md",
        "TOOLS.md",
        "STANDARDS.md",
        "AGENTS.md",
    ]
    .contains(&path)
}

/// All that the kernel tells of the operator's files: those that no release shipped, and the seeded ones.
fn operators(sandbox: &Sandbox, release: &str) -> BTreeMap<PathBuf, String> {
    let shipped = tree(&fixture(&format!("bundles/{release}")));
    let is_theirs = |path: &Path| {
        let below = path
            .strip_prefix(sandbox.home())
            .ok()
            .map(|below| below.to_string_lossy().into_owned());
        below.is_some_and(|below| {
            let is_ours = shipped.contains_key(&below) || framework().contains_key(&below);
            below != VERSION_FILE
                && !below.starts_with(".mosaic/")
                && (!is_ours || is_seeded(&below))
        })
    };
    let all = everything(&sandbox.home())
        .into_iter()
        .map(|(path, stamps)| (PathBuf::from(path), stamps));
    all.filter(|(path, _)| (path.is_symlink() || !path.is_dir()) && is_theirs(path))
        .collect()
}

/// What migrations edit or make; `tests/matrix` and `fixtures/matrix` tell what becomes of it.
fn edits(document: &Value, sandbox: &Sandbox) -> Vec<PathBuf> {
    let migrations = document["migrations"]
        .as_array()
        .expect("migrations")
        .iter();
    let edits = migrations.flat_map(|migration| migration["edits"].as_array().expect("edits"));
    edits
        .map(|path| sandbox.home().join(path.as_str().expect("a path")))
        .collect()
}

fn move_into(sandbox: &Sandbox) {
    move_in(sandbox);
    sandbox.edit("SOUL.md", "# My soul\n");
    sandbox.edit("notes.md", "remember\n");
    sandbox.edit(
        "fleet/agents/coder0.env",
        "MOSAIC_AGENT_NAME=coder0\nMOSAIC_AGENT_RUNTIME=claude\n# mine\nKEY='x y'\n",
    );
    sandbox.edit(
        "tools/fleet/canary.sh",
        "#!/bin/sh\ntmux -L mosaic-factory ls\n",
    );
    sandbox.edit("sources/checkout/file", "source\n");
}

#[test]
fn every_earlier_release_is_taken_over_and_everything_of_the_operators_stays() {
    for (release, command) in earlier_releases().zip(["update", "install"].into_iter().cycle()) {
        let sandbox = home_of(release);
        move_into(&sandbox);
        let (before, theirs) = (sandbox.tree(), operators(&sandbox, release));
        assert!(theirs.len() > 20, "{}", theirs.len());
        let untouched = everything(&sandbox.path(""));
        let foretold = sandbox.json(&[command, "--dry-run"], 0);
        assert_eq!(
            everything(&sandbox.path("")),
            untouched,
            "{release}: a dry run changed something"
        );

        let done = sandbox.json(&[command], 0);
        for field in [
            "actions",
            "plan_digest",
            "from",
            "to",
            "adopted",
            "counts",
            "leftovers",
            "advisories",
            "migrations",
        ] {
            assert_eq!(foretold[field], done[field], "{release}: {field}");
        }
        assert_eq!(
            (&done["from"], &done["to"]),
            (&json!(release), &json!(RELEASE))
        );
        assert_eq!(
            done["adopted"],
            json!({ "version": release, "basis": "version-file" })
        );
        let migrated = edits(&done, &sandbox);
        let untouched = |all: BTreeMap<PathBuf, String>| {
            all.into_iter()
                .filter(|(path, _)| !migrated.contains(path))
                .collect::<BTreeMap<_, _>>()
        };
        let kept = untouched(operators(&sandbox, release));
        assert_eq!(
            kept,
            untouched(theirs),
            "{release}: the operator's files were touched"
        );
        assert!(kept.len() > 20, "{release}: {}", kept.len());
        let after = sandbox.tree();
        for (path, (_, mode, content)) in framework() {
            let found = &after[&path];
            assert!(
                found.2 == content || is_seeded(&path),
                "{release}: {path} is not what ships"
            );
            assert!(
                mode & 0o111 == 0 || found.1 & 0o111 == 0o111,
                "{release}: {path} is not executable"
            );
        }
        assert_eq!(sandbox.read(VERSION_FILE), format!("{RELEASE}\n"));

        let again = sandbox.json(&["update", "--exit-code"], 0);
        assert_eq!(
            (&again["actions"], &again["committed"]),
            (&json!([]), &json!(false)),
            "{release}"
        );
        assert_eq!(
            (&again["from"], &again["adopted"]),
            (&json!(RELEASE), &Value::Null)
        );
        sandbox.run(&["rollback", "0"], 0);
        assert_eq!(sandbox.tree(), before, "{release}: rollback to 0");
        let once_more = sandbox.json(&["update", "-n"], 0);
        assert_eq!(once_more["from"], *release);
    }
}

#[test]
fn without_a_usable_version_file_the_files_tell_the_release() {
    for release in earlier_releases() {
        let sandbox = home_of(release);
        fs::remove_file(sandbox.home().join(VERSION_FILE)).unwrap();
        sandbox.edit("guides/qa.md", "mine\n");
        let document = sandbox.json(&["update"], 3);
        assert_eq!(document["from"], release);
        assert_eq!(document["adopted"]["basis"], "contents");
        assert!(
            !sandbox.home().join(VERSION_FILE).exists(),
            "it comes only where there was one"
        );
        assert_eq!(
            sandbox.json(&["history"], 0)["generations"][0]["from"],
            release
        );
    }
}

#[test]
fn a_version_file_that_says_nothing_is_left_alone_and_never_fails_an_update() {
    type Spoil = (&'static str, fn(&Path));
    let spoil: [Spoil; 8] = [
        ("is not a version on one line", |path| {
            fs::write(path, "latest\n").unwrap()
        }),
        ("is not a version on one line", |path| {
            fs::write(path, "0.0.30\n0.0.31\n").unwrap()
        }),
        ("is not a version on one line", |path| {
            fs::write(path, "").unwrap()
        }),
        ("is not a version on one line", |path| {
            fs::write(path, b"\xff0.0.34").unwrap()
        }),
        ("is too long", |path| {
            fs::write(path, "0.0.34".repeat(100_000)).unwrap()
        }),
        ("is not a regular file", |path| {
            symlink("/nowhere", path).unwrap()
        }),
        ("is not a regular file", |path| {
            symlink("fleet/roster.yaml", path).unwrap()
        }),
        ("is not a regular file", |path| {
            fs::create_dir(path).unwrap()
        }),
    ];
    for (at, (problem, spoil)) in spoil.into_iter().enumerate() {
        let sandbox = home_of("0.0.34");
        let path = sandbox.home().join(VERSION_FILE);
        fs::remove_file(&path).unwrap();
        spoil(&path);
        let before = sandbox.tree();
        let document = sandbox.json(&["update"], 0);
        assert_eq!(
            (&document["from"], &document["adopted"]["basis"]),
            (&json!("0.0.34"), &json!("contents"))
        );
        assert_eq!(document["advisories"][0]["path"], VERSION_FILE);
        let message = document["advisories"][0]["message"].as_str().unwrap();
        assert!(message.starts_with(problem), "case {at}: {message}");
        assert_eq!(
            sandbox.tree()[VERSION_FILE],
            before[VERSION_FILE],
            "case {at}"
        );
        sandbox.run(&["rollback", "0"], 0);
        assert_eq!(sandbox.tree(), before, "case {at}");
    }
}

#[test]
fn the_version_file_goes_along_with_every_change_and_stays_as_private_as_it_was() {
    let sandbox = home_of("0.0.35");
    write(&sandbox.home().join(VERSION_FILE), b"0.0.35", 0o600);
    let next = sandbox.release("next", "9.0.0", &[("guides/qa.md", "next\n")]);
    sandbox.run(&["update"], 0);
    let reason = sandbox.why(VERSION_FILE, &next)["reason"].to_string();
    assert!(
        reason.contains("would replace: names the release"),
        "{reason}"
    );
    let document = sandbox.json(&["update", "--from", utf8(&next), "--allow-removals"], 0);
    assert_eq!(
        (action(&document, VERSION_FILE), sandbox.read(VERSION_FILE)),
        ("replace", "9.0.0\n".to_owned())
    );
    assert_eq!(sandbox.tree()[VERSION_FILE].1, 0o600);
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.read(VERSION_FILE), format!("{RELEASE}\n"));
    sandbox.run(&["rollback", "0"], 0);
    assert_eq!(sandbox.read(VERSION_FILE), "0.0.35");
}

/// What its operator keeps of a home that began with its first generation looks like an earlier release's.
#[test]
fn a_home_that_began_new_is_no_earlier_releases_after_a_rollback_to_0() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install"], 0);
    let env = "MOSAIC_AGENT_NAME=a\nMOSAIC_AGENT_MODEL=m\n";
    write(
        &sandbox.home().join("fleet/agents/a.env"),
        env.as_bytes(),
        0o644,
    );
    sandbox.run(&["rollback", "0"], 0);
    let status = sandbox.json(&["status"], 0);
    assert!(status["written_by"].is_null(), "{status}");
    let document = sandbox.json(&["update"], 0);
    assert!(document["adopted"].is_null(), "{document}");
    let migrations = document["migrations"].as_array().unwrap();
    let is_passed_over = |migration: &Value| migration["outcome"] == "not-applicable";
    assert!(migrations.iter().all(is_passed_over), "{document}");
    assert_eq!(sandbox.read("fleet/agents/a.env"), env);
    let migrations = sandbox.run(&["migrate"], 0);
    assert!(
        migrations.starts_with("a home that no earlier release wrote"),
        "{migrations}"
    );
}

#[test]
fn what_nothing_tells_is_a_guess_until_the_operator_says_it() {
    let sandbox = Sandbox::new();
    sandbox.edit("fleet/roster.yaml", "version: 1\nagents: []\n");
    let document = sandbox.json(&["update"], 3);
    assert_eq!(
        document["adopted"],
        json!({ "version": "0.0.30", "basis": "guess" })
    );
    let refused = |document: &Value| {
        let migrations = document["migrations"].as_array().unwrap().iter();
        let refused = migrations.filter(|migration| migration["outcome"] == "refused");
        refused
            .map(|migration| migration["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        refused(&document),
        ["implicit-socket", "rename-socket", "fleet-run"]
    );
    let remedy = document["migrations"][0]["refused"][0]["remedy"]
        .as_str()
        .unwrap();
    assert!(remedy.contains("--from-version"), "{remedy}");
    assert_eq!(
        sandbox.read("fleet/roster.yaml"),
        "version: 1\nagents: []\n"
    );
    let told = sandbox.json(&["update", "--from-version", "0.0.35"], 0);
    assert_eq!(refused(&told), Vec::<String>::new());
    let explicit = "version: 1\ntmux:\n  socket_name: mosaic-fleet\nagents: []\n";
    assert_eq!(sandbox.read("fleet/roster.yaml"), explicit);
    assert_eq!(
        (&told["actions"], &told["committed"]),
        (&json!([]), &json!(true))
    );
    sandbox.json(&["update", "--from-version", "0.0.35", "--exit-code"], 0);
    let refused = sandbox.refused(&["update", "--from-version", "0.0.34"], 2);
    assert!(refused.contains("0.0.35 (as you said)"), "{refused}");
    sandbox.run(&["rollback", "0"], 0);
    assert!(
        sandbox
            .run(&["update", "-n"], 0)
            .contains("--from-version VERSION")
    );
    let told = sandbox.json(&["update", "--from-version", "0.0.34"], 0);
    assert_eq!(
        (&told["from"], &told["adopted"]["basis"]),
        (&json!("0.0.34"), &json!("told"))
    );
}

#[test]
fn a_source_version_is_not_to_be_told_where_it_is_known() {
    let adopted = home_of("0.0.35");
    adopted.run(&["update"], 0);
    let refused = adopted.refused(&["update", "--from-version", "0.0.34"], 2);
    assert!(
        refused.contains("known to come from 0.0.35 (by .framework-version)"),
        "{refused}"
    );
    let fresh = Sandbox::new();
    assert_eq!(fresh.json(&["install"], 0)["from"], Value::Null);
    assert!(
        fresh
            .refused(&["update", "--from-version", "0.0.34"], 2)
            .contains("from its first day")
    );
    for wrong in ["0.0", "latest", "", "v0.0.34"] {
        home_of("0.0.35").refused(&["update", "--from-version", wrong], 2);
    }
    let overruled = home_of("0.0.35").json(&["update", "--from-version", "0.0.31"], 0);
    assert_eq!(
        overruled["adopted"],
        json!({ "version": "0.0.31", "basis": "told" })
    );
}

#[test]
fn a_model_key_tells_of_the_release_that_brought_it() {
    let sandbox = Sandbox::new();
    sandbox.edit(
        "fleet/agents/a.env",
        "# mine\nMOSAIC_AGENT_NAME=a\nMOSAIC_AGENT_MODEL=\n",
    );
    fs::create_dir(sandbox.home().join("fleet/agents/odd.env")).unwrap();
    symlink("/nowhere", sandbox.home().join("fleet/agents/b.env")).unwrap();
    let document = sandbox.json(&["update", "-n"], 0);
    assert_eq!(
        document["adopted"],
        json!({ "version": "0.0.36", "basis": "env-file" })
    );
}

#[test]
fn a_home_that_holds_nothing_of_any_release_is_new() {
    let sandbox = Sandbox::new();
    sandbox.edit("notes.md", "mine\n");
    sandbox.edit("SOUL.md", "mine\n");
    sandbox.edit("fleet/canary.sh", "mine\n");
    let document = sandbox.json(&["install"], 0);
    assert_eq!(
        (&document["from"], &document["adopted"]),
        (&Value::Null, &Value::Null)
    );
    assert!(!sandbox.home().join(VERSION_FILE).exists());
    let nowhere = Sandbox::new();
    assert!(nowhere.refused(&["update"], 1).contains("mosaic install"));
}

#[test]
fn an_edited_file_of_an_earlier_release_is_parked_and_stays() {
    let sandbox = home_of("0.0.34");
    let mine: &[(&str, &str)] = &[
        ("guides/qa.md", "# Quality\n\nMy own.\n"),
        ("tools/tmux/agent-send.sh", "#!/bin/sh\n# mine\n"),
    ];
    for (path, content) in mine {
        sandbox.edit(path, content);
    }
    let before = sandbox.tree();
    let document = sandbox.json(&["update"], 3);
    assert_eq!(
        conflicts(&document),
        ["guides/qa.md", "tools/tmux/agent-send.sh"]
    );
    for (path, _) in mine {
        assert_eq!(sandbox.tree()[*path], before[*path], "{path}");
        let shipped = &framework()[*path].2;
        assert_eq!(sandbox.parked(path).as_bytes(), shipped);
    }
    sandbox.run(&["update"], 3);
    sandbox.run(&["resolve", "tools/tmux/agent-send.sh", "--shipped"], 3);
    sandbox.run(&["resolve", "guides/qa.md", "--mine"], 0);
    assert_eq!(sandbox.tree()["tools/tmux/agent-send.sh"].1, 0o755);
    sandbox.run(&["update"], 0);
    sandbox.run(&["rollback", "0"], 0);
    assert_eq!(sandbox.tree(), before);
}

#[test]
fn the_operators_globs_keep_also_an_adoption_away() {
    let sandbox = home_of("0.0.35");
    sandbox.edit(".mosaicpreserve", "guides\n.framework-version\n");
    let before = sandbox.tree();
    assert_eq!(
        sandbox.json(&["status"], 0)["leftovers"],
        json!([LEFTOVERS[0]])
    );
    let document = sandbox.json(&["update", "--prune"], 0);
    assert_eq!(
        (&document["from"], &document["adopted"]["basis"]),
        (&json!("0.0.35"), &json!("version-file"))
    );
    let after = sandbox.tree();
    for (path, was) in before
        .iter()
        .filter(|(path, _)| path.starts_with("guides") || *path == VERSION_FILE)
    {
        assert_eq!(after.get(path), Some(was), "{path}");
    }
    assert!(!after.contains_key(LEFTOVERS[0]) && after.contains_key(LEFTOVERS[1]));
}

#[test]
fn a_home_behind_a_link_is_adopted_where_it_is() {
    let sandbox = home_of("0.0.31");
    let (dotfiles, home) = (sandbox.path("dotfiles"), sandbox.home());
    fs::rename(&home, &dotfiles).unwrap();
    symlink(&dotfiles, &home).unwrap();
    let before = tree(&dotfiles);
    assert_eq!(sandbox.json(&["update"], 0)["from"], "0.0.31");
    assert!(home.is_symlink() && dotfiles.join(".mosaic").is_dir());
    sandbox.run(&["rollback", "0"], 0);
    assert_eq!(tree(&dotfiles), before);
}

#[test]
fn leftovers_of_a_newer_home_go_with_its_own_release() {
    let sandbox = home_of("0.0.36");
    let next = sandbox.bundle("next", "9.0.0", &[("AGENTS.md", "agents\n")]);
    let words = ["update", "--from", utf8(&next), "--allow-removals"];
    for said in [sandbox.run(&words, 0), sandbox.run(&["status"], 0)] {
        assert!(
            said.contains("mosaic update --prune --from BUNDLE"),
            "{said}"
        );
    }
}

#[test]
fn leftovers_are_named_and_go_only_with_prune() {
    let sandbox = home_of("0.0.36");
    let before = sandbox.tree();
    assert_eq!(
        sandbox.json(&["status"], 0)["leftovers"],
        json!(LEFTOVERS),
        "before there is a record"
    );
    let document = sandbox.json(&["update"], 0);
    assert_eq!(document["leftovers"], json!(LEFTOVERS));
    assert_eq!(
        sandbox.json(&["status", "--exit-code"], 0)["leftovers"],
        json!(LEFTOVERS)
    );
    assert!(
        sandbox
            .run(&["status"], 0)
            .contains("mosaic update --prune")
    );
    let why = sandbox.json(&["why", LEFTOVERS[1]], 0);
    assert_eq!(why["action"], "keep");
    assert!(
        why["reason"].as_str().unwrap().contains("earlier release"),
        "{why}"
    );

    sandbox.edit(LEFTOVERS[0], "mine\n");
    let adopted = sandbox.tree();
    let pruned = sandbox.json(&["update", "--prune"], 0);
    assert_eq!(pruned["counts"], json!({ "remove": 1 }));
    assert_eq!(action(&pruned, LEFTOVERS[1]), "remove");
    assert_eq!(sandbox.json(&["status"], 0)["leftovers"], json!([]));
    assert_eq!(sandbox.read(LEFTOVERS[0]), "mine\n");
    assert_eq!(sandbox.json(&["update", "--prune"], 0)["committed"], false);
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.tree(), adopted);
    sandbox.edit(
        LEFTOVERS[0],
        &String::from_utf8(before[LEFTOVERS[0]].2.clone()).unwrap(),
    );
    sandbox.run(&["rollback", "0"], 0);
    assert_eq!(sandbox.tree(), before);
}

#[test]
fn what_is_recorded_or_was_seeded_is_no_leftover() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install"], 0);
    let next = sandbox.release("next", "9.0.0", &[]);
    let update = [
        "update",
        "--prune",
        "--allow-removals",
        "--from",
        utf8(&next),
    ];
    let document = sandbox.json(&update, 0);
    assert_eq!(document["leftovers"], json!([]));
    assert_eq!(
        document["counts"]["remove"],
        framework().keys().filter(|path| !is_seeded(path)).count()
    );
    assert!(sandbox.home().join("USER.md").exists());
}

/// Not even of directories that nothing else is in can it be said who made them.
#[test]
fn an_adoption_may_prune_at_once_and_leaves_the_directories() {
    for release in earlier_releases() {
        let sandbox = home_of(release);
        let before = sandbox.tree();
        let foretold = sandbox.json(&["update", "--prune", "-n"], 0);
        let document = sandbox.json(&["update", "--prune"], 0);
        assert_eq!(foretold["plan_digest"], document["plan_digest"]);
        assert_eq!(
            (&document["leftovers"], action(&document, LEFTOVERS[1])),
            (&json!([]), "remove")
        );
        let directories = before.iter().filter(|(_, (kind, ..))| *kind == "directory");
        assert!(
            directories
                .into_iter()
                .all(|(path, _)| sandbox.home().join(path).is_dir()),
            "{release}"
        );
        sandbox.run(&["rollback"], 0);
        assert_eq!(sandbox.tree(), before, "{release}");
    }
}

#[test]
fn a_home_that_lost_its_state_is_adopted_as_the_release_that_it_is() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install"], 0);
    let before = sandbox.tree();
    fs::remove_dir_all(sandbox.home().join(".mosaic")).unwrap();
    let document = sandbox.json(&["install"], 0);
    assert_eq!(
        (&document["from"], &document["adopted"]["basis"]),
        (&json!(RELEASE), &json!("contents"))
    );
    assert_eq!(sandbox.tree(), before);
}

#[test]
fn people_are_told_what_is_adopted() {
    let sandbox = home_of("0.0.35");
    assert!(
        sandbox
            .run(&["status"], 0)
            .contains("a home of 0.0.35 (by .framework-version)")
    );
    let said = sandbox.run(&["update"], 0);
    assert!(
        said.contains(&format!("mosaic 0.0.35 → {RELEASE}")),
        "{said}"
    );
    assert!(
        said.contains("Adopting a home of 0.0.35 (by .framework-version)."),
        "{said}"
    );
    assert!(said.contains("guides/factory-mode.md"), "{said}");
}

#[test]
fn a_home_that_a_newer_release_wrote_goes_back_only_if_that_is_allowed() {
    let sandbox = home_of("0.0.36");
    sandbox.edit(VERSION_FILE, "9.9.9\n");
    sandbox.edit("guides/qa.md", "of 9.9.9\n");
    for command in ["install", "update"] {
        let said = sandbox.refused(&[command], 1);
        assert!(said.contains("older than the home's 9.9.9"), "{said}");
        assert!(said.contains("--allow-downgrade"), "{said}");
        assert!(said.contains("--from-version"), "{said}");
        assert_eq!(said, sandbox.refused(&[command, "--dry-run"], 1));
    }
    assert!(!sandbox.home().join(".mosaic").exists());
    let told = sandbox.json(&["update", "--dry-run", "--from-version", "0.0.36"], 0);
    assert_eq!(told["adopted"]["version"], "0.0.36", "{told}");
    sandbox.run(&["update", "--allow-downgrade"], 3);
    assert_eq!(sandbox.read(VERSION_FILE), format!("{RELEASE}\n"));
}

#[test]
fn contents_tell_of_a_newer_release_as_well_as_the_version_file() {
    let sandbox = home_of("0.0.36");
    fs::remove_file(sandbox.home().join(VERSION_FILE)).ok();
    let older = fixture("bundles/0.0.35");
    let said = sandbox.refused(&["update", "--from", utf8(&older)], 1);
    assert!(said.contains("older than the home's 0.0.36"), "{said}");
}
