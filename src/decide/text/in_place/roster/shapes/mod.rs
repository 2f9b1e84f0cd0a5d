//! Rosters in every shape that operators leave them in, and what becomes of each, byte for byte.

/// A shape, its text, and the text with `mosaic-factory` renamed to `mosaic-fleet` or why it is refused.
pub type Shape = (
    &'static str,
    &'static str,
    Result<&'static str, &'static str>,
);

pub mod explicit;
pub mod refused;
pub mod renamed;
