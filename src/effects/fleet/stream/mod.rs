//! The output of a pane for many readers at once. tmux has one pipe for it: a hub, which tmux starts at the first reader,
//! hands what comes there on to all, and ends with the last. Nothing is kept on disk, and little in memory.

pub(crate) mod hub;
pub(crate) mod reader;

/// Begins what a hub says: whoever ended before it was about to.
const GREETING: u32 = u32::MAX;
/// Says that the output has ended, in the place of a length.
const END: u32 = 0;
/// Bytes that are handed on at once.
const CHUNK: usize = 16 * 1024;

/// Bytes as a hub says them; none are the end.
fn frame(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(END);
    [&length.to_be_bytes(), bytes].concat()
}
