//! A state that other tools damaged: what can still be told is told, an update works on or is refused with advice that
//! mends it as it is typed, and nothing that was kept is lost.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use crate::cli::scene::utf8;
use crate::support::Sandbox;

const BASE: &str = "one\ntwo\nthree\nfour\nfive\n";
const EDITED: &str = "ONE\ntwo\nthree\nfour\nfive\n";
const SECOND: &str = "one\ntwo\nthree\nfour\nFIVE\n";
const LAST: &str = "one\ntwo\nTHREE\nfour\nFIVE\n";
const JOINED: &str = "ONE\ntwo\nTHREE\nfour\nFIVE\n";

/// A home at its third generation, with an edit that was merged and one that is in conflict.
fn scene() -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, version, a, b) in [
        ("r1", "1.0.0", BASE, "b1\n"),
        ("r2", "1.1.0", SECOND, "b2\n"),
        ("r3", "1.2.0", SECOND, "b3\n"),
        ("r4", "1.3.0", LAST, "b4\n"),
    ] {
        let c = format!("c{version}\n");
        sandbox.release(name, version, &[("g/a", a), ("g/b", b), ("g/c", &c)]);
    }
    sandbox.install(&sandbox.path("r1"));
    sandbox.edit("g/a", EDITED);
    sandbox.edit("notes", "mine\n");
    sandbox.update(&sandbox.path("r2"), 0);
    sandbox.edit("g/b", "mine\n");
    sandbox.update(&sandbox.path("r3"), 3);
    sandbox
}

fn cut(path: &Path) {
    let content = fs::read(path).unwrap();
    fs::write(path, &content[..content.len() / 2]).unwrap();
}

fn garbage(path: &Path) {
    fs::write(path, "garbage\n").unwrap();
}

fn folder_for(path: &Path) {
    fs::remove_file(path).ok();
    fs::create_dir(path).unwrap();
}

fn file_for(path: &Path) {
    if path.exists() {
        fs::rename(path, path.with_extension("kept")).unwrap();
    }
    garbage(path);
}

/// Both sides of a conflict get names of their own, as rclone 1.60 does it.
fn renamed(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let side = |ending| format!("{}..path{ending}", utf8(&path));
            fs::copy(&path, side(2)).unwrap();
            fs::rename(&path, side(1)).unwrap();
        }
    }
}

/// The copies that syncthing leaves beside the files of a conflict.
fn copied(folder: &Path) {
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let copy = format!(
                "{}.sync-conflict-20260101-120000-ABCDEFG",
                utf8(entry.path())
            );
            fs::copy(entry.path(), copy).unwrap();
        }
    }
}

/// A run that ends right after its commit point.
fn interrupt(state: &Path) {
    let home = state.parent().unwrap();
    let folder = home.ancestors().nth(3).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
    let command = command.env("MOSAIC_CRASH_AT", "CommitDurable");
    let command = command.args(["update", "-q", "--home", utf8(home), "--from"]);
    command.arg(folder.join("r4")).status().unwrap();
    assert!(state.join("commit").is_dir());
}

/// Damage: its name, what does it to `.mosaic`, and whether a changing command must refuse it.
type Damage = (&'static str, fn(&Path), bool);

const DAMAGES: &[Damage] = &[
    (
        "no record",
        |s| fs::remove_file(s.join("generations/3/record")).unwrap(),
        true,
    ),
    (
        "a record that is cut",
        |s| cut(&s.join("generations/3/record")),
        true,
    ),
    (
        "a record that is garbage",
        |s| garbage(&s.join("generations/3/record")),
        true,
    ),
    (
        "an empty record",
        |s| fs::write(s.join("generations/3/record"), "").unwrap(),
        true,
    ),
    (
        "a folder for a record",
        |s| folder_for(&s.join("generations/3/record")),
        true,
    ),
    (
        "files with other names",
        |s| renamed(&s.join("generations/3")),
        true,
    ),
    (
        "no record in two generations",
        |s| {
            fs::remove_file(s.join("generations/3/record")).unwrap();
            fs::remove_file(s.join("generations/2/record")).unwrap();
        },
        true,
    ),
    (
        "no record at all",
        |s| {
            for number in 1..=3 {
                cut(&s.join(format!("generations/{number}/record")));
            }
        },
        true,
    ),
    (
        "a generation of nothing",
        |s| fs::create_dir(s.join("generations/9")).unwrap(),
        true,
    ),
    (
        "a file for a generation",
        |s| file_for(&s.join("generations/3")),
        true,
    ),
    (
        "a file for the generations",
        |s| file_for(&s.join("generations")),
        true,
    ),
    (
        "no journal",
        |s| fs::remove_file(s.join("generations/3/journal")).unwrap(),
        false,
    ),
    (
        "a journal that is cut",
        |s| cut(&s.join("generations/3/journal")),
        false,
    ),
    (
        "another generation's journal",
        |s| {
            fs::copy(
                s.join("generations/2/journal"),
                s.join("generations/3/journal"),
            )
            .unwrap();
        },
        false,
    ),
    (
        "an older record that is cut",
        |s| cut(&s.join("generations/2/record")),
        false,
    ),
    (
        "an older journal that is garbage",
        |s| garbage(&s.join("generations/2/journal")),
        false,
    ),
    (
        "an older generation without files",
        |s| renamed(&s.join("generations/2")),
        false,
    ),
    (
        "a gap",
        |s| fs::rename(s.join("generations/2"), s.join("kept")).unwrap(),
        false,
    ),
    (
        "a list of pending that is garbage",
        |s| garbage(&s.join("generations/3/pending")),
        false,
    ),
    (
        "a folder for the list of pending",
        |s| folder_for(&s.join("generations/3/pending")),
        false,
    ),
    (
        "no displaced files",
        |s| fs::rename(s.join("generations/3/files"), s.join("kept")).unwrap(),
        false,
    ),
    (
        "bases that are cut",
        |s| cut(&s.join("generations/1/bases")),
        false,
    ),
    (
        "an index of bases that is garbage",
        |s| garbage(&s.join("generations/1/bases.index")),
        false,
    ),
    ("copies of everything", copied, false),
    (
        "a copy of a generation",
        |s| {
            fs::create_dir(s.join("generations/3..path1")).unwrap();
            garbage(&s.join("generations/3..path1/record"));
        },
        false,
    ),
    (
        "a file for the conflicts",
        |s| file_for(&s.join("conflicts")),
        false,
    ),
    (
        "no conflicts",
        |s| fs::rename(s.join("conflicts"), s.join("kept")).unwrap(),
        false,
    ),
    (
        "a folder for the cache",
        |s| folder_for(&s.join("cache")),
        false,
    ),
    (
        "a cache that is garbage",
        |s| garbage(&s.join("cache")),
        false,
    ),
    (
        "a file for what is prepared",
        |s| garbage(&s.join("tx")),
        false,
    ),
    ("a file for the packs", |s| garbage(&s.join("packs")), false),
    ("a file for what goes", |s| garbage(&s.join("gone")), false),
    (
        "a folder for .gitignore",
        |s| folder_for(&s.join(".gitignore")),
        false,
    ),
    (
        "no lock",
        |s| fs::remove_file(s.join("lock")).unwrap(),
        false,
    ),
    (
        "a folder for the lock",
        |s| folder_for(&s.join("lock")),
        true,
    ),
    (
        "open to all",
        |s| fs::set_permissions(s, fs::Permissions::from_mode(0o755)).unwrap(),
        false,
    ),
    ("a file for the state", file_for, true),
    (
        "a link to nothing for the state",
        |s| {
            fs::rename(s, s.with_extension("kept")).unwrap();
            symlink("/nowhere/at/all", s).unwrap();
        },
        true,
    ),
    (
        "a link to the state elsewhere",
        |s| {
            let elsewhere = s.with_file_name("elsewhere");
            fs::rename(s, &elsewhere).unwrap();
            symlink(elsewhere, s).unwrap();
        },
        true,
    ),
    (
        "an interrupted run without a record",
        |s| {
            interrupt(s);
            fs::remove_file(s.join("commit/record")).unwrap();
        },
        true,
    ),
    (
        "an interrupted run with half a journal",
        |s| {
            interrupt(s);
            cut(&s.join("commit/journal"));
        },
        true,
    ),
    (
        "an interrupted run of nothing",
        |s| fs::create_dir(s.join("commit")).unwrap(),
        true,
    ),
    (
        "a file for an interrupted run",
        |s| garbage(&s.join("commit")),
        true,
    ),
    (
        "an interrupted run over a damaged generation",
        |s| {
            interrupt(s);
            cut(&s.join("generations/3/record"));
        },
        false,
    ),
];

/// Runs the program for people, with all that they see in one text.
fn said(sandbox: &Sandbox, arguments: &[&str]) -> (i32, String) {
    let output = sandbox.mosaic(arguments).output().unwrap();
    seen(&output, &format!("mosaic {arguments:?}"))
}

fn seen(output: &Output, what: &str) -> (i32, String) {
    let text = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(!text.contains("panicked"), "{what}: {text}");
    (output.status.code().expect("no signal"), text)
}

/// Types what the advice ends with.
fn type_advice(sandbox: &Sandbox, said: &str) {
    let advice = said.lines().find_map(|line| line.strip_prefix("help: "));
    let advice = advice.unwrap_or_else(|| panic!("no advice: {said}"));
    let (_, command) = advice.rsplit_once(": ").expect("a command");
    let folder = sandbox.path("bin");
    fs::create_dir_all(&folder).unwrap();
    symlink(env!("CARGO_BIN_EXE_mosaic"), folder.join("mosaic")).ok();
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).env_clear();
    shell.env("PATH", format!("{}:/usr/bin:/bin", utf8(&folder)));
    let output = shell.env("HOME", sandbox.path("user")).output().unwrap();
    let (status, text) = seen(&output, command);
    assert!([0, 3].contains(&status), "{command}: {status}: {text}");
}

/// The contents of all that is kept, wherever it is.
fn kept(home: &Path) -> BTreeSet<Vec<u8>> {
    let is_kept = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        !["cache", "lock", "tx", ".gitignore"]
            .iter()
            .any(|it| name == *it)
    };
    let entries = walkdir::WalkDir::new(home).into_iter();
    let entries = entries.filter_map(Result::ok);
    let files = entries.filter(|it| it.file_type().is_file() && is_kept(it.path()));
    files.map(|it| fs::read(it.path()).unwrap()).collect()
}

#[test]
fn whatever_is_damaged_is_told_and_an_update_works_on_or_says_what_mends_it() {
    for (damage, break_state, must_refuse) in DAMAGES {
        let sandbox = scene();
        let (home, state) = (sandbox.home(), sandbox.home().join(".mosaic"));
        let live = sandbox.tree();
        break_state(&state);
        let was_kept = kept(&home);
        for command in [
            &["status"][..],
            &["verify"],
            &["history"],
            &["why", "g/a"],
            &["diff"],
            &["doctor"],
            &["gc", "--dry-run"],
            &["update", "--dry-run", "--from", "r4"],
            &["rollback", "--dry-run"],
        ] {
            let (status, text) = said(&sandbox, command);
            let is_told = [0, 3, 4].contains(&status);
            let has_advice = text.lines().any(|line| line.starts_with("help: "));
            assert!(
                is_told || status == 1 && has_advice,
                "{damage}: {command:?}: {status}: {text}"
            );
        }
        let (status, text) = said(&sandbox, &["update", "--from", "r4"]);
        assert_eq!(
            status == 1 || text.contains("error:"),
            *must_refuse,
            "{damage}: {status}: {text}"
        );
        assert_eq!(
            text.matches("error:").count(),
            usize::from(*must_refuse),
            "{damage}: {text}"
        );
        if *must_refuse {
            type_advice(&sandbox, &text);
            let is_kept = kept(&home);
            let lost: Vec<_> = was_kept.difference(&is_kept).collect();
            assert_eq!(lost.len(), 0, "{damage}");
            let (status, text) = said(&sandbox, &["update", "--from", "r4"]);
            assert!([0, 3].contains(&status), "{damage}: {status}: {text}");
        }
        assert!(
            !live.is_empty() && sandbox.read("notes") == "mine\n",
            "{damage}"
        );
        assert_eq!(sandbox.read("g/b"), "mine\n", "{damage}");
        // Where neither record nor journal is left, nobody can tell whose the file is: then what ships is parked.
        let is_parked = || sandbox.parked("g/c") == "c1.3.0\n";
        assert!(sandbox.read("g/c") == "c1.3.0\n" || is_parked(), "{damage}");
        assert!(sandbox.read("g/a").starts_with("ONE\n"), "{damage}");
        let (status, text) = said(&sandbox, &["recover", "--keep-current"]);
        assert_eq!(status, 0, "{damage}: {text}");
        let mode = fs::metadata(&state).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{damage}");
    }
}

#[test]
fn what_a_damaged_generation_brought_is_not_called_an_edit() {
    let told: [fn(&Path); 4] = [
        |s| fs::remove_file(s.join("generations/3/record")).unwrap(),
        |s| cut(&s.join("generations/3/record")),
        |s| renamed(&s.join("generations/3")),
        |s| {
            cut(&s.join("generations/3/record"));
            cut(&s.join("generations/2/record"));
        },
    ];
    for break_state in told {
        let sandbox = scene();
        break_state(&sandbox.home().join(".mosaic"));
        sandbox.run(&["recover", "--keep-current"], 3);
        let document = sandbox.json(&["status"], 0);
        let edited: Vec<_> = document["edited"].as_array().unwrap().iter().collect();
        assert!(!edited.contains(&&"g/c".into()), "{document}");
        sandbox.run(&["update", "-q", "--from", "r4"], 3);
        assert_eq!(sandbox.read("g/c"), "c1.3.0\n");
        assert_eq!(sandbox.read("g/b"), "mine\n");
    }
}

/// As far as the records still tell it, the edit is joined with what ships.
#[test]
fn what_was_merged_before_the_damage_is_merged_on() {
    let sandbox = scene();
    cut(&sandbox.home().join(".mosaic/generations/3/record"));
    sandbox.run(&["recover", "--keep-current"], 3);
    sandbox.run(&["update", "-q", "--from", "r4"], 3);
    assert_eq!(sandbox.read("g/a"), JOINED);
}

#[test]
fn recover_keep_current_ends_every_damage_but_a_link_and_tells_what_it_did() {
    for (damage, break_state, must_refuse) in DAMAGES {
        let sandbox = scene();
        let state = sandbox.home().join(".mosaic");
        break_state(&state);
        if !state.join("generations").exists()
            || !state.join("lock").is_file()
            || state.is_symlink()
        {
            continue;
        }
        let live = sandbox.tree();
        let (status, text) = said(&sandbox, &["recover", "--keep-current"]);
        assert_eq!(status == 3, *must_refuse, "{damage}: {status}: {text}");
        assert_eq!(
            *must_refuse,
            text.contains(".mosaic/abandoned-"),
            "{damage}: {text}"
        );
        if *must_refuse {
            assert_eq!(sandbox.tree(), live, "{damage}");
        }
        let (status, text) = said(&sandbox, &["recover", "--keep-current"]);
        assert!(
            status == 0 && text.contains("Nothing to recover"),
            "{damage}: {text}"
        );
        sandbox.run(&["status"], 0);
    }
}

#[test]
fn a_damaged_generation_is_named_by_who_tells_of_the_home() {
    let sandbox = scene();
    cut(&sandbox.home().join(".mosaic/generations/3/record"));
    let document = sandbox.json(&["status", "--exit-code"], 4);
    assert_eq!(document["generation"], 2, "{document}");
    let damage = document["damage"].as_str().expect("a sentence");
    assert!(damage.contains("generation 3 cannot be used"), "{damage}");
    for command in ["status", "history", "verify", "diff", "doctor"] {
        let (_, text) = said(&sandbox, &[command]);
        assert!(
            text.contains("generation 3 cannot be used"),
            "{command}: {text}"
        );
        assert!(
            text.contains("mosaic recover --keep-current"),
            "{command}: {text}"
        );
    }
    let verified = sandbox.json(&["verify"], 4);
    assert!(
        verified["damaged"][0].as_str().unwrap().contains("record"),
        "{verified}"
    );
}

#[test]
fn the_way_back_ends_where_it_leads_through_damage() {
    let sandbox = scene();
    cut(&sandbox.home().join(".mosaic/generations/2/journal"));
    let history = sandbox.json(&["history"], 0);
    assert_eq!(history["oldest_reachable"], 2, "{history}");
    assert!(
        history["damaged"][0]
            .as_str()
            .unwrap()
            .contains("generation 2"),
        "{history}"
    );
    let text = sandbox.refused(&["rollback", "0"], 1);
    assert!(text.contains("generations/2/journal is damaged"), "{text}");
    sandbox.run(&["rollback", "2"], 0);
}
