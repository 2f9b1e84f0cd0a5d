//! The release that was packed into this program when it was built (`build.rs`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::de::DeserializeOwned;

use crate::decide::bundle::manifest;
use crate::effects::bundle::{Bundle, BundleError, Contents};
use crate::effects::scan::CacheUpdate;
use crate::model::bundle::{Earlier, MANIFEST, Manifest, Shipped, Wanted};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::record::Release;

static MANIFEST_TEXT: &[u8] = include_bytes!("../../../framework/bundle.toml");
static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/framework.index"));
static CONTENTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/framework.contents"));
static EARLIER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/earlier.index"));

pub(super) fn manifest() -> Result<Manifest, BundleError> {
    let text = std::str::from_utf8(MANIFEST_TEXT).map_err(|error| damaged(&error.to_string()))?;
    Ok(manifest::parse(text)?)
}

pub(super) fn open(manifest: Manifest) -> Result<Bundle, BundleError> {
    let mut wanted = Wanted::new();
    let mut spans = BTreeMap::new();
    let mut offset = 0;
    for (path, executable, size, digest) in index()? {
        let span = offset..offset + size as usize;
        offset = span.end;
        if path.as_str() != MANIFEST {
            spans.insert(path.clone(), span);
            wanted.insert(
                path,
                Shipped {
                    digest,
                    size,
                    executable,
                },
            );
        }
    }
    super::check(&manifest, &wanted, Path::new("embedded"))?;
    let all =
        zstd::bulk::decompress(CONTENTS, offset).map_err(|error| damaged(&error.to_string()))?;
    Ok(Bundle {
        manifest,
        wanted,
        left_out: Vec::new(),
        seen: CacheUpdate::default(),
        contents: Contents::Embedded { all, spans },
    })
}

/// Contents that all releases up to this program's shipped. None of them, if the bundle is another
/// one than this program's: in its homes, nothing is ours.
pub(super) fn earlier(bundle: &str) -> Result<Earlier, BundleError> {
    let Release {
        bundle: own,
        version,
    } = manifest()?.release;
    if own != bundle {
        return Ok(Earlier::default());
    }
    let releases: Vec<(Version, Vec<(RelPath, Digest)>)> = decode(EARLIER)?;
    let own = index()?
        .into_iter()
        .map(|(path, _, _, digest)| (path, digest))
        .collect();
    let releases = releases.into_iter().chain([(version, own)]);
    let contents = releases.flat_map(|(version, files)| {
        files
            .into_iter()
            .map(move |(path, digest)| (version.clone(), path, digest))
    });
    Ok(contents
        .filter(|(_, path, _)| path.as_str() != MANIFEST)
        .collect())
}

type Index = Vec<(RelPath, bool, u64, Digest)>;

fn index() -> Result<Index, BundleError> {
    decode(INDEX)
}

fn decode<T: DeserializeOwned>(bytes: &'static [u8]) -> Result<T, BundleError> {
    postcard::from_bytes(bytes).map_err(|error| damaged(&error.to_string()))
}

fn damaged(problem: &str) -> BundleError {
    BundleError::NotABundle {
        path: PathBuf::from("embedded"),
        problem: problem.to_owned(),
    }
}
