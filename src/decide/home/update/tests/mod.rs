//! The decision table for files of a home, row by row, from a situation in memory to the plan.

use std::collections::BTreeMap;

use semver::Version;

mod respelled;

use super::*;
use crate::decide::bundle::manifest;
use crate::decide::home::respelled::{Respelled, respelled_record};
use crate::decide::home::situation::Asked;
use crate::decide::migrate::Migrations;
use crate::decide::plan::classes::Classes;
use crate::decide::plan::memory::{FILE, MemoryEvidence, home};
use crate::decide::plan::parking::{merged_spot, shipped_spot};
use crate::decide::plan::table::rows::{BASE, CLASHING, EARLIER, EDITED, ROWS, TAKEN_IN, WANT};
use crate::model::bundle::{Earlier, Wanted};
use crate::model::found::FoundFile;
use crate::model::mode::Mode;
use crate::model::record::{Record, Release};
use crate::model::source_version::VersionFile;

const PATH: &str = "guides/a.md";

/// A release that ships `want` at one path meets a home.
#[derive(Default)]
struct Scene {
    want: Option<&'static str>,
    record: Record,
    found: Option<&'static str>,
    kind: Option<Found>,
    seed: bool,
    bundle_preserves: bool,
    preserve_text: &'static str,
    prune: bool,
    respelled: Vec<Respelled>,
}

impl Scene {
    fn new(
        want: Option<&'static str>,
        record: Option<&'static str>,
        found: Option<&'static str>,
    ) -> Self {
        let entries = record.map(|shipped| (path(), entry(shipped)));
        let record = Record {
            release: Some(release("1.0.0")),
            entries: std::sync::Arc::new(entries.into_iter().collect()),
            ..Record::default()
        };
        Self {
            want,
            record,
            found,
            ..Self::default()
        }
    }

    /// The plan, and what is live afterwards.
    fn plan(&self) -> (Plan, Option<String>) {
        let mut evidence = MemoryEvidence {
            bases: vec![BASE.into()],
            ..MemoryEvidence::default()
        };
        evidence
            .taken_in
            .insert((home(PATH), Digest::of(TAKEN_IN.as_bytes())));
        let live = self.found.map(|found| (home(PATH), found.into()));
        evidence.files.extend(live);
        if self.kind.is_some() {
            evidence.foreign.insert(home(PATH));
        }
        let shipped = self.want.map(|want| (path(), want.into()));
        evidence.shipped = shipped.into_iter().collect();
        let plan = self.plan_by(&evidence);
        let mut live = evidence.files.get(&home(PATH)).cloned();
        for intent in plan
            .intents
            .iter()
            .filter(|intent| intent.change.at == home(PATH))
        {
            live = match &intent.content {
                Some(Content::Bytes(bytes)) => Some(bytes.clone()),
                Some(_) => self.want.map(|want| want.into()),
                None => None,
            };
        }
        (plan, live.map(|bytes| String::from_utf8(bytes).unwrap()))
    }

    fn plan_by(&self, evidence: &MemoryEvidence) -> Plan {
        let known = [(
            Version::new(0, 0, 1),
            path(),
            Digest::of(EARLIER.as_bytes()),
        )];
        self.plan_knowing(evidence, &known.into_iter().collect())
    }

    fn plan_knowing(&self, evidence: &MemoryEvidence, earlier: &Earlier) -> Plan {
        let wanted: Wanted = self
            .want
            .map(|want| (path(), shipped(want)))
            .into_iter()
            .collect();
        let glob = |holds: bool| {
            if holds {
                format!("\"{PATH}\"")
            } else {
                String::new()
            }
        };
        let manifest = manifest::parse(&format!(
            "name = \"m\"\nversion = \"1.1.0\"\nseed = [{}]\npreserve = [{}]\n",
            glob(self.seed),
            glob(self.bundle_preserves)
        ));
        let classes = Classes::new(&manifest.unwrap(), self.preserve_text).unwrap();
        let there = self.kind.clone().or(self.found.map(file));
        let found: BTreeMap<_, _> = there.map(|found| (path(), found)).into_iter().collect();
        let record = respelled_record(&self.record, &self.respelled);
        let situation = Situation {
            respelled: &self.respelled,
            release: &release("1.1.0"),
            wanted: &wanted,
            classes: &classes,
            earlier,
            record: &record,
            found: &found,
            umask: 0o022,
            uid: 0,
            version_file: &VersionFile::Absent,
            adopted: None,
            migrations: &Migrations::default(),
            active_units: None,
            asked: Asked {
                prune: self.prune,
                ..Asked::default()
            },
        };
        plan(situation, evidence).unwrap().plan
    }
}

fn path() -> RelPath {
    RelPath::parse(PATH).unwrap()
}

fn release(version: &str) -> Release {
    Release {
        bundle: "m".to_owned(),
        version: Version::parse(version).unwrap(),
    }
}

fn shipped(content: &str) -> Shipped {
    Shipped {
        digest: Digest::of(content.as_bytes()),
        size: content.len() as u64,
        executable: false,
    }
}

fn entry(content: &str) -> Entry {
    Entry {
        shipped: Digest::of(content.as_bytes()),
        left: Digest::of(content.as_bytes()),
        executable: false,
    }
}

fn file(content: &str) -> Found {
    Found::File(FoundFile {
        digest: Digest::of(content.as_bytes()),
        size: content.len() as u64,
        mode: Mode::from_st_mode(FILE),
        uid: 0,
        links: 1,
        is_mount: false,
    })
}

fn told(plan: &Plan) -> String {
    let step = plan.steps.first();
    step.map_or("none".to_owned(), |step| step.action.to_string())
}

/// The shared rows, met by files of a home.
#[test]
fn every_row_of_contents() {
    for &(want, record, found, action, live, recorded) in ROWS {
        let (plan, left) = Scene::new(want, record, found).plan();
        let case = format!("want {want:?}, record {record:?}, found {found:?}");
        assert_eq!(told(&plan), action, "{case}");
        assert_eq!(left.as_deref(), live, "{case}");
        let taken_in = plan.record.entries.get(&path());
        let shipped = taken_in.map(|entry| entry.shipped);
        let recorded = recorded.map(|text| Digest::of(text.as_bytes()));
        assert_eq!(shipped, recorded, "{case}");
        let waits = if action == "conflict" {
            vec![path()]
        } else {
            Vec::new()
        };
        assert_eq!(plan.unsettled, waits, "{case}");
    }
}

/// Kinds that are no file, or behind something that is no directory: want, record, kind, action.
#[test]
fn every_row_of_kinds() {
    let link = || RelPath::parse("guides").unwrap();
    let kinds = || {
        [
            (Found::Directory, "conflict", "release"),
            (Found::Other("fifo"), "conflict", "release"),
            (Found::Blocked(link()), "conflict", "forget"),
            (Found::Outside(link()), "preserve", "preserve"),
        ]
    };
    for record in [None, Some(WANT), Some(BASE)] {
        for (kind, action, _) in kinds() {
            let scene = Scene {
                kind: Some(kind.clone()),
                ..Scene::new(Some(WANT), record, None)
            };
            assert_eq!(told(&scene.plan().0), action, "{record:?}, {kind:?}");
        }
    }
    for (kind, _, action) in kinds() {
        let scene = Scene {
            kind: Some(kind.clone()),
            ..Scene::new(None, Some(BASE), None)
        };
        assert_eq!(told(&scene.plan().0), action, "{kind:?}");
    }
}

/// A `--mine` at the path: the want that was declined, record, found, action.
#[test]
fn what_the_operator_declined_stays() {
    #[rustfmt::skip]
    let rows = [
        (WANT,    None,       Some(EDITED),   "edited"),
        (WANT,    Some(BASE), Some(EDITED),   "edited"),
        (WANT,    Some(BASE), Some(EARLIER),  "edited"),
        ("other", Some(BASE), Some(EARLIER),  "conflict"),
        ("other", Some(BASE), Some(EDITED),   "merge"),
        ("other", Some(WANT), Some(EARLIER),  "edited"),
        (WANT,    Some(BASE), Some(BASE),     "replace"),
    ];
    for (declined, record, found, action) in rows {
        let mut scene = Scene::new(Some(WANT), record, found);
        let waived = Digest::of(declined.as_bytes());
        scene.record.waived.insert(path(), waived);
        let (plan, left) = scene.plan();
        assert_eq!(told(&plan), action, "{declined}, {record:?}, {found:?}");
        let stays = ["edited", "conflict"].contains(&action);
        assert_eq!(stays, left.as_deref() == found, "{declined}, {found:?}");
    }
    let mut scene = Scene::new(Some(WANT), Some(BASE), None);
    scene.kind = Some(Found::Directory);
    let waived = Digest::of(WANT.as_bytes());
    scene.record.waived.insert(path(), waived);
    assert_eq!(told(&scene.plan().0), "edited");
}

#[test]
fn what_is_outdated_is_said_to_be_outdated() {
    let reason = |scene: &Scene| scene.plan().0.steps[0].reason.to_string();
    let outdated = Scene::new(Some(BASE), Some(BASE), Some(TAKEN_IN));
    assert!(reason(&outdated).starts_with("outdated, not edited"));
    let unrecorded = Scene::new(Some(BASE), None, Some(TAKEN_IN));
    assert_eq!(reason(&unrecorded), "what an earlier release shipped");
}

#[test]
fn what_was_parked_goes_with_the_conflict() {
    let mut scene = Scene::new(Some(WANT), Some(BASE), Some(CLASHING));
    let (plan, _) = scene.plan();
    for spot in [shipped_spot(&path()), merged_spot(&path())] {
        assert!(
            plan.intents.iter().any(|intent| intent.change.at == spot),
            "{spot}"
        );
    }
    scene.record = plan.record;
    let (again, _) = scene.plan();
    assert!(!again.commits && again.intents.is_empty());
    assert_eq!(again.unsettled, [path()]);
    scene.found = Some(EARLIER);
    let (outdated, _) = scene.plan();
    assert_eq!(told(&outdated), "replace");
    assert!(outdated.record.parked.is_empty() && outdated.unsettled.is_empty());
}

#[test]
fn a_leftover_goes_when_it_is_asked_for() {
    let mut scene = Scene::new(None, None, Some(EARLIER));
    assert_eq!(scene.plan().0.leftovers, [path()]);
    scene.prune = true;
    assert_eq!(
        (told(&scene.plan().0), scene.plan().1),
        ("remove".to_owned(), None)
    );
}

/// Seeded paths: record, seeded before, found, action, and whether it counts as seeded afterwards.
#[test]
fn every_row_of_what_is_seeded() {
    #[rustfmt::skip]
    let rows = [
        (None,       false, None,         "seed",     true),
        (None,       false, Some(EDITED), "preserve", false),
        (None,       false, Some(WANT),   "preserve", false),
        (None,       true,  None,         "preserve", true),
        (None,       true,  Some(EDITED), "preserve", true),
        (Some(BASE), false, Some(BASE),   "release",  true),
    ];
    for (record, is_seeded, found, action, seeded) in rows {
        let mut scene = Scene::new(Some(WANT), record, found);
        scene.seed = true;
        scene.record.seeded.extend(is_seeded.then(path));
        let (plan, left) = scene.plan();
        let case = format!("record {record:?}, seeded {is_seeded}, found {found:?}");
        assert_eq!(told(&plan), action, "{case}");
        let live = if action == "seed" { Some(WANT) } else { found };
        assert_eq!(left.as_deref(), live, "{case}");
        assert_eq!(plan.record.seeded.contains(&path()), seeded, "{case}");
        assert!(plan.record.entries.is_empty(), "{case}");
    }
}

#[test]
fn what_the_operator_preserves_sleeps_and_what_the_bundle_preserves_is_his() {
    let mut scene = Scene::new(Some(WANT), Some(BASE), Some(EDITED));
    scene.preserve_text = "guides\n";
    let (plan, left) = scene.plan();
    assert_eq!(told(&plan), "preserve");
    assert_eq!(
        plan.steps[0].reason,
        "yours by `guides` (.mosaicpreserve:1)"
    );
    assert_eq!(left.as_deref(), Some(EDITED));
    assert!(plan.record.entries.contains_key(&path()));

    let mut scene = Scene::new(None, Some(BASE), Some(BASE));
    scene.bundle_preserves = true;
    let (plan, left) = scene.plan();
    assert_eq!(
        (told(&plan).as_str(), left.as_deref()),
        ("release", Some(BASE))
    );
    assert!(plan.record.entries.is_empty());
}

#[test]
fn what_an_earlier_program_recorded_of_version_control_is_released() {
    let head = RelPath::parse(".git/HEAD").unwrap();
    let mut scene = Scene::new(None, None, None);
    let entries = [(head.clone(), entry("ref: main\n"))].into_iter();
    scene.record.entries = std::sync::Arc::new(entries.collect());
    let mut evidence = MemoryEvidence::default();
    evidence
        .files
        .insert(home(".git/HEAD"), "ref: main\n".into());
    let plan = scene.plan_by(&evidence);
    let steps: Vec<_> = plan.steps.iter().map(|step| step.action).collect();
    assert_eq!(steps, [Action::Release]);
    assert!(plan.intents.is_empty());
    assert!(!plan.record.entries.contains_key(&head));
}
