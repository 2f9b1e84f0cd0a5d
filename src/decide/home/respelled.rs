//! Files that a release spells otherwise, on a file system that takes both spellings for one: they are one path, and go on
//! under the new name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::decide::plan::folding::{folded, twins};
use crate::model::bundle::{Earlier, Wanted};
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::record::Record;

/// A path that ships, with the other name by which Mosaic knows the same file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Respelled {
    /// The path as it ships.
    pub to: RelPath,
    /// The path as it is recorded, or as an earlier release shipped it.
    pub from: RelPath,
    /// The path as it is spelled on disk.
    pub on_disk: RelPath,
    /// True if the other name is the one that is recorded.
    pub is_recorded: bool,
}

/// The paths that ship, each with another that is recorded or shipped before and may be the same file's: the disk is to be
/// asked.
pub(crate) fn in_question(
    wanted: &Wanted,
    record: &Record,
    earlier: &Earlier,
) -> Vec<(RelPath, RelPath)> {
    // Both are sorted, and where nothing changed they are the same: one walk along both is the quickest.
    let mut shipped = wanted.keys().peekable();
    let is_gone = |path: &&RelPath| {
        while shipped.next_if(|shipped| shipped < path).is_some() {}
        shipped.peek() != Some(path)
    };
    let recorded = record.entries.keys().filter(is_gone);
    let others = record.seeded.iter().chain(earlier.paths());
    let others = others.filter(|path| !wanted.contains_key(*path));
    twins(wanted.keys(), recorded.chain(others))
}

/// The record, as if it had always had the new spellings.
pub(crate) fn respelled_record<'a>(record: &'a Record, all: &[Respelled]) -> Cow<'a, Record> {
    if all.is_empty() {
        return Cow::Borrowed(record);
    }
    let mut record = record.clone();
    for Respelled { to, from, .. } in all {
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
            is_recorded: true,
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
