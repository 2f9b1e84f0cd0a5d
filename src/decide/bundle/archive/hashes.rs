//! The list of hashes that an archive carries, and a directory may: `bundle.sha256`.
//!
//! After [`FIRST_LINE`] one line a file, sorted by path: `DIGEST 644|755 SIZE PATH`. There is one way only to
//! write a list down, and no other is read.

use crate::decide::bundle::archive::{ArchiveFault, EntryFault, HashesFault};
use crate::model::bundle::{MANIFEST, Shipped, Wanted};
use crate::model::digest::Digest;
use crate::model::path::RelPath;

/// The list's kind and the number of its format.
pub(crate) const FIRST_LINE: &str = "mosaic-bundle 1";

/// The permission bits that a file has in an archive.
pub(crate) fn mode_of(executable: bool) -> u32 {
    if executable { 0o755 } else { 0o644 }
}

/// The text of a list.
pub(crate) fn encode<'a>(files: impl IntoIterator<Item = (&'a RelPath, &'a Shipped)>) -> String {
    let line = |(path, shipped): (&RelPath, &Shipped)| {
        format!(
            "{} {:o} {} {path}\n",
            shipped.digest,
            mode_of(shipped.executable),
            shipped.size
        )
    };
    let first = std::iter::once(format!("{FIRST_LINE}\n"));
    first.chain(files.into_iter().map(line)).collect()
}

/// Reads a list.
pub(crate) fn parse(text: &[u8]) -> Result<Wanted, ArchiveFault> {
    let fault = |line: usize, problem| ArchiveFault::Hashes { line, problem };
    let mut lines = text.split(|byte| *byte == b'\n').zip(1..);
    if lines
        .next()
        .is_none_or(|(first, _)| first != FIRST_LINE.as_bytes())
    {
        return Err(fault(1, HashesFault::FirstLine));
    }
    let mut listed: Vec<(RelPath, Shipped)> = Vec::new();
    let mut is_ended = false;
    for (line, number) in lines {
        if is_ended {
            return Err(fault(number - 1, HashesFault::Form(String::new())));
        }
        if line.is_empty() {
            is_ended = true;
            continue;
        }
        let (path, shipped) = parse_line(line).map_err(|problem| fault(number, problem))?;
        if let Some((before, _)) = listed.last().filter(|(before, _)| *before >= path) {
            let path = path.to_string();
            let is_twice = before.as_str() == path;
            let problem = if is_twice {
                HashesFault::Twice(path)
            } else {
                HashesFault::OutOfOrder(path)
            };
            return Err(fault(number, problem));
        }
        listed.push((path, shipped));
    }
    let length = listed.len();
    let wanted: Wanted = listed.into_iter().collect();
    match (is_ended, wanted.contains_key(MANIFEST)) {
        (true, true) => Ok(wanted),
        (true, false) => Err(fault(length + 2, HashesFault::NoManifest)),
        (false, _) => Err(fault(length + 1, HashesFault::CutShort)),
    }
}

fn parse_line(line: &[u8]) -> Result<(RelPath, Shipped), HashesFault> {
    let form =
        || HashesFault::Form(String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned());
    let mut words = line.splitn(4, |byte| *byte == b' ');
    let mut word = || words.next().ok_or_else(form);
    let (digest, mode, size, path) = (word()?, word()?, word()?, word()?);
    let shipped = Shipped {
        digest: digest_word(digest).ok_or_else(form)?,
        executable: match mode {
            b"644" => false,
            b"755" => true,
            _ => return Err(form()),
        },
        size: size_word(size).ok_or_else(form)?,
    };
    let path = RelPath::from_bytes(path).map_err(|why| HashesFault::Path {
        path: String::from_utf8_lossy(path).into_owned(),
        why,
    })?;
    Ok((path, shipped))
}

fn digest_word(word: &[u8]) -> Option<Digest> {
    Digest::from_hexadecimal(word).filter(|_| !word.iter().any(u8::is_ascii_uppercase))
}

/// Decimal digits, without a sign or a leading zero.
fn size_word(word: &[u8]) -> Option<u64> {
    let is_plain =
        word.iter().all(u8::is_ascii_digit) && (word == b"0" || word.first() != Some(&b'0'));
    std::str::from_utf8(word)
        .ok()
        .filter(|_| is_plain)?
        .parse()
        .ok()
}

/// Compares what is listed with what is there.
pub(crate) fn compare(listed: &Wanted, found: &Wanted) -> Result<(), ArchiveFault> {
    if let Some(path) = found.keys().find(|path| !listed.contains_key(*path)) {
        return Err(ArchiveFault::entry(path.as_str(), EntryFault::Unlisted));
    }
    for (path, listed) in listed {
        let Some(found) = found.get(path) else {
            return Err(ArchiveFault::entry(path.as_str(), EntryFault::Missing));
        };
        let (mode, listed_mode) = (mode_of(found.executable), mode_of(listed.executable));
        let problem = match () {
            () if found.size != listed.size => EntryFault::Size {
                found: found.size,
                listed: listed.size,
            },
            () if found.digest != listed.digest => EntryFault::Content,
            () if mode != listed_mode => EntryFault::Mode {
                found: mode,
                listed: listed_mode,
            },
            () => continue,
        };
        return Err(ArchiveFault::entry(path.as_str(), problem));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(paths: &[&str]) -> Wanted {
        let shipped = |path: &str| Shipped {
            digest: Digest::of(path.as_bytes()),
            size: path.len() as u64,
            executable: path.ends_with("sh"),
        };
        paths
            .iter()
            .map(|path| (RelPath::parse(path).unwrap(), shipped(path)))
            .collect()
    }

    #[test]
    fn what_is_written_is_read_back_and_nothing_else() {
        let wanted = wanted(&["a b", "bundle.toml", "tools/x.sh", "ä"]);
        let text = encode(&wanted);
        assert_eq!(parse(text.as_bytes()), Ok(wanted));
        let line = text.lines().nth(1).unwrap().to_owned();
        let others = [
            text.replacen("bundle 1", "bundle 2", 1),
            text.replacen("644", "0644", 1),
            text.replacen(" 3 ", " 03 ", 1),
            text.replacen(" 3 ", " +3 ", 1),
            text.replacen(" 3 ", "  3 ", 1),
            text.replacen(&line, &line.to_uppercase(), 1),
            text.replacen(&line, &format!("{line}\n{line}"), 1),
            text.replacen("bundle.toml", "c", 1),
            text.replacen("bundle.toml", "z", 1),
            text.replacen("a b", "../b", 1),
            text.replacen('\n', "\r\n", 2),
            text.replacen('\n', "\n\n", 1),
            format!("{text}\n"),
            text.trim_end().to_owned(),
            String::new(),
        ];
        for other in others {
            assert!(parse(other.as_bytes()).is_err(), "{other}");
        }
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let is_whole_line = text[..at].ends_with('\n') && text[..at].contains("bundle.toml");
            assert_eq!(
                parse(&text.as_bytes()[..at]).is_ok(),
                is_whole_line,
                "cut at {at}"
            );
        }
    }
}
