//! The migrations of the tmux socket: named, renamed, taken along while it lives.

pub(crate) mod implicit_socket;
pub(crate) mod live_server;
pub(crate) mod live_socket;
pub(crate) mod mentions;
pub(crate) mod rename_socket;

/// The id of the migration that changes what the socket is called.
pub(crate) const RENAME_SOCKET: &str = rename_socket::MIGRATION.id;
/// The id of the one that takes a running server along; it edits nothing.
pub(crate) const LIVE_SOCKET: &str = live_server::ID;
