//! A release of the framework, as its makers declare it and as its files are.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::record::Release;

/// The name of the file that declares a bundle, at its root. It is not itself installed.
pub const MANIFEST: &str = "bundle.toml";

/// The name of the list of hashes beside it: archives carry one, directories may. It is not installed either.
pub const HASHES: &str = "bundle.sha256";

/// A glob with the place where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredGlob {
    /// The glob, as written.
    pub glob: String,
    /// The line in its file, counted from 1.
    pub line: usize,
    /// Bytes of the glob in the file's text.
    pub span: std::ops::Range<usize>,
}

/// Declarations of `bundle.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Name and version.
    pub release: Release,
    /// Paths that are the operator's.
    pub preserve: Vec<DeclaredGlob>,
    /// Paths that are written once.
    pub seed: Vec<DeclaredGlob>,
    /// Paths that are systemd units.
    pub units: Vec<DeclaredGlob>,
    /// Text that it was parsed from, for messages.
    pub text: String,
}

impl Manifest {
    /// Version of the release.
    pub fn version(&self) -> &Version {
        &self.release.version
    }
}

/// Something in a bundle's directory that does not ship, because another tool left it there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Path of it in the directory, as far as it is text; a folder stands for all below it.
    pub path: String,
    /// Kind of tool that leaves such a thing.
    pub tool: &'static str,
}

/// A file that a bundle ships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// Digest of its content.
    pub digest: Digest,
    /// Length in bytes.
    pub size: u64,
    /// True if the file ships executable.
    pub executable: bool,
}

/// Want: the files that a bundle ships, by path.
pub type Wanted = BTreeMap<RelPath, Shipped>;

/// The contents that the releases which this program knows shipped, by path, and which of them did: what a home
/// without a record may hold of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Earlier(BTreeMap<RelPath, BTreeMap<Digest, BTreeSet<Version>>>);

impl Earlier {
    /// Tells whether some release shipped this content at this path.
    pub fn shipped(&self, path: &RelPath, digest: Digest) -> bool {
        self.releases(path, digest).next().is_some()
    }

    /// The releases that shipped this content at this path, oldest first.
    pub fn releases(&self, path: &RelPath, digest: Digest) -> impl Iterator<Item = &Version> {
        self.0
            .get(path)
            .and_then(|contents| contents.get(&digest))
            .into_iter()
            .flatten()
    }

    /// Paths that some release shipped.
    pub fn paths(&self) -> impl Iterator<Item = &RelPath> {
        self.0.keys()
    }

    /// The oldest release of them all.
    pub fn oldest(&self) -> Option<&Version> {
        self.0.values().flat_map(BTreeMap::values).flatten().min()
    }
}

impl FromIterator<(Version, RelPath, Digest)> for Earlier {
    fn from_iter<T: IntoIterator<Item = (Version, RelPath, Digest)>>(contents: T) -> Self {
        let mut earlier = Self::default();
        for (version, path, digest) in contents {
            earlier
                .0
                .entry(path)
                .or_default()
                .entry(digest)
                .or_default()
                .insert(version);
        }
        earlier
    }
}
