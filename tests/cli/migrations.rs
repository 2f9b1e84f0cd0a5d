//! Migrations meet operators who are faster, links that move, copies of homes, and files that cannot be read.
//!
//! The states of a home, one by one, are in `fixtures/matrix`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::fixtures::fixture;
use crate::cli::scene::{everything, is_root};
use crate::support::patience::eventually;
use crate::support::{Sandbox, tree, write};

const UNITS: &str = "user/.config/systemd/user";
const FORMER: &str = "mosaic-factory";
const PRESENT: &str = "mosaic-fleet";

/// A home as a release wrote it, with its units, where they are by default.
pub fn fleet_of(release: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let trees = [("home", sandbox.home()), ("units", sandbox.path(UNITS))];
    for (from, to) in trees {
        for (path, (kind, mode, content)) in tree(&fixture(&format!("homes/{release}/{from}"))) {
            if kind == "file" {
                write(
                    &to.join(path),
                    &content,
                    if mode & 0o100 == 0 { 0o644 } else { 0o755 },
                );
            }
        }
    }
    sandbox
}

/// Moves a file of the home behind a link.
fn behind_link(sandbox: &Sandbox, path: &str, target: &str) -> PathBuf {
    let (link, target) = (sandbox.home().join(path), sandbox.path(target));
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    fs::rename(&link, &target).unwrap();
    symlink(&target, &link).unwrap();
    target
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn outcome<'a>(document: &'a Value, id: &str) -> &'a str {
    let migrations = document["migrations"].as_array().expect("migrations");
    migrations
        .iter()
        .find(|line| line["id"] == id)
        .expect("it is listed")["outcome"]
        .as_str()
        .expect("text")
}

/// Runs an update that stops at a checkpoint, lets somebody in, and goes on; returns its exit status.
fn interrupted(sandbox: &Sandbox, at: &str, meanwhile: impl Fn()) -> Option<i32> {
    let mut update = Command::new(env!("CARGO_BIN_EXE_mosaic"));
    update
        .env_clear()
        .env("HOME", sandbox.path("user"))
        .env("PATH", "/usr/bin:/bin")
        .env("MOSAIC_STOP_AT", at);
    let mut child = update.args(["update", "-q"]).spawn().expect("it runs");
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let stat = format!("/proc/{}/stat", child.id());
    let is_stopped = || fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T "));
    eventually("it has stopped", || {
        assert!(child.try_wait().unwrap().is_none(), "it passes {at}");
        is_stopped()
    });
    meanwhile();
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    child.wait().unwrap().code()
}

#[test]
fn secrets_of_a_linked_env_file_and_of_a_drop_in_show_nowhere() {
    let sandbox = fleet_of("0.0.34");
    let settings = behind_link(
        &sandbox,
        "fleet/agents/coder0.env",
        "user/dot/coder0 settings",
    );
    fs::write(
        &settings,
        text(&settings) + "API_TOKEN=geheim1\nDB_PASSWORD=\"geheim2\ngeheim3\"\n",
    )
    .unwrap();
    let drop_in = sandbox
        .path(UNITS)
        .join("mosaic-agent@coder0.service.d/x.conf");
    let unit = format!(
        "[Service]\nEnvironment=API_KEY=geheim4\nEnvironment=MOSAIC_TMUX_SOCKET={FORMER}\n"
    );
    write(&drop_in, unit.as_bytes(), 0o644);
    let asks: [&[&str]; 5] = [
        &["update", "-n", "-v"],
        &["migrate", "show", "rename-socket"],
        &["update", "-v"],
        &["history", "show", "1"],
        &["diff", "--incoming"],
    ];
    for ask in asks {
        for json in [&[][..], &["--json"]] {
            let output = sandbox.mosaic(&[ask, json].concat()).output().unwrap();
            let said =
                String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(
                output.status.success() && !said.contains("geheim"),
                "{ask:?} {json:?}: {said}"
            );
        }
    }
    assert!(text(&settings).contains("API_TOKEN=geheim1") && text(&settings).contains(PRESENT));
    assert!(text(&drop_in).contains("API_KEY=geheim4") && text(&drop_in).contains(PRESENT));
}

#[test]
fn a_rollback_leaves_alone_what_the_home_does_not_lead_to_any_more() {
    let sandbox = fleet_of("0.0.35");
    let roster = behind_link(&sandbox, "fleet/roster.yaml", "user/dot/roster.yaml");
    let drop_in = sandbox
        .path(UNITS)
        .join("mosaic-agent@coder0.service.d/x.conf");
    write(
        &drop_in,
        format!("[Service]\nEnvironment=MOSAIC_TMUX_SOCKET={FORMER}\n").as_bytes(),
        0o644,
    );
    let before = sandbox.tree();
    sandbox.run(&["update"], 0);
    assert!(text(&roster).contains(PRESENT) && text(&drop_in).contains(PRESENT));
    // The folder moves with its link, and the drop-in goes.
    let moved = sandbox.path("user/dotfiles/roster.yaml");
    fs::rename(sandbox.path("user/dot"), sandbox.path("user/dotfiles")).unwrap();
    fs::remove_file(sandbox.home().join("fleet/roster.yaml")).unwrap();
    symlink(&moved, sandbox.home().join("fleet/roster.yaml")).unwrap();
    fs::remove_dir_all(drop_in.parent().unwrap()).unwrap();
    sandbox.json(&["rollback", "0", "-n"], 0);
    let back = sandbox.json(&["rollback", "0"], 3);
    assert_eq!(back["stays"].as_array().map(Vec::len), Some(2), "{back}");
    assert!(
        text(&moved).contains(PRESENT) && !drop_in.exists() && !sandbox.path("user/dot").exists()
    );
    let mut after = sandbox.tree();
    after.insert(
        "fleet/roster.yaml".to_owned(),
        before["fleet/roster.yaml"].clone(),
    );
    assert_eq!(after, before, "all else is back");
}

#[test]
fn a_copy_of_a_home_never_reaches_into_the_originals_units_nor_anywhere_else() {
    let sandbox = fleet_of("0.0.35");
    behind_link(&sandbox, "fleet/roster.yaml", "user/dot/roster.yaml");
    let drop_in = sandbox
        .path(UNITS)
        .join("mosaic-agent@coder0.service.d/x.conf");
    write(
        &drop_in,
        format!("[Service]\nEnvironment=MOSAIC_TMUX_SOCKET={FORMER}\n").as_bytes(),
        0o644,
    );
    sandbox.run(&["update"], 0);
    let copy = sandbox.path("deep/er/copy");
    fs::create_dir_all(copy.parent().unwrap()).unwrap();
    let copied = Command::new("cp")
        .arg("-a")
        .arg(sandbox.home())
        .arg(&copy)
        .status()
        .unwrap();
    assert!(copied.success());
    fs::remove_file(copy.join("fleet/roster.yaml")).unwrap();
    fs::create_dir_all(sandbox.path("dot")).unwrap();
    let untouched = everything(&sandbox.path("user"));
    let output = sandbox
        .mosaic(&["rollback", "0", "--home", copy.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(everything(&sandbox.path("user")), untouched);
    assert_eq!(fs::read_dir(sandbox.path("dot")).unwrap().count(), 0);
}

#[test]
fn who_is_faster_behind_a_link_keeps_his_and_is_migrated_next_time() {
    for at in ["Durable", "Committed"] {
        let sandbox = fleet_of("0.0.35");
        let roster = behind_link(&sandbox, "fleet/roster.yaml", "user/dot/roster.yaml");
        let status = interrupted(&sandbox, at, || {
            fs::write(&roster, text(&roster) + "# mine\n").unwrap()
        });
        assert_eq!(status, Some(3), "{at}");
        assert!(
            text(&roster).contains(FORMER) && text(&roster).ends_with("# mine\n"),
            "{at}"
        );
        // Its agents' env files went back with it.
        let listed = sandbox.json(&["status"], 0);
        let refused = listed["refused"].to_string();
        for path in ["fleet/roster.yaml", "fleet/agents/coder0.env"] {
            assert!(
                refused.contains(&format!("rename-socket: {path}")),
                "{at}: {refused}"
            );
        }
        assert_eq!(
            outcome(&sandbox.json(&["update"], 0), "rename-socket"),
            "applied",
            "{at}"
        );
        assert!(
            text(&roster).contains(PRESENT) && text(&roster).ends_with("# mine\n"),
            "{at}"
        );
        assert_eq!(sandbox.json(&["status"], 0)["refused"], json!([]));
    }
}

#[test]
fn a_link_that_is_led_elsewhere_before_the_commit_stops_the_update() {
    let sandbox = fleet_of("0.0.35");
    let roster = behind_link(&sandbox, "fleet/roster.yaml", "user/dot/roster.yaml");
    let other = sandbox.path("user/dot/other.yaml");
    fs::copy(&roster, &other).unwrap();
    let status = interrupted(&sandbox, "Staged:3", || {
        fs::remove_file(sandbox.home().join("fleet/roster.yaml")).unwrap();
        symlink(&other, sandbox.home().join("fleet/roster.yaml")).unwrap();
    });
    assert_eq!(status, Some(1));
    assert!(text(&roster).contains(FORMER) && text(&other).contains(FORMER));
    sandbox.run(&["update"], 0);
    assert!(text(&roster).contains(FORMER) && text(&other).contains(PRESENT));
}

#[test]
fn a_file_that_cannot_be_read_is_refused_and_done_once_it_can() {
    let sandbox = fleet_of("0.0.34");
    let (home, latin) = (
        sandbox.home(),
        b"# caf\xe9\ntmux: { socket_name: mosaic-factory }\nagents: []\n",
    );
    fs::remove_dir_all(home.join("fleet/agents")).unwrap();
    write(&home.join("fleet/roster.yaml"), latin, 0o644);
    let done = sandbox.json(&["update"], 3);
    assert_eq!(outcome(&done, "rename-socket"), "refused");
    assert_eq!(fs::read(home.join("fleet/roster.yaml")).unwrap(), latin);
    sandbox.edit(
        "fleet/roster.yaml",
        "# café\ntmux: { socket_name: mosaic-factory }\nagents: []\n",
    );
    assert_eq!(
        outcome(&sandbox.json(&["update"], 0), "rename-socket"),
        "applied"
    );
    assert!(sandbox.read("fleet/roster.yaml").contains(PRESENT));
    for file in ["fleet/holder.env", "fleet/agents"] {
        let path = home.join(file);
        assert!(!path.exists() || text(&path).contains(PRESENT), "{file}");
    }
}

#[test]
fn a_roster_that_came_since_means_what_it_says() {
    let sandbox = fleet_of("0.0.34");
    let sound = sandbox.read("fleet/roster.yaml");
    sandbox.edit("fleet/roster.yaml", &(sound.clone() + "agents: []\n"));
    assert_eq!(
        outcome(&sandbox.json(&["update"], 3), "implicit-socket"),
        "refused"
    );
    let fresh = "version: 1\nagents:\n  - name: lead\n";
    sandbox.edit("fleet/late.yaml", fresh);
    sandbox.edit("fleet/roster.yaml", &sound);
    sandbox.json(&["update"], 0);
    assert_eq!(sandbox.read("fleet/late.yaml"), fresh);
    assert!(sandbox.read("fleet/roster.yaml").contains(PRESENT));
    assert!(sandbox.read("fleet/agents/lead.env").contains(PRESENT));
    assert!(
        !sandbox.read("fleet/holder.env").contains(FORMER),
        "what was made for the former name goes along"
    );
    let again = sandbox.json(&["update", "--exit-code"], 0);
    assert_eq!(again["committed"], false);
}

#[test]
fn the_holder_follows_when_what_was_refused_is_settled_by_its_removal() {
    let sandbox = fleet_of("0.0.36");
    let roster = sandbox.read("fleet/roster.yaml");
    sandbox.edit("fleet/roster.yaml", &(roster + "agents: []\n"));
    sandbox.json(&["update"], 3);
    assert!(sandbox.read("fleet/holder.env").contains(FORMER));
    fs::remove_file(sandbox.home().join("fleet/roster.yaml")).unwrap();
    sandbox.json(&["update"], 0);
    assert!(sandbox.read("fleet/holder.env").contains(PRESENT));
    assert!(sandbox.read("fleet/agents/lead.env").contains(PRESENT));
}

#[test]
fn env_files_with_the_same_bytes_belong_together() {
    let sandbox = fleet_of("0.0.36");
    let shared = behind_link(&sandbox, "fleet/agents/coder0.env", "user/dot/common.env");
    symlink(&shared, sandbox.home().join("fleet/agents/b1.env")).unwrap();
    sandbox.edit(
        "fleet/b.yaml",
        "agents: [{ name: b1, name: b1 }]\ntmux: { socket_name: mosaic-factory }\n",
    );
    let done = sandbox.json(&["update"], 3);
    assert_eq!(outcome(&done, "rename-socket"), "refused");
    assert!(text(&shared).contains(FORMER) && sandbox.read("fleet/roster.yaml").contains(FORMER));
}

#[test]
fn a_bundle_that_does_not_rename_the_socket_gives_no_advice_to() {
    let sandbox = fleet_of("0.0.34");
    sandbox.edit("fleet/canary.sh", "#!/bin/sh\ntmux -L mosaic-factory ls\n");
    let bundle = fixture("bundles/0.0.36");
    let done = sandbox.json(&["update", "--from", bundle.to_str().unwrap()], 0);
    assert_eq!(
        (outcome(&done, "rename-socket"), outcome(&done, "model-key")),
        ("not-applicable", "applied")
    );
    assert_eq!(done["advisories"], json!([]));
    let done = sandbox.json(&["update"], 0);
    assert_eq!(
        (outcome(&done, "rename-socket"), outcome(&done, "model-key")),
        ("applied", "already-done")
    );
    assert_eq!(done["advisories"][0]["path"], "fleet/canary.sh");
}

#[test]
fn what_names_the_former_socket_and_holds_nothing_to_edit_is_named() {
    let sandbox = fleet_of("0.0.35");
    let drop_in = sandbox
        .path(UNITS)
        .join("mosaic-tmux-holder.service.d/h.conf");
    let lines = "[Service]\nExecStart=\nExecStart=/usr/bin/tmux -L mosaic-factory -D\n";
    write(&drop_in, lines.as_bytes(), 0o644);
    let done = sandbox.json(&["update"], 0);
    assert_eq!(outcome(&done, "rename-socket"), "applied");
    let advisories = done["advisories"].as_array().unwrap();
    let line_of = |path: &str| {
        let mut all = advisories.iter();
        let named = all.find(|note| note["path"].as_str().is_some_and(|at| at.ends_with(path)));
        named.map(|note| note["line"].clone())
    };
    assert_eq!(line_of("holder.service.d/h.conf"), Some(json!(3)), "{done}");
    assert_eq!(text(&drop_in), lines);
}

#[test]
fn a_linked_fleet_folder_is_left_alone_and_told_of() {
    let sandbox = fleet_of("0.0.34");
    let dot = sandbox.path("user/dot");
    fs::create_dir_all(&dot).unwrap();
    fs::rename(sandbox.home().join("fleet"), dot.join("fleet")).unwrap();
    symlink(dot.join("fleet"), sandbox.home().join("fleet")).unwrap();
    let untouched = everything(&dot);
    for status in [3, 3] {
        let done = sandbox.json(&["update"], status);
        assert_eq!(outcome(&done, "rename-socket"), "refused");
        assert!(
            done["advisories"]
                .as_array()
                .unwrap()
                .iter()
                .any(|note| note["path"] == "fleet"),
            "{done}"
        );
        assert_eq!(everything(&dot), untouched);
    }
}

#[test]
fn units_of_another_home_and_their_drop_ins_are_not_this_ones() {
    let sandbox = fleet_of("0.0.35");
    let (units, unit) = (sandbox.path(UNITS), "mosaic-agent@.service");
    for name in [unit, "mosaic-tmux-holder.service"] {
        let marked = text(&units.join(name)) + "\n[X-Mosaic]\nX-Mosaic-Home=/srv/other\n";
        fs::write(units.join(name), marked).unwrap();
    }
    write(
        &units.join(format!("{unit}.d/x.conf")),
        b"[Service]\nEnvironment=MOSAIC_TMUX_SOCKET=mosaic-factory\n",
        0o644,
    );
    let untouched = everything(&units);
    sandbox.run(&["update"], 0);
    assert_eq!(everything(&units), untouched);
    assert!(sandbox.read("fleet/roster.yaml").contains(PRESENT));
}

#[test]
fn a_linked_file_that_is_mosaics_own_or_another_users_holds_its_group() {
    let sandbox = fleet_of("0.0.35");
    let roster = sandbox.home().join("fleet/roster.yaml");
    fs::remove_file(&roster).unwrap();
    symlink("examples/local-canary.yaml", &roster).unwrap();
    assert_eq!(
        outcome(&sandbox.json(&["update", "-n"], 0), "rename-socket"),
        "refused"
    );
    if !is_root() {
        return;
    }
    let sandbox = fleet_of("0.0.35");
    let env = behind_link(&sandbox, "fleet/agents/lead.env", "user/dot/lead.env");
    std::os::unix::fs::chown(&env, Some(12345), None).unwrap();
    let done = sandbox.json(&["update"], 3);
    assert_eq!(outcome(&done, "rename-socket"), "refused");
    assert!(text(&env).contains(FORMER) && sandbox.read("fleet/roster.yaml").contains(FORMER));
}

#[test]
fn check_only_looks_and_tells_by_its_exit_status() {
    let sandbox = fleet_of("0.0.35");
    let before = everything(&sandbox.home());
    sandbox.run(&["update", "--check"], 4);
    assert_eq!(everything(&sandbox.home()), before);
    sandbox.run(&["update"], 0);
    sandbox.run(&["update", "--check"], 0);
}

#[test]
fn a_rollback_that_cannot_be_joined_outside_puts_what_was_there_aside() {
    let sandbox = fleet_of("0.0.35");
    let roster = behind_link(&sandbox, "fleet/roster.yaml", "user/dot/roster.yaml");
    let before = text(&roster);
    sandbox.run(&["update"], 0);
    let mine = text(&roster).replace(PRESENT, "lab");
    fs::write(&roster, &mine).unwrap();
    let back = sandbox.json(&["rollback", "0"], 3);
    assert_eq!(text(&roster), mine);
    let message = back["advisories"][0]["message"].as_str().unwrap();
    let place = message.rsplit("what was there is ").next().unwrap();
    assert_eq!(sandbox.read(place), before);
    let mode = fs::metadata(sandbox.home().join(place))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
