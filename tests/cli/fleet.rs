//! `fleet` where no user manager can be reached: rosters, presets, refusals. (tests/fleet has a real one.)

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::cli::json::check_warnings;
use crate::support::{Sandbox, schema, tree, write};

/// Runs a command that finds neither systemd nor tmux: the machine's own must not hear of it.
pub fn run(sandbox: &Sandbox, words: &[&str], status: i32) -> (String, String) {
    let output = sandbox
        .mosaic(words)
        .env("PATH", sandbox.path("nothing"))
        .output()
        .expect("it runs");
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|said| String::from_utf8(said).expect("UTF-8"));
    assert_eq!(
        output.status.code(),
        Some(status),
        "{words:?}: {stdout}{stderr}"
    );
    (stdout, stderr)
}

pub fn json(sandbox: &Sandbox, words: &[&str], status: i32, schema: &str) -> Value {
    let (stdout, stderr) = run(sandbox, &[words, &["--json"]].concat(), status);
    let document = serde_json::from_str(&stdout).expect("JSON");
    let errors = schema::faults(schema, &document);
    assert!(errors.is_empty(), "{words:?}: {errors:?}");
    check_warnings(status, &document, &stderr);
    document
}

pub fn installed() -> Sandbox {
    let sandbox = Sandbox::new();
    run(&sandbox, &["install"], 0);
    sandbox
}

#[test]
fn init_writes_a_preset_and_never_over_a_roster_unasked() {
    let sandbox = installed();
    let document = json(&sandbox, &["fleet", "init"], 0, "fleet.init");
    assert_eq!(
        (&document["schema"], &document["preset"]),
        (&"mosaic.fleet.init/1".into(), &"minimal".into())
    );
    assert_eq!(document["presets"].as_array().map(Vec::len), Some(6));
    let minimal = sandbox.read("fleet/roster.yaml");
    assert_eq!(minimal, sandbox.read("fleet/examples/minimal.yaml"));
    let again = json(&sandbox, &["fleet", "init"], 0, "fleet.init");
    assert_eq!(
        (&again["committed"], &again["generation"]),
        (&false.into(), &2.into())
    );

    sandbox.edit("fleet/roster.yaml", "mine\n");
    let (_, said) = run(&sandbox, &["fleet", "init", "--preset", "pair"], 1);
    assert!(
        said.contains("fleet/roster.yaml is there already") && said.contains("--force"),
        "{said}"
    );
    run(
        &sandbox,
        &["fleet", "init", "--preset", "pair", "--force"],
        0,
    );
    assert_eq!(
        sandbox.read("fleet/roster.yaml"),
        sandbox.read("fleet/examples/pair.yaml")
    );
    run(&sandbox, &["rollback"], 0);
    assert_eq!(sandbox.read("fleet/roster.yaml"), "mine\n");

    sandbox.edit(
        "fleet/examples/own.yaml",
        "# My own.\nversion: 1\nagents: []\n",
    );
    let (said, _) = run(
        &sandbox,
        &[
            "fleet",
            "init",
            "--preset",
            "own",
            "--roster",
            "user/.config/mosaic/fleet/b.yaml",
        ],
        0,
    );
    assert!(said.contains("own             My own."), "{said}");
    assert_eq!(
        sandbox.read("fleet/b.yaml"),
        sandbox.read("fleet/examples/own.yaml")
    );
}

#[test]
fn init_refuses_what_it_cannot_mean() {
    let sandbox = installed();
    let before = sandbox.tree();
    let (_, said) = run(&sandbox, &["fleet", "init", "--preset", "local-canari"], 2);
    assert!(
        said.contains("did you mean local-canary?") && said.contains("two-hosts"),
        "{said}"
    );
    let (_, said) = run(&sandbox, &["fleet", "init", "--preset", "x"], 2);
    assert!(said.contains("choose one of delivery-team, "), "{said}");
    run(
        &sandbox,
        &["fleet", "init", "--roster", "elsewhere.yaml"],
        2,
    );
    fs::create_dir(sandbox.home().join("fleet/dir.yaml")).unwrap();
    let (_, said) = run(
        &sandbox,
        &[
            "fleet",
            "init",
            "--force",
            "--roster",
            "user/.config/mosaic/fleet/dir.yaml",
        ],
        1,
    );
    assert!(said.contains("not a regular file"), "{said}");
    fs::remove_dir(sandbox.home().join("fleet/dir.yaml")).unwrap();
    assert_eq!(sandbox.tree(), before);
    run(&Sandbox::new(), &["fleet", "init"], 1);
}

#[test]
fn a_home_without_presets_takes_those_of_the_program() {
    let sandbox = installed();
    fs::remove_dir_all(sandbox.home().join("fleet/examples")).unwrap();
    run(&sandbox, &["fleet", "init", "--preset", "pair"], 0);
    assert!(sandbox.read("fleet/roster.yaml").contains("agents:"));
}

#[test]
fn a_wrong_roster_is_shown_with_its_place_before_anything_is_done() {
    let sandbox = installed();
    sandbox.edit(
        "fleet/roster.yaml",
        "version: 1\nagents:\n  - name: a\n    runtim: pi\n",
    );
    let before = sandbox.tree();
    for words in [
        &["fleet", "install"][..],
        &["fleet", "start"],
        &["fleet", "stop"],
        &["fleet", "restart"],
        &["fleet", "status"],
    ] {
        let error = json(&sandbox, words, 1, "error");
        assert_eq!(
            (&error["line"], &error["column"]),
            (&4.into(), &5.into()),
            "{error}"
        );
        assert!(
            error["help"]
                .as_str()
                .is_some_and(|help| help.contains("runtime")),
            "{error}"
        );
        assert!(
            error["file"]
                .as_str()
                .is_some_and(|file| file.ends_with("fleet/roster.yaml")),
            "{error}"
        );
    }
    let (_, said) = run(
        &sandbox,
        &["fleet", "install", "--roster", "absent.yaml"],
        1,
    );
    assert!(
        said.contains("there is no roster absent.yaml") && said.contains("mosaic fleet init"),
        "{said}"
    );
    assert_eq!(sandbox.tree(), before);
}

#[test]
fn install_without_a_manager_puts_all_in_place_and_says_what_waits() {
    let sandbox = installed();
    write(
        &sandbox.path("r.yaml"),
        b"version: 1\nagents: [{ name: a }, { name: far, host: h }, { name: b, socket: own }]\n",
        0o644,
    );
    let before = sandbox.tree();
    let words = ["fleet", "install", "--roster", "r.yaml"];
    let document = json(&sandbox, &words, 0, "change");
    assert_eq!(document["schema"], "mosaic.fleet.install/1");
    assert_eq!(
        (&document["committed"], &document["units"]["pending"]),
        (&true.into(), &true.into())
    );
    assert!(
        document["advisories"]
            .to_string()
            .contains("socket of its own"),
        "{document}"
    );
    let env = |name: &str| sandbox.home().join(format!("fleet/agents/{name}.env"));
    assert!(env("a").exists() && env("b").exists() && !env("far").exists());
    assert_eq!(
        fs::metadata(env("a")).unwrap().permissions().mode() & 0o7777,
        0o600,
        "it may hold secrets"
    );
    assert!(sandbox.home().join("fleet/run").is_dir());
    let units = tree(&sandbox.path("user/.config/systemd/user"));
    assert_eq!(
        units.keys().collect::<Vec<_>>(),
        ["mosaic-agent@.service", "mosaic-tmux-holder.service"]
    );
    for (name, (_, mode, content)) in &units {
        assert_eq!(
            *content,
            fs::read(sandbox.home().join("systemd/user").join(name)).unwrap(),
            "as shipped for the usual home"
        );
        assert_eq!(*mode, 0o644);
    }
    assert_eq!(json(&sandbox, &words, 0, "change")["committed"], false);
    let status = json(
        &sandbox,
        &["fleet", "status", "--roster", "r.yaml"],
        6,
        "fleet.status",
    );
    assert!(status["manager_problem"].is_string());
    assert_eq!(status["agents"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        json(
            &sandbox,
            &["fleet", "start", "--roster", "r.yaml"],
            1,
            "error"
        )["exit"],
        1
    );
    json(
        &sandbox,
        &["fleet", "stop", "far", "--roster", "r.yaml"],
        2,
        "error",
    );
    run(&sandbox, &["rollback"], 0);
    assert_eq!(sandbox.tree(), before);
    assert!(
        !sandbox.path("user/.config/systemd").exists(),
        "what it made is gone again"
    );
}

#[test]
fn install_refuses_what_it_could_not_make_work() {
    let sandbox = installed();
    run(&sandbox, &["fleet", "init"], 0);
    let refused = |problem: &str| {
        let before = sandbox.tree();
        let (_, said) = run(&sandbox, &["fleet", "install"], 1);
        assert!(said.contains(problem), "{problem}: {said}");
        assert_eq!(sandbox.tree(), before, "{problem}");
        assert!(!sandbox.path("user/.config/systemd").exists(), "{problem}");
        said
    };
    let tool = sandbox.home().join("tools/fleet/tmux-holder.sh");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refused("tools/fleet/tmux-holder.sh is not executable").contains("mosaic update"));
    fs::remove_file(&tool).unwrap();
    refused("tools/fleet/tmux-holder.sh is not there");
    run(&sandbox, &["update"], 0);
    sandbox.edit(
        "fleet/agents/canary-pi.env",
        "X=1\n# x\\\nMOSAIC_AGENT_NAME=a\n",
    );
    assert!(refused("fleet/agents/canary-pi.env:3").contains("MOSAIC_AGENT_NAME"));
    fs::remove_file(sandbox.home().join("fleet/agents/canary-pi.env")).unwrap();
    fs::create_dir(sandbox.home().join("fleet/agents/canary-pi.env")).unwrap();
    refused("fleet/agents/canary-pi.env is not a regular file");
}
