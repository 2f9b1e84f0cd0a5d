//! The migrations of the tmux socket: named, renamed, taken along while it lives.

pub mod implicit_socket;
pub mod live_server;
pub mod live_socket;
pub mod mentions;
pub mod rename_socket;

/// The id of the migration that changes what the socket is called.
pub const RENAME_SOCKET: &str = rename_socket::MIGRATION.id;
/// The id of the one that takes a running server along; it edits nothing.
pub const LIVE_SOCKET: &str = live_server::ID;
