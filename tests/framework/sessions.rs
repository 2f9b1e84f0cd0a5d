//! Sessions of agents, started and stopped on a real tmux.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::framework::tmux::{Tmux, assert_ok, terminate};
use crate::framework::{files_below, framework};
use crate::support::patience::eventually;

#[test]
fn a_session_is_started_once_and_kept() {
    let tmux = Tmux::named("mosaic-fleet");
    let said = tmux.start_agent("coder0", "exec sleep 600");
    assert_ok(&said);
    let pane = tmux.panes("coder0");
    assert_ok(&tmux.start_agent("coder0", "exec sleep 600"));
    assert_eq!(tmux.panes("coder0"), pane);
    assert_eq!(pane.len(), 1);
}

#[test]
fn an_agent_gets_its_directory_environment_and_cap() {
    let tmux = Tmux::named("mosaic-fleet");
    fs::create_dir(tmux.path("it's #{pid} here")).unwrap();
    let mut start = tmux.starter(
        "coder0",
        "pwd > out; env >> out; mv out done; exec sleep 600",
    );
    start.env("MOSAIC_AGENT_WORKDIR", "$HOME/it's #{pid} here");
    start.env("OWN_SETTING", "a'b \"c\" $d;\n #{pid} e");
    start
        .env("DISABLE_AUTOUPDATER", "")
        .env("PI_PROGRAM_STATUS", "0");
    assert_ok(&start.output().unwrap());
    let file = tmux.path("it's #{pid} here/done");
    eventually("the agent's report", || file.exists());
    let report = fs::read_to_string(file).unwrap();
    assert_eq!(
        report.lines().next().unwrap(),
        tmux.path("it's #{pid} here").to_str().unwrap()
    );
    for line in [
        "OWN_SETTING=a'b \"c\" $d;\n #{pid} e",
        "MOSAIC_AGENT_NAME=coder0",
        "CLAUDE_CODE_DISABLE_1M_CONTEXT=1",
        "CLAUDE_CODE_AUTO_COMPACT_WINDOW=200000",
        "CLAUDE_CODE_RETRY_WATCHDOG=1",
        "PI_SKIP_VERSION_CHECK=1",
        "OPENCODE_DISABLE_AUTOUPDATE=1",
        // The operator's own stay.
        "DISABLE_AUTOUPDATER=",
        "PI_PROGRAM_STATUS=0",
    ] {
        assert!(
            report.contains(&format!("\n{line}\n")),
            "no {line} in {report}"
        );
    }
}

#[test]
fn an_agent_gets_nothing_of_its_unit() {
    let tmux = Tmux::named("mosaic-fleet");
    let mut start = tmux.starter("coder0", "env > out; mv out done; exec sleep 600");
    start
        .env("MOSAIC_AGENT_WORKDIR", "${HOME}")
        .env("JOURNAL_STREAM", "8:1")
        .env("INVOCATION_ID", "x");
    for variable in ["LC_ALL", "LC_CTYPE", "LANG"] {
        start.env_remove(variable);
    }
    assert_ok(&start.output().unwrap());
    eventually("the agent's report", || tmux.path("done").exists());
    let report = format!("\n{}", fs::read_to_string(tmux.path("done")).unwrap());
    assert!(
        !report.contains("\nJOURNAL_STREAM=") && !report.contains("\nINVOCATION_ID="),
        "{report}"
    );
    assert!(report.contains("\nLANG=C.UTF-8\n"), "{report}");
}

/// A start of an agent whose runtime writes its arguments into `arguments`, a word a line, and goes on if they please it.
fn with_runtime(tmux: &Tmux, name: &str, runtime: &str, pleases: &str) -> Command {
    let bin = tmux.path("bin");
    fs::create_dir_all(&bin).unwrap();
    let program = bin.join(runtime);
    let text = format!(
        "#!/bin/bash\nprintf '%s\\n' \"$@\" >\"$HOME/out.$$\"; mv \"$HOME/out.$$\" \"$HOME/arguments\"\n{pleases}\nexec sleep 600\n"
    );
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut start = tmux.starter(name, "");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    start.envs([("MOSAIC_AGENT_RUNTIME", runtime), ("PATH", &path)]);
    start
}

fn arguments(tmux: &Tmux) -> Vec<String> {
    eventually("the runtime", || tmux.path("arguments").exists());
    let text = fs::read_to_string(tmux.path("arguments")).unwrap();
    fs::remove_file(tmux.path("arguments")).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_runtime_gets_its_own_words_and_its_model() {
    let tmux = Tmux::named("mosaic-fleet");
    let hook = |name: &str| {
        let path = framework().join("tools/fleet/hooks").join(name);
        path.display().to_string()
    };
    let notify = format!("notify=[\"{}\"]", hook("codex.sh"));
    let pi = hook("pi.js");
    let codex = ["--no-daemon", "-c", "check_for_update_on_startup=false"];
    for (name, runtime, beats, own, more) in [
        ("a", "opencode", "", &[][..], &[][..]),
        ("b", "codex", "", &codex, &["-c", &notify]),
        (
            "c",
            "pi",
            "",
            &[],
            &["--extension", &pi, "--session-id", "c", "-n", "c"],
        ),
        (
            "d",
            "pi",
            "1",
            &[],
            &["--extension", &pi, "--session-id", "d", "-n", "d"],
        ),
    ] {
        let mut start = with_runtime(&tmux, name, runtime, "");
        start.env("MOSAIC_AGENT_HEARTBEATS", beats);
        assert_ok(&start.env("MOSAIC_AGENT_MODEL", "a model").output().unwrap());
        let expected = [own, &["--model", "a model"], more].concat();
        assert_eq!(arguments(&tmux), expected, "{name}: {runtime}");
    }
}

#[test]
fn what_beats_beside_a_runtime_is_no_child_of_its() {
    let tmux = Tmux::named("mosaic-fleet");
    for (name, beats) in [("a", ""), ("b", "1")] {
        let mut start = with_runtime(&tmux, name, "codex", "");
        assert_ok(
            &start
                .env("MOSAIC_AGENT_HEARTBEATS", beats)
                .output()
                .unwrap(),
        );
        let target = format!("={name}:");
        let pid = tmux
            .run(&["list-panes", "-t", &target, "-F", "#{pane_pid}"])
            .stdout;
        let pid = String::from_utf8(pid).unwrap().trim().to_owned();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        assert_eq!(children.unwrap().trim(), "", "{name}");
        let beside = format!("beat\\.sh --beside {pid}$");
        let found = || {
            let found = Command::new("pgrep")
                .args(["-fc", &beside])
                .output()
                .unwrap();
            String::from_utf8(found.stdout).unwrap().trim().to_owned()
        };
        eventually("as many as are to be", || {
            found() == (beats.len()).to_string()
        });
    }
}

/// The id of claude's conversation, by which the script names it.
fn ids(words: &[String]) -> &str {
    assert!(words.len() >= 2, "{words:?}");
    &words[1]
}

#[test]
fn claude_begins_its_own_conversation_and_goes_on_with_it() {
    let tmux = Tmux::named("mosaic-fleet");
    let start = || {
        let said = with_runtime(&tmux, "lead", "claude", "").output().unwrap();
        assert_ok(&said);
        (arguments(&tmux), String::from_utf8(said.stderr).unwrap())
    };
    let stop = || {
        let mut stop = tmux.tool_command("fleet/start-agent-session.sh", &["--stop", "lead"]);
        assert_ok(&stop.env("MOSAIC_AGENT_NAME", "lead").output().unwrap());
    };
    let (first, _) = start();
    assert_eq!(
        (first[0].as_str(), &first[2..]),
        ("--session-id", &["-n".to_owned(), "lead".to_owned()][..])
    );
    let id = ids(&first).to_owned();
    assert!(
        id.len() == 36 && id.as_bytes()[14] == b'5',
        "a UUID of version 5: {id}"
    );
    stop();
    assert_eq!(start().0, first, "it has said nothing yet");
    stop();
    let folder = tmux.path(".claude/projects/-x");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{id}.jsonl")), "{}\n").unwrap();
    assert_eq!(start().0, ["--resume", &id]);
    stop();
    // A process that has it open: never two on one.
    let claude = tmux.path("bin/claude");
    fs::copy("/bin/sleep", &claude).unwrap();
    let mut other = Command::new(&claude).arg("600").spawn().unwrap();
    let sessions = tmux.path(".claude/sessions");
    fs::create_dir_all(&sessions).unwrap();
    let file = sessions.join(format!("{}.json", other.id()));
    fs::write(file, format!("{{\"sessionId\":\"{id}\"}}")).unwrap();
    fs::remove_file(&claude).unwrap();
    let (words, said) = start();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(words, [""], "{said}");
    assert!(
        said.contains("lead begins a new conversation") && said.contains("has it open"),
        "{said}"
    );
}

#[test]
fn a_conversation_that_cannot_be_continued_is_begun_anew_and_that_is_said() {
    let tmux = Tmux::named("mosaic-fleet");
    let notes = framework().join("tools/fleet/hooks/pi.js");
    let notes = notes.to_str().unwrap();
    let refuses = "[[ $3 != --session-id ]] || { sleep 1; echo 'no such session'; exit 1; }";
    let said = with_runtime(&tmux, "pi0", "pi", refuses).output().unwrap();
    assert_ok(&said);
    assert_eq!(arguments(&tmux), ["--extension", notes]);
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(
        said.contains("pi0 begins a new conversation") && said.contains("no such session"),
        "{said}"
    );
    let said = with_runtime(&tmux, "pi1", "pi", "exit 1").output().unwrap();
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    let said = with_runtime(&tmux, "pi2", "pi", "").output().unwrap();
    assert_ok(&said);
    eventually("the runtime", || tmux.path("arguments").exists());
    assert_eq!(
        arguments(&tmux),
        ["--extension", notes, "--session-id", "pi2", "-n", "pi2"]
    );
}

#[test]
fn claude_is_not_started_without_approvals_as_root() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let tmux = Tmux::named("mosaic-fleet");
    let said = tmux.start_agent(
        "lead",
        "exec claude --model m --dangerously-skip-permissions",
    );
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    assert!(
        String::from_utf8_lossy(&said.stderr).contains("as root"),
        "{said:?}"
    );
    assert_eq!(tmux.panes("lead").len(), 0);
}

#[test]
fn a_runtime_of_the_roster_is_started_by_its_command() {
    let tmux = Tmux::named("mosaic-fleet");
    let program = "echo \"$MOSAIC_AGENT_RUNTIME: 'a b' $MOSAIC_AGENT_MODEL $#\" >out; mv out done; exec sleep 600";
    let mut start = tmux.starter("bot0", "");
    start.envs([
        ("MOSAIC_AGENT_RUNTIME", "mybot"),
        ("MOSAIC_AGENT_MODEL", "m"),
        ("MOSAIC_AGENT_PROGRAM", program),
    ]);
    assert_ok(&start.output().unwrap());
    eventually("the runtime", || tmux.path("done").exists());
    let said = fs::read_to_string(tmux.path("done")).unwrap();
    assert_eq!(said, "mybot: 'a b' m 0\n");
    // That of another runtime is not meant.
    let mut start = tmux.starter("coder0", "");
    start.envs([
        ("MOSAIC_AGENT_RUNTIME", "pi"),
        ("MOSAIC_AGENT_PROGRAM", program),
        ("PATH", "/usr/bin:/bin"),
    ]);
    let said = start.output().unwrap();
    assert_eq!(said.status.code(), Some(1), "{said:?}");
}

#[test]
fn an_empty_socket_is_the_default_server() {
    let tmux = Tmux::on_default();
    let mut start = tmux.starter("coder0", "exec sleep 600");
    start.env("TMUX", "/nonexistent/other,1,0"); // as inside a pane of another server
    assert_ok(&start.output().unwrap());
    assert_eq!(tmux.panes("coder0").len(), 1);
    let sockets: Vec<_> = files_below(&tmux.dir())
        .into_iter()
        .filter(|p| p.parent().unwrap() != tmux.dir())
        .collect();
    assert_eq!(sockets.len(), 1, "{sockets:?}");
    assert_eq!(sockets[0].file_name().unwrap(), "default");
}

#[test]
fn an_agent_never_starts_a_server() {
    for socket in ["mosaic-fleet", ""] {
        let tmux = Tmux::without_server(socket);
        let said = tmux.start_agent("coder0", "exec sleep 600");
        assert_eq!(said.status.code(), Some(3), "{said:?}");
        assert!(String::from_utf8_lossy(&said.stderr).contains("start the holder"));
        assert!(!tmux.run(&["list-sessions"]).status.success());
    }
}

#[test]
fn a_start_refuses_what_cannot_be_right() {
    let tmux = Tmux::named("mosaic-fleet");
    for (name, variable, value) in [
        ("a.b", "X", ""),
        ("coder0", "MOSAIC_AGENT_NAME", "coder1"),
        ("coder0", "MOSAIC_AGENT_WORKDIR", "/nonexistent"),
        ("coder0", "MOSAIC_AGENT_WORKDIR", "relative"),
        ("coder0", "MOSAIC_TMUX_SOCKET", "../x"),
    ] {
        let said = tmux
            .starter(name, "exec sleep 600")
            .env(variable, value)
            .output()
            .unwrap();
        assert_eq!(
            said.status.code(),
            Some(2),
            "{name} {variable}={value}: {said:?}"
        );
    }
    let said = tmux.start_agent("coder0", "exit 5");
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    assert_eq!(tmux.panes("coder0").len(), 0);
}

#[test]
fn a_start_refuses_an_unknown_runtime_and_a_stop_an_unknown_server() {
    let tmux = Tmux::named("mosaic-fleet");
    let said = tmux
        .starter("coder0", "")
        .env("MOSAIC_AGENT_RUNTIME", "emacs")
        .output()
        .unwrap();
    assert_eq!(said.status.code(), Some(2), "{said:?}");
    assert_ok(&tmux.start_agent("coder0", "exec sleep 600"));
    let mut stop = tmux.tool_command("fleet/start-agent-session.sh", &["--stop", "coder0"]);
    let said = stop.env_remove("MOSAIC_TMUX_SOCKET").output().unwrap();
    assert_eq!(said.status.code(), Some(2), "{said:?}");
    assert_eq!(tmux.panes("coder0").len(), 1);
}

#[test]
fn an_interrupted_start_leaves_no_session() {
    let tmux = Tmux::named("mosaic-fleet");
    let mut start = tmux.starter("coder0", "exec sleep 600").spawn().unwrap();
    eventually("the session", || tmux.panes("coder0").len() == 1);
    terminate(start.id());
    start.wait().unwrap();
    assert_eq!(tmux.panes("coder0").len(), 0);
}

#[test]
fn a_dead_session_is_replaced() {
    let tmux = Tmux::named("mosaic-fleet");
    assert_ok(&tmux.run(&["set-option", "-g", "remain-on-exit", "on"]));
    assert_ok(&tmux.start_agent("coder0", "until [ -e end ]; do sleep 0.05; done"));
    fs::write(tmux.path("end"), "").unwrap();
    eventually("the pane's death", || {
        tmux.panes("coder0")[0].ends_with("|1")
    });
    assert_ok(&tmux.start_agent("coder0", "exec sleep 600"));
    let panes = tmux.panes("coder0");
    assert!(panes.len() == 1 && panes[0].ends_with("|0"), "{panes:?}");
}

#[test]
fn a_stop_ends_exactly_one_session() {
    let tmux = Tmux::named("mosaic-fleet");
    for name in ["coder0", "coder0-0", "coder"] {
        assert_ok(&tmux.start_agent(name, "exec sleep 600"));
    }
    let stop = |name: &str| tmux.tool("fleet/start-agent-session.sh", &["--stop", name]);
    assert_ok(&stop("coder"));
    assert_ok(&stop("code")); // nobody: nothing happens
    assert_eq!(tmux.panes("coder").len(), 0);
    assert_eq!(
        (tmux.panes("coder0").len(), tmux.panes("coder0-0").len()),
        (1, 1)
    );
}

#[test]
fn a_stop_waits_for_the_process_and_then_insists() {
    let tmux = Tmux::named("mosaic-fleet");
    assert_ok(&tmux.start_agent("coder0", "trap '' HUP TERM; echo $$ > pid; exec sleep 600"));
    eventually("its pid", || {
        fs::read_to_string(tmux.path("pid")).is_ok_and(|pid| pid.ends_with('\n'))
    });
    let pid = fs::read_to_string(tmux.path("pid")).unwrap();
    assert_ok(&tmux.tool("fleet/start-agent-session.sh", &["--stop", "coder0"]));
    eventually("its end", || {
        let status = fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap_or_default();
        status.is_empty() || status.contains("State:\tZ")
    });
}

#[test]
fn the_stub_echoes_and_beats() {
    let tmux = Tmux::without_server("none");
    let run = tmux.path("run");
    fs::create_dir(&run).unwrap();
    let stub = |name: &str, arguments: &[&str]| {
        let mut stub = tmux.tool_command("fleet/stub-runtime.sh", arguments);
        stub.env("MOSAIC_AGENT_NAME", name)
            .env("MOSAIC_RUN_DIR", &run);
        stub
    };
    let mut lives = stub("coder0", &["--interval", "1"]);
    let mut lives = lives
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let beat = || fs::read_to_string(run.join("coder0.hb")).unwrap_or_default();
    eventually("a heartbeat", || {
        beat().contains(&format!("\nagent=coder0\npid={}\nat=", lives.id()))
    });
    let first = beat();
    assert!(
        first.starts_with("v=1\n") && first.ends_with("Z\ninterval=1\nstate=idle\n"),
        "{first}"
    );
    eventually("another one", || beat() != first);
    let mut typed = lives.stdin.take().unwrap();
    std::io::Write::write_all(&mut typed, b"do it; $HOME \\n\n").unwrap();
    drop(typed);
    let said = lives.wait_with_output().unwrap();
    assert_ok(&said);
    assert_eq!(
        String::from_utf8_lossy(&said.stdout),
        "coder0 is ready\necho: do it; $HOME \\n\n"
    );
    assert_eq!(
        fs::read_dir(&run).unwrap().count(),
        1,
        "nothing half written is left"
    );
    for (name, arguments) in [
        ("", &[][..]),
        ("../x", &[]),
        ("a", &["--interval", "0"]),
        ("a", &["x"]),
    ] {
        let refused = stub(name, arguments).stdin(Stdio::null()).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{name:?} {arguments:?}");
    }
}
