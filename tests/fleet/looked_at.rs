//! `agent status`, `tail`, `watch` and `attach`: a look types nothing and resizes nothing; a takeover asks first.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::Test;
use crate::life::SOCKET;
use crate::manager::Inside;
use crate::patience::eventually;
use crate::picture::{MOSAIC, running};

tests! {
    Test:
    tail_prints_the_last_lines,
    watch_neither_types_nor_resizes,
    attach_asks_and_needs_a_terminal,
    status_tells_each_fact,
}

/// What an agent's program reads, its size, and the clients of its server.
fn untouched(inside: &Inside) -> String {
    let words =
        "#{window_width}x#{window_height} #{session_attached} #{pane_in_mode} #{history_size}";
    inside.tmux(&[
        "-L",
        SOCKET,
        "display-message",
        "-p",
        "-t",
        "=coder0:",
        words,
    ])
}

fn tail_prints_the_last_lines(inside: &Inside) {
    let fleet = running(
        inside,
        &["coder0", "coder1"],
        "\"seq 1 200; printf '\\\\033]2;x\\\\007'; sleep 4080\"",
    );
    let last = |words: &[&str]| {
        let said = fleet.run(&[&["agent", "tail", "coder0"], words].concat(), 0);
        said.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(last(&["-n", "2"]), ["199", "200"]);
    assert_eq!(last(&[]).len(), 80);
    assert_eq!(
        last(&["-n", "1000"]).first().map(String::as_str),
        Some("1"),
        "history, too"
    );
    let document = fleet.json(&["agent", "tail", "coder0", "-n", "1"], 0);
    assert_eq!(document["lines"], serde_json::json!(["200"]));
    assert_eq!(document["full_screen"], false);
    let full = "printf '\\033[?1049hall of it'; sleep 4081";
    inside.tmux(&["-L", SOCKET, "respawn-pane", "-k", "-t", "=coder1:", full]);
    eventually("its screen", || {
        let said = fleet.run(&["agent", "tail", "coder1"], 0);
        said.contains("all of it") && said.contains("full-screen program")
    });
    let wrong = fleet.run(&["agent", "tail", "coder"], 2);
    assert!(
        wrong.contains("coder0"),
        "a whole name, never a prefix: {wrong}"
    );
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder1"]);
    let gone = fleet.run(&["agent", "tail", "coder1"], 1);
    assert!(
        gone.contains("it has no session") && gone.contains("mosaic fleet ps"),
        "{gone}"
    );
}

fn watch_neither_types_nor_resizes(inside: &Inside) {
    let command = "\"read -r line; echo got $line; sleep 4082\"";
    let fleet = running(inside, &["coder0"], command);
    let before = untouched(inside);
    let home = fleet.home.to_str().expect("UTF-8");
    let mut watch = inside.program(MOSAIC);
    let watch = watch.args(["agent", "watch", "coder0", "--home", home]);
    let watch = watch.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut watch = watch.spawn().expect("it runs");
    std::io::Write::write_all(watch.stdin.as_mut().expect("a pipe"), b"typed\n\x03")
        .expect("written");
    let mut lines = BufReader::new(watch.stdout.take().expect("a pipe")).lines();
    let first = lines.next().expect("a line").expect("readable");
    assert!(first.contains("coder0"), "{first}");
    assert_eq!(untouched(inside), before);
    inside.tmux(&["-L", SOCKET, "send-keys", "-t", "=coder0:", "mine", "Enter"]);
    assert!(
        lines.any(|line| line.expect("readable").contains("got mine")),
        "it is seen as it changes"
    );
    let pid = watch.id().to_string();
    assert!(
        inside
            .program("kill")
            .args(["-INT", &pid])
            .status()
            .expect("kill runs")
            .success()
    );
    assert_eq!(watch.wait().expect("waited").code(), Some(0));
    assert_eq!(untouched(inside), before);
}

fn attach_asks_and_needs_a_terminal(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4083");
    let refused = fleet.run(&["agent", "attach", "coder0", "--yes"], 2);
    assert!(refused.contains("needs a terminal"), "{refused}");
    // The terminal is one of another server's.
    let home = fleet.home.to_str().expect("UTF-8");
    let mine = |name: &str| {
        let attach = format!("{MOSAIC} agent attach coder0 --home {home}; sleep 4084");
        let words = "-L mine new-session -d -x 90 -y 30 -s".split(' ');
        let words: Vec<_> = words.chain([name, &attach]).collect();
        inside.tmux(&words);
    };
    let attached = || {
        inside.tmux(&[
            "-L",
            SOCKET,
            "display-message",
            "-p",
            "-t",
            "=coder0:",
            "#{session_attached}",
        ])
    };
    mine("no");
    let screen = || inside.tmux(&["-L", "mine", "capture-pane", "-p", "-t", "=no:"]);
    eventually("the question", || screen().contains("[y/N]"));
    assert_eq!(attached(), "0");
    inside.tmux(&["-L", "mine", "send-keys", "-t", "=no:", "n", "Enter"]);
    eventually("the refusal", || screen().lines().count() > 1);
    assert_eq!(attached(), "0");
    mine("yes");
    let screen = || inside.tmux(&["-L", "mine", "capture-pane", "-p", "-t", "=yes:"]);
    eventually("the question", || screen().contains("[y/N]"));
    inside.tmux(&["-L", "mine", "send-keys", "-t", "=yes:", "y", "Enter"]);
    eventually("a client", || attached() == "1");
}

fn status_tells_each_fact(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4085");
    let one = fleet.run(&["agent", "status", "coder1"], 0);
    for fact in [
        "coder1",
        "runtime    pi",
        "runs       sleep",
        "session    alive",
        "active, enabled",
    ] {
        assert!(one.contains(fact), "{fact}: {one}");
    }
    assert!(!one.contains("coder0"), "{one}");
    let all = fleet.json(&["agent", "status"], 0);
    assert_eq!(all["agents"].as_array().map(Vec::len), Some(2));
    assert_eq!(all["schema"], "mosaic.agent.status/1");
}
