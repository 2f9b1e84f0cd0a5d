//! The release that was packed into this program when it was built (`build.rs`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::decide::manifest;
use crate::effects::bundle::{Bundle, BundleError, Contents};
use crate::effects::scan::Seen;
use crate::words::bundle::{Earlier, MANIFEST, Manifest, Shipped, Wanted};
use crate::words::digest::Digest;
use crate::words::path::RelPath;

static MANIFEST_TEXT: &[u8] = include_bytes!("../../../framework/bundle.toml");
static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/framework.index"));
static CONTENTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/framework.contents"));
static EARLIER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/earlier.index"));

pub(super) fn manifest() -> Result<Manifest, BundleError> {
    let text = std::str::from_utf8(MANIFEST_TEXT).map_err(|error| damaged(&error.to_string()))?;
    Ok(manifest::parse(text)?)
}

pub(super) fn open(manifest: Manifest) -> Result<Bundle, BundleError> {
    let index: Vec<(RelPath, bool, u64, Digest)> =
        postcard::from_bytes(INDEX).map_err(|error| damaged(&error.to_string()))?;
    let (mut wanted, mut spans, mut at) = (Wanted::new(), BTreeMap::new(), 0);
    for (path, executable, size, digest) in index {
        let span = at..at + size as usize;
        at = span.end;
        if path.as_str() != MANIFEST {
            spans.insert(path.clone(), span);
            wanted.insert(path, Shipped { digest, size, executable });
        }
    }
    super::check(&manifest, &wanted, Path::new("embedded"))?;
    let all = zstd::bulk::decompress(CONTENTS, at).map_err(|error| damaged(&error.to_string()))?;
    Ok(Bundle { manifest, wanted, seen: Seen::default(), contents: Contents::Embedded { all, spans } })
}

pub(super) fn earlier() -> Earlier {
    let index: Vec<(RelPath, Digest)> = postcard::from_bytes(EARLIER).unwrap_or_default();
    index.into_iter().collect()
}

fn damaged(problem: &str) -> BundleError {
    BundleError::NotABundle { path: PathBuf::from("embedded"), problem: problem.to_owned() }
}
