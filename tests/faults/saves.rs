//! An operator who saves a file while the program runs, at one call that changes something and at the next: what he saved
//! last is live, whatever the program was about to do, also when it was killed there and recovery comes later.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::scenario::{self, Scenario};
use crate::trace::stopped_from;
use crate::world::{HOME, World};

/// The files that are saved, by scenario: one to replace, to merge, to remove, to write, and one behind a link.
const SAVED: &[(&str, &[&str])] = &[
    (
        "update",
        &[
            "guides/replace.md",
            "guides/conflict.md",
            "guides/gone/old.md",
            "guides/fresh/new.md",
        ],
    ),
    ("rollback", &["guides/replace.md", "guides/gone/old.md"]),
    ("uninstall", &["guides/replace.md"]),
    (
        "recover-carried",
        &["guides/replace.md", "guides/fresh/new.md"],
    ),
    ("migrate", &["../../dotfiles/roster.yaml"]),
];
/// The calls at which he saves; `MOSAIC_SAVES=all` takes all of them.
const CALLS: &[&str] = &["renameat2", "openat", "unlinkat", "linkat", "fsync"];

/// How he saves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// A new file takes the place of the one that is there.
    Renames,
    /// What is there is written over.
    WritesOver,
}

/// What becomes of the run after his second save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    GoesOn,
    /// It is killed; he saves once more before it is recovered.
    Killed,
}

/// One point: two saves, at a call and at the next one of that name.
#[derive(Debug, Clone, Copy)]
struct Point {
    call: &'static str,
    number: usize,
    manner: Manner,
    fate: Fate,
}

/// Goes through all points of all scenarios.
pub fn sweep() {
    let calls = match std::env::var_os("MOSAIC_SAVES") {
        Some(_) => CALLS,
        None => &CALLS[..1],
    };
    let all = scenario::all();
    let mut points = 0;
    for (name, paths) in SAVED {
        let scenario = all.iter().find(|scenario| scenario.name == *name);
        let scenario = scenario.expect("a scenario");
        for (path, call) in paths
            .iter()
            .flat_map(|path| calls.iter().map(move |call| (path, call)))
        {
            for fate in [Fate::GoesOn, Fate::Killed] {
                points += row(scenario, path, call, fate);
            }
        }
    }
    eprintln!("saved twice at {points} points");
    assert!(points > 100, "{points}: is strace broken?");
}

/// The points of one call, until it comes no more; their number.
fn row(scenario: &Scenario, path: &str, call: &'static str, fate: Fate) -> usize {
    let point = |number: usize| Point {
        call,
        number,
        manner: match number % 2 {
            1 => Manner::Renames,
            _ => Manner::WritesOver,
        },
        fate,
    };
    let comes = |number: &usize| play(scenario, path, point(*number));
    (1..).take_while(comes).count()
}

/// Plays one point; whether the call came.
fn play(scenario: &Scenario, path: &str, point: Point) -> bool {
    let world = scenario.before.twin();
    let log = world.path("log");
    let place = world.user().join(HOME).join(path);
    let place = fs::canonicalize(place.parent().expect("a folder"))
        .map_or(place.clone(), |folder| {
            folder.join(place.file_name().expect("a name"))
        });
    let mut operator = Operator {
        place,
        manner: point.manner,
        saves: 0,
    };
    let range = format!("{}..{}", point.number, point.number + 1);
    let mut command = stopped_from(&world.user(), &log, &scenario.arguments, point.call, &range);
    let mut run = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("strace runs");
    let mut main = None;
    // What the program itself starts is stopped as well.
    for stop in 1.. {
        let Some(pid) = stopped(&mut run, &log, stop) else {
            break;
        };
        operator.saves();
        let main = *main.get_or_insert(pid);
        if stop == 2 && point.fate == Fate::Killed {
            kill_process(main, Signal::KILL).expect("it is there");
        }
        // It may be the one that is gone.
        kill_process(pid, Signal::CONT).ok();
    }
    let status = run.wait().expect("it ends");
    if operator.saves == 0 {
        return false;
    }
    let is_killed = status.code().is_none() || status.signal() == Some(9);
    assert!(
        is_killed || matches!(status.code(), Some(0 | 1 | 3)),
        "{}, {path}, {point:?}: {status}",
        scenario.name
    );
    if is_killed {
        operator.saves();
        recover(&world);
    }
    let live = fs::read(&operator.place).ok();
    assert_eq!(
        live.as_deref().map(String::from_utf8_lossy),
        operator.last().map(Into::into),
        "{}, {path}, {point:?}: {status}",
        scenario.name
    );
    true
}

fn recover(world: &World) {
    let recovered = world.run(&["recover".to_owned()]);
    let status = recovered.status.code();
    assert!(matches!(status, Some(0 | 1 | 3)), "recover: {recovered:?}");
}

/// He saves where the program works.
struct Operator {
    place: PathBuf,
    manner: Manner,
    saves: usize,
}

impl Operator {
    fn last(&self) -> Option<String> {
        (self.saves > 0).then(|| format!("saved {}\n", self.saves))
    }

    /// As editors do; a folder that went comes again with his save.
    fn saves(&mut self) {
        self.saves += 1;
        let content = self.last().expect("a save");
        let folder = self.place.parent().expect("a folder");
        fs::create_dir_all(folder).expect("a folder");
        match self.manner {
            Manner::Renames => {
                let beside = folder.join(".saving");
                fs::write(&beside, content).expect("a save");
                fs::rename(&beside, &self.place).expect("a save");
            }
            Manner::WritesOver => fs::write(&self.place, content).expect("a save"),
        }
    }
}

/// Waits until the run was stopped so often; its pid, or nothing where it ended before.
fn stopped(run: &mut Child, log: &Path, times: usize) -> Option<Pid> {
    loop {
        let is_over = run.try_wait().expect("it is ours").is_some();
        let text = fs::read_to_string(log).unwrap_or_default();
        let mut stops = text
            .lines()
            .filter(|line| line.ends_with("--- stopped by SIGSTOP ---"));
        if let Some(line) = stops.nth(times - 1) {
            let pid = line.split(' ').next()?.parse().ok()?;
            return Pid::from_raw(pid).filter(|_| !is_over);
        }
        if is_over {
            return None;
        }
        sleep(Duration::from_millis(1));
    }
}
