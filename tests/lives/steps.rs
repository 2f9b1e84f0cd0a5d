//! The steps of random lives, and the releases that they meet.

use std::collections::BTreeMap;

use crate::draw::Draw;
use crate::model::{Release, SEEDED};

/// The framework's paths that releases ship and the operator edits.
pub const PATHS: &[&str] = &[
    "a.md", "g/b.md", "g/c.md", "d/e/x.md", "tool.sh", "t", "t/in.md", "bin", SEEDED,
];
/// The operator's own folders.
pub const FOLDERS: &[&str] = &["own", "g/own", "d", "d/e", "t", "new/own"];
const MODES: [u32; 5] = [0o600, 0o640, 0o644, 0o700, 0o755];
/// Number of the releases of a life.
pub const RELEASES: usize = 4;
/// Slots of a text that are edited; what is between them stays.
pub const SLOTS: usize = 4;

/// A step; what it means depends on what is there then, so that any step can be left out.
#[derive(Debug, Clone)]
pub enum Step {
    /// A command of the program, killed at this checkpoint.
    Command(Command, Option<u32>),
    /// What the operator does to a path of the framework.
    Edit(&'static str, Edit),
    /// He makes a folder.
    Mkdir(&'static str),
    /// He edits his roster.
    Note(u32),
}

/// A command.
#[derive(Debug, Clone)]
pub enum Command {
    /// To this release.
    Update(usize),
    /// Of this of the conflicts that wait.
    Resolve(usize, How),
    /// To this of the generations that can be gone back to.
    Rollback(usize),
    /// Keeping so many.
    Gc(usize),
    /// All away.
    Uninstall,
    /// What was interrupted.
    Recover,
}

/// How a conflict is settled.
#[derive(Debug, Clone, Copy)]
pub enum How {
    /// The live file stays.
    Mine,
    /// What was parked is taken.
    Shipped,
    /// A merge of his own.
    Merged(u32),
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy)]
pub enum Edit {
    /// One of its slots has another line.
    Slot(usize, u32),
    /// All of it is another text.
    Other(u32),
    /// It is no text any more.
    Binary(u32),
    /// It is as in a release.
    PutBack(usize),
    /// It goes.
    Remove,
    /// It is a link.
    Link,
    /// It has other permission bits.
    Chmod(u32),
}

/// The steps of a life; the first is an install.
pub fn steps(draw: &mut Draw) -> Vec<Step> {
    let install = Step::Command(Command::Update(draw.below(RELEASES)), kill(draw));
    let number = 6 + draw.below(14);
    let rest = (0..number).map(|_| step(draw));
    std::iter::once(install).chain(rest).collect()
}

fn step(draw: &mut Draw) -> Step {
    let command = match draw.below(24) {
        0..=5 => Command::Update(draw.below(RELEASES)),
        6..=8 => {
            let how = match draw.below(3) {
                0 => How::Mine,
                1 => How::Shipped,
                _ => How::Merged(tag(draw)),
            };
            Command::Resolve(draw.below(100), how)
        }
        9..=11 => Command::Rollback(draw.below(100)),
        12 => Command::Gc(draw.below(4)),
        13 => Command::Uninstall,
        14 => Command::Recover,
        15 => return Step::Mkdir(draw.one_of(FOLDERS)),
        16 => return Step::Note(tag(draw)),
        _ => return Step::Edit(draw.one_of(PATHS), edit(draw)),
    };
    Step::Command(command, kill(draw))
}

fn edit(draw: &mut Draw) -> Edit {
    match draw.below(12) {
        0..=4 => Edit::Slot(draw.below(SLOTS), tag(draw)),
        5 => Edit::Other(tag(draw)),
        6 => Edit::Binary(tag(draw)),
        7 => Edit::PutBack(draw.below(RELEASES)),
        8 => Edit::Remove,
        9 => Edit::Link,
        _ => Edit::Chmod(draw.one_of(&MODES)),
    }
}

fn tag(draw: &mut Draw) -> u32 {
    u32::try_from(draw.below(1_000_000)).expect("below a million")
}

fn kill(draw: &mut Draw) -> Option<u32> {
    let point = u32::try_from(1 + draw.below(36)).expect("a small number");
    (draw.below(3) == 0).then_some(point)
}

/// The releases of a life: each slot is as before or new.
pub fn releases(draw: &mut Draw) -> Vec<Release> {
    let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    (0..RELEASES)
        .map(|number| {
            let mut files = BTreeMap::new();
            let is_folder = draw.below(2) == 0;
            for path in PATHS {
                let slots = texts
                    .entry(path)
                    .or_insert_with(|| vec![String::new(); SLOTS]);
                for (at, slot) in slots.iter_mut().enumerate() {
                    if slot.is_empty() || draw.below(3) == 0 {
                        *slot = format!("release {number} line {at}");
                    }
                }
                let is_other =
                    is_folder == (*path == "t") && path.starts_with('t') && *path != "tool.sh";
                if is_other || draw.below(6) == 0 {
                    continue;
                }
                let mut content = text(path, slots);
                if *path == "bin" {
                    content.push(0);
                }
                let executable = *path == "tool.sh" && draw.below(2) == 0;
                files.insert((*path).to_owned(), (content, executable));
            }
            // Without one that stays, a release would be none.
            files.insert("AGENTS.md".to_owned(), (b"agents\n".to_vec(), false));
            Release {
                version: format!("1.{number}.0"),
                files,
            }
        })
        .collect()
}

/// A text of slots, each between two lines that stay.
pub fn text(path: &str, slots: &[String]) -> Vec<u8> {
    let lines = slots.iter().enumerate();
    let lines =
        lines.map(|(at, slot)| format!("= {path} {at} begins\n{slot}\n= {path} {at} ends\n"));
    lines.collect::<String>().into_bytes()
}
