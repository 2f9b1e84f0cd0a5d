//! What versions of tmux and systemd do each in their own way: the fleet is the same on all of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use serde_json::Value;

use crate::Test;
use crate::life::SOCKET;
use crate::manager::{Inside, said};
use crate::picture::{MOSAIC, processes, running, sessions};

tests! {
    Test:
    a_server_of_another_version_is_seen_and_told_with_the_way_out,
    a_unit_that_somebody_enables_makes_no_agent_stale,
    panes_have_nothing_of_the_units_own,
    sessions_of_like_names_are_no_agents,
}

/// A tmux from the other side of 3.7, where its language changed, in a folder in front of the `PATH`: it can do nothing.
fn path_with_another_tmux(inside: &Inside) -> String {
    let version = inside.tmux(&["-V"]);
    let is_older = ["tmux 3.2", "tmux 3.3", "tmux 3.4", "tmux 3.5", "tmux 3.6"]
        .iter()
        .any(|older| version.starts_with(older));
    let other = if is_older { "tmux 3.8" } else { "tmux 3.3a" };
    let folder = inside.home().join("other");
    fs::create_dir_all(&folder).expect("made");
    let text = format!(
        "#!/bin/sh\nif [ \"$1\" = -V ]; then echo {other}; exit; fi\necho server exited unexpectedly >&2\nexit 1\n"
    );
    fs::write(folder.join("tmux"), text).expect("written");
    fs::set_permissions(folder.join("tmux"), PermissionsExt::from_mode(0o755)).expect("set");
    format!(
        "{}:{}",
        folder.display(),
        std::env::var("PATH").expect("a PATH")
    )
}

fn a_server_of_another_version_is_seen_and_told_with_the_way_out(inside: &Inside) {
    running(inside, &["coder0", "coder1"], "sleep 6101");
    let path = path_with_another_tmux(inside);
    let typed = |line: &str| -> Output {
        let mut shell = inside.program("sh");
        shell.args(["-c", line]).env("PATH", &path);
        shell.output().expect("sh runs")
    };
    assert!(
        !typed(&format!("tmux -L {SOCKET} list-sessions"))
            .status
            .success()
    );
    let status = typed(&format!("{MOSAIC} fleet status"));
    assert_eq!(status.status.code(), Some(0), "{}", said(&status));
    assert_eq!(
        said(&status).matches("session alive").count(),
        3,
        "{}",
        said(&status)
    );

    let told = |before: &str| -> Option<(String, String)> {
        let output = typed(&format!("{before}{MOSAIC} doctor --json"));
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let findings = document["findings"].as_array().expect("findings").iter();
        let text = |line: &Value, field: &str| line[field].as_str().expect("text").to_owned();
        let mut told = findings.map(|line| (text(line, "message"), text(line, "remedy")));
        told.find(|(message, _)| message.contains("the fleet's server is"))
    };
    let (message, remedy) = told("").expect("a finding");
    let (_, way) = message.split_once("meanwhile ").expect("a way out");
    let (client, _) = way.split_once(" attach").expect("a way out");
    let listed = typed(&format!("{client} list-sessions"));
    assert!(said(&listed).contains("coder1"), "{}", said(&listed));
    assert_eq!(told(&format!("{remedy}; export PATH; ")), None, "{remedy}");

    let restart = typed(&format!("{MOSAIC} fleet restart coder0"));
    assert_eq!(restart.status.code(), Some(0), "{}", said(&restart));
    assert_eq!(processes(inside, "sleep 6101"), 2);
    let stop = typed(&format!("{MOSAIC} fleet stop"));
    assert_eq!(stop.status.code(), Some(0), "{}", said(&stop));
    assert_eq!(processes(inside, "sleep 6101"), 0);
    assert!(sessions(inside, SOCKET).is_empty());
}

/// Since 257 systemd wants to be reloaded for every unit then.
fn a_unit_that_somebody_enables_makes_no_agent_stale(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 6102");
    let panes = || inside.tmux(&["-L", SOCKET, "list-panes", "-a", "-F", "#{pane_pid}"]);
    let before = panes();
    inside.systemctl(&["daemon-reload"]);
    let unit = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=default.target\n";
    inside.write_unit("somebodys.service", unit);
    inside.systemctl(&["enable", "--no-reload", "somebodys.service"]);
    let status = fleet.run(&["status"], 0);
    assert!(!status.contains("stale"), "{status}");
    let findings = fleet.shown(&["doctor"])["findings"].clone();
    let findings = findings.as_array().expect("findings").iter();
    let of_fleet: Vec<_> = findings.filter(|line| line["check"] == "fleet").collect();
    assert!(of_fleet.is_empty(), "{of_fleet:?}");
    fleet.run(&["update", "--relaunch"], 0);
    fleet.run(&["fleet", "restart", "--stale"], 0);
    assert_eq!(panes(), before, "nobody was restarted");
}

/// systemd tells a unit what is of no use, or gone, in a pane; newer ones tell more.
fn panes_have_nothing_of_the_units_own(inside: &Inside) {
    const OWN: [&str; 8] = [
        "INVOCATION_ID",
        "JOURNAL_STREAM",
        "MAINPID",
        "MANAGERPID",
        "MANAGERPIDFDID",
        "MEMORY_PRESSURE_",
        "NOTIFY_SOCKET",
        "SYSTEMD_EXEC_PID",
    ];
    running(inside, &["coder0"], "sleep 6103");
    let words = [
        "-L",
        SOCKET,
        "new-session",
        "-d",
        "-s",
        "mine",
        "sleep",
        "6103",
    ];
    inside.tmux(&words);
    let panes = inside.tmux(&["-L", SOCKET, "list-panes", "-a", "-F", "#{pane_pid}"]);
    assert_eq!(panes.lines().count(), 3);
    for pane in panes.lines() {
        let environment = fs::read(format!("/proc/{pane}/environ")).expect("readable");
        let environment = String::from_utf8(environment).expect("UTF-8");
        let own = environment
            .split('\0')
            .filter(|line| OWN.iter().any(|name| line.starts_with(name)));
        assert_eq!(own.collect::<Vec<_>>(), [""; 0]);
    }
}

/// tmux keeps a dot and a colon in a name since 3.7, and made both an underscore before.
fn sessions_of_like_names_are_no_agents(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 6104");
    for name in ["coder0.x", "coder0:y"] {
        inside.tmux(&[
            "-L",
            SOCKET,
            "new-session",
            "-d",
            "-s",
            name,
            "sleep",
            "6105",
        ]);
    }
    let alive = |agent: &str| {
        let status = fleet.shown(&["fleet", "status", agent]);
        status["agents"][0]["session"] == "alive"
    };
    assert!(alive("coder0") && alive("coder1"));
    fleet.run(&["fleet", "restart", "coder0"], 0);
    assert_eq!(
        (
            processes(inside, "sleep 6104"),
            processes(inside, "sleep 6105")
        ),
        (2, 2)
    );
    fleet.run(&["fleet", "stop", "coder0"], 0);
    assert!(!alive("coder0") && alive("coder1"));
    assert_eq!(
        (
            processes(inside, "sleep 6104"),
            processes(inside, "sleep 6105")
        ),
        (1, 2)
    );
    fleet.run(&["fleet", "start", "coder0"], 0);
    assert_eq!(
        (
            processes(inside, "sleep 6104"),
            processes(inside, "sleep 6105")
        ),
        (2, 2)
    );
}
