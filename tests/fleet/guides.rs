//! The commands of the guides that ship, run as they stand, block by block, in the order of each guide; and the whole round
//! on ten stub agents. The operator's own tmux server is the same before and after.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::Test;
use crate::life::{Fleet, SOCKET, default_server};
use crate::manager::{Inside, said};
use crate::patience::eventually;
use crate::picture::MOSAIC;

tests! {
    Test:
    the_whole_round_of_ten_agents,
    a_first_fleet_and_how_it_is_taken_down,
    a_release_is_looked_at_before_it_goes_out,
    agents_are_spoken_to,
    every_command_of_the_guides_is_run,
}

const FRAMEWORK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/framework");
/// The pages with commands, and how many blocks each has.
const PAGES: [(&str, usize); 6] = [
    ("fleet/README.md", 1),
    ("guides/fleet-canary.md", 6),
    ("guides/fleet-rollback.md", 6),
    ("guides/heartbeat.md", 1),
    ("guides/release-preflight.md", 5),
    ("guides/tmux-tools.md", 1),
];
/// First words of what is indented and is no command.
const NO_COMMANDS: [&str; 4] = ["v=1", "Goal:", "#", "heartbeats:"];

/// The blocks of commands of a page.
fn blocks(page: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(FRAMEWORK).join(page)).expect("readable");
    let mut blocks = vec![String::new()];
    let mut is_after_blank = true;
    for line in text.lines() {
        let is_open = blocks.last().is_some_and(|block| !block.is_empty());
        if line.starts_with("    ") && (is_open || is_after_blank) {
            let block = blocks.last_mut().expect("one");
            *block += line.trim_start();
            block.push('\n');
        } else if is_open {
            blocks.push(String::new());
        }
        is_after_blank = line.is_empty();
    }
    let is_commands = |block: &String| {
        let first = block.split_whitespace().next();
        first.is_some_and(|word| !NO_COMMANDS.contains(&word))
    };
    blocks.into_iter().filter(is_commands).collect()
}

/// A person who follows the guides: in the home, with the program and the home's tmux tools in the PATH.
struct Reader<'a> {
    inside: &'a Inside,
    home: PathBuf,
    bin: PathBuf,
}

impl<'a> Reader<'a> {
    fn new(inside: &'a Inside) -> Self {
        let reader = Self {
            inside,
            home: inside.home().join(".config/mosaic"),
            bin: inside.home().join("bin"),
        };
        let installed = inside.mosaic(&["install"]);
        assert!(installed.status.success(), "{}", said(&installed));
        fs::create_dir_all(&reader.bin).expect("made");
        symlink(MOSAIC, reader.bin.join("mosaic")).expect("linked");
        reader
    }

    /// An env file as `fleet/README.md` has it for an agent of no cost.
    fn takes_a_stub(&self, agent: &str) {
        let folder = self.home.join("fleet/agents");
        fs::create_dir_all(&folder).expect("made");
        let line = "MOSAIC_AGENT_COMMAND=~/.config/mosaic/tools/fleet/stub-runtime.sh\n";
        fs::write(folder.join(format!("{agent}.env")), line).expect("written");
    }

    /// Runs a block; each of its commands must end well.
    fn types(&self, block: &str) -> String {
        let path = std::env::var("PATH").expect("a PATH");
        let (bin, tools) = (self.bin.display(), self.home.join("tools/tmux"));
        let output = self
            .inside
            .program("bash")
            .args(["-euo", "pipefail", "-c", block])
            .env("PATH", format!("{bin}:{}:{path}", tools.display()))
            .current_dir(&self.home)
            .output()
            .expect("bash runs");
        assert!(output.status.success(), "{block}\n{}", said(&output));
        said(&output)
    }
}

fn the_whole_round_of_ten_agents(inside: &Inside) {
    let before = default_server(inside);
    let fleet = Fleet::usual(inside, 10);
    let all = || (0..10).map(|number| format!("coder{number}"));
    for verb in ["install", "start", "verify"] {
        fleet.run(&["fleet", verb], 0);
    }
    let rows = fleet.json(&["fleet", "ps"], 0);
    let rows = rows["agents"].as_array().expect("rows");
    let is_well =
        |row: &serde_json::Value| row["session"] == "alive" && row["heartbeat"] == "healthy";
    assert!(rows.len() == 10 && rows.iter().all(is_well), "{rows:?}");
    for name in all() {
        let sent = fleet.json(
            &["agent", "send", &name, "--verify", "--message", "Ready?"],
            0,
        );
        assert_eq!(sent["outcome"], "delivered", "{sent}");
        let tail = fleet.run(&["agent", "tail", &name, "-n", "3"], 0);
        assert!(tail.contains(":operator] Ready?"), "{tail}");
    }
    let watch = format!("timeout --preserve-status -s INT 2 {MOSAIC} agent watch coder0");
    let watch = inside
        .program("bash")
        .args(["-c", &watch])
        .output()
        .expect("it runs");
    assert!(
        watch.status.success() && said(&watch).contains("Ready?"),
        "{}",
        said(&watch)
    );
    fleet.run(&["agent", "reset", "coder0"], 0);
    let lives = fleet.lives(&["-L", SOCKET]);
    fleet.run(&["fleet", "restart"], 0);
    let again = fleet.lives(&["-L", SOCKET]);
    assert!(all().all(|name| again[&name] != lives[&name]), "{again:?}");
    fleet.run(&["fleet", "verify"], 0);
    fleet.run(&["fleet", "stop"], 0);
    fleet.run(&["fleet", "verify"], 4);
    let left = inside
        .program("pgrep")
        .args(["-f", "stub-runtime"])
        .output();
    assert_eq!(said(&left.expect("pgrep runs")), "", "no process is left");
    assert_eq!(default_server(inside), before);
}

fn a_first_fleet_and_how_it_is_taken_down(inside: &Inside) {
    let before = default_server(inside);
    let reader = Reader::new(inside);
    for agent in ["canary-pi", "lead", "coder0", "reviewer0"] {
        reader.takes_a_stub(agent);
    }
    let canary = blocks("guides/fleet-canary.md");
    assert_eq!(blocks("fleet/README.md")[0], canary[0], "the first steps");
    for block in &canary {
        // What goes on until it is ended, and what changes the machine.
        let watch = "timeout --preserve-status -s INT 2 mosaic agent watch";
        let block = block.replace("mosaic agent watch", watch);
        let block = block.replace("loginctl enable-linger", "type loginctl");
        let said = reader.types(&block);
        if block.starts_with("tmux ls") {
            let own = said.lines().next().expect("a session");
            assert!(own.starts_with("mine:"), "{said}");
            assert!(
                said.contains("_holder") && said.contains("canary-pi"),
                "{said}"
            );
        }
    }
    assert!(reader.types("mosaic fleet verify").contains("reviewer0"));
    for block in blocks("guides/fleet-rollback.md") {
        // The two sessions that the page tells how to end.
        if block.starts_with("tmux -L") {
            inside.tmux(&[
                "-L",
                SOCKET,
                "new-session",
                "-d",
                "-s",
                "left",
                "sleep 4091",
            ]);
        } else if block.starts_with("tmux kill-session") {
            inside.tmux(&["new-session", "-d", "-s", "coder0", "sleep 4092"]);
        }
        reader.types(&block);
    }
    assert_eq!(default_server(inside), before);
}

fn a_release_is_looked_at_before_it_goes_out(inside: &Inside) {
    let before = default_server(inside);
    let reader = Reader::new(inside);
    reader.takes_a_stub("canary-pi");
    reader.types(&blocks("guides/fleet-canary.md")[0]);
    let release = inside.home().join("release.tar.zst").display().to_string();
    reader.types(&format!("mosaic bundle pack '{FRAMEWORK}' -o {release}"));
    for block in blocks("guides/release-preflight.md") {
        let block = block.replace(" DIR\n", &format!(" '{FRAMEWORK}'\n"));
        reader.types(&block.replace("RELEASE.tar.zst", &release));
    }
    reader.types("mosaic fleet stop");
    assert_eq!(default_server(inside), before);
}

fn agents_are_spoken_to(inside: &Inside) {
    let before = default_server(inside);
    let reader = Reader::new(inside);
    for agent in ["lead", "coder0", "reviewer0"] {
        reader.takes_a_stub(agent);
    }
    // One that takes a reset is called like a runtime that Mosaic knows.
    let stub = reader.home.join("tools/fleet/stub-runtime.sh");
    let (claude, got) = (reader.bin.join("claude"), inside.home().join("got"));
    symlink(&stub, &claude).expect("linked");
    let command = format!("{} --composer --record {}", claude.display(), got.display());
    let env = reader.home.join("fleet/agents/coder0.env");
    fs::write(env, format!("MOSAIC_AGENT_COMMAND=\"{command}\"\n")).expect("written");
    reader
        .types("mosaic fleet init --preset local-canary; mosaic fleet install; mosaic fleet start");
    for (server, session) in [(&["-L", SOCKET][..], "builder0"), (&[], "coder0")] {
        let run = format!("MOSAIC_AGENT_NAME={session} '{}'", stub.display());
        inside.tmux(&[server, &["new-session", "-d", "-s", session, &run]].concat());
    }
    // What sshd does: the login shell gets one string.
    let ssh = reader.bin.join("ssh");
    fs::write(&ssh, "#!/bin/bash\nexec sh -c \"${@: -1}\"\n").expect("written");
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).expect("set");
    fs::write(
        reader.home.join("brief.md"),
        "Goal: a test\nCheck: it ran\n",
    )
    .expect("written");
    reader.types(&blocks("guides/tmux-tools.md")[0]);
    for (server, session, text) in [
        (
            &["-L", SOCKET][..],
            "reviewer0",
            ":operator] Ready for review: branch fix-42.",
        ),
        (&["-L", SOCKET], "builder0", "echo: Check: it ran"),
        (&[], "coder0", ":operator] On the default tmux server."),
    ] {
        eventually(text, || {
            let words = ["capture-pane", "-p", "-J", "-t", &format!("={session}:")];
            inside.tmux(&[server, &words].concat()).contains(text)
        });
    }
    let got = fs::read_to_string(got).unwrap_or_default();
    assert_eq!(got, "", "a reset is no message");
    // Its pauses end at once, and so does what it looks at.
    let hasty = "sleep() { command sleep 0.2; }; sleep & agent_pid=$!\n";
    reader.types(&format!("{hasty}{}", blocks("guides/heartbeat.md")[0]));
    let beats = fs::read_to_string(reader.home.join("fleet/run/coder0.hb"));
    assert!(beats.expect("a beat").contains("agent=coder0"));
    inside.tmux(&["kill-session", "-t", "=coder0"]);
    reader.types("mosaic fleet stop");
    assert_eq!(default_server(inside), before);
}

/// A page that gets a block of commands is played above, or says why not.
fn every_command_of_the_guides_is_run(_: &Inside) {
    let mut found = Vec::new();
    for folder in [
        "guides",
        "fleet",
        "fleet/roles",
        "defaults",
        "systemd/user",
        ".",
    ] {
        for entry in fs::read_dir(Path::new(FRAMEWORK).join(folder)).expect("readable") {
            let name = entry
                .expect("readable")
                .file_name()
                .into_string()
                .expect("UTF-8");
            let page = if folder == "." {
                name
            } else {
                format!("{folder}/{name}")
            };
            let count = if page.ends_with(".md") {
                blocks(&page).len()
            } else {
                0
            };
            if count > 0 {
                found.push((page, count));
            }
        }
    }
    found.sort();
    let known = PAGES.map(|(page, count)| (page.to_owned(), count));
    assert_eq!(found, known);
}
