//! A release in one file: read whole once, and afterwards vouched for by the stat cache.

mod contents;
pub(super) mod frames;
mod verify;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::decide::bundle::archive::layout::Layout;
use crate::decide::bundle::archive::strict::Expected;
use crate::decide::bundle::archive::{
    ArchiveFault, EntryFault, INDEX_MAX, RATIO_FREE, RATIO_MAX, hashes, index,
};
use crate::decide::bundle::check::{BundleFault, TOTAL_SIZE_MAX};
use crate::decide::bundle::manifest;
use crate::effects::bundle::{Bundle, BundleError, Contents};
use crate::effects::os::disk::DiskError;
use crate::effects::os::disk::bounded::{GLOBS_MAX, TooLarge};
use crate::effects::os::disk::single::{open_single, stat_open};
use crate::effects::os::host;
use crate::effects::scan::CacheUpdate;
use crate::effects::scan::horizon::Noted;
use crate::effects::scan::stat_cache::{Known, Stamp, StatCache};
use crate::model::bundle::{HASHES, MANIFEST, Manifest, Shipped, Wanted};
use crate::model::digest::{Digest, Hasher};

pub(super) use contents::ArchiveContents;
use rustix::fs::Statx;

use frames::{FrameFault, Frames, tells_its_length};
use verify::{Foretold, Unsound, unsound, verify};

/// Path by which the stat cache knows an archive that was read whole: no file of a bundle has it.
const AS_A_WHOLE: &str = "";

/// A place where a frame begins: in the tar, and in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameStart {
    tar: u64,
    file: u64,
}

pub(super) fn manifest(path: &Path) -> Result<Manifest, BundleError> {
    Archive::open(path)?.manifest()
}

pub(super) fn open(
    path: &Path,
    manifest: Manifest,
    cache: &StatCache,
) -> Result<Bundle, BundleError> {
    Archive::open(path)?.bundle(manifest, cache.of_bundle(path))
}

/// Reads an archive whole that was just written, and refuses what no reader would take.
pub(super) fn check(file: File, path: &Path, manifest: Manifest) -> Result<(), BundleError> {
    Archive::new(file, path)?
        .bundle(manifest, StatCache::default().of_bundle(path))
        .map(drop)
}

/// An archive whose first frame was read.
struct Archive {
    path: PathBuf,
    file: Arc<File>,
    stat: Statx,
    index: Vec<u8>,
    /// Offset in the file at which the first frame ends.
    index_end: u64,
}

impl Archive {
    fn open(path: &Path) -> Result<Self, BundleError> {
        let file =
            open_single(path).map_err(|error| not_a_bundle(path, &error.source.to_string()))?;
        Self::new(file, path)
    }

    fn new(file: File, path: &Path) -> Result<Self, BundleError> {
        let stat = stat_open(&file, path)?;
        if stat.stx_size > TOTAL_SIZE_MAX + INDEX_MAX {
            return Err(BundleError::Refused {
                path: path.to_owned(),
                fault: BundleFault::TooLarge,
            });
        }
        let file = Arc::new(file);
        let failed = |fault| refused(path, unsound(fault, MANIFEST));
        let mut frames = Frames::new(Arc::clone(&file), 0).map_err(failed)?;
        match frames.next_frame() {
            Ok(true) => {}
            Ok(false) | Err(FrameFault::NotAFrame) => {
                return Err(not_a_bundle(
                    path,
                    "it is neither a directory nor a zstd archive",
                ));
            }
            Err(fault) => return Err(failed(fault)),
        }
        // What `pack` wrote says how long its frames are; where that is not said, another program's cannot be read.
        let index = read_index(&mut frames).map_err(|unsound| match unsound {
            Unsound::Fault(ArchiveFault::Compression { .. }) if !tells_its_length(&file) => {
                refused(path, Unsound::Fault(ArchiveFault::NotPacked))
            }
            unsound => refused(path, unsound),
        })?;
        let index_end = frames.offset();
        Ok(Self {
            path: path.to_owned(),
            file,
            stat,
            index,
            index_end,
        })
    }

    fn manifest(&self) -> Result<Manifest, BundleError> {
        let texts = index::parse(&self.index).map_err(|fault| self.refused(fault))?;
        if texts.manifest.len() as u64 > GLOBS_MAX {
            let problem = format!("{MANIFEST}: {}", TooLarge { limit: GLOBS_MAX });
            return Err(not_a_bundle(&self.path, &problem));
        }
        let text = std::str::from_utf8(texts.manifest)
            .map_err(|_| not_a_bundle(&self.path, &format!("{MANIFEST} is not UTF-8")))?;
        manifest::parse(text).map_err(|mut fault| {
            fault.file = self.path.join(MANIFEST).display().to_string();
            fault.into()
        })
    }

    fn bundle(self, manifest: Manifest, known: Known) -> Result<Bundle, BundleError> {
        let texts = index::parse(&self.index).map_err(|fault| self.refused(fault))?;
        if texts.manifest != manifest.text.as_bytes() {
            return Err(BundleError::Changed { path: self.path });
        }
        let mut wanted = hashes::parse(texts.hashes).map_err(|fault| self.refused(fault))?;
        let declared = wanted
            .remove(MANIFEST)
            .filter(|listed| *listed == plain(texts.manifest));
        if declared.is_none() {
            return Err(self.refused(ArchiveFault::entry(MANIFEST, EntryFault::Content)));
        }
        let seal = self.seal();
        let vouched = known.find(AS_A_WHOLE, &Stamp::from(&self.stat));
        let vouched = vouched.filter(|(_, sealed)| *sealed == seal);
        if vouched.is_none() {
            // What is vouched for was checked by this version before it was read. Where the entries lie is computed of sizes
            // within bounds only.
            super::check(&manifest, &wanted, &self.path)?;
        }
        let layout = Layout::of(self.index.len() as u64, &wanted);
        let mut seen = CacheUpdate::default();
        let begun = match vouched {
            Some((place, _)) => {
                seen.vouched.push(place);
                vec![FrameStart {
                    tar: self.index.len() as u64,
                    file: self.index_end,
                }]
            }
            None => {
                seen.read = wanted.len();
                let noted = Noted::read(known, AS_A_WHOLE, &self.stat, seal);
                seen.noted.push(noted);
                self.verify(&texts, &wanted, &layout)?
            }
        };
        let contents = ArchiveContents::new(self.path, self.file, layout, begun);
        Ok(Bundle {
            manifest,
            wanted,
            left_out: Vec::new(),
            seen,
            contents: Contents::Archive(contents),
        })
    }

    fn verify(
        &self,
        texts: &index::Texts,
        wanted: &Wanted,
        layout: &Layout,
    ) -> Result<Vec<FrameStart>, BundleError> {
        if layout.length() > RATIO_FREE + self.stat.stx_size.saturating_mul(RATIO_MAX) {
            return Err(self.refused(ArchiveFault::Ratio));
        }
        // What does not compress grows by less than a hundredth.
        if self.stat.stx_size > layout.length() + layout.length() / 100 {
            return Err(self.refused(ArchiveFault::Bloated));
        }
        let first = [
            (MANIFEST, plain(texts.manifest)),
            (HASHES, plain(texts.hashes)),
        ];
        let others = wanted
            .iter()
            .map(|(path, shipped)| (path.as_str(), *shipped));
        let files: Vec<Expected> = first.into_iter().chain(others).collect();
        let foretold = Foretold {
            index: &self.index,
            files: &files,
            cuts: &layout.cuts,
        };
        let failed = |fault| refused(&self.path, unsound(fault, MANIFEST));
        let mut frames = Frames::new(Arc::clone(&self.file), self.index_end).map_err(failed)?;
        let begun =
            verify(&foretold, &mut frames).map_err(|unsound| refused(&self.path, unsound))?;
        // What was verified is what had that stamp, or nobody will be told so.
        if Stamp::from(&stat_open(&self.file, &self.path)?) == Stamp::from(&self.stat) {
            Ok(begun)
        } else {
            Err(BundleError::Changed {
                path: self.path.clone(),
            })
        }
    }

    /// The stat cache's entry for an archive with this index that this version read whole: the
    /// digest of no file.
    fn seal(&self) -> Digest {
        let mut hasher = Hasher::default();
        hasher.take(format!("archive verified by mosaic {}\0", host::program_version()).as_bytes());
        hasher.take(&self.index);
        hasher.finish()
    }

    fn refused(&self, fault: ArchiveFault) -> BundleError {
        refused(&self.path, Unsound::Fault(fault))
    }
}

/// Unpacks the first frame, as long as it stays within its bounds.
fn read_index(frames: &mut Frames) -> Result<Vec<u8>, Unsound> {
    let mut index = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let place = if index.is_empty() { MANIFEST } else { HASHES };
        match frames
            .read(&mut piece)
            .map_err(|fault| unsound(fault, place))?
        {
            0 => return Ok(index),
            length => index.extend_from_slice(&piece[..length]),
        }
        let unpacked = index.len() as u64;
        if unpacked > INDEX_MAX {
            return Err(Unsound::Fault(ArchiveFault::IndexTooLarge));
        }
        if unpacked > RATIO_FREE + frames.offset() * RATIO_MAX {
            return Err(Unsound::Fault(ArchiveFault::Ratio));
        }
    }
}

fn plain(text: &[u8]) -> Shipped {
    Shipped {
        digest: Digest::of(text),
        size: text.len() as u64,
        executable: false,
    }
}

fn not_a_bundle(path: &Path, problem: &str) -> BundleError {
    BundleError::NotABundle {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}

fn refused(path: &Path, unsound: Unsound) -> BundleError {
    let path = path.to_owned();
    match unsound {
        Unsound::Fault(fault) => BundleError::Refused {
            path,
            fault: BundleFault::Archive(fault),
        },
        Unsound::Disk(source) => DiskError {
            verb: "read",
            path,
            source,
        }
        .into(),
    }
}
