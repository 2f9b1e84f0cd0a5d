//! The one door to a pager: the program with which people read what is longer than their screen.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the door to the pager's process"
)]

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::process::{Command, Stdio};

use crate::effects::os::host;
use crate::model::ignore::Ignore;

/// Pager that is used where nobody names another.
const DEFAULT: &str = "less";
/// Options for `less`, unless the user has some: leave at once what fits the screen, show colours,
/// leave the text there.
const LESS: &str = "FRX";
/// A command line with one of these in it is the shell's to read.
const FOR_THE_SHELL: &[u8] = b" \t\n|&;<>()$`\\\"'*?[#~=%";

/// The pager that the user wants: `$MOSAIC_PAGER`, `$PAGER` or `less`. None where it is `cat` or empty, or where
/// nobody named one for a terminal that can do nothing.
pub(crate) fn wanted() -> Option<OsString> {
    let named = host::given("MOSAIC_PAGER").or_else(|| host::given("PAGER"));
    let is_dumb = || host::variable("TERM").is_none_or(|term| term == "dumb");
    match named {
        Some(named) if named.is_empty() || named == "cat" => None,
        None if is_dumb() => None,
        named => Some(named.unwrap_or_else(|| DEFAULT.into())),
    }
}

/// Shows a text. `false` where the pager could not be run or failed, so that nobody has seen it; who quits it
/// early has seen enough.
pub(crate) fn show(pager: &OsStr, text: &str) -> bool {
    let needs_shell = pager
        .as_encoded_bytes()
        .iter()
        .any(|byte| FOR_THE_SHELL.contains(byte));
    let mut command = if needs_shell {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(pager);
        shell
    } else {
        Command::new(pager)
    };
    if host::given("LESS").is_none() {
        command.env("LESS", LESS);
    }
    if host::given("LESSCHARSET").is_none() && host::writes_utf8() {
        // Where no locale is named, less takes everything but ASCII for garbage.
        command.env("LESSCHARSET", "utf-8");
    }
    let Ok(mut child) = command.stdin(Stdio::piped()).spawn() else {
        return false;
    };
    // The pipe goes with this block: the pager must see the end.
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(text.as_bytes())
            .ignore("a pipe that breaks is a pager that was quit");
    }
    // One that a signal ended was ended by the reader.
    child
        .wait()
        .is_ok_and(|status| status.code().is_none_or(|code| code == 0))
}
