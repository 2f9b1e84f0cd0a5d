//! Lock files: who has one open and locked holds the lock, and the kernel lets it go when its holder ends.

use std::fs::File;
use std::io::{self, Write};

use rustix::fs::{self, OFlags};
use rustix::io::Errno;

use super::{DiskResult, Root, split};

impl Root {
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
pub(crate) fn overwrite(file: &mut File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    io::Seek::rewind(file)?;
    file.write_all(text.as_bytes())
}

/// Takes an exclusive lock without waiting; `false` where another holds it.
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    match fs::flock(file, fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(errno) if says_held(errno) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
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
