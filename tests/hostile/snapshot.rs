//! All that can be seen of a tree, links and names of any bytes included.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Kind, permission bits and content, by path.
pub type Snapshot = BTreeMap<PathBuf, (&'static str, u32, Vec<u8>)>;

/// Looks at a tree, or a single file. The lock of a home's state does not count: it holds the pid of the last run.
pub fn snapshot(root: &Path) -> Snapshot {
    let entries = walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("readable").into_path());
    let below = |path: &Path| path.strip_prefix(root).expect("below the root").to_owned();
    let entries = entries.filter(|path| !path.ends_with(".mosaic/lock"));
    entries.map(|path| (below(&path), look(&path))).collect()
}

fn look(path: &Path) -> (&'static str, u32, Vec<u8>) {
    let metadata = path.symlink_metadata().expect("it is there");
    let (kind, mode) = (metadata.file_type(), metadata.mode() & 0o7777);
    match () {
        () if kind.is_dir() => ("directory", mode, Vec::new()),
        () if kind.is_file() => ("file", mode, fs::read(path).expect("readable")),
        () if kind.is_symlink() => (
            "link",
            mode,
            fs::read_link(path)
                .expect("a link")
                .into_os_string()
                .into_encoded_bytes(),
        ),
        () if kind.is_fifo() => ("fifo", mode, Vec::new()),
        () => ("special", mode, Vec::new()),
    }
}
