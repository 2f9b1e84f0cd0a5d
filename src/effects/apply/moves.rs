//! The three moves of a carry-out, each in the way that its place keeps: a file comes, goes, or changes places with
//! another.
//!
//! The ways are those that the probe found. What is in the lower layer of an overlay, or on another branch of a union,
//! may still refuse what the probe's own files did; then the next way is taken. A way that is not to be had changes
//! nothing, so that no live file is in between.

use std::cell::Cell;

use rustix::io::Errno;

use crate::decide::home::ways::{IntoFree, Swap, Ways};
use crate::effects::apply::slot::{Slot, displaced_name};
use crate::effects::os::disk::{DiskError, Root, Target, kind_of};
use crate::model::ignore::Ignore;
use crate::model::mode::Mode;

/// Moves between one live place and its slot.
pub(super) struct Moves<'a> {
    live: &'a Root,
    path: &'a str,
    slot: &'a Slot<'a>,
    ways: Cell<Ways>,
}

impl<'a> Moves<'a> {
    pub(super) fn new(live: &'a Root, path: &'a str, slot: &'a Slot<'a>, ways: Ways) -> Self {
        Self {
            live,
            path,
            slot,
            ways: Cell::new(ways),
        }
    }

    /// Moves what is in the slot to the live place, which must be free: `EEXIST` where it is not.
    pub(super) fn put(&self) -> Result<(), DiskError> {
        let (from, waiting) = self.slot.waiting();
        let to = (self.live, self.path);
        if self.ways.get().into_free == IntoFree::Move {
            match from.rename(waiting, to, Target::Free) {
                Err(error) if is_unable(&error) => self.step_down(IntoFree::SecondName),
                moved => return moved,
            }
        }
        if self.ways.get().into_free == IntoFree::SecondName {
            match from.link(waiting, to) {
                Err(error) if !is_of_place(&error) => self.step_down(IntoFree::Look),
                linked => return linked.and_then(|()| from.remove_file(waiting)),
            }
        }
        match self.live.stat_if_there(self.path)? {
            Some(_) => Err(self.taken()),
            None => from.rename(waiting, to, Target::Replaced),
        }
    }

    /// Moves what is at the live place into the slot, which is free and nobody else's.
    pub(super) fn take(&self) -> Result<(), DiskError> {
        let slot = self.slot.waiting();
        if self.ways.get().into_free == IntoFree::Move {
            match self.live.rename(self.path, slot, Target::Free) {
                Err(error) if is_unable(&error) => self.step_down(IntoFree::SecondName),
                moved => return moved,
            }
        }
        self.live.rename(self.path, slot, Target::Replaced)
    }

    /// Lets the live file and the one in the slot change places. Where that takes more than one step, nobody sees a gap,
    /// but a save in between is lost.
    pub(super) fn swap(&self) -> Result<(), DiskError> {
        let (root, waiting) = self.slot.waiting();
        if self.ways.get().swap == Swap::Exchange {
            match root.rename(waiting, (self.live, self.path), Target::Exchanged) {
                Err(error) if is_unable(&error) => self.step_swap_down(Swap::SecondName),
                swapped => return swapped,
            }
        }
        let found = self.live.stat(self.path)?;
        if !kind_of(found.stx_mode).is_file() {
            return Err(self.taken());
        }
        let displaced = displaced_name(waiting);
        root.remove_all(&displaced)?;
        self.keep_displaced(root, &displaced, Mode::from_st_mode(found.stx_mode.into()))?;
        let moved = root.rename(waiting, (self.live, self.path), Target::Replaced);
        if moved.is_err() {
            root.remove_all(&displaced)
                .ignore("what made it fail is what the caller must hear");
        }
        moved?;
        root.rename(&displaced, (root, waiting), Target::Replaced)
    }

    fn keep_displaced(&self, root: &Root, displaced: &str, mode: Mode) -> Result<(), DiskError> {
        if self.ways.get().swap == Swap::SecondName {
            match self.live.link(self.path, (root, displaced)) {
                Err(error) if !is_of_place(&error) => self.step_swap_down(Swap::Copy),
                linked => return linked,
            }
        }
        self.live.copy(self.path, (root, displaced), mode)
    }

    fn taken(&self) -> DiskError {
        self.live.error("move into place", self.path, Errno::EXIST)
    }

    fn step_down(&self, into_free: IntoFree) {
        self.ways.set(Ways {
            into_free,
            ..self.ways.get()
        });
    }

    fn step_swap_down(&self, swap: Swap) {
        self.ways.set(Ways {
            swap,
            ..self.ways.get()
        });
    }
}

/// Tells whether no such rename is to be had there at all.
pub(super) fn is_unable(error: &DiskError) -> bool {
    error.is_unsupported() || error.errno() == Some(Errno::XDEV)
}

/// Tells whether an error is of the names or of the room, so that another way would not help. File systems without
/// hard links say so in many ways: EPERM, ERANGE, EIO, EOPNOTSUPP.
pub(super) fn is_of_place(error: &DiskError) -> bool {
    matches!(
        error.errno(),
        Some(
            Errno::EXIST
                | Errno::NOENT
                | Errno::NOTDIR
                | Errno::LOOP
                | Errno::NOSPC
                | Errno::DQUOT
                | Errno::ROFS
        )
    )
}
