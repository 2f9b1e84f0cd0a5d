//! Mounts that begin inside a tree: what is staged waits beside its target there.

use std::collections::HashMap;

use rustix::fs::Statx;

use crate::effects::apply::TransactionError;
use crate::effects::os::disk::{DiskError, Root, kind_of};
use crate::model::path::RelPath;

/// The mounts that paths are on: each path is on that of the nearest directory above it that
/// exists.
pub(super) struct Mounts<'a> {
    root: &'a Root,
    known: HashMap<RelPath, MountId>,
}

/// A mount, and the nearest directory that is on it; `None` is the root itself.
pub(super) type MountId = (u64, Option<RelPath>);

impl<'a> Mounts<'a> {
    pub(super) fn of(root: &'a Root) -> Self {
        Self {
            root,
            known: HashMap::new(),
        }
    }

    pub(super) fn below(&mut self, path: &RelPath) -> Result<MountId, DiskError> {
        let Some(directory) = path.parent() else {
            return Ok((self.root.stat_self()?.stx_mnt_id, None));
        };
        if let Some(known) = self.known.get(&directory) {
            return Ok(known.clone());
        }
        let stat = self.root.look(directory.as_str()).ok();
        let is_directory = |stat: &Statx| kind_of(stat.stx_mode).is_dir();
        let mount = match stat.filter(is_directory) {
            Some(stat) => (stat.stx_mnt_id, Some(directory.clone())),
            None => self.below(&directory)?,
        };
        self.known.insert(directory, mount.clone());
        Ok(mount)
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
