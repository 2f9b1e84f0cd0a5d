//! Stale units on a real manager: named with the reason, and restarted where that is asked for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Test;
use crate::manager::{Inside, said};
use crate::picture::MOSAIC;
use crate::refresh::{append, json, panes, release, running, update};

tests! {
    Test:
    takes_a_changed_script,
    of_one_agent_whose_env_file_changed,
    spares_the_holder,
    stops_at_the_first_that_is_lost,
    reads_units_that_systemd_has_not,
    without_an_update,
    stale_for_a_drop_in_with_a_blank_in_its_path,
    stale_is_told_without_a_manager,
    refresh_of_two_hundred_agents,
    leaves_what_could_not_start_again,
    leaves_what_stopped_meanwhile,
    asks_tmux_who_lives,
    on_the_default_server,
    stale_is_only_what_runs,
    stale_is_only_what_is_ours,
    stale_by_a_drop_in_a_link_and_a_mode,
    stale_goes_by_the_oldest_start,
    stale_is_not_for_a_conflict,
    stale_text_names_three,
}

const SCRIPT: &str = "tools/fleet/start-agent-session.sh";
const HOLDER: &str = "mosaic-tmux-holder.service";

/// The agents, or the holder, that a list of documents names.
fn names(lines: &Value) -> Vec<&str> {
    let lines = lines.as_array().expect("a list").iter();
    lines
        .map(|line| line["agent"].as_str().unwrap_or("holder"))
        .collect()
}

fn stale(inside: &Inside) -> Value {
    json(inside, &["status"], 0)["stale"].clone()
}

fn units(agents: &[&str]) -> Value {
    json!(
        agents
            .iter()
            .map(|name| format!("mosaic-agent@{name}.service"))
            .collect::<Vec<_>>()
    )
}

/// The panes of some agents, with the server and the process of each.
fn panes_of(inside: &Inside, agents: &[&str]) -> BTreeSet<String> {
    let is_of = |line: &String| {
        agents
            .iter()
            .any(|name| line.contains(&format!(" {name} ")))
    };
    panes(inside, "mosaic-fleet")
        .into_iter()
        .filter(is_of)
        .collect()
}

fn relaunch(inside: &Inside, bundle: &Path, how: &str, status: i32) -> Value {
    json(
        inside,
        &["update", "--from", bundle.to_str().expect("UTF-8"), how],
        status,
    )["units"]
        .clone()
}

fn takes_a_changed_script(inside: &Inside) {
    running(inside, 3);
    json(inside, &["fleet", "stop", "coder1"], 0);
    assert_eq!(stale(inside), json!([]));
    let (before, loads) = (panes(inside, "mosaic-fleet"), inside.loads());
    let next = release(inside, "0.2.0");
    append(&next.join(SCRIPT), "\n# of 0.2.0\n");
    let from = next.to_str().expect("UTF-8");
    let foreseen =
        json(inside, &["update", "--dry-run", "--from", from], 0)["units"]["stale"].clone();
    assert_eq!(names(&foreseen), ["coder0", "coder2"]);
    assert_eq!(stale(inside), json!([]), "nothing is changed yet");

    let done = update(inside, &next, 0)["units"].clone();
    assert_eq!(
        (&done["stale"], &done["refreshed"], &done["restarted"]),
        (&foreseen, &json!([]), &json!([]))
    );
    assert_eq!(stale(inside), foreseen);
    assert_eq!(
        foreseen[0]["reason"],
        format!("{SCRIPT} changed with generation 3")
    );
    assert_eq!(
        update(inside, &next, 0)["units"]["stale"],
        foreseen,
        "until it is restarted"
    );
    let agents = json(inside, &["fleet", "status"], 0)["agents"].clone();
    assert_eq!(
        (&agents[0]["stale"], &agents[1]["stale"]),
        (&foreseen[0]["reason"], &Value::Null)
    );
    let dependents = json(inside, &["why", SCRIPT], 0)["units"].clone();
    let told = |at: usize| {
        (
            dependents[at]["runs"].clone(),
            dependents[at]["stale"].is_string(),
        )
    };
    assert_eq!(
        (told(0), told(1), told(2)),
        (
            (json!(true), true),
            (json!(false), false),
            (json!(true), true)
        )
    );
    assert_eq!(panes(inside, "mosaic-fleet"), before);
    assert_eq!(inside.loads(), loads, "no unit file changed");

    // Back, and what runs is what is there; there again.
    assert_eq!(json(inside, &["rollback"], 0)["units"]["stale"], json!([]));
    assert_eq!(
        names(&update(inside, &next, 0)["units"]["stale"]),
        ["coder0", "coder2"]
    );

    let done = relaunch(inside, &next, "--relaunch", 0);
    assert_eq!(
        (&done["restarted"], &done["stale"]),
        (&units(&["coder0", "coder2"]), &json!([]))
    );
    assert_eq!(
        inside.property("mosaic-agent@coder1.service", "ActiveState"),
        "inactive"
    );
    assert!(panes_of(inside, &["coder0", "coder2"]).is_disjoint(&before));
    assert_eq!(
        panes_of(inside, &["_holder"]).intersection(&before).count(),
        1,
        "same server, same holder"
    );
    let after = panes(inside, "mosaic-fleet");
    assert_eq!(
        relaunch(inside, &next, "--relaunch", 0)["restarted"],
        json!([])
    );
    assert_eq!(panes(inside, "mosaic-fleet"), after);
}

fn of_one_agent_whose_env_file_changed(inside: &Inside) {
    running(inside, 3);
    let before = panes(inside, "mosaic-fleet");
    append(
        &inside.home().join(".config/mosaic/fleet/agents/coder1.env"),
        "MINE=1\n",
    );
    assert_eq!(
        stale(inside)[0]["reason"],
        "fleet/agents/coder1.env changed since it started"
    );
    let same = release(inside, "0.1.0");
    assert_eq!(
        relaunch(inside, &same, "--relaunch", 0)["restarted"],
        units(&["coder1"])
    );
    let after = panes(inside, "mosaic-fleet");
    assert_eq!(before.difference(&after).count(), 1);
    assert!(panes_of(inside, &["coder0", "coder2", "_holder"]).is_subset(&before));
}

fn spares_the_holder(inside: &Inside) {
    running(inside, 1);
    let before = panes(inside, "mosaic-fleet");
    let next = release(inside, "0.2.0");
    append(&next.join("tools/fleet/tmux-holder.sh"), "\n# of 0.2.0\n");
    let output = inside.mosaic(&[
        "update",
        "--from",
        next.to_str().expect("UTF-8"),
        "--relaunch",
    ]);
    let text = said(&output);
    assert!(
        output.status.success() && text.contains("no update restarts the holder"),
        "{text}"
    );
    assert!(text.contains("mosaic fleet restart"), "{text}");
    assert_eq!(panes(inside, "mosaic-fleet"), before);
    assert_eq!(names(&stale(inside)), ["holder"]);
    json(inside, &["fleet", "restart"], 0);
    assert_eq!(stale(inside), json!([]));
}

fn stops_at_the_first_that_is_lost(inside: &Inside) {
    running(inside, 4);
    let home = inside.home().join(".config/mosaic");
    let env = |name: &str| home.join(format!("fleet/agents/{name}.env"));
    for name in ["coder0", "coder1"] {
        append(&env(name), "MOSAIC_AGENT_COMMAND=false\n");
    }
    for name in ["coder2", "coder3"] {
        append(&env(name), "MINE=1\n");
    }
    let before = panes_of(inside, &["coder1", "coder2", "coder3"]);
    let same = release(inside, "0.1.0");
    let done = relaunch(inside, &same, "--relaunch", 3);
    assert_eq!(
        (&done["failed"][0]["unit"], &done["restarted"]),
        (&units(&["coder0"])[0], &json!([]))
    );
    assert!(
        done["failed"][0]["words"]
            .as_str()
            .is_some_and(|words| words.contains("coder0")),
        "{done}"
    );
    assert_eq!(names(&done["stale"]), ["coder1", "coder2", "coder3"]);
    assert_eq!(
        panes_of(inside, &["coder1", "coder2", "coder3"]),
        before,
        "they go on as they are"
    );

    let done = relaunch(inside, &same, "--relaunch=continue", 3);
    assert_eq!(
        done["failed"][0]["unit"],
        units(&["coder0"])[0],
        "since the last time"
    );
    assert_eq!(done["failed"][1]["unit"], units(&["coder1"])[0]);
    assert_eq!(
        (&done["restarted"], &done["stale"]),
        (&units(&["coder2", "coder3"]), &json!([]))
    );
    assert!(panes_of(inside, &["coder2", "coder3"]).is_disjoint(&before));
}

fn reads_units_that_systemd_has_not(inside: &Inside) {
    running(inside, 1);
    let template = inside.units().join("mosaic-agent@.service");
    let text = fs::read_to_string(&template).expect("readable");
    fs::write(
        &template,
        text.replace("[Service]\n", "[Service]\nEnvironment=MINE=1\n"),
    )
    .expect("written");
    assert_eq!(
        stale(inside)[0]["reason"],
        "systemd has not read its unit as it is now"
    );
    let same = release(inside, "0.1.0");
    let done = relaunch(inside, &same, "--relaunch", 0);
    assert_eq!(
        (&done["restarted"], &done["stale"]),
        (&units(&["coder0"]), &json!([]))
    );
    assert!(
        inside
            .property("mosaic-agent@coder0.service", "Environment")
            .contains("MINE=1")
    );
    // Nor does a restart by name start it as it was.
    fs::write(
        &template,
        text.replace("[Service]\n", "[Service]\nEnvironment=MINE=2\n"),
    )
    .expect("written");
    assert_eq!(names(&stale(inside)), ["coder0"]);
    json(inside, &["fleet", "restart", "coder0"], 0);
    assert_eq!(stale(inside), json!([]));
    assert!(
        inside
            .property("mosaic-agent@coder0.service", "Environment")
            .contains("MINE=2")
    );
}

/// After an update from elsewhere, or back: what is there is taken, and no file is changed for it.
fn without_an_update(inside: &Inside) {
    running(inside, 3);
    let next = release(inside, "0.2.0");
    append(&next.join(SCRIPT), "\n# of 0.2.0\n");
    let output = inside.mosaic(&["update", "--from", next.to_str().expect("UTF-8")]);
    assert!(
        said(&output).contains("mosaic fleet restart --stale"),
        "{}",
        said(&output)
    );
    let home = inside.home().join(".config/mosaic");
    append(
        &home.join("fleet/agents/coder1.env"),
        "MOSAIC_AGENT_COMMAND=false\n",
    );
    let generation = json(inside, &["status"], 0)["generation"].clone();
    let before = panes(inside, "mosaic-fleet");
    let lines = json(inside, &["fleet", "restart", "--stale"], 3)["units"].clone();
    let outcomes: Vec<_> = lines
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| line["outcome"].as_str().expect("a word"))
        .collect();
    assert_eq!(
        (names(&lines), outcomes),
        (
            vec!["coder0", "coder1", "coder2"],
            vec!["restarted", "failed", "not-tried"]
        )
    );
    assert_eq!(
        panes_of(inside, &["_holder", "coder2"])
            .intersection(&before)
            .count(),
        2,
        "they go on"
    );
    let lines = json(inside, &["fleet", "restart", "--stale"], 0)["units"].clone();
    assert_eq!(
        (names(&lines), &lines[0]["outcome"]),
        (vec!["coder2"], &json!("restarted"))
    );
    assert_eq!(stale(inside), json!([]));
    let output = inside.mosaic(&["fleet", "restart", "--stale"]);
    assert!(
        output.status.success() && said(&output).contains("No running agent is stale"),
        "{}",
        said(&output)
    );
    assert_eq!(json(inside, &["status"], 0)["generation"], generation);
    assert_eq!(
        inside
            .mosaic(&["fleet", "restart", "--stale", "coder0"])
            .status
            .code(),
        Some(2)
    );
}

fn stale_for_a_drop_in_with_a_blank_in_its_path(inside: &Inside) {
    running(inside, 1);
    let drop_in = |text: &str| {
        inside.write_unit(
            "mosaic-agent@coder0.service.d/my own.conf",
            &format!("[Service]\nEnvironment={text}\n"),
        );
        inside.systemctl(&["daemon-reload"]);
    };
    drop_in("A=1");
    let reason = stale(inside)[0]["reason"]
        .as_str()
        .map(str::to_owned)
        .unwrap_or_default();
    assert!(
        reason.ends_with("/my own.conf changed since it started"),
        "{reason}"
    );
    json(inside, &["fleet", "restart", "--stale"], 0);
    assert_eq!(stale(inside), json!([]));
    assert!(
        inside
            .property("mosaic-agent@coder0.service", "Environment")
            .contains("A=1")
    );
}

fn stale_is_told_without_a_manager(inside: &Inside) {
    running(inside, 2);
    inside.stop_manager();
    let status = json(inside, &["status"], 0);
    assert_eq!(status["stale"], json!([]));
    assert!(
        status["manager_problem"]
            .as_str()
            .is_some_and(|why| why.contains("user manager")),
        "{status}"
    );
    let dependents = json(inside, &["why", "fleet/agents/coder1.env"], 0)["units"].clone();
    assert_eq!(
        (&dependents[0]["unit"], &dependents[0]["runs"]),
        (&units(&["coder1"])[0], &Value::Null)
    );
    assert_eq!(dependents.as_array().map(Vec::len), Some(1));
    let same = release(inside, "0.1.0");
    let done = relaunch(inside, &same, "--relaunch", 0);
    assert_eq!(done["restarted"], json!([]));
    assert!(done["manager_problem"].is_string(), "{done}");
}

/// One look at the fleet: one program is run for all of its agents, and the list of processes is read once.
fn sees_all_by_one_program(inside: &Inside) {
    let log = inside.home().join("log");
    let mut strace = inside.program("strace");
    strace.args(["-f", "-qq", "-e", "trace=execve,open,openat,openat2", "-o"]);
    strace.arg(&log).arg(MOSAIC).args(["fleet", "status"]);
    let output = strace.output().expect("strace runs");
    assert!(output.status.success(), "{}", said(&output));
    let log = fs::read_to_string(log).expect("readable");
    let succeeded = |part: &'static str| {
        let is_it = move |line: &&str| line.contains(part) && !line.contains("= -1 ");
        log.lines().filter(is_it)
    };
    let programs: BTreeSet<_> = succeeded(" execve(")
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(programs.len(), 1 + 1, "{log}");
    let passes = succeeded("\"/proc\", O_RDONLY").count();
    assert_eq!(passes, 1, "{log}");
}

/// 200 running agents: their units are refreshed by one reload, and systemd is asked of all of them at once.
fn refresh_of_two_hundred_agents(inside: &Inside) {
    running(inside, 200);
    let before = panes(inside, "mosaic-fleet");
    assert_eq!(before.len(), 201);
    sees_all_by_one_program(inside);
    let next = release(inside, "0.2.0");
    let unit = next.join("systemd/user/mosaic-agent@.service");
    append(&unit, "\n# of 0.2.0\n");
    let loads = inside.loads();
    let (done, calls) = inside.counted(|| update(inside, &next, 0));
    assert_eq!(inside.loads(), loads + 1);
    assert!(calls.len() < 10, "{calls:?}");
    // A call is for none of them by name, or for all.
    let named = |call: &String| call.matches("mosaic-agent@coder").count();
    let is_of_some = |call: &String| ![0, 200].contains(&named(call));
    assert!(!calls.iter().any(is_of_some), "{calls:?}");
    let units = &done["units"];
    let refreshed = units["refreshed"].as_array().map(Vec::len);
    assert_eq!((refreshed, names(&units["stale"]).len()), (Some(1), 200));
    assert_eq!(panes(inside, "mosaic-fleet"), before);
    assert_eq!(inside.property(HOLDER, "NeedDaemonReload"), "no");
}

fn template(inside: &Inside) -> std::path::PathBuf {
    inside.units().join("mosaic-agent@.service")
}

/// What no longer ships goes on, and is not restarted: it could not be started again.
fn leaves_what_could_not_start_again(inside: &Inside) {
    running(inside, 2);
    let before = panes(inside, "mosaic-fleet");
    let next = release(inside, "0.2.0");
    fs::remove_file(next.join("systemd/user/mosaic-agent@.service")).expect("removed");
    let done = relaunch(inside, &next, "--relaunch", 0);
    assert!(!template(inside).exists());
    assert_eq!(
        (names(&done["stale"]), &done["restarted"]),
        (vec!["coder0", "coder1"], &json!([])),
        "{done}"
    );
    let reason = done["stale"][0]["reason"].as_str().expect("a reason");
    assert!(
        reason.starts_with("its unit is not there any more"),
        "{reason}"
    );
    assert_eq!(panes(inside, "mosaic-fleet"), before);
    assert_eq!(
        inside.property("mosaic-agent@coder0.service", "ActiveState"),
        "active"
    );
    let text = said(&inside.mosaic(&["status"]));
    assert!(
        text.contains(
            "2 units run and are not there any more, to end the fleet: mosaic fleet stop"
        ) && !text.contains("spare them"),
        "{text}"
    );
    let link = inside
        .units()
        .join("default.target.wants/mosaic-agent@coder0.service");
    assert!(
        fs::symlink_metadata(link).is_err(),
        "nothing would start it at the next login"
    );
    // The record has forgotten the unit, and what enabled it: nothing of it is taken for installed again.
    let record = json(inside, &["uninstall", "--dry-run"], 0).to_string();
    assert!(!record.contains("mosaic-agent@.service"), "{record}");
}

/// One that was stopped meanwhile is left stopped, and nobody waits for its session.
fn leaves_what_stopped_meanwhile(inside: &Inside) {
    running(inside, 2);
    inside.write_unit(
        "mosaic-agent@coder0.service.d/mine.conf",
        "[Service]\nExecStartPost=/bin/systemctl --user stop mosaic-agent@coder1.service\n",
    );
    inside.systemctl(&["daemon-reload"]);
    append(
        &inside.home().join(".config/mosaic/fleet/agents/coder1.env"),
        "MINE=1\n",
    );
    let same = release(inside, "0.1.0");
    let done = relaunch(inside, &same, "--relaunch", 0);
    assert_eq!(
        (&done["restarted"], &done["failed"]),
        (&units(&["coder0"]), &json!([])),
        "{done}"
    );
    assert_eq!(
        inside.property("mosaic-agent@coder1.service", "ActiveState"),
        "inactive"
    );
}

/// systemd calls it active, and its only pane is dead.
fn asks_tmux_who_lives(inside: &Inside) {
    running(inside, 1);
    inside.tmux(&[
        "-L",
        "mosaic-fleet",
        "set-option",
        "-g",
        "remain-on-exit",
        "on",
    ]);
    inside.write_unit(
        "mosaic-agent@coder0.service.d/mine.conf",
        "[Service]\nExecStart=\nExecStart=/usr/bin/tmux -L mosaic-fleet new-session -d -s %i true\n",
    );
    inside.systemctl(&["daemon-reload"]);
    let same = release(inside, "0.1.0");
    let done = relaunch(inside, &same, "--relaunch", 3);
    let words = done["failed"][0]["words"].as_str().expect("words");
    assert!(
        words.contains("tmux has no living session of it"),
        "{words}"
    );
    assert_eq!(done["restarted"], json!([]));
}

fn on_the_default_server(inside: &Inside) {
    let fleet = crate::life::Fleet::new(inside, ".config/mosaic", 1, "{ socket_name: '' }");
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    append(&fleet.env("coder0"), "MINE=1\n");
    let same = release(inside, "0.1.0");
    assert_eq!(
        relaunch(inside, &same, "--relaunch", 0)["restarted"],
        units(&["coder0"])
    );
}

/// Only what runs is stale: one that failed before takes the change whenever it is started.
fn stale_is_only_what_runs(inside: &Inside) {
    running(inside, 2);
    inside.tmux(&["-L", "mosaic-fleet", "list-sessions"]);
    let env = inside.home().join(".config/mosaic/fleet/agents/coder0.env");
    append(&env, "MOSAIC_AGENT_COMMAND=false\n");
    json(inside, &["fleet", "restart", "coder0"], 3);
    inside.systemctl(&["stop", "mosaic-agent@coder0.service"]);
    json(inside, &["fleet", "start", "coder0"], 3);
    append(&env, "MINE=1\n");
    assert_eq!(
        inside.property("mosaic-agent@coder0.service", "ActiveState"),
        "failed"
    );
    assert_eq!(stale(inside), json!([]));
}

/// Not what the operator runs under a name like ours, from a unit file of his own.
fn stale_is_only_what_is_ours(inside: &Inside) {
    running(inside, 1);
    let mine = "[Service]\nExecStart=/bin/sleep 1000\n";
    inside.write_unit("mosaic-agent@mine.service", mine);
    inside.systemctl(&["daemon-reload"]);
    inside.systemctl(&["start", "mosaic-agent@mine.service"]);
    inside.write_unit("mosaic-agent@mine.service", &format!("{mine}# changed\n"));
    inside.systemctl(&["daemon-reload"]);
    assert_eq!(stale(inside), json!([]));
}

fn stale_by_a_drop_in_a_link_and_a_mode(inside: &Inside) {
    running(inside, 3);
    let home = inside.home().join(".config/mosaic");
    let mine = home.join("fleet/mine.env");
    fs::write(&mine, "A=1\n").expect("written");
    inside.write_unit(
        "mosaic-agent@coder0.service.d/mine.conf",
        "[Service]\nEnvironmentFile=-%h/.config/mosaic/fleet/mine.env\n",
    );
    let (env, secret) = (
        home.join("fleet/agents/coder1.env"),
        inside.home().join("secret.env"),
    );
    fs::rename(&env, &secret).expect("moved");
    std::os::unix::fs::symlink(&secret, &env).expect("linked");
    inside.systemctl(&["daemon-reload"]);
    json(inside, &["fleet", "restart"], 0);
    assert_eq!(stale(inside), json!([]));
    append(&mine, "A=2\n");
    assert_eq!(names(&stale(inside)), ["coder0"]);

    let roster = home.join("fleet/roster.yaml");
    let text = fs::read_to_string(&roster).expect("readable");
    fs::write(
        &roster,
        text.replace("name: coder1\n", "name: coder1\n    model_hint: other\n"),
    )
    .expect("written");
    let install = json(inside, &["fleet", "install"], 0);
    let told = stale(inside);
    assert_eq!(names(&told), ["coder0", "coder1"]);
    let generation = &install["generation"];
    assert_eq!(
        told[1]["reason"],
        format!("fleet/agents/coder1.env changed with generation {generation}")
    );
    json(inside, &["rollback"], 0);
    assert_eq!(names(&stale(inside)), ["coder0"], "it is what it was");

    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
    fs::set_permissions(home.join("fleet/agents/coder2.env"), mode).expect("set");
    assert_eq!(
        names(&stale(inside)),
        ["coder0", "coder2"],
        "who may read it changed"
    );
}

/// An older start goes by what was displaced since then, also where another one was restarted later.
fn stale_goes_by_the_oldest_start(inside: &Inside) {
    running(inside, 2);
    let next = release(inside, "0.2.0");
    append(&next.join(SCRIPT), "\n# of 0.2.0\n");
    update(inside, &next, 0);
    json(inside, &["fleet", "restart", "coder0"], 0);
    let told = stale(inside);
    assert_eq!(names(&told), ["coder1"]);
    assert_eq!(
        told[0]["reason"],
        format!("{SCRIPT} changed with generation 3")
    );
    json(inside, &["rollback"], 0);
    assert_eq!(names(&stale(inside)), ["coder0"]);
}

/// What is put beside a file for a conflict is not what runs.
fn stale_is_not_for_a_conflict(inside: &Inside) {
    running(inside, 1);
    let script = inside.home().join(".config/mosaic").join(SCRIPT);
    append(&script, "# mine\n");
    json(inside, &["fleet", "restart"], 0);
    let next = release(inside, "0.2.0");
    append(&next.join(SCRIPT), "# of 0.2.0\n");
    let done = update(inside, &next, 3);
    assert!(
        !done["conflicts"].as_array().expect("conflicts").is_empty(),
        "{done}"
    );
    assert_eq!(done["units"]["stale"], json!([]));
}

fn stale_text_names_three(inside: &Inside) {
    running(inside, 5);
    let home = inside.home().join(".config/mosaic");
    append(&home.join("fleet/agents/coder4.env"), "MINE=1\n");
    let text = said(&inside.mosaic(&["status"]));
    assert!(
        text.contains("1 running agent is stale, until restarted: mosaic fleet restart --stale"),
        "{text}"
    );
    append(&home.join(SCRIPT), "# mine\n");
    let text = said(&inside.mosaic(&["status"]));
    assert!(text.contains("5 running agents are stale"), "{text}");
    assert!(
        text.contains("coder0, coder1, coder2 and 1 more: tools/fleet"),
        "{text}"
    );
}
