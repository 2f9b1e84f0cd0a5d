//! The hub: what tmux runs for a pane's pipe.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::{CHUNK, GREETING, frame};
use crate::effects::os::disk::Root;
use crate::effects::os::host::{self, Interrupt};
use crate::effects::os::tmux::piping;
use crate::model::ignore::Ignore;

/// Most bytes that wait for a reader. One who falls behind further is let go, and learns of it.
const WAITING_MAX: usize = 4 << 20;
/// Time in which the first reader comes, and in which the last bytes of a pane are read.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a hub is for.
pub(crate) struct Hub<'a> {
    /// The socket at which readers come.
    pub socket: &'a Path,
    /// Path of the tmux server's socket.
    pub server: &'a Path,
    /// The pane.
    pub pane: &'a str,
}

impl Hub<'_> {
    /// Hands on what comes on stdin, until that ends, the last reader has gone, or the user asks to stop.
    ///
    /// # Errors
    ///
    /// Where no reader can come, or the system does not tell what comes.
    pub(crate) fn serve(&self, interrupt: &Interrupt) -> io::Result<()> {
        // The pipe is this process's alone: what has this name belonged to one that was killed.
        self.remove_socket();
        let listener = UnixListener::bind(self.socket)?;
        listener.set_nonblocking(true)?;
        let served = hand_on(&listener, interrupt);
        // Who comes now is told so by the end before the greeting. While the pipe is open it is this process's.
        self.remove_socket();
        if served.as_ref().is_ok_and(|end| *end == HubEnd::NoReader) {
            let server_pid = host::parent_pid();
            piping::close(self.server, server_pid, self.pane);
        }
        served.map(drop)
    }

    fn remove_socket(&self) {
        let folder = self
            .socket
            .parent()
            .and_then(|folder| Root::open_plain(folder).ok());
        let name = self.socket.file_name().and_then(|name| name.to_str());
        if let (Some(folder), Some(name)) = (folder, name) {
            folder.remove_file(name).ignore("most often none is there");
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HubEnd {
    Pane,
    NoReader,
}

fn hand_on(listener: &UnixListener, interrupt: &Interrupt) -> io::Result<HubEnd> {
    let stdin = io::stdin();
    let mut readers: Vec<Reader> = Vec::new();
    let began = Instant::now();
    let mut has_been_read = false;
    loop {
        let is_forgotten = has_been_read || began.elapsed() > PATIENCE;
        if (readers.is_empty() && is_forgotten) || interrupt.is_asked() {
            return Ok(HubEnd::NoReader);
        }
        let ready = wait(listener, stdin.as_fd(), &readers)?;
        let mut ready = ready.into_iter();
        let (has_come, has_output) = (ready.next() == Some(true), ready.next() == Some(true));
        readers.retain_mut(|reader| ready.next() != Some(true) || reader.is_there());
        if has_come && let Ok((stream, _)) = listener.accept() {
            has_been_read = true;
            readers.extend(Reader::greeted(stream));
        }
        if has_output {
            let mut chunk = [0; CHUNK];
            let length = rustix::io::read(&stdin, &mut chunk)?;
            let frame = frame(&chunk[..length]);
            readers.retain_mut(|reader| reader.give(&frame));
            if length == 0 {
                let until = Instant::now() + PATIENCE;
                readers.iter_mut().for_each(|reader| reader.finish(until));
                return Ok(HubEnd::Pane);
            }
        } else {
            readers.retain_mut(|reader| reader.give(&[]));
        }
    }
}

/// Waits, not for ever; tells of the listener, of the input and of each reader whether something is there.
fn wait(listener: &UnixListener, stdin: BorrowedFd, readers: &[Reader]) -> io::Result<Vec<bool>> {
    let wishes = |reader: &Reader| {
        if reader.waiting.is_empty() {
            PollFlags::IN
        } else {
            PollFlags::IN | PollFlags::OUT
        }
    };
    let mut all = vec![
        PollFd::from_borrowed_fd(listener.as_fd(), PollFlags::IN),
        PollFd::from_borrowed_fd(stdin, PollFlags::IN),
    ];
    let of_readers = readers.iter();
    all.extend(
        of_readers.map(|reader| PollFd::from_borrowed_fd(reader.stream.as_fd(), wishes(reader))),
    );
    match poll(&mut all, Timespec::try_from(PATIENCE).ok().as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    let has_more = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
    Ok(all
        .iter()
        .map(|fd| fd.revents().intersects(has_more))
        .collect())
}

/// A reader, and what waits for it.
struct Reader {
    stream: UnixStream,
    waiting: Vec<u8>,
}

impl Reader {
    fn greeted(stream: UnixStream) -> Option<Self> {
        stream.set_nonblocking(true).ok()?;
        let mut reader = Self {
            stream,
            waiting: Vec::new(),
        };
        reader.give(&GREETING.to_be_bytes()).then_some(reader)
    }

    /// Tells whether the reader has not gone. A reader says nothing.
    fn is_there(&mut self) -> bool {
        let mut nothing = [0; 64];
        match self.stream.read(&mut nothing) {
            Ok(length) => length > 0,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }

    /// Gives the reader bytes, as far as it takes them; whether it is still one.
    fn give(&mut self, bytes: &[u8]) -> bool {
        self.waiting.extend(bytes);
        while !self.waiting.is_empty() {
            match self.stream.write(&self.waiting) {
                Ok(taken) => self.waiting = self.waiting.split_off(taken),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        self.waiting.len() <= WAITING_MAX
    }

    /// Gives the reader what still waits for it, until a moment.
    fn finish(&mut self, until: Instant) {
        while self.give(&[]) && !self.waiting.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).ok();
            let ready = poll(
                &mut [PollFd::new(&self.stream, PollFlags::OUT)],
                left.as_ref(),
            );
            if ready != Err(Errno::INTR) && ready != Ok(1) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_read_is_let_go_and_costs_no_more() {
        let (mut slow, stream) = UnixStream::pair().expect("a pair");
        let mut reader = Reader::greeted(stream).expect("a reader");
        let bytes = frame(&[b'x'; CHUNK]);
        let mut given = 0;
        while reader.give(&bytes) {
            given += bytes.len();
            assert!(given < 2 * WAITING_MAX, "it is let go");
        }
        drop(reader);
        let mut read = Vec::new();
        slow.read_to_end(&mut read).expect("read");
        assert!(read.len() < given);
        let (gone, stream) = UnixStream::pair().expect("a pair");
        let mut reader = Reader::greeted(stream).expect("a reader");
        assert!(reader.is_there());
        drop(gone);
        assert!(!reader.is_there());
    }
}
