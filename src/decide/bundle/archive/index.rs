//! The first frame of an archive: `bundle.toml` and the list of hashes.

use crate::decide::bundle::archive::ustar::{self, BLOCK, padded};
use crate::decide::bundle::archive::{ArchiveFault, EntryFault};
use crate::model::bundle::{HASHES, MANIFEST};

/// The texts in an index.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Texts<'a> {
    /// `bundle.toml`
    pub manifest: &'a [u8],
    /// `bundle.sha256`
    pub hashes: &'a [u8],
}

/// The bytes of an index.
pub(crate) fn encode(texts: &Texts) -> Vec<u8> {
    let mut index = Vec::new();
    for (name, text) in [(MANIFEST, texts.manifest), (HASHES, texts.hashes)] {
        index.extend(ustar::head(name, text.len() as u64, false));
        index.extend(text);
        index.resize(index.len().next_multiple_of(BLOCK), 0);
    }
    index
}

/// Reads an index: exactly the bytes that [`encode`] makes.
pub(crate) fn parse(index: &[u8]) -> Result<Texts<'_>, ArchiveFault> {
    let (manifest, rest) = take(index, MANIFEST)?;
    let (hashes, rest) = take(rest, HASHES)?;
    if rest.is_empty() {
        return Ok(Texts { manifest, hashes });
    }
    let Some(block) = rest.get(..BLOCK) else {
        return Err(ArchiveFault::TrailingBytes);
    };
    match ustar::parse(block)?.path.as_str() {
        name @ (MANIFEST | HASHES) => Err(ArchiveFault::entry(name, EntryFault::Twice)),
        name => Err(ArchiveFault::entry(
            name,
            EntryFault::NotTheIndex("the end of the first frame"),
        )),
    }
}

fn take<'a>(bytes: &'a [u8], name: &'static str) -> Result<(&'a [u8], &'a [u8]), ArchiveFault> {
    let cut_short = || ArchiveFault::CutShort(name.to_owned());
    let block = bytes.get(..BLOCK).ok_or_else(cut_short)?;
    let header = ustar::parse(block)?;
    if header.path.as_str() != name {
        return Err(ArchiveFault::entry(
            header.path.as_str(),
            EntryFault::NotTheIndex(name),
        ));
    }
    if block != ustar::head(name, header.size, false) {
        return Err(ArchiveFault::entry(
            name,
            EntryFault::Header("owner, time, mode or other fields"),
        ));
    }
    let end = usize::try_from(padded(header.size))
        .ok()
        .and_then(|length| length.checked_add(BLOCK));
    let rest = end.and_then(|end| bytes.get(end..)).ok_or_else(cut_short)?;
    let (content, padding) = bytes[BLOCK..bytes.len() - rest.len()].split_at(header.size as usize);
    if padding.iter().all(|byte| *byte == 0) {
        Ok((content, rest))
    } else {
        Err(ArchiveFault::entry(
            name,
            EntryFault::Header("its content is not filled up with zeros"),
        ))
    }
}
