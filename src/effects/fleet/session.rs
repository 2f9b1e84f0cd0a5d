//! A session of a tmux socket by its exact name, whoever declares it.

use std::path::PathBuf;

use crate::effects::os::processes;
use crate::effects::os::tmux::{DEFAULT, Sockets, panes};
use crate::model::fleet_name::{SessionName, SocketName};
use crate::model::process::Processes;
use crate::model::tmux::Pane;

/// A session that was found.
pub(crate) struct FoundSession {
    /// Path by which its server answers.
    pub server: PathBuf,
    /// Process number of the server.
    pub server_pid: u32,
    /// Its first pane.
    pub pane: Pane,
    /// The processes of this user.
    pub processes: Processes,
}

/// Looks for a session on a socket of this user, `None` for the default one. By its name alone nobody can tell whose a server
/// elsewhere is.
///
/// # Errors
///
/// Why there is none, in words.
pub(crate) fn find(
    socket: Option<&SocketName>,
    session: &SessionName,
) -> Result<FoundSession, String> {
    let name = socket.map_or(DEFAULT, SocketName::as_str);
    let server = Sockets::of_this_user().directory().join(name);
    let answer = panes::ask(&server, &[])
        .map_err(|silence| format!("no session can be seen on the socket {name}: {silence}"))?;
    let mut all = answer.panes.into_iter();
    let pane = all.find(|pane| pane.session == session.as_str());
    Ok(FoundSession {
        server_pid: answer.server.pid,
        pane: pane.ok_or_else(|| format!("there is no session {session} on the socket {name}"))?,
        processes: processes::look().map_err(|error| error.to_string())?,
        server,
    })
}
