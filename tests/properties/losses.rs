//! Nothing that only the operator had is ever lost, and what was never Mosaic's is never touched.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::histories::{Step, history};
use crate::trees::{Tree, tree};
use crate::world::{Act, World};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn no_command_loses_or_touches_what_is_the_operators(history in history()) {
        let world = World::new(&history);
        let outside = world.outside();
        let mut ledger = Ledger::default();
        for step in &history.steps {
            let before = tree(world.home());
            if let Step::Edit(_) = step {
                world.step(step);
                ledger.cross_out(&world);
                continue;
            }
            ledger.enter(&before, &world);
            if let Some((Act::Update(number), _)) = world.step(step) {
                ledger.shipped.extend(world.releases[number].files.keys());
            }
            let after = tree(world.home());
            ledger.check_contents(&world)?;
            ledger.check_untouched(&before, &after)?;
            ledger.learn(&before, &after);
        }
        prop_assert_eq!(world.outside(), outside);
    }
}

/// What was seen so far.
#[derive(Default)]
struct Ledger {
    /// Contents that only the operator had, with a path where each was.
    contents: BTreeMap<Vec<u8>, String>,
    /// Paths that an installed release shipped.
    shipped: BTreeSet<&'static str>,
    /// Directories that a command made.
    made: BTreeSet<String>,
}

impl Ledger {
    fn enter(&mut self, tree: &Tree, world: &World) {
        for (path, (kind, _, content)) in tree {
            let is_shipped = world
                .releases
                .iter()
                .any(|release| release.bytes(path).as_ref() == Some(content));
            if *kind == "file" && !content.is_empty() && !is_shipped {
                self.contents
                    .entry(content.clone())
                    .or_insert_with(|| path.clone());
            }
        }
    }

    /// What the operator did away with himself is not lost.
    fn cross_out(&mut self, world: &World) {
        let there = world.contents();
        self.contents.retain(|content, _| there.contains(content));
    }

    fn check_contents(&self, world: &World) -> Result<(), TestCaseError> {
        let there = world.contents();
        for (content, path) in &self.contents {
            let text = String::from_utf8_lossy(content);
            prop_assert!(there.contains(content), "{} with {:?} is lost", path, text);
        }
        Ok(())
    }

    fn check_untouched(&self, before: &Tree, after: &Tree) -> Result<(), TestCaseError> {
        for (path, what) in before {
            let may_change = match what.0 {
                "directory" => self.made.contains(path) || self.holds_shipped(path, before),
                "file" => self.shipped.contains(path.as_str()),
                _ => false,
            };
            if !may_change {
                prop_assert_eq!(
                    Some(what),
                    after.get(path),
                    "{} is not Mosaic's to touch",
                    path
                );
            }
        }
        Ok(())
    }

    /// A directory in which a shipped file was may make room for a file.
    fn holds_shipped(&self, directory: &str, tree: &Tree) -> bool {
        let below = format!("{directory}/");
        let mut inside = tree
            .range(below.clone()..)
            .take_while(|(path, _)| path.starts_with(&below));
        inside.any(|(path, _)| self.shipped.contains(path.as_str()))
    }

    fn learn(&mut self, before: &Tree, after: &Tree) {
        let made = after
            .iter()
            .filter(|(path, (kind, ..))| *kind == "directory" && !before.contains_key(*path));
        self.made.extend(made.map(|(path, _)| path.clone()));
    }
}
