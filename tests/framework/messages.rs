//! Messages that are typed to agents, here and over ssh.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::framework::framework;
use crate::framework::tmux::{Tmux, assert_ok};
use crate::support::patience::{awaited, eventually};

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
