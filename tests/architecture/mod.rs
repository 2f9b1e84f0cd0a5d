//! Holds `src/` to its floors, doors and sizes. Each check names what it finds, and is tried on made-up sources.

mod doors;
mod drops;
mod imports;
mod rooms;
mod sizes;
mod source;

use source::{Source, sources};

/// A check: what it finds wrong.
type Check = fn(&[Source]) -> Vec<String>;

/// Fails with all that a check finds.
fn hold(check: Check) {
    let faults = check(sources());
    assert!(
        faults.is_empty(),
        "{} found:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn imports_go_downward_only() {
    hold(imports::upward);
}

#[test]
fn imports_run_in_no_circle() {
    hold(imports::circles);
}

#[test]
fn model_and_decisions_have_no_effects() {
    hold(doors::of_lower_floors);
}

#[test]
fn every_effect_has_one_door() {
    hold(doors::without_door);
}

#[test]
fn files_are_small() {
    hold(sizes::long_files);
}

#[test]
fn functions_are_small() {
    hold(sizes::long_functions);
}

#[test]
fn files_say_what_they_are_for() {
    hold(rooms::without_sentence);
}

#[test]
fn decisions_and_effects_stand_in_rooms() {
    hold(rooms::loose);
}

#[test]
fn modules_have_one_style() {
    hold(rooms::doubled);
}

#[test]
fn results_are_dropped_with_a_reason_only() {
    hold(drops::unseen);
}
