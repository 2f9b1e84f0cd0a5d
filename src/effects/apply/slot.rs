//! The place of a change's content: there it waits, and there the file that it displaces is kept.

use crate::effects::apply::Site;
use crate::effects::os::disk::{DiskError, Root, Target};
use crate::effects::scan::state_at;
use crate::effects::state::{COMMITTED, FILES};
use crate::model::change::FileState;
use crate::model::digest::Digest;
use crate::model::generation::{Logged, Staged};
use crate::model::mode::Mode;

const PRIVATE: u32 = 0o600;

/// Slot of one change, numbered as the change is in the journal.
pub(super) struct Slot<'a> {
    state: &'a Root,
    /// The slot's path in the state's own folder.
    kept: String,
    /// The slot's path in the target's root, where no rename leads from there to here.
    beside: Option<(&'a Root, String)>,
}

impl<'a> Slot<'a> {
    pub(super) fn of(site: &'a Site<'a>, live: &'a Root, slot: usize, logged: &Logged) -> Self {
        let beside = match &logged.staged {
            Staged::InState => None,
            Staged::Beside(path) => Some((live, path.to_string())),
        };
        Self {
            state: &site.state.root,
            kept: format!("{COMMITTED}/{FILES}/{slot}"),
            beside,
        }
    }

    /// Root and path at which the content waits.
    pub(super) fn waiting(&self) -> (&'a Root, &str) {
        match &self.beside {
            Some((root, path)) => (root, path),
            None => (self.state, &self.kept),
        }
    }

    /// The file in the slot, if there is one.
    pub(super) fn file(&self) -> Result<Option<FileState>, DiskError> {
        let (root, path) = self.waiting();
        Ok(state_at(root, path)?.file())
    }

    /// Tells whether nothing at all is in the slot.
    pub(super) fn is_empty(&self) -> Result<bool, DiskError> {
        let (root, path) = self.waiting();
        Ok(root.stat_if_there(path)?.is_none())
    }

    /// Tells whether the displaced file has already been brought into the state's folder from beside.
    pub(super) fn is_kept(&self) -> Result<bool, DiskError> {
        Ok(self.beside.is_some() && self.state.stat_if_there(&self.kept)?.is_some())
    }

    /// Ends a swap in steps that a crash cut off: once the live name had changed hands, what was displaced comes into
    /// the slot; before that, its second name is of no use.
    pub(super) fn end_swap(&self) -> Result<(), DiskError> {
        let (root, waiting) = self.waiting();
        let displaced = displaced_name(waiting);
        if root.stat_if_there(&displaced)?.is_none() {
            Ok(())
        } else if self.is_empty()? {
            root.rename(&displaced, (root, waiting), Target::Replaced)
        } else {
            root.remove_file(&displaced)
        }
    }

    /// Brings what waits beside its target into the state's folder, be it ours or an earlier save of the operator's.
    pub(super) fn secure_waiting(&self) -> Result<(), DiskError> {
        if self.beside.is_none() || self.is_empty()? {
            Ok(())
        } else {
            self.secure()
        }
    }

    /// Makes a displaced file private, and brings it into the state's folder. One that has other names
    /// is copied, so that nobody can change it through them.
    pub(super) fn secure(&self) -> Result<(), DiskError> {
        let (root, path) = self.waiting();
        let stat = root.stat(path)?;
        let private = Mode::from_st_mode(PRIVATE);
        if self.beside.is_none() && stat.stx_nlink == 1 {
            let is_private = Mode::from_st_mode(stat.stx_mode.into()) == private;
            // Bits that another name of it has, too, are the operator's; nobody else gets into this folder.
            return if is_private || !self.state.counts_names()? {
                Ok(())
            } else {
                root.set_mode(path, private)
            };
        }
        let copy = format!("{}.copy", self.kept);
        // What a run that was cut off here had begun.
        self.state.remove_all(&copy)?;
        root.copy(path, (self.state, &copy), private)?;
        self.state
            .rename(&copy, (self.state, &self.kept), Target::Replaced)?;
        if self.beside.is_some() {
            root.remove_file(path)
        } else {
            Ok(())
        }
    }

    /// Brings a displaced file that was made private and kept to where it can leave again, with its permission bits.
    pub(super) fn bring_out(&self, mode: Mode) -> Result<(), DiskError> {
        let (root, waiting) = self.waiting();
        if self.beside.is_none() || !self.is_kept()? {
            return root.set_mode(waiting, mode);
        }
        let copy = format!("{waiting}.out");
        root.remove_all(&copy)?;
        self.state.copy(&self.kept, (root, &copy), mode)?;
        root.rename(&copy, (root, waiting), Target::Replaced)?;
        self.state.remove_file(&self.kept)
    }

    /// Notes that the operator's file with this content is about to go back from the slot to its place.
    pub(super) fn note_return(&self, his: Digest) -> Result<(), DiskError> {
        self.end_return()?;
        let note = his.to_string();
        let private = Mode::from_st_mode(PRIVATE);
        self.state
            .create(&self.note(), note.as_bytes(), private, None)?;
        Ok(())
    }

    /// The content that was about to go back when a run was cut off, if one was; a note that was cut off is none.
    pub(super) fn returning(&self) -> Result<Option<Digest>, DiskError> {
        if self.state.stat_if_there(&self.note())?.is_none() {
            return Ok(None);
        }
        let note = self.state.read_at_most(&self.note(), NOTE_MAX)?;
        Ok(std::str::from_utf8(&note)
            .ok()
            .and_then(|note| note.parse().ok()))
    }

    /// Forgets that something went back.
    pub(super) fn end_return(&self) -> Result<(), DiskError> {
        self.state.remove_all(&self.note())
    }

    fn note(&self) -> String {
        format!("{}.back", self.kept)
    }
}

/// Length of a note, at most: a digest in hexadecimal digits.
const NOTE_MAX: u64 = 64;

/// The name that a live file gets beside its slot where it cannot be exchanged in one step.
pub(super) fn displaced_name(waiting: &str) -> String {
    format!("{waiting}.displaced")
}
