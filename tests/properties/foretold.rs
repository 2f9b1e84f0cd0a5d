//! A dry run foretells exactly what the command does, and changes nothing itself.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use mosaic::model::plan::{Action, Content, Plan};
use proptest::prelude::*;

use crate::histories::{Step, history};
use crate::trees::{differing, foretold, tree};
use crate::world::{Act, World};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_dry_run_foretells_the_effect_and_has_none(history in history()) {
        let world = World::new(&history);
        for step in &history.steps {
            let Step::Command(command) = step else {
                world.step(step);
                continue;
            };
            let Some(act) = world.act(command) else { continue };
            let (before, stamps) = (tree(world.home()), stamps(world.home()));
            let plan = world.foretell(&act);
            prop_assert_eq!(self::stamps(world.home()), stamps, "the dry run changed something");
            let expected = plan.as_ref().map_or(before.clone(), |plan| foretold(&before, plan, |content| bytes(&world, &act, content)));
            let outcome = world.run(&act);
            prop_assert_eq!(outcome.as_ref().map(|outcome| outcome.plan.digest()), plan.as_ref().map(Plan::digest));
            prop_assert_eq!(outcome.as_ref().and_then(|outcome| outcome.generation).is_some(), plan.as_ref().is_some_and(|plan| plan.commits));
            let after = tree(world.home());
            prop_assert_eq!(crate::trees::difference(&expected, &after), Vec::<String>::new());
            let changed = differing(&before, &after).into_iter().filter(|path| {
                [&before, &after].iter().any(|tree| tree.get(*path).is_some_and(|(kind, ..)| *kind != "directory"))
            });
            let told = told(plan.as_ref());
            for path in changed {
                prop_assert!(told.contains(path), "{} changed, and the plan does not tell", path);
            }
        }
    }
}

/// The paths at which a plan tells that a file changes.
fn told(plan: Option<&Plan>) -> BTreeSet<&str> {
    let silent = [
        Action::Keep,
        Action::Edited,
        Action::Preserve,
        Action::Release,
        Action::Forget,
        Action::Conflict,
    ];
    let steps = plan
        .iter()
        .flat_map(|plan| &plan.steps)
        .filter(|step| !silent.contains(&step.action));
    steps.map(|step| step.at.path.as_str()).collect()
}

fn bytes(world: &World, act: &Act, content: &Content) -> Vec<u8> {
    match (content, act) {
        (Content::Bytes(bytes), _) => bytes.clone(),
        (Content::Bundle(path), Act::Update(number)) => world.releases[*number]
            .bytes(path.as_str())
            .expect("it is shipped"),
        (Content::Bundle(path), _) => panic!("{path} would come from a bundle that is not there"),
        (Content::Kept { generation, slot }, _) => {
            let kept = world
                .home()
                .join(format!(".mosaic/generations/{generation}/files/{slot}"));
            std::fs::read(kept).expect("it is kept")
        }
    }
}

/// Inode, mode, length, and times of modification and change.
type Stamp = (u64, u32, u64, (i64, i64), (i64, i64));

/// Everything below a folder with all that a change would leave a trace in.
fn stamps(root: &Path) -> BTreeMap<PathBuf, Stamp> {
    let entries = walkdir::WalkDir::new(root)
        .into_iter()
        .filter_map(Result::ok);
    let stamp = |entry: walkdir::DirEntry| {
        let stat = entry.path().symlink_metadata().expect("it is there");
        let times = (
            (stat.mtime(), stat.mtime_nsec()),
            (stat.ctime(), stat.ctime_nsec()),
        );
        (
            entry.into_path(),
            (stat.ino(), stat.mode(), stat.size(), times.0, times.1),
        )
    };
    entries.map(stamp).collect()
}
