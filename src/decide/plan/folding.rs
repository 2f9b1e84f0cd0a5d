//! Names that a file system may take for one: they differ in case alone, or in how an accent is written.
//!
//! What folds is the disk's to say, folder by folder. Here is only what it may be asked about.

use std::borrow::Cow;
use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use crate::model::path::RelPath;

/// The text that all spellings of a name have in common.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        let upper: String = text.nfd().flat_map(char::to_uppercase).collect();
        return upper.chars().flat_map(char::to_lowercase).nfd().collect();
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        text.to_ascii_lowercase().into()
    } else {
        text.into()
    }
}

/// The pairs of one of these paths and one of others that may be two spellings of one.
pub(crate) fn twins<'a>(
    paths: impl Iterator<Item = &'a RelPath>,
    others: impl Iterator<Item = &'a RelPath>,
) -> Vec<(RelPath, RelPath)> {
    let mut spelled: HashMap<_, Vec<&RelPath>> = HashMap::new();
    for other in others {
        let known = spelled.entry(folded(other.as_str())).or_default();
        known.push(other);
    }
    if spelled.is_empty() {
        return Vec::new();
    }
    let pairs = paths.flat_map(|path| {
        let others = spelled.get(&folded(path.as_str())).into_iter().flatten();
        let others = others.filter(move |other| **other != path);
        others.map(move |other| (path.clone(), (*other).clone()))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_name_fold_to_one() {
        let alike = [
            &["qa.md", "QA.md", "Qa.MD"][..],
            &["\u{c4}x", "\u{e4}x", "A\u{308}x", "a\u{308}X"],
            &["stra\u{df}e", "STRASSE"],
            &["\u{3c3}", "\u{3c2}", "\u{3a3}"],
        ];
        let folded: Vec<Vec<_>> = alike
            .iter()
            .map(|names| names.iter().map(|name| folded(name)).collect())
            .collect();
        for (at, names) in folded.iter().enumerate() {
            assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
            let others = folded.iter().skip(at + 1).flatten();
            assert!(others.into_iter().all(|other| *other != names[0]));
        }
    }

    #[test]
    fn twins_are_two_paths_and_never_one() {
        let paths = |all: &[&str]| -> Vec<RelPath> {
            all.iter()
                .map(|path| RelPath::parse(path).unwrap())
                .collect()
        };
        let (shipped, known) = (
            paths(&["Guides/QA.md", "a", "b"]),
            paths(&["a", "guides/qa.md", "guides/QA.md"]),
        );
        let twins = twins(shipped.iter(), known.iter());
        let expected = [
            ("Guides/QA.md", "guides/qa.md"),
            ("Guides/QA.md", "guides/QA.md"),
        ];
        let expected = expected.map(|(path, other)| {
            (
                RelPath::parse(path).unwrap(),
                RelPath::parse(other).unwrap(),
            )
        });
        assert_eq!(twins, expected);
    }
}
