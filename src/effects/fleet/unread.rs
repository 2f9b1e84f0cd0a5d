//! Units that the manager has not read as they are now. Its own word is no measure: a file that was only touched counts
//! for it, and since systemd 257 every unit does after anybody's `enable --no-reload`.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::effects::home::Home;
use crate::effects::os::disk::outside;
use crate::effects::os::systemd::drop_ins::has_other_drop_ins;
use crate::effects::scan::digest_of_single;
use crate::model::digest::Digest;
use crate::model::unit::UnitState;

/// Coarseness of the times that file systems stamp.
const COARSENESS: SignedDuration = SignedDuration::from_millis(20);

/// Contents that Mosaic last left outside of and in the home, by path.
#[derive(Debug, Default)]
pub(crate) struct LeftContents(HashMap<PathBuf, Digest>);

impl LeftContents {
    /// Those that a home's record has.
    pub(crate) fn of(home: &Home, place: &Path) -> Self {
        let units = home.record.units.iter();
        let units = units.map(|(spot, entry)| (PathBuf::from(&*spot.text()), entry.left));
        let entries = home.record.entries.iter();
        let entries = entries.map(|(path, entry)| (place.join(path), entry.left));
        Self(units.chain(entries).collect())
    }

    /// Tells whether a content is the one that was left at a path.
    pub(crate) fn has(&self, path: &Path, found: Option<Digest>) -> bool {
        found.is_some() && self.0.get(path).copied() == found
    }
}

/// Tells whether a unit's file or its drop-ins are others than when the manager last read its units.
pub(crate) fn is_unread(
    left: &LeftContents,
    loaded_at: Option<Timestamp>,
    state: &UnitState,
) -> bool {
    let mut files = state.fragment_path.iter().chain(&state.drop_in_paths);
    has_other_drop_ins(state)
        || (state.need_daemon_reload && files.any(|file| is_newer(left, loaded_at, file)))
}

fn is_newer(left: &LeftContents, loaded_at: Option<Timestamp>, file: &Path) -> bool {
    let path = outside::real_or_same(file);
    if left.has(&path, digest_of_single(&path).ok()) {
        return false;
    }
    let Some(loaded_at) = loaded_at else {
        return true;
    };
    let changed = outside::stat(&path).ok().and_then(|stat| {
        let nanosecond = i32::try_from(stat.ctime_nsec()).unwrap_or_default();
        Timestamp::new(stat.ctime(), nanosecond).ok()
    });
    changed.is_none_or(|changed| changed + COARSENESS >= loaded_at)
}
