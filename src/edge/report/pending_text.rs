//! Sentences about what was done after a commit, and about names of sockets that were mended.

use crate::effects::home::pending::Notice;
use crate::effects::os::tmux::Mended;

/// Sentence for a piece of news.
pub(crate) fn news(news: &Notice) -> String {
    match news {
        Notice::SocketAdopted(adoption) => format!(
            "{} is now reachable by the socket {}, too; {} stays, and so do all sessions",
            adoption.server, adoption.name, adoption.former
        ),
        Notice::SocketReleased(adoption) => format!(
            "{} is no longer reachable by the socket {}; all its sessions go on",
            adoption.server, adoption.name
        ),
        Notice::SocketKept { name, server } => {
            format!("the socket {name} is {server}'s by now, and stays")
        }
        Notice::UnitsReadElsewhere { directory } => {
            format!("The user manager reads no units in {directory}: none is enabled or disabled.")
        }
    }
}

/// Sentence, without its full stop, for a name that was mended.
pub(crate) fn mended(mended: &Mended) -> String {
    match mended {
        Mended::Renamed { server, name } => {
            format!("{server} is reachable by the socket {name} again")
        }
        Mended::Displaced {
            server,
            name,
            impostor,
            kept_as,
        } => format!(
            "{server} is reachable by the socket {name} again; {impostor}, which had taken it, goes on as {kept_as}: tmux -L {kept_as} attach"
        ),
    }
}
