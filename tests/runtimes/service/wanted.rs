//! The words that steer the service, in the last text of the user, where tools are offered and none has returned:
//! `slowly=5` answers over five seconds, `run=COMMAND` asks for a shell command up to the end of the line, `fail=529`
//! fails with a status; `fail=429,3600` with a `Retry-After`, and `times=2` only twice.

use std::time::Duration;

use super::Asked;

/// What the service is to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub over: Duration,
    pub command: Option<String>,
    pub failure: Option<Failure>,
}

/// A failure that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    pub status: u16,
    pub retry_after: Option<u64>,
    /// How often; without it, always.
    pub times: Option<usize>,
}

impl Failure {
    /// Whether it is still to come, after so many requests of the same text.
    pub fn is_due(&self, earlier: usize) -> bool {
        self.times.is_none_or(|times| earlier < times)
    }
}

impl Wanted {
    pub fn of(asked: &Asked) -> Self {
        let text = &asked.last_text;
        if asked.tools.is_empty() {
            return Self::default();
        }
        let failure = word(text, "fail=").map(|value| {
            let (status, retry_after) = match value.split_once(',') {
                Some((status, seconds)) => (status, Some(seconds.parse().expect("seconds"))),
                None => (value, None),
            };
            Failure {
                status: status.parse().expect("a status"),
                retry_after,
                times: word(text, "times=").map(|times| times.parse().expect("a number")),
            }
        });
        if asked.is_after_tool {
            return Self::default();
        }
        let seconds = word(text, "slowly=").map_or(0, |value| value.parse().expect("seconds"));
        let command = text.split_once("run=").map(|(_, rest)| rest);
        Self {
            over: Duration::from_secs(seconds),
            command: command
                .and_then(|rest| rest.lines().next())
                .map(str::to_owned),
            failure,
        }
    }
}

fn word<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.split_whitespace()
        .find_map(|word| word.strip_prefix(key))
}
