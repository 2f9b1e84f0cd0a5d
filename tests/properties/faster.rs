//! An operator who edits while a command runs keeps what he did, and the next update is at one with it.

use std::cell::{Cell, RefCell};

use mosaic::ops::Error;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::edits::{Edit, edit};
use crate::histories::{command, history};
use crate::trees::{Tree, difference, tree};
use crate::world::{Act, World};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn who_edits_while_mosaic_runs_keeps_his_edit(
        history in history(),
        command in command(),
        edit in edit(),
        moment in any::<Index>(),
    ) {
        let mut world = World::new(&history);
        history.steps.iter().for_each(|step| drop(world.step(step)));
        let Some(act) = world.act(&command) else { return Ok(()) };
        let branch = world.branch("undisturbed");
        let checkpoints = world.on(&branch, |world| {
            let passed = Cell::new(0);
            world.run_at(&act, &|_| passed.set(passed.get() + 1));
            passed.get()
        });
        if checkpoints > 0 {
            disturb(&world, &act, &edit, moment.index(checkpoints))?;
        }
    }
}

fn disturb(world: &World, act: &Act, edit: &Edit, moment: usize) -> Result<(), TestCaseError> {
    let (passed, disturbed) = (Cell::new(0), RefCell::new(None));
    let outcome = world.try_at(act, &|_| {
        if passed.replace(passed.get() + 1) == moment {
            let before = tree(world.home());
            edit.apply(world.home());
            disturbed.replace(Some((before, tree(world.home()), world.contents())));
        }
    });
    let Some((before, edited, contents)) = disturbed.into_inner() else {
        return Ok(());
    };
    let found = tree(world.home());
    match outcome {
        Ok(_) => check_edit_stays(&before, &edited, &found)?,
        Err(Error::Transaction(error)) if error.left_home_unchanged() => {
            prop_assert_eq!(difference(&edited, &found), Vec::<String>::new());
        }
        Err(error) => prop_assert!(false, "{}", error),
    }
    let there = world.contents();
    for content in contents.iter().filter(|content| is_marked(content)) {
        prop_assert!(
            there.contains(content),
            "{:?} is lost",
            String::from_utf8_lossy(content)
        );
    }
    world
        .run(&Act::Update(0))
        .expect("an update is not refused");
    let again = world
        .run(&Act::Update(0))
        .expect("an update is not refused");
    prop_assert_eq!(again.generation, None, "{:?}", again.plan.steps);
    Ok(())
}

/// Whatever content the edit put in a place is there at the end.
fn check_edit_stays(before: &Tree, edited: &Tree, found: &Tree) -> Result<(), TestCaseError> {
    let content = |tree: &Tree, path: &str| {
        tree.get(path)
            .map(|(kind, _, content)| (*kind, content.clone()))
    };
    for path in edited
        .keys()
        .filter(|path| content(before, path) != content(edited, path))
    {
        prop_assert_eq!(content(edited, path), content(found, path), "{}", path);
    }
    Ok(())
}

fn is_marked(content: &[u8]) -> bool {
    String::from_utf8_lossy(content).contains(" marked ")
}
