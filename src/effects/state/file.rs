//! Format of a file of state: one line that says what it is, one with its digest, then the content.
//!
//! `mosaic-KIND FORMAT WRITER`, where FORMAT is the number of the state's format and WRITER the
//! version that wrote it, so that an older program can name the release it would take.

use postcard::experimental::serialized_size;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::effects::os::host;
use crate::model::digest::Digest;

/// The format of the state that this program writes and reads.
pub(crate) const FORMAT: u32 = 2;
/// More bytes than the two lines take.
const HEAD_MAX: usize = 256;

/// Fault of a file of state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateFault {
    /// The file is not whole, or not what it says.
    #[error("{file} is damaged: {problem}")]
    Damaged {
        /// Path of the file.
        file: String,
        /// Problem with it.
        problem: String,
    },
    /// A later release wrote it.
    #[error(
        "{file} has state format {format}, written by mosaic {writer}; this is mosaic {}",
        host::program_version()
    )]
    Newer {
        /// Path of the file.
        file: String,
        /// Number of its format.
        format: u32,
        /// Version that wrote it.
        writer: String,
    },
}

/// Bytes of a file of state for a value.
pub(crate) fn encode<T: Serialize>(kind: &str, value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_MAX + serialized_size(value).unwrap_or_default());
    bytes.extend(head(kind, &Digest::of(b"")).into_bytes());
    let body_at = bytes.len();
    // Postcard fails only on types that do not know their own length; ours all do.
    let mut bytes = postcard::to_extend(value, bytes).unwrap_or_default();
    let digest = Digest::of(&bytes[body_at..]);
    bytes[..body_at].copy_from_slice(head(kind, &digest).as_bytes());
    bytes
}

/// Reads a value back from the bytes of a file. `file` names the file in a fault.
pub(crate) fn decode<T: DeserializeOwned>(
    kind: &str,
    file: &str,
    bytes: &[u8],
) -> Result<T, StateFault> {
    let body = unseal(kind, file, bytes)?;
    postcard::from_bytes(body).map_err(|error| StateFault::Damaged {
        file: file.to_owned(),
        problem: error.to_string(),
    })
}

/// Bytes of a file of state for a body: its two lines, and the body.
pub(crate) fn seal(kind: &str, body: &[u8]) -> Vec<u8> {
    [head(kind, &Digest::of(body)).as_bytes(), body].concat()
}

fn head(kind: &str, digest: &Digest) -> String {
    format!(
        "mosaic-{kind} {FORMAT} {}\n{digest}\n",
        host::program_version()
    )
}

/// The content behind the two lines, if it is what they say.
pub(crate) fn unseal<'a>(kind: &str, file: &str, bytes: &'a [u8]) -> Result<&'a [u8], StateFault> {
    let damaged = |problem: &str| StateFault::Damaged {
        file: file.to_owned(),
        problem: problem.to_owned(),
    };
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let mut next = || parts.next().ok_or_else(|| damaged("it is cut short"));
    let head = next()?;
    let digest = next()?;
    let body = next()?;
    let head = std::str::from_utf8(head).map_err(|_| damaged("its first line is not text"))?;
    let mut words = head.split(' ');
    if words.next() != Some(&format!("mosaic-{kind}")) {
        return Err(damaged(&format!("it is not a {kind}")));
    }
    let format: u32 = words
        .next()
        .and_then(|word| word.parse().ok())
        .filter(|format| *format > 0)
        .ok_or_else(|| damaged("it has no format"))?;
    let writer = words.next().unwrap_or("?").to_owned();
    if format > FORMAT {
        return Err(StateFault::Newer {
            file: file.to_owned(),
            format,
            writer,
        });
    }
    if std::str::from_utf8(digest).ok() != Some(&Digest::of(body).to_string()) {
        return Err(damaged("its content does not match its digest"));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_and_any_cut_is_noticed() {
        let value = vec!["fleet".to_owned(), "guides".to_owned()];
        let whole = encode("record", &value);
        assert_eq!(decode::<Vec<String>>("record", "record", &whole), Ok(value));
        for at in 0..whole.len() {
            assert!(
                decode::<Vec<String>>("record", "record", &whole[..at]).is_err(),
                "cut at {at}"
            );
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            let decoded = decode::<Vec<String>>("record", "record", &flipped);
            let is_writer = whole[..at].iter().filter(|byte| **byte == b' ').count() == 2
                && !whole[..at].contains(&b'\n');
            assert!(decoded.is_err() || is_writer, "flipped at {at}");
        }
        assert!(decode::<Vec<String>>("journal", "journal", &whole).is_err());
    }

    #[test]
    fn a_later_format_names_the_release_that_wrote_it() {
        let later = String::from_utf8(encode("record", &1_u8)).unwrap();
        let later = later
            .replacen(&format!(" {FORMAT} "), " 99 ", 1)
            .replace(env!("CARGO_PKG_VERSION"), "7.8.9");
        let fault = decode::<u8>("record", "record", later.as_bytes()).unwrap_err();
        assert!(
            fault.to_string().contains("written by mosaic 7.8.9"),
            "{fault}"
        );
    }
}
