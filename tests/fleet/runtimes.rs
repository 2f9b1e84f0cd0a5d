//! What `doctor` says of the runtimes of a fleet: the programs and the settings are stand-ins, written as npm and the
//! runtimes write them. `tests/runtimes` starts the real ones.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::Test;
use crate::doctor::type_in;
use crate::life::Fleet;
use crate::manager::Inside;

tests! {
    Test:
    doctor_says_what_a_runtime_lacks_before_it_is_started,
    doctor_judges_no_command_of_the_operators_own,
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

fn write_program(path: &Path, text: &str) {
    write(path, text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
}

/// What is found of the runtimes: each message and its remedy, in a line.
fn found(fleet: &Fleet) -> Vec<String> {
    let document = fleet.shown(&["doctor"]);
    let findings = document["findings"].as_array().expect("findings").iter();
    let findings = findings.filter(|finding| finding["check"] == "runtimes");
    let line = |finding: &serde_json::Value| {
        let text = |field: &str| finding[field].as_str().expect("text").to_owned();
        format!("{} | {}", text("message"), text("remedy"))
    };
    findings.map(line).collect()
}

fn one(fleet: &Fleet, words: &[&str]) {
    let found = found(fleet);
    let is_it = |line: &&String| words.iter().all(|part| line.contains(part));
    assert_eq!(
        found.iter().filter(is_it).count(),
        1,
        "{words:?}: {found:#?}"
    );
}

/// A fleet of one agent of each of two runtimes.
fn fleet(inside: &Inside) -> Fleet<'_> {
    let fleet = Fleet::usual(inside, 0);
    let user = inside.home();
    for folder in ["src/a", "src/b"] {
        fs::create_dir_all(user.join(folder)).expect("made");
    }
    let roster = "version: 1\ntmux: { socket_name: mosaic-fleet }\ndefaults: { working_directory: ~/src/a }\n\
                  agents: [{ name: one, runtime: claude }, { name: two, runtime: pi, working_directory: ~/src/b }]\n";
    write(&fleet.home.join("fleet/roster.yaml"), roster);
    for name in ["one", "two"] {
        let path = format!("PATH={}/bin:/usr/bin:/bin\n", user.display());
        write(&fleet.env(name), &path);
    }
    fleet.run(&["fleet", "install"], 0);
    fleet
}

fn doctor_says_what_a_runtime_lacks_before_it_is_started(inside: &Inside) {
    let fleet = fleet(inside);
    let user = inside.home();
    let package = "npm install -g @anthropic-ai/claude-code@2.1.332";
    one(
        &fleet,
        &[
            "claude is not installed: it is neither on its env file's PATH",
            package,
        ],
    );
    one(
        &fleet,
        &[
            "pi is not installed",
            "npm install -g @earendil-works/pi-coding-agent@1.6.0",
        ],
    );
    one(
        &fleet,
        &["pi has no login here, and two has no key", "| pi"],
    );

    // As npm lays them out.
    let modules = user.join("lib/node_modules");
    write_program(&modules.join("claude/bin/claude"), "#!/bin/sh\n");
    write(
        &modules.join("claude/package.json"),
        r#"{ "name": "@anthropic-ai/claude-code", "version": "2.1.197" }"#,
    );
    write_program(&modules.join("pi/dist/cli.js"), "#!/usr/bin/env node\n");
    let engines = r#"{ "name": "@earendil-works/pi-coding-agent", "version": "1.6.0", "engines": { "node": ">=22.19.0" } }"#;
    write(&modules.join("pi/package.json"), engines);
    write_program(&user.join("bin/node"), "#!/bin/sh\necho v20.20.2\n");
    symlink(modules.join("claude/bin/claude"), user.join("bin/claude")).expect("made");
    symlink(modules.join("pi/dist/cli.js"), user.join("bin/pi")).expect("made");
    one(
        &fleet,
        &[
            "claude 2.1.197 is older than 2.1.332",
            "Node 20.20.2",
            package,
        ],
    );
    one(
        &fleet,
        &["pi asks for Node >=22.19.0, and its sessions find Node 20.20.2"],
    );

    one(
        &fleet,
        &["claude is not set up", "| (cd ", "/src/a && claude)"],
    );
    let settings = user.join(".claude.json");
    write(
        &settings,
        r#"{ "hasCompletedOnboarding": true, "oauthAccount": {} }"#,
    );
    one(&fleet, &["claude does not trust", "/src/a", "&& claude)"]);
    let trusted = format!(
        r#"{{ "hasCompletedOnboarding": true, "oauthAccount": {{}},
            "projects": {{ "{}": {{ "hasTrustDialogAccepted": true }} }} }}"#,
        user.join("src").display()
    );
    write(&settings, &trusted);
    write_program(&user.join("bin/node"), "#!/bin/sh\necho v24.21.0\n");
    let version = r#"{ "name": "@anthropic-ai/claude-code", "version": "2.1.332" }"#;
    write(&modules.join("claude/package.json"), version);
    write(&user.join(".pi/agent/models.json"), "{}");
    let tries = r#"{ "retry": { "maxRetries": 1000 } }"#;
    write(&user.join(".pi/agent/settings.json"), tries);
    assert_eq!(found(&fleet), [""; 0], "all is as it should be");

    let env = fs::read_to_string(fleet.env("one")).expect("there");
    write(
        &fleet.env("one"),
        &format!("{env}ANTHROPIC_API_KEY=some-secret-key\n"),
    );
    one(
        &fleet,
        &[
            "whether it may use ANTHROPIC_API_KEY",
            "fleet/agents/one.env",
        ],
    );
    assert!(
        !found(&fleet).concat().contains("secret"),
        "a key is nobody's to see"
    );
    write(&fleet.env("one"), &env);
    inside.systemctl(&["set-environment", "ANTHROPIC_API_KEY=some-secret-key"]);
    let remedy = "systemctl --user unset-environment ANTHROPIC_API_KEY";
    one(&fleet, &["whether it may use ANTHROPIC_API_KEY", remedy]);
    type_in(inside, remedy);
    assert_eq!(found(&fleet), [""; 0], "what was advised is typed");

    // As claude's own installer lays it out; what lies above is somebody's.
    let native = user.join("share/claude/versions/2.1.100");
    write_program(&native, "");
    write(
        &user.join("package.json"),
        r#"{ "name": "mine", "version": "9.9.9" }"#,
    );
    fs::remove_file(user.join("bin/claude")).expect("removed");
    symlink(&native, user.join("bin/claude")).expect("made");
    one(&fleet, &["claude 2.1.100 is older than 2.1.332", package]);

    write(
        &fleet.env("one"),
        &format!("{env}MOSAIC_AGENT_COMMAND=mosaic yolo claude\n"),
    );
    one(
        &fleet,
        &["claude ends at once as root", "fleet/agents/one.env"],
    );
}

fn doctor_judges_no_command_of_the_operators_own(inside: &Inside) {
    let fleet = fleet(inside);
    for name in ["one", "two"] {
        let env = fs::read_to_string(fleet.env(name)).expect("there");
        write(
            &fleet.env(name),
            &format!("{env}MOSAIC_AGENT_COMMAND=sleep 600\n"),
        );
    }
    assert_eq!(found(&fleet), [""; 0]);
}
