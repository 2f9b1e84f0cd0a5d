//! A release in a directory: walked once, and read where the stat cache cannot vouch for it.

use std::path::Path;

use crate::decide::bundle::archive::{ArchiveFault, INDEX_MAX, hashes};
use crate::decide::bundle::check::BundleFault;
use crate::decide::bundle::manifest;
use crate::decide::plan::residue::left_by;
use crate::effects::bundle::{Bundle, BundleError, Contents};
use crate::effects::os::disk::bounded::GLOBS_MAX;
use crate::effects::os::disk::{DiskError, Root};
use crate::effects::scan::stat_cache::StatCache;
use crate::effects::scan::{Scanned, TreeError, kind_name, scan_tree};
use crate::model::bundle::{HASHES, LeftOut, MANIFEST, Manifest, Shipped, Wanted};
use crate::model::digest::Digest;
use crate::model::found::Found;
use crate::model::path::RelPath;

pub(super) fn manifest(path: &Path) -> Result<Manifest, BundleError> {
    let not_a_bundle = |problem: String| BundleError::NotABundle {
        path: path.to_owned(),
        problem,
    };
    let root = Root::open(path).map_err(|error| not_a_bundle(error.source.to_string()))?;
    let text = root
        .read_at_most(MANIFEST, GLOBS_MAX)
        .map_err(|error| not_a_bundle(format!("{MANIFEST}: {}", error.source)))?;
    let text =
        String::from_utf8(text).map_err(|_| not_a_bundle(format!("{MANIFEST} is not UTF-8")))?;
    manifest::parse(&text).map_err(|mut fault| {
        fault.file = path.join(MANIFEST).display().to_string();
        fault.into()
    })
}

pub(super) fn open(
    path: &Path,
    manifest: Manifest,
    cache: &StatCache,
) -> Result<Bundle, BundleError> {
    let root = Root::open(path)?;
    let mut left_out = Vec::new();
    let passes_over = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let tool = left_by(name);
        left_out.extend(tool.map(|tool| LeftOut {
            path: path.to_owned(),
            tool,
        }));
        tool.is_some()
    };
    let (paths, mut scanned) =
        scan_tree(&root, cache.of_bundle(path), passes_over).map_err(|error| match error {
            TreeError::Disk(error) => error.into(),
            TreeError::Path { path: entry, why } => {
                refused(path, BundleFault::Path { path: entry, why })
            }
        })?;
    let seen = std::mem::take(&mut scanned.seen);
    let read = std::mem::take(&mut scanned.contents);
    let mut wanted = wanted(path, paths, scanned)?;
    let list = wanted.remove(HASHES);
    if let Some(declared) = wanted.get_mut(MANIFEST) {
        // It is not installed: nobody runs it.
        declared.executable = false;
    }
    if wanted.get(MANIFEST).map(|declared| declared.digest)
        != Some(Digest::of(manifest.text.as_bytes()))
    {
        return Err(BundleError::Changed {
            path: path.join(MANIFEST),
        });
    }
    if let Some(list) = list {
        compare_with_list(&root, list.size, &wanted)?
            .map_err(|fault| refused(path, fault.into()))?;
    }
    wanted.remove(MANIFEST);
    super::check(&manifest, &wanted, path)?;
    left_out.sort();
    Ok(Bundle {
        manifest,
        wanted,
        left_out,
        seen,
        contents: Contents::Directory { root, read },
    })
}

fn compare_with_list(
    root: &Root,
    size: u64,
    wanted: &Wanted,
) -> Result<Result<(), ArchiveFault>, DiskError> {
    if size > INDEX_MAX {
        return Ok(Err(ArchiveFault::IndexTooLarge));
    }
    let listed = hashes::parse(&root.read_at_most(HASHES, INDEX_MAX)?);
    Ok(listed.and_then(|listed| hashes::compare(&listed, wanted)))
}

fn wanted(bundle: &Path, paths: Vec<RelPath>, scanned: Scanned) -> Result<Wanted, BundleError> {
    let shipped = |(path, found): (RelPath, Found)| match found {
        Found::File(file) => {
            let executable = file.mode.is_executable();
            Ok((
                path,
                Shipped {
                    digest: file.digest,
                    size: file.size,
                    executable,
                },
            ))
        }
        Found::Absent => Err(BundleError::Changed {
            path: bundle.join(&path),
        }),
        Found::Other(kind) => Err(refused(
            bundle,
            BundleFault::NotAFile {
                path: path.to_string(),
                kind,
            },
        )),
        _ => {
            let kind = kind_name(rustix::fs::FileType::Directory);
            Err(refused(
                bundle,
                BundleFault::NotAFile {
                    path: path.to_string(),
                    kind,
                },
            ))
        }
    };
    paths.into_iter().zip(scanned.found).map(shipped).collect()
}

fn refused(bundle: &Path, fault: BundleFault) -> BundleError {
    BundleError::Refused {
        path: bundle.to_owned(),
        fault,
    }
}
