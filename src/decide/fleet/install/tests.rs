//! The decision table for an install of a fleet, which never merges.

use super::*;
use crate::decide::fleet::units::OURS;
use crate::decide::plan::memory::{MemoryEvidence, unit};
use crate::model::record::Entry;

const BASE: &str = "one\ntwo\nthree\nfour\nfive\n";
const WANT: &str = "one\ntwo\nthree\nfour\nFIVE\n";
const EDITED: &str = "ONE\ntwo\nthree\nfour\nfive\n";
const EARLIER: &str = "known by its hash\n";

fn roster() -> Roster {
    let text = "version: 1\nagents: []\n";
    crate::decide::fleet::roster::parse("roster.yaml", text).unwrap()
}

/// An install whose release ships `WANT` meets an active copy.
fn met(
    occupant: Occupant,
    record: Option<&str>,
    found: Option<&str>,
) -> Result<Plan, InstallFault> {
    let (roster, spot) = (roster(), unit(OURS[0]));
    let shipped_at = RelPath::parse("systemd/user/mosaic-tmux-holder.service").unwrap();
    let mut evidence = MemoryEvidence {
        bases: vec![BASE.into()],
        ..MemoryEvidence::default()
    };
    if let Some(found) = found {
        evidence.files.insert(spot.clone(), found.into());
    }
    let known = [(
        semver::Version::new(0, 0, 1),
        shipped_at.clone(),
        Digest::of(EARLIER.as_bytes()),
    )];
    let entry = |shipped: &str| Entry {
        shipped: Digest::of(shipped.as_bytes()),
        left: Digest::of(shipped.as_bytes()),
        executable: false,
    };
    let record = Record {
        units: record
            .map(|s| (spot.clone(), entry(s)))
            .into_iter()
            .collect(),
        ..Record::default()
    };
    let inputs = InstallInputs {
        roster: &roster,
        record: &record,
        targets: vec![UnitTarget {
            name: OURS[0],
            at: spot,
            want: WANT.to_owned(),
            occupant,
            shipped_at,
        }],
        earlier: &known.into_iter().collect(),
        masked: BTreeSet::new(),
        enabled: BTreeSet::new(),
        behind: Vec::new(),
        links: Vec::new(),
        umask: 0o022,
    };
    plan(&inputs, &evidence).map_err(|error| match error {
        PlanError::Refused(fault) => fault,
        PlanError::Unreadable(never) => match never {},
    })
}

/// The decision table, told not to merge: record, found, the action or what is advised, and the record afterwards.
#[test]
fn every_row_of_the_table() {
    const STAYS: &str = "you edited it; it stays";
    #[rustfmt::skip]
    let rows = [
        (None,       None,          "write",   Some(WANT)),
        (None,       Some(WANT),    "adopt",   Some(WANT)),
        (None,       Some(EARLIER), "replace", Some(WANT)),
        (None,       Some(EDITED),  STAYS,     None),
        (Some(WANT), Some(WANT),    "none",    Some(WANT)),
        (Some(WANT), Some(EDITED),  STAYS,     Some(WANT)),
        (Some(WANT), Some(EARLIER), "replace", Some(WANT)),
        (Some(WANT), None,          "write",   Some(WANT)),
        (Some(BASE), Some(BASE),    "replace", Some(WANT)),
        (Some(BASE), Some(WANT),    "adopt",   Some(WANT)),
        (Some(BASE), Some(EARLIER), "replace", Some(WANT)),
        (Some(BASE), Some(EDITED),  STAYS,     Some(BASE)),
        (Some(BASE), None,          "write",   Some(WANT)),
    ];
    for (record, found, told, recorded) in rows {
        let plan = met(Occupant::Ours, record, found).unwrap();
        let case = format!("record {record:?}, found {found:?}");
        let spot = unit(OURS[0]);
        let step = plan.steps.iter().find(|step| step.at == spot);
        let name = spot.to_string();
        let mut advisories = plan.advisories.iter();
        let advisory = advisories.find(|advisory| advisory.path == name);
        match (step, advisory) {
            (Some(step), None) => assert_eq!(step.action.to_string(), told, "{case}"),
            (None, Some(advisory)) => assert!(advisory.message.starts_with(told), "{case}"),
            (None, None) => assert_eq!(told, "none", "{case}"),
            both => panic!("{case}: {both:?}"),
        }
        let shipped = plan.record.units.get(&spot).map(|entry| entry.shipped);
        let recorded = recorded.map(|text| Digest::of(text.as_bytes()));
        assert_eq!(shipped, recorded, "{case}");
    }
}

#[test]
fn what_is_there_already_makes_no_generation() {
    let first = met(Occupant::Nothing, None, None).unwrap();
    assert!(first.commits);
    assert!(
        first
            .record
            .made_directories
            .contains(&RelPath::parse(RUN).unwrap()),
        "the folder of heartbeats is Mosaic's"
    );
}

#[test]
fn a_unit_of_another_home_refuses_all_and_one_that_is_masked_stays() {
    let another = met(Occupant::Another("/srv/m".to_owned()), None, Some(EDITED));
    assert!(matches!(another, Err(InstallFault::AnotherHome { .. })));
    for occupant in [Occupant::Masked, Occupant::NoFile] {
        let plan = met(occupant, None, None).unwrap();
        assert!(plan.record.units.is_empty() && plan.record.enabled.is_empty());
        assert_eq!(plan.advisories.len(), 1);
    }
}
