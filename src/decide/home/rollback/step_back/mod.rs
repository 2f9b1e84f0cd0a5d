//! The way back of one spot: the changes of later generations are taken back one by one, last first.
//!
//! A worked case. `guides/qa.md` was `one two three` in generation 1; generation 2 wrote `one two THREE`, generation 3
//! `one TWO THREE`. Then the operator made it `ONE TWO THREE`, and rolls back to generation 1:
//!
//! | step | change | held before | held after |
//! |---|---|---|---|
//! | 1 | generation 3, `two` -> `TWO` | `ONE TWO THREE`: neither before nor after it | merged, `ONE two THREE` |
//! | 2 | generation 2, `three` -> `THREE` | `ONE two THREE` | merged, `ONE two three` |
//!
//! The way ends in [`Unwound::To`] with his edit of `one` on top of generation 1. Had he left the file alone, each step
//! would have found what its change left, and held what that had displaced. Had he edited `two`, step 1 could not be
//! merged: [`Unwound::Parked`]. Had generation 2 made the file and he edited it, step 2 would find a file where nothing
//! was: [`Unwound::Stays`]. Had he removed it, the steps go on from nothing and bring back what generation 2 displaced;
//! if no generation keeps that any more, [`Unwound::Lost`].

use crate::decide::home::rollback::trail::{Trail, Turn};
use crate::decide::plan::evidence::Evidence;
use crate::decide::text::merge::{Merged, is_text, merge};
use crate::model::change::{FileState, Presence, Spot};
use crate::model::digest::Digest;
use crate::model::mode::Mode;
use crate::model::plan::Content;

#[cfg(test)]
mod tests;

/// Said of a file whose edits do not go together with what was there.
pub(crate) const UNJOINED: &str = "you changed it since, and the two cannot be joined";
/// Said of a place in the home that something else than a file has taken.
const SOMETHING_ELSE: &str = "something else is in its place now";
/// Said of a place outside the home that is none of this home's now: gone, taken, or another home's.
const OUT_OF_REACH: &str = "no file that this home leads to is there now";

/// The state that a spot would have, on the way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// Nothing.
    Nothing,
    /// A directory with these permission bits.
    Directory(Mode),
    /// A file; without a content, the one that is on disk.
    File(FileState, Option<Content>),
    /// Something that changes do not know how to handle.
    Foreign,
}

/// The end of a spot's way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unwound {
    /// The spot becomes this.
    To(Held),
    /// The operator's file stays and is his.
    Stays,
    /// The live file stays; what was there is parked.
    Parked(&'static str),
    /// The former content is not kept any more.
    Lost,
}

/// A spot on its way back.
pub(crate) struct WayBack<'a, E> {
    /// The spot.
    pub spot: &'a Spot,
    /// The changes to take back.
    pub trail: &'a Trail,
    /// The evidence.
    pub evidence: &'a E,
}

impl<E: Evidence> WayBack<'_, E> {
    /// Takes the changes back one by one, last first.
    pub(crate) fn unwind(&self, found: Held) -> Result<Unwound, E::Error> {
        let mut held = found;
        for turn in self.trail.0.iter().rev() {
            held = match self.step_back(turn, held)? {
                Unwound::To(held) => held,
                end => return Ok(end),
            };
        }
        Ok(Unwound::To(held))
    }

    fn step_back(&self, turn: &Turn, held: Held) -> Result<Unwound, E::Error> {
        let (before, after) = (turn.alteration.before(), turn.alteration.after());
        match held {
            Held::File(now, content) => self.back_from_file(before, after, now, content),
            Held::Nothing => self.back_from_nothing(before),
            Held::Directory(_) if matches!(after, Presence::Directory(_)) => {
                self.back_from_nothing(before)
            }
            Held::Directory(_) | Held::Foreign => Ok(match (before, held) {
                (Presence::File(_), Held::Directory(_)) => {
                    Unwound::Parked("a directory is in its place now")
                }
                (Presence::File(_), _) if self.spot.home_path().is_some() => {
                    Unwound::Parked(SOMETHING_ELSE)
                }
                (Presence::File(_), _) => Unwound::Parked(OUT_OF_REACH),
                (_, held) => Unwound::To(held),
            }),
        }
    }

    /// Takes a change back where a file is held: what the change left, what it found, or an edit of that.
    fn back_from_file(
        &self,
        before: Presence,
        after: Presence,
        now: FileState,
        content: Option<Content>,
    ) -> Result<Unwound, E::Error> {
        Ok(match (before, after) {
            (Presence::File(before), Presence::File(after)) => {
                let mode = if now.mode == after.mode {
                    before.mode
                } else {
                    now.mode
                };
                let digest = before.digest;
                if now.digest == before.digest {
                    Unwound::To(Held::File(FileState { digest, mode }, content))
                } else if now.digest == after.digest {
                    self.holding(FileState { digest, mode })?
                } else {
                    let now = FileState { mode, ..now };
                    self.carry_along(now, content, (before, after))?
                }
            }
            (Presence::Nothing, Presence::File(after)) if now.digest == after.digest => {
                Unwound::To(Held::Nothing)
            }
            (Presence::Nothing, Presence::File(_)) => Unwound::Stays,
            (Presence::Directory(mode), Presence::File(after)) if now.digest == after.digest => {
                Unwound::To(Held::Directory(mode))
            }
            (Presence::File(before), _) if now.digest == before.digest => {
                Unwound::To(Held::File(now, content))
            }
            (Presence::File(_), _) => Unwound::Parked("you put a file there since"),
            _ => Unwound::To(Held::File(now, content)),
        })
    }

    fn back_from_nothing(&self, before: Presence) -> Result<Unwound, E::Error> {
        match before {
            Presence::Nothing => Ok(Unwound::To(Held::Nothing)),
            Presence::Directory(mode) => Ok(Unwound::To(Held::Directory(mode))),
            Presence::File(before) => self.holding(before),
        }
    }

    fn holding(&self, state: FileState) -> Result<Unwound, E::Error> {
        Ok(match self.kept(state.digest)? {
            Some(content) => Unwound::To(Held::File(state, Some(content))),
            None => Unwound::Lost,
        })
    }

    /// Merges the operator's edit of what a change had left with what that change had found.
    fn carry_along(
        &self,
        now: FileState,
        content: Option<Content>,
        (before, after): (FileState, FileState),
    ) -> Result<Unwound, E::Error> {
        const PARKED: Unwound = Unwound::Parked(UNJOINED);
        let Some(base) = self.kept(after.digest)? else {
            return Ok(PARKED);
        };
        let Some(target) = self.kept(before.digest)? else {
            return Ok(PARKED);
        };
        let Some(edited) = self.edited(content)? else {
            return Ok(PARKED);
        };
        let texts = [self.bytes(base)?, edited, self.bytes(target)?];
        let [base, edited, target] = &texts;
        // A file that somebody writes to just now may be another than the one that the commit checks for.
        let is_steady = Digest::of(edited) == now.digest;
        if !is_steady || !texts.iter().all(|content| is_text(content)) {
            return Ok(PARKED);
        }
        Ok(match merge(base, edited, target) {
            Merged::Clean(content) => {
                let state = FileState {
                    digest: Digest::of(&content),
                    mode: now.mode,
                };
                Unwound::To(Held::File(state, Some(Content::Bytes(content))))
            }
            Merged::Conflicting(_) => PARKED,
        })
    }

    /// Finds a content in what the trail's generations displaced, or in the bases of merges.
    pub(crate) fn kept(&self, digest: Digest) -> Result<Option<Content>, E::Error> {
        let displaces = |turn: &&Turn| {
            let displaced = turn.alteration.displaces();
            displaced.is_some_and(|before| before.digest == digest)
        };
        for turn in self.trail.0.iter().filter(displaces) {
            if self.evidence.keeps(turn.generation, turn.slot, digest)? {
                return Ok(Some(Content::Kept {
                    generation: turn.generation,
                    slot: turn.slot,
                }));
            }
        }
        Ok(self.evidence.base(digest)?.map(Content::Bytes))
    }

    /// The operator's edit; `None` where it is too large to be merged.
    fn edited(&self, content: Option<Content>) -> Result<Option<Vec<u8>>, E::Error> {
        match content {
            Some(content) => self.bytes(content).map(Some),
            None => self.evidence.text(self.spot),
        }
    }

    fn bytes(&self, content: Content) -> Result<Vec<u8>, E::Error> {
        match content {
            Content::Bytes(bytes) => Ok(bytes),
            Content::Kept { generation, slot } => self.evidence.kept(generation, slot),
            Content::Bundle(path) => self.evidence.shipped(&path),
        }
    }
}
