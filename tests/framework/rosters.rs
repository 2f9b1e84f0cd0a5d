//! The presets and the schema of a roster: what is right, and what is not.

use mosaic::ops::Context;
use mosaic::ops::fleet::roster::read_roster;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::framework::{files_below, framework};

/// Rosters that the schema must refuse, each with the reason.
const WRONG_ROSTERS: &[(&str, &str)] = &[
    (
        "unknown key at the top",
        "version: 1\nagents: []\nsocket: x",
    ),
    (
        "unknown key of an agent",
        "version: 1\nagents: [{name: a, modle: x}]",
    ),
    (
        "unknown key of tmux",
        "version: 1\ntmux: {socket: x}\nagents: []",
    ),
    (
        "unknown key of defaults",
        "version: 1\ndefaults: {workdir: /x}\nagents: []",
    ),
    ("no version", "agents: []"),
    ("another version", "version: 2\nagents: []"),
    (
        "another transport",
        "version: 1\ntransport: screen\nagents: []",
    ),
    ("no agents", "version: 1"),
    (
        "agent without a name",
        "version: 1\nagents: [{runtime: pi}]",
    ),
    ("dot in a name", "version: 1\nagents: [{name: a.b}]"),
    ("colon in a name", "version: 1\nagents: [{name: 'a:b'}]"),
    ("dash before a name", "version: 1\nagents: [{name: -a}]"),
    (
        "runtime that is no name",
        "version: 1\nagents: [{name: a, runtime: a.b}]",
    ),
    (
        "runtime of one's own without a command",
        "version: 1\nruntimes: {vim: {}}\nagents: []",
    ),
    (
        "the same agent twice",
        "version: 1\nagents: [{name: a}, {name: a}]",
    ),
    (
        "both spellings of the socket",
        "version: 1\ntmux: {socket_name: a, socketName: a}\nagents: []",
    ),
    (
        "slash in a socket name",
        "version: 1\ntmux: {socket_name: a/b}\nagents: []",
    ),
    (
        "relative working directory",
        "version: 1\ndefaults: {working_directory: src}\nagents: []",
    ),
    (
        "option in place of a host",
        "version: 1\nagents: [{name: a, ssh: -oProxyCommand=x}]",
    ),
];

const RIGHT_ROSTERS: &[(&str, &str)] = &[
    (
        "no socket",
        "version: 1\ntransport: tmux\nagents: [{name: a}]",
    ),
    (
        "empty socket",
        "version: 1\ntmux: {socket_name: ''}\nagents: []",
    ),
    (
        "null socket",
        "version: 1\ntmux: {socket_name: }\nagents: []",
    ),
    (
        "camel case",
        "version: 1\ntmux: {socketName: a, holderSession: _h}\nagents: []",
    ),
    (
        "runtime of one's own",
        "version: 1\nruntimes: {bot: {command: bot --chat, processes: [bot], reset_command: /new}}\n\
         agents: [{name: a, runtime: bot}]",
    ),
    (
        "all of an agent",
        "version: 1\nagents: [{name: coder0-0, runtime: codex, class: x, model_hint: m, \
         working_directory: $HOME/x, socket: other, host: 192.0.2.1, ssh: u@192.0.2.1, tenant_id: ops}]",
    ),
];

#[test]
fn presets_are_valid_and_name_the_socket() {
    let schema = roster_schema();
    let context = Context::nowhere();
    let mut presets = 0;
    for path in files_below(&framework().join("fleet/examples")) {
        let text = fs::read_to_string(&path).unwrap();
        let roster = yaml(&text);
        assert_eq!(
            refusals(&schema, &roster),
            Vec::<String>::new(),
            "{}",
            path.display()
        );
        assert!(
            read_roster(&context, Some(&path)).is_ok(),
            "{}",
            path.display()
        );
        assert_eq!(
            roster["tmux"]["socket_name"],
            "mosaic-fleet",
            "{}",
            path.display()
        );
        assert_names_differ(&roster, &path);
        presets += 1;
    }
    assert_eq!(presets, 6);
}

#[test]
fn the_schema_tells_right_from_wrong() {
    let schema = roster_schema();
    for (why, text) in WRONG_ROSTERS {
        assert!(
            !refusals(&schema, &yaml(text)).is_empty(),
            "accepted: {why}"
        );
    }
    for (why, text) in RIGHT_ROSTERS {
        assert_eq!(
            refusals(&schema, &yaml(text)),
            Vec::<String>::new(),
            "refused: {why}"
        );
    }
}

#[test]
fn the_schema_has_no_default_socket() {
    let text = fs::read_to_string(framework().join("fleet/roster.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    for place in [
        "/$defs/tmux/properties/socket_name",
        "/$defs/tmux/properties/socketName",
        "/$defs/socket",
    ] {
        assert!(
            schema.pointer(place).unwrap().get("default").is_none(),
            "{place}"
        );
    }
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn roster_schema() -> jsonschema::Validator {
    let text = fs::read_to_string(framework().join("fleet/roster.schema.json")).unwrap();
    jsonschema::draft202012::new(&serde_json::from_str(&text).unwrap()).expect("a valid schema")
}

fn refusals(schema: &jsonschema::Validator, roster: &Value) -> Vec<String> {
    schema
        .iter_errors(roster)
        .map(|error| error.to_string())
        .collect()
}

fn assert_names_differ(roster: &Value, path: &Path) {
    let agents = roster["agents"].as_array().unwrap();
    let names: BTreeSet<_> = agents
        .iter()
        .map(|agent| agent["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), agents.len(), "{}", path.display());
}
