//! The second name is given and taken back, and whatever is in the way of it stays as it is.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::time::Duration;

use mosaic::decide::migrate::socket::live_socket::{SocketVerdict, decide};
use mosaic::effects::os::tmux::{Adopted, Released, SocketError};
use mosaic::model::tmux::{Adoption, Occupancy, Server};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use rustix::process::{Signal, geteuid};

use crate::inside::live::fleet::{FORMER, Fleet, NAME, signal};
use crate::inside::patience::eventually;

const NOBODY: u32 = 65534;

/// Decides as an update does.
fn decided(fleet: &Fleet) -> SocketVerdict {
    let directory = fleet.directory().display().to_string();
    decide(
        &directory,
        (FORMER, &fleet.occupancy(FORMER)),
        (NAME, &fleet.occupancy(NAME)),
    )
}

#[test]
fn ten_sessions_are_taken_along_and_back_without_one_ending() {
    let (fleet, adoption) = Fleet::of(10);
    let (server, panes, client) = (adoption.server, fleet.panes(FORMER), fleet.attach(FORMER));
    assert_eq!(panes.len(), 10);
    assert_eq!(decided(&fleet), SocketVerdict::Adopt(adoption.clone()));
    assert_eq!(fleet.sockets().adopt(&adoption).unwrap(), Adopted::Linked);
    fleet.assert_both_names(server, &panes);
    assert_eq!(fleet.clients_of(NAME), client);
    assert_eq!(decided(&fleet), SocketVerdict::Already);
    assert_eq!(fleet.sockets().adopt(&adoption).unwrap(), Adopted::Already);

    fleet.ask(NAME, &["-N", "new-session", "-d", "-s", "later", "sh"]);
    for session in ["s3", "later"] {
        let said = fleet.typed(session, "tmux list-sessions");
        assert_eq!(said.lines().count(), 11, "in {session}: {said}");
    }
    fleet.ask(NAME, &["-N", "kill-session", "-t", "=later"]);
    assert_eq!(fleet.names(), [FORMER, NAME]);

    assert_eq!(
        fleet.sockets().release(&adoption).unwrap(),
        Released::Removed
    );
    assert_eq!(
        fleet.sockets().release(&adoption).unwrap(),
        Released::Nothing
    );
    assert_eq!(fleet.names(), [FORMER]);
    assert_eq!((fleet.server(FORMER), fleet.panes(FORMER)), (server, panes));
    assert_eq!(fleet.clients_of(FORMER), client);
}

#[test]
fn a_dead_socket_gives_way() {
    let (fleet, adoption) = Fleet::of(2);
    let panes = fleet.panes(FORMER);
    for lay in [
        |fleet: &Fleet| fleet.leave_dead(NAME),
        |fleet: &Fleet| {
            symlink("nowhere", fleet.directory().join(NAME)).unwrap();
        },
    ] {
        lay(&fleet);
        assert_eq!(fleet.occupancy(NAME), Occupancy::Stale);
        assert_eq!(decided(&fleet), SocketVerdict::Adopt(adoption.clone()));
        assert_eq!(fleet.sockets().adopt(&adoption).unwrap(), Adopted::Linked);
        fleet.assert_both_names(adoption.server, &panes);
        assert_eq!(fleet.names(), [FORMER, NAME]);
        assert_eq!(
            fleet.sockets().release(&adoption).unwrap(),
            Released::Removed
        );
    }
}

/// What is in the way keeps everything as it is: each name keeps its inode.
fn is_refused(fleet: &Fleet, adoption: &Adoption, part: &str) {
    let inodes = || {
        let inode = |name: &String| {
            fs::symlink_metadata(fleet.directory().join(name))
                .unwrap()
                .ino()
        };
        fleet
            .names()
            .into_iter()
            .map(|name| (inode(&name), name))
            .collect::<Vec<_>>()
    };
    let before = inodes();
    let sockets = fleet.sockets().with_patience(Duration::from_millis(400));
    let error = sockets.adopt(adoption).expect_err("refused").to_string();
    assert!(error.contains(part), "{error}");
    assert_eq!(inodes(), before);
}

#[test]
fn another_server_on_the_new_name_is_refused() {
    let (fleet, adoption) = Fleet::of(2);
    let other = fleet.start(NAME, 1);
    assert!(matches!(decided(&fleet), SocketVerdict::Refused(_)));
    is_refused(
        &fleet,
        &adoption,
        &format!("tmux server {} answers there", other.pid),
    );
    assert_eq!(
        fleet.sockets().release(&adoption).unwrap(),
        Released::Left(other)
    );
    assert_eq!(
        (fleet.server(FORMER), fleet.server(NAME)),
        (adoption.server, other)
    );
    fleet.kill(adoption.server);
    assert_eq!(
        decided(&fleet),
        SocketVerdict::Nothing,
        "a fleet that already runs on the new name"
    );
}

#[test]
fn what_is_no_socket_of_ours_is_refused() {
    let (fleet, adoption) = Fleet::of(1);
    let path = fleet.directory().join(NAME);
    fs::write(&path, "a file").unwrap();
    is_refused(&fleet, &adoption, "is not a socket");
    assert!(matches!(
        fleet.sockets().release(&adoption),
        Err(SocketError::Taken { .. })
    ));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a file");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    is_refused(&fleet, &adoption, "is not a socket");
    fs::remove_dir(&path).unwrap();
    if !geteuid().is_root() {
        return println!("skipped: needs root");
    }
    fleet.leave_dead(NAME);
    chown(&path, Some(NOBODY), None).unwrap();
    is_refused(&fleet, &adoption, "belongs to user 65534");
    assert!(matches!(decided(&fleet), SocketVerdict::Refused(_)));
    chown(fleet.directory(), Some(NOBODY), None).unwrap();
    assert_eq!(
        fleet.occupancy(FORMER),
        Occupancy::Foreign { owner: NOBODY }
    );
    chown(fleet.directory(), Some(0), None).unwrap();
}

#[test]
fn a_directory_that_tmux_would_not_use_tells_nothing() {
    let (fleet, adoption) = Fleet::of(1);
    let set = |mode| {
        let bits = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(fleet.directory(), bits).unwrap();
    };
    set(0o755);
    assert!(matches!(fleet.occupancy(FORMER), Occupancy::Unknown(_)));
    is_refused(&fleet, &adoption, "tmux will not use it");
    set(0o700);
    assert_eq!(fleet.occupancy(FORMER), Occupancy::Served(adoption.server));
    assert_eq!(
        Fleet::new().occupancy(FORMER),
        Occupancy::Free,
        "before any server"
    );
}

#[test]
fn a_server_that_hangs_is_not_taken_for_dead() {
    let (fleet, adoption) = Fleet::of(2);
    let panes = fleet.panes(FORMER);
    signal(adoption.server, Signal::STOP);
    is_refused(&fleet, &adoption, "does not answer in time");
    // Its queue of connections is full after some of these.
    let address = SocketAddrUnix::new(fleet.directory().join(FORMER)).unwrap();
    let mut waiting = Vec::new();
    loop {
        let socket = socket_with(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::NONBLOCK,
            None,
        )
        .unwrap();
        match connect(&socket, &address) {
            Ok(()) => waiting.push(socket),
            Err(errno) => break assert_eq!(errno, Errno::AGAIN),
        }
    }
    is_refused(&fleet, &adoption, "does not answer in time");
    drop(waiting);
    signal(adoption.server, Signal::CONT);
    assert_eq!(fleet.sockets().adopt(&adoption).unwrap(), Adopted::Linked);
    signal(adoption.server, Signal::STOP);
    let impatient = fleet.sockets().with_patience(Duration::from_millis(300));
    assert!(impatient.release(&adoption).is_err());
    assert_eq!(impatient.mend(&adoption).unwrap(), None);
    signal(adoption.server, Signal::CONT);
    fleet.assert_both_names(adoption.server, &panes);
}

#[test]
fn a_server_that_has_ended_leaves_nothing_to_adopt() {
    let (fleet, adoption) = Fleet::of(2);
    fleet.kill(adoption.server);
    assert_eq!(decided(&fleet), SocketVerdict::Nothing);
    assert_eq!(fleet.sockets().adopt(&adoption).unwrap(), Adopted::Gone);
    assert_eq!(fleet.names(), [FORMER]);
    let next = fleet.start(FORMER, 1);
    assert_eq!(
        fleet.sockets().adopt(&adoption).unwrap(),
        Adopted::Gone,
        "whoever has the name now"
    );
    let next = fleet.adoption(next);
    assert_eq!(fleet.sockets().adopt(&next).unwrap(), Adopted::Linked);
    fleet.kill(next.server);
    assert_eq!(
        fleet.sockets().release(&next).unwrap(),
        Released::Removed,
        "a dead name goes, too"
    );
    assert_eq!(fleet.names(), [FORMER]);
}

#[test]
fn a_server_that_no_name_leads_to_is_not_taken_for_gone() {
    let (fleet, adoption) = Fleet::of(1);
    fs::remove_file(fleet.directory().join(FORMER)).unwrap();
    is_refused(&fleet, &adoption, "there is no such socket");
    fleet.leave_dead(FORMER);
    is_refused(&fleet, &adoption, "nobody answers there");
}

#[test]
fn a_server_of_another_time_is_another_server() {
    let (fleet, adoption) = Fleet::of(1);
    let server = Server {
        started: adoption.server.started - 1,
        ..adoption.server
    };
    is_refused(
        &fleet,
        &Adoption { server, ..adoption },
        "cannot be reached",
    );
}

#[test]
fn a_server_without_sessions_and_one_that_is_no_tmux_are_told_apart() {
    let (fleet, adoption) = Fleet::of(1);
    fleet.ask(FORMER, &["set-option", "-g", "exit-empty", "off"]);
    fleet.ask(FORMER, &["kill-session", "-t", "=s0"]);
    assert_eq!(fleet.occupancy(FORMER), Occupancy::Served(adoption.server));
    let listener = std::os::unix::net::UnixListener::bind(fleet.directory().join(NAME)).unwrap();
    is_refused(&fleet, &adoption, "does not answer in time");
    drop(listener);
    fleet.ask(FORMER, &["kill-server"]);
    eventually("it ends", || fleet.occupancy(FORMER).is_dead());
    assert_eq!(fleet.occupancy(FORMER), Occupancy::Stale);
}

#[test]
fn the_former_name_comes_back_before_the_second_one_goes() {
    let (fleet, adoption) = Fleet::of(2);
    let panes = fleet.panes(FORMER);
    for is_dead in [false, true] {
        fleet.sockets().adopt(&adoption).unwrap();
        fs::remove_file(fleet.directory().join(FORMER)).unwrap();
        if is_dead {
            fleet.leave_dead(FORMER);
        }
        assert_eq!(
            fleet.sockets().release(&adoption).unwrap(),
            Released::Removed
        );
        assert_eq!(
            (fleet.server(FORMER), fleet.panes(FORMER)),
            (adoption.server, panes.clone())
        );
        assert_eq!(fleet.names(), [FORMER]);
    }
    fleet.sockets().adopt(&adoption).unwrap();
    fs::remove_file(fleet.directory().join(FORMER)).unwrap();
    let impostor = fleet.start(FORMER, 1);
    let refused = fleet.sockets().release(&adoption);
    assert!(
        matches!(refused, Err(SocketError::Unreached { .. })),
        "its last name stays: {refused:?}"
    );
    assert_eq!(
        (fleet.server(FORMER), fleet.server(NAME)),
        (impostor, adoption.server)
    );
}
