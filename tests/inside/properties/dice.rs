//! Choices drawn from random bytes: the same bytes make the same choices, whatever is written with them.

use proptest::prelude::*;

/// What a text is drawn from.
pub fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..160)
}

pub struct Dice<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Dice<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes: bytes.iter(),
        }
    }

    /// Which of `sides`; the first where the bytes are used up.
    pub fn side(&mut self, sides: usize) -> usize {
        self.bytes.next().map_or(0, |byte| usize::from(*byte)) % sides
    }

    /// Whether something comes true that does one time in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.side(times) == times - 1
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.side(from.len())]
    }
}
