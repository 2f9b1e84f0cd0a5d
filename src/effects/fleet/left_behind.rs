//! The session of an agent that outlives its unit: where the unit's own script is gone, stopping the unit ends nothing.

use crate::effects::fleet::relaunch::socket_of;
use crate::effects::home::Home;
use crate::effects::os::tmux::Sockets;
use crate::model::tmux::Sessions;

/// Ends an agent's session, if it lives on the socket that its env file names. Why it lives still, if it does.
pub(crate) fn end(home: &Home, agent: &str) -> Option<String> {
    let socket = socket_of(home, agent)?;
    let sockets = Sockets::of_this_user();
    let lives = || match sockets.sessions(&socket) {
        Sessions::Known(sessions) => sessions.contains_key(agent),
        Sessions::Unknown(_) => false,
    };
    if !lives() {
        return None;
    }
    let said = sockets.end_session(&socket, agent);
    lives().then(|| format!("its unit has ended, and its session on {socket} has not: {said}"))
}
