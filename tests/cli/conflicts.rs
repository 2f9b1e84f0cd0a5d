//! Conflicts: parked, listed until settled, and settled the way a person says.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::scene::{action, changes, conflicts, utf8};
use crate::support::{Sandbox, write};

const GUIDE: &str = "guides/a.md";
const BASE: &str = "one\ntwo\nthree\nfour\nfive\n";
const SECOND: &str = "one\ntwo\nthree\nfour\nFIVE\n";
const THIRD: &str = "ONE\ntwo\nthree\nfour\nFIVE\n";
const MINE: &str = "one\ntwo\nthree\nfour\nmine\n";

fn guide(sandbox: &Sandbox, name: &str, version: &str, content: &str) -> PathBuf {
    sandbox.release(name, version, &[(GUIDE, content)])
}

/// A home where the second release's guide is parked, and the three releases.
fn parked() -> (Sandbox, [PathBuf; 3]) {
    let sandbox = Sandbox::new();
    let bundles = [
        ("r1", "1.0.0", BASE),
        ("r2", "1.1.0", SECOND),
        ("r3", "1.2.0", THIRD),
    ]
    .map(|(name, version, content)| guide(&sandbox, name, version, content));
    sandbox.install(&bundles[0]);
    sandbox.edit(GUIDE, MINE);
    let document = sandbox.update(&bundles[1], 3);
    assert_eq!(action(&document, GUIDE), "conflict");
    (sandbox, bundles)
}

#[test]
fn an_edited_guide_is_merged() {
    let sandbox = Sandbox::new();
    let (first, second) = (
        guide(&sandbox, "r1", "1.0.0", BASE),
        guide(&sandbox, "r2", "1.1.0", SECOND),
    );
    sandbox.install(&first);
    sandbox.edit(GUIDE, &BASE.replace("one", "mine"));
    let document = sandbox.json(&["update", "--from", utf8(&second)], 0);
    assert_eq!(action(&document, GUIDE), "merge");
    assert_eq!(sandbox.read(GUIDE), SECOND.replace("one", "mine"));
    let third = guide(&sandbox, "r3", "1.2.0", &SECOND.replace("three", "3"));
    sandbox.update(&third, 0);
    assert_eq!(
        sandbox.read(GUIDE),
        "mine\ntwo\n3\nfour\nFIVE\n",
        "the base is what shipped, not the merge"
    );
}

#[test]
fn a_conflict_is_parked_and_the_live_file_is_untouched() {
    let (sandbox, [_, second, _]) = parked();
    assert_eq!(sandbox.read(GUIDE), MINE);
    assert_eq!(sandbox.parked(GUIDE), SECOND);
    let merged = sandbox.read(&format!(".mosaic/conflicts/{GUIDE}.merged"));
    assert!(
        ["<<<<<<<", ">>>>>>>", "mine", "FIVE"]
            .iter()
            .all(|part| merged.contains(part)),
        "{merged}"
    );
    let document = sandbox.update(&second, 3);
    let line = &document["conflicts"][0];
    assert_eq!(line["path"], GUIDE);
    assert_eq!(line["parked"], format!(".mosaic/conflicts/{GUIDE}.shipped"));
    assert_eq!(line["merged"], format!(".mosaic/conflicts/{GUIDE}.merged"));
}

#[test]
fn every_update_lists_it_again_without_a_generation() {
    let (sandbox, [_, second, _]) = parked();
    let (tree, generation) = (sandbox.tree(), sandbox.generation());
    for _ in 0..2 {
        let document = sandbox.json(&["update", "--exit-code", "--from", utf8(&second)], 3);
        assert_eq!(
            (conflicts(&document), &document["actions"]),
            (vec![GUIDE], &json!([]))
        );
        assert_eq!(document["committed"], false);
    }
    assert_eq!((sandbox.tree(), sandbox.generation()), (tree, generation));
    assert!(sandbox.run(&["status"], 0).contains(GUIDE));
    sandbox.run(&["status", "--exit-code"], 4);
    assert!(sandbox.run(&["resolve"], 3).contains(GUIDE));
    assert_eq!(conflicts(&sandbox.json(&["resolve"], 3)), [GUIDE]);
}

#[test]
fn it_blocks_nothing_else() {
    let (sandbox, _) = parked();
    let next = sandbox.release("next", "1.1.1", &[(GUIDE, SECOND), ("guides/b.md", "b\n")]);
    let document = sandbox.update(&next, 3);
    assert_eq!(
        changes(&document),
        [("guides/b.md".to_owned(), "write".to_owned())]
    );
    assert_eq!(sandbox.read(GUIDE), MINE);
}

#[test]
fn mine_declines_this_want_for_good_and_a_later_one_asks_again() {
    let (sandbox, [_, second, _]) = parked();
    sandbox.run(&["resolve", GUIDE, "--mine"], 0);
    assert_eq!(sandbox.read(GUIDE), MINE);
    let document = sandbox.update(&second, 0);
    assert_eq!(
        (action(&document, GUIDE), conflicts(&document)),
        ("edited", vec![])
    );
    let clash = guide(&sandbox, "clash", "1.3.0", &BASE.replace("five", "V"));
    assert_eq!(action(&sandbox.update(&clash, 3), GUIDE), "conflict");
    assert_eq!(sandbox.read(GUIDE), MINE);
}

#[test]
fn mine_does_not_take_the_base_from_a_later_merge() {
    let (sandbox, [_, _, _]) = parked();
    sandbox.run(&["resolve", GUIDE, "--mine"], 0);
    let later = guide(&sandbox, "later", "1.3.0", &BASE.replace("one", "ONE"));
    assert_eq!(action(&sandbox.update(&later, 0), GUIDE), "merge");
    assert_eq!(sandbox.read(GUIDE), MINE.replace("one", "ONE"));
}

#[test]
fn shipped_takes_what_ships() {
    let (sandbox, [_, second, third]) = parked();
    sandbox.run(&["resolve", GUIDE, "--shipped"], 0);
    assert_eq!(sandbox.read(GUIDE), SECOND);
    assert!(changes(&sandbox.update(&second, 0)).is_empty());
    assert!(
        !sandbox.home().join(".mosaic/conflicts/guides").exists(),
        "nothing stays parked"
    );
    assert_eq!(action(&sandbox.update(&third, 0), GUIDE), "replace");
}

#[test]
fn merged_takes_a_persons_merge_and_the_next_release_merges_over_what_shipped() {
    let (sandbox, [_, second, third]) = parked();
    write(
        &sandbox.path("merge.md"),
        b"one\ntwo\nthree\nfour\nFIVE mine\n",
        0o600,
    );
    sandbox.run(&["resolve", GUIDE, "--merged", "merge.md"], 0);
    assert_eq!(sandbox.read(GUIDE), "one\ntwo\nthree\nfour\nFIVE mine\n");
    assert!(changes(&sandbox.update(&second, 0)).is_empty());
    assert_eq!(action(&sandbox.update(&third, 0), GUIDE), "merge");
    assert_eq!(sandbox.read(GUIDE), "ONE\ntwo\nthree\nfour\nFIVE mine\n");
}

#[test]
fn all_settles_every_path_and_an_absolute_path_will_do() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("r1", "1.0.0", &[("a", "a\n"), ("b", "b\n"), ("c", "c\n")]);
    let second = sandbox.release("r2", "1.1.0", &[("a", "A\n"), ("b", "B\n"), ("c", "C\n")]);
    sandbox.install(&first);
    ["a", "b", "c"]
        .iter()
        .for_each(|path| sandbox.edit(path, "mine\n"));
    assert_eq!(conflicts(&sandbox.update(&second, 3)), ["a", "b", "c"]);
    let absolute = sandbox.home().join("b");
    assert_eq!(
        conflicts(&sandbox.json(&["resolve", utf8(&absolute), "--mine"], 3)),
        ["a", "c"]
    );
    assert_eq!(
        conflicts(&sandbox.json(&["resolve", "--all", "--shipped"], 0)),
        Vec::<&str>::new()
    );
    assert_eq!(
        ["a", "b", "c"].map(|path| sandbox.read(path)),
        ["A\n", "mine\n", "C\n"]
    );
    assert_eq!(
        sandbox.json(&["resolve", "--all", "--mine"], 0)["committed"],
        false
    );
}

#[test]
fn the_next_releases_merge_misses_nothing_after_a_parked_one() {
    let (sandbox, [_, _, third]) = parked();
    sandbox.edit(GUIDE, &BASE.replace("three", "mine"));
    let document = sandbox.update(&third, 0);
    assert_eq!(
        (action(&document, GUIDE), conflicts(&document)),
        ("merge", vec![])
    );
    assert_eq!(
        sandbox.read(GUIDE),
        "ONE\ntwo\nmine\nfour\nFIVE\n",
        "the second release's line came, too"
    );
    assert!(!sandbox.home().join(".mosaic/conflicts/guides").exists());
}

#[test]
fn the_next_release_parks_its_own_want() {
    let (sandbox, [_, _, third]) = parked();
    assert_eq!(action(&sandbox.update(&third, 3), GUIDE), "conflict");
    assert_eq!(
        (sandbox.parked(GUIDE).as_str(), sandbox.read(GUIDE).as_str()),
        (THIRD, MINE)
    );
}

#[test]
fn what_cannot_settle_it_is_refused_and_named() {
    let (sandbox, _) = parked();
    let merged = format!(
        "mine\n<<<<<<< mine\na\n{}\nb\n>>>>>>> shipped\n",
        "=".repeat(7)
    );
    write(&sandbox.path("marked.md"), merged.as_bytes(), 0o644);
    let cases: [(&[&str], i32, &str); 5] = [
        (&["resolve", GUIDE, "--merged", "marked.md"], 1, "line 2"),
        (&["resolve", GUIDE, "--merged", "absent.md"], 2, "absent.md"),
        (&["resolve", "anchor/1", "--mine"], 1, "anchor/1"),
        (&["resolve", "/etc/passwd", "--mine"], 2, "/etc/passwd"),
        (&["resolve", "../x", "--mine"], 2, ".."),
    ];
    let generation = sandbox.generation();
    // Without an answer it is shown.
    assert!(sandbox.run(&["resolve", GUIDE], 3).contains("--mine"));
    for (arguments, status, says) in cases {
        let said = sandbox.refused(arguments, status);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    assert_eq!(
        (sandbox.generation(), sandbox.parked(GUIDE).as_str()),
        (generation, SECOND)
    );
}

#[test]
fn a_parked_copy_that_somebody_changed_is_not_taken_for_what_ships() {
    let (sandbox, _) = parked();
    sandbox.edit(
        &format!(".mosaic/conflicts/{GUIDE}.shipped"),
        "not what shipped\n",
    );
    let said = sandbox.refused(&["resolve", GUIDE, "--shipped"], 1);
    assert!(said.contains("--merged"), "{said}");
    sandbox.run(&["resolve", GUIDE, "--mine"], 0);
}

#[test]
fn a_conflict_is_settled_by_hand_too() {
    let by_hand: [(&str, &str); 3] = [
        (SECOND, "adopt"),
        (BASE, "replace"),
        ("ONE\ntwo\nthree\nfour\nFIVE\n", "merge"),
    ];
    for (content, expected) in by_hand {
        let (sandbox, [_, second, _]) = parked();
        sandbox.edit(GUIDE, content);
        let document = sandbox.update(&second, 0);
        assert_eq!(
            (action(&document, GUIDE), conflicts(&document)),
            (expected, vec![]),
            "{content:?}"
        );
        sandbox.run(&["resolve"], 0);
        assert!(changes(&sandbox.update(&second, 0)).is_empty());
    }
}

#[test]
fn clearing_the_way_settles_what_was_in_the_way() {
    let sandbox = Sandbox::new();
    let (first, second) = (
        sandbox.release("r1", "1.0.0", &[]),
        guide(&sandbox, "r2", "1.1.0", SECOND),
    );
    sandbox.install(&first);
    write(&sandbox.home().join(GUIDE).join("mine"), b"mine", 0o644);
    assert_eq!(conflicts(&sandbox.update(&second, 3)), [GUIDE]);
    let said = sandbox.refused(&["resolve", GUIDE, "--shipped"], 1);
    assert!(said.contains("move away"), "{said}");
    fs::remove_dir_all(sandbox.home().join(GUIDE)).unwrap();
    assert_eq!(action(&sandbox.update(&second, 0), GUIDE), "write");
    sandbox.run(&["resolve"], 0);
}

#[test]
fn a_settlement_can_be_rolled_back() {
    for how in ["--mine", "--shipped"] {
        let (sandbox, [_, second, _]) = parked();
        let before = sandbox.tree();
        sandbox.run(&["resolve", GUIDE, how], 0);
        sandbox.run(&["rollback"], 3);
        assert_eq!(
            (sandbox.tree(), sandbox.parked(GUIDE).as_str()),
            (before, SECOND),
            "{how}"
        );
        assert_eq!(conflicts(&sandbox.update(&second, 3)), [GUIDE]);
        sandbox.run(&["resolve", GUIDE, "--shipped"], 0);
    }
}

#[test]
fn a_conflict_that_a_release_takes_back_is_gone() {
    let (sandbox, [first, ..]) = parked();
    let document = sandbox.update(&first, 0);
    assert_eq!(
        (action(&document, GUIDE), conflicts(&document)),
        ("edited", vec![])
    );
    sandbox.run(&["resolve"], 0);
    assert_eq!(sandbox.read(GUIDE), MINE);
}

#[test]
fn who_preserves_a_parked_path_or_settles_it_by_hand_is_not_asked_again() {
    let (sandbox, [_, second, _]) = parked();
    sandbox.edit(".mosaicpreserve", "guides/*.md\n");
    sandbox.update(&second, 0);
    assert_eq!(
        conflicts(&sandbox.json(&["status"], 0)),
        Vec::<String>::new()
    );
    sandbox.json(&["resolve"], 0);
    fs::remove_file(sandbox.home().join(".mosaicpreserve")).unwrap();
    assert_eq!(
        conflicts(&sandbox.json(&["status"], 0)),
        [GUIDE],
        "it only slept"
    );
    sandbox.edit(GUIDE, SECOND);
    assert_eq!(
        conflicts(&sandbox.json(&["status"], 0)),
        Vec::<String>::new()
    );
    sandbox.json(&["resolve"], 0);
    sandbox.update(&second, 0);
}

/// A home whose rollback parked the operator's merged file of generation 1: the release's line was edited.
fn parked_by_rollback() -> (Sandbox, [PathBuf; 2]) {
    let sandbox = Sandbox::new();
    let bundles = [
        guide(&sandbox, "r1", "1.0.0", BASE),
        guide(&sandbox, "r2", "1.1.0", SECOND),
    ];
    sandbox.install(&bundles[0]);
    sandbox.edit(GUIDE, &BASE.replace("one", "mine"));
    sandbox.update(&bundles[1], 0);
    sandbox.edit(
        GUIDE,
        &SECOND.replace("one", "mine").replace("FIVE", "mine, too"),
    );
    let document = sandbox.json(&["rollback", "1"], 3);
    assert_eq!(conflicts(&document), [GUIDE]);
    assert_eq!(sandbox.parked(GUIDE), BASE.replace("one", "mine"));
    (sandbox, bundles)
}

#[test]
fn what_a_rollback_parked_is_no_shipped_content_and_the_next_release_merges_it() {
    let (sandbox, [_, second]) = parked_by_rollback();
    sandbox.run(&["resolve", GUIDE, "--shipped"], 0);
    assert_eq!(sandbox.read(GUIDE), BASE.replace("one", "mine"));
    assert_eq!(sandbox.json(&["status"], 0)["edited"], json!([GUIDE]));
    sandbox.run(&["verify"], 0);
    assert_eq!(action(&sandbox.update(&second, 0), GUIDE), "merge");
    assert_eq!(sandbox.read(GUIDE), SECOND.replace("one", "mine"));
}

#[test]
fn what_a_rollback_parked_is_listed_by_every_update_until_it_is_settled() {
    let (sandbox, [first, second]) = parked_by_rollback();
    let generation = sandbox.generation();
    assert_eq!(conflicts(&sandbox.update(&first, 3)), [GUIDE]);
    assert_eq!(sandbox.generation(), generation);
    assert_eq!(conflicts(&sandbox.update(&second, 3)), [GUIDE]);
    sandbox.run(&["resolve", GUIDE, "--mine"], 0);
    assert_eq!(conflicts(&sandbox.update(&second, 0)), Vec::<&str>::new());
}

#[test]
fn a_release_that_leaves_the_path_to_the_operator_settles_it() {
    let (sandbox, _) = parked();
    let next = sandbox.release("next", "2.0.0", &[]);
    let manifest = fs::read_to_string(next.join("bundle.toml")).unwrap();
    let manifest = manifest.replace("preserve = [", "preserve = [\"guides\", ");
    write(&next.join("bundle.toml"), manifest.as_bytes(), 0o644);
    let document = sandbox.update(&next, 0);
    assert_eq!(
        (action(&document, GUIDE), conflicts(&document)),
        ("release", vec![])
    );
    assert_eq!(
        sandbox.json(&["status", "--exit-code"], 0)["conflicts"],
        json!([])
    );
    assert_eq!(sandbox.read(GUIDE), MINE);
}
