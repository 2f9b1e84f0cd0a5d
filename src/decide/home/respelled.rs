//! Files that a release spells otherwise, on a file system that takes both spellings for one: they are one path, and go on
//! under the new name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::decide::plan::folding::{folded, twins};
use crate::model::bundle::{Earlier, Wanted};
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::record::Record;

/// A path that ships, with another name of the same file: by which Mosaic, or only the disk, knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Respelled {
    /// The path as it ships.
    pub to: RelPath,
    /// The path as it is recorded, as an earlier release shipped it, or as the operator spelled it.
    pub from: RelPath,
    /// The path as it is spelled on disk.
    pub on_disk: RelPath,
    /// True if the record has the other name, and goes on under this one. What the operator preserves sleeps there by the
    /// name that he gave it.
    pub goes_on: bool,
}

/// The paths that ship, each with another that is recorded or shipped before and may be the same file's: the disk is to be
/// asked.
pub(crate) fn in_question(
    wanted: &Wanted,
    record: &Record,
    earlier: &Earlier,
) -> Vec<(RelPath, RelPath)> {
    let recorded = missing_in(record.entries.keys(), wanted.keys());
    let others = record.seeded.iter().chain(earlier.paths());
    let others = others.filter(|path| !wanted.contains_key(*path));
    twins(wanted.keys(), recorded.chain(others))
}

/// The sorted paths that are not among others, sorted as well: where nothing changed they are the same, and one walk along
/// both is the quickest.
pub(crate) fn missing_in<'a>(
    paths: impl Iterator<Item = &'a RelPath>,
    others: impl Iterator<Item = &'a RelPath>,
) -> impl Iterator<Item = &'a RelPath> {
    let mut others = others.peekable();
    paths.filter(move |path| {
        while others.next_if(|other| other < path).is_some() {}
        others.peek() != Some(path)
    })
}

/// The record, as if it had always had the new spellings.
pub(crate) fn respelled_record<'a>(record: &'a Record, all: &[Respelled]) -> Cow<'a, Record> {
    if all.is_empty() {
        return Cow::Borrowed(record);
    }
    let mut record = record.clone();
    for Respelled { to, from, .. } in all.iter().filter(|respelled| respelled.goes_on) {
        if let Some(entry) = record.entries_mut().remove(from) {
            record.entries_mut().entry(to.clone()).or_insert(entry);
        }
        if record.seeded.remove(from) {
            record.seeded.insert(to.clone());
        }
        if let Some(declined) = record.waived.remove(from) {
            record.waived.entry(to.clone()).or_insert(declined);
        }
        for (to, from) in to.ancestors().zip(from.ancestors()) {
            let is_respelled = to != from && folded(to.as_str()) == folded(from.as_str());
            if is_respelled && record.made_directories.remove(&from) {
                record.made_directories.insert(to);
            }
        }
    }
    Cow::Owned(record)
}

/// Takes away what was found under names that are others' spellings: it was found under those as well.
pub(crate) fn found_once(found: &mut BTreeMap<RelPath, Found>, all: &[Respelled]) {
    for Respelled { to, from, .. } in all {
        if let Some(same) = found.remove(from) {
            found.entry(to.clone()).or_insert(same);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest::Digest;
    use crate::model::record::Entry;

    fn path(text: &str) -> RelPath {
        RelPath::parse(text).unwrap()
    }

    #[test]
    fn the_record_goes_on_under_the_new_spelling() {
        let entry = Entry {
            shipped: Digest::of(b"s"),
            left: Digest::of(b"l"),
            executable: false,
        };
        let mut record = Record::default();
        record.entries_mut().insert(path("Guides/qa.md"), entry);
        record.seeded.insert(path("soul.md"));
        record.waived.insert(path("Guides/qa.md"), Digest::of(b"w"));
        record.made_directories.insert(path("Guides"));
        let respelled = |to, from| Respelled {
            to: path(to),
            from: path(from),
            on_disk: path(from),
            goes_on: true,
        };
        let all = [
            respelled("guides/QA.md", "Guides/qa.md"),
            respelled("SOUL.md", "soul.md"),
        ];
        let record = respelled_record(&record, &all);
        let to = path("guides/QA.md");
        assert_eq!(record.entries.keys().collect::<Vec<_>>(), [&to]);
        assert_eq!(record.waived.keys().collect::<Vec<_>>(), [&to]);
        assert_eq!(record.seeded, [path("SOUL.md")].into());
        assert_eq!(record.made_directories, [path("guides")].into());
    }
}
