//! `bundle`: a release checked, shown, or packed into one file.

use std::path::{Path, PathBuf};

use crate::decide::plan::classes::{Class, Classes, UnitGlobs};
use crate::effects::bundle::{Bundle, BundleError, pack};
use crate::effects::scan::stat_cache::StatCache;
use crate::model::bundle::Manifest;
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::update::source;

/// A bundle, checked whole.
#[derive(Debug)]
pub struct BundleFacts {
    /// What it declares.
    pub manifest: Manifest,
    /// What it ships, by path.
    pub files: Vec<ShippedFile>,
    /// The paths of its units.
    pub units: Vec<RelPath>,
    /// The bytes of all contents.
    pub bytes: u64,
    /// The digest of its list of hashes.
    pub digest: Digest,
}

/// A file that a bundle ships.
#[derive(Debug, Clone)]
pub struct ShippedFile {
    /// Where it goes in a home.
    pub path: RelPath,
    /// The class of that path.
    pub class: Class,
    /// The bytes of its content.
    pub bytes: u64,
    /// Whether it is executable.
    pub executable: bool,
    /// The digest of its content.
    pub digest: Digest,
}

/// A packed bundle.
#[derive(Debug)]
pub struct PackedBundle {
    /// The bundle.
    pub bundle: BundleFacts,
    /// The bytes of the archive.
    pub archive_bytes: u64,
}

/// Reads and checks a bundle whole, as an update would; without a path, the release in this program.
///
/// # Errors
///
/// [`Error::Bundle`] where an update would not take it.
pub fn check(bundle: Option<&PathBuf>) -> Result<BundleFacts, Error> {
    let source = source(bundle);
    let bundle = Bundle::open(&source, source.manifest()?, &StatCache::default())?;
    facts(bundle)
}

/// Packs a bundle directory into an archive.
///
/// # Errors
///
/// [`Error::Bundle`] and [`Error::Pack`] where the directory is no bundle or the archive would lie in it, and
/// whatever keeps the archive from being written.
pub fn pack(context: &Context, directory: &Path, archive: &Path) -> Result<PackedBundle, Error> {
    let packed = pack::pack(directory, archive, &context.interrupt)?;
    Ok(PackedBundle {
        archive_bytes: packed.bytes,
        bundle: facts(packed.bundle)?,
    })
}

fn facts(bundle: Bundle) -> Result<BundleFacts, Error> {
    let classes = Classes::new(&bundle.manifest, "").map_err(BundleError::from)?;
    let units = UnitGlobs::new(&bundle.manifest).map_err(BundleError::from)?;
    let files = bundle.wanted.iter().map(|(path, shipped)| ShippedFile {
        path: path.clone(),
        class: classes.judge(path).class,
        bytes: shipped.size,
        executable: shipped.executable,
        digest: shipped.digest,
    });
    let covered = bundle.wanted.keys().filter(|path| units.covers(path));
    Ok(BundleFacts {
        files: files.collect(),
        units: covered.cloned().collect(),
        bytes: bundle.size(),
        digest: Digest::of(pack::list(&bundle).as_bytes()),
        manifest: bundle.manifest,
    })
}
