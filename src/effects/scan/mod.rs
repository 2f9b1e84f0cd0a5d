//! Looks at paths below a root, in parallel, reading only what the stat cache cannot vouch for.

pub(crate) mod horizon;
pub(crate) mod stat_cache;

use crate::decide::home::names;
use crate::decide::plan::evidence::FileSight;
use crate::model::change::{FileState, Presence};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FileType, Statx};
use rustix::io::Errno;

use crate::effects::os::disk::inspect::is_mount;
use crate::effects::os::disk::single::open_single;
use crate::effects::os::disk::{DiskError, Root, kind_of};
use crate::effects::os::host;
use crate::effects::os::thread::Task;
use crate::effects::scan::horizon::Noted;
use crate::effects::scan::stat_cache::{FileKey, Known, Stamp};
use crate::model::digest::{Digest, Hasher};
use crate::model::found::{Found, FoundFile};
use crate::model::mode::Mode;
use crate::model::path::{PathError, RelPath};

/// Files up to this size are read at once, larger ones in pieces.
const READ_AT_ONCE: u64 = 1 << 20;
/// Larger files, and those that are read only for their digest, are read in pieces of so many bytes.
const PIECE: usize = 64 << 10;
/// Bytes of content that a walk keeps in memory.
const KEPT_CONTENTS_MAX: usize = 8 << 20;
/// Fewer paths than this are not worth a thread.
const WORTH_A_THREAD: usize = 256;

static FILES_READ: AtomicU64 = AtomicU64::new(0);
static BYTES_READ: AtomicU64 = AtomicU64::new(0);

/// Numbers of files and of bytes that this process has read so far.
pub(crate) fn read_so_far() -> (u64, u64) {
    (
        FILES_READ.load(Ordering::Relaxed),
        BYTES_READ.load(Ordering::Relaxed),
    )
}

/// Findings of a scan.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// Found at each path, in the order of the paths asked for.
    pub found: Vec<Found>,
    /// Entries for the next stat cache.
    pub seen: CacheUpdate,
    /// Contents that had to be read, up to a bound: whoever needs them next need not read them again.
    pub contents: HashMap<RelPath, Vec<u8>>,
}

impl Scanned {
    fn extend(&mut self, part: Self) {
        self.found.extend(part.found);
        self.contents.extend(part.contents);
        self.seen.extend(part.seen);
    }
}

/// Changes of the stat cache: what the next one is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct CacheUpdate {
    /// The entries of this one that vouched for a file.
    pub vouched: Vec<FileKey>,
    /// The files that were read.
    pub noted: Vec<Noted>,
    /// Number of files that had to be read.
    pub read: usize,
}

impl CacheUpdate {
    /// Adds the changes of another look.
    pub(crate) fn extend(&mut self, other: Self) {
        self.vouched.extend(other.vouched);
        self.noted.extend(other.noted);
        self.read += other.read;
    }
}

/// Looks at each of these paths, which are best sorted.
pub(crate) fn scan(root: &Root, paths: &[RelPath], known: Known) -> Result<Scanned, DiskError> {
    scan_keeping(root, paths, known, 0)
}

/// Looks at paths, and keeps up to `room` bytes of what has to be read.
fn scan_keeping(
    root: &Root,
    paths: &[RelPath],
    known: Known,
    room: usize,
) -> Result<Scanned, DiskError> {
    let threads = host::threads().min(paths.len() / WORTH_A_THREAD).max(1);
    let work = |root: Root, paths: &[RelPath]| {
        let mut scanner = Scanner::new(root, known, room / threads);
        paths
            .iter()
            .try_for_each(|path| scanner.look(path))
            .map(|()| scanner.scanned)
    };
    std::thread::scope(|scope| {
        let mut chunks = paths.chunks(paths.len().div_ceil(threads).max(1));
        let first = chunks.next().unwrap_or_default();
        let others: Vec<_> = chunks
            .map(|chunk| {
                let twin = root.twin();
                Task::start(scope, move || work(twin.into(), chunk))
            })
            .collect();
        let mut all = work(root.twin().into(), first)?;
        for other in others {
            all.extend(other.join()?);
        }
        Ok(all)
    })
}

/// Looks at everything below a root that is not a directory, in one walk, except for what `passes_over` of its path,
/// and what is below that; what the cache cannot vouch for is read afterwards, in parallel. A name that no home may hold
/// ends it.
pub(crate) fn scan_tree(
    root: &Root,
    known: Known,
    mut passes_over: impl FnMut(&str) -> bool,
) -> Result<(Vec<RelPath>, Scanned), TreeError> {
    let mut scanner = Scanner::new(root.twin().into(), known, 0);
    let mut paths = Vec::new();
    let mut unread = Vec::new();
    let mut directories = vec![String::new()];
    while let Some(directory) = directories.pop() {
        for (name, is_directory) in scanner.root.children(&directory)? {
            let slash = if directory.is_empty() { "" } else { "/" };
            let shown = format!("{directory}{slash}{}", String::from_utf8_lossy(&name));
            if passes_over(&shown) {
                continue;
            }
            let path = match std::str::from_utf8(&name) {
                Ok(_) => RelPath::parse(&shown),
                Err(_) => Err(PathError::NotUtf8),
            };
            let path = path.map_err(|why| TreeError::Path { path: shown, why })?;
            if is_directory {
                directories.push(path.as_str().to_owned());
            } else if scanner.look_unless_unread(&path)? {
                paths.push(path);
            } else {
                unread.push(path);
            }
        }
    }
    unread.sort_unstable();
    scanner
        .scanned
        .extend(scan_keeping(root, &unread, known, KEPT_CONTENTS_MAX)?);
    paths.extend(unread);
    Ok((paths, scanner.scanned))
}

/// Reason why a tree could not be walked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TreeError {
    /// The file system did not do something.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A name that no home may hold.
    #[error("{path:?} {why}")]
    Path {
        /// Path of the name, as far as it is text.
        path: String,
        /// Reason why no home may hold it.
        why: PathError,
    },
}

struct Scanner<'a> {
    root: Root,
    known: Known<'a>,
    scanned: Scanned,
    buffer: Vec<u8>,
    /// Bytes of content that may still be kept.
    room: usize,
}

impl<'a> Scanner<'a> {
    fn new(root: Root, known: Known<'a>, room: usize) -> Self {
        Self {
            root,
            known,
            scanned: Scanned::default(),
            buffer: Vec::new(),
            room,
        }
    }

    fn look(&mut self, path: &RelPath) -> Result<(), DiskError> {
        let found = match self.root.look(path.as_str()) {
            Ok(stat) => self.recognize(path, &stat)?,
            Err(Errno::NOENT) => Found::Absent,
            Err(Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => self.obstacle(path),
            // What the file system has no names for is not there; whoever wants to put it there is refused.
            Err(Errno::INVAL | Errno::ILSEQ | Errno::NAMETOOLONG)
                if !names::is_plain(path.split().1) =>
            {
                Found::Absent
            }
            Err(errno) => {
                return Err(self
                    .root
                    .stat(path.as_str())
                    .err()
                    .unwrap_or_else(|| unstable(&self.root, path, errno)));
            }
        };
        self.scanned.found.push(found);
        Ok(())
    }

    /// Looks at a path, unless it is a file that would have to be read; returns whether it did.
    fn look_unless_unread(&mut self, path: &RelPath) -> Result<bool, DiskError> {
        let stat = self.root.stat(path.as_str())?;
        let found = match kind_of(stat.stx_mode) {
            FileType::RegularFile => match self.vouched(path, &stat) {
                Some(digest) => Found::File(found_file(digest, &stat)),
                None => return Ok(false),
            },
            _ => self.recognize(path, &stat)?,
        };
        self.scanned.found.push(found);
        Ok(true)
    }

    fn recognize(&mut self, path: &RelPath, stat: &Statx) -> Result<Found, DiskError> {
        Ok(match kind_of(stat.stx_mode) {
            FileType::RegularFile => Found::File(self.file(path, stat)?),
            FileType::Directory => Found::Directory,
            other => Found::Other(kind_name(other)),
        })
    }

    fn file(&mut self, path: &RelPath, stat: &Statx) -> Result<FoundFile, DiskError> {
        let digest = match self.vouched(path, stat) {
            Some(digest) => digest,
            None => {
                let digest = self.read(path, stat.stx_size)?;
                let noted = Noted::read(self.known, path.as_str(), stat, digest);
                self.scanned.seen.noted.push(noted);
                digest
            }
        };
        Ok(found_file(digest, stat))
    }

    /// The digest of a file that the cache vouches for.
    fn vouched(&mut self, path: &RelPath, stat: &Statx) -> Option<Digest> {
        let vouched = &mut self.scanned.seen.vouched;
        let before = vouched.last().copied();
        let stamp = Stamp::from(stat);
        let (place, digest) = self.known.find_after(before, path.as_str(), &stamp)?;
        vouched.push(place);
        Some(digest)
    }

    fn read(&mut self, path: &RelPath, size: u64) -> Result<Digest, DiskError> {
        self.scanned.seen.read += 1;
        FILES_READ.fetch_add(1, Ordering::Relaxed);
        BYTES_READ.fetch_add(size, Ordering::Relaxed);
        if size > READ_AT_ONCE {
            return digest_of(&self.root, path.as_str());
        }
        self.root.read_into(path.as_str(), &mut self.buffer)?;
        if let Some(room) = self.room.checked_sub(self.buffer.len()) {
            self.room = room;
            self.scanned
                .contents
                .insert(path.clone(), self.buffer.clone());
        }
        Ok(Digest::of(&self.buffer))
    }

    /// The parent of a path that is not a directory: in the way, or a link that leads out of the
    /// root.
    fn obstacle(&self, path: &RelPath) -> Found {
        let mut above: Vec<_> = path.ancestors().collect();
        above.reverse();
        for parent in above {
            match self
                .root
                .look(parent.as_str())
                .map(|stat| kind_of(stat.stx_mode))
            {
                Ok(FileType::Directory) => {}
                Ok(FileType::Symlink) if !self.root.link_stays_below(parent.as_str()) => {
                    return Found::Outside(parent);
                }
                _ => return Found::Blocked(parent),
            }
        }
        Found::Absent
    }
}

fn found_file(digest: Digest, stat: &Statx) -> FoundFile {
    FoundFile {
        digest,
        size: stat.stx_size,
        mode: Mode::from_st_mode(stat.stx_mode.into()),
        uid: stat.stx_uid,
        links: stat.stx_nlink,
        is_mount: is_mount(stat),
    }
}

/// The digest of a file of any size.
pub(crate) fn digest_of(root: &Root, path: &str) -> Result<Digest, DiskError> {
    digest_of_open(root.open_file(path)?, &root.full(path))
}

/// The digest of the regular file that a path leads to, links followed.
pub(crate) fn digest_of_single(path: &Path) -> Result<Digest, DiskError> {
    digest_of_open(open_single(path)?, path)
}

fn digest_of_open(mut file: File, path: &Path) -> Result<Digest, DiskError> {
    let failed = |source| DiskError {
        verb: "read",
        path: path.to_owned(),
        source,
    };
    let mut hasher = Hasher::default();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece).map_err(failed)? {
            0 => return Ok(hasher.finish()),
            length => std::io::Write::write_all(&mut hasher, &piece[..length]).map_err(failed)?,
        }
    }
}

/// Name of a kind of file, for people.
pub(crate) fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "file",
        FileType::Directory => "directory",
        FileType::Symlink => "symbolic link",
        FileType::Socket => "socket",
        FileType::Fifo => "fifo",
        FileType::CharacterDevice | FileType::BlockDevice => "device",
        _ => "special file",
    }
}

fn unstable(root: &Root, path: &RelPath, errno: Errno) -> DiskError {
    DiskError {
        verb: "look at",
        path: root.full(path.as_str()),
        source: errno.into(),
    }
}

/// State of a path below a root.
pub(crate) fn state_at(root: &Root, path: &str) -> Result<FileSight, DiskError> {
    let stat = match root.look(path) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(FileSight::Known(Presence::Nothing)),
        Err(Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => return Ok(FileSight::Foreign),
        Err(_) => root.stat(path)?,
    };
    let mode = Mode::from_st_mode(stat.stx_mode.into());
    let presence = match kind_of(stat.stx_mode) {
        FileType::RegularFile => Presence::File(FileState {
            digest: digest_of(root, path)?,
            mode,
        }),
        FileType::Directory => Presence::Directory(mode),
        _ => return Ok(FileSight::Foreign),
    };
    Ok(if is_mount(&stat) {
        FileSight::Mount(presence)
    } else {
        FileSight::Known(presence)
    })
}
