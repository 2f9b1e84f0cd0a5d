//! Rollback: every generation can be had back, with the operator's later edits carried along.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::cli::scene::{action, conflicts, everything, utf8};
use crate::support::{Sandbox, Tree, write};

const BASE: &str = "one\ntwo\nthree\nfour\nfive\n";

type Files = &'static [(&'static str, &'static str)];

const RELEASES: &[(&str, &str, Files)] = &[
    (
        "r1",
        "1.0.0",
        &[
            ("g/a.md", BASE),
            ("g/tool*", "tool\n"),
            ("g/x", "file\n"),
            ("gone/deep/f", "f\n"),
        ],
    ),
    (
        "r2",
        "1.1.0",
        &[
            ("g/a.md", "one\ntwo\nthree\nfour\nFIVE\n"),
            ("g/tool", "tool\n"),
            ("g/x/y", "y\n"),
            ("new/deep/n", "n\n"),
        ],
    ),
    (
        "r3",
        "1.2.0",
        &[
            ("g/a.md", "one\ntwo\nthree\nfour\nV\n"),
            ("g/tool*", "tool 3\n"),
            ("g/x", "file again\n"),
        ],
    ),
    (
        "r4",
        "2.0.0",
        &[
            ("g/a.md", "one\ntwo\nthree\nfour\nV\n"),
            ("g/x", "file again\n"),
            ("gone/deep/f", "f\n"),
        ],
    ),
];

fn releases(sandbox: &Sandbox) -> Vec<PathBuf> {
    RELEASES
        .iter()
        .map(|(name, version, files)| sandbox.release(name, version, files))
        .collect()
}

/// A home that went through all releases, the trees after each, and the one before.
fn travelled() -> (Sandbox, Vec<Tree>) {
    let sandbox = Sandbox::new();
    let bundles = releases(&sandbox);
    write(&sandbox.home().join("mine"), b"mine", 0o600);
    let mut trees = vec![sandbox.tree()];
    sandbox.install(&bundles[0]);
    // An edit of the mode is the operator's, and comes back with his file.
    fs::set_permissions(
        sandbox.home().join("g/a.md"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    trees.push(sandbox.tree());
    for bundle in &bundles[1..] {
        sandbox.update(bundle, 0);
        trees.push(sandbox.tree());
    }
    (sandbox, trees)
}

#[test]
fn goes_back_to_any_generation_byte_for_byte_and_mode_for_mode() {
    for number in 0..4 {
        let (sandbox, mut trees) = travelled();
        let mut expected = trees.swap_remove(number);
        if number == 0 {
            expected.retain(|path, _| path == "mine");
        }
        sandbox.run(&["rollback", &number.to_string()], 0);
        assert_eq!(sandbox.tree(), expected, "back to {number}");
        assert_eq!(
            sandbox.generation(),
            5,
            "a rollback is a generation of its own"
        );
    }
}

#[test]
fn without_a_number_goes_to_the_generation_before_and_back_again() {
    let (sandbox, trees) = travelled();
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.tree(), trees[3]);
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.tree(), trees[4], "the rollback of the rollback");
    for (number, tree) in trees.iter().enumerate().skip(1) {
        sandbox.run(&["rollback", &number.to_string()], 0);
        assert_eq!(sandbox.tree(), *tree, "to {number}, over two rollbacks");
    }
}

#[test]
fn to_0_of_a_fresh_install_leaves_nothing_but_the_state() {
    let sandbox = Sandbox::new();
    let bundles = releases(&sandbox);
    sandbox.install(&bundles[0]);
    sandbox.update(&bundles[2], 0);
    let full = sandbox.tree();
    sandbox.run(&["rollback", "0"], 0);
    assert_eq!(sandbox.tree(), Tree::new());
    assert_eq!(
        fs::read_dir(sandbox.home()).unwrap().count(),
        1,
        "only .mosaic"
    );
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.tree(), full, "and it can be undone");
}

#[test]
fn an_update_after_a_rollback_does_the_same_again() {
    let (sandbox, trees) = travelled();
    sandbox.run(&["rollback", "2"], 0);
    sandbox.update(&sandbox.path("r3"), 0);
    assert_eq!(sandbox.tree(), trees[3]);
    sandbox.run(&["rollback", "0"], 0);
    sandbox.run(&["install", "--from", "r4"], 0);
    let names = |tree: &Tree| {
        tree.iter()
            .map(|(path, what)| (path.clone(), what.2.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&sandbox.tree()), names(&trees[4]));
}

/// Where the operator edits, between r1 and r2, and what a rollback to r1 makes of it.
struct Edit {
    path: &'static str,
    content: &'static str,
    action: &'static str,
    after: &'static str,
    parks: bool,
}

#[rustfmt::skip]
const EDITS: &[Edit] = &[
    Edit { path: "g/a.md", content: "ONE\ntwo\nthree\nfour\nFIVE\n", action: "merge", after: "ONE\ntwo\nthree\nfour\nfive\n", parks: false },
    Edit { path: "g/a.md", content: "one\ntwo\nthree\nfour\nmine\n", action: "conflict", after: "one\ntwo\nthree\nfour\nmine\n", parks: true },
    Edit { path: "g/a.md", content: BASE, action: "none", after: BASE, parks: false },
    Edit { path: "g/a.md", content: "bin\0ary", action: "conflict", after: "bin\0ary", parks: true },
    Edit { path: "new/deep/n", content: "mine\n", action: "release", after: "mine\n", parks: false },
    Edit { path: "gone/deep/f", content: "mine\n", action: "conflict", after: "mine\n", parks: true },
    Edit { path: "new/deep/mine", content: "mine\n", action: "none", after: "mine\n", parks: false },
    Edit { path: "g/x/mine", content: "mine\n", action: "none", after: "mine\n", parks: true },
];

#[test]
fn carries_an_edit_along_or_leaves_it_and_parks_what_was_there() {
    for edit in EDITS {
        let sandbox = Sandbox::new();
        let bundles = releases(&sandbox);
        sandbox.install(&bundles[0]);
        let first = sandbox.tree();
        sandbox.update(&bundles[1], 0);
        write(
            &sandbox.home().join(edit.path),
            edit.content.as_bytes(),
            0o644,
        );
        let edited = sandbox.tree();
        let document = sandbox.json(&["rollback", "1"], if edit.parks { 3 } else { 0 });
        let case = format!("{} {:?}: {document}", edit.path, edit.content);
        assert_eq!(action(&document, edit.path), edit.action, "{case}");
        assert_eq!(sandbox.read(edit.path), edit.after, "{case}");
        for path in conflicts(&document) {
            assert_eq!(sandbox.parked(path).as_bytes(), first[path].2, "{case}");
        }
        sandbox.run(&["rollback"], 0);
        assert_eq!(sandbox.tree(), edited, "undone: {case}");
    }
}

#[test]
fn brings_back_what_the_operator_deleted_meanwhile() {
    let (sandbox, trees) = travelled();
    fs::remove_file(sandbox.home().join("g/a.md")).unwrap();
    fs::remove_dir_all(sandbox.home().join("gone")).unwrap();
    sandbox.run(&["rollback", "1"], 0);
    assert_eq!(sandbox.tree(), trees[1]);
}

#[test]
fn takes_a_merge_back_with_everything_else() {
    let sandbox = Sandbox::new();
    let bundles = releases(&sandbox);
    sandbox.install(&bundles[0]);
    sandbox.edit("g/a.md", &BASE.replace("one", "ONE"));
    let before = sandbox.tree();
    sandbox.update(&bundles[1], 0);
    assert_eq!(sandbox.read("g/a.md"), "ONE\ntwo\nthree\nfour\nFIVE\n");
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.tree(), before);
    sandbox.update(&bundles[1], 0);
    assert_eq!(
        sandbox.read("g/a.md"),
        "ONE\ntwo\nthree\nfour\nFIVE\n",
        "the base is known again"
    );
}

#[test]
fn brings_parked_files_back() {
    let sandbox = Sandbox::new();
    let bundles = releases(&sandbox);
    sandbox.install(&bundles[0]);
    sandbox.edit("g/a.md", "mine\n");
    sandbox.update(&bundles[1], 3);
    let parked = sandbox.parked("g/a.md");
    sandbox.update(&bundles[2], 3);
    assert_ne!(sandbox.parked("g/a.md"), parked);
    assert_eq!(conflicts(&sandbox.json(&["rollback"], 3)), ["g/a.md"]);
    assert_eq!(
        (sandbox.parked("g/a.md"), sandbox.read("g/a.md").as_str()),
        (parked, "mine\n")
    );
    assert!(conflicts(&sandbox.json(&["rollback", "1"], 0)).is_empty());
    assert!(!sandbox.home().join(".mosaic/conflicts/g").exists());
    sandbox.run(&["resolve"], 0);
}

#[test]
fn a_dry_run_foretells_it_and_changes_nothing() {
    let (sandbox, _) = travelled();
    for number in ["0", "1", "2", "3"] {
        let before = everything(&sandbox.home());
        let foretold = sandbox.json(&["rollback", number, "--dry-run"], 0);
        assert_eq!(everything(&sandbox.home()), before);
        let done = sandbox.json(&["rollback", number], 0);
        assert_eq!(foretold["actions"], done["actions"], "to {number}");
        assert_eq!(foretold["plan_digest"], done["plan_digest"], "to {number}");
        sandbox.run(&["rollback"], 0);
    }
}

#[test]
fn an_unknown_generation_is_refused_and_the_last_is_named() {
    let (sandbox, _) = travelled();
    let said = sandbox.refused(&["rollback", "99"], 1);
    assert!(
        said.contains("99") && said.contains('4') && said.contains("history"),
        "{said}"
    );
    sandbox.refused(&["rollback", "-1"], 2);
    sandbox.refused(&["rollback", "first"], 2);
    let fresh = Sandbox::new();
    assert!(fresh.refused(&["rollback"], 1).contains("no Mosaic home"));
    fs::create_dir_all(fresh.home()).unwrap();
    assert!(fresh.refused(&["rollback", "0"], 1).contains("no record"));
}

#[test]
fn the_preserve_file_and_new_files_of_the_operator_are_left_alone() {
    let (sandbox, _) = travelled();
    sandbox.edit(".mosaicpreserve", "g/a.md\n");
    sandbox.edit("g/new of mine", "mine\n");
    sandbox.run(&["rollback", "1"], 0);
    assert_eq!(sandbox.read(".mosaicpreserve"), "g/a.md\n");
    assert_eq!(sandbox.read("g/new of mine"), "mine\n");
    assert!(sandbox.run(&["history"], 0).contains("rollback"));
    sandbox.run(
        &[
            "update",
            "--allow-downgrade",
            "--from",
            utf8(&sandbox.path("r1")),
        ],
        0,
    );
}

#[test]
fn back_to_where_the_home_is_makes_no_generation() {
    let (sandbox, trees) = travelled();
    let before = sandbox.generation();
    let document = sandbox.json(&["rollback", "4"], 0);
    assert_eq!(
        (document["committed"].as_bool(), sandbox.generation()),
        (Some(false), before)
    );
    assert_eq!(sandbox.tree(), trees[4]);
    sandbox.run(&["rollback", "0"], 0);
    let before = sandbox.generation();
    let document = sandbox.json(&["rollback", "0"], 0);
    assert_eq!(
        (document["committed"].as_bool(), sandbox.generation()),
        (Some(false), before)
    );
}

#[test]
fn a_file_that_is_as_it_was_is_no_conflict_however_it_came_there() {
    let sandbox = Sandbox::new();
    let [old, new] =
        [("old", "1.0.0", b"a\0"), ("new", "1.1.0", b"b\0")].map(|(name, version, content)| {
            let bundle = sandbox.release(name, version, &[]);
            sandbox.ship(&bundle, "g", content, 0o644);
            bundle
        });
    sandbox.install(&old);
    sandbox.run(&["rollback", "0"], 0);
    sandbox.edit("g", "a\0");
    sandbox.run(&["rollback", "1"], 0);
    assert_eq!(sandbox.read("g"), "a\0", "he put it there himself");
    sandbox.update(&new, 0);
    sandbox.edit("g", "mine\0");
    sandbox.update(&old, 3);
    sandbox.run(&["resolve", "g", "--shipped"], 0);
    assert_eq!(
        conflicts(&sandbox.json(&["rollback", "3"], 0)),
        Vec::<String>::new(),
        "he took it by settling a conflict"
    );
    assert_eq!(sandbox.read("g"), "a\0");
}

/// A roster that was migrated, taken back, edited and migrated again: what comes back is joined with the edit.
#[test]
fn what_a_rollback_brought_back_is_the_base_of_the_next_merge() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("b", "1.0.0", &[]);
    sandbox.edit(".framework-version", "0.0.35\n");
    let roster = |socket: &str, note: &str| {
        format!("tmux: {{ socket_name: {socket} }}\nagents: [{{ name: a }}]\n# {note}\n")
    };
    sandbox.edit("fleet/roster.yaml", &roster("mosaic-factory", "note"));
    sandbox.install(&bundle);
    sandbox.run(&["rollback", "0"], 0);
    sandbox.edit("fleet/roster.yaml", &roster("mosaic-factory", "mine"));
    sandbox.install(&bundle);
    sandbox.run(&["rollback", "1"], 0);
    let expected = roster("mosaic-fleet", "mine");
    assert_eq!(sandbox.read("fleet/roster.yaml"), expected);
}

#[test]
fn a_kept_content_that_is_gone_keeps_back_its_own_path_only() {
    let sandbox = Sandbox::new();
    let files = [("a", b"a1\0", b"a2\0"), ("b", b"b1\0", b"b2\0")];
    let bundles = [("r1", "1.0.0"), ("r2", "1.1.0")]
        .map(|(name, version)| sandbox.release(name, version, &[]));
    for (path, first, second) in files {
        sandbox.ship(&bundles[0], path, first, 0o644);
        sandbox.ship(&bundles[1], path, second, 0o644);
    }
    sandbox.install(&bundles[0]);
    sandbox.update(&bundles[1], 0);
    let kept = sandbox.home().join(".mosaic/generations/2/files");
    let of_a = fs::read_dir(&kept)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let of_a = of_a
        .into_iter()
        .find(|path| fs::read(path).unwrap() == b"a1\0")
        .unwrap();
    fs::remove_file(of_a).unwrap();
    for document in [
        sandbox.json(&["rollback", "--dry-run"], 0),
        sandbox.json(&["rollback"], 0),
    ] {
        assert_eq!(document["advisories"][0]["path"], "a");
        assert_eq!(action(&document, "b"), "restore");
    }
    assert_eq!(
        (sandbox.read("a"), sandbox.read("b")),
        ("a2\0".to_owned(), "b1\0".to_owned())
    );
}
