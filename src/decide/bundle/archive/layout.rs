//! Places of everything in the tar of an archive: they follow from the list of hashes.

use crate::decide::bundle::archive::ustar::{END, head_length, padded};
use crate::model::bundle::Wanted;
use crate::model::path::RelPath;

/// A frame takes files up to this many bytes of tar together; a larger file has one of its own.
const FRAME: u64 = 1 << 20;

/// Offsets in the tar, in bytes.
pub(crate) struct Layout {
    /// The first byte of each file's content, by path.
    pub contents: Vec<(RelPath, u64)>,
    /// Ends of the frames after the first; the last is the end of the tar.
    pub cuts: Vec<u64>,
}

impl Layout {
    /// The layout of an archive that begins with so many bytes of index and ships these files.
    pub(crate) fn of(index: u64, wanted: &Wanted) -> Self {
        let (mut contents, mut cuts) = (Vec::with_capacity(wanted.len()), Vec::new());
        let (mut begun, mut at) = (index, index);
        for (path, shipped) in wanted {
            let head = head_length(path.as_str());
            let entry = head + padded(shipped.size);
            if at > begun && at - begun + entry > FRAME {
                cuts.push(at);
                begun = at;
            }
            contents.push((path.clone(), at + head));
            at += entry;
        }
        cuts.push(at + END.len() as u64);
        Self { contents, cuts }
    }

    /// The first byte of a file's content.
    pub(crate) fn content(&self, path: &RelPath) -> Option<u64> {
        let at = self
            .contents
            .binary_search_by(|(known, _)| known.cmp(path))
            .ok()?;
        Some(self.contents[at].1)
    }

    /// The length of the whole tar.
    pub(crate) fn length(&self) -> u64 {
        self.cuts.last().copied().unwrap_or(0)
    }
}
