//! Lock files: who has one open and locked holds the lock, and the kernel lets it go when its holder ends.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use rustix::fs::{self, AtFlags, OFlags, Statx, StatxFlags};
use rustix::io::Errno;

use super::{DiskResult, LISTING, Root, split};

impl Root {
    /// Opens a directory below this one as a root of its own that can be locked.
    pub(crate) fn below_for_lock(&self, path: &str) -> DiskResult<Self> {
        let fd = self
            .open_below(path, LISTING)
            .map_err(|errno| self.error("open the directory", path, errno))?;
        Ok(Self::of(fd, self.full(path).into()))
    }

    /// Takes an exclusive lock on the directory itself, without waiting; `false` where another holds it. `None` where
    /// the file system locks no directories.
    pub(crate) fn try_lock(&self) -> Option<bool> {
        match fs::flock(
            self.fd().ok()?,
            fs::FlockOperation::NonBlockingLockExclusive,
        ) {
            Ok(()) => Some(true),
            Err(Errno::WOULDBLOCK) => Some(false),
            Err(_) => None,
        }
    }

    /// Lets the lock on the directory go.
    pub(crate) fn unlock(&self) -> io::Result<()> {
        unlock(self.fd()?)
    }

    /// Opens or creates a file of state for a lock; never through a link.
    pub(crate) fn open_lock(&self, path: &str) -> DiskResult<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let (directory, name) = split(path);
        let opened = self
            .directory(directory)
            .and_then(|fd| fs::openat(&*fd, name, flags, fs::Mode::from_bits_retain(0o600)));
        opened
            .map(File::from)
            .map_err(|errno| self.error("open", path, errno))
    }
}

/// Puts a text in the place of all that a file held.
pub(crate) fn overwrite(mut file: &File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    io::Seek::rewind(&mut file)?;
    file.write_all(text.as_bytes())
}

/// Takes an exclusive lock without waiting; `false` where another holds it.
pub(crate) fn try_lock(file: impl AsFd) -> io::Result<bool> {
    match fs::flock(file, fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(errno) if says_held(errno) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Lets a lock go before its file is closed.
pub(crate) fn unlock(file: impl AsFd) -> io::Result<()> {
    Ok(fs::flock(file, fs::FlockOperation::Unlock)?)
}

/// Stat of an open lock file.
pub(crate) fn stat_lock(file: &File) -> io::Result<Statx> {
    Ok(fs::statx(
        file,
        "",
        AtFlags::EMPTY_PATH,
        StatxFlags::BASIC_STATS,
    )?)
}

/// Tells whether two stats are of one file.
pub(crate) fn is_same(one: &Statx, other: &Statx) -> bool {
    let key = |stat: &Statx| (stat.stx_dev_major, stat.stx_dev_minor, stat.stx_ino);
    key(one) == key(other)
}

/// Tells whether an error of a lock on a file that could be opened means that another holds it. CIFS and some
/// NFS servers answer as fcntl(2) may.
fn says_held(errno: Errno) -> bool {
    matches!(errno, Errno::WOULDBLOCK | Errno::ACCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_held_is_told_from_one_that_cannot_be_had() {
        let held = [Errno::AGAIN, Errno::WOULDBLOCK, Errno::ACCESS];
        assert!(held.into_iter().all(says_held));
        let failed = [
            Errno::NOLCK,
            Errno::IO,
            Errno::PERM,
            Errno::ROFS,
            Errno::NOSYS,
            Errno::OPNOTSUPP,
        ];
        assert!(!failed.into_iter().any(says_held));
    }
}
