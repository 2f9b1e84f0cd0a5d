//! The decision table for active units, row by row, from evidence in memory to the plan.

use std::collections::BTreeMap;

use super::*;
use crate::decide::fleet::units::OURS;
use crate::decide::plan::memory::{MemoryEvidence, unit};
use crate::decide::plan::table::rows::{BASE, CLASHING, EARLIER, EDITED, ROWS, TAKEN_IN, WANT};
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::model::record::{Entry, Record};

/// A release that ships `want` meets an active copy; the plan, and what is live afterwards.
fn met(want: Option<&str>, record: Option<&str>, found: Option<&str>) -> (Plan, Option<String>) {
    let mut evidence = MemoryEvidence::default();
    if let Some(found) = found {
        evidence.files.insert(unit(OURS[0]), found.into());
    }
    met_by(evidence, want, record)
}

fn met_by(
    mut evidence: MemoryEvidence,
    want: Option<&str>,
    record: Option<&str>,
) -> (Plan, Option<String>) {
    let (name, spot) = (OURS[0], unit(OURS[0]));
    let shipped_at = RelPath::parse("systemd/user/mosaic-tmux-holder.service").unwrap();
    evidence.bases = vec![BASE.into()];
    let taken_in = Digest::of(TAKEN_IN.as_bytes());
    evidence.taken_in.insert((spot.clone(), taken_in));
    let known = [(
        semver::Version::new(0, 0, 1),
        shipped_at.clone(),
        Digest::of(EARLIER.as_bytes()),
    )];
    let target = |want: &str| UnitTarget {
        name,
        at: spot.clone(),
        want: want.to_owned(),
        occupant: Occupant::Ours,
        shipped_at,
    };
    let units = ActiveUnits {
        targets: want.map(target).into_iter().collect(),
        enabled: [name.to_owned()].into(),
        lacks: None,
    };
    let active = Active {
        units: &units,
        ships: &|_| want.is_some(),
        earlier: &known.into_iter().collect(),
    };
    let before = Record {
        units: record
            .map(|s| (spot.clone(), entry(s)))
            .into_iter()
            .collect(),
        ..Record::default()
    };
    let mut builder = PlanBuilder::new(&before, 0o022, &evidence);
    // Another release is one to record.
    builder.commit_if(true);
    refresh(&active, &mut builder).unwrap();
    let plan = builder.finish(|_| false).unwrap();
    let mut live: BTreeMap<_, _> = evidence.files.clone();
    for intent in plan
        .intents
        .iter()
        .filter(|intent| intent.change.at == spot)
    {
        match &intent.content {
            Some(Content::Bytes(bytes)) => live.insert(spot.clone(), bytes.clone()),
            _ => live.remove(&spot),
        };
    }
    let live = live.get(&spot).cloned();
    (plan, live.map(|bytes| String::from_utf8(bytes).unwrap()))
}

fn entry(shipped: &str) -> Entry {
    Entry {
        shipped: Digest::of(shipped.as_bytes()),
        left: Digest::of(shipped.as_bytes()),
        executable: false,
    }
}

/// The plan's line for the unit: an action, `stays` where a person has to see to it, `none` where it says nothing.
fn told(plan: &Plan) -> String {
    match plan.steps.as_slice() {
        [] if !plan.stays.is_empty() => "stays".to_owned(),
        [] => "none".to_owned(),
        steps => steps[0].action.to_string(),
    }
}

/// The shared rows, met by active units: a kept unit is not spoken of, and a conflict is one that stays.
#[test]
fn every_row_of_the_table() {
    for &(want, record, found, action, live, recorded) in ROWS {
        let (plan, left) = met(want, record, found);
        let case = format!("want {want:?}, record {record:?}, found {found:?}");
        let action = match action {
            "keep" => "none",
            "conflict" => "stays",
            action => action,
        };
        assert_eq!(told(&plan), action, "{case}");
        assert_eq!(left.as_deref(), live, "{case}");
        let taken_in = plan.record.units.values().next();
        let shipped = taken_in.map(|entry| entry.shipped);
        let recorded = recorded.map(|text| Digest::of(text.as_bytes()));
        assert_eq!(shipped, recorded, "{case}");
    }
}

/// Something that is no file came in a unit's place since its occupant was looked at.
#[test]
fn what_is_no_file_stays() {
    let spot = unit(OURS[0]);
    for record in [None, Some(WANT), Some(BASE)] {
        let mut evidence = MemoryEvidence::default();
        evidence.foreign.insert(spot.clone());
        let (plan, _) = met_by(evidence, Some(WANT), record);
        assert_eq!(told(&plan), "stays", "{record:?}");
        let message = &plan.advisories[0].message;
        assert!(message.starts_with("something that is not a regular file"));
    }
    let mut evidence = MemoryEvidence::default();
    evidence.foreign.insert(spot);
    assert_eq!(told(&met_by(evidence, None, Some(BASE)).0), "release");
}

#[test]
fn an_outdated_copy_is_said_to_be_outdated() {
    let (plan, _) = met(Some(BASE), Some(BASE), Some(EARLIER));
    assert!(plan.steps[0].reason.starts_with("outdated, not edited"));
    let (plan, _) = met(Some(WANT), Some(BASE), Some(BASE));
    assert_eq!(plan.steps[0].reason, "changed in this release");
}

#[test]
fn what_cannot_be_joined_is_put_where_a_person_finds_it() {
    let (plan, _) = met(Some(WANT), Some(BASE), Some(CLASHING));
    let place = outside_spot(&unit(OURS[0])).unwrap();
    let parked = plan.intents.iter().find(|intent| intent.change.at == place);
    let content = Content::Bytes(WANT.into());
    assert_eq!(
        parked.and_then(|intent| intent.content.clone()),
        Some(content)
    );
    assert!(plan.advisories[0].message.contains(&place.to_string()));
}

#[test]
fn what_retires_starts_no_longer_with_the_manager_and_what_the_operator_keeps_does() {
    let disabled = |found| met(None, Some(BASE), found).0.record.disabled;
    assert_eq!(disabled(Some(BASE)), [OURS[0].to_owned()].into());
    assert_eq!(disabled(None), [OURS[0].to_owned()].into());
    assert!(disabled(Some(EDITED)).is_empty());
}

#[test]
fn what_is_not_this_homes_is_left_alone() {
    let evidence = MemoryEvidence::default();
    let before = Record::default();
    for occupant in [
        Occupant::Masked,
        Occupant::NoFile,
        Occupant::Another("/srv/m".to_owned()),
    ] {
        let target = UnitTarget {
            name: OURS[0],
            at: unit(OURS[0]),
            want: WANT.to_owned(),
            occupant,
            shipped_at: RelPath::parse("systemd/user/a").unwrap(),
        };
        let active = Active {
            units: &ActiveUnits {
                targets: vec![target],
                enabled: Default::default(),
                lacks: None,
            },
            ships: &|_| true,
            earlier: &Earlier::default(),
        };
        let mut builder = PlanBuilder::new(&before, 0o022, &evidence);
        refresh(&active, &mut builder).unwrap();
        let plan = builder.finish(|_| false).unwrap();
        assert!(!plan.commits && plan.steps.is_empty() && plan.advisories.is_empty());
    }
}
