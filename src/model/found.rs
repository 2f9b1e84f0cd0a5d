//! Found: what is on disk now at a path.

use crate::model::digest::Digest;
use crate::model::mode::Mode;
use crate::model::path::RelPath;

/// Found: what a scan saw at a path, without following a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing is there.
    Absent,
    /// A regular file.
    File(FoundFile),
    /// A directory.
    Directory,
    /// A thing that is neither file nor directory: `symbolic link`, `socket`, `fifo`, `device`.
    Other(&'static str),
    /// A parent exists that is not a directory (a link that stays inside the home included).
    Blocked(RelPath),
    /// A parent is a link to a directory outside the home, or to nowhere: all below is the operator's.
    Outside(RelPath),
}

/// A regular file as a scan found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundFile {
    /// Digest of its content.
    pub digest: Digest,
    /// Length in bytes.
    pub size: u64,
    /// Permission bits of the file.
    pub mode: Mode,
    /// User id of its owner.
    pub uid: u32,
    /// Number of its names (hard links).
    pub links: u32,
    /// True where it is a mount of its own: nothing can take its place.
    pub is_mount: bool,
}

impl Found {
    /// The regular file, if that is what was found.
    pub fn file(&self) -> Option<&FoundFile> {
        match self {
            Found::File(file) => Some(file),
            _ => None,
        }
    }

    /// Digest of the regular file, if that is what was found.
    pub fn digest(&self) -> Option<Digest> {
        self.file().map(|file| file.digest)
    }
}
