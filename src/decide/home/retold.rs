//! What a generation took in whose record cannot be used, told by its journal.

use crate::model::change::{Alteration, Spot};
use crate::model::digest::Digest;
use crate::model::generation::Journal;
use crate::model::record::{Entry, Record};

/// The commands that bring nothing but what ships, merges apart.
const BRINGS_SHIPPED: [&str; 2] = ["install", "update"];

/// The shipped contents that a journal tells of, as entries of a record. What took the place of nothing, or of a content
/// that is `known` as shipped there, is what shipped; what took the place of an edit may be a merge.
pub(crate) fn retold(journal: &Journal, known: impl Fn(&Spot, Digest) -> bool) -> Record {
    let mut record = Record::default();
    if !BRINGS_SHIPPED.contains(&journal.heading.command.as_str()) {
        return record;
    }
    for change in journal.changes.iter().map(|logged| &logged.change) {
        let after = match change.alteration {
            Alteration::WriteFile { after } => after,
            Alteration::ReplaceFile { before, after } if known(&change.at, before.digest) => after,
            _ => continue,
        };
        let entry = Entry {
            shipped: after.digest,
            left: after.digest,
            executable: after.mode.is_executable(),
        };
        if let Some(path) = change.at.home_path() {
            record.entries_mut().insert(path.clone(), entry);
        } else if change.at.root.is_live() {
            record.units.insert(change.at.clone(), entry);
        }
    }
    record
}
