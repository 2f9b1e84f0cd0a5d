//! Reads a whole archive once, with two readers of tar at the same time that must both find what is listed.

use std::io::{self, Read};

use crate::decide::bundle::archive::hashes::mode_of;
use crate::decide::bundle::archive::strict::{Expected, StrictReader};
use crate::decide::bundle::archive::{ArchiveFault, EntryFault};
use crate::effects::bundle::archive::FrameStart;
use crate::effects::bundle::archive::frames::{FrameFault, Frames};
use crate::model::digest::Digest;

/// The archive that its index foretells.
pub(super) struct Foretold<'a> {
    /// The unpacked first frame.
    pub index: &'a [u8],
    /// The archive's files, in their order.
    pub files: &'a [Expected<'a>],
    /// Offsets in the tar at which the other frames end.
    pub cuts: &'a [u64],
}

/// Reason why an archive is not as foretold.
pub(super) enum Unsound {
    /// The bytes are not those foretold.
    Fault(ArchiveFault),
    /// The file could not be read.
    Disk(io::Error),
}

/// Reads on behind the first frame, to the end of the file; returns where each frame begins.
pub(super) fn verify(foretold: &Foretold, frames: &mut Frames) -> Result<Vec<FrameStart>, Unsound> {
    let mut stream = Stream {
        index: foretold.index,
        cuts: foretold.cuts,
        frames,
        tar_offset: 0,
        begun: Vec::with_capacity(foretold.cuts.len()),
        strict: StrictReader::new(foretold.files),
        unsound: None,
    };
    let agreed = read_as_tar(&mut stream, foretold.files);
    // What follows the end of the tar is the strict reader's to judge alone.
    let drained = if agreed.is_ok() {
        io::copy(&mut stream, &mut io::sink()).map(drop)
    } else {
        Ok(())
    };
    if let Some(unsound) = stream.unsound {
        return Err(unsound);
    }
    agreed.map_err(Unsound::Fault)?;
    drained.map_err(Unsound::Disk)?;
    stream.strict.finish().map_err(Unsound::Fault)?;
    Ok(stream.begun)
}

/// The second reader: the `tar` crate. The first has seen every byte before this one gets it, so that this one
/// never meets sizes without bounds.
fn read_as_tar(stream: &mut Stream, files: &[Expected]) -> Result<(), ArchiveFault> {
    let mut archive = tar::Archive::new(stream);
    let mut files = files.iter();
    let disagree = |path: &str| ArchiveFault::entry(path, EntryFault::Disagreement);
    let end = || disagree("the end of the tar");
    for entry in archive.entries().map_err(|_| end())? {
        let (path, shipped) = files.next().ok_or_else(end)?;
        let disagree = || disagree(path);
        let mut entry = entry.map_err(|_| disagree())?;
        let header = entry.header();
        let is_same = header.entry_type().is_file()
            && header
                .mode()
                .is_ok_and(|mode| mode == mode_of(shipped.executable))
            && entry.size() == shipped.size
            && *entry.path_bytes() == *path.as_bytes();
        let digest = Digest::of_reader(&mut entry).map_err(|_| disagree())?;
        if !is_same || digest != shipped.digest {
            return Err(disagree());
        }
    }
    files.next().map_or(Ok(()), |(path, _)| Err(disagree(path)))
}

/// The tar as it is unpacked; every byte goes through the strict reader first.
struct Stream<'a> {
    index: &'a [u8],
    cuts: &'a [u64],
    frames: &'a mut Frames,
    /// Number of bytes of the tar that were read.
    tar_offset: u64,
    begun: Vec<FrameStart>,
    strict: StrictReader<'a>,
    unsound: Option<Unsound>,
}

impl Stream<'_> {
    fn read_on(&mut self, into: &mut [u8]) -> Result<usize, Unsound> {
        let length = if self.index.is_empty() {
            self.unpack(into)?
        } else {
            self.index.read(into).map_err(Unsound::Disk)?
        };
        self.tar_offset += length as u64;
        self.strict.take(&into[..length]).map_err(Unsound::Fault)?;
        Ok(length)
    }

    fn unpack(&mut self, into: &mut [u8]) -> Result<usize, Unsound> {
        loop {
            let length = self
                .frames
                .read(into)
                .map_err(|fault| self.unsound(fault))?;
            let end = self
                .begun
                .len()
                .checked_sub(1)
                .map(|frame| self.cuts[frame]);
            let misses_its_cut = |end: u64| match length {
                0 => self.tar_offset != end,
                _ => self.tar_offset + length as u64 > end,
            };
            if end.is_some_and(misses_its_cut) {
                return Err(Unsound::Fault(ArchiveFault::Frames(self.strict.place())));
            }
            if length > 0 {
                return Ok(length);
            }
            let place = FrameStart {
                tar: self.tar_offset,
                file: self.frames.offset(),
            };
            if self.begun.len() == self.cuts.len() {
                return match self.frames.next_frame() {
                    Ok(false) => Ok(0),
                    Err(FrameFault::Disk(error)) => Err(Unsound::Disk(error)),
                    _ => Err(Unsound::Fault(ArchiveFault::TrailingBytes)),
                };
            }
            if !self
                .frames
                .next_frame()
                .map_err(|fault| self.unsound(fault))?
            {
                return Err(self.unsound(FrameFault::CutShort));
            }
            self.begun.push(place);
        }
    }

    fn unsound(&self, fault: FrameFault) -> Unsound {
        unsound(fault, &self.strict.place())
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.unsound.is_some() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.read_on(into).map_err(|unsound| {
            self.unsound = Some(unsound);
            io::ErrorKind::InvalidData.into()
        })
    }
}

/// A fault of a frame, with the file at which it came to light.
pub(super) fn unsound(fault: FrameFault, place: &str) -> Unsound {
    let unreadable = |problem: &str| ArchiveFault::Compression {
        entry: place.to_owned(),
        problem: problem.to_owned(),
    };
    Unsound::Fault(match fault {
        FrameFault::CutShort => ArchiveFault::CutShort(place.to_owned()),
        FrameFault::NotAFrame => unreadable("no zstd frame begins there"),
        FrameFault::Unreadable(problem) => unreadable(&problem),
        FrameFault::Disk(error) => return Unsound::Disk(error),
    })
}
