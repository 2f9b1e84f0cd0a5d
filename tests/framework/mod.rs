//! Checks what a release ships: the list of files, the presets, and the scripts on a real tmux.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::patience::{awaited, eventually};

/// Every path of a release; `x` marks the executable ones.
const SHIPPED: &str = "
    AGENTS.md
    CHANGELOG.md
    SOUL.md
    STANDARDS.md
    TOOLS.md
    USER.md
    bundle.toml
    defaults/README.md
    defaults/agent.env.example
    defaults/holder-limits.conf.example
    defaults/holder.env.example
    defaults/mosaicpreserve.example
    defaults/tmux.conf.example
    fleet/README.md
    fleet/examples/delivery-team.yaml
    fleet/examples/local-canary.yaml
    fleet/examples/minimal.yaml
    fleet/examples/mixed-runtimes.yaml
    fleet/examples/pair.yaml
    fleet/examples/two-hosts.yaml
    fleet/roles/canary.md
    fleet/roles/enhancer.md
    fleet/roles/implementer.md
    fleet/roles/orchestrator.md
    fleet/roles/researcher.md
    fleet/roles/reviewer.md
    fleet/roster.schema.json
    guides/delivery.md
    guides/fleet-canary.md
    guides/fleet-rollback.md
    guides/heartbeat.md
    guides/orchestrator.md
    guides/qa.md
    guides/release-preflight.md
    guides/tmux-tools.md
    systemd/user/README.md
    systemd/user/mosaic-agent@.service
    systemd/user/mosaic-tmux-holder.service
    systemd/user/test-fleet-units.sh x
    tools/fleet/start-agent-session.sh x
    tools/fleet/stub-runtime.sh x
    tools/fleet/tmux-holder.sh x
    tools/tmux/agent-send.sh x
    tools/tmux/send-message.sh x
";

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
        "unknown runtime",
        "version: 1\nagents: [{name: a, runtime: vim}]",
    ),
    (
        "settings of an unknown runtime",
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
        "all of an agent",
        "version: 1\nagents: [{name: coder0-0, runtime: codex, class: x, model_hint: m, \
         working_directory: $HOME/x, socket: other, host: 192.0.2.1, ssh: u@192.0.2.1, tenant_id: ops}]",
    ),
];

#[test]
fn a_release_holds_exactly_these_files() {
    let mut found = BTreeSet::new();
    for path in files_below(&framework()) {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        let x = if mode & 0o111 == 0o111 { " x" } else { "" };
        let relative = path.strip_prefix(framework()).unwrap();
        found.insert(format!("{}{x}", relative.display()));
    }
    let want: BTreeSet<String> = SHIPPED
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map(String::from)
        .collect();
    let missing: Vec<_> = want.difference(&found).collect();
    let extra: Vec<_> = found.difference(&want).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing {missing:?}, not listed {extra:?}"
    );
}

#[test]
fn presets_are_valid_and_name_the_socket() {
    let schema = roster_schema();
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
            mosaic::decide::fleet::roster::parse("preset", &text).is_ok(),
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

#[test]
fn the_retired_name_is_nowhere() {
    let retired = ["fac", "tory"].concat();
    for path in files_below(&framework()) {
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        assert!(!text.contains(&retired), "{}", path.display());
        assert!(!path.to_string_lossy()[framework().as_os_str().len()..].contains(&retired));
    }
}

#[test]
fn scripts_explain_themselves() {
    for script in SHIPPED
        .lines()
        .filter_map(|line| line.trim().strip_suffix(" x"))
    {
        let said = Command::new(framework().join(script))
            .arg("--help")
            .output()
            .unwrap();
        let text = String::from_utf8(said.stdout).unwrap();
        assert!(said.status.success(), "{script}");
        for part in ["Usage:", "Exit status:", "Example:"] {
            assert!(text.contains(part), "{script} --help lacks {part}");
        }
    }
}

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
    ] {
        assert!(
            report.contains(&format!("\n{line}\n")),
            "no {line} in {report}"
        );
    }
}

#[test]
fn a_runtime_gets_its_model() {
    let tmux = Tmux::named("mosaic-fleet");
    let bin = tmux.path("bin");
    fs::create_dir(&bin).unwrap();
    let claude = bin.join("claude");
    fs::write(
        &claude,
        "#!/bin/sh\necho \"$@\" > out; mv out \"$HOME/arguments\"; exec sleep 600\n",
    )
    .unwrap();
    fs::set_permissions(&claude, fs::Permissions::from_mode(0o755)).unwrap();
    let mut start = tmux.starter("lead", "");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    start.envs([
        ("MOSAIC_AGENT_RUNTIME", "claude"),
        ("MOSAIC_AGENT_MODEL", "a model"),
        ("PATH", &path),
    ]);
    assert_ok(&start.output().unwrap());
    eventually("the runtime", || tmux.path("arguments").exists());
    assert_eq!(
        fs::read_to_string(tmux.path("arguments")).unwrap(),
        "--model a model\n"
    );
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
fn a_message_arrives_to_the_byte() {
    let tmux = Tmux::named("mosaic-fleet");
    let reader = RawReader::start(&tmux, "coder0");
    let long = "0123456789 ".repeat(930);
    for text in [
        "end;",
        "-n",
        "--",
        "one\n\n  two\n",
        "Grüße 🦀 'q' \"d\" $HOME `x` \\ #{pid}",
        &long,
    ] {
        assert_ok(&tmux.tool(
            "tmux/send-message.sh",
            &["-L", "mosaic-fleet", "-t", "=coder0", "-m", text],
        ));
        reader.expect(&format!("{text}\r"));
    }
    let left = tmux.run(&["list-buffers"]).stdout;
    assert_eq!(String::from_utf8_lossy(&left), "", "buffers left behind");
}

#[test]
fn a_message_may_come_from_standard_input() {
    let tmux = Tmux::named("mosaic-fleet");
    let reader = RawReader::start(&tmux, "coder0");
    fs::write(tmux.path("text"), "from\na file\n").unwrap();
    let said = tmux
        .tool_command(
            "tmux/send-message.sh",
            &["-L", "mosaic-fleet", "-t", "coder0", "-m", "-"],
        )
        .stdin(fs::File::open(tmux.path("text")).unwrap())
        .output()
        .unwrap();
    assert_ok(&said);
    reader.expect("from\na file\r");
}

#[test]
fn a_message_without_its_exact_session_goes_nowhere() {
    let tmux = Tmux::named("mosaic-fleet");
    let reader = RawReader::start(&tmux, "coder0");
    for name in ["code", "=code", "coder00", "CODER0"] {
        let said = tmux.tool(
            "tmux/send-message.sh",
            &["-L", "mosaic-fleet", "-t", name, "-m", "astray"],
        );
        assert_eq!(said.status.code(), Some(7), "{name}: {said:?}");
    }
    for text in ["", "key\u{3}", "\u{1b}[201~"] {
        let said = tmux.tool(
            "tmux/send-message.sh",
            &["-L", "mosaic-fleet", "-t", "coder0", "-m", text],
        );
        assert_eq!(said.status.code(), Some(2), "{text:?}: {said:?}");
    }
    assert_ok(&tmux.tool(
        "tmux/send-message.sh",
        &["-L", "mosaic-fleet", "-t", "coder0", "-m", "only this"],
    ));
    reader.expect("only this\r");
}

#[test]
fn a_dead_pane_takes_no_message_and_the_server_lives() {
    let tmux = Tmux::named("mosaic-fleet");
    assert_ok(&tmux.run(&["set-option", "-g", "remain-on-exit", "on"]));
    assert_ok(&tmux.start_agent("coder0", "until [ -e end ]; do sleep 0.05; done"));
    fs::write(tmux.path("end"), "").unwrap();
    eventually("the pane's death", || {
        tmux.panes("coder0")[0].ends_with("|1")
    });
    let said = tmux.tool(
        "tmux/send-message.sh",
        &["-L", "mosaic-fleet", "-t", "coder0", "-m", "anyone?"],
    );
    assert_eq!(said.status.code(), Some(7), "{said:?}");
    assert_ok(&tmux.run(&["has-session", "-t", "=base"]));
    assert_eq!(tmux.run(&["list-buffers"]).stdout, b"");
}

#[test]
fn a_copy_mode_does_not_swallow_a_message() {
    let tmux = Tmux::named("mosaic-fleet");
    let reader = RawReader::start(&tmux, "coder0");
    assert_ok(&tmux.run(&["copy-mode", "-t", "=coder0:"]));
    assert_ok(&tmux.tool(
        "tmux/send-message.sh",
        &["-L", "mosaic-fleet", "-t", "coder0", "-m", "hello"],
    ));
    reader.expect("hello\r");
}

#[test]
fn an_agent_sees_who_sends() {
    let tmux = Tmux::on_default();
    let reader = RawReader::start(&tmux, "coder0");
    let send = "tmux/agent-send.sh";
    assert_ok(&tmux.tool(
        send,
        &["-L", "", "-S", "box:operator", "-s", "coder0", "-m", "hi;"],
    ));
    reader.expect("[box:operator] hi;\r");
    let inside = tmux
        .tool_command(send, &["-s", "=coder0", "-m", "-x\ny"])
        .env("MOSAIC_AGENT_NAME", "lead")
        .output()
        .unwrap();
    assert_ok(&inside);
    reader.expect_with("lead", |got| got.ends_with(":lead] -x\ny\r"));
    let said = tmux.tool(send, &["-S", "box", "-s", "coder", "-m", "astray"]);
    assert_eq!(said.status.code(), Some(7), "{said:?}");
}

#[test]
fn a_peer_is_reached_over_ssh() {
    let tmux = Tmux::named("mosaic-fleet");
    let reader = RawReader::start(&tmux, "builder0");
    let bin = tmux.path("bin");
    fs::create_dir(&bin).unwrap();
    let ssh = bin.join("ssh"); // what sshd does: the login shell gets one string
    fs::write(
        &ssh,
        "#!/bin/bash\necho \"$*\" > \"$HOME/ssh\"\nexec sh -c \"${@: -1}\"\n",
    )
    .unwrap();
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    let arguments = [
        "-L",
        "mosaic-fleet",
        "-H",
        "fleet@192.0.2.10",
        "-S",
        "box",
        "-s",
        "builder0",
        "-m",
        "it's $HOME\n;",
    ];
    let said = tmux
        .tool_command("tmux/agent-send.sh", &arguments)
        .env(
            "PATH",
            format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()),
        )
        .env("MOSAIC_HOME", framework())
        .output()
        .unwrap();
    assert_ok(&said);
    reader.expect("[box] it's $HOME\n;\r");
    assert!(
        fs::read_to_string(tmux.path("ssh"))
            .unwrap()
            .contains("-- fleet@192.0.2.10 exec sh")
    );
    let option = tmux.tool(
        "tmux/agent-send.sh",
        &["-H", "-oProxyCommand=x", "-s", "builder0", "-m", "x"],
    );
    assert_eq!(option.status.code(), Some(2), "{option:?}");
}

#[test]
fn the_holder_keeps_a_server_of_its_own() {
    let tmux = Tmux::without_server("mosaic-fleet");
    let mut holder = tmux
        .tool_command("fleet/tmux-holder.sh", &["run"])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    assert_ok(&tmux.tool("fleet/tmux-holder.sh", &["ready"]));
    assert_ok(&tmux.run(&["has-session", "-t", "=_holder"]));
    let second = tmux.tool("fleet/tmux-holder.sh", &["run"]);
    assert_eq!(second.status.code(), Some(78), "{second:?}");
    assert_ok(&tmux.run(&["kill-session", "-t", "=_holder"]));
    assert_ok(&tmux.tool("fleet/tmux-holder.sh", &["ready"])); // the server outlived its last session
    terminate(holder.id());
    holder.wait().unwrap();
    assert!(!tmux.run(&["list-sessions"]).status.success());
}

#[test]
fn the_holder_leaves_the_default_server_alone() {
    let tmux = Tmux::on_default();
    let mut holder = tmux
        .tool_command("fleet/tmux-holder.sh", &["run"])
        .spawn()
        .unwrap();
    eventually("the holder session", || tmux.panes("_holder").len() == 1);
    terminate(holder.id());
    assert!(holder.wait().unwrap().success());
    assert_eq!(
        (tmux.panes("_holder").len(), tmux.panes("base").len()),
        (0, 1)
    );
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

/// A tmux server of the test's own, with a session `base`; ends with the test.
struct Tmux {
    dir: TempDir,
    socket: &'static str,
}

impl Tmux {
    fn named(socket: &'static str) -> Self {
        let tmux = Self::without_server(socket);
        let mut start = tmux.client();
        start.args([
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-s",
            "base",
            "sleep",
            "600",
        ]);
        assert_ok(
            &start
                .output()
                .expect("these tests need tmux: install it (apt-get install tmux)"),
        );
        tmux
    }

    fn on_default() -> Self {
        Self::named("")
    }

    fn without_server(socket: &'static str) -> Self {
        // Not $TMPDIR: a socket's path has a limit of about 100 bytes.
        let dir = tempfile::Builder::new()
            .prefix("mosaic-")
            .tempdir_in("/tmp")
            .unwrap();
        Self { dir, socket }
    }

    fn dir(&self) -> PathBuf {
        self.dir.path().to_path_buf()
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    fn client(&self) -> Command {
        let mut client = self.isolated("tmux");
        if !self.socket.is_empty() {
            client.args(["-L", self.socket]);
        }
        client
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.client()
            .arg("-N")
            .args(arguments)
            .output()
            .expect("these tests need tmux: install it")
    }

    /// `PANE_ID|DEAD` of every pane of the session with exactly this name.
    fn panes(&self, session: &str) -> Vec<String> {
        let said = self
            .run(&[
                "list-panes",
                "-a",
                "-F",
                "#{session_name}|#{pane_id}|#{pane_dead}",
            ])
            .stdout;
        let said = String::from_utf8(said).unwrap();
        let rows = said.lines().filter_map(|row| row.split_once('|'));
        rows.filter(|(name, _)| *name == session)
            .map(|(_, pane)| pane.to_owned())
            .collect()
    }

    fn isolated(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for (variable, _) in std::env::vars_os() {
            let name = variable.to_string_lossy();
            if name.starts_with("TMUX") || name.starts_with("MOSAIC_") || name == "INVOCATION_ID" {
                command.env_remove(&variable);
            }
        }
        command
            .env("TMUX_TMPDIR", self.dir.path())
            .env("HOME", self.dir.path())
            .current_dir(self.dir.path());
        command
    }

    fn tool_command(&self, tool: &str, arguments: &[&str]) -> Command {
        let mut command = self.isolated(framework().join("tools").join(tool));
        command
            .args(arguments)
            .env("MOSAIC_TMUX_SOCKET", self.socket);
        command
    }

    fn tool(&self, tool: &str, arguments: &[&str]) -> Output {
        self.tool_command(tool, arguments).output().unwrap()
    }

    fn starter(&self, name: &str, command: &str) -> Command {
        let mut start = self.tool_command("fleet/start-agent-session.sh", &[name]);
        start.envs([
            ("MOSAIC_AGENT_WORKDIR", "$HOME"),
            ("MOSAIC_AGENT_COMMAND", command),
        ]);
        start
    }

    fn start_agent(&self, name: &str, command: &str) -> Output {
        self.starter(name, command).output().unwrap()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.client().args(["-N", "kill-server"]).output();
    }
}

/// An agent that writes every byte typed into it to a file.
struct RawReader {
    heard: PathBuf,
    taken: std::cell::Cell<usize>,
}

impl RawReader {
    fn start(tmux: &Tmux, name: &str) -> Self {
        let command = "stty raw -echo && touch listening && exec cat > heard";
        assert_ok(&tmux.start_agent(name, command));
        eventually("the reader", || tmux.path("listening").exists());
        Self {
            heard: tmux.path("heard"),
            taken: 0.into(),
        }
    }

    /// Waits until exactly this follows what was expected before.
    fn expect(&self, text: &str) {
        self.expect_with(text, |got| got == text);
    }

    fn expect_with(&self, what: &str, is_it: impl Fn(&str) -> bool) {
        let fresh = || {
            let all = fs::read(&self.heard).unwrap_or_default();
            String::from_utf8_lossy(&all[self.taken.get().min(all.len())..]).into_owned()
        };
        awaited(what, || {
            let fresh = fresh();
            if is_it(&fresh) { Ok(()) } else { Err(fresh) }
        });
        self.taken.set(self.taken.get() + fresh().len());
    }
}

fn assert_ok(said: &Output) {
    assert!(said.status.success(), "{said:?}");
}

fn terminate(pid: u32) {
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

fn framework() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("framework")
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
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
fn an_interrupted_start_leaves_no_session() {
    let tmux = Tmux::named("mosaic-fleet");
    let mut start = tmux.starter("coder0", "exec sleep 600").spawn().unwrap();
    eventually("the session", || tmux.panes("coder0").len() == 1);
    terminate(start.id());
    start.wait().unwrap();
    assert_eq!(tmux.panes("coder0").len(), 0);
}

#[test]
fn the_holder_refuses_what_cannot_be_right() {
    let tmux = Tmux::without_server("mosaic-fleet");
    for (variable, value) in [
        ("MOSAIC_TMUX_SOCKET", "../x"),
        ("MOSAIC_TMUX_HOLDER", "a:b"),
    ] {
        let mut run = tmux.tool_command("fleet/tmux-holder.sh", &["ready"]);
        let said = run.env(variable, value).output().unwrap();
        assert_eq!(said.status.code(), Some(78), "{variable}: {said:?}");
    }
}

#[test]
fn the_holders_server_is_as_configured_and_no_others() {
    let tmux = Tmux::without_server("mosaic-fleet");
    fs::write(tmux.path("conf"), "set -g status-left mine\n").unwrap();
    let mut run = tmux.tool_command("fleet/tmux-holder.sh", &["run"]);
    run.env("MOSAIC_TMUX_CONF", tmux.path("conf"))
        .env("INVOCATION_ID", "x")
        .stdin(Stdio::null());
    let mut holder = run.spawn().unwrap();
    assert_ok(&tmux.tool("fleet/tmux-holder.sh", &["ready"]));
    let shown = |words: &[&str]| String::from_utf8(tmux.run(words).stdout).unwrap();
    assert_eq!(
        shown(&["show-options", "-gv", "status-left"]).trim(),
        "mine"
    );
    let environment = shown(&["show-environment", "-g"]);
    assert!(
        !environment.contains("INVOCATION_ID") && !environment.contains("MOSAIC_TMUX_"),
        "{environment}"
    );
    let mut ready = tmux.tool_command("fleet/tmux-holder.sh", &["ready"]);
    assert_eq!(
        ready.env("MAINPID", "1").output().unwrap().status.code(),
        Some(78),
        "another's server"
    );
    terminate(holder.id());
    holder.wait().unwrap();
}

#[test]
fn the_holder_of_the_default_server_keeps_its_own_session_only() {
    let tmux = Tmux::on_default();
    for name in ["my_holder", "_holder-2"] {
        assert_ok(&tmux.run(&["new-session", "-d", "-s", name, "sleep", "600"]));
    }
    let run = || {
        let mut run = tmux.tool_command("fleet/tmux-holder.sh", &["run"]);
        run.env("TMUX", "/nonexistent/other,1,0").spawn().unwrap()
    };
    let mut holder = run();
    eventually("the holder session", || tmux.panes("_holder").len() == 1);
    assert_ok(&tmux.run(&["kill-session", "-t", "=_holder"]));
    eventually("it comes back", || tmux.panes("_holder").len() == 1);
    assert_ok(&tmux.run(&["kill-session", "-t", "=_holder"]));
    terminate(holder.id());
    assert!(holder.wait().unwrap().success());
    assert_eq!(
        (tmux.panes("my_holder").len(), tmux.panes("_holder-2").len()),
        (1, 1)
    );
    let holder = run();
    eventually("the holder session", || tmux.panes("_holder").len() == 1);
    assert_ok(&tmux.run(&["kill-server"]));
    // Another server in its place is another's.
    let another = || {
        tmux.client()
            .args(["-f", "/dev/null", "new-session", "-d", "sleep", "600"])
            .output()
            .unwrap()
    };
    eventually("another server", || another().status.success()); // not while the former one ends
    let holder = std::cell::RefCell::new(holder);
    let ended = || {
        holder
            .borrow_mut()
            .try_wait()
            .unwrap()
            .and_then(|status| status.code())
    };
    eventually("the holder's end", || ended().is_some());
    assert_eq!(ended(), Some(1));
}
