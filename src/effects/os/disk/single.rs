//! Single files that people name by a path of their own: read as they are, or made whole and put into place.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, FileType, OFlags, Statx, StatxFlags};
use rustix::io::Errno;

use super::{DiskError, DiskResult, NOT_A_FILE, READING, kind_of};
use crate::effects::os::host;
use crate::model::ignore::Ignore;

/// Opens a regular file; links on the way are followed, and nothing is waited for.
pub(crate) fn open_single(path: &Path) -> DiskResult<File> {
    let open = || {
        let file = File::from(fs::open(
            path,
            READING.difference(OFlags::NOFOLLOW),
            fs::Mode::empty(),
        )?);
        match kind_of(fs::fstat(&file)?.st_mode) {
            FileType::RegularFile => Ok(file),
            _ => Err(io::Error::other(NOT_A_FILE)),
        }
    };
    open().map_err(|source| DiskError {
        verb: "read",
        path: path.to_owned(),
        source,
    })
}

/// Stat of an open file.
pub(crate) fn stat_open(file: &File, path: &Path) -> DiskResult<Statx> {
    let flags = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
    let stat = fs::statx(file, "", AtFlags::EMPTY_PATH, flags);
    stat.map_err(|errno| DiskError::new("look at", path.to_owned(), errno))
}

/// A file that is not yet where it goes; dropped, it is gone.
#[must_use]
pub(crate) struct UnplacedFile {
    file: File,
    path: PathBuf,
    target: PathBuf,
    is_kept: bool,
}

impl UnplacedFile {
    /// Begins a file beside its target. The target may be free, or a regular file, which is replaced in the end.
    pub(crate) fn begin(target: &Path) -> DiskResult<Self> {
        let failed = |verb, errno| DiskError::new(verb, target.to_owned(), errno);
        match fs::statx(fs::CWD, target, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE) {
            Ok(stat) if kind_of(stat.stx_mode).is_file() => {}
            Ok(_) => {
                let source = io::Error::other("what is there is not a regular file");
                return Err(DiskError {
                    verb: "replace",
                    path: target.to_owned(),
                    source,
                });
            }
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(failed("write", errno)),
        }
        let path = target.with_file_name(format!(".mosaic-draft-{}", host::pid()));
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let created = fs::open(&path, flags, fs::Mode::from_bits_retain(0o666));
        let file =
            File::from(created.map_err(|errno| DiskError::new("create", path.clone(), errno))?);
        Ok(Self {
            file,
            path,
            target: target.to_owned(),
            is_kept: false,
        })
    }

    /// The open file, to read it again.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Moves the file into place, durably.
    pub(crate) fn keep(mut self) -> DiskResult {
        let failed = |verb, errno| DiskError::new(verb, self.target.clone(), errno);
        fs::fsync(&self.file).map_err(|errno| failed("sync", errno))?;
        fs::rename(&self.path, &self.target).map_err(|errno| failed("move into place", errno))?;
        self.is_kept = true;
        let above = self
            .target
            .parent()
            .filter(|above| !above.as_os_str().is_empty());
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let above = fs::open(above.unwrap_or(Path::new(".")), flags, fs::Mode::empty());
        above
            .and_then(fs::fsync)
            .map_err(|errno| failed("sync the directory of", errno))
    }
}

impl Write for UnplacedFile {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.file.write(piece)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for UnplacedFile {
    fn drop(&mut self) {
        if !self.is_kept {
            fs::unlinkat(fs::CWD, &self.path, AtFlags::empty())
                .ignore("what made it fail is what the user must hear");
        }
    }
}
