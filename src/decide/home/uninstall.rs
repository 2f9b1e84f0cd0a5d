//! Decides an uninstall: what the record owns goes, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::fleet::refresh::withdraw;
use crate::decide::plan::classes::{Class, Classes};
use crate::decide::plan::directories::DirectoryPlan;
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::parking::Parking;
use crate::decide::plan::table::{Verdict, look_up, relate};
use crate::model::change::{Alteration, Change, FileState, RootName, Spot, put_in_order};
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Intent, Plan, Step};
use crate::model::record::{Entry, Record};
use crate::model::source_version::{Basis, SourceVersion};

/// Plans it: the rows of the decision table for what no longer ships. `found` is what is on disk at the
/// recorded paths, `enabled` the units that start with the manager; what the operator preserves, edited or seeded is his
/// and stays.
pub fn plan<E: Evidence>(
    record: &Record,
    found: &BTreeMap<RelPath, Found>,
    classes: &Classes,
    enabled: &BTreeSet<String>,
    evidence: &E,
) -> Result<Plan, E::Error> {
    let is_preserved = |path: &RelPath| classes.judge(path).class == Class::Preserved;
    let (mut traffic, mut parking) = (
        DirectoryPlan::new(RootName::Home, evidence, 0),
        Parking::new(evidence),
    );
    let after = without_what_is_installed(record);
    let mut plan = Plan {
        commits: *record != after,
        record: after,
        ..Plan::default()
    };
    for (path, entry) in record.entries.iter() {
        let found = found.get(path).unwrap_or(&Found::Absent);
        let (action, reason) = match is_preserved(path) {
            true => (Action::Preserve, "yours: your own list preserves it"),
            false => judge(entry, found),
        };
        if let (Action::Remove, Found::File(file)) = (action, found) {
            let before = FileState {
                digest: file.digest,
                mode: file.mode,
            };
            plan.intents.push(remove(path, before));
            traffic.removes(path);
        }
        plan.steps.push(Step {
            at: Spot::in_home(path),
            action,
            reason: reason.into(),
        });
    }
    for (at, entry) in &record.units {
        parking.clear_outside(at);
        let action = withdraw(at, entry, enabled, evidence, &mut plan)?;
        let reason = match action {
            Action::Remove => "as fleet install put it there",
            Action::Forget => "already gone",
            _ => "you changed it; it stays and is yours",
        };
        plan.steps.push(Step {
            at: at.clone(),
            action,
            reason: reason.into(),
        });
    }
    record
        .parked
        .keys()
        .for_each(|path| parking.clear_all(path));
    record
        .made_directories
        .iter()
        .for_each(|directory| traffic.abandons(directory));
    let is_ours = |directory: &RelPath| {
        record.made_directories.contains(directory) && !is_preserved(directory)
    };
    plan.intents.extend(traffic.settle(is_ours)?);
    plan.intents.extend(parking.into_intents()?);
    put_in_order(&mut plan.intents, |intent| &intent.change);
    Ok(plan)
}

/// What is known of the operator's own files outlives what was installed: a later install goes by it.
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

fn judge(entry: &Entry, found: &Found) -> (Action, &'static str) {
    if matches!(found, Found::Outside(_)) {
        return (
            Action::Release,
            "a link leads out of the home; what is behind it stays and is yours",
        );
    }
    let (ships, seen) = relate(None, Some(entry.shipped), found, |_| false, || false);
    match look_up(ships, seen).map(|row| row.verdict) {
        Some(Verdict::Remove) => (Action::Remove, "as shipped"),
        Some(Verdict::Forget) => (Action::Forget, "already gone"),
        _ => (Action::Release, "you changed it; it stays and is yours"),
    }
}

fn remove(path: &RelPath, before: FileState) -> Intent {
    let at = Spot::in_home(path);
    Intent {
        change: Change {
            at,
            alteration: Alteration::RemoveFile { before },
        },
        content: None,
    }
}
