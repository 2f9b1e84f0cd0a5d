//! Joins the operator's edit and the release's, by lines, over what was recorded.

/// Largest content that is merged, in bytes.
pub const MERGE_MAX: u64 = 4 << 20;

/// What became of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// Both changes are in it.
    Clean(Vec<u8>),
    /// Both changed the same lines; the content has markers around them.
    Conflicting(Vec<u8>),
}

/// Whether a content can be merged: UTF-8 without NUL, of at most [`MERGE_MAX`] bytes.
pub fn is_text(content: &[u8]) -> bool {
    content.len() as u64 <= MERGE_MAX && !content.contains(&0) && std::str::from_utf8(content).is_ok()
}

/// Merges found and want over record. Lines are compared by bytes, line endings included.
pub fn merge(record: &[u8], found: &[u8], want: &[u8]) -> Merged {
    let mut options = diffy::MergeOptions::new();
    options.set_conflict_style(diffy::ConflictStyle::Diff3);
    match options.merge_bytes(record, found, want) {
        Ok(clean) => Merged::Clean(clean),
        Err(conflicting) => Merged::Conflicting(conflicting),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_both_edits_and_every_line_ending() {
        let merged = merge(b"a\r\nb\nc\nd", b"a!\r\nb\nc\nd", b"a\r\nb\nc\nd?");
        assert_eq!(merged, Merged::Clean(b"a!\r\nb\nc\nd?".to_vec()));
    }

    #[test]
    fn the_same_line_twice_is_a_conflict_with_all_three_shown() {
        let Merged::Conflicting(text) = merge(b"a\n", b"mine\n", b"theirs\n") else {
            panic!("should not merge")
        };
        let text = String::from_utf8(text).unwrap();
        for part in ["<<<<<<<", "mine\n", "|||||||", "a\n", "=======", "theirs\n", ">>>>>>>"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn text_is_utf8_without_nul_of_bounded_size() {
        assert!(is_text("grüße\n".as_bytes()));
        assert!(!is_text(b"a\0b"));
        assert!(!is_text(b"\xff"));
        assert!(!is_text(&vec![b'a'; MERGE_MAX as usize + 1]));
    }
}
