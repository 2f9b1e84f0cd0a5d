//! Carries the committed changes out, one rename or exchange each, and keeps what they displace.
//!
//! The same code serves the first run and the run after a crash. What tells how far a change got is the
//! file in its slot: the content it brings before, the content it displaced after.

use crate::effects::scan::state_at;
use rustix::io::Errno;

use crate::decide::plan::evidence::FileSight;
use crate::effects::apply::roots::Roots;
use crate::effects::apply::{Checkpoint, Manner, Site, Uncarried};
use crate::effects::os::disk::{DiskError, Root, Target};
use crate::effects::state::{COMMITTED, FILES};
use crate::model::change::{Alteration, FileState, Presence};
use crate::model::generation::{ChangeOutcome, Journal, Logged, Staged};
use crate::model::mode::Mode;

const PRIVATE: u32 = 0o600;

/// Carries out every change of a journal and notes the fate of each.
pub(super) fn carry_out(
    site: &Site,
    journal: &mut Journal,
    manner: Manner,
) -> Result<(), Uncarried> {
    let changes = journal.changes.iter().map(|logged| &logged.change);
    let roots = Roots::open(site, changes).map_err(|error| Uncarried {
        error: error.into(),
        is_untouched: manner == Manner::First,
    })?;
    let mut is_untouched = manner == Manner::First;
    for (slot, logged) in journal.changes.iter_mut().enumerate() {
        if logged.fate == ChangeOutcome::Overtaken {
            continue;
        }
        let is_covered = manner == Manner::First || site.folders.covers(&logged.change.at);
        let Some(live) = roots.of(&logged.change.at.root).filter(|_| is_covered) else {
            // Somebody took the whole folder away, or led the link elsewhere: his.
            logged.fate = ChangeOutcome::Overtaken;
            continue;
        };
        let carrier = Carrier {
            live,
            path: logged.change.at.path.as_str(),
            slot: Slot::of(site, live, slot, logged),
            manner,
        };
        logged.fate = match (carrier.carry(&logged.change.alteration), manner) {
            (Ok(fate), _) => fate,
            (Err(_), Manner::Again { keep_current: true }) => ChangeOutcome::Overtaken,
            (Err(error), _) => {
                let change = &logged.change.alteration;
                return Err(Uncarried {
                    error: error.into(),
                    is_untouched: is_untouched && carrier.has_left(change).unwrap_or(false),
                });
            }
        };
        is_untouched &= logged.fate == ChangeOutcome::Overtaken;
        (site.on_checkpoint)(Checkpoint::Carried);
    }
    Ok(())
}

/// The place of a change's content: there it waits, and there the file that it displaces is kept.
pub(super) struct Slot<'a> {
    state: &'a Root,
    /// The slot's path in the state's own folder.
    kept: String,
    /// The slot's path in the target's root, where a mount lies between.
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

    /// Brings what waits beside its target into the state's folder, be it ours or an earlier save of the operator's.
    pub(super) fn secure_waiting(&self) -> Result<(), DiskError> {
        if self.beside.is_none() || self.is_empty()? {
            Ok(())
        } else {
            self.secure()
        }
    }

    fn is_empty(&self) -> Result<bool, DiskError> {
        let (root, path) = self.waiting();
        Ok(root.stat_if_there(path)?.is_none())
    }

    /// Makes a displaced file private, and brings it into the state's folder. One that has other names
    /// is copied, so that nobody can change it through them.
    fn secure(&self) -> Result<(), DiskError> {
        let (root, path) = self.waiting();
        let stat = root.stat(path)?;
        let private = Mode::from_st_mode(PRIVATE);
        if self.beside.is_none() && stat.stx_nlink == 1 {
            return if Mode::from_st_mode(stat.stx_mode.into()) == private {
                Ok(())
            } else {
                root.set_mode(path, private)
            };
        }
        let copy = format!("{}.copy", self.kept);
        self.state.remove_all(&copy)?;
        let original = root.open_file(path)?;
        let copied = self
            .state
            .create(&copy, &root.read(path)?, private, Some(&original))?;
        self.state.sync_open(&copied.file, &copy)?;
        self.state
            .rename(&copy, (self.state, &self.kept), Target::Replaced)?;
        if self.beside.is_some() {
            root.remove_file(path)
        } else {
            Ok(())
        }
    }
}

struct Carrier<'a> {
    live: &'a Root,
    path: &'a str,
    slot: Slot<'a>,
    manner: Manner,
}

impl Carrier<'_> {
    fn carry(&self, alteration: &Alteration) -> Result<ChangeOutcome, DiskError> {
        match *alteration {
            Alteration::MakeDirectory { mode } => self.make_directory(mode),
            Alteration::RemoveDirectory { .. } => self.remove_directory(),
            Alteration::SetMode { before, after, .. } => self.set_mode(before, after),
            Alteration::WriteFile { after } => self.write(after),
            Alteration::ReplaceFile { before, after } => self.replace(before, after),
            Alteration::RemoveFile { before } => self.remove(before),
        }
    }

    /// Tells whether a change that failed has left all as it was: what it brings still waits, what it was to displace
    /// has not come.
    fn has_left(&self, alteration: &Alteration) -> Result<bool, DiskError> {
        if let Some(after) = alteration.brings() {
            let waiting = self.slot.file()?;
            return Ok(waiting.is_some_and(|file| file.digest == after.digest));
        }
        if alteration.displaces().is_some() {
            return Ok(self.slot.is_empty()? && !self.is_kept()?);
        }
        let found = state_at(self.live, self.path)?;
        Ok(found == FileSight::Known(alteration.before()))
    }

    fn make_directory(&self, mode: Mode) -> Result<ChangeOutcome, DiskError> {
        match self.live.make_directory(self.path, mode) {
            Err(error) if error.errno() == Some(Errno::EXIST) => {
                let Some(found) = state_at(self.live, self.path)?.directory() else {
                    return Ok(ChangeOutcome::Overtaken);
                };
                // A crash can come between making a directory and giving it its permission bits.
                let is_unfinished = self.manner != Manner::First && found != mode;
                if is_unfinished && self.live.children(self.path)?.is_empty() {
                    self.live.set_directory_mode(self.path, mode)?;
                }
                Ok(ChangeOutcome::Done)
            }
            made => done_unless(made, &[Errno::NOENT, Errno::NOTDIR, Errno::LOOP]),
        }
    }

    /// A file may have taken its place, or that of a directory above it: a later change, if this is run again.
    fn remove_directory(&self) -> Result<ChangeOutcome, DiskError> {
        match self.live.remove_directory(self.path) {
            Err(error)
                if matches!(
                    error.errno(),
                    Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
                ) =>
            {
                Ok(ChangeOutcome::Done)
            }
            removed => done_unless(removed, &[Errno::NOTEMPTY, Errno::EXIST]),
        }
    }

    fn set_mode(&self, before: Mode, after: Mode) -> Result<ChangeOutcome, DiskError> {
        match state_at(self.live, self.path)?.file().map(|file| file.mode) {
            Some(mode) if mode == after => Ok(ChangeOutcome::Done),
            Some(mode) if mode == before => self
                .live
                .set_mode(self.path, after)
                .map(|()| ChangeOutcome::Done),
            _ => Ok(ChangeOutcome::Overtaken),
        }
    }

    fn write(&self, after: FileState) -> Result<ChangeOutcome, DiskError> {
        let (from, waiting) = self.slot.waiting();
        let Err(error) = from.rename(waiting, (self.live, self.path), Target::Free) else {
            return Ok(ChangeOutcome::Done);
        };
        if self.slot.is_empty()? {
            return if self.manner == Manner::First {
                Err(error)
            } else {
                Ok(ChangeOutcome::Done)
            };
        }
        match error.errno() {
            // Somebody was faster with just this content.
            Some(Errno::EXIST) if state_at(self.live, self.path)?.file() == Some(after) => {
                from.remove_file(waiting).map(|()| ChangeOutcome::Done)
            }
            _ => done_unless(
                Err(error),
                &[Errno::EXIST, Errno::NOENT, Errno::NOTDIR, Errno::LOOP],
            ),
        }
    }

    /// Puts the content that waits in the slot in the place of the live file, which the slot then keeps.
    ///
    /// `a.md` was X and is to become Y. What is in the slot tells a run after a crash how far it got:
    ///
    /// | slot | `a.md` | so | done now |
    /// |---|---|---|---|
    /// | Y | X | nothing happened yet | exchange, look: X is kept |
    /// | X | Y | they were exchanged | X is kept |
    /// | Z | Y | the operator had saved Z since the plan | exchange back: Z is at `a.md`, and Y is parked |
    /// | Y | Z | Z was put back already, or is new | exchange, look: Z is not X, exchange back |
    /// | empty; `SLOT.displaced` is X | Y | killed amid an [`exchange`](Self::exchange) in steps | X into the slot, kept |
    /// | empty | Y | X is in the state's folder already, from beside `a.md` | nothing |
    fn replace(&self, before: FileState, after: FileState) -> Result<ChangeOutcome, DiskError> {
        if self.is_waiting(after)? {
            // EINVAL: no file is there any more, on a file system that exchanges nothing.
            let overtaken = [Errno::NOENT, Errno::NOTDIR, Errno::LOOP, Errno::INVAL];
            if done_unless(self.exchange(), &overtaken)? == ChangeOutcome::Overtaken {
                return Ok(ChangeOutcome::Overtaken);
            }
        }
        self.check_displaced(before, || self.exchange())
    }

    /// Moves the live file into the slot, which keeps it.
    ///
    /// `a.md` was X and is to go. What is in the slot tells a run after a crash how far it got:
    ///
    /// | slot | `a.md` | so | done now |
    /// |---|---|---|---|
    /// | empty | X | nothing happened yet | move, look: X is kept |
    /// | X | nothing | it was moved | X is kept |
    /// | Z | nothing | the operator had saved Z since the plan | Z goes back |
    /// | Z | W | he was faster once more, and saved W | W stays, and the slot keeps Z |
    /// | empty | nothing | somebody removed it | nothing |
    fn remove(&self, before: FileState) -> Result<ChangeOutcome, DiskError> {
        let (root, waiting) = self.slot.waiting();
        if self.slot.is_empty()? && !self.is_kept()? {
            match self.live.rename(self.path, (root, waiting), Target::Free) {
                Err(error) if error.is_absent() => return Ok(ChangeOutcome::Done),
                moved => {
                    if done_unless(moved, &[Errno::NOTDIR, Errno::LOOP])?
                        == ChangeOutcome::Overtaken
                    {
                        return Ok(ChangeOutcome::Overtaken);
                    }
                }
            }
        }
        self.check_displaced(before, || {
            root.rename(waiting, (self.live, self.path), Target::Free)
        })
    }

    /// Tells whether the content that the change brings is still in the slot.
    fn is_waiting(&self, after: FileState) -> Result<bool, DiskError> {
        if self.manner == Manner::First {
            return Ok(true);
        }
        let (root, waiting) = self.slot.waiting();
        let displaced = displaced_name(waiting);
        if self.slot.is_empty()? && root.stat_if_there(&displaced)?.is_some() {
            root.rename(&displaced, (root, waiting), Target::Free)?;
        }
        Ok(self
            .slot
            .file()?
            .is_some_and(|file| file.digest == after.digest))
    }

    /// Tells whether the displaced file has already been brought into the state's folder from
    /// beside.
    fn is_kept(&self) -> Result<bool, DiskError> {
        Ok(self.slot.beside.is_some() && self.slot.state.stat_if_there(&self.slot.kept)?.is_some())
    }

    /// The displaced file must be what the plan saw; otherwise the operator was faster, and his goes back.
    fn check_displaced(
        &self,
        before: FileState,
        put_back: impl Fn() -> Result<(), DiskError>,
    ) -> Result<ChangeOutcome, DiskError> {
        if self.slot.is_empty()? {
            return Ok(ChangeOutcome::Done);
        }
        let as_planned = |file: FileState| match self.manner {
            Manner::First => file == before,
            Manner::Again { .. } => file.digest == before.digest,
        };
        if self.slot.file()?.is_some_and(as_planned) {
            return self.slot.secure().map(|()| ChangeOutcome::Done);
        }
        match put_back() {
            // He was faster once more: his latest stays, and what he had before is in the slot.
            Err(error) if matches!(error.errno(), Some(Errno::EXIST | Errno::NOENT)) => {
                Ok(ChangeOutcome::Overtaken)
            }
            put => put.map(|()| ChangeOutcome::Overtaken),
        }
    }

    /// Lets the live file and the waiting one change places. Where the file system cannot do that in one step, the
    /// live one gets the name `SLOT.displaced` first and is then replaced: nobody sees a gap, but a save in between
    /// those two steps would be lost.
    fn exchange(&self) -> Result<(), DiskError> {
        let (root, waiting) = self.slot.waiting();
        let Err(error) = root.rename(waiting, (self.live, self.path), Target::Exchanged) else {
            return Ok(());
        };
        let cannot = matches!(
            error.errno(),
            Some(Errno::INVAL | Errno::XDEV | Errno::NOSYS | Errno::OPNOTSUPP)
        );
        let is_file = matches!(
            state_at(self.live, self.path)?,
            FileSight::Known(Presence::File(_))
        );
        if !cannot || !is_file {
            return Err(error);
        }
        let displaced = displaced_name(waiting);
        root.remove_all(&displaced)?;
        self.live.link(self.path, (root, &displaced))?;
        root.rename(waiting, (self.live, self.path), Target::Replaced)?;
        root.rename(&displaced, (root, waiting), Target::Replaced)
    }
}

/// The name that a live file gets beside its slot where it cannot be exchanged in one step.
pub(super) fn displaced_name(waiting: &str) -> String {
    format!("{waiting}.displaced")
}

/// Done, or overtaken where the place is not as it was, or an error.
fn done_unless(
    result: Result<(), DiskError>,
    overtaken: &[Errno],
) -> Result<ChangeOutcome, DiskError> {
    match result {
        Ok(()) => Ok(ChangeOutcome::Done),
        Err(error)
            if error
                .errno()
                .is_some_and(|errno| overtaken.contains(&errno)) =>
        {
            Ok(ChangeOutcome::Overtaken)
        }
        Err(error) => Err(error),
    }
}
