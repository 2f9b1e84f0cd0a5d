//! The advice of tmux sockets that cannot be given a second name.

use crate::decide::doctor::quoted;
use crate::edge::error::advice::Advise;
use crate::effects::os::tmux::SocketError;
use crate::model::tmux::Occupancy;

impl Advise for SocketError {
    fn advice(&self, flags: &str) -> Option<String> {
        let (Self::Unreached { socket, found, .. } | Self::Taken { socket, found, .. }) = self
        else {
            return None;
        };
        let socket = quoted(&socket.display().to_string());
        Some(match found {
            Occupancy::Free | Occupancy::Stale => {
                format!("try again, or see what is wrong: mosaic doctor{flags}")
            }
            Occupancy::Served(_) => format!(
                "see whose sessions those are, end that server once they are not needed, and try again: tmux -S {socket} list-sessions"
            ),
            Occupancy::Foreign { .. } => {
                format!("have its owner remove it, and try again: ls -ln {socket}")
            }
            Occupancy::Unknown(_) => {
                format!("see whether it answers, and try again: tmux -S {socket} list-sessions")
            }
        })
    }
}
