//! Moves folders of the state: a transaction is committed, finished, put aside and let go by the name of its folder.

use rustix::io::Errno;

use crate::effects::os::disk::{DiskError, Root, Target};
use crate::effects::state::{JOURNAL, State};
use crate::model::mode::Mode;

impl State {
    /// Moves a folder that holds something to a name that is free, or taken by what an earlier try left there.
    ///
    /// Where the file system has no rename that spares its target, a plain one never replaces a folder that holds
    /// something, and no folder of a transaction is empty. A folder in the lower layer of an overlay cannot be moved at
    /// all: what is in it goes over piece by piece, the journal last.
    pub(crate) fn move_folder(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let root = &self.root;
        let moved = match root.rename(from, (root, to), Target::Free) {
            Err(error) if error.is_unsupported() => root.rename(from, (root, to), Target::Replaced),
            moved => moved,
        };
        match moved {
            Err(error) if error.errno() == Some(Errno::XDEV) => move_pieces(root, from, to),
            moved => moved,
        }
    }
}

fn move_pieces(root: &Root, from: &str, to: &str) -> Result<(), DiskError> {
    let mode = Mode::from_st_mode(root.stat(from)?.stx_mode.into());
    match root.make_directory(to, mode) {
        Err(error) if error.errno() != Some(Errno::EXIST) => return Err(error),
        _ => {}
    }
    let mut pieces = root.children(from)?;
    pieces.sort_by_key(|(name, _)| name == JOURNAL.as_bytes());
    for (name, is_directory) in pieces {
        let name = str::from_utf8(&name).map_err(|_| root.error("move", from, Errno::ILSEQ))?;
        let (piece, place) = (format!("{from}/{name}"), format!("{to}/{name}"));
        if is_directory {
            move_pieces(root, &piece, &place)?;
        } else {
            root.rename(&piece, (root, &place), Target::Replaced)?;
        }
    }
    root.sync_directory(to)?;
    root.remove_directory(from)
}
