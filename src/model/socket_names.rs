//! The names of the fleet's tmux socket, before and since its renaming.

/// The name until 0.0.36.
pub const FORMER: &str = "mosaic-factory";
/// The name since 0.1.0.
pub const PRESENT: &str = "mosaic-fleet";
