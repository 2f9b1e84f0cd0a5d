//! The one door to a terminal as a whole: taken for a full screen, and given back as it was, whatever ends the program.

use std::io::{self, IsTerminal, Stdout, Write};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, enable_raw_mode};
use ratatui::prelude::CrosstermBackend;
use ratatui::{Frame, Terminal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::edge::report::keys::{Key, is_unfinished, keys};
use crate::effects::os::host::{self, ScreenSignals};
use crate::model::ignore::Ignore;
use crate::ops::Context;

/// Time after which a signal is noticed that came just before the waiting began.
const LISTEN_EACH: Duration = Duration::from_millis(200);
/// Time in which the rest of a key comes.
const REST: Duration = Duration::from_millis(30);
/// Longest text that is read at once, in bytes.
const LONGEST: usize = 64 * 1024;

/// What came of waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// Keys that came together.
    Keys(Vec<Key>),
    /// Nothing but perhaps another size: what is shown is to be drawn again.
    Draw,
    /// The time is over.
    Time,
    /// The terminal is gone, or the user asked to stop.
    End,
}

/// A terminal that was taken; it is given back when this is dropped, and by a panic.
pub(crate) struct FullScreen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    signals: ScreenSignals,
}

/// Tells whether there is a terminal that can be taken.
pub(crate) fn can_be_taken() -> bool {
    let is_dumb = host::variable("TERM").is_none_or(|terminal| terminal == "dumb");
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb
}

impl FullScreen {
    /// Takes the terminal.
    pub(crate) fn take() -> io::Result<Self> {
        let signals = ScreenSignals::listen()?;
        let terminal = ratatui::try_init().inspect_err(|_| ratatui::restore())?;
        let screen = Self { terminal, signals };
        execute!(io::stdout(), EnableBracketedPaste)?;
        Ok(screen)
    }

    /// Draws a frame, as large as the terminal is now.
    pub(crate) fn draw(&mut self, draw: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.terminal.draw(draw).map(drop)
    }

    /// Forgets what is shown: the next frame is drawn whole.
    pub(crate) fn forget(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// Waits for keys until a moment.
    pub(crate) fn next(&mut self, context: &Context, until: Instant) -> io::Result<Input> {
        loop {
            if context.is_interrupted() {
                return Ok(Input::End);
            }
            if self.signals.is_told_to_stop() {
                self.suspend()?;
                return Ok(Input::Draw);
            }
            if self.signals.has_gone_on() {
                self.take_again()?;
                return Ok(Input::Draw);
            }
            let left = until.saturating_duration_since(Instant::now());
            match has_input(left.min(LISTEN_EACH)) {
                Ok(true) => return Ok(read().map_or(Input::End, |read| Input::Keys(keys(&read)))),
                Ok(false) if left <= LISTEN_EACH => return Ok(Input::Time),
                Ok(false) => {}
                Err(Errno::INTR) => return Ok(Input::Draw),
                Err(_) => return Ok(Input::End),
            }
        }
    }

    /// Gives the terminal back and stops, as Ctrl-Z does, until the shell lets this go on.
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        self.aside(ScreenSignals::stop)
    }

    /// Gives the terminal back for as long as something else needs it.
    pub(crate) fn aside<T>(&mut self, work: impl FnOnce() -> T) -> io::Result<T> {
        self.give_back()?;
        let done = self.signals.unheard(work);
        self.take_again()?;
        Ok(done)
    }

    fn give_back(&mut self) -> io::Result<()> {
        execute!(io::stdout(), DisableBracketedPaste)?;
        self.terminal.show_cursor()?;
        ratatui::try_restore()
    }

    fn take_again(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        self.terminal.clear()
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        self.give_back()
            .ignore("a terminal that is gone needs nothing back");
        io::stdout()
            .flush()
            .ignore("a terminal that is gone needs nothing back");
    }
}

/// Tells whether there is something to read within a time.
fn has_input(time: Duration) -> Result<bool, Errno> {
    let stdin = io::stdin();
    let time = Timespec::try_from(time).unwrap_or(Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    });
    let ready = poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&time))?;
    Ok(ready > 0)
}

/// What was typed; nothing where the terminal is gone.
fn read() -> Option<Vec<u8>> {
    let mut read = Vec::new();
    loop {
        let mut some = [0; 4096];
        match rustix::io::read(io::stdin(), &mut some) {
            Ok(0) => return None,
            Ok(length) => read.extend(&some[..length]),
            Err(Errno::INTR) => continue,
            Err(_) => return None,
        }
        let may_have_more = is_unfinished(&read) && read.len() < LONGEST;
        if !(may_have_more && has_input(REST) == Ok(true)) {
            return Some(read);
        }
    }
}
