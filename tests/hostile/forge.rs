//! Writes archives byte by byte, honest ones first: every part can be spoiled before they are put together.

use mosaic::model::digest::Digest;
use zstd::stream::raw::CParameter;

/// A file as an archive has it.
#[derive(Clone)]
pub struct Item {
    pub path: Vec<u8>,
    pub mode: u32,
    pub content: Vec<u8>,
}

/// A file that is not executable.
pub fn item(path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Item {
    Item {
        path: path.as_ref().to_vec(),
        mode: 0o644,
        content: content.as_ref().to_vec(),
    }
}

/// An archive before it is put together.
pub struct Forge {
    /// The entries of the first frame.
    pub index: Vec<Entry>,
    /// The other entries.
    pub rest: Vec<Entry>,
    /// The end of the tar.
    pub end: Vec<u8>,
}

/// A header, or several, with the content behind it.
#[derive(Clone)]
pub struct Entry {
    pub head: Vec<u8>,
    pub body: Vec<u8>,
}

impl Forge {
    /// An honest archive of these files, which are to be sorted.
    pub fn of(manifest: &[u8], items: &[Item]) -> Self {
        Self::listing(manifest, items, list(manifest, items).as_slice())
    }

    /// An archive of these files with any list of hashes.
    pub fn listing(manifest: &[u8], items: &[Item], list: &[u8]) -> Self {
        let index = vec![
            Entry::of(&item("bundle.toml", manifest)),
            Entry::of(&item("bundle.sha256", list)),
        ];
        Self {
            index,
            rest: items.iter().map(Entry::of).collect(),
            end: vec![0; 1024],
        }
    }

    /// Spoils the entry of a file.
    pub fn spoil(mut self, path: &str, spoil: impl FnOnce(&mut Entry)) -> Self {
        let is_it = |entry: &&mut Entry| entry.head.starts_with(&[path.as_bytes(), b"\0"].concat());
        spoil(
            self.index
                .iter_mut()
                .chain(&mut self.rest)
                .find(is_it)
                .expect("an entry of that name"),
        );
        self
    }

    /// The tar of the first frame, and that of the others.
    pub fn tars(&self) -> (Vec<u8>, Vec<u8>) {
        let bytes = |entries: &[Entry]| entries.iter().flat_map(Entry::bytes).collect::<Vec<u8>>();
        (
            bytes(&self.index),
            [bytes(&self.rest), self.end.clone()].concat(),
        )
    }

    /// The archive.
    pub fn bytes(self) -> Vec<u8> {
        let (index, rest) = self.tars();
        [frame(&index), frame(&rest)].concat()
    }
}

impl Entry {
    /// An honest one.
    pub fn of(item: &Item) -> Self {
        let length = item.content.len();
        let mut body = item.content.clone();
        body.resize(length.next_multiple_of(512), 0);
        Self {
            head: header(&item.path, length as u64, item.mode, b'0'),
            body,
        }
    }

    /// Puts bytes into the header, and mends its checksum.
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        self.put_badly(at, bytes);
        seal(&mut self.head);
    }

    /// Puts bytes into the header, whose checksum is wrong then.
    pub fn put_badly(&mut self, at: usize, bytes: &[u8]) {
        self.head[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Of another kind: a link has a target, and none of them a content.
    pub fn become_kind(&mut self, kind: u8, target: &str) {
        self.put(157, target.as_bytes());
        self.put(124, b"00000000000\0");
        self.put(156, &[kind]);
        self.body.clear();
    }

    /// With a header of an extension before it.
    pub fn after(&mut self, kind: u8, record: &[u8]) {
        let mut extension = Self::of(&item("ext", record));
        extension.put(156, &[kind]);
        self.head = [
            extension.head,
            extension.body,
            std::mem::take(&mut self.head),
        ]
        .concat();
    }

    fn bytes(&self) -> Vec<u8> {
        [self.head.as_slice(), &self.body].concat()
    }
}

/// A pax record, which counts its own length.
pub fn pax(key: &str, value: &[u8]) -> Vec<u8> {
    let bare = key.len() + value.len() + 3;
    let length = (bare..)
        .find(|length| length.to_string().len() + bare == *length)
        .expect("a length");
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

/// The list of hashes of these files.
pub fn list(manifest: &[u8], items: &[Item]) -> Vec<u8> {
    let mut all: Vec<_> = items
        .iter()
        .cloned()
        .chain([item("bundle.toml", manifest)])
        .collect();
    all.sort_by(|one, other| one.path.cmp(&other.path));
    let line = |item: &Item| {
        let (digest, mode, size) = (
            Digest::of(&item.content),
            item.mode & 0o777,
            item.content.len(),
        );
        [
            format!("{digest} {mode:o} {size} ").as_bytes(),
            &item.path,
            b"\n",
        ]
        .concat()
    };
    [
        b"mosaic-bundle 1\n".to_vec(),
        all.iter().flat_map(line).collect(),
    ]
    .concat()
}

/// A zstd frame.
pub fn frame(tar: &[u8]) -> Vec<u8> {
    frame_looking_back(tar, 20)
}

/// A zstd frame that makes its reader look back up to 2 to the power of so many bytes.
pub fn frame_looking_back(tar: &[u8], window_log: u32) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).expect("an encoder");
    encoder
        .set_parameter(CParameter::WindowLog(window_log))
        .expect("a window");
    std::io::Write::write_all(&mut encoder, tar).expect("it is compressed");
    encoder.finish().expect("it is compressed")
}

fn header(path: &[u8], size: u64, mode: u32, kind: u8) -> Vec<u8> {
    let mut header = vec![0; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    let short = &path[..path.len().min(100)];
    put(0, short);
    put(
        100,
        format!("{mode:07o}\x000000000\x000000000\0{size:011o}\x0000000000000\0").as_bytes(),
    );
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    put(329, b"0000000\x000000000");
    seal(&mut header);
    if path.len() > 100 {
        let mut long = Entry {
            head: header,
            body: Vec::new(),
        };
        long.after(b'x', &pax("path", path));
        // As `pack` names what carries a path.
        let name = "pax-path";
        long.head[..name.len()].copy_from_slice(name.as_bytes());
        seal(&mut long.head[..512]);
        return long.head;
    }
    header
}

fn seal(header: &mut [u8]) {
    let last = header.len() - 512;
    let header = &mut header[last..];
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

pub const MANIFEST: &[u8] =
    b"name = \"mosaic\"\nversion = \"1.1.0\"\npreserve = [\"fleet/*.yaml\", \"memory\"]\nseed = [\"SOUL.md\"]\n";

pub fn items() -> Vec<Item> {
    let script = Item {
        mode: 0o755,
        ..item("tools/x.sh", "#!/bin/sh\n")
    };
    vec![
        item("anchor/1", "1\n"),
        item("anchor/2", "2\n"),
        item("guides/a.md", "guide\n"),
        item("mine", "M\n"),
        script,
    ]
}

/// An archive with nothing wrong.
pub fn honest() -> Forge {
    Forge::of(MANIFEST, &items())
}
