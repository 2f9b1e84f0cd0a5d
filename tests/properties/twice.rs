//! An update that is run again has nothing to do.

use proptest::prelude::*;

use crate::histories::history;
use crate::world::{Act, World};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_second_update_changes_nothing(history in history()) {
        let world = World::new(&history);
        for step in &history.steps {
            let Some((Act::Update(number), _)) = world.step(step) else { continue };
            let (sight, generation) = (world.state_at(), world.look().expect("a home").generation);
            let again = world.run(&Act::Update(number)).expect("an update is not refused");
            prop_assert_eq!(again.generation, None, "{:?}", again.plan.steps);
            prop_assert_eq!(world.state_at(), sight);
            prop_assert_eq!(world.look().expect("a home").generation, generation);
        }
    }
}
