//! Trees compared: what differs between two, and what a plan makes of one.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::Path;

use mosaic::model::change::{Alteration, RootName};
use mosaic::model::mode::Mode;
use mosaic::model::plan::{Content, Plan};

pub use crate::support::{Tree, tree};

/// The paths at which two trees differ.
pub fn differing<'a>(one: &'a Tree, other: &'a Tree) -> BTreeSet<&'a str> {
    let paths = one.keys().chain(other.keys());
    paths
        .filter(|path| one.get(*path) != other.get(*path))
        .map(String::as_str)
        .collect()
}

/// The paths at which two trees differ in kind, mode or content, told for a failed test.
pub fn difference(one: &Tree, other: &Tree) -> Vec<String> {
    let told = |tree: &Tree, path: &str| {
        tree.get(path)
            .map_or("nothing".to_owned(), |(kind, mode, content)| {
                format!("{kind} {mode:o} {:?}", String::from_utf8_lossy(content))
            })
    };
    let paths = differing(one, other);
    paths
        .into_iter()
        .map(|path| format!("{path}: {} / {}", told(one, path), told(other, path)))
        .collect()
}

/// What a plan's changes, carried out in their order, make of a tree.
pub fn foretold(before: &Tree, plan: &Plan, content: impl Fn(&Content) -> Vec<u8>) -> Tree {
    let mut tree = before.clone();
    for intent in plan
        .intents
        .iter()
        .filter(|intent| intent.change.at.root == RootName::Home)
    {
        let path = intent.change.at.path.to_string();
        let brought = intent.content.as_ref().map(&content).unwrap_or_default();
        carry_out(&mut tree, path, &intent.change.alteration, brought);
    }
    tree
}

fn carry_out(tree: &mut Tree, path: String, alteration: &Alteration, brought: Vec<u8>) {
    let bits = |mode: Mode| mode.bits();
    match alteration {
        Alteration::RemoveFile { .. } | Alteration::RemoveDirectory { .. } => {
            let below = format!("{path}/");
            assert!(
                !tree.keys().any(|other| other.starts_with(&below)),
                "{path} is not empty when it goes"
            );
            assert!(
                tree.remove(&path).is_some(),
                "{path} is not there when it goes"
            );
        }
        Alteration::MakeDirectory { mode } => {
            let made = tree.insert(path, ("directory", bits(*mode), Vec::new()));
            assert_eq!(made, None, "a directory comes where something is");
        }
        Alteration::WriteFile { after } => {
            let replaced = tree.insert(path, ("file", bits(after.mode), brought));
            assert_eq!(replaced, None, "a file comes where something is");
        }
        Alteration::ReplaceFile { after, .. } => {
            let replaced = tree.insert(path, ("file", bits(after.mode), brought));
            assert_eq!(
                replaced.map(|(kind, ..)| kind),
                Some("file"),
                "no file is replaced"
            );
        }
        Alteration::SetMode { after, .. } => {
            tree.entry(path)
                .and_modify(|(_, mode, _)| *mode = bits(*after));
        }
    }
}

/// Copies a tree with its permission bits, links and pipes.
pub fn copy(from: &Path, to: &Path) {
    let metadata = from.symlink_metadata().expect("it is there");
    let kind = metadata.file_type();
    match () {
        () if kind.is_dir() => {
            fs::create_dir(to).expect("a directory");
            for entry in fs::read_dir(from).expect("a listing") {
                let entry = entry.expect("an entry");
                copy(&entry.path(), &to.join(entry.file_name()));
            }
            fs::set_permissions(to, metadata.permissions()).expect("permissions");
        }
        () if kind.is_symlink() => {
            symlink(fs::read_link(from).expect("a link"), to).expect("a link")
        }
        () if kind.is_fifo() => {
            make_pipe(to);
            fs::set_permissions(to, metadata.permissions()).expect("permissions");
        }
        () => drop(fs::copy(from, to).expect("a file")),
    }
}

/// Makes a named pipe.
pub fn make_pipe(path: &Path) {
    let (kind, mode) = (
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_bits_retain(0o600),
    );
    rustix::fs::mknodat(rustix::fs::CWD, path, kind, mode, 0).expect("a pipe");
}
