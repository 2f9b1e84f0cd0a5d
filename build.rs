//! Packs `framework/` and the hashes of what earlier releases shipped into the program.

#![expect(
    clippy::disallowed_methods,
    reason = "the doors are those of the program, not of its build"
)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// What `src/effects/bundle/embedded.rs` reads: path, executable, length, digest.
type Index = Vec<(String, bool, u64, [u8; 32])>;

/// What it reads of earlier releases: the version, and path and digest of all that it shipped.
type Earlier = Vec<(String, Vec<(String, [u8; 32])>)>;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=framework");
    println!("cargo::rerun-if-changed=fixtures/bundles");

    let (index, contents) = read_tree(&root.join("framework"));
    fs::write(
        out.join("framework.index"),
        postcard::to_stdvec(&index).expect("a plain index"),
    )
    .expect("OUT_DIR is writable");
    let packed = zstd::bulk::compress(&contents, 19).expect("contents fit in memory");
    fs::write(out.join("framework.contents"), packed).expect("OUT_DIR is writable");

    let earlier: Earlier = releases(&root.join("fixtures/bundles"))
        .iter()
        .map(|release| shipped(release))
        .collect();
    fs::write(
        out.join("earlier.index"),
        postcard::to_stdvec(&earlier).expect("a plain index"),
    )
    .expect("OUT_DIR is writable");
}

fn releases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the bundles of earlier releases");
    let mut releases: Vec<_> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    releases.sort();
    releases
}

/// The folder's name is the version.
fn shipped(release: &Path) -> (String, Vec<(String, [u8; 32])>) {
    let version = release
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a version");
    let files = read_tree(release)
        .0
        .into_iter()
        .filter(|(path, ..)| path != "bundle.toml");
    (
        version.to_owned(),
        files.map(|(path, _, _, digest)| (path, digest)).collect(),
    )
}

fn read_tree(root: &Path) -> (Index, Vec<u8>) {
    let (mut index, mut contents) = (Index::new(), Vec::new());
    for entry in WalkDir::new(root).sort_by_file_name() {
        let entry = entry.expect("a readable tree");
        if !entry.file_type().is_file() {
            assert!(
                entry.file_type().is_dir(),
                "{} is neither file nor directory",
                entry.path().display()
            );
            continue;
        }
        let content = fs::read(entry.path()).expect("a readable file");
        let executable = entry
            .metadata()
            .expect("a readable file")
            .permissions()
            .mode()
            & 0o100
            != 0;
        let path = entry
            .path()
            .strip_prefix(root)
            .expect("below the root")
            .to_str()
            .expect("UTF-8");
        index.push((
            path.to_owned(),
            executable,
            content.len() as u64,
            Sha256::digest(&content).into(),
        ));
        contents.extend(content);
    }
    (index, contents)
}
