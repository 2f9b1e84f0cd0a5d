//! Commands that another host carries out.

use std::time::Duration;

use crate::decide::fleet::elsewhere::{CALLER, line};
use crate::effects::os::host;
use crate::effects::os::ssh::{self, Reading};
use crate::model::answer::Answer;
use crate::ops::fleet::error::FleetError;

/// The status of ssh where it did not reach the host.
const UNREACHED: i32 = 255;
/// The status of a shell that does not find a program.
const NOT_FOUND: i32 = 127;

/// Tells whether this program was started from another host, so that what names this one is already so.
pub fn is_asked_from_afar() -> bool {
    host::variable(CALLER).is_some()
}

/// Lets another host carry out this very command, on a terminal of its own where this one has one. Returns its exit status.
///
/// # Errors
///
/// [`FleetError::Unreached`] where the host does not answer, or has no `mosaic`.
pub fn carry_out(destination: &str, has_terminal: bool) -> Result<u8, FleetError> {
    let arguments = host::arguments().skip(1);
    let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    let reading = if has_terminal {
        Reading::Terminal
    } else {
        Reading::Inherited
    };
    run(destination, &arguments.collect::<Vec<_>>(), reading)
}

/// Lets another host run `mosaic` with these arguments and this input. Returns its exit status.
///
/// # Errors
///
/// As with [`carry_out`].
pub(crate) fn run(
    destination: &str,
    arguments: &[String],
    reading: Reading,
) -> Result<u8, FleetError> {
    let unreached = |why: &str| FleetError::Unreached {
        host: destination.to_owned(),
        why: why.to_owned(),
    };
    let line = line(&own_label(), arguments);
    match ssh::run(destination, &line, reading) {
        Ok(Some(UNREACHED)) => Err(unreached("ssh does not reach it")),
        Ok(Some(NOT_FOUND)) => Err(unreached("a login shell there finds no mosaic")),
        Ok(status) => Ok(status
            .and_then(|status| u8::try_from(status).ok())
            .unwrap_or(1)),
        Err(error) => Err(unreached(&format!("ssh cannot be started: {error}"))),
    }
}

/// Lets another host run `mosaic` with these arguments, which reads this text and a line end. Returns its exit status.
///
/// # Errors
///
/// As with [`carry_out`].
pub fn run_reading(destination: &str, arguments: &[String], text: &str) -> Result<u8, FleetError> {
    run(
        destination,
        arguments,
        Reading::Given(format!("{text}\n").as_bytes()),
    )
}

/// Asks another host's `mosaic` something: its answer and its exit status, or why there is none.
pub(crate) fn ask(
    destination: &str,
    arguments: &[&str],
    patience: Duration,
) -> Result<(String, Option<i32>), String> {
    let arguments: Vec<_> = arguments.iter().map(|&word| word.to_owned()).collect();
    let answer = ssh::ask(destination, &line(&own_label(), &arguments), patience);
    match answer {
        Answer::Absent => Err("there is no ssh here".to_owned()),
        Answer::Broken(why) => Err(why),
        Answer::Late { seconds } => Err(format!("it did not answer within {seconds} seconds")),
        Answer::Said {
            status: Some(UNREACHED),
            error,
            ..
        } => Err(error.trim().lines().last().unwrap_or_default().to_owned()),
        Answer::Said {
            status: Some(NOT_FOUND),
            ..
        } => Err("a login shell there finds no mosaic".to_owned()),
        Answer::Said { status, text, .. } => Ok((text, status)),
    }
}

/// Who asks, as messages are signed: who called from another host, an agent in its own session, else the operator of this
/// host.
pub(crate) fn own_label() -> String {
    let text = |name| host::variable(name).and_then(|value| value.into_string().ok());
    let caller = text(CALLER).filter(|caller| !caller.is_empty());
    let agent = text("MOSAIC_AGENT_NAME").filter(|name| !name.is_empty());
    caller.unwrap_or_else(|| {
        let who = agent.as_deref().unwrap_or("operator");
        format!("{}:{who}", host::host_name())
    })
}
