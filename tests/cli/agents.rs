//! `agent roster`, `peers` and `beat`, and `yolo`: what is declared of agents, how they are reached, and how they start.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::cli::fleet::{installed, json, run};
use crate::support::{Sandbox, write};

const ROSTER: &str = "version: 1\ntmux: { socket_name: mosaic-fleet }\nagents:\n\
                      - { name: lead, runtime: claude, class: orchestrator, model_hint: m }\n\
                      - { name: own, socket: '', tenant_id: ops }\n\
                      - { name: far, host: 10.0.0.7, ssh: me@10.0.0.7 }\n";

fn fleet() -> Sandbox {
    let sandbox = installed();
    sandbox.edit("fleet/roster.yaml", ROSTER);
    sandbox
}

#[test]
fn the_roster_is_told_with_tenant_and_host_of_each() {
    let sandbox = fleet();
    let document = json(&sandbox, &["agent", "roster"], 0, "agent.roster");
    assert_eq!(document["schema"], "mosaic.agent.roster/1");
    let agents = document["agents"].as_array().expect("agents");
    assert_eq!(agents.len(), 3);
    for agent in agents {
        assert!(
            agent["tenant_id"].is_string() && agent["host"].is_string(),
            "{agent}"
        );
    }
    assert_eq!(
        (&agents[0]["model"], &agents[0]["is_here"]),
        (&"m".into(), &true.into())
    );
    assert_eq!(
        (&agents[1]["socket"], &agents[1]["tenant_id"]),
        (&serde_json::Value::Null, &"ops".into())
    );
    assert_eq!(
        (&agents[2]["host"], &agents[2]["is_here"]),
        (&"10.0.0.7".into(), &false.into())
    );
    let (said, _) = run(&sandbox, &["agent", "roster"], 0);
    assert!(
        said.contains("orchestrator") && said.contains("(default)"),
        "{said}"
    );
    sandbox.edit("fleet/roster.yaml", "version: 1\nagents: []\n");
    let (said, _) = run(&sandbox, &["agent", "roster"], 0);
    assert_eq!(said, "The roster has no agents.\n");
}

#[test]
fn every_other_agent_has_its_line() {
    let sandbox = fleet();
    let all = [
        "agent-send.sh -L mosaic-fleet -s lead -m \"...\"",
        "agent-send.sh -s own -m \"...\"",
        "agent-send.sh -L mosaic-fleet -H me@10.0.0.7 -s far -m \"...\"",
    ];
    let (said, _) = run(&sandbox, &["agent", "peers"], 0);
    assert_eq!(said.lines().collect::<Vec<_>>(), all);
    let (said, _) = run(&sandbox, &["agent", "peers", "lead"], 0);
    assert_eq!(said.lines().collect::<Vec<_>>(), all[1..]);
    let document = json(&sandbox, &["agent", "peers", "own"], 0, "agent.peers");
    assert_eq!(document["peers"][0]["line"], all[0]);
    let (_, said) = run(&sandbox, &["agent", "peers", "laed"], 2);
    assert!(said.contains("did you mean `lead`?"), "{said}");
}

#[test]
fn a_beat_takes_the_place_of_the_one_before() {
    let sandbox = fleet();
    let (_, said) = run(&sandbox, &["agent", "beat", "lead"], 1);
    assert!(said.contains("mosaic fleet install"), "{said}");
    run(&sandbox, &["fleet", "install"], 0);
    let generation = || {
        let folder = sandbox.home().join(".mosaic/generations");
        fs::read_dir(folder).unwrap().count()
    };
    let before = generation();
    let document = json(&sandbox, &["agent", "beat", "lead"], 0, "agent.beat");
    assert_eq!(document["file"], "fleet/run/lead.hb");
    let text = sandbox.read("fleet/run/lead.hb");
    let keys: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let names: Vec<_> = keys.iter().map(|(key, _)| *key).collect();
    assert_eq!(names, ["v", "agent", "pid", "at", "interval", "state"]);
    assert!(
        text.starts_with(&format!("v=1\nagent=lead\npid={}\nat=", std::process::id())),
        "{text}"
    );
    assert!(text.ends_with("\ninterval=15\nstate=idle\n"), "{text}");
    let at = keys[3].1;
    assert!(
        at.len() == 20 && at.ends_with('Z'),
        "RFC 3339, whole seconds: {at}"
    );
    // A part of a beat that was killed is in nobody's way, and the lock is nobody's either.
    let lock = fs::File::open(sandbox.home().join(".mosaic/lock")).unwrap();
    lock.lock().unwrap();
    let words = [
        "agent",
        "beat",
        "lead",
        "--state",
        "busy",
        "--interval",
        "60",
        "--pid",
        "7",
    ];
    let (said, _) = run(&sandbox, &words, 0);
    assert_eq!(said, "", "hooks do not want to hear anything");
    drop(lock);
    let text = sandbox.read("fleet/run/lead.hb");
    assert!(
        text.contains("\npid=7\n") && text.ends_with("\ninterval=60\nstate=busy\n"),
        "{text}"
    );
    let files = fs::read_dir(sandbox.home().join("fleet/run"))
        .unwrap()
        .count();
    assert_eq!((files, generation()), (1, before));
    for (words, problem) in [
        (&["leaad"][..], "did you mean `lead`?"),
        (&["../x"], "no agent"),
        (&["lead", "--state", "dead"], "possible values"),
        (&["lead", "--interval", "0"], "interval"),
        (&["lead", "--pid", "0"], "pid"),
    ] {
        let (_, said) = run(&sandbox, &[&["agent", "beat"], words].concat(), 2);
        assert!(said.contains(problem), "{words:?}: {said}");
    }
}

/// A runtime of this name that says what it was started with.
fn with_runtime(sandbox: &Sandbox, name: &str) -> String {
    let path = sandbox.path(&format!("bin/{name}"));
    let script = "#!/bin/sh\nprintf '%s|' \"$0\" \"$$\" \"$@\"; echo; env\n";
    write(&path, script.as_bytes(), 0o755);
    let folder = path.parent().unwrap().display();
    format!("{folder}:/usr/bin:/bin")
}

#[test]
fn yolo_becomes_the_runtime_with_its_own_words_and_variables() {
    let sandbox = Sandbox::new();
    for (name, words, set) in [
        (
            "codex",
            "--no-daemon|-c|check_for_update_on_startup=false|--dangerously-bypass-approvals-and-sandbox|",
            &[][..],
        ),
        ("opencode", "--auto|", &["OPENCODE_DISABLE_AUTOUPDATE=1"]),
        (
            "pi",
            "",
            &["PI_SKIP_VERSION_CHECK=1", "PI_PROGRAM_STATUS=1"],
        ),
    ] {
        let path = with_runtime(&sandbox, name);
        let mut yolo = sandbox.beside(env!("CARGO_BIN_EXE_mosaic"));
        yolo.args(["yolo", name, "--", "--resume", "a b"]);
        yolo.env("PATH", path).env("MOSAIC_AGENT_MODEL", "m 1");
        let child = yolo.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let pid = child.id();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let first = said.lines().next().unwrap();
        let expected = format!("|{pid}|{words}--model|m 1|--resume|a b|");
        assert!(first.ends_with(&expected), "{first}: {expected}");
        for variable in set {
            assert!(
                said.contains(&format!("\n{variable}\n")),
                "{variable}: {said}"
            );
        }
    }
}

#[test]
fn yolo_leaves_what_the_operator_set_and_says_why_it_does_not_start() {
    let sandbox = Sandbox::new();
    let yolo = |words: &[&str]| {
        let mut yolo = sandbox.mosaic(&[&["yolo"], words].concat());
        yolo.env("PATH", sandbox.path("nothing"));
        yolo.env("DISABLE_AUTOUPDATER", "")
            .env("PI_PROGRAM_STATUS", "0");
        let output = yolo.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (status, said) = yolo(&["pi", "--show"]);
    assert_eq!((status, &*said), (Some(0), "PI_SKIP_VERSION_CHECK=1 pi\n"));
    let (status, said) = yolo(&["claude", "--show"]);
    if rustix::process::geteuid().is_root() {
        assert_eq!(status, Some(1), "{said}");
        assert!(
            said.contains("claude does not start without approvals as root"),
            "{said}"
        );
    } else {
        assert_eq!(
            said,
            "CLAUDE_CODE_AUTO_COMPACT_WINDOW=200000 CLAUDE_CODE_DISABLE_1M_CONTEXT=1 CLAUDE_CODE_RETRY_WATCHDOG=1 claude --dangerously-skip-permissions\n"
        );
    }
    let (status, said) = yolo(&["codex"]);
    assert_eq!(status, Some(1));
    assert!(said.contains("codex is not on the PATH"), "{said}");
    let (status, said) = yolo(&["codx"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("did you mean codex?"), "{said}");
    write(&sandbox.path("nothing/pi"), b"not a program", 0o755);
    fs::set_permissions(
        sandbox.path("nothing/pi"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let (status, said) = yolo(&["pi"]);
    assert_eq!(status, Some(1));
    assert!(
        said.contains("pi cannot be started: Permission denied"),
        "{said}"
    );
}
