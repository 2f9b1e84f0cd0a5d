//! Compares two texts line by line, and lines that changed a little word by word.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::decide::text::merge::{MERGE_MAX, is_text};
use crate::model::delta::Body;

/// Unchanged lines shown around changed ones.
const CONTEXT: usize = 3;
/// Larger blocks of changed lines, in bytes, are not compared word by word.
const WORDS_MAX: usize = 32 << 10;

/// Lines that changed, with some around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hunk<'a> {
    /// Lines of the text before that the hunk stands for, counted from 0.
    pub before: Range<usize>,
    /// Lines of the text after that the hunk stands for, counted from 0.
    pub after: Range<usize>,
    /// Lines of the hunk, those of both sides.
    pub lines: Vec<Line<'a>>,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Side that the line is on.
    pub sign: Sign,
    /// The line's text, with its line ending where it has one.
    pub text: &'a str,
    /// The bytes that make the difference, where only a part of the line does.
    pub emphasis: Vec<Range<usize>>,
}

/// The side of a diff that a line is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The line is on both sides.
    Stays,
    /// The line is only in the text before.
    Goes,
    /// The line is only in the text after.
    Comes,
}

/// Body of a content, as far as it can be shown: text, or the reason why not.
pub(crate) fn body(content: Vec<u8>) -> Body {
    if content.len() as u64 > MERGE_MAX {
        Body::TooLarge
    } else if !is_text(&content) {
        Body::Binary
    } else {
        String::from_utf8(content).map_or(Body::Binary, Body::Text)
    }
}

/// The differences between two texts.
pub(crate) fn hunks<'a>(before: &'a str, after: &'a str) -> Vec<Hunk<'a>> {
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let sides = [before, after].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let mut groups: Vec<Vec<imara_diff::Hunk>> = Vec::new();
    for change in diff.hunks() {
        let near = |last: &imara_diff::Hunk| {
            (change.before.start - last.before.end) as usize <= 2 * CONTEXT
        };
        match groups
            .last_mut()
            .filter(|group| group.last().is_some_and(near))
        {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    groups
        .iter()
        .filter_map(|group| hunk(group, &sides))
        .collect()
}

fn hunk<'a>(group: &[imara_diff::Hunk], [before, after]: &[Vec<&'a str>; 2]) -> Option<Hunk<'a>> {
    let first = group.first()?;
    let last = group.last()?;
    let lead = CONTEXT.min(first.before.start as usize);
    let tail = CONTEXT.min(before.len() - last.before.end as usize);
    let start = first.before.start as usize - lead;
    let mut lines = Vec::new();
    let mut next = start;
    for change in group {
        let gone = as_usize(&change.before);
        let come = as_usize(&change.after);
        lines.extend(
            before[next..gone.start]
                .iter()
                .map(|text| line(Sign::Stays, text)),
        );
        next = gone.end;
        lines.extend(before[gone].iter().map(|text| line(Sign::Goes, text)));
        lines.extend(after[come].iter().map(|text| line(Sign::Comes, text)));
    }
    lines.extend(
        before[next..next + tail]
            .iter()
            .map(|text| line(Sign::Stays, text)),
    );
    let after = first.after.start as usize - lead..last.after.end as usize + tail;
    Some(Hunk {
        before: start..next + tail,
        after,
        lines,
    })
}

fn line(sign: Sign, text: &str) -> Line<'_> {
    Line {
        sign,
        text,
        emphasis: Vec::new(),
    }
}

fn as_usize(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// Finds the words that make the difference, where lines that went and lines that came are alike.
pub(crate) fn emphasize(hunk: &mut Hunk) {
    for block in hunk.lines.chunk_by_mut(|one, next| {
        one.sign == next.sign || (one.sign, next.sign) == (Sign::Goes, Sign::Comes)
    }) {
        let gone = block
            .iter()
            .take_while(|line| line.sign == Sign::Goes)
            .count();
        let size: usize = block.iter().map(|line| line.text.len()).sum();
        let (gone, come) = block.split_at_mut(gone);
        if !gone.is_empty() && !come.is_empty() && size <= WORDS_MAX {
            compare_words(gone, come);
        }
    }
}

fn compare_words(gone: &mut [Line], come: &mut [Line]) {
    let mut input = InternedInput::default();
    let [before, after] =
        [&*gone, &*come].map(|lines| lines.iter().flat_map(|line| words(line.text)));
    input.update_before(before);
    input.update_after(after);
    let diff = Diff::compute(Algorithm::Myers, &input);
    mark(gone, |word| diff.is_removed(word));
    mark(come, |word| diff.is_added(word));
}

/// Marks the words that changed, in lines of which more than half stays.
fn mark(lines: &mut [Line], is_changed: impl Fn(u32) -> bool) {
    let mut number = 0;
    for line in lines {
        let mut offset = 0;
        let mut changed = 0;
        let mut marked: Vec<Range<usize>> = Vec::new();
        for word in words(line.text) {
            let end = offset + word.len();
            if is_changed(number) {
                changed += word.len();
                match marked.last_mut().filter(|last| last.end == offset) {
                    Some(last) => last.end = end,
                    None => marked.push(offset..end),
                }
            }
            (offset, number) = (end, number + 1);
        }
        if changed * 2 <= line.text.len() {
            line.emphasis = marked;
        }
    }
}

/// Words, runs of blanks, and every other character by itself.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 1,
        ' ' | '\t' => 2,
        _ => 0,
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let run = || rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len());
        let (word, left) = rest.split_at(if kind(first) == 0 {
            first.len_utf8()
        } else {
            run()
        });
        rest = left;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_that_are_near_share_a_hunk() {
        let before: Vec<_> = (0..30).map(|line| format!("{line}\n")).collect();
        let mut after = before.clone();
        (after[3], after[9], after[25]) = ("a\n".to_owned(), "b\n".to_owned(), "c\n".to_owned());
        let before = before.concat();
        let after = after.concat();
        let hunks = hunks(&before, &after);
        let spans: Vec<_> = hunks
            .iter()
            .map(|hunk| (hunk.before.clone(), hunk.after.clone()))
            .collect();
        assert_eq!(spans, [(0..13, 0..13), (22..29, 22..29)]);
    }

    #[test]
    fn only_the_words_that_differ_are_emphasized() {
        let mut hunks = hunks("the quick brown fox\nsame\n", "the slow brown fox\nsame\n");
        emphasize(&mut hunks[0]);
        let marked: Vec<_> = hunks[0]
            .lines
            .iter()
            .flat_map(|line| &line.emphasis)
            .cloned()
            .collect();
        assert_eq!(marked, [4..9, 4..8]);
    }

    #[test]
    fn lines_that_have_little_in_common_are_not_emphasized() {
        let mut hunks = hunks("entirely other words\n", "nothing in common here\n");
        emphasize(&mut hunks[0]);
        assert!(hunks[0].lines.iter().all(|line| line.emphasis.is_empty()));
    }

    #[test]
    fn what_can_be_shown_is_text_of_bounded_size() {
        assert_eq!(body(b"a\n".to_vec()), Body::Text("a\n".to_owned()));
        assert_eq!(body(b"\xff".to_vec()), Body::Binary);
        assert_eq!(body(vec![b'a'; MERGE_MAX as usize + 1]), Body::TooLarge);
    }
}
