//! How often the main paths call the kernel, on a thousand files: `calls.txt` has what it was, and nothing grows by more
//! than a twentieth unseen. `UPDATE_CALLS=1` writes it anew.
//!
//! Calls are the same on every machine. Instructions cannot be counted on many: virtual machines have no counters for
//! them, and Debian 12's valgrind does not know openat2.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::{Sandbox, write};

const FILES: usize = 1000;
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/calls.txt");
/// Calls by what they are for. Others are the memory's, the threads' and the loader's, and depend on the machine.
const KINDS: [(&str, &[&str]); 5] = [
    (
        "look",
        &[
            "statx",
            "newfstatat",
            "getdents64",
            "readlink",
            "readlinkat",
            "fstatfs",
            "statfs",
            "ioctl",
        ],
    ),
    ("open", &["openat", "openat2", "open", "close"]),
    ("read", &["read", "pread64", "getxattr", "flistxattr"]),
    (
        "change",
        &[
            "write",
            "renameat2",
            "renameat",
            "linkat",
            "mkdirat",
            "unlinkat",
            "fchmod",
            "ftruncate",
        ],
    ),
    ("sync", &["fsync", "fdatasync", "syncfs"]),
];
/// So many more are no growth: a library that the loader looks for, one thread more.
const SLACK: usize = 6;
/// Where the stat cache trusts stamps as it does on most machines: ext4, XFS, btrfs, tmpfs, overlayfs.
const COMMON: [i64; 5] = [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630];

type Calls = BTreeMap<String, usize>;

#[test]
fn no_main_path_calls_the_kernel_more_often_than_it_did() {
    let sandbox = Sandbox::new();
    let kind = rustix::fs::statfs(sandbox.path(""))
        .expect("it is there")
        .f_type;
    if !COMMON.contains(&kind) {
        println!("skipped: not counted on a file system of kind {kind:#x}");
        return;
    }
    let counted = played(&sandbox);
    if std::env::var_os("UPDATE_CALLS").is_some() {
        fs::write(KEPT, text(&counted)).expect("it is kept");
        return;
    }
    let kept = fs::read_to_string(KEPT).expect("it is kept");
    let mut grown = String::new();
    for (work, calls) in &counted {
        for (kind, number) in calls {
            let before = kept_number(&kept, work, kind);
            if *number > before + (before / 20).max(SLACK) {
                let _ = writeln!(grown, "{work}: {kind} {before} -> {number}");
            }
        }
    }
    assert!(
        grown.is_empty(),
        "more calls than before:\n{grown}of all:\n{}",
        text(&counted)
    );
}

/// Each main path, in the order of a home's life.
fn played(sandbox: &Sandbox) -> Vec<(&'static str, Calls)> {
    for (name, version) in [("first", "1.0.0"), ("second", "1.1.0")] {
        make(&sandbox.path(name), version);
        let archive = format!("{name}.tar.zst");
        sandbox.run(&["bundle", "pack", name, "-o", &archive], 0);
    }
    let archive = ["--home", "packed", "--from", "first.tar.zst"];
    let directory = ["--home", "plain", "--from", "first"];
    let second = ["--home", "plain", "--from", "second"];
    let mut counted = Vec::new();
    let mut count = |work, words: &[&[&str]]| counted.push((work, calls(sandbox, &words.concat())));
    count("start", &[&["--version"]]);
    count("first install: archive", &[&["install"], &archive]);
    count("first install: directory", &[&["install"], &directory]);
    for home in [archive, directory] {
        sandbox.run(&[&["update"][..], &home].concat(), 0);
    }
    count("nothing to do: archive", &[&["update"], &archive]);
    count("nothing to do: directory", &[&["update"], &directory]);
    count("status", &[&["status", "--home", "plain"]]);
    count("1% changed: dry run", &[&["update", "--dry-run"], &second]);
    count("1% changed: directory", &[&["update"], &second]);
    count("rollback", &[&["rollback", "--home", "plain"]]);
    count("gc", &[&["gc", "--keep", "0", "--home", "plain"]]);
    count("uninstall", &[&["uninstall", "--yes", "--home", "plain"]]);
    counted
}

/// A release of three files a folder; every hundredth differs from one to the next.
fn make(root: &Path, version: &str) {
    let manifest = format!("name = \"counted\"\nversion = \"{version}\"\n");
    write(&root.join("bundle.toml"), manifest.as_bytes(), 0o644);
    for file in 0..FILES {
        let changes = if file % 100 == 7 { version } else { "" };
        let path = root.join(format!("d{}/d{:03}/f{file:04}", file / 300, file / 3));
        write(&path, format!("{file} {changes}\n").as_bytes(), 0o644);
    }
}

fn calls(sandbox: &Sandbox, words: &[&str]) -> Calls {
    let all: Vec<_> = KINDS
        .iter()
        .flat_map(|(_, calls)| *calls)
        .copied()
        .collect();
    let traced = format!("trace={},futex", all.join(","));
    let strace = ["-f", "-c", "-o", "counted", "-e", &traced];
    let mut traced = sandbox.traced(&strace, words);
    let output = traced
        .env("MOSAIC_THREADS", "2")
        .output()
        .expect("strace runs");
    assert!(
        output.status.success(),
        "{words:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let summary = fs::read_to_string(sandbox.path("counted")).expect("strace wrote it");
    let number = |call: &str| {
        let rows = summary
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        let mut rows = rows.filter(|row| row.len() >= 5 && row.last() == Some(&call));
        rows.next()
            .map_or(0, |row| row[3].parse().expect("a number"))
    };
    // Two threads that wait for each other with every file lose more than they win.
    assert!(number("futex") < FILES, "{words:?}: {summary}");
    let sum = |calls: &[&str]| calls.iter().map(|call| number(call)).sum();
    KINDS
        .iter()
        .map(|(kind, calls)| ((*kind).to_owned(), sum(calls)))
        .collect()
}

fn text(counted: &[(&str, Calls)]) -> String {
    let mut text = format!("{:26}", "work");
    for (kind, _) in KINDS {
        let _ = write!(text, "{kind:>8}");
    }
    for (work, calls) in counted {
        let _ = write!(text, "\n{work:26}");
        for (kind, _) in KINDS {
            let _ = write!(text, "{:>8}", calls[kind]);
        }
    }
    text + "\n"
}

fn kept_number(kept: &str, work: &str, kind: &str) -> usize {
    let row = kept
        .lines()
        .find(|line| line.get(..26).map(str::trim) == Some(work));
    let row = row.unwrap_or_else(|| panic!("{work} is not kept: UPDATE_CALLS=1 adds it"));
    let column = KINDS
        .iter()
        .position(|(name, _)| *name == kind)
        .expect("a kind");
    let numbers = row[26..].split_whitespace();
    numbers
        .skip(column)
        .find_map(|number| number.parse().ok())
        .expect("a number")
}
