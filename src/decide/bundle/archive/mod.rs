//! A release in one file: a tar in zstd frames, of which the first tells what the others must hold.
//!
//! ```text
//! frame 1    bundle.toml and bundle.sha256, which lists every file with its digest, bits and size
//! frame 2..  the other files, sorted by path: as many as fit in 1 MiB, or one that does not; then the end of the tar
//! ```
//!
//! Any tar that knows zstd unpacks it. The other way round, only what `mosaic bundle pack` writes is taken:
//! given the list, every byte of the tar but the contents is known beforehand, and those have digests.

pub(crate) mod hashes;
pub(crate) mod index;
pub(crate) mod layout;
pub(crate) mod strict;
pub(crate) mod ustar;

use crate::model::bundle::HASHES;
use crate::model::path::PathError;

/// Most bytes that the first frame unpacks to.
pub(crate) const INDEX_MAX: u64 = 64 << 20;
/// Most bytes that a byte of the archive may unpack to, past [`RATIO_FREE`].
pub(crate) const RATIO_MAX: u64 = 1000;
/// So many bytes may come of any archive, however small.
pub(crate) const RATIO_FREE: u64 = 16 << 20;
/// The logarithm of the most bytes that unpacking may have to look back.
pub(crate) const WINDOW_LOG: u32 = 20;

/// A fault of an archive, or of a directory beside its list of hashes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveFault {
    /// A file in it.
    #[error("{entry:?} {problem}")]
    Entry { entry: String, problem: EntryFault },
    /// A line of its list.
    #[error("{HASHES}, line {line}: {problem}")]
    Hashes { line: usize, problem: HashesFault },
    /// The archive is not whole.
    #[error("it ends in the middle of {0:?}")]
    CutShort(String),
    /// The archive goes on where it should end.
    #[error("something follows the end of the tar in it")]
    TrailingBytes,
    /// Another program packed it.
    #[error(
        "another program packed it: an archive that tar and zstd make has no list of hashes first"
    )]
    NotPacked,
    /// The compressed bytes are wrong.
    #[error("it cannot be unpacked at {entry:?}: {problem}")]
    Compression { entry: String, problem: String },
    /// A frame is longer or shorter than the list of hashes implies.
    #[error("its zstd frames are not cut where `mosaic bundle pack` cuts them, at {0:?}")]
    Frames(String),
    /// Tiny, and huge when unpacked.
    #[error("it would unpack to more than {RATIO_MAX} times its size")]
    Ratio,
    /// Compressed bytes that nothing comes of.
    #[error("it is larger than what it unpacks to")]
    Bloated,
    /// The first frame is past its bound.
    #[error("{HASHES} is larger than {} MiB", INDEX_MAX >> 20)]
    IndexTooLarge,
}

/// A fault of one file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    /// No home may hold it.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Not a regular file.
    #[error("is a {0}; an archive holds regular files only")]
    Kind(&'static str),
    /// A header that another tar wrote, or nobody.
    #[error("has a header that `mosaic bundle pack` does not write ({0})")]
    Header(&'static str),
    /// In the tar, and not in the list.
    #[error("is not listed in {HASHES}")]
    Unlisted,
    /// In the list, and not there.
    #[error("is listed in {HASHES}, and is not there")]
    Missing,
    /// There already.
    #[error("comes twice")]
    Twice,
    /// Somewhere else than where its name belongs.
    #[error("comes where {0} belongs: files are sorted by path")]
    OutOfOrder(String),
    /// In the first frame, or not where it should be there.
    #[error(
        "stands where {0} belongs: an archive begins with bundle.toml and {HASHES}, alone in a frame"
    )]
    NotTheIndex(&'static str),
    /// Longer or shorter than listed.
    #[error("has {found} bytes, and {HASHES} says {listed}")]
    Size { found: u64, listed: u64 },
    /// Other permission bits than listed.
    #[error("has mode {found:04o}, and {HASHES} says {listed:04o}")]
    Mode { found: u32, listed: u32 },
    /// Another content than listed.
    #[error("does not match its hash in {HASHES}")]
    Content,
    /// Two readers of the same bytes tell different things.
    #[error("is read differently by two readers of tar")]
    Disagreement,
}

/// A fault of a line in the list of hashes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashesFault {
    /// The first line is not ours.
    #[error(
        "it must be `{}`; a later mosaic may have written it",
        hashes::FIRST_LINE
    )]
    FirstLine,
    /// Not the four words.
    #[error("not a digest, 644 or 755, a size and a path: {0:?}")]
    Form(String),
    /// A path that no home may hold.
    #[error("{path:?} {why}")]
    Path { path: String, why: PathError },
    /// The same path again.
    #[error("{0:?} is listed twice")]
    Twice(String),
    /// Not sorted by path.
    #[error("{0:?} is not in the order of paths")]
    OutOfOrder(String),
    /// No end of line at the end.
    #[error("it is cut short")]
    CutShort,
    /// The list must hold `bundle.toml`.
    #[error("bundle.toml is missing before it")]
    NoManifest,
}

impl ArchiveFault {
    /// A fault of one file.
    pub fn entry(entry: &str, problem: impl Into<EntryFault>) -> Self {
        Self::Entry {
            entry: entry.to_owned(),
            problem: problem.into(),
        }
    }
}
