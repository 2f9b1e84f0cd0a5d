//! Rollback: what it has to make on the way, what it leaves, and that it names all of that.

use std::fs;
use std::os::unix::fs::symlink;

use crate::cli::scene::action;
use crate::support::{Sandbox, tree};

fn lines(fifth: &str, last: &str) -> String {
    let line = |number| match number {
        5 => format!("line 5 {fifth}\n"),
        25 => format!("line 25 {last}\n"),
        number => format!("line {number}\n"),
    };
    (1..=30).map(line).collect()
}

#[test]
fn folders_that_went_since_are_made_again_however_many() {
    let sandbox = Sandbox::new();
    let old = sandbox.release("r1", "1.0.0", &[("c/d/e/f/g", "one\n"), ("c/d/h", "h\n")]);
    let new = sandbox.release("r2", "1.1.0", &[]);
    fs::create_dir_all(sandbox.home().join("c/d/e")).unwrap();
    sandbox.install(&old);
    sandbox.update(&new, 0);
    fs::remove_dir_all(sandbox.home().join("c")).unwrap();
    let foretold = sandbox.json(&["rollback", "-n"], 0);
    let done = sandbox.json(&["rollback"], 0);
    assert_eq!(foretold["actions"], done["actions"]);
    assert_eq!(foretold["plan_digest"], done["plan_digest"]);
    assert_eq!(sandbox.read("c/d/e/f/g"), "one\n");
    assert_eq!(sandbox.read("c/d/h"), "h\n");
}

#[test]
fn an_edit_that_cannot_be_carried_past_the_first_generation_is_named() {
    let sandbox = Sandbox::new();
    let [r0, r1, r2] = [
        ("r0", "1.0.0", None),
        ("r1", "1.1.0", Some(lines("a", "old"))),
        ("r2", "1.2.0", Some(lines("b", "new"))),
    ]
    .map(|(name, version, f)| {
        let f: Vec<_> = f.as_deref().map(|f| ("f", f)).into_iter().collect();
        sandbox.release(name, version, &f)
    });
    sandbox.install(&r0);
    sandbox.update(&r1, 0);
    sandbox.update(&r2, 0);
    let mine = lines("mine", "new");
    sandbox.edit("f", &mine);
    let foretold = sandbox.json(&["rollback", "1", "-n"], 0);
    let back = sandbox.json(&["rollback", "1"], 3);
    assert_eq!(foretold["actions"], back["actions"]);
    assert_eq!((action(&back, "f"), sandbox.read("f")), ("release", mine));
    assert_eq!(back["stays"], serde_json::json!(["f"]));
}

#[test]
fn what_took_the_place_of_a_file_since_is_named() {
    for is_link in [true, false] {
        let sandbox = Sandbox::new();
        let old = sandbox.release("r0", "1.0.0", &[]);
        let new = sandbox.release("r1", "1.1.0", &[("f", "f\n")]);
        sandbox.install(&old);
        sandbox.update(&new, 0);
        let place = sandbox.home().join("f");
        fs::remove_file(&place).unwrap();
        if is_link {
            symlink("anchor/1", &place).unwrap();
        } else {
            fs::create_dir(&place).unwrap();
        }
        let back = sandbox.json(&["rollback"], 0);
        assert_eq!(action(&back, "f"), "release", "{back}");
        assert!(fs::symlink_metadata(&place).is_ok());
    }
}

#[test]
fn what_the_operator_preserved_since_stays_and_so_does_its_record() {
    let sandbox = Sandbox::new();
    let old = sandbox.release("r1", "1.0.0", &[("g/a", "1\n"), ("g/gone", "g\n")]);
    let new = sandbox.release(
        "r2",
        "1.1.0",
        &[("g/a", "2\n"), ("g/new", "n\n"), ("h/b", "b\n")],
    );
    sandbox.install(&old);
    sandbox.update(&new, 0);
    sandbox.edit(".mosaicpreserve", "g\n");
    let before = tree(&sandbox.home().join("g"));
    let foretold = sandbox.json(&["rollback", "-n", "-v"], 0);
    let back = sandbox.json(&["rollback", "-v"], 0);
    assert_eq!(foretold["actions"], back["actions"]);
    assert_eq!(tree(&sandbox.home().join("g")), before);
    assert!(!sandbox.home().join("h").exists(), "all else goes back");
    for path in ["g/a", "g/gone", "g/new"] {
        assert_eq!(action(&back, path), "preserve", "{back}");
    }
    // Awake again it is as the newer release left it: no edit of anybody's.
    fs::remove_file(sandbox.home().join(".mosaicpreserve")).unwrap();
    assert_eq!(
        sandbox.json(&["status"], 0)["edited"],
        serde_json::json!([])
    );
    sandbox.run(&["verify"], 0);
    sandbox.update(&new, 0);
    assert_eq!(sandbox.read("g/a"), "2\n");
}

#[test]
fn a_folder_that_a_tool_dropped_because_it_was_empty_counts_as_empty() {
    let sandbox = Sandbox::new();
    let old = sandbox.release("r1", "1.0.0", &[("f", "1\n")]);
    let new = sandbox.release("r2", "1.1.0", &[("f", "2\n")]);
    sandbox.install(&old);
    sandbox.update(&new, 0);
    fs::remove_dir(sandbox.home().join(".mosaic/generations/1/files")).unwrap();
    sandbox.run(&["rollback", "0"], 0);
    assert!(sandbox.tree().is_empty());
}

#[test]
fn a_recovery_without_the_empty_folder_removes_what_is_to_go() {
    let sandbox = Sandbox::new();
    let old = sandbox.release("r1", "1.0.0", &[("f", "1\n")]);
    let new = sandbox.release("r2", "1.1.0", &[]);
    sandbox.install(&old);
    let update = ["update", "--from", new.to_str().unwrap()];
    assert!(crate::cli::crashes::crash(
        &sandbox,
        &update,
        ("Committed", 1)
    ));
    fs::remove_dir(sandbox.home().join(".mosaic/commit/files")).unwrap();
    sandbox.run(&["recover"], 0);
    assert!(!sandbox.home().join("f").exists());
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.read("f"), "1\n");
}
