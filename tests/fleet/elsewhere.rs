//! Where a home's units are is known by its record, and not by the shell that a command is typed in.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::Test;
use crate::life::Fleet;
use crate::manager::{Inside, said};
use crate::picture::MOSAIC;
use crate::refresh::{append, old_fleet, release};

tests! {
    Test:
    another_settings_folder_hides_no_unit,
    another_home_of_the_users_hides_no_unit,
    another_settings_folder_hides_no_unit_of_a_named_home,
    another_settings_folder_hides_no_unit_of_an_old_fleet,
    a_home_in_another_settings_folder_leaves_the_usual_units_alone,
}

/// A shell that has a variable otherwise than the home's own.
struct Elsewhere<'a> {
    inside: &'a Inside,
    variable: &'a str,
    home: PathBuf,
}

impl Elsewhere<'_> {
    fn run(&self, words: &[&str]) -> Output {
        let other = self.inside.home().join("other");
        fs::create_dir_all(&other).expect("made");
        let mut mosaic = self.inside.program(MOSAIC);
        mosaic.args(words).arg("--home").arg(&self.home);
        mosaic.env(self.variable, other);
        mosaic.output().expect("it runs")
    }

    fn json(&self, words: &[&str], status: i32) -> Value {
        let output = self.run(&[words, &["--json"]].concat());
        let code = output.status.code();
        assert_eq!(code, Some(status), "{words:?}: {}", said(&output));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

fn has_one_that_refreshes(inside: &Inside, fleet: &Fleet, variable: &str) {
    let elsewhere = Elsewhere {
        inside,
        variable,
        home: fleet.home.clone(),
    };
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    let status = elsewhere.json(&["fleet", "status"], 0);
    assert_eq!(status["agents"][0]["unit_state"], "active", "{status}");
    assert_eq!(status["agents"][0]["session"], "alive", "{status}");
    let again = elsewhere.json(&["fleet", "install"], 0);
    assert_eq!(again["committed"], false, "{again}");
    let next = release(inside, "0.2.0");
    append(
        &next.join("systemd/user/mosaic-agent@.service"),
        "# of 0.2.0\n",
    );
    let next = next.to_str().expect("UTF-8");
    let update = elsewhere.json(&["update", "--from", next], 0);
    let refreshed = update["units"]["refreshed"].as_array().expect("units");
    assert_eq!(refreshed.len(), 1, "{update}");
    let active = inside.units().join("mosaic-agent@.service");
    let active = || fs::read_to_string(&active).expect("readable");
    assert!(active().contains("# of 0.2.0"));
    elsewhere.json(&["fleet", "restart"], 0);
    elsewhere.json(&["rollback"], 0);
    assert!(!active().contains("# of 0.2.0"));
    elsewhere.json(&["uninstall", "--yes"], 0);
    assert!(!inside.units().join("mosaic-agent@.service").exists());
    let other = inside.home().join("other");
    assert_eq!(fs::read_dir(other).expect("readable").count(), 0);
}

fn another_settings_folder_hides_no_unit(inside: &Inside) {
    has_one_that_refreshes(inside, &Fleet::usual(inside, 1), "XDG_CONFIG_HOME");
}

fn another_home_of_the_users_hides_no_unit(inside: &Inside) {
    has_one_that_refreshes(inside, &Fleet::usual(inside, 1), "HOME");
}

fn another_settings_folder_hides_no_unit_of_a_named_home(inside: &Inside) {
    let fleet = Fleet::new(inside, "named", 1, "{ socket_name: named-fleet }");
    has_one_that_refreshes(inside, &fleet, "XDG_CONFIG_HOME");
}

fn another_settings_folder_hides_no_unit_of_an_old_fleet(inside: &Inside) {
    old_fleet(inside, 2);
    let elsewhere = Elsewhere {
        inside,
        variable: "XDG_CONFIG_HOME",
        home: inside.home().join(".config/mosaic"),
    };
    let update = elsewhere.json(&["update"], 0);
    let refreshed = update["units"]["refreshed"].as_array().expect("units");
    assert_eq!(refreshed.len(), 2, "{update}");
    let status = elsewhere.json(&["fleet", "status"], 0);
    assert_eq!(status["agents"][1]["session"], "alive", "{status}");
}

fn a_home_in_another_settings_folder_leaves_the_usual_units_alone(inside: &Inside) {
    let fleet = Fleet::usual(inside, 1);
    fleet.run(&["fleet", "install"], 0);
    let units = || {
        let names = ["mosaic-agent@.service", "mosaic-tmux-holder.service"];
        names.map(|name| fs::read(inside.units().join(name)).expect("readable"))
    };
    let before = units();
    let elsewhere = Elsewhere {
        inside,
        variable: "XDG_CONFIG_HOME",
        home: inside.home().join("other/mosaic"),
    };
    elsewhere.json(&["install"], 0);
    elsewhere.json(&["fleet", "init"], 0);
    let refused = elsewhere.run(&["fleet", "start"]);
    assert_ne!(refused.status.code(), Some(0), "{}", said(&refused));
    elsewhere.json(&["uninstall", "--yes"], 0);
    assert_eq!(units(), before);
    assert_eq!(
        fleet.run(&["fleet", "start"], 0).matches("started").count(),
        2
    );
}
