//! Outside the home: what a journal reached is what recovery and rollback reach, and nothing else.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use crate::cli::crashes::crash;
use crate::cli::migrations::fleet_of;
use crate::cli::scene::everything;
use crate::support::{Sandbox, write};

const UNITS: &str = "user/.config/systemd/user";
const DROP_IN: &str = "[Service]\nEnvironment=MOSAIC_TMUX_SOCKET=mosaic-factory\n";
const PRESENT: &str = "mosaic-fleet";

/// The ways in which an operator's drop-in for a unit may be behind a link, or not.
const WAYS: [&str; 3] = ["plain", "linked file", "linked folder"];

/// Gives an agent a drop-in that names the old socket; returns where its bytes are.
fn drop_in(sandbox: &Sandbox, way: &str) -> PathBuf {
    let folder = sandbox.path(UNITS).join("mosaic-agent@coder0.service.d");
    let dot = sandbox.path("user/dot");
    let file = match way {
        "plain" => folder.join("x.conf"),
        _ => dot.join("x.conf"),
    };
    write(&file, DROP_IN.as_bytes(), 0o644);
    match way {
        "linked file" => {
            fs::create_dir_all(&folder).unwrap();
            symlink(&file, folder.join("x.conf")).unwrap();
        }
        "linked folder" => symlink(&dot, &folder).unwrap(),
        _ => {}
    }
    file
}

fn text(path: &std::path::Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_drop_in_goes_back_with_its_group_also_past_an_uninstall() {
    for way in WAYS {
        for uninstalls in [false, true] {
            let sandbox = fleet_of("0.0.35");
            let file = drop_in(&sandbox, way);
            let before = everything(&sandbox.path("user/.config/systemd"));
            let home = sandbox.tree();
            sandbox.run(&["update"], 0);
            assert!(text(&file).contains(PRESENT), "{way}");
            if uninstalls {
                sandbox.run(&["uninstall", "--yes"], 0);
            }
            let back = sandbox.json(&["rollback", "0"], 0);
            assert_eq!(text(&file), DROP_IN, "{way} {uninstalls}: {back}");
            assert_eq!(back["advisories"], serde_json::json!([]), "{way}");
            let after = everything(&sandbox.path("user/.config/systemd"));
            assert!(after.keys().eq(before.keys()), "{way} {uninstalls}");
            assert_eq!(sandbox.tree(), home, "{way} {uninstalls}");
        }
    }
}

#[test]
fn a_recovery_finishes_a_drop_in_wherever_it_is() {
    for way in WAYS {
        for count in 1.. {
            let sandbox = fleet_of("0.0.35");
            let file = drop_in(&sandbox, way);
            if !crash(&sandbox, &["update"], ("Carried", count)) {
                break;
            }
            sandbox.run(&["recover"], 0);
            assert!(text(&file).contains(PRESENT), "{way}, killed at {count}");
            if count > 3 {
                break;
            }
        }
    }
}

#[test]
fn a_rollback_reaches_units_in_another_directory_than_the_usual_one() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install"], 0);
    sandbox.run(&["fleet", "init", "--preset", "minimal"], 0);
    let units = sandbox.path("units");
    let there = ["--units-dir", units.to_str().unwrap()];
    sandbox.run(&[&["fleet", "install"][..], &there].concat(), 0);
    assert!(units.join("mosaic-agent@.service").exists());
    sandbox.json(&["rollback"], 0);
    assert!(!units.exists() || fs::read_dir(&units).unwrap().count() == 0);
}

#[test]
fn a_copy_beside_the_original_leaves_what_the_original_reached() {
    let sandbox = fleet_of("0.0.35");
    let file = drop_in(&sandbox, "linked file");
    sandbox.run(&["update"], 0);
    let copy = sandbox.path("user/.config/copy");
    let copied = Command::new("cp")
        .arg("-a")
        .arg(sandbox.home())
        .arg(&copy)
        .status();
    assert!(copied.unwrap().success());
    let untouched = everything(&sandbox.path("user/.config/systemd"));
    let rollback = ["rollback", "0", "--home", copy.to_str().unwrap()];
    sandbox.run(&rollback, 3);
    assert!(text(&file).contains(PRESENT));
    assert_eq!(everything(&sandbox.path("user/.config/systemd")), untouched);
}

#[test]
fn units_and_drop_ins_of_a_home_that_came_since_are_not_taken_back() {
    let sandbox = fleet_of("0.0.35");
    let file = drop_in(&sandbox, "plain");
    sandbox.run(&["update"], 0);
    sandbox.run(&["uninstall", "--yes"], 0);
    let unit = sandbox.path(UNITS).join("mosaic-agent@.service");
    let others = "[Unit]\n[X-Mosaic]\nX-Mosaic-Home=/srv/other\n";
    write(&unit, others.as_bytes(), 0o644);
    let back = sandbox.json(&["rollback", "0"], 3);
    assert!(
        text(&file).contains(PRESENT) && text(&unit) == others,
        "{back}"
    );
    let said = back["advisories"].to_string();
    assert!(said.contains("no file that this home leads to"), "{said}");
}

#[test]
fn an_install_of_a_fleet_never_writes_through_a_linked_folder() {
    for (link, file) in [
        ("fleet/agents", "canary-pi.env"),
        ("fleet", "agents/canary-pi.env"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.run(&["install"], 0);
        sandbox.run(&["fleet", "init", "--preset", "minimal"], 0);
        let dot = sandbox.path("user/dot");
        let place = sandbox.home().join(link);
        if link == "fleet" {
            fs::rename(&place, &dot).unwrap();
        }
        write(&dot.join(file), b"X=1\n", 0o644);
        symlink(&dot, &place).unwrap();
        let untouched = everything(&dot);
        let units = sandbox.path("units");
        let arguments = ["fleet", "install", "--units-dir", units.to_str().unwrap()];
        let said = sandbox.json(&arguments, 3)["advisories"].to_string();
        assert!(said.contains(&format!("behind the link {link}")), "{said}");
        assert_eq!(everything(&dot), untouched, "{link}");
        sandbox.run(&["rollback", "--units-dir", units.to_str().unwrap()], 0);
        assert_eq!(everything(&dot), untouched, "{link}");
    }
}
