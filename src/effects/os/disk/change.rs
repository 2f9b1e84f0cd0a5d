//! Changes what is below a root: files and directories made, moved, removed, and made durable.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use rustix::fs::{self, AtFlags, FileType, OFlags, RenameFlags, StatxFlags};
use rustix::io::Errno;

use super::attributes::{Created, copy_attributes};
use super::{DiskError, DiskResult, LISTING, READING, Root, kind_of, outside, split};
use crate::model::ignore::Ignore;
use crate::model::mode::Mode;

/// Treatment of what is at the target of a rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The target must be free.
    Free,
    /// The target is replaced.
    Replaced,
    /// The two files change places.
    Exchanged,
}
impl Root {
    /// Makes a directory with exactly these permission bits.
    pub(crate) fn make_directory(&self, path: &str, mode: Mode) -> DiskResult {
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
            let flags = OFlags::DIRECTORY | READING;
            let given = fs::openat(&*above, name, flags, fs::Mode::empty())
                .and_then(|made| fs::fchmod(&made, mode_bits(mode)));
            if given.is_err() {
                fs::unlinkat(&*above, name, AtFlags::REMOVEDIR)
                    .ignore("what made it fail is what the caller must hear");
            }
            given
        };
        let made = make().map_err(|errno| self.error("make the directory", path, errno));
        self.forget_directory(path);
        made
    }

    /// Removes an empty directory.
    pub(crate) fn remove_directory(&self, path: &str) -> DiskResult {
        self.forget_directory(path);
        self.unlink(path, AtFlags::REMOVEDIR)
            .map_err(|errno| self.error("remove the directory", path, errno))
    }

    /// Removes a file.
    pub(crate) fn remove_file(&self, path: &str) -> DiskResult {
        self.unlink(path, AtFlags::empty())
            .map_err(|errno| self.error("remove", path, errno))
    }

    fn unlink(&self, path: &str, flags: AtFlags) -> Result<(), Errno> {
        let (directory, name) = split(path);
        fs::unlinkat(&*self.directory(directory)?, name, flags)
    }

    /// Removes a file, or an empty directory, that is right below the root; nothing there is fine, and `false` is a
    /// directory that is not empty. It works where no more files can be open.
    pub(crate) fn remove_here(&self, name: &str) -> DiskResult<bool> {
        self.forget_directory("");
        let remove = |flags| fs::unlinkat(self.fd()?, name, flags);
        let removed = match remove(AtFlags::empty()) {
            Err(Errno::ISDIR | Errno::PERM) => remove(AtFlags::REMOVEDIR),
            removed => removed,
        };
        match removed {
            Ok(()) | Err(Errno::NOENT) => Ok(true),
            Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(false),
            Err(errno) => Err(self.error("remove", name, errno)),
        }
    }

    /// Removes a directory and all below it, or a file; nothing there is fine. Links are not followed.
    pub(crate) fn remove_all(&self, path: &str) -> DiskResult {
        match self.stat_if_there(path)?.map(|stat| kind_of(stat.stx_mode)) {
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
    pub(crate) fn create(
        &self,
        path: &str,
        content: &[u8],
        mode: Mode,
        like: Option<&File>,
    ) -> DiskResult<Created> {
        self.create_filled(path, mode, like, |file| file.write_all(content))
    }

    /// Copies a file to a name that is not taken, durably, with these permission bits and its own group, attributes and
    /// access lists.
    pub(crate) fn copy(&self, from: &str, to: (&Root, &str), mode: Mode) -> DiskResult {
        let (to_root, to_path) = to;
        let original = self.open_file(from)?;
        let copied = to_root.create_filled(to_path, mode, Some(&original), |file| {
            std::io::copy(&mut &original, file).map(drop)
        })?;
        to_root.sync_open(&copied.file, to_path)
    }

    fn create_filled(
        &self,
        path: &str,
        mode: Mode,
        like: Option<&File>,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> DiskResult<Created> {
        let (directory, name) = split(path);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let created = self
            .directory(directory)
            .and_then(|fd| fs::openat(&*fd, name, flags, mode_bits(mode)));
        let mut file = File::from(created.map_err(|errno| self.error("create", path, errno))?);
        fill(&mut file).map_err(|source| DiskError {
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

    /// Sets the permission bits of a regular file.
    pub(crate) fn set_mode(&self, path: &str, mode: Mode) -> DiskResult {
        let file = self.open_file(path)?;
        fs::fchmod(&file, mode_bits(mode))
            .map_err(|errno| self.error("set the permissions of", path, errno))
    }

    /// Sets the permission bits of a directory.
    pub(crate) fn set_directory_mode(&self, path: &str, mode: Mode) -> DiskResult {
        let set = self
            .open_below(path, LISTING)
            .and_then(|fd| fs::fchmod(fd, mode_bits(mode)));
        set.map_err(|errno| self.error("set the permissions of", path, errno))
    }

    /// Renames a file or directory, within a file system, possibly into another root.
    pub(crate) fn rename(&self, from: &str, to: (&Root, &str), target: Target) -> DiskResult {
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
        let (from_directory, from_name) = split(from);
        let (to_directory, to_name) = split(to_path);
        let from_fd = self.directory(from_directory)?;
        let to_fd = to_root.directory(to_directory)?;
        fs::renameat_with(&*from_fd, from_name, &*to_fd, to_name, flags)
    }

    /// Gives a file another name, by a hard link.
    pub(crate) fn link(&self, from: &str, (to_root, to_path): (&Root, &str)) -> DiskResult {
        let (from_directory, from_name) = split(from);
        let (to_directory, to_name) = split(to_path);
        let link = || {
            let from_fd = self.directory(from_directory)?;
            let to_fd = to_root.directory(to_directory)?;
            fs::linkat(&*from_fd, from_name, &*to_fd, to_name, AtFlags::empty())
        };
        link().map_err(|errno| to_root.error("link", to_path, errno))
    }

    /// Makes a symbolic link that was not there.
    pub(crate) fn symlink(&self, leads_to: &str, path: &str) -> DiskResult {
        let (directory, name) = split(path);
        let made = self
            .directory(directory)
            .and_then(|fd| fs::symlinkat(leads_to, &*fd, name));
        made.map_err(|errno| self.error("link", path, errno))
    }

    /// Makes a file's content durable.
    pub(crate) fn sync_file(&self, path: &str) -> DiskResult {
        let file = self.open_file(path)?;
        fs::fsync(&file).map_err(|errno| self.error("sync", path, errno))
    }

    /// Makes the content of a file that [`Root::create`] made durable.
    pub(crate) fn sync_open(&self, file: &File, path: &str) -> DiskResult {
        fs::fsync(file).map_err(|errno| self.error("sync", path, errno))
    }

    /// Makes a directory's entries durable. The root itself is `""`.
    pub(crate) fn sync_directory(&self, path: &str) -> DiskResult {
        let sync = self.open_below(path, LISTING).and_then(fs::fsync);
        sync.map_err(|errno| self.error("sync the directory", path, errno))
    }

    /// Makes the entries of the directories that lead to this root durable, as far as they are on its mount: another's
    /// were there before. One that this user may not read is nothing that Mosaic made.
    pub(crate) fn sync_above(&self) -> DiskResult {
        let mount = self.stat_self()?.stx_mnt_id;
        let path = outside::real_or_same(self.path());
        for above in path.ancestors().skip(1) {
            match Self::open_plain(above) {
                Ok(above) if above.stat_self()?.stx_mnt_id == mount => {
                    match above.sync_directory("") {
                        Err(error) if error.errno() == Some(Errno::ACCESS) => {}
                        synced => synced?,
                    }
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// Makes all that was written to the file system of this root durable.
    pub(crate) fn sync_filesystem(&self) -> DiskResult {
        let sync = self.open_below("", LISTING).and_then(fs::syncfs);
        sync.map_err(|errno| self.error("sync the file system of", "", errno))
    }
}

/// Appends to a file that [`Root::create`] made.
pub(crate) fn append(file: &mut File, content: &[u8], path: impl Fn() -> PathBuf) -> DiskResult {
    file.write_all(content).map_err(|source| DiskError {
        verb: "write",
        path: path(),
        source,
    })
}

fn mode_bits(mode: Mode) -> fs::Mode {
    fs::Mode::from_bits_retain(mode.bits())
}
