//! Contents that need not be read again, because nothing that the file system stamps has changed.
//!
//! A file is known by its path and its stamps: where inode numbers are made up, those of one file may be another's later.
//! What may join is told by [`Horizon`](super::horizon::Horizon): stamps that no later change can leave as they are.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use rustix::fs::Statx;

use crate::decide::home::stamps::Moment;
use crate::effects::os::disk::outside;
use crate::model::digest::Digest;

/// Stamps of the kernel on a file: device, inode, length, change and modification time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(super) device: (u32, u32),
    inode: u64,
    size: u64,
    pub(super) changed: Moment,
    pub(super) modified: Moment,
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

    fn at(&self, place: u64) -> Key {
        let mut key = [0; KEY];
        key[..4].copy_from_slice(&self.device.0.to_be_bytes());
        key[4..8].copy_from_slice(&self.device.1.to_be_bytes());
        key[8..16].copy_from_slice(&self.inode.to_be_bytes());
        key[16..24].copy_from_slice(&self.size.to_be_bytes());
        key[24..32].copy_from_slice(&self.changed.0.to_be_bytes());
        key[32..36].copy_from_slice(&self.changed.1.to_be_bytes());
        key[36..44].copy_from_slice(&self.modified.0.to_be_bytes());
        key[44..48].copy_from_slice(&self.modified.1.to_be_bytes());
        // Last, so that what is asked for one after the other lies side by side.
        key[48..].copy_from_slice(&place.to_be_bytes());
        key
    }
}

/// Stamps, and the path of the file that has them.
pub(crate) type Key = [u8; KEY];

/// The bytes of a key, and of a key with its digest.
const KEY: usize = 56;
const ENTRY: usize = KEY + 32;

/// The known digests, by key: as they lie on disk, sorted by the key's bytes, so that nothing has to be
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

    /// What is known of the files of a home.
    pub(crate) fn of_home(&self) -> Known<'_> {
        Known {
            cache: self,
            bundle: None,
        }
    }

    /// What is known of the bundle at a path.
    pub(crate) fn of_bundle(&self, path: &Path) -> Known<'_> {
        let mut hasher = DefaultHasher::new();
        hasher.write(outside::real_or_same(path).as_os_str().as_encoded_bytes());
        Known {
            cache: self,
            bundle: Some(hasher.finish()),
        }
    }

    /// Finds a key, best the one after that of `before`.
    fn find(&self, key: &Key, before: Option<FileKey>) -> Option<(FileKey, Digest)> {
        let mut low = 0;
        let mut high = self.0.len() / ENTRY;
        if let Some(FileKey(before)) = before
            && (before as usize + 1) < high
            && self.key(before as usize + 1) == &key[..]
        {
            return Some((FileKey(before + 1), self.digest(before as usize + 1)?));
        }
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

    /// A cache of these entries of this one, and of others.
    pub(crate) fn renewed(
        &self,
        kept: &[FileKey],
        fresh: impl IntoIterator<Item = (Key, Digest)>,
    ) -> Self {
        let mut kept = kept.to_vec();
        kept.sort_unstable();
        kept.dedup();
        let mut fresh: Vec<_> = fresh.into_iter().collect();
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

/// The part of a cache that knows of a home, or of one bundle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    cache: &'a StatCache,
    bundle: Option<u64>,
}

impl Known<'_> {
    /// Place in the cache and digest of the file that has these stamps at this path, if that was learnt before.
    pub(crate) fn find(&self, path: &str, stamp: &Stamp) -> Option<(FileKey, Digest)> {
        self.find_after(None, path, stamp)
    }

    /// The same, quickest where the file that was looked at before has that place: files that were made one after the
    /// other lie side by side.
    pub(crate) fn find_after(
        &self,
        before: Option<FileKey>,
        path: &str,
        stamp: &Stamp,
    ) -> Option<(FileKey, Digest)> {
        if self.cache.0.is_empty() {
            return None;
        }
        self.cache.find(&self.key(path, stamp), before)
    }

    /// Key of a file. Another version's hash may be another one: it finds nothing then, and reads.
    pub(super) fn key(&self, path: &str, stamp: &Stamp) -> Key {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.bundle.unwrap_or_default());
        hasher.write(path.as_bytes());
        stamp.at(hasher.finish())
    }

    /// Tells whether the files are an operator's, who may have any of them open.
    pub(super) fn is_operators(&self) -> bool {
        self.bundle.is_none()
    }
}

/// Key of an entry: its place in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileKey(u32);

impl FromIterator<(Key, Digest)> for StatCache {
    fn from_iter<T: IntoIterator<Item = (Key, Digest)>>(entries: T) -> Self {
        Self::default().renewed(&[], entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp {
        device: (0, 1),
        inode: 2,
        size: 3,
        changed: (4, 5),
        modified: (6, 7),
    };

    fn key(path: &str, stamp: &Stamp) -> Key {
        StatCache::default().of_home().key(path, stamp)
    }

    #[test]
    fn a_renewed_cache_knows_what_was_kept_and_what_is_new() {
        let stamp = |inode| Stamp { inode, ..STAMP };
        let digest = |number: u64| Digest::of(&number.to_be_bytes());
        let cache: StatCache = (0..10)
            .map(|inode| (key("a", &stamp(2 * inode)), digest(inode)))
            .collect();
        let kept: Vec<_> = (2..9)
            .rev()
            .filter_map(|inode| cache.of_home().find("a", &stamp(2 * inode)))
            .map(|(place, _)| place)
            .collect();
        let renewed = cache.renewed(
            &kept,
            [
                (key("a", &stamp(17)), digest(99)),
                (key("a", &stamp(8)), digest(98)),
                (key("a", &stamp(1)), digest(97)),
            ],
        );
        let known = |inode| Some(renewed.of_home().find("a", &stamp(inode))?.1);
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
        let first = renewed
            .of_home()
            .find("a", &stamp(1))
            .map(|(place, _)| place);
        for inode in [4, 17] {
            let after = renewed.of_home().find_after(first, "a", &stamp(inode));
            assert_eq!(after, renewed.of_home().find("a", &stamp(inode)));
        }
    }

    #[test]
    fn any_difference_in_path_or_stamp_is_a_miss() {
        let cache: StatCache = [(key("a", &STAMP), Digest::of(b"x"))].into_iter().collect();
        let home = cache.of_home();
        assert_eq!(
            home.find("a", &STAMP).map(|(_, digest)| digest),
            Some(Digest::of(b"x"))
        );
        let others = [
            Stamp {
                device: (0, 2),
                ..STAMP
            },
            Stamp { inode: 3, ..STAMP },
            Stamp { size: 4, ..STAMP },
            Stamp {
                changed: (4, 6),
                ..STAMP
            },
            Stamp {
                modified: (6, 8),
                ..STAMP
            },
        ];
        assert!(others.iter().all(|other| home.find("a", other).is_none()));
        let (place, _) = home.find("a", &STAMP).unwrap();
        assert!(home.find_after(Some(place), "a", &STAMP).is_some());
        // Where inode numbers are made up, two files of equal length may have the same stamps.
        assert!(home.find("b", &STAMP).is_none());
        let bundle = cache.of_bundle(Path::new("/"));
        assert!(bundle.find("a", &STAMP).is_none());
    }
}
