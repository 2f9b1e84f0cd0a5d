//! The file systems that homes are on: each has its ways, and all come to the same.

use crate::support::Sandbox;

const SCENES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/grounds.sh");

/// Plays a scene of `grounds.sh` in a mount namespace of its own, and prints what was done if something did not come
/// as it should.
fn play(scene: &str) {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: needs root");
        return;
    }
    let sandbox = Sandbox::new();
    let old = [("g/a", "a\n"), ("g/deep/old", "old\n"), ("b", "b\n")];
    let new = [("g/a", "A\n"), ("g/new/n", "n\n"), ("b", "B\n")];
    sandbox.release("old", "1.0.0", &old);
    sandbox.release("new", "1.1.0", &new);
    sandbox.release("odd", "1.1.0", &[("g/a:b", "A\n"), ("g/new/n", "n\n")]);
    sandbox.release("fewer", "1.2.0", &new[1..]);
    let mut command = sandbox.among_mounts(&["-x", SCENES, scene]);
    let output = command.output().expect("unshare runs");
    if output.status.code() == Some(77) {
        println!("skipped: this machine has no such file system");
        return;
    }
    let [stdout, stderr] = [output.stdout, output.stderr];
    let told = [
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr),
    ];
    assert!(output.status.success(), "{}\n{}", told[0], told[1]);
    assert!(!told[1].contains("panicked"), "{}", told[1]);
}

#[test]
fn a_pass_through_that_knows_no_flags() {
    play("pass_through");
}

#[test]
fn a_union_whose_folders_are_on_other_branches() {
    play("union_of_branches");
}

#[test]
fn a_folder_of_another_project() {
    play("folder_of_another_project");
}

#[test]
fn a_name_that_the_file_system_does_not_take_is_refused() {
    play("names");
}

#[test]
fn a_name_that_not_every_file_system_takes_is_taken_where_it_can_be() {
    play("names_that_are_taken");
}

#[test]
fn a_folder_that_is_a_subvolume() {
    play("subvolume");
}

#[test]
fn a_read_only_subvolume_is_found_and_mended_by_what_is_said() {
    play("read_only_subvolume");
}

#[test]
fn a_mount_inside_whose_server_has_ended_is_found_and_mended_by_what_is_said() {
    play("dead_server");
}

#[test]
fn a_run_in_an_image_is_finished_in_a_container_of_it() {
    play("lower_layer_is_finished");
}

#[test]
fn a_run_in_an_image_that_cannot_be_finished_is_given_up_in_a_container_of_it() {
    play("lower_layer_is_given_up");
}

#[test]
fn what_a_union_of_layers_brings_to_light_again_goes_as_well() {
    play("ghosts");
}
