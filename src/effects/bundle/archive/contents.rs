//! The contents of an archive, unpacked when they are asked for: cheaply so in the order in which they are in it.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::decide::bundle::archive::layout::Layout;
use crate::effects::bundle::archive::FrameStart;
use crate::effects::bundle::archive::frames::{FrameFault, Frames};
use crate::model::path::RelPath;

/// The files of an archive. What they hold is whatever the file holds now: whoever asks compares digests.
pub(crate) struct ArchiveContents {
    /// The archive's path, for messages.
    pub path: PathBuf,
    file: Arc<File>,
    layout: Layout,
    cursor: Mutex<Cursor>,
}

struct Cursor {
    /// Starts of frames, as far as they are known; the first always is.
    begun: Vec<FrameStart>,
    frames: Option<Frames>,
    /// Offset in the tar of the next unpacked byte.
    tar_offset: u64,
}

impl ArchiveContents {
    pub(super) fn new(
        path: PathBuf,
        file: Arc<File>,
        layout: Layout,
        begun: Vec<FrameStart>,
    ) -> Self {
        Self {
            path,
            file,
            layout,
            cursor: Mutex::new(Cursor {
                begun,
                frames: None,
                tar_offset: 0,
            }),
        }
    }

    /// Unpacks the content of a file, of this size, into a buffer that is emptied first.
    pub(crate) fn read_into(
        &self,
        path: &RelPath,
        size: u64,
        content: &mut Vec<u8>,
    ) -> Result<(), FrameFault> {
        content.clear();
        let Some(from) = self.layout.content(path) else {
            return Ok(());
        };
        // A panic elsewhere leaves the cursor where it was: what is read is compared anyway.
        let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = cursor.read(&self.file, from, size, content);
        if outcome.is_err() {
            cursor.frames = None;
        }
        outcome
    }
}

impl Cursor {
    fn read(
        &mut self,
        file: &Arc<File>,
        from: u64,
        size: u64,
        content: &mut Vec<u8>,
    ) -> Result<(), FrameFault> {
        let nearest = self
            .begun
            .partition_point(|place| place.tar <= from)
            .saturating_sub(1);
        let nearest = self.begun[nearest];
        if self.frames.is_none() || self.tar_offset > from || self.tar_offset < nearest.tar {
            let mut frames = Frames::new(Arc::clone(file), nearest.file)?;
            if !frames.next_frame()? {
                return Err(FrameFault::CutShort);
            }
            (self.frames, self.tar_offset) = (Some(frames), nearest.tar);
        }
        let mut skipped = [0; 16 << 10];
        while self.tar_offset < from {
            let length = usize::try_from(from - self.tar_offset)
                .unwrap_or(usize::MAX)
                .min(skipped.len());
            self.unpack(&mut skipped[..length])?;
        }
        content.resize(usize::try_from(size).unwrap_or(0), 0);
        let mut rest = content.as_mut_slice();
        while !rest.is_empty() {
            let length = self.unpack(rest)?;
            rest = &mut rest[length..];
        }
        Ok(())
    }

    /// Unpacks the next bytes, over the ends of frames.
    fn unpack(&mut self, into: &mut [u8]) -> Result<usize, FrameFault> {
        let Some(frames) = &mut self.frames else {
            return Err(FrameFault::CutShort);
        };
        loop {
            let length = frames.read(into)?;
            if length > 0 {
                self.tar_offset += length as u64;
                return Ok(length);
            }
            let place = FrameStart {
                tar: self.tar_offset,
                file: frames.offset(),
            };
            if !frames.next_frame()? {
                return Err(FrameFault::CutShort);
            }
            if self.begun.last().is_some_and(|last| last.tar < place.tar) {
                self.begun.push(place);
            }
        }
    }
}
