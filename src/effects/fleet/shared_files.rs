//! Files that many units share: each is resolved, read and looked at once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::bounded::{TEXT_MAX, read_text_at_most};
use crate::effects::os::disk::outside;
use crate::effects::scan::digest_of_single;
use crate::model::digest::Digest;

/// What was seen of files, by path.
#[derive(Default)]
pub(super) struct SharedFiles {
    resolved: RefCell<HashMap<PathBuf, PathBuf>>,
    texts: RefCell<HashMap<PathBuf, String>>,
    stamps: RefCell<HashMap<PathBuf, Stamp>>,
}

/// The digest and the change time of a file.
type Stamp = (Option<Digest>, Option<Timestamp>);

impl SharedFiles {
    /// The path, links resolved.
    pub(super) fn resolved(&self, path: &Path) -> PathBuf {
        once(&self.resolved, path, resolved)
    }

    /// The text of a file; of one that cannot be read, none.
    pub(super) fn text(&self, path: &Path) -> String {
        let read = |path: &Path| read_text_at_most(path, TEXT_MAX).unwrap_or_default();
        once(&self.texts, path, read)
    }

    /// The digest and the change time of a file, as far as they can be told.
    pub(super) fn stamp(&self, path: &Path) -> Stamp {
        once(&self.stamps, path, stamp)
    }
}

fn once<T: Clone>(
    known: &RefCell<HashMap<PathBuf, T>>,
    path: &Path,
    look: impl FnOnce(&Path) -> T,
) -> T {
    if let Some(seen) = known.borrow().get(path) {
        return seen.clone();
    }
    let seen = look(path);
    known.borrow_mut().insert(path.to_owned(), seen.clone());
    seen
}

fn stamp(path: &Path) -> Stamp {
    let found = digest_of_single(path).ok();
    let stat = outside::stat(path).ok();
    let nanosecond = |stat: &Metadata| i32::try_from(stat.ctime_nsec()).unwrap_or_default();
    let changed_at = stat.and_then(|stat| Timestamp::new(stat.ctime(), nanosecond(&stat)).ok());
    (found, changed_at)
}
