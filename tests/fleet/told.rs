//! `agent send` and `reset`: a message arrives whole and once, or it is said that it did not, and nothing acted. The stub
//! and plain programs here; the real runtimes have tests of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;

use crate::Test;
use crate::life::{Fleet, SOCKET};
use crate::manager::{Inside, said};
use crate::patience::eventually;
use crate::picture::{MOSAIC, processes, running};

tests! {
    Test:
    the_stub_gets_each_message_once,
    many_senders_take_turns,
    a_plain_program_confirms_nothing,
    a_shell_is_not_typed_to,
    nothing_is_typed_where_no_composer_is,
    what_is_no_message_is_refused,
    nobody_is_told_where_nobody_lives,
    a_reset_is_the_rosters_word,
}

fn send(fleet: &Fleet, words: &[&str], status: i32) -> Value {
    fleet.json(&[&["agent", "send"], words].concat(), status)
}

fn outcome(fleet: &Fleet, words: &[&str], status: i32) -> String {
    let document = send(fleet, words, status);
    document["outcome"].as_str().expect("an outcome").to_owned()
}

fn screen(inside: &Inside, agent: &str) -> String {
    let target = format!("={agent}:");
    inside.tmux(&[
        "-L",
        SOCKET,
        "capture-pane",
        "-p",
        "-J",
        "-S",
        "-",
        "-t",
        &target,
    ])
}

fn stubs(inside: &Inside, count: usize) -> Fleet<'_> {
    let fleet = Fleet::usual(inside, count);
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    fleet
}

/// A program that writes every byte it gets into a file.
fn reader(inside: &Inside) -> (PathBuf, PathBuf) {
    let path = inside.home().join("reads-all");
    let got = inside.home().join("got");
    let text = format!(
        "#!/usr/bin/env python3\nimport os, termios, tty\nold = termios.tcgetattr(0)\ntty.setraw(0)\nprint('ready')\nout = open('{}', 'ab', 0)\nwhile True: out.write(os.read(0, 65536))\n",
        got.display()
    );
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
    (path, got)
}

fn the_stub_gets_each_message_once(inside: &Inside) {
    let fleet = stubs(inside, 2);
    for text in [
        "hello",
        "/clear",
        "exit",
        "!true",
        "-n",
        "$HOME `x` #{pid} \\ 'q' \"d\"",
        "Grüße",
    ] {
        let words = ["coder0", "--message", text, "--source-label", "box:lead"];
        let sent = send(&fleet, &words, 0);
        assert_eq!(sent["outcome"], "delivered", "{text}: {sent}");
        let echo = format!("echo: [box:lead] {text}");
        let shown = screen(inside, "coder0");
        assert_eq!(shown.matches(&echo).count(), 1, "{text}: {shown}");
    }
    assert!(
        !screen(inside, "coder1").contains("[box:lead]"),
        "nobody else was told"
    );
    let plain = fleet.run(&["agent", "send", "coder1", "-m", "who?"], 0);
    assert!(plain.contains("delivered coder1"), "{plain}");
    assert!(screen(inside, "coder1").contains(":operator] who?"));
    let in_session = inside
        .program(MOSAIC)
        .args(["agent", "send", "coder1", "-m", "me"])
        .env("MOSAIC_AGENT_NAME", "coder0")
        .output()
        .expect("it runs");
    assert!(in_session.status.success(), "{}", said(&in_session));
    assert!(screen(inside, "coder1").contains(":coder0] me"));
    let left = inside.tmux(&["-L", SOCKET, "list-buffers"]);
    assert_eq!(left, "", "buffers left behind");
}

fn many_senders_take_turns(inside: &Inside) {
    let fleet = stubs(inside, 2);
    let home = fleet.home.to_str().expect("UTF-8");
    let texts: Vec<_> = (0..12)
        .map(|number| format!("n{number} {}", "x".repeat(300)))
        .collect();
    let senders: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| {
            let agent = format!("coder{}", number % 2);
            let mut mosaic = inside.program(MOSAIC);
            mosaic.args(["agent", "send", &agent, "-m", text, "--home", home]);
            mosaic
                .stdout(std::process::Stdio::piped())
                .spawn()
                .expect("it runs")
        })
        .collect();
    for sender in senders {
        let output = sender.wait_with_output().expect("waited");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let all = [screen(inside, "coder0"), screen(inside, "coder1")].join("\n");
    for text in &texts {
        let echo = format!(":operator] {text}\n");
        let echoes = all
            .lines()
            .filter(|line| line.starts_with("echo: ") && format!("{line}\n").ends_with(&echo));
        assert_eq!(echoes.count(), 1, "{text}");
    }
}

fn a_plain_program_confirms_nothing(inside: &Inside) {
    let (reader, got) = reader(inside);
    let fleet = running(inside, &["coder0"], &reader.display().to_string());
    eventually("the reader", || screen(inside, "coder0").contains("ready"));
    let long = "0123456789 ".repeat(6000);
    for text in ["one\n\n  two\tx", "end;", &long] {
        fs::write(&got, "").expect("written");
        assert_eq!(
            outcome(&fleet, &["coder0", "--message", text, "--source", "l"], 6),
            "unconfirmed"
        );
        let expected = format!("[l] {text}\r");
        eventually("every byte", || {
            fs::read_to_string(&got).expect("readable") == expected
        });
    }
    let mut mosaic = inside.program(MOSAIC);
    let mosaic = mosaic.args(["agent", "send", "coder0", "-", "--source", "l"]);
    fs::write(inside.home().join("text"), "from\na file\n").expect("written");
    fs::write(&got, "").expect("written");
    let output = mosaic
        .stdin(fs::File::open(inside.home().join("text")).expect("there"))
        .output();
    assert_eq!(output.expect("it runs").status.code(), Some(6));
    eventually("the file's text", || {
        fs::read_to_string(&got).expect("readable") == "[l] from\na file\r"
    });
}

fn a_shell_is_not_typed_to(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "\"bash --norc\"");
    let sent = send(&fleet, &["coder0", "--message", "x\ntouch was-run"], 7);
    assert!(
        sent["evidence"]
            .as_str()
            .expect("why")
            .contains("a shell runs there"),
        "{sent}"
    );
    assert!(!screen(inside, "coder0").contains("was-run"));
    // It waits behind what runs before it, and would run the text afterwards.
    inside.tmux(&[
        "-L",
        SOCKET,
        "send-keys",
        "-t",
        "=coder0:",
        "sleep 3",
        "Enter",
    ]);
    eventually("it sleeps", || processes(inside, "sleep 3") == 1);
    let sent = send(&fleet, &["coder0", "--message", "touch was-run"], 7);
    let evidence = sent["evidence"].as_str().expect("why");
    assert!(evidence.contains("a shell runs there"), "{sent}");
    assert!(!screen(inside, "coder0").contains("was-run"));
}

/// A stand-in that is called like a runtime, and shows what no runtime does: what is not known is not typed to.
fn nothing_is_typed_where_no_composer_is(inside: &Inside) {
    let folder = inside.home().join("bin");
    fs::create_dir_all(&folder).expect("made");
    for (name, shows, why) in [
        ("claude", "a screen of a version never seen", "no composer"),
        (
            "codex",
            "Would you like to run this?\\n  Press enter to confirm",
            "approval",
        ),
        ("opencode", "", "blank"),
        ("pi", "$ ", "no composer"),
    ] {
        let program = folder.join(name);
        let text = format!(
            "#!/bin/bash\nprintf '{shows}'\nwhile read -r line; do echo \"got $line\"; done\n"
        );
        fs::write(&program, text).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("set");
        let fleet = running(inside, &["coder0"], &program.display().to_string());
        let sent = send(&fleet, &["coder0", "--message", "yes", "--verify"], 7);
        assert!(
            sent["evidence"].as_str().expect("why").contains(why),
            "{name}: {sent}"
        );
        let shown = screen(inside, "coder0");
        assert!(
            !shown.contains("yes") && !shown.contains("got"),
            "{name}: {shown}"
        );
        fleet.run(&["fleet", "stop"], 0);
        fs::remove_dir_all(&fleet.home).expect("removed");
    }
}

fn what_is_no_message_is_refused(inside: &Inside) {
    let fleet = stubs(inside, 1);
    for (words, what) in [
        (&["coder0", "--message", ""][..], "empty"),
        (&["coder0", "--message", "key\u{3}"], "control character"),
        (&["coder0", "--message", "a\n\u{1b}[201~"], "line 2"),
        (&["coder0", "--message", "x", "--source", "a]b"], "no label"),
        (&["coder", "--message", "x"], "coder0"),
        (&["coder0"], "required"),
    ] {
        let refused = fleet.run(&[&["agent", "send"], words].concat(), 2);
        assert!(refused.contains(what), "{words:?}: {refused}");
    }
    assert!(!screen(inside, "coder0").contains("echo"));
}

fn nobody_is_told_where_nobody_lives(inside: &Inside) {
    let fleet = stubs(inside, 2);
    fleet.run(&["fleet", "stop", "coder0"], 0);
    let sent = send(&fleet, &["coder0", "--message", "x"], 7);
    assert!(
        sent["evidence"]
            .as_str()
            .expect("why")
            .contains("no session"),
        "{sent}"
    );
    inside.tmux(&["-L", SOCKET, "set-option", "-g", "remain-on-exit", "on"]);
    inside.tmux(&["-L", SOCKET, "respawn-pane", "-k", "-t", "=coder1:", "true"]);
    eventually("its end", || {
        let sent = fleet.shown(&["agent", "send", "coder1", "--message", "x"]);
        sent["outcome"] == "not-delivered"
    });
    inside.tmux(&["-L", SOCKET, "has-session", "-t", "=_holder"]);
}

fn a_reset_is_the_rosters_word(inside: &Inside) {
    let fleet = stubs(inside, 1);
    let roster = fleet.home.join("fleet/roster.yaml");
    let text = fs::read_to_string(&roster).expect("readable");
    let text = text.replace(
        "agents:",
        "runtimes: { pi: { reset_command: /wipe } }\nagents:",
    );
    fs::write(&roster, text).expect("written");
    let reset = fleet.json(&["agent", "reset", "coder0"], 0);
    assert_eq!(reset["outcome"], "delivered", "{reset}");
    assert!(screen(inside, "coder0").contains("echo: /wipe"));
}
