//! The store of contents that later merges need as their base: packed, compressed, one pack a generation.

use crate::effects::state::FILES;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;

use serde::{Deserialize, Serialize};

use crate::decide::text::merge::MERGE_MAX;
use crate::effects::os::disk::{self, DiskError, Root};
use crate::effects::os::worker::Job;
use crate::effects::state::file::{self, StateFault};
use crate::model::digest::Digest;
use crate::model::ignore::Ignore;
use crate::model::mode::Mode;

/// The file of compressed contents.
pub(crate) const PACK: &str = "bases";
/// The file that says where each content is.
pub(crate) const PACK_INDEX: &str = "bases.index";
/// Contents are compressed together up to this many bytes: small files of one kind share much.
const FRAME: usize = 1 << 20;
/// The fastest of zstd's ordinary levels: an install waits for it.
const LEVEL: i32 = 1;
/// No frame of ours holds more: one content is added to it while it is not full, and contents have a bound.
const UNPACKED_MAX: u64 = FRAME as u64 + MERGE_MAX;
/// Number of unpacked frames that are kept.
const UNPACKED_FRAMES: usize = 4;
const PRIVATE: u32 = 0o600;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Located {
    digest: Digest,
    frame_at: u64,
    frame_length: u32,
    offset: u32,
    length: u32,
}

/// Writer of one pack.
pub(crate) struct PackWriter {
    root: Root,
    folder: &'static str,
    file: Option<File>,
    written: u64,
    frame: Vec<u8>,
    open: Vec<Located>,
    index: Vec<Located>,
}

impl PackWriter {
    /// A pack in a folder of a root; no file is made until there is something to keep.
    pub(crate) fn new(root: Root, folder: &'static str) -> Self {
        let frame = Vec::new();
        let open = Vec::new();
        let index = Vec::new();
        Self {
            root,
            folder,
            file: None,
            written: 0,
            frame,
            open,
            index,
        }
    }

    fn close_frame(&mut self) -> Result<(), DiskError> {
        let path = format!("{}/{PACK}", self.folder);
        let failed = |source| DiskError {
            verb: "compress",
            path: self.root.full(&path),
            source,
        };
        let frame = zstd::bulk::compress(&self.frame, LEVEL).map_err(failed)?;
        let mode = Mode::from_st_mode(PRIVATE);
        match &mut self.file {
            Some(file) => disk::append(file, &frame, || self.root.full(&path))?,
            None => self.file = Some(self.root.create(&path, &frame, mode, None)?.file),
        }
        let frame_length = frame.len() as u32;
        self.index
            .extend(self.open.drain(..).map(|located| Located {
                frame_length,
                ..located
            }));
        self.written += frame.len() as u64;
        self.frame.clear();
        Ok(())
    }
}

impl Job for PackWriter {
    type Item = (Digest, Vec<u8>);
    type Outcome = ();

    fn take(&mut self, (digest, content): Self::Item) -> Result<(), DiskError> {
        let offset = self.frame.len() as u32;
        let length = content.len() as u32;
        self.open.push(Located {
            digest,
            frame_at: self.written,
            frame_length: 0,
            offset,
            length,
        });
        self.frame.extend_from_slice(&content);
        if self.frame.len() >= FRAME {
            self.close_frame()
        } else {
            Ok(())
        }
    }

    /// Writes what is left, and the index.
    fn end(mut self) -> Result<(), DiskError> {
        if !self.open.is_empty() {
            self.close_frame()?;
        }
        if self.index.is_empty() {
            return Ok(());
        }
        let index = file::encode("bases", &self.index);
        let path = format!("{}/{PACK_INDEX}", self.folder);
        self.root
            .create(&path, &index, Mode::from_st_mode(PRIVATE), None)
            .map(drop)
    }
}

/// Finds contents in all packs; their indexes are read once, when first asked.
pub(crate) struct Bases<'a> {
    root: &'a Root,
    packs: Vec<String>,
    /// In which pack, and where in it: by digest, and of equal ones the last pack's last.
    places: Vec<(usize, Located)>,
    /// The frames that were unpacked last: contents that are asked for together lie together, in a few packs.
    unpacked: RefCell<VecDeque<(FrameName, Vec<u8>)>>,
}

/// Name of a frame: its pack, and where it begins in that.
type FrameName = (usize, u64);

impl<'a> Bases<'a> {
    /// Reads the indexes of the packs in these folders. A pack that is damaged or gone counts as not kept.
    pub(crate) fn open(root: &'a Root, packs: Vec<String>) -> Result<Self, DiskError> {
        let mut places = Vec::new();
        for (number, folder) in packs.iter().enumerate() {
            let index = read_index(root, folder)?
                .and_then(Result::ok)
                .unwrap_or_default();
            places.extend(index.into_iter().map(|located| (number, located)));
        }
        places.sort_unstable_by_key(|(number, located)| (located.digest, *number));
        Ok(Self {
            root,
            packs,
            places,
            unpacked: RefCell::default(),
        })
    }

    /// Tells whether a content is kept.
    pub(crate) fn has(&self, digest: &Digest) -> bool {
        self.place(digest).is_some()
    }

    fn place(&self, digest: &Digest) -> Option<&(usize, Located)> {
        let end = self
            .places
            .partition_point(|(_, located)| located.digest <= *digest);
        self.places[..end]
            .last()
            .filter(|(_, located)| located.digest == *digest)
    }

    /// Content by its digest, if it is kept and whole.
    pub(crate) fn get(&self, digest: Digest) -> Result<Option<Vec<u8>>, DiskError> {
        let Some((pack, located)) = self.place(&digest) else {
            return Ok(None);
        };
        let mut unpacked = self.unpacked.borrow_mut();
        let name = (*pack, located.frame_at);
        let known = unpacked.iter().position(|(known, _)| *known == name);
        if known.is_none() {
            unpacked.truncate(UNPACKED_FRAMES - 1);
            unpacked.push_front((name, self.unpack(*pack, located)?.unwrap_or_default()));
        }
        let frame = &unpacked[known.unwrap_or(0)].1;
        let content = frame
            .get(located.offset as usize..)
            .and_then(|rest| rest.get(..located.length as usize));
        Ok(content
            .filter(|content| Digest::of(content) == digest)
            .map(<[u8]>::to_vec))
    }

    /// The frame that a content lies in, as far as it can be read.
    fn unpack(&self, pack: usize, located: &Located) -> Result<Option<Vec<u8>>, DiskError> {
        let path = format!("{}/{PACK}", self.packs[pack]);
        let failed = |source| DiskError {
            verb: "read",
            path: self.root.full(&path),
            source,
        };
        let file = match self.root.open_file(&path) {
            Ok(file) => file,
            Err(error) if error.is_absent() => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut frame = vec![0; located.frame_length as usize];
        if file.read_exact_at(&mut frame, located.frame_at).is_err() {
            return Ok(None);
        }
        let mut unpacked = Vec::new();
        let decoder = zstd::stream::read::Decoder::with_buffer(&frame[..]).map_err(failed)?;
        decoder
            .take(UNPACKED_MAX)
            .read_to_end(&mut unpacked)
            .ignore(
                "what comes before a fault is still good: each content is checked by its digest",
            );
        Ok(Some(unpacked))
    }
}

/// Index of a pack; `None` where there is no pack.
fn read_index(
    root: &Root,
    folder: &str,
) -> Result<Option<Result<Vec<Located>, StateFault>>, DiskError> {
    let path = format!("{folder}/{PACK_INDEX}");
    match root.read(&path) {
        Err(error) if error.is_absent() => Ok(None),
        read => Ok(Some(file::decode("bases", &path, &read?))),
    }
}

/// The contents that the pack in a folder keeps; `None` where its index cannot be used.
pub(crate) fn contents_of(root: &Root, folder: &str) -> Result<Option<Vec<Digest>>, DiskError> {
    let digests = |index: Vec<Located>| index.iter().map(|located| located.digest).collect();
    Ok(read_index(root, folder)?.map_or(Some(Vec::new()), |index| index.ok().map(digests)))
}

/// The packs in which not everything can be read any more, by path.
pub(crate) fn damaged(root: &Root, packs: &[String]) -> Result<Vec<String>, DiskError> {
    let mut damaged = Vec::new();
    for folder in packs {
        match read_index(root, folder)? {
            Some(Err(fault)) => damaged.push(fault.to_string()),
            Some(Ok(index)) if !is_whole(root, folder, &index)? => {
                damaged.push(format!(
                    "{folder}/{PACK}: merges may not find what they need in it"
                ));
            }
            _ => {}
        }
    }
    Ok(damaged)
}

/// Tells whether every frame of a pack can be read, and holds what the index says.
fn is_whole(root: &Root, folder: &str, index: &[Located]) -> Result<bool, DiskError> {
    let pack = match root.open_file(&format!("{folder}/{PACK}")) {
        Err(error) if error.is_absent() => return Ok(false),
        opened => opened?,
    };
    let mut frame = Vec::new();
    let mut frame_at = None;
    Ok(index.iter().all(|located| {
        if frame_at != Some(located.frame_at) {
            let mut packed = vec![0; located.frame_length as usize];
            let read = pack.read_exact_at(&mut packed, located.frame_at);
            frame = read
                .and_then(|()| zstd::stream::decode_all(&packed[..]))
                .unwrap_or_default();
            frame_at = Some(located.frame_at);
        }
        let content = frame
            .get(located.offset as usize..)
            .and_then(|rest| rest.get(..located.length as usize));
        content.is_some_and(|content| Digest::of(content) == located.digest)
    }))
}

/// The folder of a generation, below the state directory.
pub(crate) fn folder_of(number: u64) -> String {
    format!("generations/{number}")
}

/// Path of a displaced file that a generation keeps, below the state directory.
pub(crate) fn kept_path(generation: u64, slot: usize) -> String {
    format!("{}/{FILES}/{slot}", folder_of(generation))
}
