//! Reads the tar of an archive as it comes, and takes only what the list of hashes foretells.

use crate::decide::bundle::archive::hashes::mode_of;
use crate::decide::bundle::archive::ustar::{self, BLOCK, END, padded};
use crate::decide::bundle::archive::{ArchiveFault, EntryFault};
use crate::model::bundle::Shipped;
use crate::model::digest::Hasher;

/// A file that is to come: its path, and what it must be.
pub(crate) type Expected<'a> = (&'a str, Shipped);

/// Takes a tar in pieces of any length.
pub(crate) struct StrictReader<'a> {
    expected: &'a [Expected<'a>],
    /// The file that is being read; past the last, the end of the tar.
    at: usize,
    state: EntryState,
}

enum EntryState {
    /// Bytes that must come before the content, and how many of them have come.
    Head {
        must: Vec<u8>,
        came: Vec<u8>,
    },
    Content {
        left: u64,
        hasher: Hasher,
    },
    Padding {
        left: u64,
    },
    Ended,
}

impl<'a> StrictReader<'a> {
    /// Expects these files, in this order.
    pub(crate) fn new(expected: &'a [Expected<'a>]) -> Self {
        let mut reader = Self {
            expected,
            at: 0,
            state: EntryState::Ended,
        };
        reader.expect();
        reader
    }

    /// The file that is being read, for messages.
    pub(crate) fn place(&self) -> String {
        self.expected
            .get(self.at)
            .map_or("the end of the tar", |(path, _)| path)
            .to_owned()
    }

    /// Takes the next bytes.
    pub(crate) fn take(&mut self, mut piece: &[u8]) -> Result<(), ArchiveFault> {
        while !piece.is_empty() {
            let taken = match &mut self.state {
                EntryState::Head { must, came } => {
                    let length = piece.len().min(BLOCK - came.len() % BLOCK);
                    came.extend_from_slice(&piece[..length]);
                    if !must.starts_with(came) && came.len().is_multiple_of(BLOCK) {
                        return Err(self.explain());
                    }
                    length
                }
                EntryState::Content { left, hasher } => {
                    let length = usize::try_from(*left)
                        .unwrap_or(usize::MAX)
                        .min(piece.len());
                    hasher.take(&piece[..length]);
                    *left -= length as u64;
                    length
                }
                EntryState::Padding { left } => {
                    let length = usize::try_from(*left)
                        .unwrap_or(usize::MAX)
                        .min(piece.len());
                    if piece[..length].iter().any(|byte| *byte != 0) {
                        let problem = EntryFault::Header("its content is not filled up with zeros");
                        return Err(ArchiveFault::entry(&self.place(), problem));
                    }
                    *left -= length as u64;
                    length
                }
                EntryState::Ended => return Err(ArchiveFault::TrailingBytes),
            };
            piece = &piece[taken..];
            self.go_on()?;
        }
        Ok(())
    }

    /// Tells whether all has come.
    pub(crate) fn finish(self) -> Result<(), ArchiveFault> {
        match self.state {
            EntryState::Ended => Ok(()),
            _ => Err(ArchiveFault::CutShort(self.place())),
        }
    }

    fn expect(&mut self) {
        let must = match self.expected.get(self.at) {
            Some((path, shipped)) => ustar::head(path, shipped.size, shipped.executable),
            None => END.to_vec(),
        };
        self.state = EntryState::Head {
            must,
            came: Vec::new(),
        };
    }

    /// Leaves states that are complete.
    fn go_on(&mut self) -> Result<(), ArchiveFault> {
        if let EntryState::Head { must, came } = &self.state {
            if came.len() < must.len() {
                return Ok(());
            }
            self.state = match self.expected.get(self.at) {
                Some((_, shipped)) => EntryState::Content {
                    left: shipped.size,
                    hasher: Hasher::default(),
                },
                None => EntryState::Ended,
            };
        }
        if let EntryState::Content { left: 0, hasher } = &mut self.state {
            let (path, shipped) = &self.expected[self.at];
            if std::mem::take(hasher).finish() != shipped.digest {
                return Err(ArchiveFault::entry(path, EntryFault::Content));
            }
            self.state = EntryState::Padding {
                left: padded(shipped.size) - shipped.size,
            };
        }
        if let EntryState::Padding { left: 0 } = self.state {
            self.at += 1;
            self.expect();
        }
        Ok(())
    }

    /// The reason why the block that came last is not the one that was expected.
    fn explain(&self) -> ArchiveFault {
        let EntryState::Head { must, came } = &self.state else {
            return ArchiveFault::TrailingBytes;
        };
        let block = &came[came.len() - BLOCK..];
        let place = self.place();
        let wrong = |problem| ArchiveFault::entry(&place, problem);
        let Some((path, shipped)) = self.expected.get(self.at) else {
            return if came.len() == BLOCK {
                self.unexpected(block)
            } else {
                ArchiveFault::TrailingBytes
            };
        };
        match () {
            () if block == &END[..BLOCK] => wrong(EntryFault::Missing),
            () if ustar::is_extension(block) => {
                wrong(EntryFault::Header("a pax record or GNU extension"))
            }
            () if came.len() > BLOCK && came.len() < must.len() => {
                wrong(EntryFault::Header("its pax record"))
            }
            () => match ustar::parse(block) {
                Err(fault) => fault,
                // Behind a pax record the header's own path means nothing.
                Ok(header) if came.len() == BLOCK && header.path.as_str() != *path => {
                    self.unexpected(block)
                }
                Ok(header) => wrong(difference(&header, shipped)),
            },
        }
    }

    fn unexpected(&self, block: &[u8]) -> ArchiveFault {
        let path = match ustar::parse(block) {
            Ok(header) => header.path,
            Err(fault) => return fault,
        };
        let is_path = |(expected, _): &Expected| *expected == path.as_str();
        let problem = match self.expected.iter().position(is_path) {
            None => EntryFault::Unlisted,
            Some(place) if place < self.at => EntryFault::Twice,
            Some(_) => EntryFault::OutOfOrder(self.place()),
        };
        ArchiveFault::entry(path.as_str(), problem)
    }
}

fn difference(header: &ustar::Header, listed: &Shipped) -> EntryFault {
    let mode = mode_of(listed.executable);
    match () {
        () if header.size != listed.size => EntryFault::Size {
            found: header.size,
            listed: listed.size,
        },
        () if header.mode != mode => EntryFault::Mode {
            found: header.mode,
            listed: mode,
        },
        () => EntryFault::Header("owner, time or other fields"),
    }
}
