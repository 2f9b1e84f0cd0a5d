//! No agent is ended for a start that cannot come, and what is advised does what it says: what the storm found.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::process::{Pid, Signal};

use crate::Test;
use crate::life::SOCKET;
use crate::manager::{Inside, signal};
use crate::patience::eventually;
use crate::picture::{OLD_AGENTS, old_fleet, processes, running, sessions};
use crate::refresh::{append, panes};

tests! {
    Test:
    of_a_masked_unit_that_lives,
    of_a_unit_that_systemd_cannot_read,
    where_a_rollback_takes_the_holder_away,
    where_a_rollback_takes_the_holders_settings_away,
    where_the_socket_is_gone,
    of_nobody_where_an_env_file_names_no_socket,
    a_holder_whose_server_is_gone_is_started_anew,
    another_socket_is_advised_as_it_is,
    what_is_not_installed_is_advised_as_it_is,
    a_failed_holder_is_started_when_all_is_installed,
    where_a_unit_runs_what_is_not_there,
    where_the_holders_unit_keeps_the_former_socket,
    where_an_update_leaves_the_units_alone,
    who_is_of_another_roster_is_advised_by_it,
}

const HOLDER: &str = "mosaic-tmux-holder.service";
const TEMPLATE: &str = "mosaic-agent@.service";

fn server(inside: &Inside, socket: &str) -> Pid {
    let pid = inside.tmux(&["-L", socket, "display-message", "-p", "#{pid}"]);
    pid.parse().ok().and_then(Pid::from_raw).expect("a pid")
}

fn of_a_masked_unit_that_lives(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4031");
    let before = panes(inside, SOCKET);
    let refuses = |masked: &str, orders: &[&[&str]]| {
        for words in orders {
            let refused = fleet.run(words, 1);
            let remedy = format!("systemctl --user unmask {masked}");
            assert!(refused.contains(&remedy), "{refused}");
            assert!(refused.contains("nothing was stopped"), "{refused}");
        }
        append(&fleet.env("coder0"), "MINE=1\n");
        // Of a unit that is masked systemd does not tell whether it is stale.
        let status = if masked == HOLDER { 3 } else { 0 };
        fleet.run(&["fleet", "restart", "--stale"], status);
        assert_eq!(panes(inside, SOCKET), before, "all go on as they are");
    };
    let agent = "mosaic-agent@coder0.service";
    inside.systemctl(&["mask", agent]);
    refuses(
        agent,
        &[&["fleet", "restart"], &["fleet", "restart", "coder0"]],
    );
    inside.systemctl(&["unmask", agent]);
    let (holder, away) = (inside.units().join(HOLDER), inside.home().join("away"));
    fs::rename(&holder, &away).expect("moved");
    symlink("/dev/null", &holder).expect("masked");
    refuses(HOLDER, &[&["fleet", "restart"]]);
    fs::rename(&away, &holder).expect("moved");
    // One that does not live holds nobody up.
    fleet.run(&["fleet", "stop", "coder0"], 0);
    inside.systemctl(&["mask", "mosaic-agent@coder0.service"]);
    fleet.run(&["fleet", "restart"], 3);
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder1"]);
}

fn of_a_unit_that_systemd_cannot_read(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4032");
    let before = panes(inside, SOCKET);
    let template = inside.units().join(TEMPLATE);
    let text = fs::read_to_string(&template).expect("readable");
    // systemd is not told: it reads it only when it is to start something.
    fs::write(
        &template,
        text.replace("Type=oneshot", "Type=exec\nExecStart=/bin/true"),
    )
    .expect("written");
    for words in [&["fleet", "restart"][..], &["fleet", "restart", "coder1"]] {
        let refused = fleet.run(words, 1);
        assert!(refused.contains("systemd cannot read"), "{refused}");
    }
    fleet.run(&["fleet", "restart", "--stale"], 3);
    assert_eq!(panes(inside, SOCKET), before);
}

fn where_a_rollback_takes_the_holder_away(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4033");
    append(&inside.units().join(TEMPLATE), "\n# mine\n");
    let before = panes(inside, SOCKET);
    let back = fleet.run(&["rollback", "--relaunch"], 0);
    assert_eq!(panes(inside, SOCKET), before);
    assert!(
        !back.contains("--stale") && back.contains("mosaic fleet stop"),
        "{back}"
    );
}

/// Its unit says the socket then, and it runs on another.
fn where_a_rollback_takes_the_holders_settings_away(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", "sleep 4041");
    fleet.run(&["update"], 0);
    let roster = fleet.home.join("fleet/roster.yaml");
    let text = fs::read_to_string(&roster).expect("readable");
    fs::write(&roster, text.replace(SOCKET, "nine")).expect("written");
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "restart"], 0);
    let before = panes(inside, "nine");
    let back = fleet.run(&["rollback", "1", "--relaunch"], 3);
    assert_eq!(panes(inside, "nine"), before);
    assert!(back.contains("moves the fleet"), "{back}");
}

fn where_the_socket_is_gone(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4034");
    let uid = rustix::process::geteuid().as_raw();
    let socket = Path::new("/tmp").join(format!("tmux-{uid}")).join(SOCKET);
    let before = panes(inside, SOCKET);
    for words in [&["fleet", "start"][..], &["fleet", "start", "coder0"]] {
        fs::remove_file(&socket).expect("removed");
        fleet.run(words, 0);
        assert_eq!(panes(inside, SOCKET), before, "nobody is ended");
    }
    fs::remove_file(&socket).expect("removed");
    fleet.run(&["fleet", "restart", "coder0"], 0);
    assert_eq!(processes(inside, "sleep 4034"), 2);
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0", "coder1"]);
    append(&fleet.env("coder1"), "MINE=1\n");
    fs::remove_file(&socket).expect("removed");
    fleet.run(&["fleet", "restart", "--stale"], 0);
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0", "coder1"]);
    // Where no socket can be made, nobody is ended for it.
    fs::remove_dir_all(socket.parent().expect("a folder")).expect("removed");
    let refused = fleet.run(&["fleet", "restart", "coder0"], 1);
    assert!(refused.contains("its socket is gone"), "{refused}");
    assert_eq!(processes(inside, "sleep 4034"), 2);
}

/// It would take the operator's own server.
fn of_nobody_where_an_env_file_names_no_socket(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4035");
    inside.tmux(&["new-session", "-d", "-s", "mine", "sleep 4036"]);
    let env = fs::read_to_string(fleet.env("coder0")).expect("readable");
    let without = env.replace(&format!("MOSAIC_TMUX_SOCKET={SOCKET}\n"), "");
    assert_ne!(without, env);
    fs::write(fleet.env("coder0"), without).expect("written");
    let before = panes(inside, SOCKET);
    for verb in ["start", "restart"] {
        let refused = fleet.run(&["fleet", verb, "coder0"], 1);
        assert!(refused.contains("mosaic fleet install"), "{refused}");
    }
    fleet.run(&["fleet", "restart", "--stale"], 3);
    assert_eq!(panes(inside, SOCKET), before);
    assert_eq!(sessions(inside, "default"), ["mine"]);
}

/// As earlier releases started it, systemd calls it active when its server has ended.
fn a_holder_whose_server_is_gone_is_started_anew(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", "sleep 4037");
    fleet.run(&["update"], 0);
    signal(server(inside, SOCKET), Signal::KILL);
    eventually("all have ended", || processes(inside, "sleep 4037") == 0);
    fleet.run(&["fleet", "restart", "coder0"], 0);
    fleet.run(&["fleet", "start"], 0);
    assert_eq!(processes(inside, "sleep 4037"), OLD_AGENTS.len());
    // One that lives is left alone, whatever its name.
    fleet.run(&["rollback"], 0);
    let before = panes(inside, "mosaic-factory");
    let roster = fleet.home.join("fleet/roster.yaml");
    let text = fs::read_to_string(&roster).expect("readable");
    fs::write(&roster, text.replace("mosaic-factory", "nine")).expect("written");
    let status = fleet.run(&["fleet", "status"], 0);
    assert!(!status.contains("another socket"), "{status}");
    fs::write(&roster, text).expect("written");
    fleet.run(&["update"], 0);
    assert_eq!(panes(inside, "mosaic-factory"), before);
    fleet.run(&["fleet", "status"], 0);
}

fn another_socket_is_advised_as_it_is(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4038");
    let roster = fleet.home.join("fleet/roster.yaml");
    let text = fs::read_to_string(&roster).expect("readable");
    fs::write(&roster, text.replace(SOCKET, "nine")).expect("written");
    let installed = fleet.run(&["fleet", "install"], 0);
    let said = |text: &str| installed.matches(text).count();
    assert_eq!(
        said("--stale") + said("mosaic fleet start"),
        0,
        "{installed}"
    );
    assert!(said("mosaic fleet restart") >= 2, "{installed}");
    assert!(!fleet.run(&["status"], 0).contains("--stale"));
    // One alone cannot follow; what is advised instead names what is due before it, and the roster.
    let two = fleet.home.join("fleet/two.yaml");
    fs::rename(&roster, &two).expect("moved");
    let away = inside.home().join("away");
    fs::rename(fleet.env("coder1"), &away).expect("moved");
    let two = two.to_str().expect("UTF-8");
    let refused = fleet.run(&["fleet", "restart", "coder0", "--roster", two], 1);
    let install = format!("mosaic fleet install --roster {two}");
    let advice = format!("{install} && mosaic fleet restart --roster {two}");
    assert!(refused.contains(&advice), "{refused}");
    fs::rename(two, &roster).expect("moved");
    fs::rename(away, fleet.env("coder1")).expect("moved");
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder1"]);
    let doctor = fleet.shown(&["doctor"])["findings"].to_string();
    assert!(!doctor.contains("restart coder1"), "{doctor}");
    fleet.run(&["fleet", "restart"], 0);
    // The roster says one thing, and what is installed another: that is what counts.
    fleet.run(&["rollback"], 0);
    fleet.run(&["fleet", "restart"], 0);
    let doctor = fleet.shown(&["doctor"])["findings"].to_string();
    assert!(!doctor.contains("mosaic fleet restart"), "{doctor}");
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0", "coder1"]);
}

fn what_is_not_installed_is_advised_as_it_is(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4039");
    let kill = || inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder0"]);
    kill();
    // systemd has not seen that its file went.
    let template = inside.units().join(TEMPLATE);
    fs::rename(&template, inside.home().join("away")).expect("moved");
    let advice = "mosaic fleet install && mosaic fleet restart coder0";
    assert!(fleet.run(&["fleet", "status"], 3).contains(advice));
    assert!(
        fleet
            .run(&["fleet", "restart"], 1)
            .contains("mosaic fleet install")
    );
    fleet.run(&["rollback", "0"], 0);
    let status = fleet.run(&["fleet", "status"], 3);
    assert!(
        status.contains(&format!("mosaic update; {advice}")),
        "{status}"
    );
}

/// A start of it would be refused: every place says what is due first.
fn a_failed_holder_is_started_when_all_is_installed(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4042");
    let settings = fleet.home.join("fleet/holder.env");
    let text = fs::read_to_string(&settings).expect("readable");
    append(&settings, "MOSAIC_TMUX_HOLDER=no/name\n");
    inside.systemctl(&["stop", HOLDER]);
    let start = ["--user", "start", HOLDER];
    let started = inside.program("systemctl").args(start).output();
    assert!(!started.expect("it runs").status.success());
    eventually("it has failed", || {
        inside.property(HOLDER, "ActiveState") == "failed"
    });
    fs::write(&settings, text).expect("written");
    let advises = |commands: &str| {
        let doctor = fleet.shown(&["doctor"])["findings"].to_string();
        assert!(doctor.contains(&format!("\"{commands}\"")), "{doctor}");
        let status = fleet.run(&["status"], 0);
        assert!(status.contains(&format!(": {commands}\n")), "{status}");
        let said = fleet.run(&["fleet", "start"], 1);
        let first = commands.strip_suffix(" && mosaic fleet start").expect("it");
        assert!(said.contains(&format!(": {first}\n")), "{said}");
    };
    fs::remove_file(fleet.env("coder0")).expect("removed");
    advises("mosaic fleet install && mosaic fleet start");
    fs::remove_file(fleet.home.join("tools/fleet/tmux-holder.sh")).expect("removed");
    advises("mosaic update; mosaic fleet install && mosaic fleet start");
    // That it has failed is said, until it is started.
    fleet.run(&["update"], 3);
    fleet.run(&["fleet", "install"], 0);
    let command = "MOSAIC_AGENT_COMMAND=\"sleep 4042\"\n";
    append(&fleet.env("coder0"), command);
    fleet.run(&["fleet", "start"], 0);
    assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0"]);
}

/// A rollback leaves an edited unit, and takes away what it runs.
fn where_a_unit_runs_what_is_not_there(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", "sleep 4043");
    fleet.run(&["update"], 0);
    append(&inside.units().join(HOLDER), "# mine\n");
    fleet.run(&["rollback"], 3);
    let all = OLD_AGENTS.len();
    for words in [&["fleet", "restart"][..], &["fleet", "restart", "lead"]] {
        let refused = fleet.run(words, 1);
        let remedy = "mosaic update; mosaic fleet install";
        assert!(refused.contains(remedy), "{refused}");
        assert_eq!(processes(inside, "sleep 4043"), all);
    }
    // The unit stays as he edited it, and the update says so; what is advised goes on all the same.
    fleet.run(&["update"], 3);
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "restart"], 0);
    assert_eq!(processes(inside, "sleep 4043"), all);
}

/// As earlier releases shipped it, the holder's unit names the socket; edited, it stays, and so does the socket.
fn where_the_holders_unit_keeps_the_former_socket(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", "sleep 4044");
    append(&inside.units().join(HOLDER), "# mine\n");
    let said = fleet.run(&["update"], 3);
    assert!(said.contains("put the copy aside (mv "), "{said}");
    let roster = fleet.home.join("fleet/roster.yaml");
    let text = fs::read_to_string(&roster).expect("readable");
    assert!(text.contains("mosaic-factory"), "{text}");
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "restart"], 0);
    assert_eq!(processes(inside, "sleep 4044"), OLD_AGENTS.len());
    // Whoever renames it nonetheless loses nobody.
    fs::write(&roster, text.replace("mosaic-factory", SOCKET)).expect("written");
    fleet.run(&["fleet", "install"], 0);
    let refused = fleet.run(&["fleet", "restart"], 1);
    assert!(
        refused.contains("names the socket mosaic-factory"),
        "{refused}"
    );
    assert_eq!(processes(inside, "sleep 4044"), OLD_AGENTS.len());
    let advised = refused.split_once("put the copy aside (").expect("it").1;
    let command = advised.split_once(')').expect("a command").0;
    let moved = inside.program("sh").args(["-c", command]).status();
    assert!(moved.expect("it runs").success(), "{command}");
    fleet.run(&["update"], 0);
    fleet.run(&["fleet", "restart"], 0);
    assert_eq!(processes(inside, "sleep 4044"), OLD_AGENTS.len());
    assert!(sessions(inside, SOCKET).contains(&"lead".to_owned()));
}

/// The holder's unit of that release names the socket: a refresh is to come with the new name.
fn where_an_update_leaves_the_units_alone(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", "sleep 4045");
    let before = panes(inside, "mosaic-factory");
    let said = fleet.run(&["update", "--no-units"], 3);
    assert!(said.contains("update without --no-units"), "{said}");
    assert_eq!(panes(inside, "mosaic-factory"), before);
    let roster = fs::read_to_string(fleet.home.join("fleet/roster.yaml")).expect("readable");
    assert!(roster.contains("mosaic-factory"), "{roster}");
    fleet.run(&["fleet", "status"], 0);
    fleet.run(&["update"], 0);
    assert_eq!(panes(inside, SOCKET), before);
}

/// The home has a second roster; whoever only that one declares is started by it.
fn who_is_of_another_roster_is_advised_by_it(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4046");
    let two = fleet.home.join("fleet/two.yaml");
    let text = fs::read_to_string(fleet.home.join("fleet/roster.yaml")).expect("readable");
    fs::write(&two, text.replace("coder0", "coder1")).expect("written");
    let two = two.to_str().expect("UTF-8");
    fleet.run(&["fleet", "install", "--roster", two], 0);
    append(
        &fleet.env("coder1"),
        "MOSAIC_AGENT_COMMAND=\"sleep 4046\"\n",
    );
    fleet.run(&["fleet", "start", "--roster", two], 0);
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder1"]);
    let status = fleet.run(&["status"], 0);
    let advice = format!("mosaic fleet status --roster {two}");
    assert!(status.contains(&advice), "{status}");
    let command = fs::read_to_string(fleet.env("coder1")).expect("readable");
    fs::write(fleet.env("coder1"), command.replace("sleep 4046", "false")).expect("written");
    fleet.run(&["fleet", "restart", "coder1", "--roster", two], 3);
    let status = fleet.run(&["status"], 0);
    let start = format!("mosaic fleet start coder1 --roster {two}");
    assert!(status.contains(&format!(": {start}")), "{status}");
    fs::remove_file(fleet.env("coder1")).expect("removed");
    let status = fleet.run(&["status"], 0);
    let install = format!("mosaic fleet install --roster {two} && {start}");
    assert!(status.contains(&install), "{status}");
}
