//! The way back of one spot, end by end.

use super::*;
use crate::decide::plan::memory::{DIRECTORY, FILE, MemoryEvidence, home};
use crate::model::change::Alteration;

const FIRST: &str = "one\ntwo\nthree\nfour\nfive\n";
const SECOND: &str = "one\ntwo\nthree\nfour\nFIVE\n";
const THIRD: &str = "one\ntwo\nTHREE\nfour\nFIVE\n";
const EDITED: &str = "ONE\ntwo\nTHREE\nfour\nFIVE\n";
const CLASHING: &str = "one\ntwo\nmine\nfour\nFIVE\n";

fn state(content: &str) -> FileState {
    FileState {
        digest: Digest::of(content.as_bytes()),
        mode: Mode::from_st_mode(FILE),
    }
}

fn replaced(before: &str, after: &str) -> Alteration {
    Alteration::ReplaceFile {
        before: state(before),
        after: state(after),
    }
}

/// Takes changes back from what is there; each displaced file is kept.
fn unwound(changes: &[Alteration], found: Held, live: &str) -> Unwound {
    let spot = home("guides/qa.md");
    let mut evidence = MemoryEvidence::default();
    evidence.files.insert(spot.clone(), live.into());
    let contents = [FIRST, SECOND, THIRD];
    for (index, change) in changes.iter().enumerate() {
        let displaced = contents.iter().find(|content| {
            change
                .displaces()
                .is_some_and(|before| before == state(content))
        });
        let slot = (index as u64 + 2, 0);
        evidence
            .kept
            .extend(displaced.map(|content| (slot, (*content).into())));
    }
    evidence.bases = [FIRST, SECOND, THIRD]
        .map(|content| content.into())
        .to_vec();
    let turn = |(index, alteration): (usize, &Alteration)| Turn {
        generation: index as u64 + 2,
        slot: 0,
        alteration: *alteration,
    };
    let way = WayBack {
        spot: &spot,
        trail: &Trail(changes.iter().enumerate().map(turn).collect()),
        evidence: &evidence,
    };
    way.unwind(found).unwrap()
}

fn file(content: &str) -> Held {
    Held::File(state(content), None)
}

fn text(end: Unwound) -> String {
    match end {
        Unwound::To(Held::File(state, Some(Content::Bytes(bytes)))) => {
            assert_eq!(state.digest, Digest::of(&bytes));
            String::from_utf8(bytes).unwrap()
        }
        end => panic!("{end:?}"),
    }
}

/// Generation 2 made FIRST into SECOND, generation 3 that into THIRD.
fn twice() -> [Alteration; 2] {
    [replaced(FIRST, SECOND), replaced(SECOND, THIRD)]
}

#[test]
fn what_nobody_touched_becomes_what_the_first_change_displaced() {
    let kept = Content::Kept {
        generation: 2,
        slot: 0,
    };
    let end = unwound(&twice(), file(THIRD), THIRD);
    assert_eq!(end, Unwound::To(Held::File(state(FIRST), Some(kept))));
    let end = unwound(&twice()[..1], file(FIRST), FIRST);
    assert_eq!(end, Unwound::To(Held::File(state(FIRST), None)));
}

#[test]
fn an_edit_is_carried_along_through_every_step() {
    let expected = "ONE\ntwo\nthree\nfour\nfive\n";
    assert_eq!(text(unwound(&twice(), file(EDITED), EDITED)), expected);
}

#[test]
fn an_edit_of_the_changed_lines_parks_what_was_there() {
    let end = unwound(&twice(), file(CLASHING), CLASHING);
    assert!(matches!(end, Unwound::Parked(_)), "{end:?}");
    // Saved again while it was read.
    let end = unwound(&twice(), file(EDITED), CLASHING);
    assert!(matches!(end, Unwound::Parked(_)), "{end:?}");
}

#[test]
fn a_file_that_a_generation_made_goes_and_an_edited_one_stays() {
    let made = [Alteration::WriteFile {
        after: state(SECOND),
    }];
    assert_eq!(
        unwound(&made, file(SECOND), SECOND),
        Unwound::To(Held::Nothing)
    );
    assert_eq!(unwound(&made, file(EDITED), EDITED), Unwound::Stays);
    assert_eq!(
        unwound(&made, Held::Nothing, ""),
        Unwound::To(Held::Nothing)
    );
}

#[test]
fn a_file_that_a_generation_removed_comes_back_where_nothing_is() {
    let removed = [Alteration::RemoveFile {
        before: state(FIRST),
    }];
    let kept = Content::Kept {
        generation: 2,
        slot: 0,
    };
    assert_eq!(
        unwound(&removed, Held::Nothing, ""),
        Unwound::To(Held::File(state(FIRST), Some(kept)))
    );
    for found in [
        file(EDITED),
        Held::Directory(Mode::from_st_mode(DIRECTORY)),
        Held::Foreign,
    ] {
        let end = unwound(&removed, found, EDITED);
        assert!(matches!(end, Unwound::Parked(_)), "{end:?}");
    }
}

#[test]
fn a_file_that_somebody_put_back_as_it_was_is_in_nobodys_way() {
    let removed = [Alteration::RemoveFile {
        before: state(FIRST),
    }];
    assert_eq!(
        unwound(&removed, file(FIRST), FIRST),
        Unwound::To(file(FIRST))
    );
}

#[test]
fn a_content_that_nothing_keeps_is_lost() {
    let removed = [Alteration::RemoveFile {
        before: state("of a generation that was let go"),
    }];
    assert_eq!(unwound(&removed, Held::Nothing, ""), Unwound::Lost);
}

#[test]
fn permission_bits_go_back_unless_the_operator_set_others() {
    let bits = Mode::from_st_mode;
    let made_executable = [Alteration::SetMode {
        digest: state(FIRST).digest,
        before: bits(0o644),
        after: bits(0o755),
    }];
    let after = |found: u32| {
        let found = FileState {
            mode: bits(found),
            ..state(FIRST)
        };
        match unwound(&made_executable, Held::File(found, None), FIRST) {
            Unwound::To(Held::File(state, None)) => state.mode,
            end => panic!("{end:?}"),
        }
    };
    assert_eq!(after(0o755), bits(0o644));
    assert_eq!(after(0o700), bits(0o700));
}
