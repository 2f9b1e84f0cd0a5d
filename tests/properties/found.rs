//! What these properties once found, shrunk to plain cases.

use std::fs;

use crate::support::Sandbox;

fn two_releases(first: &[(&str, &str)], second: &[(&str, &str)]) -> (Sandbox, [String; 2]) {
    let sandbox = Sandbox::new();
    let first = sandbox
        .bundle("first", "0.1.0", first)
        .display()
        .to_string();
    let second = sandbox
        .bundle("second", "0.2.0", second)
        .display()
        .to_string();
    (sandbox, [first, second])
}

#[test]
fn an_empty_directory_in_a_files_place_is_a_conflict() {
    let (sandbox, [first, _]) = two_releases(&[("a.md", "a\n")], &[]);
    fs::create_dir_all(sandbox.home().join("a.md")).expect("a directory");
    sandbox.run(&["install", "--from", &first], 3);
    assert!(sandbox.home().join("a.md").is_dir());
}

#[test]
fn a_file_may_be_parked_where_a_directory_of_parked_files_was() {
    let (sandbox, [first, second]) = two_releases(&[("d/g", "a\n")], &[("d", "b\n")]);
    sandbox.edit("d/g", "mine\n");
    sandbox.run(&["install", "--from", &first], 3);
    sandbox.run(&["update", "--from", &second], 3);
    assert_eq!(sandbox.read(".mosaic/conflicts/d.shipped"), "b\n");
    sandbox.run(&["rollback"], 3);
    assert_eq!(sandbox.read(".mosaic/conflicts/d/g.shipped"), "a\n");
}

#[test]
fn a_settlement_makes_the_directory_that_is_missing() {
    let (sandbox, [first, _]) = two_releases(&[("tools/run.sh", "a\n")], &[]);
    sandbox.edit("tools", "mine\n");
    sandbox.run(&["install", "--from", &first], 3);
    fs::remove_file(sandbox.home().join("tools")).expect("the file goes");
    sandbox.run(&["resolve", "--all", "--shipped"], 0);
    assert_eq!(sandbox.read("tools/run.sh"), "a\n");
}
