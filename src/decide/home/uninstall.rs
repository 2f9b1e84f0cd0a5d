//! Decides an uninstall: what the record owns goes, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::fleet::active::withdraw;
use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::classes::{Class, Classes};
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::residue::residue_of;
use crate::decide::plan::table::{Row, Seen, Ships, Verdict, look_up_unasked, look_up_unshipped};
use crate::model::change::{FileState, Spot};
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Plan};
use crate::model::record::Record;
use crate::model::source_version::{Basis, SourceVersion};

/// Plans it: the rows of the decision table for what no longer ships. `found` is what is on disk at the
/// recorded paths, `enabled` the units that start with the manager; what the operator preserves, edited or seeded is
/// his and stays.
pub(crate) fn plan<E: Evidence>(
    record: &Record,
    found: &BTreeMap<RelPath, Found>,
    classes: &Classes,
    enabled: &BTreeSet<String>,
    evidence: &E,
) -> Result<Plan, E::Error> {
    let is_preserved = |path: &RelPath| classes.judge(path).class == Class::Preserved;
    let mut builder = PlanBuilder::new(record, 0, evidence);
    *builder.record_mut() = without_what_is_installed(record);
    let is_installed = builder.record() != record;
    builder.commit_if(is_installed);
    for (path, entry) in record.entries.iter() {
        let (spot, found) = (Spot::in_home(path), found.get(path));
        let found = found.unwrap_or(&Found::Absent);
        let row = if is_preserved(path) {
            look_up_unasked(Ships::Yours)
        } else {
            look_up_unshipped(entry.shipped, found.into())
        };
        if let (Verdict::Remove, Found::File(file)) = (row.verdict, found) {
            let before = FileState {
                digest: file.digest,
                mode: file.mode,
            };
            builder.remove(&spot, before);
        }
        match residue_of(path.as_str()) {
            Some(tool) => {
                let reason = format!("{tool} left it; it stays and is yours");
                builder.step(spot, Action::Release, reason);
            }
            None => {
                let (action, reason) = line(row, "as shipped");
                builder.step(spot, action, reason);
            }
        }
    }
    for (spot, entry) in &record.units {
        let row = withdraw(spot, entry, enabled, &mut builder)?;
        let (action, reason) = line(row, "as fleet install put it there");
        builder.step(spot.clone(), action, reason);
    }
    for path in record.parked.keys() {
        builder.parking().clear_all(path);
    }
    for directory in &record.made_directories {
        builder.abandon(&Spot::in_home(directory));
    }
    builder.finish(|spot| {
        spot.home_path().is_some_and(|directory| {
            record.made_directories.contains(directory) && !is_preserved(directory)
        })
    })
}

/// The line for a path: nothing ships any more, but that is no release's doing.
fn line(row: &Row, removed: &'static str) -> (Action, &'static str) {
    match row.verdict {
        Verdict::Remove => (Action::Remove, removed),
        Verdict::Forget => (Action::Forget, "already gone"),
        Verdict::Release if row.seen.contains(&Seen::Mount) => {
            (Action::Release, "a mount of its own; it stays and is yours")
        }
        Verdict::Preserve if row.ships.contains(&Ships::Yours) => (Action::Preserve, row.reason),
        Verdict::Preserve => (
            Action::Release,
            "a link is not followed; what is behind it stays and is yours",
        ),
        _ => (Action::Release, "you changed it; it stays and is yours"),
    }
}

/// The record afterwards. Knowledge of the operator's own files outlives what was installed: a later install goes by
/// it.
fn without_what_is_installed(record: &Record) -> Record {
    let Record {
        place,
        release,
        adopted,
        seeded,
        ledger,
        live_socket,
        disabled,
        ..
    } = record.clone();
    let uninstalled = release.map(|release| SourceVersion {
        version: release.version,
        basis: Basis::Uninstalled,
    });
    let adopted = adopted.or(uninstalled);
    Record {
        place,
        adopted,
        seeded,
        ledger,
        live_socket,
        disabled,
        ..Record::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::plan::memory::MemoryEvidence;
    use crate::model::digest::Digest;
    use crate::model::record::Entry;

    #[test]
    fn what_a_tool_left_is_not_called_preserved_by_a_list_of_yours() {
        let path = RelPath::parse("guides/a.md~").expect("a path");
        let digest = Digest::of(b"a\n");
        let entry = Entry {
            shipped: digest,
            left: digest,
            executable: false,
        };
        let mut record = Record::default();
        record.entries_mut().insert(path, entry);
        let classes = Classes::of_operator("").expect("no globs");
        let evidence = MemoryEvidence::default();
        let plan = plan(
            &record,
            &BTreeMap::new(),
            &classes,
            &BTreeSet::new(),
            &evidence,
        );
        let plan = plan.expect("nothing to read");
        let told: Vec<_> = plan
            .steps
            .iter()
            .map(|step| (step.action, &*step.reason))
            .collect();
        let reason = "an editor left it; it stays and is yours";
        assert_eq!(told, [(Action::Release, reason)]);
        assert!(plan.intents.is_empty());
    }
}
