//! What tests of the program say often: install this, update to that, look at everything.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Sandbox, write};

/// Three files that every release ships, so that one removal is never more than half.
pub const ANCHORS: &[(&str, &str)] = &[
    ("anchor/1", "1\n"),
    ("anchor/2", "2\n"),
    ("anchor/3", "3\n"),
];

impl Sandbox {
    /// A bundle with the anchors and these files.
    pub fn release(&self, name: &str, version: &str, files: &[(&str, &str)]) -> PathBuf {
        self.bundle(name, version, &[ANCHORS, files].concat())
    }

    /// Puts a file of any bytes and mode into a bundle.
    pub fn ship(&self, bundle: &Path, path: &str, content: &[u8], mode: u32) {
        write(&bundle.join(path), content, mode);
    }

    /// A fresh home at this bundle.
    pub fn install(&self, bundle: &Path) {
        self.run(&["install", "--from", utf8(bundle)], 0);
    }

    /// Updates to a bundle and returns the document.
    pub fn update(&self, bundle: &Path, status: i32) -> Value {
        self.json(
            &["update", "--allow-downgrade", "-v", "--from", utf8(bundle)],
            status,
        )
    }

    /// What `why` says of a path.
    pub fn why(&self, path: &str, bundle: &Path) -> Value {
        self.json(&["why", path, "--from", utf8(bundle)], 0)
    }

    /// The number of the current generation.
    pub fn generation(&self) -> u64 {
        self.json(&["status"], 0)["generation"]
            .as_u64()
            .expect("a number")
    }

    /// Runs what must fail without changing the home, and returns what it says to people.
    pub fn refused(&self, arguments: &[&str], status: i32) -> String {
        let before = self.tree();
        let output = self.mosaic(arguments).output().expect("the program runs");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(status),
            "mosaic {arguments:?}\n{stderr}"
        );
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert_eq!(self.tree(), before, "mosaic {arguments:?} changed the home");
        stderr
    }

    /// A path that is parked, as a person finds it.
    pub fn parked(&self, path: &str) -> String {
        self.read(&format!(".mosaic/conflicts/{path}.shipped"))
    }
}

/// A path as an argument.
pub fn utf8(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The action that a document names for a path.
pub fn action<'a>(document: &'a Value, path: &str) -> &'a str {
    let line = document["actions"]
        .as_array()
        .expect("actions")
        .iter()
        .find(|line| line["path"] == path);
    line.map_or("none", |line| line["action"].as_str().expect("an action"))
}

/// What really happens, without the lines that `-v` adds.
pub fn changes(document: &Value) -> Vec<(String, String)> {
    let lines = document["actions"].as_array().expect("actions").iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let lines = lines.map(|line| (text(&line["path"]), text(&line["action"])));
    lines
        .filter(|(_, action)| !["keep", "edited", "preserve"].contains(&action.as_str()))
        .collect()
}

/// The paths of the unsettled conflicts in a document.
pub fn conflicts(document: &Value) -> Vec<&str> {
    let lines = document["conflicts"].as_array().expect("conflicts").iter();
    lines
        .map(|line| line["path"].as_str().expect("a path"))
        .collect()
}

/// Everything the kernel tells of a tree, `.mosaic` included: nothing can change without changing this.
pub fn everything(root: &Path) -> BTreeMap<OsString, String> {
    let entries = walkdir::WalkDir::new(root)
        .into_iter()
        .filter_map(Result::ok);
    entries
        .map(|entry| (entry.path().as_os_str().to_owned(), stamps(entry.path())))
        .collect()
}

fn stamps(path: &Path) -> String {
    let meta = path.symlink_metadata().expect("it is there");
    let content = if meta.is_file() {
        fs::read(path).unwrap_or_default()
    } else {
        Vec::new()
    };
    let (mode, inode) = (meta.mode(), meta.ino());
    let (modified, changed) = (
        (meta.mtime(), meta.mtime_nsec()),
        (meta.ctime(), meta.ctime_nsec()),
    );
    format!(
        "{mode:o} {inode} {modified:?} {changed:?} {:?}",
        String::from_utf8_lossy(&content)
    )
}

/// Whether these tests run as root; says so where they do not and must skip something.
pub fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        println!("skipped: needs root");
    }
    is_root
}
