//! Files that later generations spelled otherwise, on a file system that takes both spellings for one: one file, one trail.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::home::rollback::trail::{Trail, Turn};
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::folding::twins;
use crate::model::change::{Alteration, Presence, RootName, Spot};

/// Joins the trails of spots that are one file on disk, under the name that it had before all of them; returns those.
pub(super) fn join<E: Evidence>(
    trails: &mut BTreeMap<Spot, Trail>,
    evidence: &E,
) -> Result<BTreeSet<Spot>, E::Error> {
    let mut joined = BTreeSet::new();
    let is_of_files = |trail: &Trail| {
        let mut turns = trail.0.iter();
        turns.any(|turn| matches!(turn.alteration, Alteration::RemoveFile { .. }))
    };
    let gone = trails.iter().filter(|(_, trail)| is_of_files(trail));
    let gone: Vec<_> = gone
        .filter_map(|(spot, _)| spot.home_path())
        .cloned()
        .collect();
    let paths: Vec<_> = trails.keys().filter_map(Spot::home_path).cloned().collect();
    for (one, other) in twins(paths.iter(), gone.iter()) {
        let [one, other] = [one, other].map(|path| Spot {
            root: RootName::Home,
            path,
        });
        let spelled = evidence.spelled(&one)?;
        if spelled.is_some() && spelled == evidence.spelled(&other)? {
            joined.extend(join_two(trails, one, other));
        }
    }
    Ok(joined)
}

/// Joins two trails, unless they are joined already.
fn join_two(trails: &mut BTreeMap<Spot, Trail>, one: Spot, other: Spot) -> Option<Spot> {
    let (ones, others) = (trails.get(&one)?.clone(), trails.get(&other)?.clone());
    trails.remove(&one);
    trails.remove(&other);
    let is_first = |trail: &Trail| trail.was() != Presence::Nothing;
    let first = if is_first(&ones) && !is_first(&others) {
        one
    } else {
        other
    };
    let mut turns = [ones.0, others.0].concat();
    turns.sort_by_key(|turn| (turn.generation, turn.slot));
    let mut joined: Vec<Turn> = Vec::new();
    for turn in turns {
        let last = joined.last_mut().filter(|last| {
            let goes = matches!(last.alteration, Alteration::RemoveFile { .. });
            last.generation == turn.generation && goes
        });
        match (last, turn.alteration) {
            (Some(last), Alteration::WriteFile { .. }) => {
                let (before, after) = (last.alteration.before(), turn.alteration.after());
                // Where nothing but the name changed, the displaced file is what is there.
                match Alteration::between(before, after) {
                    Some(alteration) => last.alteration = alteration,
                    None => joined.truncate(joined.len() - 1),
                }
            }
            _ => joined.push(turn),
        }
    }
    trails.insert(first.clone(), Trail(joined));
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::home::rollback::plan;
    use crate::decide::home::rollback::preserved::Preserved;
    use crate::decide::plan::classes::Classes;
    use crate::decide::plan::memory::{FILE, MemoryEvidence, home};
    use crate::model::change::{Change, FileState};
    use crate::model::digest::Digest;
    use crate::model::generation::{ChangeOutcome, Heading, Journal, Logged, Staged};
    use crate::model::mode::Mode;
    use crate::model::plan::{Action, Plan};
    use crate::model::record::Record;

    const FIRST: &str = "one\ntwo\nthree\nfour\nfive\n";
    const SECOND: &str = "one\ntwo\nthree\nfour\nFIVE\n";

    fn state(content: &str) -> FileState {
        FileState {
            digest: Digest::of(content.as_bytes()),
            mode: Mode::from_st_mode(FILE),
        }
    }

    fn journal(number: u64, changes: &[(&str, Alteration)]) -> Journal {
        let logged = |(path, alteration): &(&str, Alteration)| Logged {
            change: Change {
                at: home(path),
                alteration: *alteration,
            },
            staged: Staged::InState,
            fate: ChangeOutcome::Done,
        };
        Journal {
            place: None,
            is_moved: false,
            heading: Heading {
                number,
                at: jiff::Timestamp::UNIX_EPOCH,
                command: "update".to_owned(),
                program: semver::Version::new(0, 1, 0),
                from: None,
                to: None,
            },
            changes: changes.iter().map(logged).collect(),
        }
    }

    /// Generation 2 spelled `qa.md` as `QA.md`, with a new content; the way back from what is there now.
    fn way_back(live: &str, folds: bool) -> Plan {
        let (first, second) = (state(FIRST), state(SECOND));
        let later = [journal(
            2,
            &[
                ("qa.md", Alteration::RemoveFile { before: first }),
                ("QA.md", Alteration::WriteFile { after: second }),
            ],
        )];
        let mut evidence = MemoryEvidence {
            bases: vec![FIRST.into(), SECOND.into()],
            folds,
            ..MemoryEvidence::default()
        };
        evidence.files.insert(home("QA.md"), live.into());
        evidence.kept.insert((2, 0), FIRST.into());
        let record = Record::default();
        let classes = Classes::of_operator("").unwrap();
        let preserved = Preserved {
            classes: &classes,
            now: &record,
            records: &[],
        };
        plan(1, &record, &later, &preserved, 0o022, &evidence).unwrap()
    }

    fn changes(plan: &Plan) -> Vec<(&str, Option<Digest>, Option<Digest>)> {
        let digest = |presence| match presence {
            Presence::File(file) => Some(file.digest),
            _ => None,
        };
        let changes = plan.intents.iter().map(|intent| &intent.change);
        let changes = changes.map(|change| {
            (
                change.at.path.as_str(),
                digest(change.alteration.before()),
                digest(change.alteration.after()),
            )
        });
        changes.collect()
    }

    #[test]
    fn a_file_gets_its_former_content_and_name_back() {
        let plan = way_back(SECOND, true);
        let digest = |text: &str| Some(Digest::of(text.as_bytes()));
        let expected = [
            ("QA.md", digest(SECOND), None),
            ("qa.md", None, digest(FIRST)),
        ];
        assert_eq!(changes(&plan), expected, "{plan:?}");
        let steps: Vec<_> = plan.steps.iter().map(|step| step.action).collect();
        assert_eq!(steps, [Action::Restore]);
    }

    #[test]
    fn an_edit_is_carried_along_under_the_former_name() {
        let edited = SECOND.replace("one", "ONE");
        let plan = way_back(&edited, true);
        let digest = |text: &str| Some(Digest::of(text.as_bytes()));
        let merged = FIRST.replace("one", "ONE");
        let expected = [
            ("QA.md", digest(&edited), None),
            ("qa.md", None, digest(&merged)),
        ];
        assert_eq!(changes(&plan), expected, "{plan:?}");
    }

    #[test]
    fn where_they_are_two_files_each_goes_its_own_way_back() {
        let edited = SECOND.replace("one", "ONE");
        let plan = way_back(&edited, false);
        let expected = [("qa.md", None, Some(Digest::of(FIRST.as_bytes())))];
        assert_eq!(changes(&plan), expected, "{plan:?}");
    }
}
