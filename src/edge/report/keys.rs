//! The keys that a terminal sends, read from its bytes.

/// What begins and ends a text that was pasted, not typed.
const PASTED: &[u8] = b"\x1b[200~";
const PASTED_END: &[u8] = b"\x1b[201~";

/// A key, or a text that was pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A character.
    Char(char),
    /// A text that was pasted at once.
    Pasted(String),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Backspace.
    Backspace,
    /// Ctrl-U.
    ClearLine,
    /// Ctrl-L.
    Redraw,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
    /// The arrow upwards.
    Up,
    /// The arrow downwards.
    Down,
    /// A page upwards.
    PageUp,
    /// A page downwards.
    PageDown,
    /// To the beginning.
    Home,
    /// To the end.
    End,
}

/// The keys in some bytes; what is no key that anybody asks for is left out.
pub(crate) fn keys(mut bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    while let Some(first) = bytes.first() {
        let (key, length) = match first {
            0x1b => escape(bytes),
            b'\r' | b'\n' => (Some(Key::Enter), 1),
            0x08 | 0x7f => (Some(Key::Backspace), 1),
            0x03 => (Some(Key::Interrupt), 1),
            0x0c => (Some(Key::Redraw), 1),
            0x15 => (Some(Key::ClearLine), 1),
            0x1a => (Some(Key::Suspend), 1),
            _ => character(bytes),
        };
        keys.extend(key);
        bytes = &bytes[length.min(bytes.len())..];
    }
    keys
}

/// Tells whether the last key in some bytes may have more to come.
pub(crate) fn is_unfinished(bytes: &[u8]) -> bool {
    if let Some(at) = find(bytes, PASTED) {
        return find(&bytes[at..], PASTED_END).is_none();
    }
    let Some(at) = bytes.iter().rposition(|byte| *byte == 0x1b) else {
        return std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    };
    match &bytes[at + 1..] {
        [] => true,
        [b'[' | b'O', parameters @ ..] => !parameters.iter().any(is_final),
        _ => false,
    }
}

/// A sequence that begins with an escape, and its length.
fn escape(bytes: &[u8]) -> (Option<Key>, usize) {
    if let Some(text) = bytes.strip_prefix(PASTED) {
        let end = find(text, PASTED_END).unwrap_or(text.len());
        let pasted = String::from_utf8_lossy(&text[..end]).into_owned();
        return (
            Some(Key::Pasted(pasted)),
            PASTED.len() + end + PASTED_END.len(),
        );
    }
    match bytes.get(1) {
        None | Some(0x1b) => (Some(Key::Escape), 1),
        Some(b'[' | b'O') => {
            let parameters = &bytes[2..];
            let Some(last) = parameters.iter().position(is_final) else {
                return (None, bytes.len());
            };
            (named(&parameters[..last], parameters[last]), last + 3)
        }
        // Alt with a character.
        Some(_) => (None, 1 + character(&bytes[1..]).1),
    }
}

fn named(parameters: &[u8], last: u8) -> Option<Key> {
    match (parameters, last) {
        (_, b'A') => Some(Key::Up),
        (_, b'B') => Some(Key::Down),
        (_, b'H') | (b"1" | b"7", b'~') => Some(Key::Home),
        (_, b'F') | (b"4" | b"8", b'~') => Some(Key::End),
        (b"5", b'~') => Some(Key::PageUp),
        (b"6", b'~') => Some(Key::PageDown),
        _ => None,
    }
}

fn is_final(byte: &u8) -> bool {
    (0x40..=0x7e).contains(byte)
}

fn character(bytes: &[u8]) -> (Option<Key>, usize) {
    let most = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(most) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&most[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(character) => {
            let key = (!character.is_control()).then_some(Key::Char(character));
            (key, character.len_utf8())
        }
        None => (None, 1),
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_what_terminals_send() {
        let read = keys("aä\r\x7f\x1b[A\x1bOB\x1b[5~\x1b[1~\x1b[F\x03\x1a".as_bytes());
        let expected = [
            Key::Char('a'),
            Key::Char('ä'),
            Key::Enter,
            Key::Backspace,
            Key::Up,
            Key::Down,
            Key::PageUp,
            Key::Home,
            Key::End,
            Key::Interrupt,
            Key::Suspend,
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_lone_escape_is_a_key_and_what_nobody_asks_for_is_none() {
        assert_eq!(keys(b"\x1b"), [Key::Escape]);
        assert_eq!(keys(b"\x1b\x1b[A"), [Key::Escape, Key::Up]);
        assert_eq!(keys(b"\x1br\x1b[<0;3;4M\x1b[3~\xff\x00q"), [Key::Char('q')]);
    }

    #[test]
    fn what_is_pasted_is_no_row_of_keys() {
        let read = keys(b"\x1b[200~ry\x1b[A\x1b[201~q");
        assert_eq!(read, [Key::Pasted("ry\u{1b}[A".to_owned()), Key::Char('q')]);
        assert_eq!(keys(b"\x1b[200~cut"), [Key::Pasted("cut".to_owned())]);
    }

    #[test]
    fn the_beginning_of_a_key_is_known() {
        for begun in [&b"\x1b"[..], b"q\x1b[", b"\x1b[5", b"\xc3", b"\x1b[200~r"] {
            assert!(is_unfinished(begun), "{begun:?}");
        }
        for whole in [
            &b"q"[..],
            b"\x1b[A",
            b"\x1bx",
            b"\x1b[200~r\x1b[201~",
            b"\xff",
        ] {
            assert!(!is_unfinished(whole), "{whole:?}");
        }
    }
}
