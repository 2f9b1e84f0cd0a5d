//! Looks at what a place allows, before anything is tried there.

use rustix::fs::{self, AtFlags};
use rustix::io::Errno;

use super::{Done, Root};

impl Root {
    /// Fails where this user may not change what is in a directory.
    pub fn check_writable(&self, directory: &str) -> Done {
        let access = fs::Access::WRITE_OK | fs::Access::EXEC_OK;
        let check =
            self.directory(directory).and_then(|fd| fs::accessat(&*fd, ".", access, AtFlags::EACCESS));
        check.map_err(|errno| self.error("write to the directory", directory, errno))
    }

    /// Fails where a file is marked as not to be changed (`chattr +i`, `+a`).
    pub fn check_mutable(&self, path: &str) -> Done {
        let stat = self.stat(path)?;
        let locked = fs::StatxAttributes::IMMUTABLE | fs::StatxAttributes::APPEND;
        match stat.stx_attributes.intersects(locked) {
            true => Err(self.error("change the immutable file", path, Errno::PERM)),
            false => Ok(()),
        }
    }

    /// Free bytes for this user on the file system of this root.
    pub fn free_bytes(&self) -> Done<u64> {
        let free = self.fd().and_then(fs::fstatvfs).map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize));
        free.map_err(|errno| self.error("look at the file system of", "", errno))
    }
}
