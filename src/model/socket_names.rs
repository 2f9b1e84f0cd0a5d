//! The names of the fleet's tmux socket, before and since its renaming, and of tmux's own.

/// Name of the fleet's socket until 0.0.36.
pub const FORMER: &str = "mosaic-factory";
/// Name of the fleet's socket since 0.1.0.
pub const PRESENT: &str = "mosaic-fleet";
/// Name of tmux's own socket.
pub const DEFAULT: &str = "default";
