//! `bundle`: a release checked, shown, or packed into one file.

use std::path::{Path, PathBuf};

use crate::decide::bundle::changes::{self, Seen};
use crate::decide::bundle::remarks::{Remark, remarks};
use crate::decide::plan::classes::{Class, Classes, UnitGlobs};
use crate::effects::bundle::{Bundle, BundleError, pack};
use crate::effects::scan::stat_cache::StatCache;
use crate::model::bundle::Manifest;
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::update::source;

pub use crate::decide::bundle::changes::BundleChange;

/// A bundle, checked whole.
#[derive(Debug)]
pub struct BundleFacts {
    /// The manifest: name, version and globs.
    pub manifest: Manifest,
    /// The files that ship, by path.
    pub files: Vec<ShippedFile>,
    /// The paths of the files that are systemd units.
    pub units: Vec<RelPath>,
    /// The remarks on what is sound, and hardly meant.
    pub remarks: Vec<Remark>,
    /// The length of all contents together, in bytes.
    pub bytes: u64,
    /// The digest of the list of hashes: the same for every bundle with the same content.
    pub digest: Digest,
}

/// A file that a bundle ships.
#[derive(Debug, Clone)]
pub struct ShippedFile {
    /// The file's path in a home.
    pub path: RelPath,
    /// The class of that path.
    pub class: Class,
    /// The length of the content, in bytes.
    pub bytes: u64,
    /// Set where the file ships executable.
    pub executable: bool,
    /// The digest of the content.
    pub digest: Digest,
}

/// A packed bundle.
#[derive(Debug)]
pub struct PackedBundle {
    /// The bundle that was packed.
    pub bundle: BundleFacts,
    /// The length of the archive, in bytes.
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

/// The changes that a home would see between two bundles.
pub fn changes(before: &BundleFacts, after: &BundleFacts) -> Vec<BundleChange> {
    let seen = |facts: &BundleFacts| {
        let files = facts.files.iter();
        let seen = |file: &ShippedFile| Seen {
            class: file.class,
            digest: file.digest,
            executable: file.executable,
        };
        files.map(|file| (file.path.clone(), seen(file))).collect()
    };
    changes::changes(&seen(before), &seen(after))
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
        remarks: remarks(&bundle.manifest, &bundle.wanted, &bundle.left_out, |path| {
            bundle.read(path).unwrap_or_default()
        })
        .map_err(BundleError::from)?,
        digest: Digest::of(pack::list(&bundle).as_bytes()),
        manifest: bundle.manifest,
    })
}
