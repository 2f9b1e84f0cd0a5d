//! Units in the operator's hands: links into dotfiles, first drop-ins, masks, files that were only touched.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use crate::Test;
use crate::life::{Fleet, SOCKET};
use crate::manager::{Inside, said};
use crate::picture::{MOSAIC, old_fleet, processes, running, sessions};

tests! {
    Test:
    links_keep_an_old_fleet_together,
    links_survive_an_uninstall,
    a_second_install_enables_where_the_first_could_not,
    a_first_drop_in_counts,
    what_was_only_touched_is_not_stale,
    one_masked_agent_keeps_no_other_down,
    lines_in_another_order_are_no_change,
}

const UNITS: [&str; 2] = ["mosaic-agent@.service", "mosaic-tmux-holder.service"];

/// Moves the active units into dotfiles and links them back, as stow does.
fn stow(inside: &Inside) -> [PathBuf; 2] {
    let dotfiles = inside.home().join("dot");
    fs::create_dir_all(&dotfiles).expect("made");
    UNITS.map(|unit| {
        let link = inside.units().join(unit);
        fs::rename(&link, dotfiles.join(unit)).expect("moved");
        symlink(dotfiles.join(unit), &link).expect("linked");
        link
    })
}

fn links_keep_an_old_fleet_together(inside: &Inside) {
    let fleet = old_fleet(inside, "0.0.35", "sleep 4021");
    let links = stow(inside);
    inside.systemctl(&["daemon-reload"]);
    let told = fleet.run(&["update"], 3);
    for link in &links {
        assert!(told.contains(link.to_str().expect("UTF-8")), "{told}");
    }
    let env = || fs::read_to_string(fleet.env("lead")).expect("readable");
    assert!(
        env().contains("MOSAIC_TMUX_SOCKET=mosaic-factory"),
        "{}",
        env()
    );
    // What ships is put where it is said to be, and is what goes behind the links.
    let shipped = |unit: &str| {
        let parked = fleet.home.join(".mosaic/conflicts/.outside");
        let below = inside.units().join(format!("{unit}.shipped"));
        parked.join(below.strip_prefix("/").expect("absolute"))
    };
    for unit in UNITS {
        fs::copy(shipped(unit), inside.home().join("dot").join(unit)).expect("copied");
    }
    fleet.run(&["update"], 0);
    assert!(
        env().contains("MOSAIC_TMUX_SOCKET=mosaic-fleet"),
        "{}",
        env()
    );
    assert_eq!(sessions(inside, SOCKET), sessions(inside, "mosaic-factory"));
    assert!(links.iter().all(|link| link.is_symlink()));
    fleet.run(&["fleet", "restart"], 0);
    assert_eq!(processes(inside, "sleep 4021"), 3);
}

fn links_survive_an_uninstall(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4022");
    let links = stow(inside);
    inside.systemctl(&["daemon-reload"]);
    fleet.run(&["uninstall", "--yes"], 0);
    assert!(
        links.iter().all(|link| link.is_symlink()),
        "they are the operator's"
    );
    let wanted = inside
        .units()
        .join("default.target.wants/mosaic-agent@coder0.service");
    assert!(!wanted.is_symlink(), "it starts with the manager no longer");
}

/// In a shell with another XDG_CONFIG_HOME, and then twice in a right one.
fn a_second_install_enables_where_the_first_could_not(inside: &Inside) {
    let home = inside.home().join("m");
    let mosaic = |words: &[&str], config: Option<PathBuf>| {
        let mut mosaic = inside.program(MOSAIC);
        mosaic.args(words).env("MOSAIC_HOME", &home);
        if let Some(config) = config {
            mosaic.env("XDG_CONFIG_HOME", config);
        }
        let output = mosaic.output().expect("it runs");
        assert!(output.status.success(), "{words:?}: {}", said(&output));
    };
    mosaic(&["install"], None);
    mosaic(&["fleet", "init", "--preset", "minimal"], None);
    mosaic(&["fleet", "install"], Some(inside.home().join("cfg")));
    mosaic(&["fleet", "install"], None);
    let state = |unit: &str| inside.property(unit, "UnitFileState");
    let units = [
        "mosaic-tmux-holder.service",
        "mosaic-agent@canary-pi.service",
    ];
    assert_eq!(units.map(state), ["enabled", "enabled"]);
    // What the operator then decides stays so.
    inside.systemctl(&["disable", units[1]]);
    mosaic(&["fleet", "install"], None);
    assert_eq!(units.map(state), ["enabled", "disabled"]);
}

fn a_first_drop_in_counts(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4023");
    inside.write_unit(
        "mosaic-agent@.service.d/mine.conf",
        "[Service]\nRestartSec=77\n",
    );
    let status = fleet.run(&["status"], 0);
    assert!(status.contains("stale"), "{status}");
    fleet.run(&["fleet", "restart", "coder0"], 0);
    let seen =
        |agent: &str| inside.property(&format!("mosaic-agent@{agent}.service"), "RestartUSec");
    assert_eq!(seen("coder0"), "1min 17s");
    fs::remove_dir_all(inside.units().join("mosaic-agent@.service.d")).expect("removed");
    fleet.run(&["fleet", "restart", "coder0"], 0);
    assert_eq!(seen("coder0"), "2s", "nor does it count when it has gone");
}

fn what_was_only_touched_is_not_stale(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4024");
    let pids = || inside.tmux(&["-L", SOCKET, "list-panes", "-a", "-F", "#{pane_pid}"]);
    let before = pids();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let script = fleet.home.join("tools/fleet/start-agent-session.sh");
    for path in [
        inside.units().join(UNITS[0]),
        inside.units().join(UNITS[1]),
        script,
    ] {
        let text = fs::read(&path).expect("readable");
        fs::write(&path, text).expect("written");
    }
    assert_eq!(
        inside.property("mosaic-agent@coder0.service", "NeedDaemonReload"),
        "yes"
    );
    let status = fleet.run(&["status"], 0);
    assert!(!status.contains("stale"), "{status}");
    assert!(
        !fleet
            .shown(&["doctor"])
            .to_string()
            .contains("not in effect")
    );
    fleet.run(&["update", "--relaunch"], 0);
    assert_eq!(pids(), before, "nobody was restarted");
}

/// With a `systemctl` in front that answers as systemd 262 does: all units of one call or none, and only the culprit is
/// named.
fn one_masked_agent_keeps_no_other_down(inside: &Inside) {
    const SYSTEMCTL: &str = r#"#!/bin/bash
units=() verb=
for word; do
  case $word in -*) ;; *) if [ -z "$verb" ]; then verb=$word; else units+=("$word"); fi ;; esac
done
if [[ $verb == start || $verb == restart ]] && [ ${#units[@]} -gt 1 ]; then
  for unit in "${units[@]}"; do
    if [ "$(/usr/bin/systemctl --user show -p LoadState --value "$unit")" = masked ]; then
      echo "Failed to enqueue jobs: Unit $unit is masked." >&2
      exit 1
    fi
  done
fi
exec /usr/bin/systemctl "$@"
"#;
    let fleet = Fleet::usual(inside, 3);
    fleet.run(&["fleet", "install"], 0);
    inside.systemctl(&["mask", "mosaic-agent@coder1.service"]);
    let folder = inside.home().join("bin");
    fs::create_dir_all(&folder).expect("made");
    let file = folder.join("systemctl");
    fs::write(&file, SYSTEMCTL).expect("written");
    fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("set");
    let path = std::env::var("PATH").expect("a PATH");
    for order in ["start", "restart"] {
        let mut mosaic = inside.program(MOSAIC);
        mosaic.args(["fleet", order]);
        mosaic.env("PATH", format!("{}:{path}", folder.display()));
        let output = mosaic.output().expect("it runs");
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert_eq!(
            sessions(inside, SOCKET),
            ["_holder", "coder0", "coder2"],
            "{}",
            said(&output)
        );
        assert!(
            said(&output).contains("failed      coder1"),
            "{}",
            said(&output)
        );
    }
}

fn lines_in_another_order_are_no_change(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4026");
    let text = fs::read_to_string(fleet.env("coder0")).expect("readable");
    let (first, rest) = text.split_once('\n').expect("lines");
    let mine = format!("{first}\n# my own note\nMINE=1\n{rest}");
    fs::write(fleet.env("coder0"), &mine).expect("written");
    fleet.run(&["fleet", "restart"], 0);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let install = fleet.json(&["fleet", "install"], 0);
    assert_eq!(install["committed"], false, "{install}");
    assert_eq!(
        fs::read_to_string(fleet.env("coder0")).expect("readable"),
        mine
    );
    assert!(!fleet.run(&["status"], 0).contains("stale"));
}
