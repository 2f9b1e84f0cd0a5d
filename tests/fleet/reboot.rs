//! The manager ended and started again, for the same HOME.

use crate::Test;
use crate::manager::Inside;
use crate::patience::eventually;

tests! {
    Test:
    brings_back_what_is_enabled,
    ends_what_units_left_behind,
}

const AGENT: &str = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=default.target\n";

fn brings_back_what_is_enabled(inside: &Inside) {
    inside.write_unit("agent@.service", AGENT);
    inside.systemctl(&["daemon-reload"]);
    inside.systemctl(&["start", "agent@a.service", "agent@b.service"]);
    inside.systemctl(&["enable", "agent@a.service"]);
    let before = inside.property("agent@a.service", "MainPID");
    inside.reboot();
    assert_eq!(inside.property("agent@a.service", "ActiveState"), "active");
    assert_ne!(inside.property("agent@a.service", "MainPID"), before);
    assert_eq!(
        inside.property("agent@b.service", "ActiveState"),
        "inactive"
    );
}

fn ends_what_units_left_behind(inside: &Inside) {
    let text =
        "[Service]\nKillMode=process\nExecStart=/bin/sh -c 'setsid sleep 1234 & exec sleep 1000'\n";
    inside.write_unit("untidy.service", text);
    inside.systemctl(&["daemon-reload"]);
    inside.systemctl(&["start", "untidy.service"]);
    let is_left = || {
        inside
            .program("pgrep")
            .args(["-fx", "sleep 1234"])
            .status()
            .expect("it runs")
            .success()
    };
    eventually("it runs", is_left);
    inside.stop_manager();
    assert!(!is_left());
    inside.start_manager();
    assert_eq!(inside.property("untidy.service", "ActiveState"), "inactive");
}
