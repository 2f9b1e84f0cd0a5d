//! Looks below a root: what the kernel says of a path, contents, names.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::rc::Rc;

use rustix::fs::{self, AtFlags, FileType, OFlags, ResolveFlags, Statx, StatxFlags};
use rustix::io::Errno;

use crate::decide::plan::folding::folded;

use super::{DiskError, DiskResult, LISTING, NOT_A_FILE, READING, Root, kind_of, split};

const LISTING_BUFFER: usize = 16 << 10;

impl Root {
    /// Stat of a path; a link in its last component is not followed.
    pub(crate) fn stat(&self, path: &str) -> DiskResult<Statx> {
        self.look(path)
            .map_err(|errno| self.error("look at", path, errno))
    }

    /// Like [`Root::stat`], with the kernel's bare answer.
    pub(crate) fn look(&self, path: &str) -> Result<Statx, Errno> {
        let (directory, name) = split(path);
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        fs::statx(
            &*self.directory(directory)?,
            name,
            flags,
            StatxFlags::BASIC_STATS | StatxFlags::MNT_ID,
        )
    }

    /// Stat of a path; `None` where nothing is there.
    pub(crate) fn stat_if_there(&self, path: &str) -> DiskResult<Option<Statx>> {
        match self.look(path) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.error("look at", path, errno)),
        }
    }

    /// The root directory itself.
    pub(crate) fn stat_self(&self) -> DiskResult<Statx> {
        let flags = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
        let look = || fs::statx(self.fd()?, "", AtFlags::EMPTY_PATH, flags);
        look().map_err(|errno| self.error("look at", "", errno))
    }

    /// Tells whether a link's way stays below the root, whether or not something is at its end yet: the answer must not
    /// change once it comes. An absolute path counts as a way out.
    pub(crate) fn link_stays_below(&self, path: &str) -> bool {
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
        !matches!(open(), Err(Errno::XDEV))
    }

    /// Opens a regular file for reading.
    pub(crate) fn open_file(&self, path: &str) -> DiskResult<File> {
        self.open_sized(path).map(|(file, _)| file)
    }

    fn open_sized(&self, path: &str) -> DiskResult<(File, u64)> {
        let (directory, name) = split(path);
        let open = || {
            let fd = self.directory(directory)?;
            let file = fs::openat(&*fd, name, READING, fs::Mode::empty())?;
            let stat = fs::fstat(&file)?;
            match kind_of(stat.st_mode) {
                FileType::RegularFile => {
                    Ok((File::from(file), u64::try_from(stat.st_size).unwrap_or(0)))
                }
                _ => Err(io::Error::other(NOT_A_FILE)),
            }
        };
        open().map_err(|source| DiskError {
            verb: "read",
            path: self.full(path),
            source,
        })
    }

    /// Reads a regular file whole.
    pub(crate) fn read(&self, path: &str) -> DiskResult<Vec<u8>> {
        let mut content = Vec::new();
        self.read_into(path, &mut content)?;
        Ok(content)
    }

    /// Reads a regular file whole into a buffer that is emptied first.
    pub(crate) fn read_into(&self, path: &str, content: &mut Vec<u8>) -> DiskResult {
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
    pub(crate) fn children(&self, path: &str) -> DiskResult<Vec<(Vec<u8>, bool)>> {
        self.list(path)
            .map_err(|errno| self.error("list", path, errno))
    }

    /// A path of something that is there, as it is spelled on disk: the kernel may have found it by another spelling.
    pub(crate) fn spelled(&self, path: &str) -> DiskResult<Option<String>> {
        let mut spelled = String::new();
        for name in path.split('/') {
            let names = self.children(&spelled)?;
            let mut names = names
                .iter()
                .filter_map(|(name, _)| str::from_utf8(name).ok());
            let alike = |there: &&str| folded(there) == folded(name);
            let there = if names.clone().any(|there| there == name) {
                Some(name)
            } else {
                names.find(alike)
            };
            let Some(there) = there else {
                return Ok(None);
            };
            if !spelled.is_empty() {
                spelled.push('/');
            }
            spelled.push_str(there);
        }
        Ok(Some(spelled))
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
}

/// Tells whether a name is a directory's, for file systems whose listings do not.
fn is_directory(fd: &OwnedFd, name: &CStr) -> Result<bool, Errno> {
    let stat = fs::statx(fd, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)?;
    Ok(kind_of(stat.stx_mode).is_dir())
}
