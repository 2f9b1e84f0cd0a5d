//! Each effect has one way out, and the two lower floors have none.

use crate::architecture::source::Source;

/// Signs of an effect, and the beginnings of the paths of files that may show them: the one door of each effect.
const DOORS: &[(&[&str], &[&str])] = &[
    (
        &[
            "renameat", "openat", "unlinkat", "mkdirat", "fchmod", "linkat", "syncfs", "fsync(",
        ],
        &[DISK],
    ),
    (
        &["write_all(", "fs::write"],
        &[DISK, VOICE, "src/effects/scan/mod.rs", PAGER, BUS],
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
        &[PROCESS, PAGER, EDITOR, SSH],
    ),
    (&["println!", "eprintln!", "io::stderr"], &[VOICE]),
    (&["io::stdout"], &[VOICE, SCREEN]),
];
const DISK: &str = "src/effects/os/disk";
const PROCESS: &str = "src/effects/os/process.rs";
const HOST: &str = "src/effects/os/host.rs";
const BUS: &str = "src/effects/os/systemd/bus.rs";
const PAGER: &str = "src/effects/os/pager.rs";
const EDITOR: &str = "src/effects/os/editor.rs";
const SSH: &str = "src/effects/os/ssh.rs";
const VOICE: &str = "src/edge/report/output.rs";
const SCREEN: &str = "src/edge/report/full_screen.rs";

/// What the model and the decisions must not reach for.
const EFFECTS: [&str; 7] = [
    "std::fs",
    "std::process",
    "std::env",
    "std::net",
    "std::thread",
    "rustix",
    "Instant::now",
];

/// Effects of files that are not their door.
pub fn without_door(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        let code = source.shipped();
        for (signs, doors) in DOORS {
            let is_door = doors.iter().any(|door| source.path.starts_with(door));
            let found = signs
                .iter()
                .filter(|sign| !is_door && code.contains(**sign));
            faults.extend(found.map(|sign| format!("{}: {sign} is for {doors:?}", source.path)));
        }
    }
    faults
}

/// Effects of the two lower floors.
pub fn of_lower_floors(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.floor().is_some_and(|floor| floor <= 1))
    {
        let code = source.shipped();
        let found = EFFECTS.iter().filter(|effect| code.contains(**effect));
        faults.extend(found.map(|effect| format!("{}: {effect}", source.path)));
    }
    faults
}

#[test]
fn an_effect_beside_its_door_is_found() {
    let text =
        "fn f() { std::process::Command::new(x) }\n#[cfg(test)]\nmod tests { use std::env; }\n";
    let at = |path| without_door(&[Source::new(path, text)]).len();
    assert_eq!(
        [at("src/effects/os/process.rs"), at("src/effects/a/b.rs")],
        [0, 1]
    );
    let at = |path| of_lower_floors(&[Source::new(path, text)]).len();
    assert_eq!([at("src/decide/a.rs"), at("src/effects/a.rs")], [1, 0]);
}
