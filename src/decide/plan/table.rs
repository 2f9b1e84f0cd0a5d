//! The decision table for framework files: from want, record and found to a verdict.

use crate::model::digest::Digest;
use crate::model::found::Found;

/// What the bundle ships at a path, against the record (s) where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ships {
    /// It ships, and nothing is recorded.
    Unrecorded,
    /// It ships what is recorded (s = w).
    Same,
    /// It ships something else than what is recorded (s ≠ w).
    Different,
    /// It ships nothing; something is recorded.
    NoLonger,
    /// It ships nothing, and nothing is recorded.
    Never,
}

/// What is found, in the terms of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Absent,
    /// The recorded content (f = s).
    Recorded,
    /// The wanted content (f = w), where that is not the recorded one.
    Wanted,
    /// What some earlier release shipped at this path; asked only where nothing is recorded.
    Earlier,
    /// Another content, and found, recorded and wanted are all text of 4 MiB at most.
    OtherText,
    /// Another content, and one of the three is binary, too large, or no longer kept.
    OtherOpaque,
    /// A directory, a link, a socket, a fifo, a device.
    NotAFile,
    /// Nothing can be there: a parent is not a directory.
    Blocked,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Write what ships.
    Write,
    /// Record what is there as what ships.
    Adopt,
    /// Put what ships in the place of what is there.
    Replace,
    /// Leave it: it is what ships.
    Keep,
    /// Leave it: the operator's edit.
    KeepEdited,
    /// Merge three ways; park it where that fails.
    Merge,
    /// Leave it and park what ships.
    Conflict,
    /// Remove it.
    Remove,
    /// It becomes the operator's.
    Release,
    /// Nothing is there; drop the record.
    Forget,
    /// Leave it, and name it as a leftover of an earlier release.
    KeepLeftover,
    /// Not ours.
    Ignore,
}

/// A row: where these meet, this is the verdict, for this reason.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Want against record.
    pub ships: &'static [Ships],
    /// Found.
    pub seen: &'static [Seen],
    /// What to do.
    pub verdict: Verdict,
    /// Why, in the words of a plan.
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

use Seen::{Absent, Blocked, Earlier, NotAFile, OtherOpaque, OtherText, Recorded, Wanted};
use Ships::{Different, Never, NoLonger, Same, Unrecorded};

/// The table. Every pair of [`Ships`] and [`Seen`] that can occur is in exactly one row.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row(&[Unrecorded], &[Absent], Verdict::Write, "new in this release"),
    row(&[Unrecorded], &[Wanted], Verdict::Adopt, "already what ships"),
    row(&[Unrecorded], &[Earlier], Verdict::Replace, "what an earlier release shipped"),
    row(&[Unrecorded], &[OtherText, OtherOpaque], Verdict::Conflict, "yours was here before; it is not known to Mosaic"),
    row(&[Same], &[Recorded], Verdict::Keep, "as shipped"),
    row(&[Same], &[OtherText, OtherOpaque], Verdict::KeepEdited, "your edit; this release does not change the file"),
    row(&[Different], &[Recorded], Verdict::Replace, "changed in this release"),
    row(&[Different], &[Wanted], Verdict::Adopt, "already what ships"),
    row(&[Different], &[OtherText], Verdict::Merge, "your edit and the release's"),
    row(&[Different], &[OtherOpaque], Verdict::Conflict, "you and the release both changed it, and it cannot be merged as text"),
    row(&[Same, Different], &[Absent], Verdict::Write, "was missing"),
    row(&[Unrecorded, Same, Different], &[NotAFile], Verdict::Conflict, "something that is not a regular file is in its place"),
    row(&[Unrecorded, Same, Different], &[Blocked], Verdict::Conflict, "a parent is not a directory"),
    row(&[NoLonger], &[Recorded], Verdict::Remove, "no longer ships"),
    row(&[NoLonger], &[OtherText, OtherOpaque, NotAFile], Verdict::Release, "no longer ships; your version stays and is yours"),
    row(&[NoLonger], &[Absent, Blocked], Verdict::Forget, "no longer ships; already gone"),
    row(&[Never], &[Earlier], Verdict::KeepLeftover, "an earlier release shipped it; this one does not"),
    row(&[Never], &[Absent, OtherText, OtherOpaque, NotAFile, Blocked], Verdict::Ignore, "not Mosaic's"),
];

/// The row for a path. `None` only for a pair that [`relate`] never gives.
pub fn look_up(ships: Ships, seen: Seen) -> Option<&'static Row> {
    TABLE
        .iter()
        .find(|row| row.ships.contains(&ships) && row.seen.contains(&seen))
}

/// Puts a path in the terms of the table. `earlier` and `all_text` are asked only where they matter.
pub fn relate(
    want: Option<Digest>,
    record: Option<Digest>,
    found: &Found,
    earlier: impl Fn(Digest) -> bool,
    all_text: impl FnOnce() -> bool,
) -> (Ships, Seen) {
    let ships = match (want, record) {
        (Some(_), None) => Unrecorded,
        (Some(w), Some(s)) if w == s => Same,
        (Some(_), Some(_)) => Different,
        (None, Some(_)) => NoLonger,
        (None, None) => Never,
    };
    let seen = match found {
        Found::Absent => Absent,
        Found::Directory | Found::Other(_) => NotAFile,
        Found::Blocked(_) | Found::Outside(_) => Blocked,
        Found::File(file) if record == Some(file.digest) => Recorded,
        Found::File(file) if want == Some(file.digest) => Wanted,
        Found::File(file) if record.is_none() && earlier(file.digest) => Earlier,
        Found::File(_) if ships == Different && all_text() => OtherText,
        Found::File(_) => OtherOpaque,
    };
    (ships, seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::found::FoundFile;
    use crate::model::mode::Mode;

    fn found(content: &str) -> Found {
        Found::File(FoundFile {
            digest: Digest::of(content.as_bytes()),
            size: content.len() as u64,
            mode: Mode::from_st_mode(0o644),
            uid: 0,
            links: 1,
        })
    }

    /// Every combination of contents meets exactly one row.
    #[test]
    fn is_total_and_unambiguous() {
        let digest = |content: &&str| Digest::of(content.as_bytes());
        let contents = [None, Some("a"), Some("b"), Some("earlier")];
        let mut others = vec![Found::Absent, Found::Directory, Found::Other("fifo")];
        others.extend(["a", "b", "c", "earlier"].map(found));
        for want in contents {
            for record in contents {
                for found in &others {
                    for text in [true, false] {
                        let earlier = |d| d == digest(&"earlier");
                        let (want, record) =
                            (want.as_ref().map(digest), record.as_ref().map(digest));
                        let (ships, seen) = relate(want, record, found, earlier, || text);
                        let rows = TABLE
                            .iter()
                            .filter(|r| r.ships.contains(&ships) && r.seen.contains(&seen));
                        assert_eq!(
                            rows.count(),
                            1,
                            "{want:?} {record:?} {found:?}: {ships:?} {seen:?}"
                        );
                    }
                }
            }
        }
    }

    /// The table once more, by contents: want, record, found, whether all is text, and the verdict.
    #[test]
    fn gives_the_verdict_for_every_meeting_of_contents() {
        const FOUND_DIRECTORY: Option<&str> = Some("a directory");
        #[rustfmt::skip]
        let cases = [
            (Some("w"), None,      None,            true,  Verdict::Write),
            (Some("w"), None,      Some("w"),       true,  Verdict::Adopt),
            (Some("w"), None,      Some("earlier"), true,  Verdict::Replace),
            (Some("w"), None,      Some("f"),       true,  Verdict::Conflict),
            (Some("w"), None,      FOUND_DIRECTORY, true,  Verdict::Conflict),
            (Some("w"), Some("w"), Some("w"),       true,  Verdict::Keep),
            (Some("w"), Some("w"), Some("f"),       true,  Verdict::KeepEdited),
            (Some("w"), Some("w"), Some("f"),       false, Verdict::KeepEdited),
            (Some("w"), Some("w"), None,            true,  Verdict::Write),
            (Some("w"), Some("w"), FOUND_DIRECTORY, true,  Verdict::Conflict),
            (Some("w"), Some("s"), Some("s"),       true,  Verdict::Replace),
            (Some("w"), Some("s"), Some("w"),       true,  Verdict::Adopt),
            (Some("w"), Some("s"), Some("f"),       true,  Verdict::Merge),
            (Some("w"), Some("s"), Some("f"),       false, Verdict::Conflict),
            (Some("w"), Some("s"), Some("earlier"), true,  Verdict::Merge),
            (Some("w"), Some("s"), None,            true,  Verdict::Write),
            (Some("w"), Some("s"), FOUND_DIRECTORY, true,  Verdict::Conflict),
            (None,      Some("s"), Some("s"),       true,  Verdict::Remove),
            (None,      Some("s"), Some("f"),       true,  Verdict::Release),
            (None,      Some("s"), FOUND_DIRECTORY, true,  Verdict::Release),
            (None,      Some("s"), None,            true,  Verdict::Forget),
            (None,      None,      Some("earlier"), true,  Verdict::KeepLeftover),
            (None,      None,      Some("f"),       true,  Verdict::Ignore),
        ];
        for (want, record, there, is_text, verdict) in cases {
            let digest = |content: &str| Digest::of(content.as_bytes());
            let found = match there {
                None => Found::Absent,
                FOUND_DIRECTORY => Found::Directory,
                Some(content) => found(content),
            };
            let earlier = |d| d == digest("earlier");
            let (ships, seen) = relate(
                want.map(digest),
                record.map(digest),
                &found,
                earlier,
                || is_text,
            );
            let row = look_up(ships, seen).expect("a row");
            assert_eq!(
                row.verdict, verdict,
                "want {want:?}, record {record:?}, found {there:?}, text {is_text}"
            );
        }
    }
}
