//! The keys that `fleet install` writes into env files.

/// The agent's name.
pub const NAME: &str = "MOSAIC_AGENT_NAME";
/// The agent's runtime.
pub const RUNTIME: &str = "MOSAIC_AGENT_RUNTIME";
/// The agent's model; empty for the runtime's own choice. Since 0.0.36.
pub const MODEL: &str = "MOSAIC_AGENT_MODEL";
/// The agent's working directory.
pub const WORKDIR: &str = "MOSAIC_AGENT_WORKDIR";
/// The name of the tmux socket; empty for tmux's own.
pub const SOCKET: &str = "MOSAIC_TMUX_SOCKET";
/// The holder's session.
pub const HOLDER: &str = "MOSAIC_TMUX_HOLDER";
