//! The decision table for framework files, row by row, from bundle directories to the live file.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::cli::scene::{action, conflicts};
use crate::support::{Sandbox, tree, write};

const PATH: &str = "guides/a.md";

/// What is on disk when the update comes.
#[derive(Debug, Clone)]
enum Found {
    Nothing,
    AsRecorded,
    /// What a release before the recorded one shipped here: a restored backup.
    OfEarlierRelease(Vec<u8>),
    Bytes(Vec<u8>),
    Directory,
    Link,
    DanglingLink,
    Fifo,
    Socket,
    ParentIsFile,
    ParentLinksInside,
    ParentLinksOut,
}

/// What is live afterwards.
#[derive(Debug, Clone, PartialEq)]
enum Live {
    Wanted,
    AsFound,
    Bytes(Vec<u8>),
    Gone,
}

/// What the record says afterwards.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Recorded {
    Want,
    AsBefore,
    Nothing,
}

struct Row {
    want: Option<Vec<u8>>,
    record: Option<Vec<u8>>,
    found: Found,
    action: &'static str,
    live: Live,
    recorded: Recorded,
}

fn row(
    (want, record, found): (Option<Vec<u8>>, Option<Vec<u8>>, Found),
    action: &'static str,
    live: Live,
    recorded: Recorded,
) -> Row {
    Row {
        want,
        record,
        found,
        action,
        live,
        recorded,
    }
}

fn t(text: &str) -> Option<Vec<u8>> {
    Some(text.as_bytes().to_vec())
}

fn found(text: &str) -> Found {
    Found::Bytes(text.as_bytes().to_vec())
}

fn huge(first: &str) -> Vec<u8> {
    [first.as_bytes(), &b"0123456789abcde\n".repeat(1 << 18)].concat()
}

fn earlier(text: &str) -> Found {
    Found::OfEarlierRelease(text.as_bytes().to_vec())
}

const BASE: &str = "one\ntwo\nthree\nfour\nfive\n";
const SHIPPED: &str = "one\ntwo\nthree\nfour\nFIVE\n";
const EDITED: &str = "ONE\ntwo\nthree\nfour\nfive\n";
const JOINED: &str = "ONE\ntwo\nthree\nfour\nFIVE\n";
const CLASHING: &str = "one\ntwo\nthree\nfour\nmine\n";

#[rustfmt::skip]
fn rows_of_contents() -> Vec<Row> {
    use Found::{AsRecorded, Nothing};
    use Live::{AsFound, Bytes, Gone, Wanted};
    use Recorded::{AsBefore, Want};
    let crlf = |text: &str| text.replace('\n', "\r\n").into_bytes();
    vec![
        row((t("w"), None, Nothing), "write", Wanted, Want),
        row((t(""), None, Nothing), "write", Wanted, Want),
        row((t("w"), None, found("w")), "adopt", AsFound, Want),
        row((t("w"), None, found("f")), "conflict", AsFound, Recorded::Nothing),
        row((t("w"), None, found("")), "conflict", AsFound, Recorded::Nothing),
        row((t("w"), None, earlier("e")), "replace", Wanted, Want),
        row((t("s"), t("s"), AsRecorded), "keep", AsFound, Want),
        row((t("s"), t("s"), earlier("e")), "replace", Wanted, Want),
        row((t("s"), t("s"), found("f")), "edited", AsFound, Want),
        row((t("s"), t("s"), Found::Bytes(vec![0, 255])), "edited", AsFound, Want),
        row((t("w"), t("s"), AsRecorded), "replace", Wanted, Want),
        row((Some(vec![0, 1]), Some(vec![0, 2]), AsRecorded), "replace", Wanted, Want),
        row((t("w"), t("s"), found("w")), "adopt", AsFound, Want),
        row((t("w"), t("s"), earlier("w")), "adopt", AsFound, Want),
        row((t("w"), t("s"), earlier("s")), "replace", Wanted, Want),
        row((t(SHIPPED), t(BASE), earlier(EDITED)), "replace", Wanted, Want),
        row((t("w"), t("s"), Found::OfEarlierRelease(vec![0, 255])), "replace", Wanted, Want),
        row((t(SHIPPED), t(BASE), found(EDITED)), "merge", Bytes(JOINED.into()), Want),
        row((t(SHIPPED), t(BASE), found(CLASHING)), "conflict", AsFound, AsBefore),
        row((Some(crlf(SHIPPED)), Some(crlf(BASE)), Found::Bytes(crlf(EDITED))), "merge", Bytes(crlf(JOINED)), Want),
        row((t(SHIPPED), t(BASE), Found::Bytes(crlf(BASE))), "conflict", AsFound, AsBefore),
        row((t(SHIPPED), t(BASE), Found::Bytes(b"ONE\0\n".to_vec())), "conflict", AsFound, AsBefore),
        row((t(SHIPPED), t(BASE), Found::Bytes(b"\xff\n".to_vec())), "conflict", AsFound, AsBefore),
        row((Some(vec![0]), t(BASE), found(EDITED)), "conflict", AsFound, AsBefore),
        row((t(SHIPPED), Some(vec![0]), found(EDITED)), "conflict", AsFound, AsBefore),
        row((Some(huge("w")), Some(huge("s")), AsRecorded), "replace", Wanted, Want),
        row((Some(huge("w")), Some(huge("s")), Found::Bytes(huge("f"))), "conflict", AsFound, AsBefore),
        row((t(SHIPPED), t(BASE), Found::Bytes(huge("f"))), "conflict", AsFound, AsBefore),
        row((t("w"), t("s"), Nothing), "write", Wanted, Want),
        row((t("s"), t("s"), Nothing), "write", Wanted, Want),
        row((None, t("s"), AsRecorded), "remove", Gone, Recorded::Nothing),
        row((None, t("s"), found("f")), "release", AsFound, Recorded::Nothing),
        row((None, t("s"), earlier("e")), "release", AsFound, Recorded::Nothing),
        row((None, t("s"), Nothing), "forget", Gone, Recorded::Nothing),
        row((None, None, found("f")), "none", AsFound, Recorded::Nothing),
        row((None, None, Nothing), "none", Gone, Recorded::Nothing),
    ]
}

/// Something that is no file in its place, or above it: a conflict wherever something is wanted.
fn rows_of_kinds() -> Vec<Row> {
    use Found::{DanglingLink, Directory, Fifo, Link, ParentIsFile, ParentLinksInside, Socket};
    let wants = [(t("w"), None), (t("s"), t("s")), (t("w"), t("s"))];
    let mut rows = Vec::new();
    for kind in [
        Directory,
        Link,
        DanglingLink,
        Fifo,
        Socket,
        ParentIsFile,
        ParentLinksInside,
    ] {
        for (want, record) in wants.clone() {
            rows.push(row(
                (want, record, kind.clone()),
                "conflict",
                Live::AsFound,
                Recorded::AsBefore,
            ));
        }
    }
    for kind in [Directory, Link, DanglingLink, Fifo, Socket] {
        rows.push(row(
            (None, t("s"), kind),
            "release",
            Live::AsFound,
            Recorded::Nothing,
        ));
    }
    rows.push(row(
        (None, t("s"), ParentIsFile),
        "forget",
        Live::AsFound,
        Recorded::Nothing,
    ));
    for (want, record) in wants.into_iter().chain([(None, t("s"))]) {
        rows.push(row(
            (want, record, Found::ParentLinksOut),
            "preserve",
            Live::AsFound,
            Recorded::AsBefore,
        ));
    }
    rows
}

#[test]
fn every_row_of_contents() {
    rows_of_contents().into_iter().for_each(check);
}

#[test]
fn every_row_of_kinds() {
    rows_of_kinds().into_iter().for_each(check);
}

/// What an earlier release shipped is outdated, unless the operator asked to keep his own there.
#[test]
fn an_earlier_content_is_said_to_be_outdated_and_stays_where_a_mine_stands() {
    let sandbox = Sandbox::new();
    let [earlier, first, second, third] = [
        ("earlier", "0.9.0", "e"),
        ("first", "1.0.0", BASE),
        ("second", "1.1.0", SHIPPED),
        ("third", "1.2.0", "one\n"),
    ]
    .map(|(name, version, content)| sandbox.release(name, version, &[(PATH, content)]));
    sandbox.install(&earlier);
    sandbox.update(&first, 0);
    let live = sandbox.home().join(PATH);

    write(&live, b"e", 0o644);
    let reason = sandbox.why(PATH, &first)["reason"].to_string();
    assert!(reason.contains("outdated, not edited"), "{reason}");

    write(&live, CLASHING.as_bytes(), 0o644);
    sandbox.update(&second, 3);
    sandbox.run(&["resolve", PATH, "--mine"], 0);
    write(&live, b"e", 0o644);
    let document = sandbox.update(&second, 0);
    assert_eq!(action(&document, PATH), "edited");
    assert_eq!(fs::read(&live).expect("readable"), b"e");

    // A later want asks again; it does not take what the operator chose to keep.
    let document = sandbox.update(&third, 3);
    assert_eq!(action(&document, PATH), "conflict");
    assert_eq!(fs::read(&live).expect("readable"), b"e");
}

fn check(row: Row) {
    let sandbox = Sandbox::new();
    let [first, second] = [
        ("first", "1.0.0", &row.record),
        ("second", "1.1.0", &row.want),
    ]
    .map(|(name, version, content)| {
        let bundle = sandbox.release(name, version, &[]);
        if let Some(content) = content {
            sandbox.ship(&bundle, PATH, content, 0o644);
        }
        bundle
    });
    match &row.found {
        Found::OfEarlierRelease(content) => {
            let earlier = sandbox.release("earlier", "0.9.0", &[]);
            sandbox.ship(&earlier, PATH, content, 0o644);
            sandbox.install(&earlier);
            sandbox.update(&first, 0);
        }
        _ => sandbox.install(&first),
    }
    put(&sandbox, &row.found);
    let before = (
        sandbox.tree(),
        tree(&sandbox.path("outside")),
        sandbox.why(PATH, &second),
    );
    let parks = row.action == "conflict";
    let document = sandbox.update(&second, if parks { 3 } else { 0 });
    let case = describe(&row);
    assert_eq!(action(&document, PATH), row.action, "{case}");
    assert_eq!(
        before.2["action"], row.action,
        "why foretold something else: {case}"
    );
    check_live(&sandbox, &row, &before.0, &case);
    assert_eq!(
        tree(&sandbox.path("outside")),
        before.1,
        "written through a link: {case}"
    );
    let after = sandbox.why(PATH, &second);
    let recorded = match row.recorded {
        Recorded::Want => &before.2["want"],
        Recorded::AsBefore => &before.2["record"],
        Recorded::Nothing => &serde_json::Value::Null,
    };
    assert_eq!(after["record"], *recorded, "record: {case}");
    assert_eq!(conflicts(&document).contains(&PATH), parks, "{case}");
    if let (true, Some(want)) = (parks, &row.want) {
        let parked = fs::read(
            sandbox
                .home()
                .join(format!(".mosaic/conflicts/{PATH}.shipped")),
        )
        .expect("parked");
        assert_eq!(parked, *want, "{case}");
    }
}

fn describe(row: &Row) -> String {
    let short = |content: &Option<Vec<u8>>| {
        content
            .as_ref()
            .map(|bytes| String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned())
    };
    let found = format!("{:?}", row.found)
        .chars()
        .take(60)
        .collect::<String>();
    format!(
        "want {:?}, record {:?}, found {found}",
        short(&row.want),
        short(&row.record)
    )
}

fn check_live(sandbox: &Sandbox, row: &Row, before: &crate::support::Tree, case: &str) {
    let mut expected = before.clone();
    let mode = before.get(PATH).map_or(0o644, |(_, mode, _)| *mode);
    let content = match &row.live {
        Live::Wanted => row.want.clone(),
        Live::Bytes(content) => Some(content.clone()),
        Live::AsFound => return assert_eq!(sandbox.tree(), expected, "{case}"),
        Live::Gone => None,
    };
    match content {
        Some(content) => {
            expected
                .entry("guides".to_owned())
                .or_insert(("directory", 0o755, Vec::new()));
            expected.insert(PATH.to_owned(), ("file", mode, content));
        }
        None => {
            expected.remove(PATH);
            if matches!(row.found, Found::AsRecorded) {
                expected.remove("guides");
            }
        }
    }
    assert_eq!(sandbox.tree(), expected, "{case}");
}

fn put(sandbox: &Sandbox, found: &Found) {
    let (home, live) = (sandbox.home(), sandbox.home().join(PATH));
    match found {
        Found::AsRecorded => return,
        Found::ParentIsFile | Found::ParentLinksInside | Found::ParentLinksOut => {
            return put_parent(sandbox, found);
        }
        _ => {}
    }
    // Whoever removes the last file keeps the directory: only Mosaic tidies up after itself.
    if fs::remove_file(&live).is_err() && !matches!(found, Found::Nothing) {
        fs::create_dir_all(home.join("guides")).expect("a directory");
    }
    match found {
        Found::Bytes(content) | Found::OfEarlierRelease(content) => write(&live, content, 0o644),
        Found::Directory => write(&live.join("inside"), b"mine", 0o600),
        Found::Link => symlink("../anchor/1", &live).expect("a link"),
        Found::DanglingLink => symlink("nowhere", &live).expect("a link"),
        Found::Fifo => mknodat(CWD, &live, FileType::Fifo, Mode::RUSR, 0).expect("a fifo"),
        Found::Socket => drop(bind(&live)),
        _ => {}
    }
}

/// Socket addresses are short; the scratch folder may not be.
fn bind(path: &Path) -> UnixListener {
    let short = tempfile::Builder::new()
        .prefix("s")
        .tempdir_in("/tmp")
        .expect("a short folder");
    let listener = UnixListener::bind(short.path().join("s")).expect("a socket");
    fs::rename(short.path().join("s"), path).expect("moved into place");
    listener
}

fn put_parent(sandbox: &Sandbox, found: &Found) {
    let (home, parent) = (sandbox.home(), sandbox.home().join("guides"));
    let beside = match found {
        Found::ParentLinksOut => sandbox.path("outside"),
        _ => home.join("elsewhere"),
    };
    if fs::rename(&parent, &beside).is_err() {
        write(&beside.join("mine.md"), b"mine", 0o644);
    }
    match found {
        Found::ParentIsFile => write(&parent, b"mine", 0o644),
        Found::ParentLinksInside => symlink("elsewhere", &parent).expect("a link"),
        _ => symlink(&beside, &parent).expect("a link"),
    }
}
