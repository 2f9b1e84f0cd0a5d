//! The keys that `fleet install` writes into env files.

/// The agent's name.
pub(crate) const NAME: &str = "MOSAIC_AGENT_NAME";
/// The agent's runtime.
pub(crate) const RUNTIME: &str = "MOSAIC_AGENT_RUNTIME";
/// The agent's model; empty for the runtime's own choice. Since 0.0.36.
pub(crate) const MODEL: &str = "MOSAIC_AGENT_MODEL";
/// The agent's working directory.
pub(crate) const WORKDIR: &str = "MOSAIC_AGENT_WORKDIR";
/// The command line of a runtime that the roster defines; absent for those that Mosaic knows.
pub(crate) const PROGRAM: &str = "MOSAIC_AGENT_PROGRAM";
/// Set to 1 where what runs in the session is to write heartbeats; absent else.
pub(crate) const HEARTBEATS: &str = "MOSAIC_AGENT_HEARTBEATS";
/// Words, one a line, by which a runtime writes heartbeats itself; the start script gives them.
pub(crate) const HOOKS: &str = "MOSAIC_AGENT_HOOKS";
/// Words by which a runtime goes on with its agent's own conversation; the start script gives them.
pub(crate) const CONVERSATION: &str = "MOSAIC_AGENT_CONVERSATION";
/// The name of the tmux socket; empty for tmux's own.
pub(crate) const SOCKET: &str = "MOSAIC_TMUX_SOCKET";
/// The holder's session.
pub(crate) const HOLDER: &str = "MOSAIC_TMUX_HOLDER";
