//! A rollback without edits in between brings back exactly what was.

use proptest::prelude::*;

use crate::histories::history_without_edits;
use crate::trees::difference;
use crate::world::{Act, Outcome, Sight, World};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_rollback_restores_every_earlier_generation(history in history_without_edits()) {
        let mut world = World::new(&history);
        let mut sights = vec![world.state_at()];
        for step in &history.steps {
            if let Some((_, Outcome { generation: Some(_), .. })) = world.step(step) {
                sights.push(world.state_at());
            }
        }
        let last = sights.len() - 1;
        for number in 0..=last {
            let branch = world.branch(&format!("back-{number}"));
            world.on(&branch, |world| {
                world.run(&Act::Rollback(number as u64)).expect("a rollback is not refused");
                same(&sights[number], &world.state_at(), "back")?;
                // A generation of its own, unless nothing differed.
                let back = world.look().map_or(0, |home| home.generation);
                world.run(&Act::Rollback(last as u64)).expect("a rollback is not refused");
                same(&sights[last], &world.state_at(), "back and forth")?;
                world.run(&Act::Rollback(back)).expect("a rollback is not refused");
                same(&sights[number], &world.state_at(), "back, forth and back")
            })?;
        }
    }
}

fn same(expected: &Sight, found: &Sight, way: &str) -> Result<(), TestCaseError> {
    let nothing = Vec::<String>::new();
    prop_assert_eq!(
        difference(&expected.tree, &found.tree),
        nothing.clone(),
        "{}: the tree",
        way
    );
    prop_assert_eq!(
        difference(&expected.parked, &found.parked),
        nothing,
        "{}: what is parked",
        way
    );
    prop_assert_eq!(&expected.record, &found.record, "{}: the record", way);
    Ok(())
}
