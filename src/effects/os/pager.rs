//! The one door to a pager: the program with which people read what is longer than their screen.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the door to the pager's process"
)]

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::process::{Command, Stdio};

use crate::effects::os::host;

/// Used where nobody names another.
const DEFAULT: &str = "less";
/// For `less`, unless it is told otherwise: leave at once what fits the screen, show colours, leave the text there.
const LESS: &str = "FRX";
/// A command line with one of these in it is the shell's to read.
const FOR_THE_SHELL: &[u8] = b" \t\n|&;<>()$`\\\"'*?[#~=%";

/// The pager that the user wants: `$MOSAIC_PAGER`, `$PAGER` or `less`. None where it is `cat` or empty, or where
/// nobody named one for a terminal that can do nothing.
pub fn wanted() -> Option<OsString> {
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
pub fn show(pager: &OsStr, text: &str) -> bool {
    let needs_shell = pager
        .as_encoded_bytes()
        .iter()
        .any(|byte| FOR_THE_SHELL.contains(byte));
    let mut command = match needs_shell {
        true => Command::new("sh"),
        false => Command::new(pager),
    };
    if needs_shell {
        command.arg("-c").arg(pager);
    }
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
    // Dropped afterwards: the pager must see the end. A pipe that breaks is a pager that was quit.
    drop(
        child
            .stdin
            .take()
            .map(|mut pipe| pipe.write_all(text.as_bytes())),
    );
    // One that a signal ended was ended by the reader.
    child
        .wait()
        .is_ok_and(|status| status.code().is_none_or(|code| code == 0))
}
