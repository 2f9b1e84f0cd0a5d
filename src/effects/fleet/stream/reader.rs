//! A reader of a pane's output, who has tmux start the hub where there is none.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::{CHUNK, END, GREETING};
use crate::effects::os::disk::above::make_directories;
use crate::effects::os::host::{self, Interrupt};
use crate::effects::os::systemd::runtime_directory;
use crate::effects::os::tmux::piping::{self, Opened};
use crate::effects::os::tmux::typing::Keyboard;
use crate::model::tmux::Silence;

/// Time in which a hub comes up, whoever had it started.
const PATIENCE: Duration = Duration::from_secs(3);
/// Pause between two tries to reach it.
const PAUSE: Duration = Duration::from_millis(20);
/// Time after which a reader notices a signal that came just before it began to wait.
const LISTEN_EACH: Duration = Duration::from_millis(200);

/// Why a reader has read enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The hub was about to end when this reader came: it is to come again.
    BeforeItBegan,
    /// The pane has ended, or its pipe was closed.
    WithThePane,
    /// The reader does not want more.
    ByTheReader,
    /// The hub was ended, or the reader fell too far behind.
    Cut,
}

/// Why there is nothing to read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// The pane's output goes to a program of somebody else's.
    Taken,
    /// The hub did not come up.
    NoHub,
    /// There is no place for the hub's socket.
    NoPlace,
    /// The pane is another by now, or dead.
    Gone,
    /// The server does not tell.
    Silent(Silence),
}

/// Gives the output of a pane from now on to `take`, which says whether it wants more, until the user asks to stop.
pub(crate) fn read(
    pane: &Keyboard,
    interrupt: &Interrupt,
    mut take: impl FnMut(&[u8]) -> bool,
) -> Result<Ended, Unread> {
    let socket = socket(pane).ok_or(Unread::NoPlace)?;
    let program = host::own_program().map_err(|_| Unread::NoHub)?;
    let words = [&program, &socket, pane.server].map(|path| path.to_string_lossy().into_owned());
    let [program, at, server] = words.each_ref().map(String::as_str);
    let hub = [
        "env", "-i", program, "agent", "stream", "hub", "--hub", at, "--server", server, "--pane",
        pane.pane,
    ];
    let until = Instant::now() + PATIENCE;
    let mut why = Unread::Taken;
    while Instant::now() < until {
        if let Ok(hub) = UnixStream::connect(&socket) {
            match follow(hub, || interrupt.is_asked(), &mut take) {
                Ended::BeforeItBegan => {}
                ended => return Ok(ended),
            }
        }
        match piping::open(pane, &hub).map_err(Unread::Silent)? {
            Opened::Now => why = Unread::NoHub,
            Opened::Taken => {}
            Opened::Gone => return Err(Unread::Gone),
        }
        if interrupt.wait(PAUSE) {
            return Ok(Ended::ByTheReader);
        }
    }
    Err(why)
}

/// The socket of a pane's hub: in the user's own directory, of this very process in the pane.
fn socket(pane: &Keyboard) -> Option<PathBuf> {
    let folder = runtime_directory()?.join("mosaic");
    make_directories(&folder).ok()?;
    let id = pane.pane.trim_start_matches('%');
    Some(folder.join(format!("stream-{}-{id}-{}", pane.server_pid, pane.pane_pid)))
}

/// Reads what a hub hands on. `take` is given the bytes, and says whether it wants more; `is_over` whether the user asked to
/// stop.
fn follow(
    mut hub: UnixStream,
    is_over: impl Fn() -> bool,
    mut take: impl FnMut(&[u8]) -> bool,
) -> Ended {
    let mut read: Vec<u8> = Vec::new();
    let mut is_greeted = false;
    loop {
        while let Some((length, rest)) = read.split_first_chunk() {
            match u32::from_be_bytes(*length) {
                GREETING => {
                    is_greeted = true;
                    read = read.split_off(4);
                }
                END => return Ended::WithThePane,
                length => {
                    let Some(bytes) = rest.get(..length as usize) else {
                        break;
                    };
                    if !take(bytes) {
                        return Ended::ByTheReader;
                    }
                    read = read.split_off(4 + length as usize);
                }
            }
        }
        if is_over() {
            return Ended::ByTheReader;
        }
        let time = Timespec::try_from(LISTEN_EACH).ok();
        match poll(&mut [PollFd::new(&hub, PollFlags::IN)], time.as_ref()) {
            Ok(0) | Err(Errno::INTR) => continue,
            _ => {}
        }
        let mut some = [0; CHUNK];
        match hub.read(&mut some) {
            Ok(length) if length > 0 => read.extend(&some[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ if is_greeted => return Ended::Cut,
            _ => return Ended::BeforeItBegan,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::frame;
    use super::*;

    #[test]
    fn what_a_hub_hands_on_is_read_whole_and_how_it_ended() {
        let play = |said: &[u8]| {
            let (hub, mut other) = UnixStream::pair().expect("a pair");
            other.write_all(said).expect("written");
            drop(other);
            let mut read = Vec::new();
            let ended = follow(
                hub,
                || false,
                |bytes| {
                    read.extend(bytes);
                    !read.ends_with(b"enough")
                },
            );
            (ended, String::from_utf8(read).expect("UTF-8"))
        };
        let hello = GREETING.to_be_bytes();
        let said = |parts: &[&[u8]]| play(&[&hello[..], &parts.concat()].concat());
        let of = |ended, text: &str| (ended, text.to_owned());
        let whole = said(&[&frame(b"a"), &frame(b"bc"), &frame(b"")]);
        assert_eq!(whole, of(Ended::WithThePane, "abc"));
        assert_eq!(said(&[&frame(b"a")]), of(Ended::Cut, "a"));
        assert_eq!(said(&[&frame(b"half")[..6]]), of(Ended::Cut, ""));
        assert_eq!(
            said(&[&frame(b"enough"), &frame(b"x")]),
            of(Ended::ByTheReader, "enough")
        );
        assert_eq!(play(b""), of(Ended::BeforeItBegan, ""));
    }
}
