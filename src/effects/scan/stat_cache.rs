//! Contents that need not be read again, because nothing the kernel stamps has changed.
//!
//! As in git's index, an entry counts only if the file's time stamps were already in the past when it
//! was looked at: a file that changes twice within one tick of the clock would otherwise look unchanged.

use std::cmp::Ordering;

use rustix::fs::Statx;

use crate::model::digest::Digest;

/// Stamps of the kernel on a file: device, inode, length, change and modification time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
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
    /// Tells whether all but the change time is the same, as after a rename.
    pub(crate) fn is_same_file_content(&self, other: &Self) -> bool {
        Self {
            changed: other.changed,
            ..*self
        } == *other
    }

    /// The key under which a bundle in one file is vouched for as a whole, and not for its bytes: a length
    /// that no file has keeps the two apart.
    pub(crate) fn of_archive(self) -> Self {
        Self {
            size: !self.size,
            ..self
        }
    }

    /// Tells whether a later change is sure to look different: both times lie before `looked_at`.
    pub(crate) fn is_settled(&self, looked_at: (i64, i64)) -> bool {
        let is_past =
            |(seconds, nanoseconds): (i64, u32)| (seconds, i64::from(nanoseconds)) < looked_at;
        is_past(self.changed) && is_past(self.modified)
    }

    fn key(&self) -> [u8; KEY] {
        let mut key = [0; KEY];
        key[..4].copy_from_slice(&self.device.0.to_be_bytes());
        key[4..8].copy_from_slice(&self.device.1.to_be_bytes());
        key[8..16].copy_from_slice(&self.inode.to_be_bytes());
        key[16..24].copy_from_slice(&self.size.to_be_bytes());
        key[24..32].copy_from_slice(&self.changed.0.to_be_bytes());
        key[32..36].copy_from_slice(&self.changed.1.to_be_bytes());
        key[36..44].copy_from_slice(&self.modified.0.to_be_bytes());
        key[44..].copy_from_slice(&self.modified.1.to_be_bytes());
        key
    }
}

/// The bytes of a stamp, and of a stamp with its digest.
const KEY: usize = 48;
const ENTRY: usize = KEY + 32;

/// The known digests, by stamp: as they lie on disk, sorted by the stamp's bytes, so that nothing has to be
/// decoded for the few that are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StatCache(Vec<u8>);

impl StatCache {
    /// A cache as it lies on disk.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// Bytes of the cache as they lie on disk.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Key and digest of the file with this stamp, if it was read before.
    pub(crate) fn find(&self, stamp: &Stamp) -> Option<(FileKey, Digest)> {
        let key = stamp.key();
        let mut low = 0;
        let mut high = self.0.len() / ENTRY;
        while low < high {
            let middle = low.midpoint(high);
            match self.key(middle).cmp(&key[..]) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => {
                    return Some((FileKey(u32::try_from(middle).ok()?), self.digest(middle)?));
                }
            }
        }
        None
    }

    /// The digest of the file with this stamp, if it was read before.
    pub(crate) fn get(&self, stamp: &Stamp) -> Option<Digest> {
        self.find(stamp).map(|(_, digest)| digest)
    }

    /// A cache of these entries of this one, and of others.
    pub(crate) fn renewed(
        &self,
        kept: &[FileKey],
        fresh: impl IntoIterator<Item = (Stamp, Digest)>,
    ) -> Self {
        let mut kept = kept.to_vec();
        kept.sort_unstable();
        kept.dedup();
        let mut fresh: Vec<_> = fresh
            .into_iter()
            .map(|(stamp, digest)| (stamp.key(), digest))
            .collect();
        fresh.sort_unstable();
        fresh.dedup_by_key(|(key, _)| *key);
        let mut renewed = Vec::with_capacity((kept.len() + fresh.len()) * ENTRY);
        let mut kept = kept
            .iter()
            .map(|place| self.entry(place.0 as usize))
            .peekable();
        for (key, digest) in fresh {
            while let Some(entry) = kept.next_if(|entry| entry[..KEY] < key[..]) {
                renewed.extend_from_slice(entry);
            }
            // What was just seen counts for more.
            kept.next_if(|entry| entry[..KEY] == key[..]);
            renewed.extend_from_slice(&key);
            renewed.extend_from_slice(digest.as_bytes());
        }
        kept.for_each(|entry| renewed.extend_from_slice(entry));
        Self(renewed)
    }

    /// Keys of all entries.
    pub(crate) fn places(&self) -> Vec<FileKey> {
        (0..).take(self.0.len() / ENTRY).map(FileKey).collect()
    }

    fn entry(&self, index: usize) -> &[u8] {
        &self.0[index * ENTRY..(index + 1) * ENTRY]
    }

    fn key(&self, index: usize) -> &[u8] {
        &self.entry(index)[..KEY]
    }

    fn digest(&self, index: usize) -> Option<Digest> {
        self.entry(index)[KEY..]
            .try_into()
            .ok()
            .map(Digest::from_bytes)
    }
}

/// Key of an entry: its place in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileKey(u32);

impl FromIterator<(Stamp, Digest)> for StatCache {
    fn from_iter<T: IntoIterator<Item = (Stamp, Digest)>>(entries: T) -> Self {
        Self::default().renewed(&[], entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stamped_in_the_current_tick_is_not_trusted() {
        let stamped = |changed, modified| Stamp {
            device: (0, 1),
            inode: 2,
            size: 3,
            changed,
            modified,
        };
        assert!(stamped((10, 4), (10, 4)).is_settled((10, 5)));
        assert!(!stamped((10, 5), (10, 4)).is_settled((10, 5)));
        assert!(!stamped((10, 4), (11, 0)).is_settled((10, 5)));
    }

    #[test]
    fn a_renewed_cache_knows_what_was_kept_and_what_is_new() {
        let stamp = |inode| Stamp {
            device: (0, 1),
            inode,
            size: 3,
            changed: (4, 5),
            modified: (6, 7),
        };
        let digest = |number: u64| Digest::of(&number.to_be_bytes());
        let cache: StatCache = (0..10)
            .map(|inode| (stamp(2 * inode), digest(inode)))
            .collect();
        let kept: Vec<_> = (2..9)
            .rev()
            .filter_map(|inode| cache.find(&stamp(2 * inode)))
            .map(|(place, _)| place)
            .collect();
        let renewed = cache.renewed(
            &kept,
            [
                (stamp(17), digest(99)),
                (stamp(8), digest(98)),
                (stamp(1), digest(97)),
            ],
        );
        let known = |inode| renewed.get(&stamp(inode));
        assert_eq!(renewed.places().len(), 9);
        assert_eq!(
            [known(1), known(8), known(17)],
            [Some(digest(97)), Some(digest(98)), Some(digest(99))]
        );
        assert_eq!(
            [known(0), known(2), known(4), known(16)],
            [None, None, Some(digest(2)), Some(digest(8))]
        );
        assert_eq!(known(18), None);
    }

    #[test]
    fn any_difference_in_a_stamp_is_a_miss() {
        let stamp = Stamp {
            device: (0, 1),
            inode: 2,
            size: 3,
            changed: (4, 5),
            modified: (6, 7),
        };
        let cache: StatCache = [(stamp, Digest::of(b"x"))].into_iter().collect();
        assert_eq!(cache.get(&stamp), Some(Digest::of(b"x")));
        let others = [
            Stamp {
                device: (0, 2),
                ..stamp
            },
            Stamp { inode: 3, ..stamp },
            Stamp { size: 4, ..stamp },
            Stamp {
                changed: (4, 6),
                ..stamp
            },
            Stamp {
                modified: (6, 8),
                ..stamp
            },
        ];
        assert!(others.iter().all(|other| cache.get(other).is_none()));
    }
}
