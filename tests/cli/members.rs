//! `fleet add` and `fleet remove`: agents join and leave a roster in place, and what is installed goes with them.

use std::fs;
use std::os::unix::fs::symlink;

use crate::cli::fleet::{installed, json, run};
use crate::support::{Sandbox, write};

const ROSTER: &str = "# Our fleet.\r\nversion: 1 # for now\r\ntmux: { socket_name: 's' }\r\nagents:\r\n- name: \"a\" # the first\r\n  runtime: pi\r\n\r\n# the end\r\n";

fn with_roster(text: &str) -> Sandbox {
    let sandbox = installed();
    sandbox.edit("fleet/roster.yaml", text);
    sandbox
}

#[test]
fn an_agent_comes_and_goes_and_the_roster_is_as_before() {
    let sandbox = with_roster(ROSTER);
    let before = sandbox.tree();
    let added = json(
        &sandbox,
        &[
            "fleet",
            "add",
            "b",
            "--runtime",
            "claude",
            "--class",
            "reviewer",
            "--model",
            "m-1",
            "--workdir",
            "~/src/b",
            "--tenant",
            "1000",
        ],
        0,
        "change",
    );
    assert_eq!(added["schema"], "mosaic.fleet.add/1");
    assert_eq!(
        (&added["committed"], &added["generation"]),
        (&true.into(), &2.into())
    );
    let lines = "- name: b\r\n  runtime: claude\r\n  class: reviewer\r\n  model_hint: m-1\r\n  working_directory: ~/src/b\r\n  tenant_id: \"1000\"\r\n";
    let expected = ROSTER.replace("  runtime: pi\r\n", &format!("  runtime: pi\r\n{lines}"));
    assert_eq!(sandbox.read("fleet/roster.yaml"), expected);
    assert!(
        !sandbox.home().join("fleet/agents/b.env").exists(),
        "no fleet is installed"
    );
    run(&sandbox, &["rollback"], 0);
    assert_eq!(sandbox.tree(), before);
    run(&sandbox, &["rollback"], 0);
    assert_eq!(sandbox.read("fleet/roster.yaml"), expected);
    let removed = json(&sandbox, &["fleet", "remove", "b"], 0, "change");
    assert_eq!(removed["schema"], "mosaic.fleet.remove/1");
    assert_eq!(sandbox.tree(), before);
}

#[test]
fn what_is_installed_comes_and_goes_along() {
    let sandbox = with_roster(ROSTER);
    run(&sandbox, &["fleet", "install"], 0);
    // What else the operator changed waits for an install.
    let other = ROSTER.replace("runtime: pi", "runtime: codex");
    sandbox.edit("fleet/roster.yaml", &other);
    let before = sandbox.tree();
    let words = ["fleet", "add", "b", "--runtime", "opencode", "--socket", ""];
    let added = json(&sandbox, &words, 0, "change");
    assert!(
        added["pending"]
            .to_string()
            .contains("enable mosaic-agent@b.service"),
        "{added}"
    );
    assert!(
        added["advisories"]
            .to_string()
            .contains("a socket of its own"),
        "{added}"
    );
    let env = sandbox.read("fleet/agents/b.env");
    let expected = "MOSAIC_AGENT_NAME=b\nMOSAIC_AGENT_RUNTIME=opencode\nMOSAIC_AGENT_MODEL=\nMOSAIC_AGENT_WORKDIR=~/src\nMOSAIC_TMUX_SOCKET=\n";
    assert_eq!(env, expected);
    assert!(sandbox.read("fleet/agents/a.env").contains("RUNTIME=pi\n"));
    let far = [
        "fleet",
        "add",
        "far",
        "--runtime",
        "pi",
        "--host",
        "h.example",
        "--ssh",
        "me@h.example",
    ];
    run(&sandbox, &far, 0);
    assert!(
        !sandbox.home().join("fleet/agents/far.env").exists(),
        "a peer's is on its own host"
    );
    run(&sandbox, &["fleet", "rm", "far"], 0);
    run(&sandbox, &["fleet", "remove", "b"], 0);
    assert_eq!(sandbox.tree(), before);

    sandbox.edit("fleet/agents/b.env", "# mine\nX=1\n");
    run(&sandbox, &words, 0);
    assert_eq!(
        sandbox.read("fleet/agents/b.env"),
        format!("{expected}# mine\nX=1\n")
    );
    let removed = json(&sandbox, &["fleet", "remove", "b"], 0, "change");
    assert!(
        removed["advisories"]
            .to_string()
            .contains("has lines of yours; it stays"),
        "{removed}"
    );
    assert_eq!(
        sandbox.read("fleet/agents/b.env"),
        format!("{expected}# mine\nX=1\n")
    );
    let last = json(&sandbox, &["fleet", "remove", "a"], 0, "change");
    assert_eq!(last["actions"].as_array().map(Vec::len), Some(2), "{last}");
    assert!(!sandbox.home().join("fleet/agents/a.env").exists());
    assert!(sandbox.read("fleet/roster.yaml").contains("agents: []\r\n"));
}

#[test]
fn a_roster_that_defines_a_runtime_gives_its_command_to_a_new_agent() {
    let sandbox =
        with_roster("version: 1\nruntimes: { mybot: { command: mybot --chat } }\nagents: []\n");
    run(&sandbox, &["fleet", "install"], 0);
    run(&sandbox, &["fleet", "add", "b", "--runtime", "mybot"], 0);
    let env = sandbox.read("fleet/agents/b.env");
    assert!(
        env.ends_with("\nMOSAIC_AGENT_PROGRAM=mybot --chat\n"),
        "{env}"
    );
    let (_, said) = run(&sandbox, &["fleet", "add", "c", "--runtime", "mybto"], 2);
    assert!(
        said.contains("no runtime `mybto`") && said.contains("did you mean `mybot`?"),
        "{said}"
    );
    run(&sandbox, &["fleet", "remove", "b"], 0);
    assert!(!sandbox.home().join("fleet/agents/b.env").exists());
}

#[test]
fn a_roster_behind_a_link_is_edited_where_it_is() {
    let sandbox = installed();
    let dotfiles = sandbox.path("dotfiles/fleet.yaml");
    write(&dotfiles, b"version: 1\nagents: []\n", 0o640);
    symlink(&dotfiles, sandbox.home().join("fleet/roster.yaml")).unwrap();
    run(&sandbox, &["fleet", "add", "a", "--runtime", "pi"], 0);
    assert_eq!(
        fs::read_to_string(&dotfiles).unwrap(),
        "version: 1\nagents:\n  - name: a\n    runtime: pi\n"
    );
    assert_eq!(
        fs::read_link(sandbox.home().join("fleet/roster.yaml")).unwrap(),
        dotfiles
    );
    run(&sandbox, &["rollback"], 0);
    assert_eq!(
        fs::read_to_string(&dotfiles).unwrap(),
        "version: 1\nagents: []\n"
    );
    symlink(sandbox.path("dotfiles"), sandbox.home().join("fleet/mine")).unwrap();
    let path = sandbox.home().join("fleet/mine/fleet.yaml");
    let words = [
        "fleet",
        "add",
        "a",
        "--runtime",
        "pi",
        "--roster",
        path.to_str().unwrap(),
    ];
    let (_, said) = run(&sandbox, &words, 1);
    assert!(said.contains("behind the link fleet/mine"), "{said}");
}

#[test]
fn what_cannot_be_meant_changes_nothing() {
    let sandbox = with_roster(ROSTER);
    run(&sandbox, &["fleet", "install"], 0);
    let before = sandbox.tree();
    for (words, status, problem) in [
        (
            &["add", "a", "--runtime", "pi"][..],
            1,
            "the roster has an agent a already",
        ),
        (
            &["add", "b.c", "--runtime", "pi"],
            2,
            "tmux would make the '.'",
        ),
        (
            &["add", "b", "--runtime", "cladue"],
            2,
            "did you mean `claude`?",
        ),
        (
            &["add", "b", "--runtime", "pi", "--workdir", "src"],
            2,
            "neither absolute",
        ),
        (
            &["add", "b", "--runtime", "pi", "--host", "-o"],
            2,
            "unexpected argument",
        ),
        (
            &["add", "b", "--runtime", "pi", "--host", "a b"],
            2,
            "no address of a host",
        ),
        (
            &["add", "b", "--runtime", "pi", "--class", ""],
            2,
            "`class` is empty",
        ),
        (
            &["add", "b", "--runtime", "pi", "--model", "a\nb"],
            2,
            "one line",
        ),
        (
            &["add", "b", "--runtime", "pi", "--roster", "/r.yaml"],
            2,
            "not in the home",
        ),
        (&["add", "b"], 2, "--runtime"),
        (&["remove", "A"], 2, "no agent \"A\""),
        (&["remove", "ab"], 2, "no agent \"ab\""),
        (&["remove"], 2, "NAME"),
    ] {
        let (_, said) = run(&sandbox, &[&["fleet"], words].concat(), status);
        assert!(said.contains(problem), "{words:?}: {said}");
        assert_eq!(sandbox.tree(), before, "{words:?}");
    }
    sandbox.edit(
        "fleet/roster.yaml",
        "version: 1\nagents:\n- &a { name: a, class: &c x }\n- { name: b, class: *c }\n",
    );
    let before = sandbox.tree();
    let error = json(&sandbox, &["fleet", "remove", "a"], 1, "error");
    assert_eq!(
        (&error["line"], &error["column"]),
        (&3.into(), &6.into()),
        "{error}"
    );
    assert!(
        error["help"]
            .as_str()
            .is_some_and(|help| help.contains("by hand")),
        "{error}"
    );
    sandbox.edit(
        "fleet/roster.yaml",
        "version: 1\nagents: [{ name: a, clas: x }]\n",
    );
    let error = json(
        &sandbox,
        &["fleet", "add", "b", "--runtime", "pi"],
        1,
        "error",
    );
    assert_eq!(
        (&error["line"], &error["column"]),
        (&2.into(), &21.into()),
        "{error}"
    );
    fs::remove_file(sandbox.home().join("fleet/roster.yaml")).unwrap();
    let (_, said) = run(&sandbox, &["fleet", "add", "b", "--runtime", "pi"], 1);
    assert!(
        said.contains("there is no roster") && said.contains("mosaic fleet init"),
        "{said}"
    );
    let mut without = before;
    without.retain(|path, _| path != "fleet/roster.yaml");
    assert_eq!(sandbox.tree(), without);
}
