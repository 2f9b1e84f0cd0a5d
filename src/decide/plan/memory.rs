//! Evidence in memory, for the tests of planners.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use crate::decide::plan::evidence::{Child, Evidence, FileSight};
use crate::decide::plan::folding::folded;
use crate::model::change::{FileState, Presence, RootName, Spot};
use crate::model::digest::Digest;
use crate::model::folder::FolderPath;
use crate::model::mode::Mode;
use crate::model::path::RelPath;

/// Permission bits of all files.
pub(crate) const FILE: u32 = 0o644;
/// Permission bits of all directories.
pub(crate) const DIRECTORY: u32 = 0o755;

/// All that may be asked about, as a test lays it out.
#[derive(Debug, Default)]
pub(crate) struct MemoryEvidence {
    /// Files; the directories above them follow.
    pub files: BTreeMap<Spot, Vec<u8>>,
    /// Directories with nothing else in them.
    pub directories: BTreeSet<Spot>,
    /// Links, sockets and the like.
    pub foreign: BTreeSet<Spot>,
    /// Contents that the store keeps as bases.
    pub bases: Vec<Vec<u8>>,
    /// Contents that a generation displaced and keeps, by its number and slot.
    pub kept: BTreeMap<(u64, usize), Vec<u8>>,
    /// The bundle.
    pub shipped: BTreeMap<RelPath, Vec<u8>>,
    /// Contents that earlier generations took in.
    pub taken_in: BTreeSet<(Spot, Digest)>,
    /// True if the file system takes all spellings of a name for one.
    pub folds: bool,
}

/// A path in the home.
pub(crate) fn home(path: &str) -> Spot {
    Spot::in_home(&RelPath::parse(path).unwrap())
}

/// A path in systemd's directory.
pub(crate) fn unit(name: &str) -> Spot {
    Spot {
        root: RootName::Folder(FolderPath::parse("/units").unwrap()),
        path: RelPath::parse(name).unwrap(),
    }
}

impl MemoryEvidence {
    fn is_directory(&self, spot: &Spot) -> bool {
        let is_above = |file: &Spot| file.root == spot.root && file.path.is_below(&spot.path);
        self.directories.contains(spot) || self.entries().any(is_above)
    }

    /// The spot as it is spelled where it is.
    fn named(&self, spot: &Spot) -> Spot {
        let is_it = |there: &Spot| {
            there.root == spot.root && folded(there.path.as_str()) == folded(spot.path.as_str())
        };
        let mut there = self
            .entries()
            .flat_map(|entry| [entry.clone()].into_iter().chain(entry.above()));
        let named = self.folds.then(|| there.find(is_it)).flatten();
        named.unwrap_or_else(|| spot.clone())
    }

    fn entries(&self) -> impl Iterator<Item = &Spot> {
        self.files
            .keys()
            .chain(&self.directories)
            .chain(&self.foreign)
    }
}

impl Evidence for MemoryEvidence {
    type Error = Infallible;

    fn state_at(&self, spot: &Spot) -> Result<FileSight, Infallible> {
        let spot = &self.named(spot);
        let is_blocked = spot.above().any(|above| self.files.contains_key(&above));
        Ok(match self.files.get(spot) {
            _ if is_blocked || self.foreign.contains(spot) => FileSight::Foreign,
            Some(content) => FileSight::Known(Presence::File(FileState {
                digest: Digest::of(content),
                mode: Mode::from_st_mode(FILE),
            })),
            None if self.is_directory(spot) => {
                FileSight::Known(Presence::Directory(Mode::from_st_mode(DIRECTORY)))
            }
            None => FileSight::Known(Presence::Nothing),
        })
    }

    fn content(&self, spot: &Spot) -> Result<Vec<u8>, Infallible> {
        Ok(self
            .files
            .get(&self.named(spot))
            .cloned()
            .unwrap_or_default())
    }

    fn text(&self, spot: &Spot) -> Result<Option<Vec<u8>>, Infallible> {
        self.content(spot).map(Some)
    }

    fn children(&self, directory: &Spot) -> Result<Vec<Child>, Infallible> {
        let directory = &self.named(directory);
        let below = self.entries().filter(|spot| spot.root == directory.root);
        let names: BTreeSet<_> = below
            .flat_map(|spot| [spot.path.clone()].into_iter().chain(spot.path.ancestors()))
            .filter(|path| path.ancestors().next().as_ref() == Some(&directory.path))
            .collect();
        let child = |path: RelPath| Child {
            is_directory: self.is_directory(&Spot {
                root: directory.root.clone(),
                path: path.clone(),
            }),
            path: Some(path),
        };
        Ok(names.into_iter().map(child).collect())
    }

    fn spelled(&self, spot: &Spot) -> Result<Option<RelPath>, Infallible> {
        let is_there = self.state_at(spot)? != FileSight::Known(Presence::Nothing);
        Ok(is_there.then(|| self.named(spot).path))
    }

    fn base(&self, digest: Digest) -> Result<Option<Vec<u8>>, Infallible> {
        let mut bases = self.bases.iter();
        Ok(bases.find(|base| Digest::of(base) == digest).cloned())
    }

    fn keeps(&self, generation: u64, slot: usize, digest: Digest) -> Result<bool, Infallible> {
        let kept = self.kept.get(&(generation, slot));
        Ok(kept.is_some_and(|content| Digest::of(content) == digest))
    }

    fn kept(&self, generation: u64, slot: usize) -> Result<Vec<u8>, Infallible> {
        Ok(self
            .kept
            .get(&(generation, slot))
            .cloned()
            .unwrap_or_default())
    }

    fn shipped(&self, path: &RelPath) -> Result<Vec<u8>, Infallible> {
        Ok(self.shipped.get(path).cloned().unwrap_or_default())
    }

    fn took_in(&self, spot: &Spot, digest: Digest) -> Result<bool, Infallible> {
        Ok(self.taken_in.contains(&(spot.clone(), digest)))
    }
}
