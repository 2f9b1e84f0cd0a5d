//! A scratch world: a user's folder with a home in it, bundles, and the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::{Tree, tree};

/// The home, below the user's folder.
pub const HOME: &str = ".config/mosaic";
const STATE: &str = ".config/mosaic/.mosaic";

/// A folder that holds one user's folder.
pub struct World {
    path: PathBuf,
    _folder: Option<TempDir>,
}

impl World {
    /// An empty one, in memory where that is possible: a sweep makes thousands.
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let builder = tempfile::Builder::new();
        let folder = builder
            .tempdir_in(memory)
            .or_else(|_| builder.tempdir())
            .expect("a scratch folder");
        fs::create_dir(folder.path().join("user")).expect("a user's folder");
        Self {
            path: folder.path().to_owned(),
            _folder: Some(folder),
        }
    }

    /// One in a folder that belongs to somebody else.
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            _folder: None,
        }
    }

    /// Another one just like it: modes, links and attributes included.
    pub fn twin(&self) -> Self {
        let twin = Self::new();
        copy(&self.user(), &twin.user());
        twin
    }

    /// A path in it.
    pub fn path(&self, below: &str) -> PathBuf {
        self.path.join(below)
    }

    /// The user's folder.
    pub fn user(&self) -> PathBuf {
        self.path("user")
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[String]) -> Output {
        program(&self.user())
            .args(arguments)
            .output()
            .expect("the program runs")
    }

    /// All that the user has.
    pub fn tree(&self) -> Tree {
        user_tree(&self.user())
    }
}

/// The program, with nothing of the real user's surroundings.
pub fn program(user: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
    surround(&mut command, user);
    command.env("PATH", "/nowhere");
    command
}

/// Gives a command the surroundings of a user who works with one thread.
pub fn surround(command: &mut Command, user: &Path) {
    command
        .env_clear()
        .env("HOME", user)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("TZ", "UTC");
    command.env("MOSAIC_THREADS", "1").current_dir(user);
}

/// All that a user has, except the state of the home.
pub fn user_tree(user: &Path) -> Tree {
    let mut all = tree(user);
    all.retain(|path, _| path != STATE && !path.starts_with(&format!("{STATE}/")));
    all
}

/// The same, where a home that holds nothing but its state counts as none.
pub fn without_empty_home(mut tree: Tree) -> Tree {
    for directory in [HOME, ".config"] {
        if !tree
            .keys()
            .any(|path| path.starts_with(&format!("{directory}/")))
        {
            tree.remove(directory);
        }
    }
    tree
}

/// Copies a user's folder into another, which is there and empty.
pub fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp")
        .arg("-a")
        .arg(from.join("."))
        .arg(to)
        .status();
    assert!(
        copied.is_ok_and(|status| status.success()),
        "cannot copy {}",
        from.display()
    );
}

/// What differs between two trees, for a message.
pub fn difference(is: &Tree, should_be: &Tree) -> String {
    let mut lines = Vec::new();
    for (path, what) in is {
        match should_be.get(path) {
            None => lines.push(format!("stray {path}")),
            Some(other) if other != what => {
                lines.push(format!(
                    "{path}: {}, not {}",
                    describe(what),
                    describe(other)
                ));
            }
            Some(_) => {}
        }
    }
    lines.extend(
        should_be
            .keys()
            .filter(|path| !is.contains_key(*path))
            .map(|path| format!("no {path}")),
    );
    lines.join("; ")
}

fn describe((kind, mode, content): &(&'static str, u32, Vec<u8>)) -> String {
    format!("{kind} {mode:o} {:?}", String::from_utf8_lossy(content))
}
