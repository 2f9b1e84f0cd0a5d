//! Names that differ in case alone, on file systems that take them for one.

use crate::cli::scene::is_root;
use crate::support::Sandbox;

const SCENES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/spelling.sh");

/// Plays the scenes of `spelling.sh` on a file system of this kind.
fn a_release_may_spell_a_file_otherwise(kind: &str) {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let (numbers, other) = ("1\n2\n3\n4\n5\n6\n7\n", ("guides/other", "o\n"));
    let (was, is) = ("guides/qa.md", "guides/QA.md");
    sandbox.release("old", "1.0.0", &[(was, numbers), other]);
    sandbox.release("same", "1.1.0", &[(is, numbers), other]);
    sandbox.release(
        "new",
        "1.2.0",
        &[(is, &numbers.replace('7', "seven")), other],
    );
    let mut command = sandbox.among_mounts(&["-x", SCENES, kind]);
    let output = command.output().expect("unshare runs");
    let told = [output.stdout, output.stderr].concat();
    match output.status.code() {
        Some(77) => println!("skipped: {kind} cannot be mounted here"),
        status => assert_eq!(status, Some(0), "{}", String::from_utf8_lossy(&told)),
    }
}

#[test]
fn a_release_may_spell_a_file_otherwise_on_ext4_that_folds() {
    a_release_may_spell_a_file_otherwise("casefold");
}

#[test]
fn a_release_may_spell_a_file_otherwise_on_vfat() {
    a_release_may_spell_a_file_otherwise("vfat");
}

#[test]
fn a_release_may_spell_a_file_otherwise_on_ntfs() {
    a_release_may_spell_a_file_otherwise("ntfs");
}
