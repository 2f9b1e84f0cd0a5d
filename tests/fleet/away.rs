//! A home that was moved keeps its fleet: what it had, and nothing else has, is its own.

use std::fs;

use crate::Test;
use crate::doctor::{found, one, type_in};
use crate::life::{Fleet, SOCKET};
use crate::manager::Inside;
use crate::picture::{processes, running, sessions};

tests! {
    Test:
    a_home_that_was_moved_keeps_its_fleet,
    a_copy_of_a_home_leaves_the_originals_fleet,
}

fn moved<'a>(inside: &'a Inside, fleet: &Fleet<'a>, to: &str) -> Fleet<'a> {
    let away = Fleet::of(inside, to, 2);
    fs::create_dir_all(away.home.parent().expect("a folder")).expect("made");
    fs::rename(&fleet.home, &away.home).expect("moved");
    away
}

fn a_home_that_was_moved_keeps_its_fleet(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4066");
    let former = fleet.home.clone();
    // At another depth, too: what is outside of the home stays where it is.
    let fleet = moved(inside, &fleet, "else/where/m2");
    let living = || processes(inside, "sleep 4066");
    for verb in ["start", "restart"] {
        let refused = fleet.run(&["fleet", verb], 1);
        assert!(refused.contains("mosaic fleet install"), "{refused}");
    }
    assert_eq!(living(), 2);
    let status = fleet.run(&["status", "--exit-code"], 4);
    let place = former.display();
    let line = format!("The fleet's units run what was at {place} before the home was moved: ");
    let remedy = status.split_once(&line).expect(&status).1;
    let remedy = remedy.lines().next().expect("a command").to_owned();
    assert_eq!(fleet.shown(&["status"])["former"], place.to_string());
    let of_doctor = one(&fleet, "problem", &["before the home was moved"]);
    assert_eq!(remedy, of_doctor);
    type_in(inside, &remedy);
    assert!(!fleet.run(&["status"], 0).contains("moved"));
    let unit = fs::read_to_string(inside.units().join("mosaic-agent@.service"));
    let unit = unit.expect("readable");
    assert!(
        unit.contains("else/where/m2") && !unit.contains("%h/.config/mosaic"),
        "{unit}"
    );
    let status = fleet.run(&["fleet", "status"], 0);
    assert_eq!(status.matches("session alive").count(), 3, "{status}");
    assert_eq!(
        found(&fleet)
            .iter()
            .filter(|line| line.0 == "problem")
            .count(),
        0
    );
    for words in [&["fleet", "restart", "coder0"][..], &["fleet", "restart"]] {
        fleet.run(words, 0);
        assert_eq!(living(), 2, "{words:?}");
        assert_eq!(sessions(inside, SOCKET), ["_holder", "coder0", "coder1"]);
    }
    assert_eq!(found(&fleet), []);
    // Back again, and gone: an uninstall takes the units along.
    fs::rename(&fleet.home, &former).expect("moved");
    let fleet = Fleet::of(inside, ".config/mosaic", 2);
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "stop"], 0);
    let fleet = moved(inside, &fleet, ".config/m3");
    fleet.run(&["uninstall", "--yes"], 0);
    assert!(!inside.units().join("mosaic-agent@.service").exists());
}

/// Of a copy, the original's units are not its own.
fn a_copy_of_a_home_leaves_the_originals_fleet(inside: &Inside) {
    let fleet = running(inside, &["coder0"], "sleep 4067");
    let copy = Fleet::of(inside, "copy", 1);
    let status = inside
        .program("cp")
        .arg("-a")
        .args([&fleet.home, &copy.home])
        .status();
    assert!(status.expect("cp runs").success());
    for words in [
        &["fleet", "install"][..],
        &["fleet", "restart"],
        &["fleet", "stop"],
    ] {
        assert!(copy.run(words, 1).contains("another home"));
    }
    let status = copy.run(&["fleet", "status"], 6);
    assert!(status.contains("no session"), "{status}");
    assert_eq!(processes(inside, "sleep 4067"), 1);
    fleet.run(&["fleet", "status"], 0);
}
