//! Rosters in every shape that operators leave them in, and what becomes of each, byte for byte.

mod explicit;
mod refused;
mod renamed;

pub(super) use explicit::EXPLICIT;
pub(super) use refused::REFUSED;
pub(super) use renamed::{RENAMED, WITHOUT_THE_NAME};

/// A shape, its text, and the text with `mosaic-factory` renamed to `mosaic-fleet` or why it is refused.
type Shape = (
    &'static str,
    &'static str,
    Result<&'static str, &'static str>,
);
