//! What is damaged, gone or unwritable is said, and never guessed.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::cli::scene::{conflicts, utf8};
use crate::support::Sandbox;

/// A home at its third generation: installed, edited and updated with a merge, updated again.
fn third_generation() -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, version, content) in [
        ("r1", "1.0.0", "1\n2\n3\n"),
        ("r2", "1.1.0", "1\n2\nthree\n"),
        ("r3", "1.2.0", "1\n2\n3!\n"),
    ] {
        let bundle = sandbox.release(name, version, &[("g/a", content), ("g/b", "same\n")]);
        sandbox.run(&["install", "--from", utf8(&bundle)], 0);
    }
    sandbox
}

fn damaged(sandbox: &Sandbox) -> Vec<Value> {
    sandbox.json(&["verify"], 4)["damaged"]
        .as_array()
        .expect("a list")
        .clone()
}

#[test]
fn verify_names_kept_contents_that_are_gone() {
    let sandbox = third_generation();
    sandbox.run(&["verify"], 0);
    fs::remove_file(sandbox.home().join(".mosaic/generations/2/files/0")).unwrap();
    let said = damaged(&sandbox);
    assert!(
        said[0]
            .as_str()
            .unwrap()
            .contains("generations/2/files/0: missing"),
        "{said:?}"
    );
}

#[test]
fn verify_names_bases_that_merges_would_miss() {
    for is_gone in [true, false] {
        let sandbox = third_generation();
        let pack = sandbox.home().join(".mosaic/generations/1/bases");
        if is_gone {
            fs::remove_file(pack).unwrap()
        } else {
            fs::write(pack, "garbage").unwrap()
        }
        let said = damaged(&sandbox);
        assert!(
            said[0].as_str().unwrap().contains("generations/1/bases"),
            "{said:?}"
        );
    }
}

#[test]
fn a_generation_that_is_gone_is_named_where_the_way_back_leads_through_it() {
    let sandbox = third_generation();
    fs::remove_dir_all(sandbox.home().join(".mosaic/generations/2")).unwrap();
    let before = sandbox.tree();
    let error = sandbox.json(&["rollback", "1"], 1);
    assert!(
        error["error"]
            .as_str()
            .unwrap()
            .contains("generation 2 is not kept any more"),
        "{error}"
    );
    assert!(
        error["help"].as_str().unwrap().contains("history"),
        "{error}"
    );
    sandbox.run(&["rollback"], 1);
    assert_eq!(sandbox.tree(), before);
}

#[test]
fn all_settles_what_waits_and_not_what_the_operator_has_preserved_since() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("r1", "1.0.0", &[("a", "1\n"), ("b", "1\n")]);
    let second = sandbox.release("r2", "1.1.0", &[("a", "2\n"), ("b", "2\n")]);
    sandbox.install(&first);
    sandbox.edit("a", "mine\n");
    sandbox.edit("b", "mine\n");
    sandbox.update(&second, 3);
    sandbox.edit(".mosaicpreserve", "a\n");
    let document = sandbox.json(&["resolve", "--all", "--shipped"], 0);
    assert_eq!(conflicts(&document), Vec::<&str>::new());
    assert_eq!(
        (sandbox.read("a").as_str(), sandbox.read("b").as_str()),
        ("mine\n", "2\n")
    );
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let sandbox = third_generation();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("a full device");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mosaic"));
    command
        .env_clear()
        .env("HOME", sandbox.path("user"))
        .args(["status", "--json"]);
    let output = command
        .stdout(Stdio::from(full))
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("could not be written"), "{said}");
}
