//! Directories that come and go with the files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::decide::plan::folding::{folded, twins};
use crate::model::change::{Alteration, Change, Presence, RootName, Spot};
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::plan::Intent;

/// The files of one root that a plan brings and takes away.
pub(crate) struct DirectoryPlan<'a, E> {
    root: RootName,
    evidence: &'a E,
    umask: u32,
    adds: BTreeSet<RelPath>,
    removes: BTreeSet<RelPath>,
    /// The files that go, by what all spellings of their names have in common.
    folded: HashMap<String, Vec<RelPath>>,
    abandoned: BTreeSet<RelPath>,
    made: BTreeSet<RelPath>,
    /// The directories above the files that come.
    above: BTreeSet<RelPath>,
    removed: BTreeSet<RelPath>,
    known: BTreeMap<RelPath, bool>,
}

impl<'a, E: Evidence> DirectoryPlan<'a, E> {
    /// Plans nothing yet.
    pub(crate) fn new(root: RootName, evidence: &'a E, umask: u32) -> Self {
        Self {
            root,
            evidence,
            umask,
            adds: BTreeSet::new(),
            removes: BTreeSet::new(),
            folded: HashMap::new(),
            abandoned: BTreeSet::new(),
            made: BTreeSet::new(),
            above: BTreeSet::new(),
            removed: BTreeSet::new(),
            known: BTreeMap::new(),
        }
    }

    /// Adds a file: the directories above it are needed.
    pub(crate) fn adds(&mut self, path: &RelPath) {
        self.adds.insert(path.clone());
    }

    /// Removes a file: the directories above it may become empty.
    pub(crate) fn removes(&mut self, path: &RelPath) {
        let alike = folded(path.as_str()).into_owned();
        self.folded.entry(alike).or_default().push(path.clone());
        self.removes.insert(path.clone());
    }

    /// A directory is of no more use to this plan than if a file had gone from it.
    pub(crate) fn abandons(&mut self, directory: &RelPath) {
        self.abandoned.insert(directory.clone());
    }

    /// The directories that are made, once [`DirectoryPlan::settle`] has run.
    pub(crate) fn made(&self) -> &BTreeSet<RelPath> {
        &self.made
    }

    /// The directories that are removed, once [`DirectoryPlan::settle`] has run.
    pub(crate) fn removed(&self) -> &BTreeSet<RelPath> {
        &self.removed
    }

    /// Decides about all directories: makes what is missing above files that come, and removes what
    /// the files that go leave empty, as far as `removable` says.
    pub(crate) fn settle(
        &mut self,
        removable: impl Fn(&RelPath) -> bool,
    ) -> Result<Vec<Intent>, E::Error> {
        let mut intents = Vec::new();
        self.above = self.adds.iter().flat_map(RelPath::ancestors).collect();
        let mut above: BTreeSet<_> = self.removes.iter().flat_map(RelPath::ancestors).collect();
        above.append(&mut self.abandoned);
        for directory in above.iter().rev() {
            if let Some(mode) = self.becomes_empty(directory, &removable)? {
                self.removed.insert(directory.clone());
                intents.push(self.intent(directory, Alteration::RemoveDirectory { mode }));
            }
        }
        // Also above directories that come for their own sake: what was above one of them may be gone since.
        let come = std::mem::take(&mut self.adds);
        for path in come.into_iter().chain(self.made.clone()) {
            for directory in path.ancestors() {
                if !self.is_missing(&directory)? {
                    break;
                }
                self.make(&directory, Mode::of_new_directory(self.umask), &mut intents);
            }
        }
        Ok(intents)
    }

    /// Removes a directory that a file takes the place of, if the files that go are all it holds.
    pub(crate) fn clear(&mut self, directory: &RelPath) -> Result<Option<Vec<Intent>>, E::Error> {
        let mut intents = Vec::new();
        Ok(self.clear_into(directory, &mut intents)?.then(|| {
            let gone = intents
                .iter()
                .map(|intent: &Intent| intent.change.at.path.clone());
            self.removed.extend(gone);
            intents
        }))
    }

    fn clear_into(&self, directory: &RelPath, intents: &mut Vec<Intent>) -> Result<bool, E::Error> {
        let spot = self.spot(directory);
        let FileSight::Known(Presence::Directory(mode)) = self.evidence.state_at(&spot)? else {
            return Ok(false);
        };
        for child in self.evidence.children(&spot)? {
            let Some(path) = child.path else {
                return Ok(false);
            };
            let is_cleared = if child.is_directory {
                self.empties(&path) && self.clear_into(&path, intents)?
            } else {
                self.is_removed(&path)?
            };
            if !is_cleared {
                return Ok(false);
            }
        }
        intents.push(self.intent(directory, Alteration::RemoveDirectory { mode }));
        Ok(true)
    }

    /// Tells whether a removed file is above a path: nothing else can have been in its way.
    pub(crate) fn frees(&self, path: &RelPath) -> bool {
        path.ancestors().any(|above| self.removes.contains(&above))
    }

    /// Tells whether a removed file is below a directory.
    pub(crate) fn empties(&self, directory: &RelPath) -> bool {
        self.removes.iter().any(|file| file.is_below(directory))
    }

    /// A directory that a rollback brings back with the permission bits that it had.
    pub(crate) fn make(&mut self, directory: &RelPath, mode: Mode, intents: &mut Vec<Intent>) {
        if self.made.insert(directory.clone()) {
            intents.push(self.intent(directory, Alteration::MakeDirectory { mode }));
        }
    }

    fn becomes_empty(
        &self,
        directory: &RelPath,
        removable: &impl Fn(&RelPath) -> bool,
    ) -> Result<Option<Mode>, E::Error> {
        let is_needed = |come: &BTreeSet<RelPath>| {
            let mut from_here = come
                .range(directory.clone()..)
                .take_while(|path| path.as_str().starts_with(directory.as_str()));
            from_here.any(|path| path.is_below(directory))
        };
        if is_needed(&self.adds)
            || is_needed(&self.made)
            || self.removed.contains(directory)
            || !removable(directory)
            || self.is_needed_by_another_name(directory)?
        {
            return Ok(None);
        }
        let spot = self.spot(directory);
        let FileSight::Known(Presence::Directory(mode)) = self.evidence.state_at(&spot)? else {
            return Ok(None);
        };
        for child in self.evidence.children(&spot)? {
            let goes = match &child.path {
                Some(path) => self.removed.contains(path) || self.is_removed(path)?,
                None => false,
            };
            if !goes {
                return Ok(None);
            }
        }
        Ok(Some(mode))
    }

    /// Tells whether a file that is there is removed, by this name or by another spelling that finds it.
    fn is_removed(&self, path: &RelPath) -> Result<bool, E::Error> {
        if self.removes.contains(path) {
            return Ok(true);
        }
        let alike = self.folded.get(folded(path.as_str()).as_ref());
        for other in alike.into_iter().flatten() {
            if self.evidence.spelled(&self.spot(other))?.as_ref() == Some(path) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tells whether a file comes into a directory by another spelling of its name, which finds it on this disk.
    fn is_needed_by_another_name(&self, directory: &RelPath) -> Result<bool, E::Error> {
        for (name, _) in twins(self.above.iter(), [directory].into_iter()) {
            if self.evidence.spelled(&self.spot(&name))?.as_ref() == Some(directory) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_missing(&mut self, directory: &RelPath) -> Result<bool, E::Error> {
        if self.made.contains(directory) {
            return Ok(false);
        }
        if let Some(is_missing) = self.known.get(directory) {
            return Ok(*is_missing);
        }
        let is_missing = self
            .evidence
            .state_at(&self.spot(directory))?
            .directory()
            .is_none();
        self.known.insert(directory.clone(), is_missing);
        Ok(is_missing)
    }

    fn spot(&self, path: &RelPath) -> Spot {
        Spot {
            root: self.root.clone(),
            path: path.clone(),
        }
    }

    fn intent(&self, directory: &RelPath, alteration: Alteration) -> Intent {
        let change = Change {
            at: self.spot(directory),
            alteration,
        };
        Intent::new(change, None)
    }
}
