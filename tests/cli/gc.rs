//! `gc`: old generations go, everything that is kept goes on working, whenever it is killed.

use std::fs;
use std::path::Path;

use fs_extra::dir::CopyOptions;
use serde_json::Value;

use crate::cli::scene::{everything, utf8};
use crate::support::{Sandbox, Tree, tree};

const LAST: u64 = 8;

/// Text that one release keeps and the next changes, a line at a time.
fn guide(version: u64) -> String {
    (0..30)
        .map(|line| {
            if line == version * 3 {
                format!("{line} in {version}\n")
            } else {
                format!("{line}\n")
            }
        })
        .collect()
}

fn bundle(sandbox: &Sandbox, version: u64) -> String {
    let (own, name) = (format!("own {version}\n"), format!("only/{version}"));
    let guide = guide(version);
    let files = [
        ("guide", guide.as_str()),
        ("steady", "never changes\n1\n2\n3\n4\n5\n"),
        (&name, &own),
        ("bin", &format!("\0{version}")),
    ];
    utf8(&sandbox.release(&format!("r{version}"), &format!("1.{version}.0"), &files)).to_owned()
}

/// A home with [`LAST`] generations, and its tree after each.
fn aged() -> (Sandbox, Vec<Tree>) {
    let sandbox = Sandbox::new();
    let mut trees = vec![Tree::new()];
    for version in 1..=LAST {
        let bundle = bundle(&sandbox, version);
        sandbox.run(&["install", "--from", &bundle], 0);
        trees.push(sandbox.tree());
    }
    (sandbox, trees)
}

fn size_of(folder: &Path) -> u64 {
    let files = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap().metadata().unwrap());
    files
        .filter(fs::Metadata::is_file)
        .map(|meta| meta.len())
        .sum()
}

/// Whether everything that is kept works: reaches back to `oldest` and no further, merges, verifies.
fn assert_sound(sandbox: &Sandbox, trees: &[Tree], oldest: u64, context: &str) {
    sandbox.run(&["verify"], 0);
    sandbox.run(&["status", "--exit-code"], 0);
    let history = sandbox.json(&["history"], 0);
    assert_eq!(history["oldest_reachable"], oldest, "{context}");
    for number in oldest.max(1)..=LAST {
        sandbox.run(&["history", "show", &number.to_string()], 0);
    }
    if oldest > 0 {
        let error = sandbox.json(&["rollback", &(oldest - 1).to_string()], 1);
        assert!(
            error["error"]
                .as_str()
                .unwrap()
                .contains("not kept any more"),
            "{context}: {error}"
        );
    }
    assert_eq!(sandbox.tree(), trees[LAST as usize], "{context}");
    sandbox.run(&["rollback", &oldest.to_string()], 0);
    assert_eq!(
        sandbox.tree(),
        trees[oldest as usize],
        "{context}: back to {oldest}"
    );
    if oldest < LAST {
        sandbox.run(&["rollback"], 0);
    }
    assert_eq!(
        sandbox.tree(),
        trees[LAST as usize],
        "{context}: and forth again"
    );
    // The bases of what never changed since the first generation must still be there.
    let edit = sandbox.read("steady").replace("1\n", "mine\n");
    sandbox.edit("steady", &edit);
    let next = bundle(sandbox, LAST + 1);
    let changed = sandbox.path(&format!("r{}/steady", LAST + 1));
    fs::write(changed, "never changes\n1\n2\n3\n4\nfive\n").unwrap();
    sandbox.run(&["update", "--from", &next], 0);
    assert_eq!(
        sandbox.read("steady"),
        "never changes\nmine\n2\n3\n4\nfive\n",
        "{context}: merged"
    );
    sandbox.run(&["verify"], 0);
}

#[test]
fn lets_go_of_what_is_older_than_asked_and_says_how_much_that_was() {
    for keep in [0, 1, 3, 7, 8, 20] {
        let (sandbox, trees) = aged();
        let state = sandbox.home().join(".mosaic");
        let keep_text = keep.to_string();
        let untouched = everything(&sandbox.home());
        let foretold = sandbox.json(&["gc", "--keep", &keep_text, "--dry-run"], 0);
        assert_eq!(
            everything(&sandbox.home()),
            untouched,
            "a dry run changes nothing"
        );
        let before = size_of(&state);
        let document = sandbox.json(&["gc", "--keep", &keep_text], 0);
        let oldest = LAST.saturating_sub(keep);
        assert_eq!(
            (&document["oldest_before"], &document["oldest"]),
            (&Value::from(0), &Value::from(oldest))
        );
        assert_eq!(document["freed_bytes"], foretold["freed_bytes"]);
        let freed = before - size_of(&state);
        // The lock says who holds it, which may take a byte more or less.
        assert!(
            document["freed_bytes"].as_u64().unwrap().abs_diff(freed) < 10,
            "{keep}: {document}, {freed}"
        );
        assert_eq!(freed > 1000, keep + 1 < LAST, "{keep}: {freed}");
        assert!(!state.join("gone").exists());
        let again = sandbox.run(&["gc", "--keep", &keep_text], 0);
        assert!(again.contains("Nothing to let go"), "{again}");
        assert_sound(&sandbox, &trees, oldest, &format!("--keep {keep}"));
    }
}

#[test]
fn keeps_ten_by_default_and_goes_on_where_it_left_off() {
    let (sandbox, _) = aged();
    assert!(
        sandbox
            .run(&["gc"], 0)
            .contains("Nothing to let go. The way back ends at the home before Mosaic.")
    );
    let said = sandbox.run(&["gc", "--keep", "5"], 0);
    assert!(
        said.contains("The way back ends at generation 3.\nFreed "),
        "{said}"
    );
    let history = sandbox.run(&["history"], 0);
    assert!(
        history.contains("1.2.0 → 1.3.0") && history.contains("the way back ends here"),
        "{history}"
    );
    assert!(
        !history.contains("1.1.0 → 1.2.0") && !history.contains("before Mosaic"),
        "{history}"
    );
    sandbox.run(&["gc", "--keep", "2"], 0);
    sandbox.run(&["verify"], 0);
    sandbox.refused(&["history", "show", "5"], 1);
    sandbox.run(&["rollback", "6"], 0);
    let packs = fs::read_dir(sandbox.home().join(".mosaic/packs"))
        .unwrap()
        .count();
    assert!(packs < 6, "packs that nothing needs go, too: {packs}");
}

#[test]
fn a_folder_of_contents_that_is_gone_by_accident_is_still_damage() {
    let (sandbox, _) = aged();
    fs::remove_dir_all(sandbox.home().join(".mosaic/generations/5/files")).unwrap();
    let damaged = sandbox.json(&["verify"], 4);
    assert!(
        damaged["damaged"][0]
            .as_str()
            .unwrap()
            .contains("generations/5/files"),
        "{damaged}"
    );
    sandbox.refused(&["rollback", "4"], 1);
    assert!(sandbox.run(&["gc", "--keep", "7"], 0).contains("Freed"));
    assert!(
        sandbox.home().join(".mosaic/generations/2").exists(),
        "damage takes nothing else along"
    );
    sandbox.run(&["rollback", "5"], 0);
}

#[test]
fn what_was_given_up_goes_only_when_asked() {
    let (sandbox, _) = aged();
    let next = bundle(&sandbox, LAST + 1);
    let mut crash = sandbox.mosaic(&["update", "--from", &next]);
    crash
        .env("MOSAIC_CRASH_AT", "Committed:1")
        .output()
        .unwrap();
    let journal = sandbox.home().join(".mosaic/commit/journal");
    fs::write(&journal, "garbage").unwrap();
    sandbox.run(&["recover", "--keep-current"], 3);
    let given_up = sandbox.home().join(".mosaic/abandoned-1");
    sandbox.run(&["gc", "--keep", "0"], 0);
    assert!(given_up.exists());
    let untouched = everything(&sandbox.home());
    let foretold = sandbox.json(&["gc", "--abandoned", "--dry-run"], 0);
    assert_eq!(everything(&sandbox.home()), untouched);
    let weight = size_of(&given_up);
    let document = sandbox.json(&["gc", "--abandoned"], 0);
    assert!(!given_up.exists());
    assert_eq!(
        (&document["abandoned"][0], &document["freed_bytes"]),
        (&".mosaic/abandoned-1".into(), &weight.into())
    );
    assert_eq!(document["freed_bytes"], foretold["freed_bytes"]);
}

#[test]
fn waits_for_the_lock_and_finishes_what_was_interrupted_first() {
    let (sandbox, _) = aged();
    let lock = fs::File::open(sandbox.home().join(".mosaic/lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    sandbox.refused(&["gc", "--keep", "1", "--lock-timeout", "0.1"], 5);
    drop(lock);
    let next = bundle(&sandbox, LAST + 1);
    let mut crash = sandbox.mosaic(&["update", "--from", &next]);
    crash
        .env("MOSAIC_CRASH_AT", "Committed:1")
        .output()
        .unwrap();
    assert_eq!(
        sandbox.json(&["gc", "--keep", "1", "-n"], 0)["recovery_pending"],
        true
    );
    let document = sandbox.json(&["gc", "--keep", "1"], 0);
    assert_eq!(
        document["oldest"], LAST,
        "the last is the one that was finished"
    );
    sandbox.run(&["verify"], 0);
    sandbox.refused(&["gc", "--keep", "-1"], 2);
    Sandbox::new().run(&["gc"], 1);
}

/// A copy of a whole sandbox.
fn copy_of(original: &Sandbox) -> Sandbox {
    let copy = Sandbox::new();
    fs_extra::dir::copy(
        original.path("user"),
        copy.path(""),
        &CopyOptions::new().overwrite(true),
    )
    .unwrap();
    copy
}

#[test]
fn killed_at_any_point_it_leaves_all_that_is_kept_in_use() {
    let (original, trees) = aged();
    for checkpoint in ["MovedAway", "Removed"] {
        for count in 1.. {
            let sandbox = copy_of(&original);
            let mut gc = sandbox.mosaic(&["gc", "--keep", "3"]);
            let output = gc
                .env("MOSAIC_CRASH_AT", format!("{checkpoint}:{count}"))
                .output()
                .unwrap();
            if output.status.success() {
                assert!(count > 3, "{checkpoint} is passed only {count} times");
                break;
            }
            survives(&sandbox, &trees, &format!("{checkpoint}:{count}"));
        }
    }
}

/// Every call of the kernel that changes a directory, not only the checkpoints.
#[test]
fn killed_in_any_call_it_leaves_all_that_is_kept_in_use() {
    let (original, trees) = aged();
    for call in ["unlinkat", "renameat2", "mkdirat", "fsync"] {
        for number in (1..).step_by(if call == "unlinkat" { 3 } else { 1 }) {
            let sandbox = copy_of(&original);
            let inject = format!("inject={call}:signal=KILL:when={number}");
            let words = ["-f", "-qq", "-o", "/dev/null", "-e", &inject];
            let mut strace = sandbox.traced(&words, &["gc", "--keep", "3"]);
            strace.env("MOSAIC_THREADS", "1");
            let Ok(output) = strace.output() else {
                println!("skipped: needs strace");
                return;
            };
            if output.status.success() {
                assert!(number > 1, "{call} is never called");
                break;
            }
            survives(&sandbox, &trees, &format!("{call}:{number}"));
        }
    }
}

/// What must hold of a home whose gc was killed: it works, and the next gc ends what was begun.
fn survives(killed: &Sandbox, trees: &[Tree], context: &str) {
    killed.run(&["verify"], 0);
    let reached = killed.json(&["history"], 0)["oldest_reachable"]
        .as_u64()
        .unwrap();
    assert!(
        reached <= LAST - 3,
        "{context}: reaches back to {reached} only"
    );
    let as_is = copy_of(killed);
    assert_sound(&as_is, trees, reached, context);
    assert!(
        !as_is.home().join(".mosaic/gone").exists(),
        "{context}: the next command sweeps"
    );
    killed.run(&["gc", "--keep", "3"], 0);
    let whole = tree(&killed.home().join(".mosaic"));
    let names: Vec<_> = whole
        .keys()
        .filter(|path| path.starts_with("generations/") && path.matches('/').count() == 1)
        .collect();
    assert_eq!(
        names,
        [
            "generations/5",
            "generations/6",
            "generations/7",
            "generations/8"
        ],
        "{context}"
    );
    assert_sound(killed, trees, LAST - 3, context);
}
