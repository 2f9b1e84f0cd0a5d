//! Looks at paths that no root holds: the user's surroundings, and where links lead. Nothing is changed here.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the door that the lint points at"
)]

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::decide::doctor::mounts::{self, Mount};

/// Stat of what a path leads to, links followed.
pub(crate) fn stat(path: &Path) -> io::Result<Metadata> {
    fs::metadata(path)
}

/// Stat of a path itself: a link is not followed.
pub(crate) fn stat_link(path: &Path) -> io::Result<Metadata> {
    fs::symlink_metadata(path)
}

/// Tells that something is at a path, links followed.
pub(crate) fn is_there(path: &Path) -> bool {
    path.exists()
}

/// Tells that a path leads to a directory.
pub(crate) fn is_directory(path: &Path) -> bool {
    path.is_dir()
}

/// Tells that a path leads to a regular file.
pub(crate) fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Tells that the program has ended that serves the file system at a path. A stat of it may be answered from the
/// kernel's memory.
pub(crate) fn has_lost_its_server(path: &Path) -> bool {
    rustix::fs::statfs(path).err() == Some(Errno::NOTCONN)
}

/// Text of a file that the kernel makes, below `/proc`. Files of people are read by the `bounded` functions.
pub(crate) fn kernel_text(path: &Path) -> io::Result<String> {
    fs::read_to_string(path)
}

/// Content of a file that the kernel makes, where that need not be text: environments, paths.
pub(crate) fn kernel_bytes(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path)
}

/// All mounts that this process sees; none where the kernel's list cannot be read.
pub(crate) fn mounts() -> Vec<Mount> {
    let list = kernel_text(Path::new("/proc/self/mountinfo"));
    list.map_or_else(|_| Vec::new(), |list| mounts::parse(&list))
}

/// Names in a directory, as the kernel gives them; none where it cannot be listed.
pub(crate) fn names(directory: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .collect()
}

/// Target of a link, as it is written in the link.
pub(crate) fn link_target(link: &Path) -> io::Result<PathBuf> {
    fs::read_link(link)
}

/// Path of what another path leads to, without links; fails where nothing is there.
pub(crate) fn real(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// Path of what another path leads to, without links; the same path where nothing is there.
pub(crate) fn real_or_same(path: &Path) -> PathBuf {
    real(path).unwrap_or_else(|_| path.to_owned())
}
