//! Contents that need not be read again, because nothing the kernel stamps has changed.
//!
//! As in git's index, an entry counts only if the file's time stamps were already in the past when it
//! was looked at: a file that changes twice within one tick of the clock would otherwise look unchanged.

use rustix::fs::Statx;
use serde::{Deserialize, Serialize};

use crate::words::digest::Digest;

/// What the kernel stamps on a file: device, inode, length, change and modification time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    device: (u32, u32),
    inode: u64,
    size: u64,
    changed: (i64, u32),
    modified: (i64, u32),
}

impl From<&Statx> for Stamp {
    fn from(stat: &Statx) -> Self {
        Self {
            device: (stat.stx_dev_major, stat.stx_dev_minor),
            inode: stat.stx_ino,
            size: stat.stx_size,
            changed: (stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec),
            modified: (stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec),
        }
    }
}

impl Stamp {
    /// Whether all but the change time is the same, as after a rename.
    pub fn is_same_file_content(&self, other: &Self) -> bool {
        Self { changed: other.changed, ..*self } == *other
    }

    /// Whether a later change is sure to look different: both times lie before `looked_at`.
    pub fn is_settled(&self, looked_at: (i64, i64)) -> bool {
        let is_past = |(seconds, nanoseconds): (i64, u32)| (seconds, i64::from(nanoseconds)) < looked_at;
        is_past(self.changed) && is_past(self.modified)
    }
}

/// The known digests, by stamp.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatCache(Vec<(Stamp, Digest)>);

impl StatCache {
    /// The digest of the file with this stamp, if it was read before.
    pub fn get(&self, stamp: &Stamp) -> Option<Digest> {
        self.0.binary_search_by(|(known, _)| known.cmp(stamp)).ok().map(|at| self.0[at].1)
    }

    /// Whether it knows nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for StatCache {
    type Item = (Stamp, Digest);
    type IntoIter = std::vec::IntoIter<Self::Item>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(Stamp, Digest)> for StatCache {
    fn from_iter<T: IntoIterator<Item = (Stamp, Digest)>>(entries: T) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_unstable();
        entries.dedup_by_key(|(stamp, _)| *stamp);
        Self(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stamped_in_the_current_tick_is_not_trusted() {
        let at = |changed, modified| Stamp { device: (0, 1), inode: 2, size: 3, changed, modified };
        assert!(at((10, 4), (10, 4)).is_settled((10, 5)));
        assert!(!at((10, 5), (10, 4)).is_settled((10, 5)));
        assert!(!at((10, 4), (11, 0)).is_settled((10, 5)));
    }

    #[test]
    fn any_difference_in_a_stamp_is_a_miss() {
        let stamp = Stamp { device: (0, 1), inode: 2, size: 3, changed: (4, 5), modified: (6, 7) };
        let cache: StatCache = [(stamp, Digest::of(b"x"))].into_iter().collect();
        assert_eq!(cache.get(&stamp), Some(Digest::of(b"x")));
        let others = [
            Stamp { device: (0, 2), ..stamp },
            Stamp { inode: 3, ..stamp },
            Stamp { size: 4, ..stamp },
            Stamp { changed: (4, 6), ..stamp },
            Stamp { modified: (6, 8), ..stamp },
        ];
        assert!(others.iter().all(|other| cache.get(other).is_none()));
    }
}
