//! Messages that are typed to agents, in all three ways: by the program, by `agent-send.sh`, and by `send-message.sh`. The
//! rules are the same. Over ssh, too.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use crate::framework::framework;
use crate::framework::tmux::{Tmux, assert_ok};
use crate::support::patience::{awaited, eventually};

const SOCKET: &str = "mosaic-fleet";
const LABEL: &str = "box:lead";

/// A way to say something to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Program,
    AgentSend,
    SendMessage,
}

const WAYS: [Way; 3] = [Way::Program, Way::AgentSend, Way::SendMessage];

impl Way {
    /// Says a text; one that is long comes by standard input.
    fn send(self, tmux: &Tmux, name: &str, text: &str) -> Output {
        let is_long = text.len() > 100_000;
        let signed = match self {
            Self::SendMessage => format!("[{LABEL}] {text}"),
            _ => text.to_owned(),
        };
        let typed = if is_long { "-" } else { &signed };
        let mut command = match self {
            Self::Program => {
                let mut mosaic = tmux.isolated(env!("CARGO_BIN_EXE_mosaic"));
                let words = ["agent", "send", name, "--socket", SOCKET];
                mosaic.args(words).args(["--source", LABEL, "-m", typed]);
                mosaic
            }
            Self::AgentSend => tmux.tool_command(
                "tmux/agent-send.sh",
                &["-L", SOCKET, "-S", LABEL, "-s", name, "-m", typed],
            ),
            Self::SendMessage => tmux.tool_command(
                "tmux/send-message.sh",
                &["-L", SOCKET, "-t", name, "-m", typed],
            ),
        };
        fs::write(tmux.path("text"), format!("{signed}\n")).unwrap();
        let input = fs::File::open(tmux.path("text")).unwrap();
        command.stdin(input).output().unwrap()
    }

    fn must(self, tmux: &Tmux, name: &str, text: &str, status: i32) -> String {
        let said = self.send(tmux, name, text);
        let shown: String = text.chars().take(60).collect();
        let words = format!("{self:?} {shown:?}: {said:?}");
        assert_eq!(said.status.code(), Some(status), "{words}");
        words
    }
}

/// A session with a program of its own, without a shell around it.
fn session(tmux: &Tmux, name: &str, words: &[&str]) {
    let run = tmux.path("run");
    fs::create_dir_all(&run).unwrap();
    let agent = format!("MOSAIC_AGENT_NAME={name}");
    let run = format!("MOSAIC_RUN_DIR={}", run.display());
    let begin = ["new-session", "-d", "-x", "200", "-y", "50", "-s", name];
    let variables = ["-e", &agent, "-e", &run, "-e", "LANG=C.UTF-8"];
    assert_ok(&tmux.run(&[&begin[..], &variables, words].concat()));
}

/// A stub that plays a composer and is called like Claude, so that it is sent to as one.
fn composer(tmux: &Tmux, name: &str, options: &[&str]) -> Composer {
    let program = tmux.path("claude");
    if !program.exists() {
        symlink(framework().join("tools/fleet/stub-runtime.sh"), &program).unwrap();
    }
    let got = tmux.path(&format!("{name}.got"));
    fs::write(&got, "").unwrap();
    let words = [program.to_str().unwrap(), "--composer", "--record"];
    let words = [&words[..], &[got.to_str().unwrap()], options].concat();
    session(tmux, name, &words);
    let is_blank = options.first() == Some(&"--blank");
    let begins = |shown: String| is_blank || shown.contains('❯');
    eventually("its screen", || begins(screen(tmux, name)));
    Composer { got }
}

/// What a composer was given.
struct Composer {
    got: PathBuf,
}

impl Composer {
    fn taken(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.got).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    /// Waits until exactly this was taken since the last time.
    fn takes(&self, text: &str) {
        awaited("the message", || {
            let taken = self.taken();
            (taken == [text]).then_some(()).ok_or(format!("{taken:?}"))
        });
        fs::write(&self.got, "").unwrap();
    }
}

fn screen(tmux: &Tmux, name: &str) -> String {
    let words = ["capture-pane", "-p", "-J", "-t", &format!("={name}:")];
    String::from_utf8(tmux.run(&words).stdout).unwrap()
}

#[test]
fn a_message_arrives_whole_with_its_label_in_front() {
    let tmux = Tmux::named(SOCKET);
    let coder = composer(&tmux, "coder0", &[]);
    let ran = tmux.path("ran").display().to_string();
    for text in [
        "hello",
        "/clear",
        "exit",
        &format!("!touch {ran}"),
        "-n",
        "--",
        "one\n\n  two\tx",
        "with a newline at its end\n",
        "end;",
        "Grüße 🦀 'q' \"d\" $HOME `x` \\ #{pid} | %1",
        &"0123456789 ".repeat(6000),
        &"a line\n".repeat(20_000),
    ] {
        for way in WAYS {
            way.must(&tmux, "coder0", text, 0);
            coder.takes(&format!("[{LABEL}] {text}"));
        }
    }
    assert!(!Path::new(&ran).exists(), "nothing was run");
    let left = tmux.run(&["list-buffers"]).stdout;
    assert_eq!(String::from_utf8_lossy(&left), "", "buffers left behind");
}

#[test]
fn nothing_is_typed_where_it_could_do_harm() {
    let tmux = Tmux::named(SOCKET);
    let approval = composer(&tmux, "approval", &["--asks", "yes"]);
    let wall = composer(&tmux, "wall", &["--asks", "end"]);
    let blank = composer(&tmux, "blank", &["--blank", "9999"]);
    let draft = composer(&tmux, "draft", &[]);
    assert_ok(&tmux.run(&["send-keys", "-t", "=draft:", "-l", "half a thought"]));
    session(&tmux, "shell", &["bash", "--norc"]);
    assert_ok(&tmux.run(&["set-option", "-g", "remain-on-exit", "on"]));
    session(&tmux, "dead", &["true"]);
    eventually("its end", || tmux.panes("dead")[0].ends_with("|1"));
    eventually("the draft", || screen(&tmux, "draft").contains("thought"));
    eventually("the prompt", || {
        screen(&tmux, "shell").contains('$') || screen(&tmux, "shell").contains('#')
    });
    for (name, why) in [
        ("approval", "approval"),
        ("wall", "asks something"),
        ("blank", "blank"),
        ("draft", "draft"),
        ("shell", "a shell runs there"),
        ("dead", "has ended"),
        ("nobody", "no session nobody"),
        ("shel", "no session shel"),
    ] {
        let before = screen(&tmux, name);
        for way in WAYS {
            let said = way.must(&tmux, name, "touch ran", 7);
            assert!(said.contains(why), "{name}: {said}");
            assert_eq!(screen(&tmux, name), before, "{name}: {way:?}");
        }
    }
    for agent in [approval, wall, blank, draft] {
        assert_eq!(agent.taken(), [""; 0], "nothing was taken or allowed");
    }
    assert_ok(&tmux.run(&["has-session", "-t", "=base"]));
}

#[test]
fn a_text_that_stays_in_the_composer_is_not_called_delivered() {
    let tmux = Tmux::named(SOCKET);
    for (way, name) in WAYS.into_iter().zip(["a", "b", "c"]) {
        let stuck = composer(&tmux, name, &["--stuck"]);
        let said = way.must(&tmux, name, "hello", 6);
        assert!(said.contains("do not send it again"), "{said}");
        assert_eq!(stuck.taken(), [""; 0]);
    }
}

#[test]
fn what_is_no_message_is_refused() {
    let tmux = Tmux::named(SOCKET);
    let coder = composer(&tmux, "coder0", &[]);
    for way in WAYS {
        for text in ["", "key\u{3}", "a\n\u{1b}[201~", "\u{9b}x"] {
            way.must(&tmux, "coder0", text, 2);
        }
        way.must(&tmux, "no.name", "x", 2);
    }
    assert_eq!(coder.taken(), [""; 0]);
}

/// What it runs tells nothing: the program says so, and the scripts that text and Enter were typed.
#[test]
fn a_plain_program_gets_every_byte() {
    let tmux = Tmux::named(SOCKET);
    let got = tmux.path("got");
    let command = format!("stty raw -echo; echo ready; exec cat > '{}'", got.display());
    session(&tmux, "coder0", &["sh", "-c", &command]);
    eventually("the reader", || screen(&tmux, "coder0").contains("ready"));
    assert_ok(&tmux.run(&["copy-mode", "-t", "=coder0:"]));
    let text = format!("one\n\n  two\tx {}", "0123456789 ".repeat(930));
    for way in WAYS {
        fs::write(&got, "").unwrap();
        way.must(
            &tmux,
            "coder0",
            &text,
            if way == Way::Program { 6 } else { 0 },
        );
        // A file that is emptied is written on where the writer was.
        let bytes = || fs::read_to_string(&got).unwrap();
        let expected = format!("[{LABEL}] {text}\r");
        eventually("every byte", || {
            bytes().trim_start_matches('\0') == expected
        });
    }
    let reset = tmux.tool(
        "tmux/send-message.sh",
        &["-L", SOCKET, "-t", "coder0", "-m", "/new"],
    );
    assert_eq!(reset.status.code(), Some(7), "{reset:?}");
}

#[test]
fn who_sends_is_told_also_where_nobody_said() {
    let tmux = Tmux::named(SOCKET);
    let coder = composer(&tmux, "coder0", &[]);
    let send = |tool, to, text| {
        let mut send = tmux.tool_command(tool, &["-L", SOCKET, to, "=coder0", "-m", text]);
        assert_ok(&send.env("MOSAIC_AGENT_NAME", "lead0").output().unwrap());
        let taken = || coder.taken().concat();
        eventually("the message", || {
            taken().ends_with(&format!(":lead0] {text}"))
        });
        fs::write(&coder.got, "").unwrap();
    };
    send("tmux/agent-send.sh", "-s", "-x\ny");
    send("tmux/send-message.sh", "-t", "/help");
    send("tmux/send-message.sh", "-t", "[no label");
    let reset = tmux.tool(
        "tmux/send-message.sh",
        &["-L", SOCKET, "-t", "coder0", "-m", "/clear"],
    );
    assert_ok(&reset);
    assert_eq!(coder.taken(), [""; 0], "a reset is no message");
}

#[test]
fn without_the_program_nothing_is_typed() {
    let tmux = Tmux::named(SOCKET);
    let coder = composer(&tmux, "coder0", &[]);
    let bin = tmux.path("bin");
    fs::create_dir(&bin).unwrap();
    let usual = std::env::var("PATH").unwrap();
    let old = bin.join("mosaic");
    fs::write(&old, "#!/bin/sh\necho 'Usage: mosaic'\n").unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).unwrap();
    let words = ["-L", SOCKET, "-t", "coder0", "-m", "x"];
    let with = |path: &str| {
        let mut send = tmux.tool_command("tmux/send-message.sh", &words);
        let said = send
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(said.status.code(), Some(7), "{said:?}");
        String::from_utf8(said.stderr).unwrap()
    };
    let said = with(&format!("{}:{usual}", bin.display()));
    assert!(said.contains("older than this script"), "{said}");
    fs::remove_file(&old).unwrap();
    let login = tmux
        .isolated("bash")
        .args(["-lc", "type -P mosaic"])
        .env("PATH", &usual)
        .output();
    if login.unwrap().status.success() {
        eprintln!("skipped: this machine has the program in its PATH");
        return;
    }
    let said = with(&usual);
    assert!(said.contains("no program mosaic"), "{said}");
    assert_eq!(coder.taken(), [""; 0]);
}

#[test]
fn a_peer_is_reached_over_ssh() {
    let tmux = Tmux::named(SOCKET);
    let builder = composer(&tmux, "builder0", &[]);
    let bin = tmux.path("bin");
    fs::create_dir(&bin).unwrap();
    let ssh = bin.join("ssh"); // what sshd does: the login shell gets one string
    fs::write(
        &ssh,
        "#!/bin/bash\necho \"$*\" > \"$HOME/ssh\"\nexec sh -c \"${@: -1}\"\n",
    )
    .unwrap();
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    let send = |host: &str, text: &str| {
        let words = [
            "-L", SOCKET, "-H", host, "-S", "box", "-s", "builder0", "-m", text,
        ];
        let mut send = tmux.tool_command("tmux/agent-send.sh", &words);
        let path = send.get_envs().find(|(name, _)| *name == "PATH");
        let path = path
            .and_then(|(_, path)| path?.to_str())
            .unwrap()
            .to_owned();
        send.env("PATH", format!("{}:{path}", bin.display()));
        send.env("MOSAIC_HOME", framework()).output().unwrap()
    };
    assert_ok(&send("fleet@192.0.2.10", "it's $HOME\n;"));
    builder.takes("[box] it's $HOME\n;");
    let asked = fs::read_to_string(tmux.path("ssh")).unwrap();
    assert!(asked.contains("-- fleet@192.0.2.10 exec sh"), "{asked}");
    let option = send("-oProxyCommand=x", "x");
    assert_eq!(option.status.code(), Some(2), "{option:?}");
}
