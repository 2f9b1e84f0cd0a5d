//! The keys that `fleet install` writes into env files.

/// The agent's name.
pub const NAME: &str = "MOSAIC_AGENT_NAME";
/// Its runtime.
pub const RUNTIME: &str = "MOSAIC_AGENT_RUNTIME";
/// Its model; empty for the runtime's own choice. Since 0.0.36.
pub const MODEL: &str = "MOSAIC_AGENT_MODEL";
/// Its working directory.
pub const WORKDIR: &str = "MOSAIC_AGENT_WORKDIR";
/// The name of the tmux socket; empty for tmux's own.
pub const SOCKET: &str = "MOSAIC_TMUX_SOCKET";
/// The holder's session.
pub const HOLDER: &str = "MOSAIC_TMUX_HOLDER";
