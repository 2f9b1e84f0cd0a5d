//! `.mosaicpreserve`: the operator's own list of what is his.

use std::os::unix::fs::symlink;

use crate::cli::scene::{action, changes, utf8};
use crate::support::patience::PATIENCE;
use crate::support::{Sandbox, write};

struct Case {
    preserve: &'static str,
    path: &'static str,
    /// The action of the update, and the line of the rule that decided.
    expected: (&'static str, Option<u64>),
}

const fn case(
    preserve: &'static str,
    path: &'static str,
    action: &'static str,
    line: Option<u64>,
) -> Case {
    Case {
        preserve,
        path,
        expected: (action, line),
    }
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("", "guides/a.md", "replace", None),
    case("guides/a.md\n", "guides/a.md", "preserve", Some(1)),
    case("/guides/a.md", "guides/a.md", "preserve", Some(1)),
    case("guides/*.md\n", "guides/a.md", "preserve", Some(1)),
    case("guides/*.md\n", "guides/deep/b.md", "replace", None),
    case("guides/**/*.md\n", "guides/deep/b.md", "preserve", Some(1)),
    case("*.md\n", "guides/a.md", "replace", None),
    case("**/a.md\n", "guides/a.md", "preserve", Some(1)),
    case("guides\n", "guides/deep/b.md", "preserve", Some(1)),
    case("guides/\n", "guides/deep/b.md", "preserve", Some(1)),
    case("# guides\n\n   \nguides/a.??\n", "guides/a.md", "preserve", Some(4)),
    case("guides\n!guides/a.md\n", "guides/a.md", "replace", Some(2)),
    case("guides\n!guides/a.md\n", "guides/deep/b.md", "preserve", Some(1)),
    case("!guides/a.md\nguides\n", "guides/a.md", "preserve", Some(2)),
    case("guides\n!guides\nguides/a.*\n", "guides/a.md", "preserve", Some(3)),
    case("\u{feff}guides/a.md  \r\n", "guides/a.md", "preserve", Some(1)),
    case("guides/[a-c].md\n", "guides/a.md", "preserve", Some(1)),
    case("guides/[!a].md\n", "guides/a.md", "replace", None),
];

fn releases(sandbox: &Sandbox) -> [std::path::PathBuf; 2] {
    let first: &[_] = &[("guides/a.md", "a\n"), ("guides/deep/b.md", "b\n")];
    let second: &[_] = &[("guides/a.md", "A\n"), ("guides/deep/b.md", "B\n")];
    [
        sandbox.release("first", "1.0.0", first),
        sandbox.release("second", "1.1.0", second),
    ]
}

#[test]
fn the_last_match_wins_and_why_names_its_line() {
    for Case {
        preserve,
        path,
        expected,
    } in CASES
    {
        let sandbox = Sandbox::new();
        let [first, second] = releases(&sandbox);
        sandbox.install(&first);
        sandbox.edit(".mosaicpreserve", preserve);
        let why = sandbox.why(path, &second);
        let line = why["rule"]["line"]
            .as_u64()
            .filter(|_| why["rule"]["file"] == ".mosaicpreserve");
        assert_eq!(
            (why["action"].as_str().unwrap(), line),
            *expected,
            "{preserve:?} {path}"
        );
        let before = sandbox.read(path);
        let document = sandbox.update(&second, 0);
        assert_eq!(action(&document, path), expected.0, "{preserve:?} {path}");
        assert_eq!(
            sandbox.read(path) == before,
            expected.0 == "preserve",
            "{preserve:?} {path}"
        );
        assert_eq!(sandbox.read(".mosaicpreserve"), *preserve);
    }
}

#[test]
fn a_preserved_path_is_neither_written_nor_removed_and_its_record_sleeps() {
    let sandbox = Sandbox::new();
    let [first, second] = releases(&sandbox);
    sandbox.install(&first);
    sandbox.edit(".mosaicpreserve", "guides\n");
    std::fs::remove_file(sandbox.home().join("guides/a.md")).unwrap();
    let without = sandbox.release("without", "1.2.0", &[]);
    for bundle in [&second, &without, &second] {
        sandbox.update(bundle, 0);
        assert!(!sandbox.home().join("guides/a.md").exists());
        assert_eq!(sandbox.read("guides/deep/b.md"), "b\n");
    }
    sandbox.edit(".mosaicpreserve", "");
    let document = sandbox.update(&second, 0);
    assert_eq!(
        action(&document, "guides/a.md"),
        "write",
        "awake again, it is repaired"
    );
    assert_eq!(
        action(&document, "guides/deep/b.md"),
        "replace",
        "its base is still known"
    );
}

#[test]
fn a_preserve_file_may_be_a_link_to_a_folder_of_dotfiles() {
    let sandbox = Sandbox::new();
    let [first, second] = releases(&sandbox);
    sandbox.install(&first);
    write(&sandbox.path("dotfiles/preserve"), b"guides/a.md\n", 0o600);
    symlink(
        sandbox.path("dotfiles/preserve"),
        sandbox.home().join(".mosaicpreserve"),
    )
    .unwrap();
    let document = sandbox.update(&second, 0);
    assert_eq!(action(&document, "guides/a.md"), "preserve");
    assert!(sandbox.home().join(".mosaicpreserve").is_symlink());
    assert_eq!(
        changes(&document),
        [("guides/deep/b.md".to_owned(), "replace".to_owned())]
    );
}

#[test]
fn a_wrong_glob_is_shown_with_file_line_and_column() {
    let faults: [(&[u8], &str); 4] = [
        (b"ok\n  guides/[z-\n", ".mosaicpreserve:2:"),
        (b"# fine\n!\n", ".mosaicpreserve:2:"),
        (b"../outside\n", ".mosaicpreserve:1:1"),
        (b"\xff\n", ".mosaicpreserve"),
    ];
    for (text, place) in faults {
        let sandbox = Sandbox::new();
        let [first, second] = releases(&sandbox);
        sandbox.install(&first);
        write(&sandbox.home().join(".mosaicpreserve"), text, 0o644);
        let said = sandbox.refused(&["update", "--from", utf8(&second)], 1);
        assert!(said.contains(place), "{place}: {said}");
        let error = sandbox.json(&["update", "--from", utf8(&second)], 1);
        assert_eq!(error["schema"], "mosaic.error/1");
        if place.contains(':') {
            assert!(
                error["line"].is_u64() && error["column"].is_u64(),
                "{error}"
            );
        }
    }
}

#[test]
fn a_dangling_preserve_link_stops_the_update_rather_than_giving_everything_away() {
    let sandbox = Sandbox::new();
    let [first, second] = releases(&sandbox);
    sandbox.install(&first);
    symlink("nowhere", sandbox.home().join(".mosaicpreserve")).unwrap();
    let said = sandbox.refused(&["update", "--from", utf8(&second)], 1);
    assert!(said.contains(".mosaicpreserve"), "{said}");
}

#[test]
fn a_link_to_a_fifo_is_refused_and_nothing_waits_for_it() {
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.release("r1", "1.0.0", &[]));
    let fifo = sandbox.path("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
    std::os::unix::fs::symlink(&fifo, sandbox.home().join(".mosaicpreserve")).unwrap();
    let status = sandbox
        .mosaic(&["status"])
        .timeout(PATIENCE)
        .output()
        .unwrap();
    assert_eq!(status.status.code(), Some(1), "{status:?}");
}
