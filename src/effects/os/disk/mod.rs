//! The one door to the file systems: a root opened once, and all that happens below it.
//!
//! Paths are resolved by the kernel with `openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)`, so that
//! nothing below a root can lead out of it, whatever is swapped for a link meanwhile.

pub(crate) mod above;
mod attributes;
pub(crate) mod bounded;
mod change;
pub(crate) mod inspect;
mod lock;
mod look;
mod memory;
pub(crate) mod needed;
pub(crate) mod outside;
pub(crate) mod scratch;
pub(crate) mod single;

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use rustix::fs::{self, FileType, OFlags, ResolveFlags};
use rustix::io::Errno;

pub(crate) use above::{make_directories, make_missing, remove_directories};
pub(crate) use change::{Target, append};
pub(crate) use lock::{is_same, overwrite, stat_lock, try_lock, unlock};
pub(crate) use memory::in_memory;

const STAYS_BELOW: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS);
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const LISTING: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);
const READING: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// A failure of the file system: what was tried, where, and what the kernel said.
#[derive(Debug, thiserror::Error)]
#[error("cannot {verb} {}", path.display())]
pub struct DiskError {
    /// Verb for what was tried.
    pub verb: &'static str,
    /// Path at which it was tried.
    pub path: PathBuf,
    /// The kernel's error.
    pub source: io::Error,
}

impl DiskError {
    fn new(verb: &'static str, path: PathBuf, errno: Errno) -> Self {
        Self {
            verb,
            path,
            source: errno.into(),
        }
    }

    /// The kernel's error number.
    pub fn errno(&self) -> Option<Errno> {
        Errno::from_io_error(&self.source)
    }

    /// Tells whether the file system has no such thing as was asked of it. Of names that are taken, or not there, the
    /// kernel says so even where it does not know a flag.
    pub(crate) fn is_unsupported(&self) -> bool {
        let unknown = [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP];
        self.errno().is_some_and(|errno| unknown.contains(&errno))
    }

    /// Tells whether the kernel says that nothing is there.
    pub fn is_absent(&self) -> bool {
        self.errno() == Some(Errno::NOENT)
    }
}

/// What is said of a fifo, a folder or a device where a file is read.
const NOT_A_FILE: &str = "it is not a regular file";

type DiskResult<T = ()> = Result<T, DiskError>;
type LastDirectory = Option<(Box<str>, Result<Rc<OwnedFd>, Errno>)>;

/// A directory, opened once; all paths below it are relative to it, components joined by `/`.
pub(crate) struct Root {
    /// `None`: there is nothing there, and nothing is ever found below it.
    fd: Option<Arc<OwnedFd>>,
    path: Arc<Path>,
    last: RefCell<LastDirectory>,
}

impl Root {
    /// Opens a directory; links in the path itself are followed, once.
    pub(crate) fn open(path: &Path) -> DiskResult<Self> {
        let opened = fs::open(path, DIRECTORY, fs::Mode::empty());
        let fd =
            opened.map_err(|errno| DiskError::new("open the directory", path.to_owned(), errno))?;
        Ok(Self::of(fd, path.into()))
    }

    /// Opens a directory by an absolute path on which no link is followed.
    pub(crate) fn open_plain(path: &Path) -> DiskResult<Self> {
        let resolving = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let opened = fs::openat2(fs::CWD, path, DIRECTORY, fs::Mode::empty(), resolving);
        let fd =
            opened.map_err(|errno| DiskError::new("open the directory", path.to_owned(), errno))?;
        Ok(Self::of(fd, path.into()))
    }

    /// A root where there is no directory yet: everything below it is absent.
    pub(crate) fn nowhere(path: &Path) -> Self {
        Self {
            fd: None,
            path: path.into(),
            last: RefCell::new(None),
        }
    }

    fn fd(&self) -> Result<&OwnedFd, Errno> {
        self.fd.as_deref().ok_or(Errno::NOENT)
    }

    fn open_below(&self, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
        let path = if path.is_empty() { "." } else { path };
        fs::openat2(self.fd()?, path, flags, fs::Mode::empty(), STAYS_BELOW)
    }

    /// Opens a directory below this one as a root of its own.
    pub(crate) fn below(&self, path: &str) -> DiskResult<Self> {
        let fd = self
            .open_below(path, DIRECTORY)
            .map_err(|errno| self.error("open the directory", path, errno))?;
        Ok(Self::of(fd, self.path.join(path).into()))
    }

    /// The directory itself, or the nearest one above it that is there: what a first run begins in.
    pub(crate) fn open_nearest(&self) -> DiskResult<Self> {
        let mut above = self.path.ancestors();
        above
            .find_map(|above| match Self::open(above) {
                Err(error) if error.is_absent() => None,
                opened => Some(opened),
            })
            .unwrap_or_else(|| self.below(""))
    }

    /// The root, for another thread.
    pub(crate) fn twin(&self) -> RootTwin {
        RootTwin {
            fd: self.fd.clone(),
            path: Arc::clone(&self.path),
        }
    }

    fn of(fd: OwnedFd, path: Arc<Path>) -> Self {
        Self {
            fd: Some(Arc::new(fd)),
            path,
            last: RefCell::new(None),
        }
    }

    /// Path of the root, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Path of something below the root, for messages.
    pub(crate) fn full(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    /// The directory of the last path asked for is kept open: paths come sorted.
    fn directory(&self, path: &str) -> Result<Rc<OwnedFd>, Errno> {
        let mut last = self.last.borrow_mut();
        if let Some((_, opened)) = last.as_ref().filter(|(kept, _)| **kept == *path) {
            return opened.clone();
        }
        let opened = self.open_below(path, DIRECTORY).map(Rc::new);
        *last = Some((path.into(), opened.clone()));
        opened
    }

    /// Forgets that a directory is open, or not there.
    fn forget_directory(&self, path: &str) {
        let mut last = self.last.borrow_mut();
        if last
            .as_ref()
            .is_some_and(|(kept, _)| kept.starts_with(path))
        {
            *last = None;
        }
    }

    pub(crate) fn error(&self, verb: &'static str, path: &str, errno: Errno) -> DiskError {
        DiskError::new(verb, self.full(path), errno)
    }
}

/// A root on its way to another thread.
pub(crate) struct RootTwin {
    fd: Option<Arc<OwnedFd>>,
    path: Arc<Path>,
}

impl From<RootTwin> for Root {
    fn from(twin: RootTwin) -> Self {
        Self {
            fd: twin.fd,
            path: twin.path,
            last: RefCell::new(None),
        }
    }
}

/// The kind of file that a stat's mode tells of: `stx_mode`, `st_mode`.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the helper that the lint points at"
)]
pub(crate) fn kind_of(mode: impl Into<u32>) -> FileType {
    FileType::from_raw_mode(mode.into())
}

fn split(path: &str) -> (&str, &OsStr) {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    (directory, OsStr::from_bytes(name.as_bytes()))
}
