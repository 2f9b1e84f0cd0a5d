//! The pictures of a fleet in the README are what the program says of a real one.

use std::fs;
use std::ops::Range;

use crate::Test;
use crate::capture::is_as_kept;
use crate::life::{Fleet, SOCKET};
use crate::manager::{Inside, said};
use crate::observed::stand_in;
use crate::patience::eventually;
use crate::picture::MOSAIC;
use crate::topped::Terminal;

tests! {
    Test:
    the_readme_shows_a_fleet_as_it_is,
}

/// Each agent: its name, class and runtime, what that shows, and what the picture has for its age and process.
const AGENTS: [(&str, &str, &str, &str, [&str; 2]); 4] = [
    (
        "lead",
        "orchestrator",
        "codex",
        "• Running the release\\n\\n  Would you like to run the following command?\\n\\n  $ git push --force origin main\\n\\n› 1. Yes, proceed (y)\\n  2. No, and tell Codex what to do differently (esc)\\n\\n  Press enter to confirm or esc to cancel",
        ["2m", "4183"],
    ),
    (
        "coder0",
        "implementer",
        "codex",
        "Ask Codex to do anything",
        ["41s", "4192"],
    ),
    (
        "coder1",
        "implementer",
        "opencode",
        "Editing src/main.rs\\n\\n esc interrupt",
        ["3s", "4201"],
    ),
    ("reviewer0", "reviewer", "pi", "gone", ["", ""]),
];

/// Ends every style.
const RESET: &str = "\u{1b}[0m";

/// A fleet of stand-ins that are called like the runtimes; one session is lost.
fn fleet(inside: &Inside) -> Fleet<'_> {
    let fleet = Fleet::usual(inside, 0);
    let mut roster = format!("version: 1\ntmux: {{ socket_name: {SOCKET} }}\nagents:\n");
    for (name, class, runtime, shows, _) in AGENTS {
        roster += &format!("  - {{ name: {name}, class: {class}, runtime: {runtime} }}\n");
        let program = stand_in(inside, &format!("{name}/{runtime}"), shows);
        let line = format!("MOSAIC_AGENT_COMMAND={}\n", program.display());
        fs::write(fleet.env(name), line).expect("written");
    }
    fs::write(fleet.home.join("fleet/roster.yaml"), roster).expect("written");
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    for (name, ..) in AGENTS {
        let beat = fleet.home.join(format!("fleet/run/{name}.hb"));
        fs::write(&beat, format!("v=1\nagent={name}\ninterval=3600\n")).expect("written");
    }
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=reviewer0"]);
    let states = || {
        let rows = fleet.json(&["fleet", "ps"], 0)["agents"].clone();
        let state = |row: &serde_json::Value| row["state"].as_str().map(str::to_owned);
        let states = rows.as_array().expect("rows").iter().filter_map(state);
        states.collect::<Vec<_>>()
    };
    eventually("each state", || {
        states()[..3] == ["approval", "idle", "busy"]
    });
    fleet
}

fn the_readme_shows_a_fleet_as_it_is(inside: &Inside) {
    let _fleet = fleet(inside);
    let lines = ["mosaic fleet ps", "mosaic agent send lead -m Ready."];
    let mut screen = String::new();
    for line in lines {
        let words: Vec<_> = line
            .split(' ')
            .skip(1)
            .chain(["--color", "always"])
            .collect();
        let output = inside.mosaic(&words);
        screen += &format!("\u{1b}[1m$ {line}\u{1b}[0m\n{}\n", said(&output));
    }
    is_as_kept("fleet", &always_the_same(inside, &screen));
    let terminal = Terminal::new(inside);
    terminal.keys(&[&format!("clear; {MOSAIC} fleet top"), "Enter"]);
    terminal.shows("reviewer0");
    terminal.keys(&["Enter"]);
    terminal.shows("Press enter to confirm");
    let screen = terminal.ask(&["capture-pane", "-p", "-e", "-t", "=own:"]);
    is_as_kept("top", &always_the_same(inside, &screen));
}

/// A screen without what is another one each time: ages, processes, and whose home it is.
fn always_the_same(inside: &Inside, screen: &str) -> String {
    let home = inside.home().to_str().expect("UTF-8");
    let screen = screen.replace(home, "/home/you");
    let plain = |line: &str| anstream::adapter::strip_str(line).to_string();
    let heading = screen.lines().map(plain).find(|line| line.contains("IDLE"));
    let heading = heading.expect("a heading");
    let at = |name: &str| heading.find(name).expect("a column");
    let (idle, pid) = (at("IDLE")..at("HEART"), at("PID")..at("UNIT"));
    let same = |line: &str| {
        let words = plain(line);
        let first = words.trim_start_matches(['>', ' ']).split(' ').next();
        let agent = AGENTS.iter().find(|(name, ..)| Some(*name) == first);
        let (ages, pids) = match agent {
            _ if words == heading => ("IDLE", "PID"),
            Some((.., [age, pid])) if words.len() > idle.start => (*age, *pid),
            _ => return line.to_owned(),
        };
        // From the right: what comes before stays where it is.
        let line = put(line, &pid, pids);
        let line = put(&line, &idle, ages);
        match line.strip_suffix(RESET) {
            Some(row) => format!("{}{RESET}", row.trim_end()),
            None => line.trim_end().to_owned(),
        }
    };
    let lines: Vec<_> = screen.lines().map(same).collect();
    let pane = inside.tmux(&[
        "-L",
        SOCKET,
        "display-message",
        "-p",
        "-t",
        "=lead:",
        "#{pane_pid}",
    ]);
    let [age, pid] = AGENTS[0].4;
    let screen = lines
        .join("\n")
        .replace(&format!(" pid {pane} "), &format!(" pid {pid} "));
    match screen.split_once("\nidle ") {
        Some((above, below)) => format!(
            "{above}\nidle {age}  {}",
            below.split_once("  ").expect("a fact").1
        ),
        None => screen,
    }
}

/// Puts a text in the place of some columns of a line, six wide; colours stay.
fn put(line: &str, columns: &Range<usize>, text: &str) -> String {
    let mut put = String::new();
    let mut column = 0;
    let mut is_colour = false;
    for character in line.chars() {
        is_colour |= character == '\u{1b}';
        if is_colour {
            put.push(character);
            is_colour = character != 'm';
            continue;
        }
        if column == columns.start {
            put += &format!("{text:6}");
        }
        if !columns.contains(&column) {
            put.push(character);
        }
        column += 1;
    }
    put
}
