//! The one door to the file systems: a root opened once, and all that happens below it.
//!
//! Paths are resolved by the kernel with `openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)`, so that
//! nothing below a root can lead out of it, whatever is swapped for a link meanwhile.

pub mod above;
mod attributes;
mod inspect;
pub mod scratch;
pub mod single;

use std::cell::RefCell;
use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use rustix::fs::{self, AtFlags, FileType, OFlags, RenameFlags, ResolveFlags, Statx, StatxFlags};
use rustix::io::Errno;

use crate::model::mode::Mode;

pub use above::{make_directories, remove_directories};
pub use attributes::Created;
use attributes::copy_attributes;

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

const LISTING_BUFFER: usize = 16 << 10;

/// Something that the file system did not do.
#[derive(Debug, thiserror::Error)]
#[error("cannot {verb} {}", path.display())]
pub struct DiskError {
    /// What was tried, as a verb.
    pub verb: &'static str,
    /// Where.
    pub path: PathBuf,
    /// What the kernel said.
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

    /// Whether it says that nothing is there.
    pub fn is_absent(&self) -> bool {
        self.errno() == Some(Errno::NOENT)
    }
}

type DiskResult<T = ()> = Result<T, DiskError>;
type LastDirectory = Option<(Box<str>, Result<Rc<OwnedFd>, Errno>)>;

/// A directory, opened once; all paths below it are relative to it, components joined by `/`.
pub struct Root {
    /// `None`: there is nothing there, and nothing is ever found below it.
    fd: Option<Arc<OwnedFd>>,
    path: Arc<Path>,
    last: RefCell<LastDirectory>,
}

/// How a rename treats what is at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// It must be free.
    Free,
    /// It is replaced.
    Replaced,
    /// The two change places.
    Exchanged,
}

impl Root {
    /// Opens a directory; links in the path itself are followed, once.
    pub fn open(path: &Path) -> DiskResult<Self> {
        let opened = fs::open(path, DIRECTORY, fs::Mode::empty());
        let fd =
            opened.map_err(|errno| DiskError::new("open the directory", path.to_owned(), errno))?;
        Ok(Self::of(fd, path.into()))
    }

    /// Opens a directory by an absolute path on which no link is followed.
    pub fn open_plain(path: &Path) -> DiskResult<Self> {
        let resolving = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let opened = fs::openat2(fs::CWD, path, DIRECTORY, fs::Mode::empty(), resolving);
        let fd =
            opened.map_err(|errno| DiskError::new("open the directory", path.to_owned(), errno))?;
        Ok(Self::of(fd, path.into()))
    }

    /// A root where there is no directory yet: everything below it is absent.
    pub fn nowhere(path: &Path) -> Self {
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
        let at = if path.is_empty() { "." } else { path };
        fs::openat2(self.fd()?, at, flags, fs::Mode::empty(), STAYS_BELOW)
    }

    /// Opens a directory below this one as a root of its own.
    pub fn below(&self, path: &str) -> DiskResult<Self> {
        let fd = self
            .open_below(path, DIRECTORY)
            .map_err(|errno| self.error("open the directory", path, errno))?;
        Ok(Self::of(fd, self.path.join(path).into()))
    }

    /// The same root for another thread.
    pub fn twin(&self) -> RootTwin {
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

    /// Where the root is, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a path below it is, for messages.
    pub fn full(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    /// What is at a path; the last component's link is not followed.
    pub fn stat(&self, path: &str) -> DiskResult<Statx> {
        self.look(path)
            .map_err(|errno| self.error("look at", path, errno))
    }

    /// Like [`Root::stat`], with the kernel's bare answer.
    pub fn look(&self, path: &str) -> Result<Statx, Errno> {
        let (directory, name) = split(path);
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        fs::statx(
            &*self.directory(directory)?,
            name,
            flags,
            StatxFlags::BASIC_STATS | StatxFlags::MNT_ID,
        )
    }

    /// What is at a path, or nothing.
    pub fn stat_if_there(&self, path: &str) -> DiskResult<Option<Statx>> {
        match self.look(path) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.error("look at", path, errno)),
        }
    }

    /// The root directory itself.
    pub fn stat_self(&self) -> DiskResult<Statx> {
        let flags = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
        let look = || fs::statx(self.fd()?, "", AtFlags::EMPTY_PATH, flags);
        look().map_err(|errno| self.error("look at", "", errno))
    }

    /// Whether a link at a path leads to something below the root.
    pub fn link_stays_below(&self, path: &str) -> bool {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let open = || {
            fs::openat2(
                self.fd()?,
                path,
                flags,
                fs::Mode::empty(),
                ResolveFlags::BENEATH,
            )
        };
        open().is_ok()
    }

    /// Opens a regular file for reading.
    pub fn open_file(&self, path: &str) -> DiskResult<File> {
        self.open_sized(path).map(|(file, _)| file)
    }

    fn open_sized(&self, path: &str) -> DiskResult<(File, u64)> {
        let (directory, name) = split(path);
        let opened = self.directory(directory).and_then(|fd| {
            let file = fs::openat(&*fd, name, READING, fs::Mode::empty())?;
            let stat = fs::fstat(&file)?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => {
                    Ok((File::from(file), u64::try_from(stat.st_size).unwrap_or(0)))
                }
                _ => Err(Errno::INVAL),
            }
        });
        opened.map_err(|errno| self.error("read", path, errno))
    }

    /// Reads a regular file whole.
    pub fn read(&self, path: &str) -> DiskResult<Vec<u8>> {
        let mut content = Vec::new();
        self.read_into(path, &mut content)?;
        Ok(content)
    }

    /// Reads a regular file whole into a buffer that is emptied first.
    pub fn read_into(&self, path: &str, content: &mut Vec<u8>) -> DiskResult {
        content.clear();
        let (mut file, size) = self.open_sized(path)?;
        // One byte more than the file has, so that one read finds its end, too.
        content.reserve(usize::try_from(size).unwrap_or(0) + 1);
        let mut read = || loop {
            let expected = content.spare_capacity_mut().len();
            let length = rustix::io::read(&file, rustix::buffer::spare_capacity(content))?;
            if length == 0 || (length < expected && content.len() as u64 == size) {
                return Ok(());
            }
            if content.spare_capacity_mut().is_empty() {
                return file.read_to_end(content).map(drop);
            }
        };
        read().map_err(|source| DiskError {
            verb: "read",
            path: self.full(path),
            source,
        })
    }

    /// The names in a directory, with whether each is a directory (links are not).
    pub fn children(&self, path: &str) -> DiskResult<Vec<(Vec<u8>, bool)>> {
        self.list(path)
            .map_err(|errno| self.error("list", path, errno))
    }

    fn list(&self, path: &str) -> Result<Vec<(Vec<u8>, bool)>, Errno> {
        let fd = Rc::new(self.open_below(path, LISTING)?);
        let mut names = Vec::new();
        let mut buffer = Vec::with_capacity(LISTING_BUFFER);
        let mut entries = fs::RawDir::new(&fd, buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                let is_directory = match entry.file_type() {
                    FileType::Unknown => is_directory(&fd, entry.file_name())?,
                    kind => kind == FileType::Directory,
                };
                names.push((name.to_vec(), is_directory));
            }
        }
        // Who lists a directory looks at what is in it next.
        *self.last.borrow_mut() = Some((path.into(), Ok(fd)));
        Ok(names)
    }

    /// Makes a directory with exactly these permission bits.
    pub fn make_directory(&self, path: &str, mode: Mode) -> DiskResult {
        let (directory, name) = split(path);
        let make = || {
            let above = self.directory(directory)?;
            fs::mkdirat(&*above, name, mode_bits(mode))?;
            let made = fs::statx(
                &*above,
                name,
                AtFlags::SYMLINK_NOFOLLOW,
                StatxFlags::BASIC_STATS,
            )?;
            if Mode::from_st_mode(made.stx_mode.into()) == mode {
                return Ok(());
            }
            let made = fs::openat(
                &*above,
                name,
                OFlags::DIRECTORY | READING,
                fs::Mode::empty(),
            )?;
            fs::fchmod(&made, mode_bits(mode))
        };
        let made = make().map_err(|errno| self.error("make the directory", path, errno));
        self.forget_directory(path);
        made
    }

    /// Removes an empty directory.
    pub fn remove_directory(&self, path: &str) -> DiskResult {
        self.forget_directory(path);
        self.unlink(path, AtFlags::REMOVEDIR)
            .map_err(|errno| self.error("remove the directory", path, errno))
    }

    /// Removes a file.
    pub fn remove_file(&self, path: &str) -> DiskResult {
        self.unlink(path, AtFlags::empty())
            .map_err(|errno| self.error("remove", path, errno))
    }

    fn unlink(&self, path: &str, flags: AtFlags) -> Result<(), Errno> {
        let (directory, name) = split(path);
        fs::unlinkat(&*self.directory(directory)?, name, flags)
    }

    /// Removes a directory and all below it, or a file; nothing there is fine. Links are not followed.
    pub fn remove_all(&self, path: &str) -> DiskResult {
        match self
            .stat_if_there(path)?
            .map(|stat| FileType::from_raw_mode(stat.stx_mode.into()))
        {
            None => return Ok(()),
            Some(FileType::Directory) => {}
            Some(_) => return self.remove_file(path),
        }
        for (name, _) in self.children(path)? {
            let name =
                std::str::from_utf8(&name).map_err(|_| self.error("remove", path, Errno::ILSEQ))?;
            self.remove_all(&format!("{path}/{name}"))?;
        }
        self.remove_directory(path)
    }

    /// Creates a file that was not there, with exactly these permission bits, and with the group,
    /// attributes and access lists of `like`, where given.
    pub fn create(
        &self,
        path: &str,
        content: &[u8],
        mode: Mode,
        like: Option<&File>,
    ) -> DiskResult<Created> {
        let (directory, name) = split(path);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let created = self
            .directory(directory)
            .and_then(|fd| fs::openat(&*fd, name, flags, mode_bits(mode)));
        let mut file = File::from(created.map_err(|errno| self.error("create", path, errno))?);
        let written = file.write_all(content);
        written.map_err(|source| DiskError {
            verb: "write",
            path: self.full(path),
            source,
        })?;
        let lost = like.map(|like| copy_attributes(like, &file)).transpose();
        let lost = lost.map_err(|errno| self.error("set the attributes of", path, errno))?;
        let stat = fs::statx(&file, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS);
        let stat = stat.map_err(|errno| self.error("look at", path, errno))?;
        if Mode::from_st_mode(stat.stx_mode.into()) != mode {
            let set = fs::fchmod(&file, mode_bits(mode));
            set.map_err(|errno| self.error("set the permissions of", path, errno))?;
        }
        Ok(Created {
            file,
            stat,
            lost: lost.unwrap_or_default(),
        })
    }

    /// Opens or creates a file of state for a lock; never through a link.
    pub fn open_lock(&self, path: &str) -> DiskResult<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let (directory, name) = split(path);
        let opened = self
            .directory(directory)
            .and_then(|fd| fs::openat(&*fd, name, flags, fs::Mode::from_bits_retain(0o600)));
        opened
            .map(File::from)
            .map_err(|errno| self.error("open", path, errno))
    }

    /// Sets the permission bits of a regular file.
    pub fn set_mode(&self, path: &str, mode: Mode) -> DiskResult {
        let file = self.open_file(path)?;
        fs::fchmod(&file, mode_bits(mode))
            .map_err(|errno| self.error("set the permissions of", path, errno))
    }

    /// Sets the permission bits of a directory.
    pub fn set_directory_mode(&self, path: &str, mode: Mode) -> DiskResult {
        let set = self
            .open_below(path, LISTING)
            .and_then(|fd| fs::fchmod(fd, mode_bits(mode)));
        set.map_err(|errno| self.error("set the permissions of", path, errno))
    }

    /// Renames a file or directory, within a file system, possibly into another root.
    pub fn rename(&self, from: &str, to: (&Root, &str), target: Target) -> DiskResult {
        let (to_root, to_path) = to;
        let renamed = self.rename_raw(from, to, target);
        renamed.map_err(|errno| {
            let blamed = if errno == Errno::NOENT {
                (self, from)
            } else {
                (to_root, to_path)
            };
            blamed.0.error("move into place", blamed.1, errno)
        })
    }

    fn rename_raw(
        &self,
        from: &str,
        (to_root, to_path): (&Root, &str),
        target: Target,
    ) -> Result<(), Errno> {
        let flags = match target {
            Target::Free => RenameFlags::NOREPLACE,
            Target::Replaced => RenameFlags::empty(),
            Target::Exchanged => RenameFlags::EXCHANGE,
        };
        let ((from_directory, from_name), (to_directory, to_name)) = (split(from), split(to_path));
        let (from_fd, to_fd) = (
            self.directory(from_directory)?,
            to_root.directory(to_directory)?,
        );
        fs::renameat_with(&*from_fd, from_name, &*to_fd, to_name, flags)
    }

    /// Gives a file a second name.
    pub fn link(&self, from: &str, (to_root, to_path): (&Root, &str)) -> DiskResult {
        let ((from_directory, from_name), (to_directory, to_name)) = (split(from), split(to_path));
        let link = || {
            let (from_fd, to_fd) = (
                self.directory(from_directory)?,
                to_root.directory(to_directory)?,
            );
            fs::linkat(&*from_fd, from_name, &*to_fd, to_name, AtFlags::empty())
        };
        link().map_err(|errno| to_root.error("link", to_path, errno))
    }

    /// Makes a symbolic link that was not there.
    pub fn symlink(&self, leads_to: &str, path: &str) -> DiskResult {
        let (directory, name) = split(path);
        let made = self
            .directory(directory)
            .and_then(|fd| fs::symlinkat(leads_to, &*fd, name));
        made.map_err(|errno| self.error("link", path, errno))
    }

    /// Makes a file's content durable.
    pub fn sync_file(&self, path: &str) -> DiskResult {
        let file = self.open_file(path)?;
        fs::fsync(&file).map_err(|errno| self.error("sync", path, errno))
    }

    /// Makes the content of a file that [`Root::create`] made durable.
    pub fn sync_open(&self, file: &File, path: &str) -> DiskResult {
        fs::fsync(file).map_err(|errno| self.error("sync", path, errno))
    }

    /// Makes a directory's entries durable. The root itself is `""`.
    pub fn sync_directory(&self, path: &str) -> DiskResult {
        let sync = self.open_below(path, LISTING).and_then(fs::fsync);
        sync.map_err(|errno| self.error("sync the directory", path, errno))
    }

    /// Makes all that was written to the file system of this root durable.
    pub fn sync_filesystem(&self) -> DiskResult {
        let sync = self.open_below("", LISTING).and_then(fs::syncfs);
        sync.map_err(|errno| self.error("sync the file system of", "", errno))
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

    /// What is known of a directory, or that it is not there, holds no longer.
    fn forget_directory(&self, path: &str) {
        let mut last = self.last.borrow_mut();
        if last
            .as_ref()
            .is_some_and(|(kept, _)| kept.starts_with(path))
        {
            *last = None;
        }
    }

    fn error(&self, verb: &'static str, path: &str, errno: Errno) -> DiskError {
        DiskError::new(verb, self.full(path), errno)
    }
}

/// A root on its way to another thread.
pub struct RootTwin {
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

/// Appends to a file that [`Root::create`] made.
pub fn append(file: &mut File, content: &[u8], path: impl Fn() -> PathBuf) -> DiskResult {
    file.write_all(content).map_err(|source| DiskError {
        verb: "write",
        path: path(),
        source,
    })
}

/// Puts a text in the place of all that a file held.
pub fn overwrite(file: &mut File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    io::Seek::rewind(file)?;
    file.write_all(text.as_bytes())
}

/// Takes an exclusive lock without waiting; `false` where another holds it.
pub fn try_lock(file: &File) -> io::Result<bool> {
    match fs::flock(file, fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// For file systems whose listings do not tell.
fn is_directory(fd: &OwnedFd, name: &CStr) -> Result<bool, Errno> {
    let stat = fs::statx(fd, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)?;
    Ok(FileType::from_raw_mode(stat.stx_mode.into()) == FileType::Directory)
}

fn mode_bits(mode: Mode) -> fs::Mode {
    fs::Mode::from_bits_retain(mode.bits())
}

fn split(path: &str) -> (&str, &OsStr) {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    (directory, OsStr::from_bytes(name.as_bytes()))
}
