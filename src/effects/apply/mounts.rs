//! Mounts that begin inside a tree: what is staged waits beside its target there.

use std::collections::HashMap;

use rustix::fs::Statx;

use crate::effects::apply::TransactionError;
use crate::effects::os::disk::{DiskError, Root, kind_of};
use crate::model::path::RelPath;

/// The places of paths: each is where the nearest directory above it is that exists.
pub(super) struct Mounts<'a> {
    root: &'a Root,
    known: HashMap<RelPath, Place>,
}

/// Place of a directory.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Mount and device.
    pub(super) device: Device,
    /// The directory, from its root; `None` is the root itself.
    pub(super) directory: Option<RelPath>,
}

/// A mount, and the device that the kernel names for a directory there: a subvolume has one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Device(u64, u32, u32);

impl Device {
    pub(super) fn of(stat: &Statx) -> Self {
        Self(stat.stx_mnt_id, stat.stx_dev_major, stat.stx_dev_minor)
    }
}

impl<'a> Mounts<'a> {
    pub(super) fn of(root: &'a Root) -> Self {
        Self {
            root,
            known: HashMap::new(),
        }
    }

    pub(super) fn below(&mut self, path: &RelPath) -> Result<Place, DiskError> {
        let Some(directory) = path.parent() else {
            return Ok(Place {
                device: Device::of(&self.root.stat_self()?),
                directory: None,
            });
        };
        if let Some(known) = self.known.get(&directory) {
            return Ok(known.clone());
        }
        let stat = self.root.look(directory.as_str()).ok();
        let is_directory = |stat: &Statx| kind_of(stat.stx_mode).is_dir();
        let place = match stat.filter(is_directory) {
            Some(stat) => Place {
                device: Device::of(&stat),
                directory: Some(directory.clone()),
            },
            None => self.below(&directory)?,
        };
        self.known.insert(directory, place.clone());
        Ok(place)
    }
}

/// A free name in a directory: a transaction that was given up may have left some, with what it had displaced.
pub(super) fn beside(
    root: &Root,
    directory: Option<&RelPath>,
    number: u64,
    slot: usize,
) -> Result<RelPath, TransactionError> {
    let mut name = format!(".mosaic-{number}-{slot}");
    loop {
        let path =
            directory.map_or_else(|| RelPath::parse(&name), |directory| directory.join(&name));
        let path = path.map_err(TransactionError::before)?;
        if root.stat_if_there(path.as_str())?.is_none() {
            return Ok(path);
        }
        name.push('-');
    }
}
