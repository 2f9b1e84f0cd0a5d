//! The horizon of a look: the stamps that lie behind it are settled, and may be trusted the next time.

use rustix::fs::Statx;

use crate::decide::doctor::mounts::Mount;
use crate::decide::home::stamps::{Look, Moment, is_settled};
use crate::effects::os::disk::outside;
use crate::effects::os::host;
use crate::effects::scan::stat_cache::{Key, Known, Stamp};
use crate::model::digest::Digest;
use crate::model::path::RelPath;

/// A file whose content is known, with the stamps that it had before that was learnt.
#[derive(Debug, Clone)]
pub(crate) struct Noted {
    key: Key,
    digest: Digest,
    stamp: Stamp,
    mount: u64,
    may_be_open: bool,
}

impl Noted {
    /// A file that was read.
    pub(crate) fn read(known: Known, path: &str, stat: &Statx, digest: Digest) -> Self {
        let stamp = Stamp::from(stat);
        Self {
            key: known.key(path, &stamp),
            digest,
            stamp,
            mount: stat.stx_mnt_id,
            may_be_open: known.is_operators(),
        }
    }

    /// A file that Mosaic made and put in place, and that nobody could open before it was there.
    pub(crate) fn put_in_place(known: Known, path: &RelPath, stat: &Statx, digest: Digest) -> Self {
        Self {
            may_be_open: false,
            ..Self::read(known, path.as_str(), stat, digest)
        }
    }
}

/// A stamp that a file system gave to something which Mosaic changed there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    device: (u32, u32),
    at: Moment,
}

impl From<&Statx> for Written {
    fn from(stat: &Statx) -> Self {
        let stamp = Stamp::from(stat);
        Self {
            device: stamp.device,
            at: stamp.changed.min(stamp.modified),
        }
    }
}

impl Written {
    /// Tells whether a content was written before this: what is written later has another time of modification.
    pub(crate) fn is_after(&self, stamp: &Stamp) -> bool {
        stamp.device == self.device && stamp.modified < self.at
    }
}

/// Horizon of a look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Horizon {
    written: Option<Written>,
    clock: Moment,
}

impl Horizon {
    /// The horizon of a look that begins now, after something was written.
    pub(crate) fn now(written: Option<Written>) -> Self {
        Self {
            written,
            clock: host::file_clock(),
        }
    }

    /// The files of a look whose stamps are settled.
    pub(crate) fn settled(&self, noted: &[Noted]) -> Vec<(Key, Digest)> {
        if noted.is_empty() {
            return Vec::new();
        }
        let mounts = outside::mounts();
        let is_settled = |noted: &&Noted| is_settled(&self.look(noted, &mounts));
        let settled = noted.iter().filter(is_settled);
        settled.map(|noted| (noted.key, noted.digest)).collect()
    }

    fn look<'m>(&self, noted: &Noted, mounts: &'m [Mount]) -> Look<'m> {
        let mount = mounts.iter().find(|mount| mount.id == noted.mount);
        let written = self
            .written
            .filter(|written| written.device == noted.stamp.device);
        Look {
            changed: noted.stamp.changed,
            modified: noted.stamp.modified,
            kind: mount.map(|mount| mount.kind.as_str()),
            written: written.map(|written| written.at),
            clock: self.clock,
            may_be_open: noted.may_be_open,
        }
    }
}
