//! `agent status`, `tail`, `watch` and `attach`: a look types nothing and resizes nothing; a takeover asks first.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Read};
use std::process::{Child, ChildStdout, Stdio};

use crate::Test;
use crate::life::{Fleet, SOCKET};
use crate::manager::Inside;
use crate::patience::eventually;
use crate::picture::{MOSAIC, running};

tests! {
    Test:
    tail_prints_the_last_lines,
    watch_neither_types_nor_resizes,
    attach_asks_and_needs_a_terminal,
    status_tells_each_fact,
    a_stream_is_for_one_reader_or_many,
    a_stream_ends_with_its_pane,
    a_stream_leaves_the_operators_pipe,
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

/// A program that says what it reads.
const ECHO: &str = "\"while read -r line; do echo got $line; done\"";

fn streaming(fleet: &Fleet) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut stream = fleet.inside.program(MOSAIC);
    let home = fleet.home.to_str().expect("UTF-8");
    stream.args(["agent", "stream", "coder0", "--home", home]);
    let stream = stream
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut stream = stream.spawn().expect("it runs");
    let lines = BufReader::new(stream.stdout.take().expect("a pipe")).lines();
    (stream, lines)
}

fn says(inside: &Inside, text: &str) {
    inside.tmux(&["-L", SOCKET, "send-keys", "-t", "=coder0:", text, "Enter"]);
}

fn is_piped(inside: &Inside) -> bool {
    let words = ["display-message", "-p", "-t", "=coder0:", "#{pane_pipe}"];
    inside.tmux(&[&["-L", SOCKET], &words[..]].concat()) == "1"
}

/// How many processes stream, hubs and readers.
fn streams(inside: &Inside, which: &str) -> Vec<String> {
    let found = inside.program("pgrep").args(["-f", which]).output();
    let found = String::from_utf8(found.expect("pgrep runs").stdout).expect("UTF-8");
    found.lines().map(str::to_owned).collect()
}

/// The sockets of hubs.
fn hubs() -> Vec<String> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").expect("a folder");
    let folder = std::path::Path::new(&folder).join("mosaic");
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("stream-")).collect()
}

/// Waits until one hub has so many readers: what comes before a reader is not passed on to it.
fn await_readers(inside: &Inside, count: usize) {
    eventually(&format!("{count} readers"), || {
        let [pid] = &streams(inside, "agent stream hub --hub")[..] else {
            return false;
        };
        let files = fs::read_dir(format!("/proc/{pid}/fd"));
        let files = files.into_iter().flatten().flatten();
        let targets = files.filter_map(|file| fs::read_link(file.path()).ok());
        let sockets = targets.filter(|to| to.to_string_lossy().starts_with("socket:"));
        // Its input, its own and the readers'.
        sockets.count() == 2 + count
    });
}

fn nothing_is_left(inside: &Inside) {
    eventually("nothing is left", || {
        streams(inside, "agent stream").is_empty() && hubs().is_empty()
    });
}

fn ended(child: &mut Child) -> (Option<i32>, String) {
    let status = child.wait().expect("waited");
    let mut errors = String::new();
    let pipe = child.stderr.as_mut().expect("a pipe");
    pipe.read_to_string(&mut errors).expect("readable");
    (status.code(), errors)
}

fn kill(inside: &Inside, signal: &str, pid: &str) {
    let sent = inside.program("kill").args([signal, pid]).status();
    assert!(sent.expect("kill runs").success());
}

fn a_stream_is_for_one_reader_or_many(inside: &Inside) {
    let fleet = running(inside, &["coder0"], ECHO);
    let before = untouched(inside);
    let mut readers: Vec<_> = (0..4).map(|_| streaming(&fleet)).collect();
    // A reader has come when it is handed something on.
    let heard = |readers: &mut [(Child, Lines<BufReader<ChildStdout>>)], text: &str| {
        for (_, lines) in readers {
            let wanted = format!("got {text}");
            assert!(
                lines.any(|line| line.expect("readable").contains(&wanted)),
                "{text}"
            );
        }
    };
    let hub = "agent stream hub --hub";
    await_readers(inside, 4);
    assert_eq!(untouched(inside), before, "neither typed nor resized");
    says(inside, "one");
    heard(&mut readers, "one");
    // Killed readers are no matter to the others.
    let (mut killed, _) = readers.pop().expect("a reader");
    killed.kill().expect("killed");
    killed.wait().expect("waited");
    says(inside, "two");
    heard(&mut readers, "two");
    let (mut stopped, _) = readers.pop().expect("a reader");
    kill(inside, "-INT", &stopped.id().to_string());
    assert_eq!(ended(&mut stopped), (Some(0), String::new()));
    says(inside, "three");
    heard(&mut readers, "three");
    assert!(is_piped(inside));
    for (mut reader, _) in readers {
        reader.kill().expect("killed");
        reader.wait().expect("waited");
    }
    nothing_is_left(inside);
    assert!(
        !is_piped(inside),
        "the last one closes it, also when it was killed"
    );
    // And again: what a hub that was killed left is no obstacle.
    let (mut reader, mut lines) = streaming(&fleet);
    await_readers(inside, 1);
    says(inside, "four");
    assert!(lines.any(|line| line.expect("readable").contains("got four")));
    kill(inside, "-KILL", &streams(inside, hub)[0]);
    let (status, errors) = ended(&mut reader);
    assert!(status == Some(1) && errors.contains("cut off"), "{errors}");
    says(inside, "five");
    eventually("tmux notices", || !is_piped(inside));
    let (mut reader, mut lines) = streaming(&fleet);
    await_readers(inside, 1);
    says(inside, "six");
    assert!(lines.any(|line| line.expect("readable").contains("got six")));
    kill(inside, "-TERM", &reader.id().to_string());
    assert_eq!(ended(&mut reader), (Some(0), String::new()));
    nothing_is_left(inside);
}

fn a_stream_ends_with_its_pane(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "\"read -r line; seq 1 20000; exit 3\"");
    let mut readers = [streaming(&fleet), streaming(&fleet)];
    await_readers(inside, 2);
    says(inside, "go");
    for (reader, lines) in &mut readers {
        let lines: Vec<_> = lines.map(|line| line.expect("readable")).collect();
        let numbers = lines
            .iter()
            .filter(|line| line.trim().parse::<u32>().is_ok());
        assert_eq!(numbers.count(), 20_000, "whole");
        assert_eq!(ended(reader), (Some(0), String::new()));
    }
    nothing_is_left(inside);
}

fn a_stream_leaves_the_operators_pipe(inside: &Inside) {
    let fleet = running(inside, &["coder0"], ECHO);
    let own = inside.home().join("own");
    let pipe = format!("cat >>'{}'", own.display());
    inside.tmux(&["-L", SOCKET, "pipe-pane", "-t", "=coder0:", &pipe]);
    let refused = fleet.run(&["agent", "stream", "coder0"], 1);
    assert!(
        refused.contains("goes to another program already"),
        "{refused}"
    );
    says(inside, "mine");
    eventually("the operator's pipe", || {
        fs::read_to_string(&own).is_ok_and(|text| text.contains("got mine"))
    });
    // What is advised works as it stands.
    let advice = refused
        .split("end it yourself: ")
        .nth(1)
        .expect("advice")
        .trim();
    let shell = inside.program("sh").args(["-c", advice]).status();
    assert!(shell.expect("it runs").success(), "{advice}");
    let (mut reader, mut lines) = streaming(&fleet);
    await_readers(inside, 1);
    says(inside, "ours");
    assert!(lines.any(|line| line.expect("readable").contains("got ours")));
    kill(inside, "-INT", &reader.id().to_string());
    assert_eq!(ended(&mut reader).0, Some(0));
    let json = fleet.run(&["agent", "stream", "coder0", "--json"], 2);
    assert!(json.contains("is for a program"), "{json}");
    let gone = fleet.run(&["agent", "stream", "coder"], 2);
    assert!(gone.contains("coder0"), "a whole name: {gone}");
}
