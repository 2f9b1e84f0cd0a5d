//! A client of a tmux server: the tmux on the `PATH`, or the server's own program where that is of another version and
//! the two do not understand each other.

use std::path::Path;
use std::time::Duration;

use rustix::net::sockopt::socket_peercred;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use crate::effects::os::process;
use crate::model::answer::Answer;

/// Words of a client that is older than the server (before 3.7, of one since). They are not true: the server is well.
const NOT_UNDERSTOOD: &str = "server exited unexpectedly";

/// Tells the server at a path something; starts none.
pub(super) fn tell(path: &Path, words: &[&str], patience: Duration) -> Answer {
    tell_by(path, words, |program, words| {
        process::ask(program, words, patience)
    })
}

/// Tells the server at a path something, with text that the client reads.
pub(super) fn hand(path: &Path, words: &[&str], text: &str, patience: Duration) -> Answer {
    let input = text.as_bytes();
    tell_by(path, words, |program, words| {
        process::ask_to_read(input, program, words, patience)
    })
}

fn tell_by(path: &Path, words: &[&str], ask: impl Fn(&str, &[&str]) -> Answer) -> Answer {
    let Some(socket) = path.to_str() else {
        return Answer::Broken("its path is not UTF-8".to_owned());
    };
    let words = [&["-N", "-u", "-S", socket], words].concat();
    let answer = ask("tmux", &words);
    let is_understood =
        !matches!(&answer, Answer::Said { error, .. } if error.trim() == NOT_UNDERSTOOD);
    if is_understood {
        return answer;
    }
    let own = server_behind(path).map(program_of);
    let own = own.map(|program| ask(&program, &words));
    match own {
        Some(said @ Answer::Said { .. }) => said,
        _ => answer,
    }
}

/// Path by which the kernel lets the program of a process be run, also where its file was replaced or removed.
pub(crate) fn program_of(pid: u32) -> String {
    format!("/proc/{pid}/exe")
}

/// Process number of whoever listens at a path.
fn server_behind(path: &Path) -> Option<u32> {
    let flags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).ok()?;
    connect(&socket, &SocketAddrUnix::new(path).ok()?).ok()?;
    let peer = socket_peercred(&socket).ok()?;
    u32::try_from(peer.pid.as_raw_nonzero().get()).ok()
}
