//! The decision table once more, by contents, and that it is total.

use std::collections::BTreeSet;
use std::convert::Infallible;

use super::*;

fn digest(content: &str) -> Digest {
    Digest::of(content.as_bytes())
}

fn related(meeting: &Meeting, is_text: bool) -> (Ships, Seen) {
    let is_earlier = |found| Ok(found == digest("earlier"));
    let related = relate::<Infallible>(meeting, is_earlier, || Ok(is_text));
    related.unwrap_or_else(|never| match never {})
}

/// Rows of the table that were met, by their places in it.
#[derive(Default)]
struct Met(BTreeSet<usize>);

impl Met {
    /// Meets the one row of a case.
    fn meet(&mut self, ships: Ships, seen: Seen) {
        let rows: Vec<_> = (0..TABLE.len())
            .filter(|&row| TABLE[row].ships.contains(&ships) && TABLE[row].seen.contains(&seen))
            .collect();
        assert_eq!(rows.len(), 1, "{ships:?} {seen:?}");
        self.0.extend(rows);
    }
}

const KINDS: [FoundAs; 5] = [
    FoundAs::Nothing,
    FoundAs::Directory,
    FoundAs::NotAFile,
    FoundAs::Blocked,
    FoundAs::Outside,
];

/// Every combination of contents and kinds meets exactly one row, and together they meet them all.
#[test]
fn is_total_and_unambiguous_and_no_row_is_dead() {
    let mut met = Met::default();
    let contents = [None, Some("a"), Some("b"), Some("earlier")];
    let files = ["a", "b", "c", "earlier"].map(digest);
    let files: Vec<_> = files
        .iter()
        .flat_map(|content| [FoundAs::File(*content), FoundAs::Mount(*content)])
        .collect();
    for want in contents {
        for record in contents {
            for declined in contents {
                for found in KINDS.into_iter().chain(files.iter().copied()) {
                    for is_text in [true, false] {
                        let [want, record, declined] =
                            [want, record, declined].map(|content| content.map(digest));
                        let meeting = Meeting {
                            want,
                            record,
                            left: record,
                            declined,
                            found,
                        };
                        let (ships, seen) = related(&meeting, is_text);
                        met.meet(ships, seen);
                    }
                }
            }
        }
    }
    for found in KINDS.into_iter().chain(files) {
        let (ships, seen) = relate_seed(found);
        met.meet(ships, seen);
        let row = look_up_unshipped(digest("a"), found);
        assert!(row.ships.contains(&NoLonger), "{found:?}: {row:?}");
    }
    for ships in [SeededBefore, HandedOver, Yours] {
        met.meet(ships, Unasked);
    }
    let dead = (0..TABLE.len()).filter(|row| !met.0.contains(row));
    let dead: Vec<_> = dead.map(|row| &TABLE[row]).collect();
    assert!(dead.is_empty(), "{dead:#?}");
}

/// The table once more, by contents: want, record, found, whether all is text, and the verdict.
#[test]
fn gives_the_verdict_for_every_meeting_of_contents() {
    #[rustfmt::skip]
    let cases = [
        (Some("w"), None,      None,            true,  Verdict::Write),
        (Some("w"), None,      Some("w"),       true,  Verdict::Adopt),
        (Some("w"), None,      Some("earlier"), true,  Verdict::Replace),
        (Some("w"), None,      Some("f"),       true,  Verdict::Conflict),
        (Some("w"), None,      DIRECTORY,       true,  Verdict::Conflict),
        (Some("w"), Some("w"), Some("w"),       true,  Verdict::Keep),
        (Some("w"), Some("w"), Some("f"),       true,  Verdict::KeepEdited),
        (Some("w"), Some("w"), Some("f"),       false, Verdict::KeepEdited),
        (Some("w"), Some("w"), Some("earlier"), true,  Verdict::Replace),
        (Some("w"), Some("w"), None,            true,  Verdict::Write),
        (Some("w"), Some("w"), DIRECTORY,       true,  Verdict::Conflict),
        (Some("w"), Some("s"), Some("s"),       true,  Verdict::Replace),
        (Some("w"), Some("s"), Some("w"),       true,  Verdict::Adopt),
        (Some("w"), Some("s"), Some("f"),       true,  Verdict::Merge),
        (Some("w"), Some("s"), Some("f"),       false, Verdict::Conflict),
        (Some("w"), Some("s"), Some("earlier"), true,  Verdict::Replace),
        (Some("w"), Some("s"), Some("earlier"), false, Verdict::Replace),
        (Some("w"), Some("s"), None,            true,  Verdict::Write),
        (Some("w"), Some("s"), DIRECTORY,       true,  Verdict::Conflict),
        (None,      Some("s"), Some("s"),       true,  Verdict::Remove),
        (None,      Some("s"), Some("f"),       true,  Verdict::Release),
        (None,      Some("s"), Some("earlier"), true,  Verdict::Release),
        (None,      Some("s"), DIRECTORY,       true,  Verdict::Release),
        (None,      Some("s"), None,            true,  Verdict::Forget),
        (None,      None,      Some("earlier"), true,  Verdict::KeepLeftover),
        (None,      None,      Some("f"),       true,  Verdict::Ignore),
    ];
    for (want, record, there, is_text, verdict) in cases {
        let meeting = Meeting {
            want: want.map(digest),
            record: record.map(digest),
            left: record.map(digest),
            declined: None,
            found: found(there),
        };
        let (ships, seen) = related(&meeting, is_text);
        assert_eq!(
            look_up(ships, seen).verdict,
            verdict,
            "want {want:?}, record {record:?}, found {there:?}, text {is_text}"
        );
    }
}

/// The same with a `--mine` at the path, of this want or of another.
#[test]
fn what_the_operator_declined_is_neither_asked_again_nor_outdated() {
    #[rustfmt::skip]
    let cases = [
        (None,      Some("f"),       "w",     Verdict::KeepDeclined),
        (None,      Some("earlier"), "w",     Verdict::KeepDeclined),
        (None,      Some("earlier"), "other", Verdict::Replace),
        (None,      DIRECTORY,       "w",     Verdict::KeepDeclined),
        (None,      None,            "w",     Verdict::Write),
        (Some("s"), Some("f"),       "w",     Verdict::KeepDeclined),
        (Some("s"), Some("f"),       "other", Verdict::Merge),
        (Some("s"), Some("earlier"), "w",     Verdict::KeepDeclined),
        (Some("s"), Some("earlier"), "other", Verdict::Merge),
        (Some("s"), Some("s"),       "w",     Verdict::Replace),
        (Some("s"), Some("w"),       "w",     Verdict::Adopt),
        (Some("s"), DIRECTORY,       "other", Verdict::Conflict),
        (Some("w"), Some("f"),       "w",     Verdict::KeepEdited),
        (Some("w"), Some("earlier"), "w",     Verdict::KeepEdited),
        (Some("w"), Some("earlier"), "other", Verdict::KeepEdited),
        (Some("w"), DIRECTORY,       "w",     Verdict::KeepDeclined),
    ];
    for (record, there, declined, verdict) in cases {
        let meeting = Meeting {
            want: Some(digest("w")),
            record: record.map(digest),
            left: record.map(digest),
            declined: Some(digest(declined)),
            found: found(there),
        };
        let (ships, seen) = related(&meeting, true);
        assert_eq!(
            look_up(ships, seen).verdict,
            verdict,
            "record {record:?}, found {there:?}, declined {declined}"
        );
    }
}

const DIRECTORY: Option<&str> = Some("a directory");

fn found(there: Option<&str>) -> FoundAs {
    match there {
        None => FoundAs::Nothing,
        DIRECTORY => FoundAs::Directory,
        Some(content) => FoundAs::File(digest(content)),
    }
}

/// A mount of its own is never to make room, and is not asked for twice.
#[test]
fn a_mount_stays_whatever_ships() {
    #[rustfmt::skip]
    let cases = [
        (Some("w"), None,      "w",       None,      Verdict::Adopt),
        (Some("w"), None,      "earlier", None,      Verdict::Conflict),
        (Some("w"), None,      "f",       None,      Verdict::Conflict),
        (Some("w"), Some("w"), "w",       None,      Verdict::Keep),
        (Some("w"), Some("w"), "f",       None,      Verdict::KeepEdited),
        (Some("w"), Some("w"), "earlier", None,      Verdict::Conflict),
        (Some("w"), Some("s"), "s",       None,      Verdict::Conflict),
        (Some("w"), Some("s"), "s",       Some("w"), Verdict::KeepDeclined),
        (Some("w"), Some("s"), "f",       None,      Verdict::Conflict),
        (Some("w"), Some("s"), "f",       Some("w"), Verdict::KeepDeclined),
        (Some("w"), Some("s"), "w",       None,      Verdict::Adopt),
        (None,      Some("s"), "s",       None,      Verdict::Release),
        (None,      Some("s"), "f",       None,      Verdict::Release),
        (None,      None,      "earlier", None,      Verdict::Ignore),
    ];
    for (want, record, there, declined, verdict) in cases {
        let meeting = Meeting {
            want: want.map(digest),
            record: record.map(digest),
            left: record.map(digest),
            declined: declined.map(digest),
            found: FoundAs::Mount(digest(there)),
        };
        let (ships, seen) = related(&meeting, true);
        let judged = look_up(ships, seen).verdict;
        assert_eq!(judged, verdict, "{want:?} {record:?} {there} {declined:?}");
    }
}

/// A person may settle on what an earlier release shipped: then it is his choice, and not outdated.
#[test]
fn what_a_person_settled_on_is_not_outdated() {
    for (record, verdict) in [("w", Verdict::KeepEdited), ("s", Verdict::Merge)] {
        let meeting = |left| Meeting {
            want: Some(digest("w")),
            record: Some(digest(record)),
            left: Some(digest(left)),
            declined: None,
            found: found(Some("earlier")),
        };
        let judged = |left| {
            let (ships, seen) = related(&meeting(left), true);
            look_up(ships, seen).verdict
        };
        assert_eq!(judged("earlier"), verdict, "{record}");
        assert_eq!(judged("merge"), Verdict::Replace, "{record}");
    }
}
