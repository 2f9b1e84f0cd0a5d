//! What a server has: its panes, by the exact names of their sessions. It is asked by the path of a socket.

use std::path::Path;

use super::{PATIENCE, client, parse};
use crate::model::answer::Answer;
use crate::model::tmux::{Pane, ServerAnswer, Silence};

/// The name of a session comes last: it may have any character in it.
const PANE: &str = "#{pane_dead}|#{pane_pid}|#{session_id}|#{session_name}";
const SERVER: &str = "#{pid}|#{start_time}";
/// What a server without a session says when it is asked for panes.
const NO_SESSION: &str = "no current target";

/// Asks the server at a path for itself and its panes: one program that is run. Starts no server.
///
/// # Errors
///
/// Why it does not tell.
pub(crate) fn ask(path: &Path) -> Result<ServerAnswer, Silence> {
    let words = [
        "display-message",
        "-p",
        SERVER,
        ";",
        "list-panes",
        "-a",
        "-F",
        PANE,
    ];
    let (status, text, error) = match client::tell(path, &words, PATIENCE) {
        Answer::Said {
            status,
            text,
            error,
        } => (status, text, error),
        Answer::Late { .. } => return Err(Silence::Late),
        Answer::Absent => return Err(Silence::Told("tmux is not on the PATH".to_owned())),
        Answer::Broken(why) => return Err(Silence::Told(why)),
    };
    let mut lines = text.lines();
    let server = lines.next().and_then(parse);
    let is_told = status == Some(0) || error.trim() == NO_SESSION;
    match server.filter(|_| is_told) {
        Some(server) => Ok(ServerAnswer {
            server,
            panes: lines.filter_map(pane).collect(),
        }),
        None => Err(Silence::Told(explained(error.trim()))),
    }
}

/// A client that is older than the server ends with words that blame the server, which is well.
fn explained(error: &str) -> String {
    match error {
        "server exited unexpectedly" => {
            "the tmux on the PATH cannot speak to the server, which is of another version"
                .to_owned()
        }
        error => error.to_owned(),
    }
}

/// Ends a session, by its id, with all that runs in it. What tmux says to that.
pub(crate) fn end_session(path: &Path, id: &str) -> String {
    match client::tell(path, &["kill-session", "-t", id], PATIENCE) {
        Answer::Said { error, .. } => error.trim().to_owned(),
        answer => format!("{answer:?}"),
    }
}

fn pane(line: &str) -> Option<Pane> {
    let mut fields = line.splitn(4, '|');
    let is_dead = fields.next()? == "1";
    let pid = fields.next()?.parse().ok();
    Some(Pane {
        is_dead,
        pid,
        session_id: fields.next()?.to_owned(),
        session: fields.next()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pane_is_read_whatever_its_session_is_called() {
        let read = pane("0|77|$3|b|c").expect("a pane");
        assert_eq!((read.pid, read.is_dead), (Some(77), false));
        assert_eq!(
            (read.session_id.as_str(), read.session.as_str()),
            ("$3", "b|c")
        );
        // Since tmux 3.7 a dead pane has no process.
        assert_eq!(
            pane("1||$3|a").map(|pane| (pane.pid, pane.is_dead)),
            Some((None, true))
        );
    }
}
