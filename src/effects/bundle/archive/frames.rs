//! Unpacks a file of zstd frames one after the other, and nothing but plain frames within bounds.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use crate::decide::bundle::archive::WINDOW_LOG;

/// First bytes of a zstd frame (RFC 8878, 3.1.1). Frames to be skipped, and those of old formats,
/// begin otherwise.
pub(crate) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

const PIECE: usize = 64 << 10;

/// Reason why a frame's bytes are not what they should be.
#[derive(Debug)]
pub(crate) enum FrameFault {
    /// The file ends within a frame.
    CutShort,
    /// Bytes that begin no frame stand where a frame should.
    NotAFrame,
    /// The compressed bytes are wrong, or ask for too much memory.
    Unreadable(String),
    /// The file could not be read.
    Disk(io::Error),
}

/// Tells whether the frame that a file begins with says how long it is, unpacked (RFC 8878, 3.1.1.1): those of archives
/// do, and none does that a program made of a stream.
pub(crate) fn tells_its_length(file: &File) -> bool {
    let mut head = [0; MAGIC.len() + 1];
    let descriptor = file.read_exact_at(&mut head, 0).map(|()| head[MAGIC.len()]);
    descriptor.is_ok_and(|descriptor| descriptor >> 5 != 0)
}

/// Reads frames from some place in a file on.
pub(crate) struct Frames {
    file: Arc<File>,
    decoder: Decoder<'static>,
    piece: Box<[u8]>,
    /// The unread part of the piece.
    unread: std::ops::Range<usize>,
    /// Offset in the file at which the piece ends.
    offset: u64,
    is_in_frame: bool,
}

impl Frames {
    /// Frames of a file, the first of which begins at `at`.
    pub(crate) fn new(file: Arc<File>, offset: u64) -> Result<Self, FrameFault> {
        let mut decoder = Decoder::new().map_err(FrameFault::Disk)?;
        decoder
            .set_parameter(DParameter::WindowLogMax(WINDOW_LOG))
            .map_err(FrameFault::Disk)?;
        let piece = vec![0; PIECE].into_boxed_slice();
        Ok(Self {
            file,
            decoder,
            piece,
            unread: 0..0,
            offset,
            is_in_frame: false,
        })
    }

    /// Offset in the file of the next compressed byte.
    pub(crate) fn offset(&self) -> u64 {
        self.offset - self.unread.len() as u64
    }

    /// Begins the next frame; `false` at the end of the file.
    pub(crate) fn next_frame(&mut self) -> Result<bool, FrameFault> {
        let mut magic = [0; MAGIC.len()];
        let mut length = 0;
        while length < MAGIC.len() {
            match self
                .file
                .read_at(&mut magic[length..], self.offset() + length as u64)
            {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(FrameFault::Disk(error)),
            }
        }
        if length == 0 {
            return Ok(false);
        }
        if magic != MAGIC {
            return Err(FrameFault::NotAFrame);
        }
        self.decoder.reinit().map_err(FrameFault::Disk)?;
        self.is_in_frame = true;
        Ok(true)
    }

    /// Reads on in the frame; 0 at its end.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<usize, FrameFault> {
        let mut output = OutBuffer::around(into);
        while self.is_in_frame && output.pos() == 0 {
            if self.unread.is_empty() {
                self.fill()?;
            }
            let mut input = InBuffer::around(&self.piece[self.unread.clone()]);
            let hint = self.decoder.run(&mut input, &mut output);
            self.unread.start += input.pos();
            match hint {
                Ok(0) => self.is_in_frame = false,
                Ok(_) => {}
                Err(error) => return Err(FrameFault::Unreadable(error.to_string())),
            }
        }
        Ok(output.pos())
    }

    fn fill(&mut self) -> Result<(), FrameFault> {
        let length = loop {
            match self.file.read_at(&mut self.piece, self.offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(FrameFault::Disk)?,
            }
        };
        if length == 0 {
            return Err(FrameFault::CutShort);
        }
        self.offset += length as u64;
        self.unread = 0..length;
        Ok(())
    }
}
