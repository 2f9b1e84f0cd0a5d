//! Evidence: all that a decision may ask about while it is made, reading only.

use crate::model::change::{FileState, Presence, Spot};
use crate::model::digest::Digest;
use crate::model::mode::Mode;
use crate::model::path::RelPath;

/// The questions. Answers come from disk, and in tests from memory.
pub(crate) trait Evidence {
    /// The reason why an answer could not be had.
    type Error;

    /// The state of a spot.
    fn state_at(&self, spot: &Spot) -> Result<FileSight, Self::Error>;
    /// The content of a file at a spot.
    fn content(&self, spot: &Spot) -> Result<Vec<u8>, Self::Error>;
    /// The content of a file at a spot, if it is no larger than what merges take.
    fn text(&self, spot: &Spot) -> Result<Option<Vec<u8>>, Self::Error>;
    /// Children of a directory, unsorted.
    fn children(&self, directory: &Spot) -> Result<Vec<Child>, Self::Error>;
    /// The path of a spot as it is spelled on disk, where a file system takes several spellings for one; `None` where
    /// nothing is there.
    fn spelled(&self, spot: &Spot) -> Result<Option<RelPath>, Self::Error>;
    /// A content that the store keeps as a base of merges; `None` where it keeps none.
    fn base(&self, digest: Digest) -> Result<Option<Vec<u8>>, Self::Error>;
    /// Tells whether a generation still keeps, whole, the content that it displaced.
    fn keeps(&self, generation: u64, slot: usize, digest: Digest) -> Result<bool, Self::Error>;
    /// A content that a generation displaced and keeps.
    fn kept(&self, generation: u64, slot: usize) -> Result<Vec<u8>, Self::Error>;
    /// A file of the bundle.
    fn shipped(&self, path: &RelPath) -> Result<Vec<u8>, Self::Error>;
    /// Tells whether a generation of this home took that content in as shipped at a spot, as far as its record is kept.
    fn took_in(&self, spot: &Spot, digest: Digest) -> Result<bool, Self::Error>;
}

/// The state of a spot, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileSight {
    /// Something that changes know how to handle, or nothing.
    Known(Presence),
    /// A file or a directory that is a mount of its own: nothing can take its place, and it cannot go.
    Mount(Presence),
    /// A link, a socket, a fifo, a device; or a parent that is not a directory.
    Foreign,
}

impl FileSight {
    /// The file's state, if it is a file that another can take the place of.
    pub(crate) fn file(self) -> Option<FileState> {
        match self {
            Self::Known(Presence::File(state)) => Some(state),
            _ => None,
        }
    }

    /// The directory's permission bits, if it is one.
    pub(crate) fn directory(self) -> Option<Mode> {
        match self {
            Self::Known(Presence::Directory(mode)) | Self::Mount(Presence::Directory(mode)) => {
                Some(mode)
            }
            _ => None,
        }
    }
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Child {
    /// The entry's path from the root; `None` where its name is not one that Mosaic could have made.
    pub path: Option<RelPath>,
    /// True for a directory (not for a link to one).
    pub is_directory: bool,
}
