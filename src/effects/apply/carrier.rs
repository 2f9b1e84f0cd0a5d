//! One change, carried out: a rename or exchange, and a look at what it displaced.
//!
//! The same code serves the first run and the run after a crash. What tells how far a change got is the
//! file in its slot: the content it brings before, the content it displaced after.

use std::io;

use rustix::fs::StatxTimestamp;
use rustix::io::Errno;

use crate::decide::plan::evidence::FileSight;
use crate::effects::apply::moves::Moves;
use crate::effects::apply::slot::Slot;
use crate::effects::apply::{Checkpoint, Manner, Site};
use crate::effects::os::disk::{DiskError, Root, kind_of};
use crate::effects::scan::state_at;
use crate::effects::state::COMMITTED;
use crate::model::change::{Alteration, FileState, Presence};
use crate::model::digest::Digest;
use crate::model::generation::ChangeOutcome;
use crate::model::mode::Mode;

/// Carrier of one change.
pub(super) struct Carrier<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) live: &'a Root,
    pub(super) path: &'a str,
    pub(super) slot: &'a Slot<'a>,
    pub(super) moves: Moves<'a>,
    pub(super) manner: Manner,
}

impl Carrier<'_> {
    /// Carries a change out.
    pub(super) fn carry(&self, alteration: &Alteration) -> Result<ChangeOutcome, DiskError> {
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
    pub(super) fn has_left(&self, alteration: &Alteration) -> Result<bool, DiskError> {
        if let Some(after) = alteration.brings() {
            let waiting = self.slot.file()?;
            return Ok(waiting.is_some_and(|file| file.digest == after.digest));
        }
        if alteration.displaces().is_some() {
            return Ok(self.slot.is_empty()? && !self.slot.is_kept()?);
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
        let Err(error) = self.moves.put() else {
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
            // Somebody was faster with just this content, or a run that was killed was.
            Some(Errno::EXIST) if state_at(self.live, self.path)?.file() == Some(after) => {
                let (from, waiting) = self.slot.waiting();
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
    /// | Y | X | nothing happened yet | they change places, look: X is kept |
    /// | X | Y | they have changed places | X is kept |
    /// | Z | Y | the operator had saved Z since the plan | Z goes back to `a.md`, and Y is parked |
    /// | Y | Z | Z went back already, or is new | nothing: Z stays, Y is parked |
    /// | Z | W | he saved W after Z was displaced | nothing: W stays, Z is parked |
    /// | W; Z is noted as going back | Z | he saved W while Z went back, and W came out | W goes back, Z is parked |
    /// | empty; `SLOT.displaced` is X | Y | killed amid a [swap](Moves::swap) in steps | X into the slot, kept |
    /// | empty | Y | X is in the state's folder already, from beside `a.md` | nothing |
    fn replace(&self, before: FileState, after: FileState) -> Result<ChangeOutcome, DiskError> {
        if self.is_waiting(after)? {
            if self.is_his_by_now(before)? {
                return Ok(ChangeOutcome::Overtaken);
            }
            let overtaken = [Errno::NOENT, Errno::NOTDIR, Errno::LOOP, Errno::EXIST];
            if done_unless(self.moves.swap(), &overtaken)? == ChangeOutcome::Overtaken {
                return Ok(ChangeOutcome::Overtaken);
            }
        }
        self.check_displaced(before, || self.put_back(after.digest))
    }

    /// Moves the live file into the slot, which keeps it.
    ///
    /// `a.md` was X and is to go. What is in the slot tells a run after a crash how far it got:
    ///
    /// | slot | `a.md` | so | done now |
    /// |---|---|---|---|
    /// | empty | X | nothing happened yet | move, look: X is kept |
    /// | empty | Z | he has saved Z | nothing: Z stays |
    /// | X | nothing | it was moved | X is kept |
    /// | Z | nothing | the operator had saved Z since the plan | Z goes back |
    /// | Z | W | he was faster once more, and saved W | W stays, and the slot keeps Z |
    /// | empty | nothing | somebody removed it | nothing |
    fn remove(&self, before: FileState) -> Result<ChangeOutcome, DiskError> {
        if self.slot.is_empty()? && !self.slot.is_kept()? {
            if self.is_his_by_now(before)? {
                return Ok(ChangeOutcome::Overtaken);
            }
            match self.moves.take() {
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
        let outcome = self.check_displaced(before, || self.moves.put())?;
        if outcome == ChangeOutcome::Done {
            self.remove_ghost()?;
        }
        Ok(outcome)
    }

    /// Removes what shows in the place of a file that is gone: a union of layers may let an older one come to light.
    /// What is older than the journal is nobody's save since the plan, which saw another file there.
    fn remove_ghost(&self) -> Result<(), DiskError> {
        // Nothing, or a file above it by now: a later change, if this is run again.
        let Ok(there) = self.live.look(self.path) else {
            return Ok(());
        };
        let journal = self.site.state.root.stat(&format!("{COMMITTED}/journal"))?;
        let at = |time: StatxTimestamp| (time.tv_sec, time.tv_nsec);
        let is_older = at(there.stx_ctime) < at(journal.stx_mtime);
        if !is_older || !kind_of(there.stx_mode).is_file() {
            return Ok(());
        }
        self.live.remove_file(self.path)?;
        match self.live.stat_if_there(self.path)? {
            None => Ok(()),
            Some(_) => Err(DiskError {
                verb: "remove",
                path: self.live.full(self.path),
                source: io::Error::other("it comes back each time"),
            }),
        }
    }

    /// Tells whether the content that the change brings is still in the slot.
    fn is_waiting(&self, after: FileState) -> Result<bool, DiskError> {
        if self.manner == Manner::First {
            return Ok(true);
        }
        self.slot.end_swap()?;
        let file = self.slot.file()?;
        let is_waiting = file.is_some_and(|file| file.digest == after.digest);
        if is_waiting {
            self.slot.end_return()?;
        }
        Ok(is_waiting)
    }

    /// Tells whether another file than the plan saw is live, long before this run came to it: it is not even moved. In
    /// the run that made the plan, what is displaced tells that.
    fn is_his_by_now(&self, before: FileState) -> Result<bool, DiskError> {
        if self.manner == Manner::First {
            return Ok(false);
        }
        let live = state_at(self.live, self.path)?;
        Ok(live != FileSight::Known(Presence::Nothing) && digest(live) != Some(before.digest))
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
        (self.site.on_checkpoint)(Checkpoint::PuttingBack);
        match put_back() {
            // He was faster once more: his latest stays, and what he had before is in the slot.
            Err(error) if matches!(error.errno(), Some(Errno::EXIST | Errno::NOENT)) => {
                Ok(ChangeOutcome::Overtaken)
            }
            put => put.map(|()| ChangeOutcome::Overtaken),
        }
    }

    /// Puts the operator's file, which is in the slot, in the place of ours, and of ours only: what he has saved since
    /// is newer and stays. He may save in the very moment; then that comes out for what goes in, and goes back itself.
    fn put_back(&self, ours: Digest) -> Result<(), DiskError> {
        let mut displaced = self.slot.file()?.map(|file| file.digest);
        let mut expected = match self.slot.returning()? {
            // A run that was killed had put that back, and what came out for it is newer.
            Some(returned) if displaced.is_some_and(|digest| digest != returned) => returned,
            _ => ours,
        };
        while digest(state_at(self.live, self.path)?) == Some(expected) {
            if let Some(his) = displaced {
                self.slot.note_return(his)?;
            }
            self.moves.swap()?;
            let came_out = self.slot.file()?.map(|file| file.digest);
            let Some(went_in) = displaced.filter(|_| came_out != Some(expected)) else {
                break;
            };
            (expected, displaced) = (went_in, came_out);
        }
        self.slot.end_return()
    }

    /// Gives back what a change that was carried out had brought, as far as it is still there; tells whether it was.
    pub(super) fn give_back(&self, alteration: &Alteration) -> Result<bool, DiskError> {
        let found = state_at(self.live, self.path)?;
        let is_ours = match alteration.after() {
            Presence::File(after) => digest(found) == Some(after.digest),
            after => found == FileSight::Known(after),
        };
        if !is_ours {
            return Ok(false);
        }
        match *alteration {
            Alteration::MakeDirectory { .. } => self.remove_directory().map(drop)?,
            Alteration::RemoveDirectory { mode } => self.make_directory(mode).map(drop)?,
            Alteration::SetMode { before, .. } => self.live.set_mode(self.path, before)?,
            Alteration::WriteFile { after } => {
                self.moves.take()?;
                if self.slot.file()?.map(|file| file.digest) != Some(after.digest) {
                    return self.moves.put().map(|()| false);
                }
            }
            Alteration::ReplaceFile { before, after } => {
                self.slot.bring_out(before.mode)?;
                self.put_back(after.digest)?;
            }
            Alteration::RemoveFile { before } => {
                self.slot.bring_out(before.mode)?;
                self.moves.put()?;
            }
        }
        Ok(true)
    }
}

fn digest(sight: FileSight) -> Option<Digest> {
    sight.file().map(|file| file.digest)
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
