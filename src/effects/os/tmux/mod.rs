//! The tmux sockets of a user: who is behind a name. No server is ever started, and `$TMUX` never asked.

pub(crate) mod access;
pub(crate) mod alias;
pub(crate) mod client;
pub(crate) mod panes;
pub(crate) mod piping;
pub(crate) mod typing;

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use crate::effects::os::disk::outside;
use crate::effects::os::host;
use crate::model::answer::Answer;
use crate::model::tmux::{Occupancy, Server};

pub(crate) use crate::model::socket_names::DEFAULT;
pub(crate) use alias::{Adopted, Mended, Released, SocketError};

/// Time that a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Permission bits that tmux lets nobody else have in the directory of its sockets.
const OTHERS: u32 = 0o007;

/// A directory of sockets.
#[derive(Debug, Clone)]
pub(crate) struct Sockets {
    directory: PathBuf,
    patience: Duration,
}

impl Sockets {
    /// The sockets of this user, where tmux has them: `tmux-UID` in `$TMUX_TMPDIR`, or in `/tmp`
    /// where that is not there.
    pub(crate) fn of_this_user() -> Self {
        let named =
            host::variable("TMUX_TMPDIR").and_then(|path| outside::real(Path::new(&path)).ok());
        let above = named.unwrap_or_else(|| PathBuf::from("/tmp"));
        Self::at(above.join(format!("tmux-{}", host::effective_uid())))
    }

    /// The sockets in a directory.
    pub(crate) fn at(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            patience: PATIENCE,
        }
    }

    /// With another patience for servers that do not answer.
    #[cfg(test)]
    pub(crate) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Directory of the sockets.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Occupancy of a name: who answers at it.
    pub(crate) fn occupancy(&self, name: &str) -> Occupancy {
        let path = self.directory.join(name);
        let accepts = match self.examine(&path) {
            Ok(()) => knock(&path),
            Err(found) => return found,
        };
        match accepts {
            Ok(true) => self.ask(&path),
            Ok(false) => Occupancy::Stale,
            Err(errno) => unknown(&io::Error::from(errno)),
        }
    }

    /// Fails with the occupancy of a path that is no socket at which one could knock.
    fn examine(&self, path: &Path) -> Result<(), Occupancy> {
        let directory = look(outside::stat_link(&self.directory))?;
        if !directory.is_dir() || directory.mode() & OTHERS != 0 {
            let why = "is not a directory that others cannot reach into, and tmux will not use it";
            return Err(unknown(&format!("{} {why}", self.directory.display())));
        }
        let mut found = look(outside::stat_link(path))?;
        if found.is_symlink() {
            // One that leads nowhere is answered by nobody.
            found = look(outside::stat(path)).map_err(|led| match led {
                Occupancy::Free => Occupancy::Stale,
                led => led,
            })?;
        }
        if found.file_type().is_socket() {
            Ok(())
        } else {
            Err(unknown(&format!("{} is not a socket", path.display())))
        }
    }

    /// Asks the server behind a socket that accepts connections.
    fn ask(&self, path: &Path) -> Occupancy {
        let words = ["display-message", "-p", "#{pid}|#{start_time}"];
        let answer = client::tell(path, &words, self.patience);
        match &answer {
            Answer::Said {
                status: Some(0), ..
            } => match parse(answer.text()) {
                Some(server) => Occupancy::Served(server),
                None => unknown(&format!("it answered {:?}", answer.text())),
            },
            // It may have ended just now.
            Answer::Said { .. } if knock(path) == Ok(false) => Occupancy::Stale,
            Answer::Said { error, .. } => unknown(&error.trim()),
            Answer::Late { .. } => unknown("it does not answer in time"),
            Answer::Absent => unknown("tmux is not on the PATH"),
            Answer::Broken(why) => unknown(&why),
        }
    }
}

/// Tells whether a tmux server has this process number still. A number that another program has by
/// now is no server.
pub(crate) fn lives(server: Server) -> bool {
    let path = format!("/proc/{}/stat", server.pid);
    let Ok(stat) = outside::kernel_text(Path::new(&path)) else {
        return false;
    };
    // `PID (NAME) STATE ...`: one that nobody has waited for yet has ended all the same.
    let Some((name, rest)) = stat
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(')'))
    else {
        return false;
    };
    name.starts_with("tmux") && !rest.trim_start().starts_with(['Z', 'X'])
}

fn parse(answer: &str) -> Option<Server> {
    let (pid, started) = answer.split_once('|')?;
    Some(Server {
        pid: pid.parse().ok()?,
        started: started.parse().ok()?,
    })
}

/// Fails with the occupancy of what is not there, or not this user's own.
fn look(found: io::Result<Metadata>) -> Result<Metadata, Occupancy> {
    match found {
        Ok(found) if found.uid() != host::effective_uid() => {
            Err(Occupancy::Foreign { owner: found.uid() })
        }
        Ok(found) => Ok(found),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Occupancy::Free),
        Err(error) => Err(unknown(&error)),
    }
}

/// Tells whether anybody accepts connections behind a socket, without waiting for it.
pub(crate) fn knock(path: &Path) -> Result<bool, Errno> {
    let address = SocketAddrUnix::new(path)?;
    let flags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    match connect(&socket, &address) {
        // One that is busy or hangs has its queue full.
        Ok(()) | Err(Errno::AGAIN) => Ok(true),
        Err(Errno::CONNREFUSED | Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno),
    }
}

fn unknown(why: &(impl ToString + ?Sized)) -> Occupancy {
    Occupancy::Unknown(why.to_string())
}
