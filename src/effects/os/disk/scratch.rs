//! A scratch folder, in memory where there is such a place: trees are written into it and read back whole. It goes
//! with the value.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{self, FileType, Statx};
use rustix::io::Errno;

use super::{DiskResult, Root, kind_of, split};
use crate::decide::home::magic;
use crate::effects::os::host;
use crate::model::ignore::Ignore;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::tree::Node;

/// Directory of files in memory.
const IN_MEMORY: &str = "/dev/shm";

static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// A folder of one's own that goes with the value.
pub(crate) struct Scratch {
    above: Root,
    name: String,
    /// Root of the folder.
    pub root: Root,
}

impl Scratch {
    /// Makes a folder, in memory if it can be.
    pub(crate) fn make() -> DiskResult<Self> {
        let memory = Path::new(IN_MEMORY);
        let is_memory =
            fs::statfs(memory).is_ok_and(|stat| u64::try_from(stat.f_type) == Ok(magic::TMPFS));
        match is_memory.then(|| Self::below(memory)) {
            Some(Ok(scratch)) => Ok(scratch),
            _ => Self::below(&host::temporary_folder()),
        }
    }

    fn below(folder: &Path) -> DiskResult<Self> {
        let above = Root::open(folder)?;
        let name = format!(
            "mosaic-matrix-{}-{}",
            host::pid(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        above.make_directory(&name, Mode::from_st_mode(0o700))?;
        let root = above.below(&name)?;
        Ok(Self { above, name, root })
    }

    /// Full path of something below the folder.
    pub(crate) fn full(&self, below: &str) -> PathBuf {
        self.root.full(below)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.above
            .remove_all(&self.name)
            .ignore("nobody can be told, and nothing rests on it");
    }
}

impl Root {
    /// Makes a node where nothing is.
    pub(crate) fn put(&self, path: &str, node: &Node) -> DiskResult {
        match node {
            Node::File { content, mode } => self.create(path, content, *mode, None).map(drop),
            Node::Directory { mode } => self.make_directory(path, *mode),
            Node::Link { target } => self.symlink(target, path),
            Node::Other => Err(self.error("make", path, Errno::INVAL)),
        }
    }

    /// Node at a path, whole, with its stat.
    pub(crate) fn node(&self, path: &str) -> DiskResult<(Node, Statx)> {
        let stat = self.stat(path)?;
        let mode = Mode::from_st_mode(stat.stx_mode.into());
        let node = match kind_of(stat.stx_mode) {
            FileType::RegularFile => Node::file(&self.read(path)?, mode),
            FileType::Directory => Node::Directory { mode },
            FileType::Symlink => Node::Link {
                target: self.target(path)?,
            },
            _ => Node::Other,
        };
        Ok((node, stat))
    }

    fn target(&self, path: &str) -> DiskResult<String> {
        let (directory, name) = split(path);
        let target = self
            .directory(directory)
            .and_then(|fd| fs::readlinkat(&*fd, name, Vec::new()));
        let target = target.map_err(|errno| self.error("read the link", path, errno))?;
        target
            .into_string()
            .map_err(|_| self.error("read the link", path, Errno::ILSEQ))
    }

    /// Every path below a directory, each directory before what is in it; those that `skip` names are left out
    /// with all below them.
    pub(crate) fn walk(
        &self,
        directory: &str,
        skip: &dyn Fn(&str) -> bool,
        seen: &mut dyn FnMut(&str) -> DiskResult,
    ) -> DiskResult {
        let mut names = self.children(directory)?;
        names.sort();
        for (name, is_directory) in names {
            let name = RelPath::from_bytes(&name)
                .map_err(|_| self.error("read", directory, Errno::ILSEQ))?;
            let path = if directory.is_empty() {
                name.to_string()
            } else {
                format!("{directory}/{name}")
            };
            if skip(&path) {
                continue;
            }
            seen(&path)?;
            if is_directory {
                self.walk(&path, skip, seen)?;
            }
        }
        Ok(())
    }
}
