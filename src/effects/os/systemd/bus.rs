//! A connection to a manager's own socket, the one that `systemctl --user` takes: many questions at once.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::io::ioctl_fionbio;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use super::wire::{Call, Message, Value, message_length, read};
use crate::effects::os::host;

const MANAGER: &str = "org.freedesktop.systemd1";
/// Questions that are asked before their answers are read, so that no queue fills up.
const AT_ONCE: usize = 256;
/// Bytes that are read at once.
const PIECE: usize = 64 << 10;

/// A manager that is spoken to.
pub(super) struct Bus {
    stream: UnixStream,
    /// When its time is over.
    until: Instant,
    /// The number of the last call.
    serial: u32,
    heard: Vec<u8>,
    /// How much of what was heard has been read.
    read: usize,
}

impl Bus {
    /// Connects; the manager has so long for all that it is asked.
    pub(super) fn open(socket: &Path, patience: Duration) -> io::Result<Self> {
        let mut bus = Self {
            stream: connected(socket)?,
            until: Instant::now() + patience,
            serial: 0,
            heard: Vec::new(),
            read: 0,
        };
        let digits = host::effective_uid().to_string();
        let digits = digits.bytes().map(|digit| format!("{digit:02x}"));
        let digits: String = digits.collect();
        bus.say(format!("\0AUTH EXTERNAL {digits}\r\nBEGIN\r\n").as_bytes())?;
        let end = loop {
            match bus.heard.windows(2).position(|pair| pair == b"\r\n") {
                Some(end) => break end,
                None => bus.listen()?,
            }
        };
        if !bus.heard.starts_with(b"OK ") {
            return Err(io::Error::other("it does not let this user in"));
        }
        bus.read = end + 2;
        Ok(bus)
    }

    /// The first value of each answer, in the order of the calls. Fails where one is refused.
    pub(super) fn ask(&mut self, calls: &[Call]) -> io::Result<Vec<Value>> {
        let mut answers = Vec::with_capacity(calls.len());
        for calls in calls.chunks(AT_ONCE) {
            answers.extend(self.ask_at_once(calls)?);
        }
        Ok(answers)
    }

    fn ask_at_once(&mut self, calls: &[Call]) -> io::Result<Vec<Value>> {
        let first = self.serial + 1;
        let mut text = Vec::new();
        for call in calls {
            self.serial += 1;
            text.extend(call.message(self.serial, MANAGER));
        }
        self.say(&text)?;
        let mut answers = vec![None; calls.len()];
        let mut awaited = calls.len();
        while awaited > 0 {
            match self.message()? {
                Message::Answer(serial, Some(value)) => {
                    let index = serial.checked_sub(first).map(|index| index as usize);
                    let slot = index.and_then(|index| answers.get_mut(index));
                    let slot = slot.ok_or_else(|| io::Error::other("nobody asked for that"))?;
                    awaited -= usize::from(slot.is_none());
                    *slot = Some(value);
                }
                Message::Answer(_, None) => return Err(io::Error::other("it answers nothing")),
                Message::Error(words) => return Err(io::Error::other(words)),
                Message::Other => {}
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    fn message(&mut self) -> io::Result<Message> {
        loop {
            let unread = &self.heard[self.read..];
            let length = message_length(unread).map_err(io::Error::other)?;
            if let Some(message) = length.and_then(|length| unread.get(..length)) {
                self.read += message.len();
                return read(message).ok_or_else(|| io::Error::other("it makes no sense"));
            }
            self.listen()?;
        }
    }

    fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.set_write_timeout(Some(self.remaining()?))?;
        self.stream.write_all(bytes)
    }

    fn listen(&mut self) -> io::Result<()> {
        self.stream.set_read_timeout(Some(self.remaining()?))?;
        self.heard.drain(..std::mem::take(&mut self.read));
        let known = self.heard.len();
        self.heard.resize(known + PIECE, 0);
        let count = self.stream.read(&mut self.heard[known..]);
        self.heard.truncate(known + *count.as_ref().unwrap_or(&0));
        match count? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    fn remaining(&self) -> io::Result<Duration> {
        let remaining = self.until.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        Ok(remaining)
    }
}

/// Connects, without waiting for one whose queue is full.
fn connected(socket: &Path) -> io::Result<UnixStream> {
    let address = SocketAddrUnix::new(socket)?;
    let flags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);
    let stream = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    connect(&stream, &address).map_err(io::Error::other)?;
    ioctl_fionbio(&stream, false)?;
    Ok(stream.into())
}
