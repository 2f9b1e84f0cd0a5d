//! Codex's own queue: a message waits there for the end of the turn, and no key is pressed.

use std::ffi::OsString;
use std::time::Duration;

use crate::effects::fleet::transcript::codex_conversation;
use crate::effects::os::{process, processes};
use crate::model::answer::Answer;
use crate::model::process::Process;

/// Time that it has: it took 0.6 s.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of a message for the queue.
pub(crate) enum Enqueued {
    /// It is in the queue, in codex's words.
    Queued(String),
    /// It is not, for a reason.
    Refused(String),
    /// Nobody knows.
    Untold(String),
}

/// Puts a message into the queue of a codex that runs, by the same program with the same environment.
pub(crate) fn enqueue(codex: &Process, text: &str) -> Enqueued {
    let Some(thread) = codex_conversation(codex) else {
        return Enqueued::Refused("it has no conversation open yet".to_owned());
    };
    let environment = processes::environment(codex.pid);
    let given: Vec<(&str, OsString)> = environment
        .iter()
        .filter_map(|(name, value)| Some((name.to_str()?, value.clone())))
        .collect();
    let program = processes::program(codex.pid).display().to_string();
    // Joined, as the text may begin with a dash.
    let message = format!("--message={text}");
    let words = ["queue", "--thread", &thread, &message];
    match process::ask_in(&given, &program, &words, PATIENCE) {
        Answer::Said {
            status: Some(0),
            text,
            ..
        } => Enqueued::Queued(text.trim().to_owned()),
        Answer::Said { error, .. } => Enqueued::Refused(last_line(&error)),
        Answer::Late { seconds } => Enqueued::Untold(format!("no answer within {seconds} s")),
        Answer::Absent => Enqueued::Refused("it has ended".to_owned()),
        Answer::Broken(why) => Enqueued::Refused(why),
    }
}

fn last_line(text: &str) -> String {
    let mut lines = text.lines().rev().map(str::trim);
    let line = lines.find(|line| !line.is_empty());
    line.unwrap_or("it says nothing").to_owned()
}
