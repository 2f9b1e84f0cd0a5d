//! The decision table: from want, record and found to a verdict, for every file that Mosaic ships.
//!
//! Files of a home and units in systemd's directory go by the same rows; what a verdict does there is the planner's.

use crate::decide::plan::evidence::FileSight;
use crate::model::change::Presence;
use crate::model::digest::Digest;
use crate::model::found::Found;

#[cfg(test)]
pub(crate) mod rows;
#[cfg(test)]
mod tests;

/// Want against record (s): what the bundle ships at a path, and what Mosaic took in there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ships {
    /// Ships, and nothing is recorded.
    Unrecorded,
    /// Ships what is recorded (s = w).
    Same,
    /// Ships something else than what is recorded (s ≠ w).
    Different,
    /// Ships no more; something is recorded.
    NoLonger,
    /// Never shipped, as far as the record and the bundle know.
    Never,
    /// Ships to be seeded, and never was.
    Seed,
    /// Ships to be seeded, and was before.
    SeededBefore,
    /// Recorded, and left to the operator by this release: seeded or preserved by the bundle's own globs.
    HandedOver,
    /// Preserved by a glob of the operator's.
    Yours,
}

/// Found, in the terms of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seen {
    /// Nothing.
    Absent,
    /// The recorded content (f = s).
    Recorded,
    /// The wanted content (f = w), where that is not the recorded one.
    Wanted,
    /// The content of an earlier release at this path, neither recorded nor wanted. With a `--mine` standing there it
    /// counts as any other content: the operator may mean it.
    Earlier,
    /// Another content, and found, recorded and wanted are all text of 4 MiB at most.
    OtherText,
    /// Another content, and one of the three is binary, too large, or no longer kept.
    OtherOpaque,
    /// Anything that would be a conflict, and the operator declined this want with `--mine`.
    Declined,
    /// A mount of its own, whose content would have to change: nothing can take its place.
    Mount,
    /// A directory, a link, a socket, a fifo, a device.
    NotAFile,
    /// Nothing can be there: a parent is not a directory.
    Blocked,
    /// Behind a link that leads out of the home.
    Outside,
    /// Not looked at: the path is the operator's.
    Unasked,
}

/// A verdict: what to do about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Write what ships.
    Write,
    /// Write what ships, once; it is the operator's from then on.
    Seed,
    /// Record what is there as what ships.
    Adopt,
    /// Put what ships in the place of what is there.
    Replace,
    /// Leave it: it is what ships.
    Keep,
    /// Leave it: the operator's edit.
    KeepEdited,
    /// Leave it: the operator declined what ships.
    KeepDeclined,
    /// Merge three ways; park it where that fails.
    Merge,
    /// Leave it and park what ships.
    Conflict,
    /// Remove it.
    Remove,
    /// Leave it, and drop the record: it becomes the operator's.
    Release,
    /// Drop the record: nothing is there.
    Forget,
    /// Leave it, and name it as a leftover of an earlier release.
    KeepLeftover,
    /// Leave it, and say that it is the operator's.
    Preserve,
    /// Leave it, and say nothing.
    Ignore,
}

/// A row: where these meet, this is the verdict, for this reason.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Want against record.
    pub ships: &'static [Ships],
    /// Found.
    pub seen: &'static [Seen],
    /// The verdict.
    pub verdict: Verdict,
    /// The reason, in the words of a plan.
    pub reason: &'static str,
}

const fn row(
    ships: &'static [Ships],
    seen: &'static [Seen],
    verdict: Verdict,
    reason: &'static str,
) -> Row {
    Row {
        ships,
        seen,
        verdict,
        reason,
    }
}

use Seen::{
    Absent, Blocked, Declined, Earlier, Mount, NotAFile, OtherOpaque, OtherText, Outside, Recorded,
    Unasked, Wanted,
};
use Ships::{Different, HandedOver, Never, NoLonger, Same, Seed, SeededBefore, Unrecorded, Yours};

/// The table. Every pair of [`Ships`] and [`Seen`] that [`relate`] gives is in exactly one row.
#[rustfmt::skip]
pub(crate) const TABLE: &[Row] = &[
    row(&[Unrecorded], &[Absent], Verdict::Write, "new in this release"),
    row(&[Unrecorded], &[Wanted], Verdict::Adopt, "already what ships"),
    row(&[Unrecorded], &[Earlier], Verdict::Replace, "what an earlier release shipped"),
    row(&[Unrecorded], &[OtherText, OtherOpaque], Verdict::Conflict, "yours was here before; it is not known to Mosaic"),
    row(&[Same], &[Recorded], Verdict::Keep, "as shipped"),
    row(&[Same], &[OtherText, OtherOpaque], Verdict::KeepEdited, "your edit; this release does not change the file"),
    row(&[Same, Different], &[Earlier], Verdict::Replace, "outdated, not edited: an earlier release's content (a restored backup, an older checkout)"),
    row(&[Different], &[Recorded], Verdict::Replace, "changed in this release"),
    row(&[Different], &[Wanted], Verdict::Adopt, "already what ships"),
    row(&[Different], &[OtherText], Verdict::Merge, "your edit and the release's"),
    row(&[Different], &[OtherOpaque], Verdict::Conflict, "you and the release both changed it, and it cannot be merged as text"),
    row(&[Same, Different], &[Absent], Verdict::Write, "was missing"),
    row(&[Unrecorded, Same, Different], &[NotAFile], Verdict::Conflict, "something that is not a regular file is in its place"),
    row(&[Unrecorded, Same, Different], &[Blocked], Verdict::Conflict, "a parent is not a directory"),
    row(&[Unrecorded, Same, Different], &[Mount], Verdict::Conflict, "it is a mount of its own; nothing can take its place"),
    row(&[NoLonger], &[Mount], Verdict::Release, "no longer ships; a mount of its own stays, and is yours"),
    row(&[Unrecorded, Same, Different], &[Declined], Verdict::KeepDeclined, "you declined this version"),
    row(&[Unrecorded, Same, Different, NoLonger], &[Outside], Verdict::Preserve, "behind a link that is not followed"),
    row(&[NoLonger], &[Recorded], Verdict::Remove, "no longer ships"),
    row(&[NoLonger], &[OtherOpaque, NotAFile], Verdict::Release, "no longer ships; your version stays and is yours"),
    row(&[NoLonger], &[Absent, Blocked], Verdict::Forget, "no longer ships; already gone"),
    row(&[Never], &[Earlier], Verdict::KeepLeftover, "an earlier release shipped it; this one does not"),
    row(&[Never], &[Absent, OtherOpaque, NotAFile, Blocked, Outside], Verdict::Ignore, "not Mosaic's"),
    row(&[Seed], &[Absent], Verdict::Seed, "a start for you to make your own"),
    row(&[Seed], &[OtherOpaque, NotAFile, Blocked, Outside], Verdict::Preserve, "yours was here before"),
    row(&[SeededBefore], &[Unasked], Verdict::Preserve, "seeded once, yours since"),
    row(&[HandedOver], &[Unasked], Verdict::Release, "this release leaves the file to you"),
    row(&[Yours], &[Unasked], Verdict::Preserve, "yours: your own list preserves it"),
];

/// The row of what is not Mosaic's: nothing is done, whatever may be there.
const NOT_OURS: Row = row(&[], &[], Verdict::Ignore, "not Mosaic's");

/// The row for a path.
pub(crate) fn look_up(ships: Ships, seen: Seen) -> &'static Row {
    let row = TABLE
        .iter()
        .find(|row| row.ships.contains(&ships) && row.seen.contains(&seen));
    debug_assert!(row.is_some(), "no row for {ships:?}, {seen:?}");
    row.unwrap_or(&NOT_OURS)
}

/// The row for a path that is the operator's by its class; nobody looks what is there.
pub(crate) fn look_up_unasked(ships: Ships) -> &'static Row {
    look_up(ships, Unasked)
}

/// The row for a path that is recorded and does not ship any more.
pub(crate) fn look_up_unshipped(recorded: Digest, found: FoundAs) -> &'static Row {
    let seen = match found {
        FoundAs::File(digest) if digest == recorded => Recorded,
        FoundAs::Mount(digest) if digest == recorded => Mount,
        FoundAs::File(_) => OtherOpaque,
        other => without_content(other),
    };
    look_up(NoLonger, seen)
}

/// Found, as the table takes it: a content or a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoundAs {
    /// Nothing.
    Nothing,
    /// A file with this content.
    File(Digest),
    /// A file with this content that is a mount of its own.
    Mount(Digest),
    /// A directory.
    Directory,
    /// A link, a socket, a fifo, a device.
    NotAFile,
    /// A parent is not a directory.
    Blocked,
    /// A parent is a link that leads out of the home.
    Outside,
}

impl From<&Found> for FoundAs {
    fn from(found: &Found) -> Self {
        match found {
            Found::Absent => Self::Nothing,
            Found::File(file) if file.is_mount => Self::Mount(file.digest),
            Found::File(file) => Self::File(file.digest),
            Found::Directory => Self::Directory,
            Found::Other(_) => Self::NotAFile,
            Found::Blocked(_) => Self::Blocked,
            Found::Outside(_) => Self::Outside,
        }
    }
}

impl From<FileSight> for FoundAs {
    fn from(sight: FileSight) -> Self {
        match sight {
            FileSight::Known(Presence::Nothing) => Self::Nothing,
            FileSight::Known(Presence::File(state)) => Self::File(state.digest),
            FileSight::Mount(Presence::File(state)) => Self::Mount(state.digest),
            FileSight::Known(Presence::Directory(_)) | FileSight::Mount(_) => Self::Directory,
            FileSight::Foreign => Self::NotAFile,
        }
    }
}

/// A path's contents as they meet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meeting {
    /// The content that ships.
    pub want: Option<Digest>,
    /// The shipped content that Mosaic last took in.
    pub record: Option<Digest>,
    /// The content that Mosaic left there: what it took in, a merge, or what a person settled a conflict with.
    pub left: Option<Digest>,
    /// The want that the operator declined here with `--mine`, whichever that was.
    pub declined: Option<Digest>,
    /// The content or the kind of what is there.
    pub found: FoundAs,
}

impl Meeting {
    /// Tells whether a content that an earlier release shipped is outdated here, and not the operator's choice. Where
    /// something is recorded, a merge that he settled on, and a `--mine` for whichever want, are his choice.
    pub(crate) fn may_be_outdated(&self, found: Digest) -> bool {
        let is_declined = match self.record {
            Some(_) => self.declined.is_some(),
            None => self.want.is_some() && self.declined == self.want,
        };
        !is_declined && self.left != Some(found)
    }

    /// Want against record.
    pub(crate) fn ships(&self) -> Ships {
        match (self.want, self.record) {
            (Some(_), None) => Unrecorded,
            (Some(want), Some(record)) if want == record => Same,
            (Some(_), Some(_)) => Different,
            (None, Some(_)) => NoLonger,
            (None, None) => Never,
        }
    }
}

/// Puts a path in the terms of the table. `is_earlier` (an earlier release shipped this content here) and `is_all_text`
/// (all three can be merged) are asked only where they matter.
pub(crate) fn relate<E>(
    meeting: &Meeting,
    is_earlier: impl FnOnce(Digest) -> Result<bool, E>,
    is_all_text: impl FnOnce() -> Result<bool, E>,
) -> Result<(Ships, Seen), E> {
    if let FoundAs::Mount(found) = meeting.found {
        let in_a_file = Meeting {
            found: FoundAs::File(found),
            ..*meeting
        };
        let (ships, seen) = relate(&in_a_file, is_earlier, is_all_text)?;
        return Ok((ships, seen_in_mount(meeting, ships, seen)));
    }
    let ships = meeting.ships();
    let is_wanted = meeting.want.is_some();
    let is_declined = is_wanted && meeting.declined == meeting.want;
    let seen = match meeting.found {
        FoundAs::File(found) if meeting.record == Some(found) => Recorded,
        FoundAs::File(found) if meeting.want == Some(found) => Wanted,
        // What no longer ships and is not as recorded is released, whoever wrote it.
        FoundAs::File(_) if ships == NoLonger => OtherOpaque,
        FoundAs::File(found) if meeting.may_be_outdated(found) && is_earlier(found)? => Earlier,
        FoundAs::File(_) if ships == Same => OtherOpaque,
        FoundAs::File(_) if is_declined => Declined,
        FoundAs::File(_) if ships == Different && is_all_text()? => OtherText,
        FoundAs::File(_) => OtherOpaque,
        FoundAs::Directory | FoundAs::NotAFile | FoundAs::Blocked if is_declined => Declined,
        other => without_content(other),
    };
    Ok((ships, seen))
}

/// What a mount of its own comes to: where a file would make room, it does not.
fn seen_in_mount(meeting: &Meeting, ships: Ships, seen: Seen) -> Seen {
    let makes_room = look_up(ships, seen).verdict;
    match makes_room {
        Verdict::Replace | Verdict::Merge if meeting.declined == meeting.want => Declined,
        Verdict::Replace | Verdict::Merge | Verdict::Remove => Mount,
        Verdict::KeepLeftover => OtherOpaque,
        _ => seen,
    }
}

/// A path that is to be seeded: the operator's, if there is anything.
pub(crate) fn relate_seed(found: FoundAs) -> (Ships, Seen) {
    let seen = match found {
        FoundAs::File(_) => OtherOpaque,
        other => without_content(other),
    };
    (Seed, seen)
}

fn without_content(found: FoundAs) -> Seen {
    match found {
        FoundAs::Nothing => Absent,
        FoundAs::File(_) | FoundAs::Mount(_) => OtherOpaque,
        FoundAs::Directory | FoundAs::NotAFile => NotAFile,
        FoundAs::Blocked => Blocked,
        FoundAs::Outside => Outside,
    }
}
