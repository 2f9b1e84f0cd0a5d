//! The living fleet's two names when its socket is renamed: who is behind each, where the server really is.

use crate::decide::fleet::picture::{FleetServer, Picture};
use crate::decide::migrate::fleet_files::SocketOccupancy;
use crate::effects::fleet::picture::{Asked, look};
use crate::effects::home::Home;
use crate::effects::os::tmux::Sockets;
use crate::effects::outside::surroundings::Surroundings;
use crate::effects::outside::units::UnitsDirectory;
use crate::model::tmux::{Occupancy, Silence};

/// Who is behind the name that a fleet's server was started by, and behind the one that it is to have, in the directory
/// that it has its socket in. A demo in a scratch folder leaves the running fleet of its user alone.
pub(super) fn at_names(
    home: &Home,
    units: &UnitsDirectory,
    surroundings: &Surroundings,
    (from, to): (&str, &str),
) -> Option<SocketOccupancy> {
    if !surroundings.is_usual && !units.is_installed && surroundings.usual_has_fleet {
        return None;
    }
    let picture = look(&Asked {
        place: home.root.path(),
        home: Some(home),
        surroundings,
        roster: None,
        sockets: &[from],
        reads_screens: false,
    })
    .picture;
    let own = Sockets::of_this_user();
    let servers: Vec<_> = picture
        .servers
        .iter()
        .filter(|server| is_at(server, from))
        .collect();
    let (sockets, at_former) = match servers.as_slice() {
        [server] => seen(server, own),
        [] => {
            let at_former = unseen(&picture).unwrap_or_else(|| own.occupancy(from));
            (own, at_former)
        }
        [one, another, ..] => {
            let both = format!(
                "{} and {} are both tmux servers of this fleet",
                one.pid, another.pid
            );
            (own, Occupancy::Unknown(both))
        }
    };
    Some(SocketOccupancy {
        directory: sockets.directory().display().to_string(),
        at_name: sockets.occupancy(to),
        at_former,
    })
}

/// Tells whether a server was started by this name.
fn is_at(server: &FleetServer, name: &str) -> bool {
    let mut paths = server.bound.iter().chain(&server.reach);
    paths.any(|path| path.file_name().is_some_and(|it| it == name))
}

/// A server in its own directory of sockets. One that cannot be reached there cannot be given a name.
fn seen(server: &FleetServer, own: Sockets) -> (Sockets, Occupancy) {
    let path = server.bound.first().or(server.reach.as_ref());
    let sockets = match path.and_then(|path| path.parent()) {
        Some(directory) => Sockets::at(directory),
        None => own,
    };
    let occupancy = match &server.server {
        Some(known) if server.reach.as_ref() == path => Occupancy::Served(*known),
        _ => {
            // One that answers by another name has lost this one.
            let why = server.panes.as_ref().err().unwrap_or(&Silence::NoSocket);
            Occupancy::Unknown(why.of_server(server.pid))
        }
    };
    (sockets, occupancy)
}

/// What cannot be seen is not taken for dead.
fn unseen(picture: &Picture) -> Option<Occupancy> {
    let why = picture
        .processes
        .as_ref()
        .err()
        .or_else(|| picture.signs.first());
    why.cloned().map(Occupancy::Unknown)
}
