//! A session's name is no identity: somebody else's session that has an agent's name is not taken for the agent, nor ended.

use std::fs;
use std::path::Path;

use crate::Test;
use crate::doctor::{is_mended_by, one, type_in};
use crate::life::{Fleet, SOCKET};
use crate::manager::{Inside, said};
use crate::patience::eventually;
use crate::picture::{OLD_AGENTS, old_fleet, processes, running, sessions};

tests! {
    Test:
    of_a_session_on_the_default_server,
    of_a_session_on_the_fleets_server,
    of_another_homes_agent,
    of_what_an_earlier_release_started,
}

/// What systemctl says, which fails.
fn systemctl_fails(inside: &Inside, words: &[&str]) -> String {
    let output = inside
        .program("systemctl")
        .arg("--user")
        .args(words)
        .output();
    let output = output.expect("it runs");
    assert!(!output.status.success(), "{}", said(&output));
    said(&output)
}

fn operators(inside: &Inside, socket: &str, name: &str) {
    // What begins within 50 ms of an agent's start is taken for what that start made.
    std::thread::sleep(std::time::Duration::from_millis(200));
    inside.tmux(&["-L", socket, "new-session", "-d", "-s", name, "sleep 4062"]);
}

fn on_the_default_server(inside: &Inside) -> Fleet<'_> {
    let fleet = Fleet::new(inside, ".config/mosaic", 2, "{}");
    for agent in ["coder0", "coder1"] {
        fs::write(fleet.env(agent), "MOSAIC_AGENT_COMMAND=sleep 4061\n").expect("written");
    }
    fleet.run(&["fleet", "install"], 0);
    fleet
}

fn of_a_session_on_the_default_server(inside: &Inside) {
    let fleet = on_the_default_server(inside);
    operators(inside, "default", "coder0");
    let living = || {
        (
            processes(inside, "sleep 4061"),
            processes(inside, "sleep 4062"),
        )
    };
    for verb in ["start", "restart"] {
        let refused = fleet.run(&["fleet", verb, "coder0"], 3);
        assert!(refused.contains("is not the agent's"), "{verb}: {refused}");
        assert_eq!(living(), (0, 1));
    }
    fleet.run(&["fleet", "start"], 3);
    assert_eq!(living(), (1, 1));
    for verb in ["stop", "restart"] {
        fleet.run(&["fleet", verb, "coder1"], 0);
    }
    // systemd itself is refused, too, and what it failed at is told.
    systemctl_fails(inside, &["start", "mosaic-agent@coder0.service"]);
    let status = fleet.run(&["fleet", "status"], 3);
    assert!(status.contains("is not the agent's"), "{status}");
    let remedy = one(&fleet, "problem", &["coder0", "is another's"]);
    fleet.run(&["fleet", "stop"], 0);
    assert_eq!(living(), (0, 1));
    fleet.run(&["fleet", "start", "coder1"], 0);
    systemctl_fails(inside, &["start", "mosaic-agent@coder0.service"]);
    is_mended_by(&fleet, &remedy);
    assert_eq!(living(), (2, 1));
    fleet.run(&["fleet", "status"], 0);
}

fn of_a_session_on_the_fleets_server(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4061");
    let living = || {
        (
            processes(inside, "sleep 4061"),
            processes(inside, "sleep 4062"),
        )
    };
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder0"]);
    operators(inside, SOCKET, "coder0");
    let status = fleet.run(&["fleet", "status"], 3);
    assert!(status.contains("dead: tmux -S "), "{status}");
    assert!(
        fleet
            .run(&["status", "--exit-code"], 4)
            .contains("coder0 is dead")
    );
    assert!(
        fleet
            .run(&["fleet", "start", "coder0"], 3)
            .contains("is not the agent's")
    );
    fs::write(fleet.env("coder0"), text(&fleet.env("coder0")) + "MINE=1\n").expect("written");
    fleet.run(&["fleet", "restart", "--stale"], 3);
    fleet.run(&["fleet", "stop", "coder0"], 0);
    assert_eq!(living(), (1, 1));
    let refused = systemctl_fails(inside, &["start", "mosaic-agent@coder0.service"]);
    assert!(refused.contains("failed"), "{refused}");
    let remedy = one(&fleet, "problem", &["coder0", "is another's"]);
    type_in(inside, &remedy);
    assert_eq!(living(), (2, 1));
    fleet.run(&["fleet", "status"], 0);
    fleet.run(&["doctor"], 0);
}

/// Two homes on the operator's own server: each has its agent of that name, and leaves the other's.
fn of_another_homes_agent(inside: &Inside) {
    let fleet = on_the_default_server(inside);
    fleet.run(&["fleet", "start", "coder1"], 0);
    let tool = fleet.home.join("tools/fleet/start-agent-session.sh");
    let other = Fleet::new(inside, "second", 1, "{}");
    let mut start = inside.program(
        other
            .home
            .join("tools/fleet/start-agent-session.sh")
            .to_str()
            .expect("UTF-8"),
    );
    start
        .arg("coder0")
        .env("MOSAIC_AGENT_COMMAND", "sleep 4063");
    assert!(start.status().expect("it runs").success());
    assert!(
        fleet
            .run(&["fleet", "start", "coder0"], 3)
            .contains("is not the agent's")
    );
    let mut stop = inside.program(tool.to_str().expect("UTF-8"));
    stop.args(["--stop", "coder0"])
        .env("MOSAIC_AGENT_NAME", "coder0");
    assert!(stop.status().expect("it runs").success());
    assert_eq!(processes(inside, "sleep 4063"), 1);
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("readable")
}

/// Its agents do not say who they are: the name tells on a server of the fleet's own, and on a newer one that it was made
/// as the unit started.
fn of_what_an_earlier_release_started(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", "sleep 4064");
    // The server is one that an agent's unit began: its environment is in every pane.
    inside.systemctl(&["stop", "mosaic-tmux-holder.service"]);
    inside.systemctl(&["mask", "--runtime", "mosaic-tmux-holder.service"]);
    let script = fleet.home.join("tools/fleet/start-agent-session.sh");
    for agent in OLD_AGENTS {
        let mut start = inside.program(script.to_str().expect("UTF-8"));
        start
            .arg(agent)
            .env("MOSAIC_AGENT_NAME", OLD_AGENTS[0])
            .env("MOSAIC_AGENT_COMMAND", "sleep 4064");
        assert!(start.status().expect("it runs").success());
    }
    inside.systemctl(&["unmask", "--runtime", "mosaic-tmux-holder.service"]);
    let status = fleet.run(&["fleet", "status"], 0);
    assert_eq!(
        status.matches("session alive").count(),
        OLD_AGENTS.len(),
        "{status}"
    );
    inside.tmux(&["-L", "mosaic-factory", "kill-server"]);
    eventually("all have ended", || processes(inside, "sleep 4064") == 0);
    let former = text(&script);
    fleet.run(&["update"], 0);
    let present = text(&script);
    fleet.run(&["fleet", "start"], 0);
    fleet.run(&["fleet", "stop", "lead"], 0);
    fs::write(&script, former).expect("written");
    fleet.run(&["fleet", "start", "lead"], 0);
    let command = inside.tmux(&["-L", SOCKET, "show-environment", "-t", "=lead"]);
    assert!(!command.contains("MOSAIC_AGENT_NAME"), "{command}");
    fs::write(&script, present).expect("written");
    let status = fleet.run(&["fleet", "status"], 0);
    assert_eq!(
        status.matches("session alive").count(),
        OLD_AGENTS.len() + 1,
        "{status}"
    );
    inside.systemctl(&["restart", "mosaic-agent@lead.service"]);
    assert_eq!(processes(inside, "sleep 4064"), OLD_AGENTS.len());
    assert_eq!(
        sessions(inside, SOCKET),
        ["_holder", "coder0", "lead", "reviewer0"]
    );
}
