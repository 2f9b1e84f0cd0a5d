//! Checks what a release ships: the list of files, the presets, and the scripts on a real tmux.

mod beats;
mod holder;
mod messages;
mod rosters;
mod sessions;
mod shipped;
mod tmux;

use std::fs;
use std::path::{Path, PathBuf};

fn framework() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("framework")
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}
