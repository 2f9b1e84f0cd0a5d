//! The one door to an agent's keyboard. Text is pasted into exactly one pane, and Enter pressed there, only while it is
//! the pane that was looked at: the same server, and the same process in it. A restarted server hands out the same ids.

use std::path::Path;

use super::panes::{self, said};
use super::{PATIENCE, client};
use crate::effects::os::host;
use crate::model::tmux::{Screen, Silence};

/// What a list of commands says where all of it was done.
const DONE: &str = "done";

/// A pane that is typed into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keyboard<'a> {
    /// Path of the socket that the pane's server answers at.
    pub server: &'a Path,
    /// Process number of the server.
    pub server_pid: u32,
    /// tmux's id of the pane.
    pub pane: &'a str,
    /// Process number of what the pane runs.
    pub pane_pid: u32,
}

impl Keyboard<'_> {
    /// The screen as it is.
    ///
    /// # Errors
    ///
    /// Why the server does not tell.
    pub(crate) fn screen(&self) -> Result<Screen, Silence> {
        panes::screen(self.server, self.pane)
    }

    /// Pastes a text, as one piece where the program asks for that. `false` where the pane is another by now, or dead:
    /// then nothing was typed.
    ///
    /// # Errors
    ///
    /// Why the server does not tell whether it did.
    pub(crate) fn paste(&self, text: &str) -> Result<bool, Silence> {
        self.put(text, "-p", &[])
    }

    /// Presses Enter; `false` where the pane is another by now, or dead, or shows one of some marks.
    ///
    /// # Errors
    ///
    /// As with [`paste`](Self::paste).
    pub(crate) fn enter(&self, unless_shown: &[&str]) -> Result<bool, Silence> {
        self.put("\r", "", unless_shown)
    }

    /// The look and the paste are one list of commands, which tmux carries out without doing anything between.
    fn put(&self, text: &str, how: &str, unless_shown: &[&str]) -> Result<bool, Silence> {
        let buffer = format!("mosaic-{}-{}", host::pid(), self.pane_pid);
        let guard = unless_shown.iter().fold(self.is_same(), |guard, mark| {
            format!("#{{&&:{guard},#{{==:#{{C:{mark}}},0}}}}")
        });
        let paste = format!(
            "paste-buffer {how} -r -d -b {buffer} -t {} ; display-message -p {DONE}",
            self.pane
        );
        let clean = format!("delete-buffer -b {buffer}");
        let words = [
            "load-buffer",
            "-b",
            &buffer,
            "-",
            ";",
            "if-shell",
            "-F",
            "-t",
            self.pane,
            &guard,
            &paste,
            &clean,
        ];
        let text = said(client::hand(self.server, &words, text, PATIENCE))?;
        Ok(text.trim() == DONE)
    }

    /// What tmux is asked whether this is the pane still that was looked at.
    pub(super) fn is_same(&self) -> String {
        format!(
            "#{{&&:#{{==:#{{pane_dead}},0}},#{{==:#{{pid}}|#{{pane_pid}},{}|{}}}}}",
            self.server_pid, self.pane_pid
        )
    }
}
