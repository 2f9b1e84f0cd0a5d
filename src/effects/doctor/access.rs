//! Looks at the ways into the panes of a fleet.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::decide::doctor::access::{AccessFacts, Admitted, Foreign, SocketFolder, Terminal};
use crate::decide::fleet::picture::{FleetServer, Picture};
use crate::effects::doctor::PATIENCE;
use crate::effects::os::disk::outside;
use crate::effects::os::tmux::access::admitted;
use crate::effects::os::{host, process, processes};
use crate::model::answer::Answer;
use crate::model::tmux::Pane;

const BITS: u32 = 0o777;

/// Looks at the folder of this shell's sockets, and at the servers of the fleet.
pub(super) fn look(sockets: &Path, picture: Option<&Picture>) -> AccessFacts {
    let servers = picture.map_or(&[][..], |picture| &picture.servers);
    let bound = servers.iter().filter_map(|server| server.bound.first());
    let mut folders: BTreeSet<PathBuf> = bound
        .filter_map(|path| Some(path.parent()?.to_owned()))
        .collect();
    folders.insert(sockets.to_owned());
    AccessFacts {
        you: host::effective_uid(),
        folders: folders.iter().filter_map(|path| folder(path)).collect(),
        admitted: servers.iter().flat_map(users).collect(),
        terminals: terminals(servers),
    }
}

fn folder(path: &Path) -> Option<SocketFolder> {
    let stat = outside::stat(path).ok()?;
    Some(SocketFolder {
        path: path.display().to_string(),
        owner: stat.uid(),
        group: stat.gid(),
        mode: stat.mode() & BITS,
    })
}

fn users(server: &FleetServer) -> Vec<Admitted> {
    let Some(socket) = &server.reach else {
        return Vec::new();
    };
    let users = admitted(socket);
    // One who is not root is on his own list.
    let own = (!users.is_empty()).then(|| process::ask("id", &["-un"], PATIENCE));
    let own = own.as_ref().map_or("", Answer::text);
    let others = users.into_iter().filter(|(user, _)| user != own);
    others
        .map(|(user, may_type)| Admitted {
            socket: socket.display().to_string(),
            user,
            may_type,
        })
        .collect()
}

fn terminals(servers: &[FleetServer]) -> Vec<Terminal> {
    let foreign = processes::foreign_on_terminals();
    let panes = servers
        .iter()
        .flat_map(|server| server.panes.iter().flatten());
    let terminal = |pane: &Pane| {
        let number = processes::terminal(pane.pid?)?;
        let path = format!("/dev/pts/{number}");
        let there = foreign.iter().filter(|process| process.terminal == number);
        Some(Terminal {
            session: pane.session.clone(),
            mode: outside::stat(Path::new(&path)).ok()?.mode() & BITS,
            path,
            foreign: there
                .map(|process| Foreign {
                    pid: process.pid,
                    user: process.user,
                    name: process.name.clone(),
                })
                .collect(),
        })
    };
    panes.filter_map(terminal).collect()
}
