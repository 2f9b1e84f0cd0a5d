//! Interrupted at any checkpoint, and the recovery interrupted too: the home is the old one or the new one.

use std::cell::{Cell, RefCell};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use mosaic::model::digest::Digest;
use mosaic::ops::event::Checkpoint;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::histories::{Command, command, history};
use crate::trees::difference;
use crate::world::{Act, At, Sight, World};

/// What a panic of ours carries; every other is a failure.
struct Crash;

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn an_interrupted_command_ends_before_or_after_never_between(
        history in history(),
        command in command(),
        again in any::<Index>(),
    ) {
        let world = World::new(&history);
        history.steps.iter().for_each(|step| drop(world.step(step)));
        check_every_checkpoint(world, &command, again)?;
    }
}

fn check_every_checkpoint(
    mut world: World,
    command: &Command,
    again: Index,
) -> Result<(), TestCaseError> {
    let Some(act) = world.act(command) else {
        return Ok(());
    };
    let before = world.state_at();
    let branch = world.branch("undisturbed");
    let (checkpoints, after) = world.on(&branch, |world| {
        let passed = RefCell::new(Vec::new());
        world.run_at(&act, &|checkpoint| passed.borrow_mut().push(checkpoint));
        (passed.into_inner(), world.state_at())
    });
    let commit = checkpoints
        .iter()
        .position(|checkpoint| *checkpoint == Checkpoint::Committed);
    let is_one_of_many =
        |at: usize| matches!(checkpoints[at], Checkpoint::Staged | Checkpoint::Carried);
    let third = again.index(3);
    for crash in (0..checkpoints.len()).filter(|at| !is_one_of_many(*at) || at % 3 == third) {
        let branch = world.branch(&format!("crash-{crash}"));
        let is_committed = commit.is_some_and(|commit| crash >= commit);
        world.on(&branch, |world| {
            interrupt(crash, |at| drop(world.run_at(&act, at)));
            let has_begun = checkpoints[..=crash].contains(&Checkpoint::Carried);
            if !has_begun {
                same(
                    &before,
                    &world.state_at(),
                    "before anything was carried out",
                    false,
                )?;
            }
            interrupt(again.index(checkpoints.len()), |at| world.recover_at(at));
            world.recover_at(&|_| {});
            let expected = if is_committed { &after } else { &before };
            same(expected, &world.state_at(), "recovered", true)?;
            check_sound(world)?;
            if is_committed {
                let generation = world.look().expect("a home").generation;
                world
                    .run(&Act::Rollback(generation - 1))
                    .expect("a rollback is not refused");
                same(
                    &before,
                    &world.state_at(),
                    "recovered and rolled back",
                    true,
                )?;
            }
            Ok::<_, TestCaseError>(())
        })?;
    }
    Ok(())
}

/// Ends a run at the checkpoint with this number as a crash would, as far as one process can: what is
/// on disk stays, and the lock is free.
fn interrupt(number: usize, run: impl FnOnce(At)) {
    let passed = Cell::new(0);
    let at = |_| {
        passed.set(passed.get() + 1);
        if passed.get() == number + 1 {
            resume_unwind(Box::new(Crash));
        }
    };
    match catch_unwind(AssertUnwindSafe(|| run(&at))) {
        Err(panic) if !panic.is::<Crash>() => resume_unwind(panic),
        _ => {}
    }
}

fn same(
    expected: &Sight,
    found: &Sight,
    when: &str,
    with_state: bool,
) -> Result<(), TestCaseError> {
    let nothing = Vec::<String>::new();
    prop_assert_eq!(
        difference(&expected.tree, &found.tree),
        nothing.clone(),
        "{}: the tree",
        when
    );
    if with_state {
        prop_assert_eq!(
            difference(&expected.parked, &found.parked),
            nothing,
            "{}: what is parked",
            when
        );
        prop_assert_eq!(&expected.record, &found.record, "{}: the record", when);
    }
    Ok(())
}

/// What is recorded as parked is there, the state has no leftovers, and what is kept is whole.
fn check_sound(world: &World) -> Result<(), TestCaseError> {
    let Some(home) = world.look() else {
        return Ok(());
    };
    let state = world.home().join(".mosaic");
    for leftover in ["commit", "tx"] {
        prop_assert!(!state.join(leftover).exists(), "{} is left over", leftover);
    }
    for (path, parked) in &home.record.parked {
        let shipped = state.join(format!("conflicts/{path}.shipped"));
        let found = fs::read(shipped).ok().map(|content| Digest::of(&content));
        prop_assert_eq!(found, Some(parked.want), "{} is not parked", path);
    }
    Ok(())
}
