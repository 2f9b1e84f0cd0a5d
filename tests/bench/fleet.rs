//! A fleet of 200 agents on a user manager of its own: shown at once, and refreshed beside an update.
//!
//! This program runs itself once more under `scripts/with-user-manager`; that one measures, and prints its rows as JSON.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::ROUNDS;
use crate::contenders::{mosaic, mosaic_at};
use crate::contest::{Contest, Outcome, run};
use crate::table::{self, Row};

const CHECKOUT: &str = env!("CARGO_MANIFEST_DIR");
const AGENTS: usize = 200;
/// Tells the program that it runs under the manager.
const INSIDE: &str = "BENCH_INSIDE_USER_MANAGER";

/// The rows, or none where nobody may have a manager of his own.
pub fn rows() -> Vec<Row> {
    let mut script = Command::new(Path::new(CHECKOUT).join("scripts/with-user-manager"));
    script.arg(std::env::current_exe().expect("this program"));
    let output = script.env(INSIDE, "1").stderr(Stdio::inherit()).output();
    let output = output.expect("the script runs");
    if output.status.code() == Some(77) {
        return Vec::new();
    }
    assert!(output.status.success(), "the fleet's bench failed");
    let report: Value = serde_json::from_slice(&output.stdout).expect("one report");
    let rows = report["rows"].as_array().expect("rows").iter();
    rows.map(Row::of_json).collect()
}

/// Measures, if this is under the manager.
pub fn is_inside() -> bool {
    let is_inside = std::env::var_os(INSIDE).is_some();
    if is_inside {
        start();
        let rows = [shown_at_once(), refreshed_beside_an_update()];
        let rows = rows.into_iter().flatten().chain(looked_at());
        let rows: Vec<_> = rows.collect();
        print!("{}", table::json("", &rows));
    }
    is_inside
}

/// The user's HOME under the manager.
fn user() -> PathBuf {
    std::env::var_os("HOME").expect("a HOME").into()
}

fn home() -> PathBuf {
    user().join(".config/mosaic")
}

/// Starts a fleet of agents that only sleep.
fn start() {
    run(mosaic(&["install"]));
    let agents: String = (0..AGENTS)
        .map(|number| format!("  - name: coder{number}\n"))
        .collect();
    let roster = format!("version: 1\ntmux: {{ socket_name: bench }}\nagents:\n{agents}");
    fs::write(home().join("fleet/roster.yaml"), roster).expect("written");
    fs::create_dir_all(home().join("fleet/agents")).expect("made");
    for number in 0..AGENTS {
        let env_file = home().join(format!("fleet/agents/coder{number}.env"));
        fs::write(env_file, "MOSAIC_AGENT_COMMAND=\"sleep 100000\"\n").expect("written");
    }
    run(mosaic(&["fleet", "install"]));
    run(mosaic(&["fleet", "start"]));
}

fn shown_at_once() -> Option<Row> {
    let last = AGENTS - 1;
    let one_by_one = format!(
        "for n in $(seq 0 {last}); do systemctl --user show mosaic-agent@coder$n.service; done"
    );
    Contest::new("200 agents", 0, ROUNDS)
        .enter("fleet status", |_| mosaic(&["fleet", "status"]))
        .enter("systemctl, one by one", |_| {
            let mut shell = Command::new("sh");
            shell.args(["-ec", &one_by_one]);
            shell
        })
        .run()
        .row("fleet status", "systemctl, one by one", Some(1.0))
}

/// One look, beside the same of tmux alone, and what a look each second takes of a processor, children included.
fn looked_at() -> Vec<Row> {
    const TMUX: &str = "tmux list-panes";
    const LOOKS: u32 = 20;
    let outcome = Contest::new("200 agents", 0, ROUNDS)
        .enter("fleet ps", |_| mosaic(&["fleet", "ps"]))
        .enter("fleet status", |_| mosaic(&["fleet", "status"]))
        .enter(TMUX, |_| {
            let mut tmux = Command::new("tmux");
            tmux.args(["-L", "bench", "list-panes", "-a"]);
            tmux
        })
        .run();
    let median = |name| {
        outcome
            .median(name)
            .expect("it took part")
            .time
            .as_secs_f64()
            * 1000.0
    };
    let (one, status) = (median("fleet ps"), median("fleet status"));
    let before = children_time();
    for _ in 0..LOOKS {
        run(mosaic(&["fleet", "ps"]));
    }
    let each = (children_time() - before) / LOOKS;
    let alone = |work, figure: f64, unit, reach| Row::single(work, 0, figure, unit, Some(reach));
    let compared = ["fleet ps", "fleet status"].map(|name| outcome.row(name, TMUX, None));
    let single = [
        alone("200 agents: fleet ps", one, "ms", 100.0),
        alone("200 agents: fleet status", status, "ms", 150.0),
        alone(
            "200 agents: a look each second",
            each.as_secs_f64() * 100.0,
            "%",
            3.0,
        ),
    ];
    compared.into_iter().flatten().chain(single).collect()
}

/// Time that this program's children, and theirs, have used of a processor.
fn children_time() -> Duration {
    const STATE: usize = 14;
    let stat = fs::read_to_string("/proc/self/stat").expect("readable");
    let (_, fields) = stat.rsplit_once(") ").expect("a name");
    let ticks: Vec<u64> = fields
        .split(' ')
        .skip(STATE - 1)
        .take(2)
        .filter_map(|n| n.parse().ok())
        .collect();
    let ticks_each = rustix::param::clock_ticks_per_second();
    Duration::from_millis(ticks.iter().sum::<u64>() * 1000 / ticks_each)
}

/// What units cost beyond the update itself, against what systemd takes to read and show them.
fn refreshed_beside_an_update() -> Option<Row> {
    const PLAIN: &str = "without units";
    const REFRESHED: &str = "with units";
    const SYSTEMD: &str = "systemctl daemon-reload, show";
    let update = |minor: usize, patch: usize| {
        let release = release(minor, patch);
        mosaic_at("update", &home(), &release)
    };
    let outcome: Outcome = Contest::new("200 agents", 0, ROUNDS)
        .in_turn()
        .enter(PLAIN, |round| {
            let mut update = update(2 + round, 0);
            update.arg("--no-units");
            update
        })
        .enter(REFRESHED, |round| update(2 + round, 1))
        .enter(SYSTEMD, |_| {
            let mut shell = Command::new("sh");
            let line =
                "systemctl --user daemon-reload; systemctl --user show 'mosaic-agent@*.service'";
            shell.args(["-ec", line]);
            shell
        })
        .run();
    let beyond: Duration = outcome
        .median(REFRESHED)?
        .time
        .saturating_sub(outcome.median(PLAIN)?.time);
    let systemd = outcome.median(SYSTEMD)?.time;
    let work = "200 agents: units beyond an update";
    Some(Row::ratio(work, 0, beyond, SYSTEMD, systemd, Some(2.0)))
}

/// A release whose unit of an agent is like no other's.
fn release(minor: usize, patch: usize) -> PathBuf {
    let version = format!("0.{minor}.{patch}");
    let bundle = user().join(format!("release-{version}"));
    let mut copy = Command::new("cp");
    copy.arg("-r")
        .arg(Path::new(CHECKOUT).join("framework"))
        .arg(&bundle);
    run(copy);
    let change = |file: &str, change: &dyn Fn(String) -> String| {
        let text = fs::read_to_string(bundle.join(file)).expect("readable");
        fs::write(bundle.join(file), change(text)).expect("written");
    };
    let shipped = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
    change("bundle.toml", &|text| {
        text.replace(&shipped, &format!("version = \"{version}\""))
    });
    change("systemd/user/mosaic-agent@.service", &|text| {
        format!("{text}\n# of {version}\n")
    });
    bundle
}
