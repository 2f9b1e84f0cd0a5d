//! A release spells a file otherwise, where the file system takes both spellings for one.

use super::*;
use crate::model::change::{Alteration, Presence};

const FORMER: &str = "guides/A.md";

fn former() -> RelPath {
    RelPath::parse(FORMER).unwrap()
}

impl Scene {
    /// The scene with its record and its file under the former spelling.
    fn respelled(
        want: Option<&'static str>,
        record: Option<&'static str>,
        found: Option<&'static str>,
    ) -> (Self, MemoryEvidence) {
        let mut scene = Self::new(want, record, found);
        if let Some(entry) = scene.record.entries_mut().remove(&path()) {
            scene.record.entries_mut().insert(former(), entry);
        }
        scene.respelled.push(Respelled {
            to: path(),
            from: former(),
            on_disk: former(),
            goes_on: record.is_some(),
        });
        let mut evidence = MemoryEvidence {
            bases: vec![BASE.into()],
            folds: true,
            ..MemoryEvidence::default()
        };
        let live = found.map(|found| (home(FORMER), found.into()));
        evidence.files.extend(live);
        evidence
            .taken_in
            .insert((home(FORMER), Digest::of(TAKEN_IN.as_bytes())));
        let shipped = want.map(|want| (path(), want.into()));
        evidence.shipped.extend(shipped);
        (scene, evidence)
    }
}

/// The shared rows of files that are there, ship and are recorded: each as it was, under the new name.
#[test]
fn every_row_holds_under_another_spelling() {
    let mut played = 0;
    for &(want, record, found, action, live, recorded) in ROWS {
        let (Some(_), Some(_), Some(found)) = (want, record, found) else {
            continue;
        };
        played += 1;
        let (scene, evidence) = Scene::respelled(want, record, Some(found));
        let plan = scene.plan_by(&evidence);
        let case = format!("want {want:?}, record {record:?}, found {found:?}: {plan:?}");
        assert!(plan.commits, "{case}");
        let only = |entries: Vec<_>| assert_eq!(entries, [&path()], "{case}");
        only(plan.record.entries.keys().collect());
        let taken_in = plan.record.entries[&path()].shipped;
        assert_eq!(
            Some(taken_in),
            recorded.map(|text| Digest::of(text.as_bytes()))
        );
        let changes = plan.intents.iter().map(|intent| &intent.change);
        let changes: Vec<_> = changes.filter(|change| change.at.root.is_live()).collect();
        if action == "conflict" {
            assert!(changes.is_empty(), "{case}");
            continue;
        }
        let [goes, comes] = changes[..] else {
            panic!("{case}");
        };
        assert_eq!((&goes.at, &comes.at), (&home(FORMER), &home(PATH)));
        let before = Digest::of(found.as_bytes());
        assert!(
            matches!(goes.alteration, Alteration::RemoveFile { before: file } if file.digest == before),
            "{case}"
        );
        let after = match comes.alteration.after() {
            Presence::File(file) => file.digest,
            other => panic!("{other:?}"),
        };
        let live = live.expect("it is live");
        assert_eq!(after, Digest::of(live.as_bytes()), "{case}");
        assert_eq!(comes.alteration.before(), Presence::Nothing, "{case}");
        let likes = plan.intents.iter().filter_map(|intent| intent.like.clone());
        assert_eq!(likes.collect::<Vec<_>>(), [former()], "{case}");
        let told: Vec<_> = plan
            .steps
            .iter()
            .map(|step| step.action.to_string())
            .collect();
        let is_kept = ["keep", "edited"].contains(&action);
        assert_eq!(told, [if is_kept { "rename" } else { action }], "{case}");
    }
    assert!(played > 5, "{played}");
}

#[test]
fn what_an_earlier_release_shipped_under_the_former_name_is_replaced() {
    let (scene, evidence) = Scene::respelled(Some(WANT), None, Some(EARLIER));
    let known = [(
        Version::new(0, 0, 1),
        former(),
        Digest::of(EARLIER.as_bytes()),
    )];
    let plan = scene.plan_knowing(&evidence, &known.into_iter().collect());
    assert_eq!(told(&plan), "replace");
    assert_eq!(plan.intents.len(), 2, "{plan:?}");
}

/// The operator preserves the file under the name that he knows.
#[test]
fn what_is_preserved_is_so_by_any_spelling() {
    let (mut scene, evidence) = Scene::respelled(Some(WANT), Some(BASE), Some(EDITED));
    scene.preserve_text = FORMER;
    scene.respelled[0].goes_on = false;
    let plan = scene.plan_by(&evidence);
    let told: Vec<_> = plan.steps.iter().map(|step| step.action).collect();
    assert_eq!(told, [Action::Preserve; 2]);
    assert!(plan.intents.is_empty(), "{plan:?}");
    assert!(plan.record.entries.contains_key(&former()));
}

/// A file that ships once more under the new name only, and is spelled so already.
#[test]
fn a_file_that_the_operator_renamed_first_keeps_his_spelling_which_is_ours() {
    let (mut scene, mut evidence) = Scene::respelled(Some(WANT), Some(WANT), Some(WANT));
    let content = evidence.files.remove(&home(FORMER)).unwrap();
    evidence.files.insert(home(PATH), content);
    scene.respelled[0].on_disk = path();
    let plan = scene.plan_by(&evidence);
    assert!(plan.intents.is_empty(), "{plan:?}");
    assert!(plan.record.entries.contains_key(&path()));
}
