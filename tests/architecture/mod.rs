//! Holds `src/` to its floors and doors: imports go downward only, and each effect has one way out.

use std::fs;
use std::path::Path;

/// From the ground up.
const FLOORS: [&str; 4] = ["model", "decide", "effects", "edge"];

/// What may be named only in files that begin so: the one door of each effect.
const DOORS: &[(&[&str], &[&str])] = &[
    (
        &[
            "renameat", "openat", "unlinkat", "mkdirat", "fchmod", "linkat", "syncfs", "fsync(",
        ],
        &[DISK],
    ),
    (
        &["write_all(", "fs::write"],
        &[
            DISK,
            "src/edge/report/voice.rs",
            "src/effects/scan/mod.rs",
            PAGER,
        ],
    ),
    (
        &[
            "std::env",
            "SystemTime::now",
            "Timestamp::now",
            "kill_process(",
        ],
        &[HOST],
    ),
    (
        &[
            "process::{Command",
            "process::Command",
            "process::{Child",
            "kill_process_group",
        ],
        &[PROCESS, PAGER],
    ),
    (
        &["println!", "eprintln!", "io::stdout", "io::stderr"],
        &["src/edge/report/voice.rs"],
    ),
];
const DISK: &str = "src/effects/os/disk";
const PROCESS: &str = "src/effects/os/process.rs";
const HOST: &str = "src/effects/os/host.rs";
const PAGER: &str = "src/effects/os/pager.rs";

/// Largest file and longest function, in lines; the models that we measure ourselves against stay below.
const FILE_MAX: usize = 480;

#[test]
fn imports_go_downward_only() {
    for (path, text) in sources() {
        let Some(own) = floor_of(path.trim_start_matches("src/")) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            for imported in line
                .match_indices("crate::")
                .map(|(at, _)| &line[at + "crate::".len()..])
            {
                let imported = floor_of(imported.trim_start_matches('{'));
                let is_allowed = imported.is_none_or(|imported| imported <= own);
                assert!(
                    is_allowed,
                    "{path}:{}: {} imports from above: {line}",
                    number + 1,
                    FLOORS[own]
                );
            }
        }
    }
}

#[test]
fn model_and_decisions_have_no_effects() {
    const EFFECTS: [&str; 7] = [
        "std::fs",
        "std::process",
        "std::env",
        "std::net",
        "std::thread",
        "rustix",
        "Instant::now",
    ];
    for (path, text) in sources() {
        if floor_of(path.trim_start_matches("src/")).is_some_and(|floor| floor <= 1) {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let effect = EFFECTS.iter().find(|effect| code.contains(**effect));
            assert_eq!(effect, None, "{path} reaches for an effect");
        }
    }
}

#[test]
fn every_effect_has_one_door() {
    for (path, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (signs, doors) in DOORS {
            let sign = signs.iter().find(|sign| code.contains(**sign));
            assert!(
                doors.iter().any(|door| path.starts_with(door)) || sign.is_none(),
                "{path} uses {sign:?}; that is for {doors:?}"
            );
        }
    }
}

#[test]
fn files_are_small_and_say_what_they_are_for() {
    for (path, text) in sources() {
        assert!(
            text.starts_with("//! "),
            "{path} does not open with its sentence"
        );
        let lines = text.lines().count();
        assert!(
            lines <= FILE_MAX,
            "{path} has {lines} lines: look for the seam"
        );
    }
}

/// Every file below `src/`, with its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = walkdir::WalkDir::new(root.join("src"))
        .sort_by_file_name()
        .into_iter();
    let files = files.map(|entry| entry.expect("readable").into_path());
    let sources: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let below = path
                .strip_prefix(root)
                .expect("below the root")
                .display()
                .to_string();
            (below, fs::read_to_string(&path).expect("readable"))
        })
        .collect();
    assert!(sources.len() > 20, "the sources were not found");
    sources
}

fn floor_of(path: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| {
        path.strip_prefix(floor)
            .is_some_and(|rest| rest.starts_with(['/', ':', '.', ';']))
    })
}
