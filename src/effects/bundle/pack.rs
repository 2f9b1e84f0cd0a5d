//! Packs a bundle into one file: same bundle, same bytes.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::decide::bundle::archive::layout::Layout;
use crate::decide::bundle::archive::ustar::{END, head, padded};
use crate::decide::bundle::archive::{WINDOW_LOG, hashes, index};
use crate::effects::bundle::{Bundle, BundleError, Source, archive};
use crate::effects::os::disk::single::{UnplacedFile, stat_open};
use crate::effects::os::disk::{DiskError, outside};
use crate::effects::os::host::Interrupt;
use crate::effects::scan::stat_cache::StatCache;
use crate::model::bundle::{MANIFEST, Shipped};
use crate::model::digest::Digest;
use crate::model::path::RelPath;

/// Above this, zstd takes six times as long to save five bytes in a hundred (text, 40 MiB).
const LEVEL: i32 = 12;

/// Reason why a bundle was not packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The bundle is wrong.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The file system did not do something.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The archive would be a part of the next one.
    #[error("{} would lie in the bundle that is packed into it", .0.display())]
    Inside(PathBuf),
    /// The user asked to stop.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// A bundle that was packed.
pub(crate) struct Packed {
    /// The bundle that was packed.
    pub bundle: Bundle,
    /// Length of the archive in bytes.
    pub bytes: u64,
}

/// Packs a directory into a file, which appears when it is whole and was read back.
pub(crate) fn pack(
    directory: &Path,
    target: &Path,
    interrupt: &Interrupt,
) -> Result<Packed, PackError> {
    let source = Source::Directory(directory.to_owned());
    let bundle = Bundle::open(&source, source.manifest()?, &StatCache::default())?;
    refuse_inside(directory, target)?;
    let bytes = write(&bundle, target, interrupt)?;
    Ok(Packed { bundle, bytes })
}

/// An archive in the bundle would be a part of the next one.
fn refuse_inside(directory: &Path, target: &Path) -> Result<(), PackError> {
    let resolve = |path: &Path| {
        let failed = |source| DiskError {
            verb: "look at",
            path: path.to_owned(),
            source,
        };
        outside::real(path).map_err(failed)
    };
    let above = target
        .parent()
        .filter(|above| !above.as_os_str().is_empty());
    if resolve(above.unwrap_or(Path::new(".")))?.starts_with(resolve(directory)?) {
        Err(PackError::Inside(target.to_owned()))
    } else {
        Ok(())
    }
}

fn write(bundle: &Bundle, target: &Path, interrupt: &Interrupt) -> Result<u64, PackError> {
    let mut draft = UnplacedFile::begin(target)?;
    write_frames(bundle, &list(bundle), (&mut draft, target), interrupt)?;
    let again = draft.file().try_clone();
    let again = again.map_err(|source| DiskError {
        verb: "read",
        path: target.to_owned(),
        source,
    })?;
    archive::check(again, target, bundle.manifest.clone())?;
    let bytes = stat_open(draft.file(), target)?.stx_size;
    if interrupt.is_asked() {
        return Err(PackError::Interrupted);
    }
    draft.keep()?;
    Ok(bytes)
}

fn write_frames(
    bundle: &Bundle,
    hashes: &str,
    (draft, target): (&mut UnplacedFile, &Path),
    interrupt: &Interrupt,
) -> Result<(), PackError> {
    let failed = |source| DiskError {
        verb: "write",
        path: target.to_owned(),
        source,
    };
    let texts = index::Texts {
        manifest: bundle.manifest.text.as_bytes(),
        hashes: hashes.as_bytes(),
    };
    let index = index::encode(&texts);
    let mut frame = Frame::begin(draft, index.len() as u64).map_err(failed)?;
    frame.put(&index).map_err(failed)?;
    frame.end().map_err(failed)?;
    let layout = Layout::of(index.len() as u64, &bundle.wanted);
    let mut files = layout.contents.iter().peekable();
    let mut begun = index.len() as u64;
    let mut content = Vec::new();
    for cut in &layout.cuts {
        let mut frame = Frame::begin(draft, cut - begun).map_err(failed)?;
        while let Some((path, _)) = files.next_if(|(_, offset)| offset <= cut) {
            if interrupt.is_asked() {
                return Err(PackError::Interrupted);
            }
            bundle.read_checked(path, &mut content)?;
            frame
                .put_file(path, &bundle.wanted[path], &content)
                .map_err(failed)?;
        }
        if *cut == layout.length() {
            frame.put(&END).map_err(failed)?;
        }
        frame.end().map_err(failed)?;
        begun = *cut;
    }
    Ok(())
}

/// The list of hashes of a bundle.
pub(crate) fn list(bundle: &Bundle) -> String {
    let text = bundle.manifest.text.as_bytes();
    let declared = Shipped {
        digest: Digest::of(text),
        size: text.len() as u64,
        executable: false,
    };
    let mut all = bundle.wanted.clone();
    all.extend(RelPath::parse(MANIFEST).map(|path| (path, declared)));
    hashes::encode(&all)
}

/// A zstd frame of the tar. Its length is known beforehand, and stands in it.
struct Frame<'a>(zstd::stream::write::Encoder<'static, &'a mut UnplacedFile>);

impl<'a> Frame<'a> {
    fn begin(draft: &'a mut UnplacedFile, length: u64) -> io::Result<Self> {
        let mut encoder = zstd::stream::write::Encoder::new(draft, LEVEL)?;
        encoder.window_log(WINDOW_LOG)?;
        encoder.include_checksum(true)?;
        encoder.set_pledged_src_size(Some(length))?;
        Ok(Self(encoder))
    }

    fn put_file(&mut self, path: &RelPath, shipped: &Shipped, content: &[u8]) -> io::Result<()> {
        self.put(&head(path.as_str(), shipped.size, shipped.executable))?;
        self.put(content)?;
        let padding = padded(shipped.size) - shipped.size;
        io::copy(&mut io::repeat(0).take(padding), &mut self.0).map(drop)
    }

    fn put(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        io::copy(&mut bytes, &mut self.0).map(drop)
    }

    fn end(self) -> io::Result<()> {
        self.0.finish().map(drop)
    }
}
