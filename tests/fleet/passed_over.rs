//! An agent that should live and does not is never called well; one that its operator stopped, and one that nobody has
//! started yet, is.

use std::fs;

use crate::Test;
use crate::doctor::{found, is_mended_by, one};
use crate::life::{Fleet, SOCKET};
use crate::manager::Inside;
use crate::patience::eventually;
use crate::picture::{running, sessions};

tests! {
    Test:
    where_its_env_file_is_gone,
    where_it_did_not_start_with_the_manager,
    but_not_where_the_operator_stopped_it,
}

const UNIT: &str = "mosaic-agent@coder0.service";

fn begin_anew(inside: &Inside) {
    inside.reboot();
    eventually("the other one lives", || {
        sessions(inside, SOCKET).contains(&"coder1".to_owned())
    });
}

fn is_missed(fleet: &Fleet) {
    let status = fleet.run(&["fleet", "status"], 3);
    assert!(
        status.contains("no session") && status.contains("dead: "),
        "{status}"
    );
    let status = fleet.run(&["status", "--exit-code"], 4);
    assert!(status.contains("coder0 is dead"), "{status}");
}

fn where_its_env_file_is_gone(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4068");
    let env = fs::read(fleet.env("coder0")).expect("readable");
    let take_away = || fs::remove_file(fleet.env("coder0")).expect("removed");
    take_away();
    let remedy = one(&fleet, "problem", &["its env file is not there", "coder0"]);
    is_mended_by(&fleet, &remedy);
    fs::write(fleet.env("coder0"), env).expect("written");
    fleet.run(&["fleet", "restart"], 0);
    take_away();
    begin_anew(inside);
    is_missed(&fleet);
    let remedy = one(&fleet, "problem", &["its env file is not there", "coder0"]);
    assert!(
        remedy.contains("fleet install") && remedy.contains("fleet start coder0"),
        "{remedy}"
    );
}

fn where_it_did_not_start_with_the_manager(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], "sleep 4068");
    inside.write_unit(
        "broken.service",
        "[Service]\nType=oneshot\nExecStart=/bin/false\n",
    );
    let drop_in = format!("{UNIT}.d/needs.conf");
    inside.write_unit(
        &drop_in,
        "[Unit]\nRequires=broken.service\nAfter=broken.service\n",
    );
    begin_anew(inside);
    assert_eq!(inside.property(UNIT, "ActiveState"), "inactive");
    is_missed(&fleet);
    fs::remove_file(inside.units().join(drop_in)).expect("removed");
    inside.systemctl(&["daemon-reload"]);
    let remedy = one(&fleet, "problem", &["enabled, and was not started: coder0"]);
    is_mended_by(&fleet, &remedy);
    fleet.run(&["fleet", "status"], 0);
}

fn but_not_where_the_operator_stopped_it(inside: &Inside) {
    let fleet = Fleet::usual(inside, 3);
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start", "coder1", "coder0"], 0);
    let is_well = || {
        fleet.run(&["fleet", "status"], 0);
        fleet.run(&["status", "--exit-code"], 0);
        assert_eq!(found(&fleet), []);
    };
    is_well();
    fleet.run(&["fleet", "stop", "coder0"], 0);
    is_well();
    begin_anew(inside);
    eventually("all live", || sessions(inside, SOCKET).len() == 4);
    fleet.run(&["fleet", "stop", "coder0"], 0);
    inside.systemctl(&["daemon-reload"]);
    is_well();
}
