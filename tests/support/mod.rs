//! A sandbox for tests: a scratch folder with a home, a HOME of its own, bundles, and the program.

#![allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "each test binary uses a part; tests may write"
)]

pub mod capture;
pub mod patience;
pub mod run;
pub mod schema;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_fs::TempDir;

/// A scratch folder in which one test lives.
pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// An empty one.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a scratch folder");
        fs::create_dir(folder.path().join("user")).expect("a HOME");
        Self { folder }
    }

    /// A path in the scratch folder.
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// The Mosaic home of this sandbox.
    pub fn home(&self) -> PathBuf {
        self.path("user/.config/mosaic")
    }

    /// The program, with nothing of the real user's surroundings.
    pub fn mosaic(&self, arguments: &[&str]) -> Command {
        let mut command = self.surrounded(env!("CARGO_BIN_EXE_mosaic"));
        command.args(arguments);
        Command::from_std(command)
    }

    /// The program under strace, in the same surroundings, with these words for strace.
    pub fn traced(&self, strace: &[&str], arguments: &[&str]) -> std::process::Command {
        let mut command = self.surrounded("strace");
        command.args(strace).arg(env!("CARGO_BIN_EXE_mosaic"));
        command.args(arguments);
        command
    }

    /// Another program in the same surroundings.
    pub fn beside(&self, program: &str) -> std::process::Command {
        self.surrounded(program)
    }

    /// `sh` with these words in a mount namespace of its own, in the same surroundings: the program is `$m`, the home
    /// `$h`. What it mounts is gone when it ends.
    pub fn among_mounts(&self, words: &[&str]) -> std::process::Command {
        let mut command = self.surrounded("unshare");
        command
            .args(["--mount", "--propagation", "private", "sh"])
            .args(words)
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("m", env!("CARGO_BIN_EXE_mosaic"))
            .env("h", self.home());
        command
    }

    fn surrounded(&self, program: &str) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path("user"))
            .env("PATH", "/usr/bin:/bin")
            .env("TZ", "UTC");
        command.current_dir(self.folder.path());
        command
    }

    /// Runs the program and checks its exit status; returns stdout.
    pub fn run(&self, arguments: &[&str], status: i32) -> String {
        let output = self.mosaic(arguments).output().expect("the program runs");
        let (stdout, stderr) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert_eq!(
            output.status.code(),
            Some(status),
            "mosaic {arguments:?}\nstdout: {stdout}\nstderr: {stderr}"
        );
        stdout.into_owned()
    }

    /// Runs the program with `--json`, checks its exit status and returns the document.
    pub fn json(&self, arguments: &[&str], status: i32) -> serde_json::Value {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.run(&arguments, status)).expect("one JSON document")
    }

    /// Makes a bundle directory `name` of this version with these files (content by path; a path that
    /// ends in `*` is executable) and returns its path.
    pub fn bundle(&self, name: &str, version: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = self.path(name);
        let manifest = format!(
            "name = \"mosaic\"\nversion = \"{version}\"\npreserve = [\"fleet/*.yaml\", \"fleet/agents\", \"fleet/run\", \"memory\", \"credentials\"]\nseed = [\"SOUL.md\"]\n"
        );
        write(&root.join("bundle.toml"), manifest.as_bytes(), 0o644);
        for (path, content) in files {
            let mode = if path.ends_with('*') { 0o755 } else { 0o644 };
            write(
                &root.join(path.trim_end_matches('*')),
                content.as_bytes(),
                mode,
            );
        }
        root
    }

    /// Writes a file in the home.
    pub fn edit(&self, path: &str, content: &str) {
        let file = self.home().join(path);
        let mode =
            fs::metadata(&file).map_or(0o644, |metadata| metadata.permissions().mode() & 0o7777);
        write(&file, content.as_bytes(), mode);
    }

    /// Reads a file in the home.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.home().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The home without `.mosaic`: kind, permission bits and content by path. An absent home is empty.
    pub fn tree(&self) -> Tree {
        tree(&self.home())
    }
}

/// Writes a file with these permission bits, and the directories above it.
pub fn write(path: &Path, content: &[u8], mode: u32) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
    fs::write(path, content).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

/// A tree of files: what is at each path, its permission bits and its content.
pub type Tree = BTreeMap<String, (&'static str, u32, Vec<u8>)>;

/// Reads a tree; what is in a `.mosaic` at its top does not count.
pub fn tree(root: &Path) -> Tree {
    let mut found = Tree::new();
    for entry in walkdir::WalkDir::new(root)
        .min_depth(1)
        .into_iter()
        .filter_map(Result::ok)
    {
        let path = entry
            .path()
            .strip_prefix(root)
            .expect("below the root")
            .to_string_lossy()
            .into_owned();
        if path == ".mosaic" || path.starts_with(".mosaic/") {
            continue;
        }
        let metadata = entry.path().symlink_metadata().expect("it is there");
        let kind = metadata.file_type();
        let mode = metadata.permissions().mode() & 0o7777;
        let what = match () {
            () if kind.is_dir() => ("directory", mode, Vec::new()),
            () if kind.is_symlink() => {
                let target = fs::read_link(entry.path()).expect("a link");
                (
                    "link",
                    0,
                    target.to_string_lossy().into_owned().into_bytes(),
                )
            }
            () if kind.is_file() => ("file", mode, fs::read(entry.path()).expect("readable")),
            () if kind.is_socket() => ("socket", mode, Vec::new()),
            () => ("special", mode, Vec::new()),
        };
        found.insert(path, what);
    }
    found
}
