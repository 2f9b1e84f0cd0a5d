//! What is the operator's stays as it is through every update.

use proptest::prelude::*;

use crate::globs::Class;
use crate::histories::history;
use crate::trees::{Tree, tree};
use crate::world::{Act, World};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn an_update_leaves_the_operators_files_as_they_are(history in history()) {
        let world = World::new(&history);
        let outside = world.outside();
        for step in &history.steps {
            let (before, record) = (tree(world.home()), world.sight().record);
            let Some((Act::Update(number), _)) = world.step(step) else { continue };
            let after = tree(world.home());
            let (release, globs) = (&world.releases[number], world.preserved());
            for (path, found) in before.iter().filter(|(_, (kind, ..))| *kind != "directory") {
                let entry = record.entries.get(path.as_str());
                let is_same_want = || {
                    let want = release.bytes(path).map(|bytes| mosaic::words::digest::Digest::of(&bytes));
                    entry.map(|entry| entry.shipped) == want
                };
                let is_edited = |found: &[u8]| entry.is_some_and(|e| e.shipped != mosaic::words::digest::Digest::of(found));
                match release.class_of(path, &globs) {
                    Class::Preserved | Class::Seeded => same(path, &before, &after)?,
                    Class::Framework if found.0 != "file" => same(path, &before, &after)?,
                    Class::Framework if !release.files.contains_key(path.as_str()) && entry.is_none() => same(path, &before, &after)?,
                    Class::Framework if is_edited(&found.2) && is_same_want() => same_content(path, &before, &after)?,
                    Class::Framework => {}
                }
            }
        }
        prop_assert_eq!(world.outside(), outside);
    }
}

fn same(path: &str, before: &Tree, after: &Tree) -> Result<(), TestCaseError> {
    prop_assert_eq!(before.get(path), after.get(path), "{}", path);
    Ok(())
}

fn same_content(path: &str, before: &Tree, after: &Tree) -> Result<(), TestCaseError> {
    let content = |tree: &Tree| tree.get(path).map(|(kind, _, content)| (*kind, content.clone()));
    prop_assert_eq!(content(before), content(after), "{}", path);
    Ok(())
}
