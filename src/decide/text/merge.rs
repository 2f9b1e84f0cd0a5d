//! Joins the operator's edit and the release's, by lines, over what was recorded.

use std::collections::HashSet;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

/// Largest content that is merged, in bytes.
pub(crate) const MERGE_MAX: u64 = 4 << 20;

/// Lines up to which the smallest diff is looked for; beyond, that would take seconds.
const MINIMAL_MAX: usize = 10_000;

/// Outcome of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Merged {
    /// Content with both changes in it.
    Clean(Vec<u8>),
    /// Content with markers around the lines that both sides changed.
    Conflicting(Vec<u8>),
}

/// Tells whether a content can be merged: UTF-8 without NUL, of at most [`MERGE_MAX`] bytes.
pub(crate) fn is_text(content: &[u8]) -> bool {
    content.len() as u64 <= MERGE_MAX
        && !content.contains(&0)
        && std::str::from_utf8(content).is_ok()
}

/// Merges found and want over record. Lines are compared by bytes, line endings included.
///
/// As git does, it takes changes that overlap or adjoin for a conflict, unless they come to the same. Where
/// equal lines leave open which of them a change is about, the change counts for all of them.
pub(crate) fn merge(record: &[u8], found: &[u8], want: &[u8]) -> Merged {
    let [base, mine, theirs] = [record, found, want].map(lines);
    let sides = [hunks(&base, &mine), hunks(&base, &theirs)];
    let mut merged = Vec::new();
    let mut is_clean = true;
    let mut next = 0;
    for region in regions(&sides) {
        merged.extend(base[next..region.start].concat());
        next = region.end;
        let old = base[region.clone()].concat();
        let [mine, theirs] = sides.each_ref().map(|side| side_of(&region, &base, side));
        if theirs == old || mine == theirs {
            merged.extend(mine);
        } else if mine == old {
            merged.extend(theirs);
        } else {
            is_clean = false;
            let parts = [
                ("<<<<<<< mine", &mine),
                ("||||||| shipped before", &old),
                ("=======", &theirs),
            ];
            parts
                .into_iter()
                .for_each(|(marker, text)| mark(&mut merged, marker, text));
            merged.extend(b">>>>>>> shipped\n");
        }
    }
    merged.extend(base[next..].concat());
    if is_clean {
        Merged::Clean(merged)
    } else {
        Merged::Conflicting(merged)
    }
}

/// A change of some lines of the record.
struct MergeHunk<'a> {
    /// Lines of the base that the hunk takes away.
    replaced: Range<usize>,
    /// Lines that the hunk brings in their place.
    brought: Vec<&'a [u8]>,
    /// These, and what is next to them and like one of its own: it could as well be about that.
    claimed: Range<usize>,
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn hunks<'a>(base: &[&'a [u8]], changed: &[&'a [u8]]) -> Vec<MergeHunk<'a>> {
    let hunk = |hunk: imara_diff::Hunk| {
        let replaced = as_usize(hunk.before);
        let brought = as_usize(hunk.after);
        let own: HashSet<_> = base[replaced.clone()]
            .iter()
            .chain(&changed[brought.clone()])
            .collect();
        let up = base[..replaced.start]
            .iter()
            .rev()
            .take_while(|line| own.contains(line))
            .count();
        let down = base[replaced.end..]
            .iter()
            .take_while(|line| own.contains(line))
            .count();
        let claimed = replaced.start - up..replaced.end + down;
        MergeHunk {
            replaced,
            brought: changed[brought].to_vec(),
            claimed,
        }
    };
    let mut input = InternedInput::default();
    input.update_before(base.iter().copied());
    input.update_after(changed.iter().copied());
    // A diff that is not the smallest may let two different removals look like one and the same.
    let is_small = base.len().max(changed.len()) <= MINIMAL_MAX;
    let algorithm = if is_small {
        Algorithm::MyersMinimal
    } else {
        Algorithm::Myers
    };
    Diff::compute(algorithm, &input).hunks().map(hunk).collect()
}

fn as_usize(range: Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// The stretches of the record that are changed; claims that overlap or adjoin are one.
fn regions(sides: &[Vec<MergeHunk>; 2]) -> Vec<Range<usize>> {
    let mut claims: Vec<_> = sides
        .iter()
        .flatten()
        .map(|hunk| hunk.claimed.clone())
        .collect();
    claims.sort_unstable_by_key(|claim| (claim.start, claim.end));
    let mut regions: Vec<Range<usize>> = Vec::new();
    for claim in claims {
        match regions.last_mut().filter(|last| claim.start <= last.end) {
            Some(last) => last.end = last.end.max(claim.end),
            None => regions.push(claim),
        }
    }
    regions
}

/// Text that a side has in the place of a stretch of the record.
fn side_of(region: &Range<usize>, base: &[&[u8]], hunks: &[MergeHunk]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut next = region.start;
    let inside = hunks
        .iter()
        .skip_while(|hunk| hunk.claimed.start < region.start);
    for hunk in inside.take_while(|hunk| hunk.claimed.end <= region.end) {
        text.extend(base[next..hunk.replaced.start].concat());
        text.extend(hunk.brought.concat());
        next = hunk.replaced.end;
    }
    text.extend(base[next..region.end].concat());
    text
}

fn mark(merged: &mut Vec<u8>, marker: &str, text: &[u8]) {
    merged.extend(marker.as_bytes());
    merged.push(b'\n');
    merged.extend(text);
    if text.last().is_some_and(|byte| *byte != b'\n') {
        merged.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_both_edits_and_every_line_ending() {
        let merged = merge(b"a\r\nb\nc\nd", b"a!\r\nb\nc\nd", b"a\r\nb\nc\nd?");
        assert_eq!(merged, Merged::Clean(b"a!\r\nb\nc\nd?".to_vec()));
    }

    #[test]
    fn the_same_line_twice_is_a_conflict_with_all_three_shown() {
        let Merged::Conflicting(text) = merge(b"a\n", b"mine\n", b"theirs\n") else {
            panic!("should not merge")
        };
        let text = String::from_utf8(text).unwrap();
        for part in [
            "<<<<<<<", "mine\n", "|||||||", "a\n", "=======", "theirs\n", ">>>>>>>",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_change_next_to_another_is_a_conflict_also_where_equal_lines_hide_it() {
        let conflicting = |mine: &[u8], theirs: &[u8]| {
            matches!(merge(b"a\nb\nb\nc\n", mine, theirs), Merged::Conflicting(_))
        };
        assert!(conflicting(b"A\nb\nb\nc\n", b"a\nB\nb\nc\n"));
        assert!(conflicting(b"a\nb\nc\n", b"a\nB\nb\nc\n"));
        assert!(conflicting(b"a\nb\nc\n", b"a\nb\nB\nc\n"));
        assert!(!conflicting(b"A\nb\nb\nc\n", b"a\nb\nb\nC\n"));
        assert_eq!(
            merge(b"a\nb\nb\n", b"a\nb\n", b"a\nb\n"),
            Merged::Clean(b"a\nb\n".to_vec())
        );
    }

    #[test]
    fn text_is_utf8_without_nul_of_bounded_size() {
        assert!(is_text("grüße\n".as_bytes()));
        assert!(!is_text(b"a\0b"));
        assert!(!is_text(b"\xff"));
        assert!(!is_text(&vec![b'a'; MERGE_MAX as usize + 1]));
    }
}
