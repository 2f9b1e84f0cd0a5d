//! The headers of a tar as POSIX describes them (pax, with ustar headers), as far as a bundle needs them.

use crate::decide::bundle::archive::hashes::mode_of;
use crate::decide::bundle::archive::{ArchiveFault, EntryFault};
use crate::model::path::RelPath;

/// Headers are of this many bytes, and contents are filled up with zeros to a multiple of it.
pub(crate) const BLOCK: usize = 512;
/// The end of a tar.
pub(crate) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

const NAME: usize = 100;
const PREFIX: usize = 155;
/// The name of a header that only carries a long path for the next one.
const PAX_NAME: &str = "pax-path";

/// Bytes before a content: one header, or three parts where the path does not fit in one.
pub(crate) fn head(path: &str, size: u64, executable: bool) -> Vec<u8> {
    let mode = mode_of(executable);
    match split(path) {
        Some((prefix, name)) => header(prefix, name, mode, size, b'0').to_vec(),
        None => {
            let record = pax_record(path);
            let mut head = header("", PAX_NAME, mode_of(false), record.len() as u64, b'x').to_vec();
            head.extend(record.as_bytes());
            head.resize(head.len().next_multiple_of(BLOCK), 0);
            // A tar that knows no pax records finds some name at least.
            head.extend(header("", shortened(path), mode, size, b'0'));
            head
        }
    }
}

/// The length of [`head`].
pub(crate) fn head_length(path: &str) -> u64 {
    match split(path) {
        Some(_) => BLOCK as u64,
        None => 2 * BLOCK as u64 + padded(pax_record(path).len() as u64),
    }
}

/// A length, filled up to whole blocks.
pub(crate) fn padded(length: u64) -> u64 {
    length.next_multiple_of(BLOCK as u64)
}

fn shortened(path: &str) -> &str {
    let end = (0..=NAME.min(path.len()))
        .rev()
        .find(|at| path.is_char_boundary(*at));
    path[..end.unwrap_or(0)].trim_end_matches('/')
}

/// A path as ustar's prefix and name; `None` where it does not fit, or where its bytes need the pax
/// record's promise that they are UTF-8.
fn split(path: &str) -> Option<(&str, &str)> {
    if !path.is_ascii() {
        return None;
    }
    if path.len() <= NAME {
        return Some(("", path));
    }
    let slashes = path.match_indices('/').map(|(at, _)| at);
    let at = slashes
        .take_while(|at| *at <= PREFIX)
        .find(|at| path.len() - at - 1 <= NAME)?;
    Some((&path[..at], &path[at + 1..]))
}

/// `LENGTH path=PATH`, where the length counts itself.
fn pax_record(path: &str) -> String {
    let bare = " path=\n".len() + path.len();
    let digits = |length: usize| length.to_string().len();
    let length = bare + digits(bare + digits(bare));
    format!("{length} path={path}\n")
}

fn header(prefix: &str, name: &str, mode: u32, size: u64, kind: u8) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put =
        |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, &format!("{mode:07o}"));
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, "00000000000");
    put(257, "ustar\x0000");
    put(329, "0000000");
    put(337, "0000000");
    put(345, prefix);
    header[156] = kind;
    let sum = format!("{:06o}\0 ", checksum(&header));
    header[148..156].copy_from_slice(sum.as_bytes());
    header
}

/// The sum of all bytes, those of the sum itself taken for spaces.
fn checksum(header: &[u8]) -> u32 {
    let spaces = 8 * u32::from(b' ');
    let bytes = header[..148].iter().chain(&header[156..BLOCK]);
    bytes.fold(spaces, |sum, byte| sum + u32::from(*byte))
}

/// A header of a regular file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The path, as far as this header tells it.
    pub path: RelPath,
    /// The length of its content.
    pub size: u64,
    /// Permission bits of the file.
    pub mode: u32,
}

/// Reads a header of our own making; what differs is named.
pub(crate) fn parse(block: &[u8]) -> Result<Header, ArchiveFault> {
    let name = written_name(block);
    let shown = String::from_utf8_lossy(&name).into_owned();
    let wrong = |problem: EntryFault| ArchiveFault::entry(&shown, problem);
    if octal(&block[148..155]) != Some(checksum(block).into()) {
        return Err(wrong(EntryFault::Header("its checksum is wrong")));
    }
    if let Some(kind) = special_kind(block[156]) {
        return Err(wrong(EntryFault::Kind(kind)));
    }
    if block[257..265] != *b"ustar\x0000" {
        return Err(wrong(EntryFault::Header("it is not of the ustar kind")));
    }
    let path = RelPath::from_bytes(&name).map_err(|why| wrong(why.into()))?;
    let size = octal(&block[124..136]);
    let size =
        size.ok_or_else(|| wrong(EntryFault::Header("its size is not eleven octal digits")))?;
    let mode = octal(&block[100..108]).and_then(|mode| u32::try_from(mode).ok());
    let mode =
        mode.ok_or_else(|| wrong(EntryFault::Header("its mode is not seven octal digits")))?;
    Ok(Header { path, size, mode })
}

/// The name that a header carries, for messages: whatever bytes there are.
fn written_name(block: &[u8]) -> Vec<u8> {
    let until_zero = |field: &[u8]| {
        field
            .split(|byte| *byte == 0)
            .next()
            .unwrap_or_default()
            .to_vec()
    };
    let (name, prefix) = (
        until_zero(&block[..NAME]),
        until_zero(&block[345..345 + PREFIX]),
    );
    if prefix.is_empty() || block[257..263] != *b"ustar\0" {
        name
    } else {
        [prefix, name].join(&b'/')
    }
}

/// Octal digits up to a final NUL, and nothing else.
fn octal(field: &[u8]) -> Option<u64> {
    let digits = field.strip_suffix(b"\0")?;
    let value = |sum: u64, digit: &u8| {
        matches!(digit, b'0'..=b'7').then(|| sum * 8 + u64::from(digit - b'0'))
    };
    digits.iter().try_fold(0, value)
}

fn special_kind(kind: u8) -> Option<&'static str> {
    Some(match kind {
        b'0' => return None,
        0 => "file of a tar from before POSIX",
        b'1' => "hard link",
        b'2' => "symbolic link",
        b'3' | b'4' => "device",
        b'5' => "directory",
        b'6' => "fifo",
        b'7' => "contiguous file",
        b'S' => "sparse file",
        b'L' | b'K' => "GNU long name",
        b'x' | b'g' => "pax record that is not needed",
        _ => "thing of an unknown kind",
    })
}

/// Tells whether a header stands for another one that follows it.
pub(crate) fn is_extension(block: &[u8]) -> bool {
    matches!(block[156], b'x' | b'g' | b'L' | b'K')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the tar crate reads it.
    fn read_back(path: &str, size: u64, executable: bool) -> (Vec<u8>, u64, u32, usize) {
        let mut bytes = head(path, size, executable);
        let length = bytes.len();
        bytes.resize(length + padded(size) as usize, b'x');
        bytes.extend(END);
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut entries = archive.entries().unwrap();
        let entry = entries.next().unwrap().unwrap();
        let answer = (
            entry.path_bytes().into_owned(),
            entry.size(),
            entry.header().mode().unwrap(),
            length,
        );
        drop(entry);
        assert!(entries.next().is_none());
        answer
    }

    #[test]
    fn a_head_says_the_same_to_another_reader() {
        let component = "c".repeat(240);
        let deep = [component.as_str(); 4].join("/");
        let paths = [
            "a".to_owned(),
            "n".repeat(100),
            "n".repeat(101),
            format!("{}/{}", "p".repeat(155), "n".repeat(100)),
            format!("{}/{}", "p".repeat(156), "n".repeat(100)),
            format!("{}/{}", "p".repeat(99), "n".repeat(101)),
            format!("{}/{}", "d/".repeat(60), "e".repeat(90)).replace("//", "/"),
            "ä".repeat(49),
            format!("{}é/x", "p".repeat(98)),
            component,
            format!("{deep}/{}", "x".repeat(60)),
        ];
        for path in paths {
            for (size, executable) in [(0, false), (1, true), (512, false), (100_000, true)] {
                let (bytes, read_size, mode, length) = read_back(&path, size, executable);
                assert_eq!(String::from_utf8(bytes).unwrap(), path);
                assert_eq!((read_size, mode), (size, mode_of(executable)));
                assert_eq!(length as u64, head_length(&path), "{path}");
            }
        }
    }

    #[test]
    fn a_header_is_read_back() {
        let path = format!("{}/{}", "p".repeat(155), "n".repeat(100));
        let header = parse(&head(&path, 7, true)).unwrap();
        assert_eq!(
            (header.path.as_str(), header.size, header.mode),
            (path.as_str(), 7, 0o755)
        );
    }
}
