//! What an operator does to a home between two commands.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

use crate::contents::{Content, written};
use crate::releases::{GLOBS, SHIPPABLE};
use crate::support::write;
use crate::trees::make_pipe;

const OWN: &[&str] = &[
    "notes.md",
    "guides/mine.md",
    "tools/mine.sh",
    "d/e/mine",
    "d/e",
    "fleet/agents/x.yaml",
];
const MODES: &[u32] = &[0o644, 0o600, 0o755, 0o700, 0o640, 0o444, 0o4711];

/// One thing.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Creates or changes a file; in the place of whatever is there.
    Write {
        path: &'static str,
        content: Content,
        mode: u32,
    },
    /// Removes a file, a link, or a directory with all that is in it.
    Delete(&'static str),
    /// Sets permission bits; a directory stays usable.
    Chmod { path: &'static str, mode: u32 },
    /// Puts a directory, with or without a file in it, in the place of what is there.
    Directory {
        path: &'static str,
        holds: Option<Content>,
    },
    /// Puts a link in the place of what is there.
    Link { path: &'static str, to: Target },
    /// Puts a named pipe in the place of what is there.
    Pipe(&'static str),
    /// Writes `.mosaicpreserve`.
    Preserve(Vec<String>),
}

/// Where a link leads.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    File,
    Directory,
    Outside,
    Nowhere,
}

impl Edit {
    /// Does it. What would lead out of the home or through a link is not done.
    pub fn apply(&self, home: &Path) {
        let at = |path: &str| home.join(path);
        match self {
            Self::Preserve(lines) => {
                let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
                write(&at(".mosaicpreserve"), text.as_bytes(), 0o644);
            }
            Self::Delete(path) => {
                if !passes_link(home, path) {
                    remove(&at(path));
                }
            }
            Self::Chmod { path, mode } => chmod(home, path, *mode),
            Self::Write {
                path,
                content,
                mode,
            } => {
                if make_room(home, path) {
                    write(&at(path), &content.bytes(path), *mode);
                }
            }
            Self::Directory { path, holds } => {
                if make_room(home, path) {
                    fs::create_dir(at(path)).expect("a directory");
                    let inside = format!("{path}/inside");
                    if let Some(content) = holds {
                        write(&at(&inside), &content.bytes(&inside), 0o640);
                    }
                }
            }
            Self::Link { path, to } => {
                if make_room(home, path) {
                    symlink(to.path(home), at(path)).expect("a link");
                }
            }
            Self::Pipe(path) => {
                if make_room(home, path) {
                    make_pipe(&at(path));
                }
            }
        }
    }
}

impl Target {
    fn path(self, home: &Path) -> std::path::PathBuf {
        let outside = home.parent().expect("a parent").join("outside");
        match self {
            Self::File => home.join("AGENTS.md"),
            Self::Directory => home.join("fleet"),
            Self::Outside => outside,
            Self::Nowhere => "nowhere".into(),
        }
    }
}

/// Any edit.
pub fn edit() -> impl Strategy<Value = Edit> {
    let path = || prop_oneof![4 => select(SHIPPABLE), 1 => select(OWN)];
    let mode = || select(MODES);
    prop_oneof![
        8 => (path(), written(), mode()).prop_map(|(path, content, mode)| Edit::Write { path, content, mode }),
        3 => path().prop_map(Edit::Delete),
        2 => (path(), mode()).prop_map(|(path, mode)| Edit::Chmod { path, mode }),
        2 => (path(), proptest::option::of(written())).prop_map(|(path, holds)| Edit::Directory { path, holds }),
        1 => (path(), target()).prop_map(|(path, to)| Edit::Link { path, to }),
        1 => path().prop_map(Edit::Pipe),
        1 => preserve(),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        Just(Target::File),
        Just(Target::Directory),
        Just(Target::Outside),
        Just(Target::Nowhere)
    ]
}

fn preserve() -> impl Strategy<Value = Edit> {
    let line = (select(GLOBS), proptest::bool::weighted(0.3)).prop_map(|(glob, negated)| {
        if negated {
            format!("!{glob}")
        } else {
            glob.to_owned()
        }
    });
    proptest::collection::vec(line, 0..3).prop_map(Edit::Preserve)
}

fn chmod(home: &Path, path: &str, mode: u32) {
    if passes_link(home, path) {
        return;
    }
    let Ok(metadata) = home.join(path).symlink_metadata() else {
        return;
    };
    if metadata.is_symlink() {
        return;
    }
    let mode = if metadata.is_dir() {
        mode & 0o777 | 0o700
    } else {
        mode
    };
    fs::set_permissions(home.join(path), fs::Permissions::from_mode(mode)).expect("permissions");
}

/// Clears a path and makes the directories above it; refuses to go through a link.
fn make_room(home: &Path, path: &str) -> bool {
    if passes_link(home, path) {
        return false;
    }
    remove(&home.join(path));
    for above in above(home, path) {
        if above
            .symlink_metadata()
            .is_ok_and(|metadata| !metadata.is_dir())
        {
            remove(&above);
        }
        fs::create_dir_all(&above).expect("a directory");
    }
    true
}

fn passes_link(home: &Path, path: &str) -> bool {
    above(home, path).iter().any(|above| above.is_symlink())
}

/// The directories above a path, the home first.
fn above(home: &Path, path: &str) -> Vec<std::path::PathBuf> {
    let full = home.join(path);
    let mut above: Vec<_> = full
        .ancestors()
        .skip(1)
        .take_while(|above| above.starts_with(home))
        .map(Path::to_owned)
        .collect();
    above.reverse();
    above
}

fn remove(path: &Path) {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path).expect("the directory goes"),
        Ok(_) => fs::remove_file(path).expect("the file goes"),
        Err(_) => {}
    }
}
