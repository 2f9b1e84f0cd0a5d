//! Reads of files whose length others decide: up to a limit, from regular files only, so that neither a sparse file
//! nor a fifo nor a device keeps this program.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{self, OFlags};

use super::single::open_single;
use super::{DiskError, DiskResult, READING, Root, kind_of};

/// Longest list of globs (`.mosaicpreserve`, `bundle.toml`) in bytes: some 30,000 lines. More than that is no list
/// that a person keeps, and each line costs the matcher up to a hundred times its length.
pub(crate) const GLOBS_MAX: u64 = 1 << 20;
/// Longest text that people write for this program (roster, env file, unit, preset, case) and longest merge of
/// theirs, in bytes: what is larger is not merged, either (`MERGE_MAX`).
pub(crate) const TEXT_MAX: u64 = crate::decide::text::merge::MERGE_MAX;
/// Longest file of Mosaic's own state, in bytes: 200,000 files, the most in a bundle, each with the longest path, twice
/// over for a journal, which tells of before and after.
pub(crate) const STATE_MAX: u64 = 512 << 20;
/// Longest signature of a lock in bytes: a process id and a line end.
pub(crate) const SIGNATURE_MAX: u64 = 64;

/// A file that is longer than what is read of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is larger than {}", in_units(*.limit))]
pub(crate) struct TooLarge {
    /// Most bytes that it may have.
    pub limit: u64,
}

impl TooLarge {
    /// Tells whether a file was too large to be read.
    pub(crate) fn is_behind(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

impl Root {
    /// Reads a regular file whole, if it is no longer than that.
    pub(crate) fn read_at_most(&self, path: &str, limit: u64) -> DiskResult<Vec<u8>> {
        let content = within(&self.open_file(path)?, limit);
        content.map_err(|source| DiskError {
            verb: "read",
            path: self.full(path),
            source,
        })
    }
}

/// Reads the regular file that a path leads to, if it is no longer than that; links are followed.
pub(crate) fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    within(&open_single(path).map_err(|error| error.source)?, limit)
}

/// Like [`read_at_most`], of what a person names and may be a pipe: `<(command)`. One that nobody writes to has an end,
/// since it is opened without waiting, and nothing in it: that is not taken for a text.
pub(crate) fn read_named_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let flags = READING.difference(OFlags::NOFOLLOW);
    let file = File::from(fs::open(path, flags, fs::Mode::empty())?);
    if !kind_of(fs::fstat(&file)?.st_mode).is_fifo() {
        return read_at_most(path, limit);
    }
    fs::fcntl_setfl(&file, OFlags::empty())?;
    match within(&file, limit)? {
        nothing if nothing.is_empty() => Err(io::Error::other("nobody writes to that pipe")),
        content => Ok(content),
    }
}

/// Reads stdin to its end, if it is no longer than that.
pub(crate) fn read_stdin_at_most(limit: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    io::stdin()
        .lock()
        .take(limit + 1)
        .read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(io::Error::other(TooLarge { limit }));
    }
    Ok(content)
}

/// Like [`read_at_most`], for what must be UTF-8.
pub(crate) fn read_text_at_most(path: &Path, limit: u64) -> io::Result<String> {
    let content = read_at_most(path, limit)?;
    String::from_utf8(content).map_err(|_| io::Error::other("it is not UTF-8 text"))
}

/// The stat spares reading what is too large; the bound of the read holds where the file grows meanwhile.
fn within(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::other(TooLarge { limit });
    let size = file.metadata()?.len();
    if size > limit {
        return Err(too_large());
    }
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    file.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(content)
}

/// A limit for people. All limits are whole numbers of their unit.
fn in_units(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the files to be read are made without the door that is tried"
)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn what_is_within_the_limit_is_read_whole_and_what_is_not_is_refused() {
        let folder = folder();
        let root = Root::open(folder.path()).unwrap();
        for (length, is_read) in [
            (0, true),
            (7, true),
            (8, true),
            (9, false),
            (1 << 40, false),
        ] {
            let path = folder.path().join("text");
            File::create(&path).unwrap().set_len(length).unwrap();
            let by_root = root.read_at_most("text", 8).map_err(|error| error.source);
            for read in [by_root, read_at_most(&path, 8)] {
                match read {
                    Ok(content) => assert_eq!((content.len() as u64, is_read), (length, true)),
                    Err(error) => assert!(!is_read && TooLarge::is_behind(&error), "{length}"),
                }
            }
        }
    }

    #[test]
    fn nothing_but_a_regular_file_is_waited_for_or_read() {
        let folder = folder();
        let root = Root::open(folder.path()).unwrap();
        let fifo = folder.path().join("fifo");
        let mode = rustix::fs::Mode::RUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        for name in ["fifo", "folder"] {
            let said = root.read_at_most(name, 8).unwrap_err().source.to_string();
            assert_eq!(said, "it is not a regular file");
            assert!(read_at_most(&folder.path().join(name), 8).is_err());
        }
        let device = read_at_most(Path::new("/dev/zero"), 8).unwrap_err();
        assert_eq!(device.to_string(), "it is not a regular file");
    }

    #[test]
    fn a_limit_is_told_in_its_unit() {
        let says = |limit| TooLarge { limit }.to_string();
        assert_eq!(says(SIGNATURE_MAX), "it is larger than 64 bytes");
        assert_eq!(says(64 << 10), "it is larger than 64 KiB");
        assert_eq!(says(GLOBS_MAX), "it is larger than 1 MiB");
    }
}
