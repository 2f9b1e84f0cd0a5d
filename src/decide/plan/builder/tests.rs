//! The promises of a plan, each kept by the builder.

use super::*;
use crate::decide::plan::memory::{FILE, MemoryEvidence, home, unit};
use crate::model::digest::Digest;
use crate::model::record::Parked;

fn state(content: &str) -> FileState {
    FileState {
        digest: Digest::of(content.as_bytes()),
        mode: Mode::from_st_mode(FILE),
    }
}

fn content(content: &str) -> Content {
    Content::Bytes(content.as_bytes().to_vec())
}

fn path(path: &str) -> RelPath {
    RelPath::parse(path).unwrap()
}

#[test]
fn what_changes_nothing_makes_no_generation_and_leaves_the_record() {
    let (record, evidence) = (Record::default(), MemoryEvidence::default());
    let mut builder = PlanBuilder::new(&record, 0o022, &evidence);
    builder.step(home("b"), Action::Keep, "");
    builder.step(home("a"), Action::Edited, "");
    assert_eq!(
        builder.put(&home("b"), Some(state("b")), state("b"), content("b")),
        None
    );
    builder.record_mut().seeded.insert(path("a"));
    let plan = builder.finish(|_| true).unwrap();
    assert!(!plan.commits && plan.intents.is_empty());
    assert_eq!(plan.record, record);
    let order: Vec<_> = plan.steps.iter().map(|step| step.at.text()).collect();
    assert_eq!(order, ["a", "b"]);
}

#[test]
fn a_change_a_step_or_a_planner_makes_a_generation() {
    let (record, evidence) = (Record::default(), MemoryEvidence::default());
    let commits = |ask: &dyn Fn(&mut PlanBuilder<MemoryEvidence>)| {
        let mut builder = PlanBuilder::new(&record, 0o022, &evidence);
        ask(&mut builder);
        builder.finish(|_| false).unwrap().commits
    };
    assert!(!commits(&|builder| builder.commit_if(false)));
    assert!(commits(&|builder| builder.commit_if(true)));
    assert!(commits(&|builder| builder.step(
        home("a"),
        Action::Forget,
        ""
    )));
    assert!(commits(&|builder| {
        builder.put(&home("a"), None, state("a"), content("a"));
    }));
    assert!(commits(&|builder| builder.remove(&home("a"), state("a"))));
}

#[test]
fn directories_come_and_go_with_files_and_the_record_knows_ours() {
    let record = Record {
        made_directories: ["old", "shared"].map(path).into(),
        ..Record::default()
    };
    let mut evidence = MemoryEvidence::default();
    for file in ["old/a", "shared/a", "shared/mine", "his/a"] {
        evidence.files.insert(home(file), b"a".to_vec());
    }
    evidence.files.insert(unit("u.service"), b"u".to_vec());
    let mut builder = PlanBuilder::new(&record, 0o022, &evidence);
    for file in ["old/a", "shared/a", "his/a"] {
        builder.remove(&home(file), state("a"));
    }
    builder.remove(&unit("u.service"), state("u"));
    builder.put(&home("new/deep/a"), None, state("a"), content("a"));
    builder.put(&unit("d/v.service"), None, state("v"), content("v"));
    let made = |spot: &Spot| {
        let path = spot.home_path();
        path.is_some_and(|path| record.made_directories.contains(path))
    };
    let plan = builder.finish(made).unwrap();
    let changes: Vec<_> = plan
        .intents
        .iter()
        .map(|intent| (intent.change.alteration.turn(), intent.change.at.text()))
        .collect();
    let expected = [
        (0, "his/a"),
        (0, "old/a"),
        (0, "shared/a"),
        (0, "/units/u.service"),
        (1, "old"),
        (2, "new"),
        (2, "new/deep"),
        (2, "/units/d"),
        (3, "new/deep/a"),
        (3, "/units/d/v.service"),
    ];
    assert_eq!(
        changes,
        expected.map(|(turn, text)| (turn, text.into())).to_vec()
    );
    let ours = ["new", "new/deep", "shared"].map(path).into();
    assert_eq!(plan.record.made_directories, ours);
}

#[test]
fn what_is_parked_waits_for_a_person() {
    let parked = Parked {
        want: Digest::of(b"w"),
        ships: true,
        executable: false,
        has_merge: false,
        reason: String::new(),
    };
    let parked = ["b", "a"].map(|name| (path(name), parked.clone()));
    let record = Record {
        parked: parked.into(),
        ..Record::default()
    };
    let evidence = MemoryEvidence::default();
    let plan = PlanBuilder::new(&record, 0, &evidence)
        .finish(|_| false)
        .unwrap();
    assert_eq!(plan.unsettled, ["a", "b"].map(path));
    let listed = ["b", "a", "b"].map(path).to_vec();
    let plan = PlanBuilder::new(&record, 0, &evidence)
        .finish_listing(listed, |_| false)
        .unwrap();
    assert_eq!(plan.unsettled, ["a", "b"].map(path));
}

#[test]
fn the_record_of_a_home_file_and_of_a_unit_are_taken_in_and_forgotten_alike() {
    let mut record = Record::default();
    record.waived.insert(path("a"), Digest::of(b"w"));
    let evidence = MemoryEvidence::default();
    let mut builder = PlanBuilder::new(&record, 0, &evidence);
    let entry = Entry {
        shipped: Digest::of(b"w"),
        left: Digest::of(b"w"),
        executable: false,
    };
    for spot in [home("a"), unit("u.service")] {
        builder.take_in(&spot, entry, content("w"));
    }
    assert_eq!(builder.record().entries.get(&path("a")), Some(&entry));
    assert_eq!(builder.record().units.get(&unit("u.service")), Some(&entry));
    assert!(builder.record().waived.is_empty());
    for spot in [home("a"), unit("u.service")] {
        builder.forget(&spot);
    }
    assert!(builder.record().entries.is_empty() && builder.record().units.is_empty());
    builder.commit_if(true);
    assert_eq!(builder.finish(|_| false).unwrap().bases.len(), 2);
}

#[test]
fn a_directory_stays_where_a_file_comes_into_it_by_another_spelling() {
    let record = Record::default();
    for folds in [true, false] {
        let mut evidence = MemoryEvidence {
            folds,
            ..MemoryEvidence::default()
        };
        evidence.files.insert(home("Guides/a"), "a".into());
        let mut builder = PlanBuilder::new(&record, 0o022, &evidence);
        builder.remove(&home("Guides/a"), state("a"));
        builder.put(&home("guides/b"), None, state("b"), content("b"));
        let plan = builder.finish(|_| true).unwrap();
        let changes = plan.intents.iter().map(|intent| &intent.change);
        let directories = changes
            .filter(|change| !matches!(change.alteration, Alteration::RemoveFile { .. }))
            .filter(|change| change.alteration.brings().is_none());
        let directories: Vec<_> = directories.map(|change| change.at.text()).collect();
        let expected: &[&str] = if folds { &[] } else { &["Guides", "guides"] };
        assert_eq!(directories, expected);
    }
}

#[test]
fn a_directory_is_empty_once_what_it_holds_is_gone_by_any_spelling() {
    let record = Record::default();
    for folds in [true, false] {
        let mut evidence = MemoryEvidence {
            folds,
            ..MemoryEvidence::default()
        };
        evidence.files.insert(home("guides/QA.MD"), "a".into());
        let mut builder = PlanBuilder::new(&record, 0o022, &evidence);
        builder.remove(&home("guides/qa.md"), state("a"));
        let plan = builder.finish(|_| true).unwrap();
        assert_eq!(plan.intents.len(), if folds { 2 } else { 1 }, "{plan:?}");
    }
}

#[test]
fn what_goes_for_another_spelling_goes_right_before_it_comes() {
    let record = Record::default();
    let mut evidence = MemoryEvidence {
        folds: true,
        ..MemoryEvidence::default()
    };
    for file in ["qa.md", "z"] {
        evidence.files.insert(home(file), "a".into());
    }
    let mut builder = PlanBuilder::new(&record, 0o022, &evidence);
    builder.remove(&home("z"), state("a"));
    builder.put(&home("b"), None, state("b"), content("b"));
    builder
        .respell(&home("QA.md"), &path("qa.md"), state("a"))
        .unwrap();
    let plan = builder.finish(|_| true).unwrap();
    let order: Vec<_> = plan
        .intents
        .iter()
        .map(|intent| intent.change.at.text())
        .collect();
    assert_eq!(order, ["z", "qa.md", "QA.md", "b"]);
    assert_eq!(plan.steps[0].action, Action::Rename);
}
