//! What is the operator's stays as it is through every update.

use std::collections::BTreeSet;

use mosaic::model::digest::Digest;
use mosaic::model::record::Record;
use proptest::prelude::*;

use crate::globs::Class;
use crate::histories::history;
use crate::releases::Release;
use crate::trees::{Tree, tree};
use crate::world::{Act, World};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn an_update_leaves_the_operators_files_as_they_are(history in history()) {
        let world = World::new(&history);
        let outside = world.outside();
        let mut taken_in = BTreeSet::new();
        for step in &history.steps {
            let (before, record) = (tree(world.home()), world.state_at().record);
            taken_in.extend(record.entries.iter().map(|(path, entry)| (path.to_string(), entry.shipped)));
            let Some((Act::Update(number), _)) = world.step(step) else { continue };
            let after = tree(world.home());
            let globs = world.preserved();
            let (release, record, taken_in) = (&world.releases[number], &record, &taken_in);
            let update = Update { release, record, taken_in, globs: &globs, before: &before, after: &after };
            before.keys().try_for_each(|path| update.check(path))?;
        }
        prop_assert_eq!(world.outside(), outside);
    }
}

/// An update that took place.
struct Update<'a> {
    release: &'a Release,
    record: &'a Record,
    /// What the home took in so far, by path.
    taken_in: &'a BTreeSet<(String, Digest)>,
    globs: &'a [String],
    before: &'a Tree,
    after: &'a Tree,
}

impl Update<'_> {
    fn check(&self, path: &str) -> Result<(), TestCaseError> {
        let (kind, _, content) = &self.before[path];
        let recorded = self.record.entries.get(path).map(|entry| entry.shipped);
        let want = self.release.bytes(path).map(|bytes| Digest::of(&bytes));
        let is_unknown = recorded.is_none() && want.is_none();
        let found = Digest::of(content);
        // What an earlier release shipped is outdated, unless a `--mine` stands there.
        let is_outdated = self.taken_in.contains(&(path.to_owned(), found))
            && self
                .record
                .waived
                .keys()
                .all(|waived| waived.as_str() != path);
        let is_edited = recorded.is_some_and(|recorded| recorded != found) && !is_outdated;
        match self.release.class_of(path, self.globs) {
            _ if *kind == "directory" => Ok(()),
            Class::Preserved | Class::Seeded => self.same(path),
            Class::Framework if *kind != "file" || is_unknown => self.same(path),
            Class::Framework if is_edited && recorded == want => self.same_content(path),
            Class::Framework => self.same_marks(path),
        }
    }

    fn same(&self, path: &str) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.before.get(path), self.after.get(path), "{}", path);
        Ok(())
    }

    fn same_content(&self, path: &str) -> Result<(), TestCaseError> {
        let content = |tree: &Tree| {
            tree.get(path)
                .map(|(kind, _, content)| (*kind, content.clone()))
        };
        prop_assert_eq!(content(self.before), content(self.after), "{}", path);
        Ok(())
    }

    /// Lines that no release ships stay in the file, whatever is merged into it.
    fn same_marks(&self, path: &str) -> Result<(), TestCaseError> {
        let marks = |tree: &Tree| -> Vec<String> {
            let text = tree
                .get(path)
                .map(|(.., content)| String::from_utf8_lossy(content).into_owned());
            let lines = text.iter().flat_map(|text| text.lines());
            lines
                .filter(|line| line.contains(" marked "))
                .map(str::to_owned)
                .collect()
        };
        prop_assert_eq!(marks(self.before), marks(self.after), "{}", path);
        Ok(())
    }
}
