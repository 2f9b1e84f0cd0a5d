//! Looks at what a place allows, before anything is tried there.

use std::path::Path;

use rustix::fs::{self, AtFlags, StatFs, StatVfs, StatVfsMountFlags, Statx};
use rustix::io::Errno;

use super::{DiskResult, LISTING, Root};
use crate::decide::doctor::file_system::FileSystemFacts;
use crate::decide::doctor::mounts::Mount;
use crate::decide::home::barrier::{Barrier, Ground, barrier};
use crate::decide::home::magic;
use crate::decide::home::names::Naming;

impl Root {
    /// The file system that the root is on, asked without writing anything to it.
    pub(crate) fn file_system(&self) -> DiskResult<FileSystemFacts> {
        // An attribute that nobody has: a file system without attributes gives another answer.
        const NOBODYS: &str = "user.mosaic.probe";
        let look = || {
            let directory = self.open_below("", LISTING)?;
            let kind = fs::fstatfs(&directory)?;
            let room = fs::fstatvfs(&directory)?;
            let attribute = fs::fgetxattr_query(&directory, NOBODYS);
            Ok(FileSystemFacts {
                magic: magic_of(&kind),
                is_read_only: room.f_flag.contains(StatVfsMountFlags::RDONLY),
                refuses_writes: fs::accessat(
                    &directory,
                    ".",
                    fs::Access::WRITE_OK,
                    AtFlags::EACCESS,
                ) == Err(Errno::ROFS),
                is_noexec: room.f_flag.contains(StatVfsMountFlags::NOEXEC),
                free_bytes: free_bytes(&room),
                free_inodes: (room.f_files > 0).then_some(room.f_favail),
                takes_attributes: attribute != Err(Errno::OPNOTSUPP),
                ..FileSystemFacts::default()
            })
        };
        look().map_err(|errno| self.error("look at the file system of", "", errno))
    }

    /// What a directory, `""` for the root itself, says of the names that it takes.
    pub(crate) fn naming(&self, path: &str) -> DiskResult<Naming> {
        let ask = || {
            let directory = self.directory(path)?;
            let longest = fs::fstatvfs(&*directory)?.f_namemax;
            let magic = magic_of(&fs::fstatfs(&*directory)?);
            Ok(Naming { magic, longest })
        };
        ask().map_err(|errno| self.error("look at the file system of", path, errno))
    }

    /// Tells whether the number of a file's names (hard links) is true here: a server on FUSE may count only those that
    /// it has met since it was started (fuse-overlayfs 1.10), or none but one (sshfs).
    pub(crate) fn counts_names(&self) -> DiskResult<bool> {
        // From `linux/magic.h`.
        Ok(self.naming("")?.magic != magic::FUSE)
    }

    /// The barrier that the file system of this directory keeps, by what is known of it and its mount.
    pub(crate) fn barrier(&self, mounts: &[Mount]) -> DiskResult<Barrier> {
        let upper = |path: &str| Root::open(Path::new(path)).ok()?.ground(mounts).ok();
        Ok(barrier(self.ground(mounts)?, upper))
    }

    fn ground<'m>(&self, mounts: &'m [Mount]) -> DiskResult<Ground<'m>> {
        let id = self.stat_self()?.stx_mnt_id;
        let kind = self.fd().and_then(fs::fstatfs);
        let kind = kind.map_err(|errno| self.error("look at the file system of", "", errno))?;
        Ok(Ground {
            magic: magic_of(&kind),
            mount: mounts.iter().find(|mount| mount.id == id),
        })
    }

    /// Fails where this user may not change what is in a directory.
    pub(crate) fn check_writable(&self, directory: &str) -> DiskResult {
        let access = fs::Access::WRITE_OK | fs::Access::EXEC_OK;
        let check = self
            .directory(directory)
            .and_then(|fd| fs::accessat(&*fd, ".", access, AtFlags::EACCESS));
        check.map_err(|errno| self.error("write to the directory", directory, errno))
    }

    /// Fails where a file or a directory, `""` for the root itself, is marked as not to be changed (`chattr +i`, `+a`).
    pub(crate) fn check_mutable(&self, path: &str) -> DiskResult {
        let stat = match path {
            "" => self.stat_self()?,
            path => self.stat(path)?,
        };
        let locked = fs::StatxAttributes::IMMUTABLE | fs::StatxAttributes::APPEND;
        if stat.stx_attributes.intersects(locked) {
            Err(self.error("change the immutable file", path, Errno::PERM))
        } else {
            Ok(())
        }
    }

    /// Fails where a mount begins at a path: nothing can be moved into its place, nor away from there.
    pub(crate) fn check_no_mount(&self, path: &str) -> DiskResult {
        if is_mount(&self.stat(path)?) {
            Err(self.error("change what is a mount of its own", path, Errno::BUSY))
        } else {
            Ok(())
        }
    }

    /// Tells whether what comes into a directory, `""` for the root itself, gets the directory's project (`chattr +P`):
    /// a rename into it then fails for a file of another one. Where the file system has no such thing, it does not.
    pub(crate) fn inherits_project(&self, path: &str) -> bool {
        // From `linux/fs.h`.
        const FS_PROJINHERIT_FL: u32 = 0x2000_0000;
        let flags = self.open_below(path, LISTING).and_then(fs::ioctl_getflags);
        flags.is_ok_and(|flags| flags.bits() & FS_PROJINHERIT_FL != 0)
    }

    /// Free bytes for this user on the file system of this root; `None` where they are not counted.
    pub(crate) fn free_bytes(&self) -> DiskResult<Option<u64>> {
        let room = self.fd().and_then(fs::fstatvfs);
        room.map(|room| free_bytes(&room))
            .map_err(|errno| self.error("look at the file system of", "", errno))
    }
}

/// Tells whether a mount begins at what was looked at; kernels before 5.8 do not tell.
pub(crate) fn is_mount(stat: &Statx) -> bool {
    stat.stx_attributes
        .contains(fs::StatxAttributes::MOUNT_ROOT)
}

fn magic_of(kind: &StatFs) -> u64 {
    kind.f_type as u64 & 0xFFFF_FFFF
}

/// A file system in memory, or one that a program serves, may say that it has no blocks at all.
fn free_bytes(room: &StatVfs) -> Option<u64> {
    (room.f_blocks > 0).then(|| room.f_bavail.saturating_mul(room.f_frsize))
}
