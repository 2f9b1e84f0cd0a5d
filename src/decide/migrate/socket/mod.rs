//! The migrations of the tmux socket: named, renamed, taken along while it lives.

pub mod implicit_socket;
pub mod live_socket;
pub mod mentions;
pub mod rename_socket;
