//! Files that grew past all bounds, and what is no file at all: refused by name, read by nobody.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::cli::scene::utf8;
use crate::support::patience::PATIENCE;
use crate::support::{Sandbox, write};

/// More than any limit, and none of it on the disk.
const SPARSE: u64 = 8 << 30;

/// A way to spoil what is at a path.
type Spoil = fn(&Path);

const SPOILS: [(Spoil, &str); 2] = [
    (
        |path| File::create(path).unwrap().set_len(SPARSE).unwrap(),
        "MiB",
    ),
    (
        |path| mknodat(CWD, path, FileType::Fifo, Mode::RUSR, 0).unwrap(),
        "regular file",
    ),
];

struct Read {
    /// Where the file is that is read.
    path: fn(&Sandbox) -> PathBuf,
    /// A command that reads it; `FILE` stands for the path.
    command: &'static [&'static str],
    status: i32,
}

#[rustfmt::skip]
const READS: &[Read] = &[
    Read { path: |s| s.home().join(".mosaicpreserve"), command: &["update", "--from", "next"], status: 1 },
    Read { path: |s| s.home().join(".mosaicpreserve"), command: &["status"], status: 1 },
    Read { path: |s| s.path("next/bundle.toml"), command: &["update", "--from", "next"], status: 1 },
    Read { path: |s| s.path("next/bundle.toml"), command: &["bundle", "check", "next"], status: 1 },
    Read { path: |s| s.path("mine.md"), command: &["resolve", "a.md", "--merged", "FILE"], status: 2 },
    Read { path: |s| s.path("roster.yaml"), command: &["fleet", "start", "--roster", "FILE"], status: 1 },
    Read { path: |s| s.path("matrix/one/case.toml"), command: &["matrix", "run", "matrix"], status: 1 },
];

#[test]
fn are_refused_by_name_and_nothing_waits_for_them() {
    for Read {
        path,
        command,
        status,
    } in READS
    {
        for (spoil, says) in SPOILS {
            let sandbox = Sandbox::new();
            sandbox.install(&sandbox.release("first", "1.0.0", &[("a.md", "a\n")]));
            sandbox.release("next", "1.1.0", &[("a.md", "b\n")]);
            fs::create_dir_all(sandbox.path("homes")).unwrap();
            fs::create_dir_all(sandbox.path("matrix/one")).unwrap();
            let path = path(&sandbox);
            fs::remove_file(&path).ok();
            spoil(&path);
            let words = command.iter();
            let words = words.map(|word| if *word == "FILE" { utf8(&path) } else { word });
            let run = sandbox
                .mosaic(&words.collect::<Vec<_>>())
                .timeout(PATIENCE)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&run.stderr);
            let name = path.file_name().unwrap().to_str().unwrap();
            assert_eq!(run.status.code(), Some(*status), "{command:?}: {said}");
            let is_pipe_named_by_person = *status == 2 && says != "MiB";
            let says = if is_pipe_named_by_person {
                "nobody writes"
            } else {
                says
            };
            assert!(
                said.contains(name) && said.contains(says),
                "{command:?}: {said}"
            );
        }
    }
}

#[test]
fn a_pipe_that_somebody_writes_to_is_a_merge() {
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.release("first", "1.0.0", &[("a.md", "a\n")]));
    sandbox.edit("a.md", "mine\n");
    sandbox.update(&sandbox.release("next", "1.1.0", &[("a.md", "b\n")]), 3);
    let program = env!("CARGO_BIN_EXE_mosaic");
    let script = format!("{program} resolve a.md --merged <(echo both)");
    let shell = sandbox.mosaic(&[]);
    let shell = shell
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    let mut bash = std::process::Command::new("bash");
    bash.env_clear().envs(shell).args(["-c", &script]);
    let run = bash.current_dir(sandbox.path("")).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    assert_eq!(sandbox.read("a.md"), "both\n");
}

#[test]
fn a_list_of_ten_thousand_globs_works() {
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.release("first", "1.0.0", &[("a.md", "a\n")]));
    let next = sandbox.release("next", "1.1.0", &[("a.md", "b\n")]);
    write(
        &sandbox.home().join(".mosaicpreserve"),
        "**\n".repeat(10_000).as_bytes(),
        0o644,
    );
    let why = sandbox.why("a.md", &next);
    assert_eq!(why["rule"]["line"], 10_000);
    assert_eq!(why["rule"]["file"], ".mosaicpreserve");
}

/// An edit that is larger than all the room that the program gets is compared, never held.
#[test]
fn an_edit_past_all_bounds_is_a_conflict_and_no_more() {
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.release("first", "1.0.0", &[("a.md", "a\n"), ("b.md", "b\n")]));
    sandbox.release("next", "1.1.0", &[("a.md", "b\n"), ("b.md", "c\n")]);
    sandbox.run(&["update", "-q", "--from", "next"], 0);
    sandbox.release("last", "1.2.0", &[("a.md", "c\n"), ("b.md", "d\n")]);
    let huge = File::create(sandbox.home().join("a.md")).unwrap();
    huge.set_len(300 << 20).unwrap();
    let program = env!("CARGO_BIN_EXE_mosaic");
    for (command, status) in [
        ("diff", 0),
        ("diff --incoming --from last", 0),
        ("rollback 1 --dry-run", 0),
        ("update -q --from last", 3),
        ("rollback 1", 3),
        ("history show 2", 0),
    ] {
        let script = format!("ulimit -v 270000; exec {program} {command}");
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script]).current_dir(sandbox.path(""));
        shell.env_clear().env("HOME", sandbox.path("user"));
        let run = shell.env("MOSAIC_THREADS", "1").output().unwrap();
        assert_eq!(run.status.code(), Some(status), "{command}: {run:?}");
    }
    assert_eq!(sandbox.read("b.md"), "b\n");
    let length = fs::metadata(sandbox.home().join("a.md")).unwrap().len();
    assert_eq!(length, 300 << 20);
}
