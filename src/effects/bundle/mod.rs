//! Bundles: one type for the release embedded in the program, for one in a directory and for one in an archive.

mod archive;
mod directory;
mod embedded;
pub(crate) mod pack;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::decide::bundle::check::{self, BundleFault};
use crate::decide::plan::classes::{Classes, UnitGlobs};
use crate::effects::bundle::archive::ArchiveContents;
use crate::effects::bundle::archive::frames::FrameFault;
use crate::effects::os::disk::{DiskError, Root, outside};
use crate::effects::scan::CacheUpdate;
use crate::effects::scan::stat_cache::StatCache;
use crate::model::bundle::{Earlier, LeftOut, Manifest, Wanted};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::place::TextFault;

/// A release of the framework, checked.
pub(crate) struct Bundle {
    /// The bundle's `bundle.toml`.
    pub manifest: Manifest,
    /// The files that it ships.
    pub wanted: Wanted,
    /// What lies in a directory and does not ship: other tools left it there.
    pub left_out: Vec<LeftOut>,
    /// Stamps of its files, for the stat cache.
    pub seen: CacheUpdate,
    contents: Contents,
}

enum Contents {
    Embedded {
        all: Vec<u8>,
        spans: BTreeMap<RelPath, Range<usize>>,
    },
    Directory {
        root: Root,
        read: HashMap<RelPath, Vec<u8>>,
    },
    Archive(ArchiveContents),
}

/// Reason why a bundle cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The bundle is not there, or has no `bundle.toml`.
    #[error("{} is not a bundle: {problem}", path.display())]
    NotABundle {
        /// Path that was to be a bundle.
        path: PathBuf,
        /// Problem with it.
        problem: String,
    },
    /// The bundle's `bundle.toml` is wrong.
    #[error(transparent)]
    Manifest(#[from] TextFault),
    /// The files that it ships are wrong.
    #[error("the bundle {} is refused: {fault}", path.display())]
    Refused {
        /// Path of the bundle.
        path: PathBuf,
        /// Fault for which it is refused.
        fault: BundleFault,
    },
    /// The bundle could not be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The bundle changed while it was used.
    #[error("{} changed while the bundle was read", path.display())]
    Changed {
        /// Path that changed.
        path: PathBuf,
    },
}

/// The place that a bundle comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The release in this program.
    Embedded,
    /// A release in a directory.
    Directory(PathBuf),
    /// A release in one file.
    Archive(PathBuf),
}

impl Source {
    /// The release at a path: an archive where a directory is not. What is neither is found out on opening.
    pub(crate) fn at(path: &Path) -> Self {
        match outside::stat(path) {
            Ok(metadata) if !metadata.is_dir() => Self::Archive(path.to_owned()),
            _ => Self::Directory(path.to_owned()),
        }
    }

    /// Reads what the bundle declares, and nothing else of it.
    pub(crate) fn manifest(&self) -> Result<Manifest, BundleError> {
        match self {
            Self::Embedded => embedded::manifest(),
            Self::Directory(path) => directory::manifest(path),
            Self::Archive(path) => archive::manifest(path),
        }
    }
}

impl Bundle {
    /// Opens and checks a bundle. The cache spares reading what was read before.
    pub(crate) fn open(
        source: &Source,
        manifest: Manifest,
        cache: &StatCache,
    ) -> Result<Self, BundleError> {
        match source {
            Source::Embedded => embedded::open(manifest),
            Source::Directory(path) => directory::open(path, manifest, cache),
            Source::Archive(path) => archive::open(path, manifest, cache),
        }
    }

    /// Bytes of all its files together.
    pub(crate) fn size(&self) -> u64 {
        self.wanted.values().map(|shipped| shipped.size).sum()
    }

    /// Content of one of the bundle's files.
    pub(crate) fn read(&self, path: &RelPath) -> Result<Vec<u8>, BundleError> {
        match &self.contents {
            Contents::Embedded { all, spans } => Ok(spans
                .get(path)
                .map_or(Vec::new(), |span| all[span.clone()].to_vec())),
            Contents::Directory { root, read } => match read.get(path) {
                Some(content) => Ok(content.clone()),
                None => Ok(root.read(path.as_str())?),
            },
            Contents::Archive(_) => {
                let mut content = Vec::new();
                self.read_checked(path, &mut content).map(|_| content)
            }
        }
    }

    /// The content of one of its files into a buffer, refused if it is no longer what was planned with.
    pub(crate) fn read_checked(
        &self,
        path: &RelPath,
        buffer: &mut Vec<u8>,
    ) -> Result<Digest, BundleError> {
        let planned = self.wanted.get(path).map(|shipped| shipped.digest);
        match &self.contents {
            Contents::Embedded { .. } => *buffer = self.read(path)?,
            Contents::Directory { root, read } => match (read.get(path), planned) {
                (Some(content), Some(planned)) => {
                    buffer.clone_from(content);
                    return Ok(planned);
                }
                _ => root.read_into(path.as_str(), buffer)?,
            },
            Contents::Archive(archive) => {
                let size = self.wanted.get(path).map_or(0, |shipped| shipped.size);
                archive
                    .read_into(path, size, buffer)
                    .map_err(|fault| match fault {
                        FrameFault::Disk(source) => DiskError {
                            verb: "read",
                            path: self.full(path),
                            source,
                        }
                        .into(),
                        _ => BundleError::Changed {
                            path: self.full(path),
                        },
                    })?;
            }
        }
        match planned.filter(|planned| *planned == Digest::of(buffer)) {
            Some(digest) => Ok(digest),
            None => Err(BundleError::Changed {
                path: self.full(path),
            }),
        }
    }

    fn full(&self, path: &RelPath) -> PathBuf {
        match &self.contents {
            Contents::Embedded { .. } => PathBuf::from("embedded").join(path),
            Contents::Directory { root, .. } => root.full(path.as_str()),
            Contents::Archive(archive) => archive.path.join(path),
        }
    }
}

fn check(manifest: &Manifest, wanted: &Wanted, path: &Path) -> Result<(), BundleError> {
    let classes = Classes::new(manifest, "")?;
    UnitGlobs::new(manifest)?;
    check::check(wanted, &classes).map_err(|fault| BundleError::Refused {
        path: path.to_owned(),
        fault,
    })
}

/// The contents that the releases of a bundle shipped, as far as this program knows them: its own and all before.
pub(crate) fn earlier(bundle: &str) -> Result<Earlier, BundleError> {
    embedded::earlier(bundle)
}
