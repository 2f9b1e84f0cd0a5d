//! `mosaic update` on a real manager: changed units take effect, and nothing that runs is disturbed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Test;
use crate::manager::{Inside, said};
use crate::patience::eventually;

tests! {
    Test:
    takes_effect_and_disturbs_nothing,
    of_a_running_old_fleet,
    interrupted_is_finished_once,
    waits_for_a_manager,
    leaves_what_the_operator_decided,
    leaves_a_failed_unit_failed,
    brings_a_removed_unit_back,
    retires_a_unit,
    retires_what_an_old_release_enabled,
    leaves_an_edited_unit_that_retires,
    keeps_active_units_in_step,
    retired_unit_with_an_edit_stays,
    shows_what_cannot_be_joined,
    merges_again_in_another_home,
}

const HOLDER: &str = "mosaic-tmux-holder.service";
const TEMPLATE: &str = "mosaic-agent@.service";
const AGENTS: usize = 10;

/// A copy of the framework as another release, for tests to change.
pub fn release(inside: &Inside, version: &str) -> PathBuf {
    let bundle = inside.home().join(format!("release-{version}"));
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("framework"),
        &bundle,
    );
    let manifest = fs::read_to_string(bundle.join("bundle.toml")).expect("readable");
    let manifest = manifest.replace("version = \"0.1.0\"", &format!("version = \"{version}\""));
    fs::write(bundle.join("bundle.toml"), manifest).expect("written");
    bundle
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a folder")).expect("made");
    let copied = std::process::Command::new("cp")
        .arg("-rP")
        .args([from, to])
        .status()
        .expect("cp runs");
    assert!(copied.success());
}

pub fn append(path: &Path, line: &str) {
    let text = fs::read_to_string(path).expect("readable");
    fs::write(path, text + line).expect("written");
}

pub fn json(inside: &Inside, words: &[&str], status: i32) -> Value {
    let output = inside.mosaic(&[words, &["--json"]].concat());
    assert_eq!(
        output.status.code(),
        Some(status),
        "{words:?}: {}",
        said(&output)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

pub fn update(inside: &Inside, bundle: &Path, status: i32) -> Value {
    json(
        inside,
        &["update", "--from", bundle.to_str().expect("UTF-8")],
        status,
    )
}

/// What a command would do to an active unit.
fn action(inside: &Inside, words: &[&str], unit: &str) -> String {
    let at = inside.units().join(unit).display().to_string();
    let document = json(inside, words, 0);
    let actions = document["actions"].as_array().expect("actions");
    let of_unit = actions
        .iter()
        .find(|line| line["path"].as_str() == Some(&at));
    of_unit.map_or_else(
        || panic!("{document}"),
        |line| line["action"].to_string().replace('"', ""),
    )
}

/// A running fleet of stub agents, by `mosaic fleet`.
pub fn running(inside: &Inside, count: usize) {
    json(inside, &["install"], 0);
    let home = inside.home().join(".config/mosaic");
    let agents: String = (0..count)
        .map(|number| format!("  - name: coder{number}\n"))
        .collect();
    let roster = format!("version: 1\ntmux: {{ socket_name: mosaic-fleet }}\nagents:\n{agents}");
    fs::write(home.join("fleet/roster.yaml"), roster).expect("written");
    fs::create_dir_all(home.join("fleet/agents")).expect("made");
    for number in 0..count {
        let line = "MOSAIC_AGENT_COMMAND=\"sleep 1000\"\n";
        fs::write(home.join(format!("fleet/agents/coder{number}.env")), line).expect("written");
    }
    json(inside, &["fleet", "install"], 0);
    json(inside, &["fleet", "start"], 0);
}

pub fn panes(inside: &Inside, socket: &str) -> BTreeSet<String> {
    let shown = inside.tmux(&[
        "-L",
        socket,
        "list-panes",
        "-a",
        "-F",
        "#{pid} #{session_name} #{pane_pid}",
    ]);
    shown.lines().map(str::to_owned).collect()
}

fn takes_effect_and_disturbs_nothing(inside: &Inside) {
    running(inside, 3);
    let before = panes(inside, "mosaic-fleet");
    let loads = inside.loads();
    let same = release(inside, "0.1.1");
    assert_eq!(
        update(inside, &same, 0)["units"]["refreshed"],
        serde_json::json!([])
    );
    assert_eq!(
        inside.loads(),
        loads,
        "nothing changed, nothing is read again"
    );

    let next = release(inside, "0.2.0");
    append(&next.join("systemd/user").join(TEMPLATE), "\n# of 0.2.0\n");
    let done = update(inside, &next, 0);
    assert_eq!(done["units"]["refreshed"], serde_json::json!([TEMPLATE]));
    assert_eq!(inside.loads(), loads + 1);
    let unit = "mosaic-agent@coder1.service";
    let read = PathBuf::from(inside.property(unit, "FragmentPath"));
    assert!(
        fs::read_to_string(read)
            .expect("readable")
            .ends_with("# of 0.2.0\n")
    );
    assert_eq!(inside.property(unit, "NeedDaemonReload"), "no");
    assert_eq!(panes(inside, "mosaic-fleet"), before);
    assert_eq!(inside.property(unit, "ActiveState"), "active");

    json(inside, &["rollback"], 0);
    assert_eq!(inside.loads(), loads + 2);
    let active = fs::read_to_string(inside.units().join(TEMPLATE)).expect("readable");
    assert!(!active.contains("0.2.0"));
    assert_eq!(panes(inside, "mosaic-fleet"), before);
}

/// Agents under the oneshot holder of 0.0.35, on the old socket; their units.
pub fn old_fleet(inside: &Inside, count: usize) -> Vec<String> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/homes/0.0.35");
    let home = inside.home().join(".config/mosaic");
    copy(&fixture.join("home"), &home);
    fs::create_dir_all(inside.units()).expect("made");
    for unit in [HOLDER, TEMPLATE] {
        fs::copy(fixture.join("units").join(unit), inside.units().join(unit)).expect("copied");
    }
    let names: Vec<_> = (0..count).map(|number| format!("coder{number}")).collect();
    let agents: String = names
        .iter()
        .map(|name| format!("  - name: {name}\n"))
        .collect();
    let roster = format!("version: 1\ntmux:\n  socket_name: mosaic-factory\nagents:\n{agents}");
    fs::write(home.join("fleet/roster.yaml"), roster).expect("written");
    fs::create_dir_all(inside.home().join("src")).expect("made");
    for name in &names {
        let text = format!(
            "MOSAIC_AGENT_NAME={name}\nMOSAIC_AGENT_RUNTIME=pi\nMOSAIC_TMUX_SOCKET=mosaic-factory\nMOSAIC_AGENT_COMMAND=\"sleep 1000\"\n"
        );
        fs::write(home.join(format!("fleet/agents/{name}.env")), text).expect("written");
    }
    inside.systemctl(&["daemon-reload"]);
    let units: Vec<_> = names
        .iter()
        .map(|name| format!("mosaic-agent@{name}.service"))
        .collect();
    let words: Vec<_> = ["start", HOLDER]
        .into_iter()
        .chain(units.iter().map(String::as_str))
        .collect();
    inside.systemctl(&words);
    eventually("all live", || {
        panes(inside, "mosaic-factory").len() == count + 1
    });
    units
}

fn of_a_running_old_fleet(inside: &Inside) {
    let units = old_fleet(inside, AGENTS);
    let before = panes(inside, "mosaic-factory");
    let loads = inside.loads();

    let foreseen = json(inside, &["update", "--dry-run"], 0);
    let done = json(inside, &["update"], 0);
    assert_eq!(done["units"]["stale"], foreseen["units"]["stale"]);
    assert_eq!(
        done["units"]["refreshed"].as_array().map(Vec::len),
        Some(2),
        "{}",
        done["units"]
    );
    assert_eq!(inside.loads(), loads + 1);
    for socket in ["mosaic-factory", "mosaic-fleet"] {
        assert_eq!(panes(inside, socket), before, "{socket}");
    }
    for unit in units.iter().map(String::as_str).chain([HOLDER]) {
        assert_eq!(inside.property(unit, "ActiveState"), "active", "{unit}");
        assert_eq!(inside.property(unit, "NeedDaemonReload"), "no", "{unit}");
    }
    assert_eq!(
        done["units"]["stale"].as_array().map(Vec::len),
        Some(AGENTS + 1),
        "{}",
        done["units"]
    );
    // Later, one agent takes the change.
    json(inside, &["fleet", "restart", "coder4"], 0);
    let after = panes(inside, "mosaic-fleet");
    assert_eq!(other_than("coder4", &after), other_than("coder4", &before));
    assert_eq!(after.len(), before.len());
    assert_ne!(after, before, "coder4 has another process");

    // The others take it, the holder lives on, and of an agent that changes later only that one is restarted.
    let done = json(inside, &["update", "--relaunch"], 0)["units"].clone();
    assert_eq!(
        done["restarted"].as_array().map(Vec::len),
        Some(AGENTS - 1),
        "{done}"
    );
    assert_eq!(
        done["stale"].as_array().map(Vec::len),
        Some(1),
        "the holder: {done}"
    );
    let all = panes(inside, "mosaic-fleet");
    assert_eq!(
        (all.len(), all.intersection(&after).count()),
        (AGENTS + 1, 2),
        "the holder's and coder4's stay"
    );
    append(
        &inside.home().join(".config/mosaic/fleet/agents/coder7.env"),
        "MINE=1\n",
    );
    let done = json(inside, &["update", "--relaunch"], 0)["units"].clone();
    assert_eq!(done["restarted"], serde_json::json!([units[7]]));
    let last = panes(inside, "mosaic-fleet");
    assert_eq!(other_than("coder7", &last), other_than("coder7", &all));
    assert_eq!(
        (last.len(), panes(inside, "mosaic-factory")),
        (AGENTS + 1, last.clone())
    );
    assert!(!last.is_subset(&all), "coder7 has another process");
}

fn other_than(agent: &str, panes: &BTreeSet<String>) -> BTreeSet<String> {
    panes
        .iter()
        .filter(|line| !line.contains(&format!(" {agent} ")))
        .cloned()
        .collect()
}

fn interrupted_is_finished_once(inside: &Inside) {
    running(inside, 1);
    let next = release(inside, "0.2.0");
    append(&next.join("systemd/user").join(HOLDER), "\n# of 0.2.0\n");
    let loads = inside.loads();
    let mut killed = inside.program(env!("CARGO_BIN_EXE_mosaic"));
    killed
        .arg("update")
        .arg("--from")
        .arg(&next)
        .env("MOSAIC_CRASH_AT", "Finished");
    assert_eq!(killed.status().expect("it runs").code(), None);
    assert_eq!(inside.loads(), loads);
    let pending = json(inside, &["status"], 0)["pending"].to_string();
    assert!(pending.contains("reload"), "{pending}");
    json(inside, &["recover"], 0);
    assert_eq!(inside.loads(), loads + 1);
    assert_eq!(inside.property(HOLDER, "NeedDaemonReload"), "no");
    json(inside, &["recover"], 0);
    update(inside, &next, 0);
    assert_eq!(inside.loads(), loads + 1, "once");
}

fn waits_for_a_manager(inside: &Inside) {
    running(inside, 1);
    let next = release(inside, "0.2.0");
    append(&next.join("systemd/user").join(HOLDER), "\n# of 0.2.0\n");
    inside.stop_manager();
    let foreseen = json(
        inside,
        &[
            "update",
            "--dry-run",
            "--from",
            next.to_str().expect("UTF-8"),
        ],
        0,
    );
    let done = update(inside, &next, 0);
    assert_eq!(done["units"]["pending"], true);
    assert_eq!(
        (&done["units"], &done["pending"]),
        (&foreseen["units"], &foreseen["pending"])
    );
    assert!(
        fs::read_to_string(inside.units().join(HOLDER))
            .expect("readable")
            .ends_with("# of 0.2.0\n")
    );
    inside.start_manager();
    let loads = inside.loads();
    update(inside, &next, 0);
    assert_eq!(inside.loads(), loads + 1);
    assert_eq!(
        json(inside, &["status"], 0)["pending"],
        serde_json::json!([])
    );
}

fn leaves_what_the_operator_decided(inside: &Inside) {
    running(inside, 2);
    let holder = inside.units().join(HOLDER);
    let template = inside.units().join(TEMPLATE);
    let drop_in = inside.units().join(format!("{TEMPLATE}.d/mine.conf"));
    fs::create_dir_all(drop_in.parent().expect("a folder")).expect("made");
    fs::write(&drop_in, "[Service]\nEnvironment=MINE=1\n").expect("written");
    json(inside, &["fleet", "stop", "coder1"], 0);
    // An edit far from the release's is joined with it.
    let edited = fs::read_to_string(&template)
        .expect("readable")
        .replace("TimeoutStopSec=30", "TimeoutStopSec=31");
    fs::write(&template, edited).expect("written");
    let next = release(inside, "0.2.0");
    let shipped = next.join("systemd/user").join(TEMPLATE);
    let text = fs::read_to_string(&shipped).expect("readable");
    fs::write(&shipped, text.replace("RestartSec=2", "RestartSec=4")).expect("written");
    fs::write(
        next.join("systemd/user").join(HOLDER),
        fs::read(&holder).expect("readable"),
    )
    .expect("written");
    update(inside, &next, 0);
    let joined = fs::read_to_string(&template).expect("readable");
    assert!(
        joined.contains("TimeoutStopSec=31") && joined.contains("RestartSec=4"),
        "{joined}"
    );
    // The joined copy is an edited one from now on: nothing puts the release's in its place.
    update(inside, &next, 0);
    json(inside, &["fleet", "install"], 0);
    assert_eq!(fs::read_to_string(&template).expect("readable"), joined);
    assert_eq!(
        action(inside, &["uninstall", "--dry-run"], TEMPLATE),
        "release"
    );
    assert_eq!(
        fs::read_to_string(&drop_in).expect("readable"),
        "[Service]\nEnvironment=MINE=1\n"
    );
    assert_eq!(
        inside.property("mosaic-agent@coder1.service", "ActiveState"),
        "inactive"
    );

    // What cannot be joined stays, and asks for its operator.
    let mine = fs::read_to_string(&template)
        .expect("readable")
        .replace("RestartSec=4", "RestartSec=9");
    fs::write(&template, &mine).expect("written");
    let last = release(inside, "0.3.0");
    let shipped = last.join("systemd/user").join(TEMPLATE);
    let text = fs::read_to_string(&shipped).expect("readable");
    fs::write(&shipped, text.replace("RestartSec=2", "RestartSec=5")).expect("written");
    let done = update(inside, &last, 3);
    assert_eq!(done["stays"].as_array().map(Vec::len), Some(1), "{done}");
    assert_eq!(fs::read_to_string(&template).expect("readable"), mine);
    let waiting = json(inside, &["status", "--exit-code"], 4)["stays"][0].clone();
    assert_eq!(json(inside, &["resolve"], 3)["stays"][0], waiting);
    let parked = waiting
        .as_str()
        .and_then(|waiting| waiting.split_once(": "))
        .expect("where it is")
        .1
        .to_owned();
    let parked = inside.home().join(".config/mosaic").join(parked);
    assert_eq!(
        fs::read(&parked).expect("readable"),
        fs::read(&shipped).expect("readable")
    );
    let settled = fs::read_to_string(&shipped).expect("readable");
    fs::write(&template, &settled).expect("written");
    update(inside, &last, 0);
    assert_eq!(json(inside, &["status"], 0)["stays"], serde_json::json!([]));
    assert!(!parked.exists(), "nothing waits any more");

    // A masked unit stays masked, and another update leaves it so.
    fs::remove_file(&template).expect("removed");
    std::os::unix::fs::symlink("/dev/null", &template).expect("masked");
    update(inside, &last, 0);
    assert_eq!(
        fs::read_link(&template).expect("a link"),
        Path::new("/dev/null")
    );
}

fn leaves_a_failed_unit_failed(inside: &Inside) {
    running(inside, 2);
    let (failed, env) = (
        "mosaic-agent@coder1.service",
        inside.home().join(".config/mosaic/fleet/agents"),
    );
    let env = env.join("coder1.env");
    let text = fs::read_to_string(&env).expect("readable");
    fs::write(&env, text.clone() + "MOSAIC_AGENT_COMMAND=false\n").expect("written");
    json(inside, &["fleet", "restart", "coder1"], 3);
    let state = |of: &str| inside.property(failed, of);
    assert_eq!(state("ActiveState"), "failed");
    let (invocation, before) = (state("InvocationID"), panes(inside, "mosaic-fleet"));
    let next = release(inside, "0.2.0");
    append(&next.join("systemd/user").join(TEMPLATE), "\n# of 0.2.0\n");
    let from = next.to_str().expect("UTF-8");
    // It waits for a person, and every update says so until it is settled.
    let done = json(inside, &["update", "--from", from, "--relaunch"], 3)["units"].clone();
    assert_eq!(
        done["restarted"],
        serde_json::json!(["mosaic-agent@coder0.service"]),
        "{done}"
    );
    let listed = serde_json::json!([{ "unit": failed, "words": "exit-code, status 1" }]);
    assert_eq!(
        (&done["failed"], &done["stale"]),
        (&listed, &serde_json::json!([]))
    );
    assert_eq!(
        json(inside, &["status", "--exit-code"], 4)["failed"],
        listed
    );
    let told = said(&inside.mosaic(&["update", "--from", from]));
    assert!(
        told.contains("coder1 has failed (exit-code, status 1): mosaic fleet start coder1"),
        "{told}"
    );
    assert_eq!(
        (state("ActiveState"), state("InvocationID")),
        ("failed".to_owned(), invocation)
    );
    assert_eq!(state("NeedDaemonReload"), "no");
    assert_eq!(panes(inside, "mosaic-fleet").len(), before.len());
    fs::write(&env, text).expect("written");
    json(inside, &["fleet", "start", "coder1"], 0);
    assert_eq!(state("ActiveState"), "active");
    assert_eq!(
        update(inside, &next, 0)["units"]["failed"],
        serde_json::json!([])
    );
}

fn brings_a_removed_unit_back(inside: &Inside) {
    running(inside, 2);
    let (before, template) = (panes(inside, "mosaic-fleet"), inside.units().join(TEMPLATE));
    let text = fs::read(&template).expect("readable");
    fs::remove_file(&template).expect("removed");
    inside.systemctl(&["daemon-reload"]);
    let loads = inside.loads();
    let stale = json(inside, &["status"], 0)["stale"].clone();
    assert!(
        stale[0]["reason"]
            .as_str()
            .is_some_and(|why| why.contains("not there any more")),
        "{stale}"
    );
    let same = release(inside, "0.1.0");
    assert_eq!(
        update(inside, &same, 0)["units"]["refreshed"],
        serde_json::json!([TEMPLATE])
    );
    assert_eq!(
        (fs::read(&template).expect("readable"), inside.loads()),
        (text, loads + 1)
    );
    assert_eq!(panes(inside, "mosaic-fleet"), before);
    // Without any of them no fleet is installed, and an update does not install one.
    for unit in [HOLDER, TEMPLATE] {
        fs::remove_file(inside.units().join(unit)).expect("removed");
    }
    assert_eq!(update(inside, &same, 0)["committed"], false);
    assert_eq!(
        (template.exists(), panes(inside, "mosaic-fleet")),
        (false, before)
    );
}

/// A release that no longer has the agents' template.
fn without_template(inside: &Inside) -> PathBuf {
    let next = release(inside, "0.2.0");
    fs::remove_file(next.join("systemd/user").join(TEMPLATE)).expect("removed");
    next
}

/// The links that let units start with the manager.
fn links(inside: &Inside) -> Vec<String> {
    let wanted = fs::read_dir(inside.units().join("default.target.wants"))
        .into_iter()
        .flatten();
    let names = wanted.map(|entry| {
        entry
            .expect("readable")
            .file_name()
            .into_string()
            .expect("UTF-8")
    });
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn retires_a_unit(inside: &Inside) {
    running(inside, 2);
    let (before, linked, loads) = (panes(inside, "mosaic-fleet"), links(inside), inside.loads());
    let template = inside.units().join(TEMPLATE);
    let text = fs::read(&template).expect("readable");
    assert_eq!(linked.len(), 3, "{linked:?}");
    let next = without_template(inside);
    let foreseen = json(
        inside,
        &[
            "update",
            "--dry-run",
            "--from",
            next.to_str().expect("UTF-8"),
        ],
        0,
    );
    let done = update(inside, &next, 0);
    assert_eq!(done["units"]["stale"], foreseen["units"]["stale"]);
    assert_eq!(
        (template.exists(), links(inside)),
        (false, vec![HOLDER.to_owned()])
    );
    assert_eq!(inside.loads(), loads + 1);
    assert_eq!(panes(inside, "mosaic-fleet"), before, "what runs goes on");
    assert_eq!(
        inside.property("mosaic-agent@coder0.service", "ActiveState"),
        "active"
    );
    let stale = done["units"]["stale"].as_array().expect("a list");
    assert!(
        stale.iter().all(|line| line["relaunches"] == false) && stale.len() == 2,
        "{done}"
    );
    let restarted = json(
        inside,
        &[
            "update",
            "--from",
            next.to_str().expect("UTF-8"),
            "--relaunch",
        ],
        0,
    );
    assert_eq!(restarted["units"]["restarted"], serde_json::json!([]));
    assert_eq!(panes(inside, "mosaic-fleet"), before);

    let foreseen = json(inside, &["rollback", "--dry-run"], 0);
    let done = json(inside, &["rollback"], 0);
    assert_eq!(done["units"]["stale"], foreseen["units"]["stale"]);
    assert_eq!(
        (fs::read(&template).expect("readable"), links(inside)),
        (text, linked)
    );
    assert_eq!(inside.loads(), loads + 2);
    assert_eq!(json(inside, &["status"], 0)["stale"], serde_json::json!([]));
    json(inside, &["rollback"], 0);
    assert_eq!(
        (template.exists(), links(inside)),
        (false, vec![HOLDER.to_owned()])
    );
    assert_eq!(panes(inside, "mosaic-fleet"), before);
}

fn retires_what_an_old_release_enabled(inside: &Inside) {
    let units = old_fleet(inside, 2);
    inside.systemctl(&["enable", "--no-reload", HOLDER, &units[0], &units[1]]);
    let (before, linked) = (panes(inside, "mosaic-factory"), links(inside));
    json(inside, &["update"], 0);
    assert_eq!(links(inside), linked);
    // To take an install back is not to disable what was enabled before it.
    json(inside, &["fleet", "install"], 0);
    json(inside, &["rollback"], 0);
    assert_eq!(links(inside), linked);

    update(inside, &without_template(inside), 0);
    assert_eq!(links(inside), [HOLDER]);
    json(inside, &["rollback"], 0);
    assert_eq!(links(inside), linked);
    json(inside, &["uninstall", "--yes"], 0);
    assert_eq!(links(inside), [""; 0]);
    json(inside, &["rollback"], 0);
    assert_eq!(links(inside), linked);
    assert_eq!(panes(inside, "mosaic-factory"), before);
}

fn leaves_an_edited_unit_that_retires(inside: &Inside) {
    running(inside, 2);
    let (linked, template) = (links(inside), inside.units().join(TEMPLATE));
    append(&template, "\n# mine\n");
    let text = fs::read(&template).expect("readable");
    let next = without_template(inside);
    let from = next.to_str().expect("UTF-8");
    assert_eq!(
        action(inside, &["update", "--dry-run", "--from", from], TEMPLATE),
        "release"
    );
    update(inside, &next, 0);
    assert_eq!(
        (fs::read(&template).expect("readable"), links(inside)),
        (text, linked)
    );
}
/// What is gone comes back, a mode stays, and what already is as it ships is taken for the release's.
fn keeps_active_units_in_step(inside: &Inside) {
    running(inside, 1);
    let (holder, template) = (inside.units().join(HOLDER), inside.units().join(TEMPLATE));
    fs::remove_file(&template).expect("removed");
    fs::set_permissions(&holder, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    let next = release(inside, "0.2.0");
    append(&next.join("systemd/user").join(HOLDER), "\n# of 0.2.0\n");
    update(inside, &next, 0);
    assert!(template.exists(), "it comes back");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &fs::metadata(&holder).expect("there").permissions(),
    );
    assert_eq!(mode & 0o7777, 0o600);

    append(&template, "\n# of 0.3.0\n");
    let third = release(inside, "0.3.0");
    append(&third.join("systemd/user").join(TEMPLATE), "\n# of 0.3.0\n");
    assert_eq!(
        action(
            inside,
            &[
                "update",
                "--dry-run",
                "--from",
                third.to_str().expect("UTF-8")
            ],
            TEMPLATE
        ),
        "adopt"
    );
    update(inside, &third, 0);
    let fourth = release(inside, "0.4.0");
    append(
        &fourth.join("systemd/user").join(TEMPLATE),
        "\n# of 0.4.0\n",
    );
    assert_eq!(
        action(
            inside,
            &[
                "update",
                "--dry-run",
                "--from",
                fourth.to_str().expect("UTF-8")
            ],
            TEMPLATE
        ),
        "replace"
    );
}

/// An edited copy of what no longer ships stays.
fn retired_unit_with_an_edit_stays(inside: &Inside) {
    running(inside, 1);
    let template = inside.units().join(TEMPLATE);
    append(&template, "# mine\n");
    let next = release(inside, "0.2.0");
    fs::remove_file(next.join("systemd/user").join(TEMPLATE)).expect("removed");
    update(inside, &next, 0);
    assert!(
        fs::read_to_string(&template)
            .expect("there")
            .ends_with("# mine\n")
    );
}

/// What cannot be joined is put aside, where the advice says.
fn shows_what_cannot_be_joined(inside: &Inside) {
    running(inside, 1);
    let template = inside.units().join(TEMPLATE);
    let mine = fs::read_to_string(&template)
        .expect("readable")
        .replace("RestartSec=2", "RestartSec=9");
    fs::write(&template, mine).expect("written");
    let next = release(inside, "0.2.0");
    let shipped = next.join("systemd/user").join(TEMPLATE);
    let text = fs::read_to_string(&shipped)
        .expect("readable")
        .replace("RestartSec=2", "RestartSec=5");
    fs::write(&shipped, text).expect("written");
    let done = update(inside, &next, 3);
    let advice = done["advisories"].to_string();
    assert!(advice.contains("put the copy aside (mv "), "{advice}");
    let place = advice
        .split("(what ships is ")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .expect("a place");
    let conflicts = inside.home().join(".config/mosaic");
    let parked = walkdir::WalkDir::new(conflicts)
        .into_iter()
        .filter_map(Result::ok);
    let mut parked = parked.filter(|entry| entry.path().ends_with(place));
    let parked = parked.next().unwrap_or_else(|| panic!("no {place}"));
    assert!(
        fs::read_to_string(parked.path())
            .expect("readable")
            .contains("RestartSec=5")
    );
}

/// The base of the next merge of a unit is as it was written for this home.
fn merges_again_in_another_home(inside: &Inside) {
    let fleet = crate::life::Fleet::new(inside, "srv/m", 1, "{ socket_name: mosaic-fleet }");
    fleet.run(&["fleet", "install"], 0);
    let template = inside.units().join(TEMPLATE);
    let mine = fs::read_to_string(&template)
        .expect("readable")
        .replace("TimeoutStopSec=30", "TimeoutStopSec=31");
    fs::write(&template, mine).expect("written");
    for (version, seconds) in [("0.2.0", 4), ("0.3.0", 5)] {
        let next = release(inside, version);
        let shipped = next.join("systemd/user").join(TEMPLATE);
        let text = fs::read_to_string(&shipped).expect("readable");
        fs::write(
            &shipped,
            text.replace("RestartSec=2", &format!("RestartSec={seconds}")),
        )
        .expect("written");
        fleet.json(&["update", "--from", next.to_str().expect("UTF-8")], 0);
        let joined = fs::read_to_string(&template).expect("readable");
        assert!(
            joined.contains("TimeoutStopSec=31")
                && joined.contains(&format!("RestartSec={seconds}")),
            "{joined}"
        );
    }
}
