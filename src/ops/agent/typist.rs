//! Who types: into one pane, one message at a time. What is not seen is not acted upon.

use std::thread;
use std::time::{Duration, Instant};

use crate::decide::fleet::message::Message;
use crate::decide::fleet::runtimes::state::by_session_file;
use crate::decide::fleet::runtimes::{facts, of_process, queue_mark};
use crate::decide::fleet::screen::{Composer, Reading, Screen, read};
use crate::effects::fleet::queue::{self, Enqueued};
use crate::effects::fleet::signs;
use crate::effects::fleet::transcript::Transcripts;
use crate::effects::os::processes;
use crate::effects::os::tmux::typing::Keyboard;
use crate::model::process::Process;
use crate::model::runtime::{Runtime, RuntimeState};
use crate::model::tmux::Silence;
use crate::ops::agent::screen::AgentPane;
use crate::ops::agent::sent::{SendOutcome, Sent, not_delivered};
use crate::ops::context::Context;

/// Time between two looks at a screen.
const LOOK_EACH: Duration = Duration::from_millis(100);
/// Time within which a pasted text shows in a composer, and an Enter empties it: on a busy machine, too.
const SHOWS_WITHIN: Duration = Duration::from_secs(5);
/// Pause before Enter: codex before 0.171 takes one too close to a paste for a part of it.
const BEFORE_ENTER: Duration = Duration::from_millis(150);
/// Time after which Enter is pressed once more; the text is never pasted again.
const ENTER_AGAIN: Duration = Duration::from_secs(2);
/// Time within which a runtime has written down what it was told: the slowest that was seen took 5.1 s.
const WRITES_WITHIN: Duration = Duration::from_secs(8);
/// The script that stands in for a runtime, and what it answers before each line.
const STUB: (&str, &str) = ("stub-runtime.sh", "echo: ");

/// A message, and the pane that it is for.
pub(crate) struct Typist<'a> {
    pub context: &'a Context<'a>,
    pub keyboard: Keyboard<'a>,
    pub message: &'a Message,
    /// Whether it is a runtime's own word, which is for one that waits.
    pub is_reset: bool,
    /// Whether evidence from outside the screen is asked for.
    pub verifies: bool,
    /// The longest wait for a composer that takes the message.
    pub wait: Duration,
}

/// A composer where Enter does no harm.
struct Ready {
    state: RuntimeState,
    /// Whether the message is in it already, left there by an earlier try.
    is_pasted: bool,
    /// Marks of a question that would take the Enter. What is on the screen together with a composer is a text of the
    /// conversation.
    harmful: Vec<&'static str>,
}

impl Typist<'_> {
    /// Types it, as what the pane runs asks for.
    pub(crate) fn deliver(&self, pane: &AgentPane) -> Sent {
        let unseen = || not_delivered("what it runs cannot be seen", RuntimeState::Unknown);
        let sent = match pane.program() {
            None => Ok(unseen()),
            Some(process) => match of_process(&process.name) {
                Some(runtime) => self.to_runtime(&runtime, process),
                None => match pane.command_reader() {
                    Some(reader) => Ok(at_a_shell(reader)),
                    None => self.to_terminal(process),
                },
            },
        };
        sent.unwrap_or_else(|silence| {
            let why = silence.to_string();
            Sent::new(SendOutcome::Unconfirmed, &why, RuntimeState::Unknown)
        })
    }

    /// A known runtime: what is not seen is not acted upon.
    fn to_runtime(&self, runtime: &Runtime, process: &Process) -> Result<Sent, Silence> {
        let Ready {
            state,
            is_pasted,
            harmful,
        } = match self.await_composer(runtime, process)? {
            Ok(ready) => ready,
            Err(sent) => return Ok(sent),
        };
        // An Enter would cut its answer.
        if state == RuntimeState::Busy && *runtime == Runtime::Codex {
            return Ok(self.enqueue(process));
        }
        let transcripts = Transcripts::of(runtime, process);
        // A shell around it would take the paste for commands.
        let lives = processes::goes_on(process.pid, process.started);
        if !lives || !(is_pasted || self.keyboard.paste(self.message.text())?) {
            return Ok(not_delivered("it has ended", state));
        }
        if !self.await_draft(runtime)? {
            let why =
                "the message was pasted, and its composer does not show it: Enter was not pressed";
            return Ok(not_delivered(why, state));
        }
        thread::sleep(BEFORE_ENTER);
        let asks = asks_by_file(runtime, process).is_some();
        if asks || !self.keyboard.enter(&harmful)? {
            let why = "a question came up: the message is pasted, Enter was not pressed";
            return Ok(not_delivered(why, state));
        }
        let has_left = self.await_empty(runtime, &harmful)?;
        if has_left && state == RuntimeState::Busy && self.shows_queue(runtime)? {
            let evidence = "it works, and its screen shows the message as queued";
            return Ok(Sent::new(SendOutcome::Queued, evidence, state));
        }
        let transcripts = transcripts.filter(|_| self.verifies);
        let written = transcripts.map(|it| self.await_record(&it)).transpose()?;
        let (outcome, evidence) = match (has_left, written) {
            (_, Some(Some(outcome))) => (outcome, "it is in the runtime's own record"),
            (true, None) => (
                SendOutcome::Delivered,
                "its composer showed the message, and was empty after Enter",
            ),
            (true, Some(None)) => (
                SendOutcome::Unconfirmed,
                "it has left the composer, and is not in the runtime's record yet",
            ),
            (false, _) => (
                SendOutcome::Unconfirmed,
                "Enter was pressed, and its composer still shows the message: do not send it again",
            ),
        };
        Ok(Sent::new(outcome, evidence, state))
    }

    /// Codex's own queue takes it, without a key.
    fn enqueue(&self, codex: &Process) -> Sent {
        let state = RuntimeState::Busy;
        match queue::enqueue(codex, self.message.text()) {
            Enqueued::Queued(said) => {
                let evidence = format!("it works, and its own queue has the message: {said}");
                Sent::new(SendOutcome::Queued, &evidence, state)
            }
            Enqueued::Refused(why) => {
                let why = format!("it works, and Enter would cut its answer; its queue: {why}");
                not_delivered(&why, state)
            }
            Enqueued::Untold(why) => {
                let why = format!("it works, and its queue may have the message: {why}");
                Sent::new(SendOutcome::Unconfirmed, &why, state)
            }
        }
    }

    /// Waits for a composer where Enter does no harm, empty or with this very message in it, and tells which. Why there is
    /// none.
    fn await_composer(
        &self,
        runtime: &Runtime,
        process: &Process,
    ) -> Result<Result<Ready, Sent>, Silence> {
        let until = Instant::now() + self.wait;
        loop {
            let screen = self.keyboard.screen()?;
            let mut reading = read(runtime, &Screen::from(&screen));
            // A question may be on its way to the screen.
            if let Some(asks) = asks_by_file(runtime, process) {
                reading.state = asks;
            }
            let composer = reading.composer.as_mut();
            let own = composer.filter(|composer| self.message.is_exactly(&composer.draft));
            let is_pasted = own.is_some();
            // An earlier try has left it there.
            own.into_iter().for_each(|composer| composer.draft.clear());
            if self.context.wait(Duration::ZERO) {
                let why = "you asked to stop before anything was typed";
                return Ok(Err(not_delivered(why, reading.state)));
            }
            let Some(why) = self.obstacle(runtime, &reading) else {
                return Ok(Ok(Ready {
                    state: reading.state,
                    is_pasted,
                    harmful: harmful(runtime, &[&screen.text, self.message.text()]),
                }));
            };
            if Instant::now() >= until || self.context.wait(LOOK_EACH) {
                return Ok(Err(not_delivered(&why, reading.state)));
            }
        }
    }

    fn await_draft(&self, runtime: &Runtime) -> Result<bool, Silence> {
        self.until(SHOWS_WITHIN, || {
            let screen = self.keyboard.screen()?;
            if self.is_reset {
                return Ok(self.message.is_a_line_of(&screen.text));
            }
            let composer = read(runtime, &Screen::from(&screen)).composer;
            Ok(composer.is_some_and(|composer| self.shows(&composer)))
        })
    }

    /// Two looks must agree: a screen that is half painted has no composer, or an empty one.
    fn await_empty(&self, runtime: &Runtime, harmful: &[&str]) -> Result<bool, Silence> {
        let mut was_gone = false;
        let mut has_left = || {
            let is_gone = self.is_gone(self.reading(runtime)?.composer.as_ref());
            Ok(std::mem::replace(&mut was_gone, is_gone) && is_gone)
        };
        if self.until(ENTER_AGAIN, &mut has_left)? {
            return Ok(true);
        }
        self.keyboard.enter(harmful)?;
        self.until(SHOWS_WITHIN, has_left)
    }

    /// Where there is no composer any more the message is being worked on, and asks for something.
    fn is_gone(&self, composer: Option<&Composer>) -> bool {
        if self.is_reset {
            return composer.is_some_and(|composer| composer.draft.trim().is_empty());
        }
        composer.is_none_or(|composer| !self.shows(composer))
    }

    fn shows_queue(&self, runtime: &Runtime) -> Result<bool, Silence> {
        let Some(mark) = queue_mark(runtime) else {
            return Ok(false);
        };
        self.until(ENTER_AGAIN, || {
            Ok(self.keyboard.screen()?.text.contains(mark))
        })
    }

    /// What the runtime wrote down of the message.
    fn await_record(&self, transcripts: &Transcripts) -> Result<Option<SendOutcome>, Silence> {
        let mut found = None;
        self.until(WRITES_WITHIN, || {
            let lines = transcripts.appended();
            let mut lines = lines.iter().filter(|line| self.message.is_in_json(line));
            found = lines.next().map(|line| {
                if line.contains("\"queue-operation\"") {
                    SendOutcome::Queued
                } else {
                    SendOutcome::Delivered
                }
            });
            Ok(found.is_some())
        })?;
        Ok(found)
    }

    /// Another program: it is typed to as to a plain terminal.
    fn to_terminal(&self, process: &Process) -> Result<Sent, Silence> {
        let state = RuntimeState::Unknown;
        let is_stub = signs::name(process) == STUB.0;
        if !self.keyboard.paste(self.message.text())? {
            return Ok(not_delivered("its pane has ended", state));
        }
        thread::sleep(BEFORE_ENTER);
        if !self.keyboard.enter(&[])? {
            let evidence = "the message was typed, and its pane ended before Enter";
            return Ok(Sent::new(SendOutcome::Unconfirmed, evidence, state));
        }
        let last = self.message.text().lines().last().unwrap_or_default();
        let echo = format!("{}{last}", STUB.1);
        let is_echoed = is_stub
            && self.until(SHOWS_WITHIN, || {
                let screen = self.keyboard.screen()?;
                Ok(screen.text.contains(echo.trim_end()))
            })?;
        let (outcome, evidence) = if is_echoed {
            (SendOutcome::Delivered, "the stub has echoed it")
        } else {
            (
                SendOutcome::Unconfirmed,
                "it was typed; what runs there is no known runtime, and tells nothing",
            )
        };
        Ok(Sent {
            is_typed: true,
            ..Sent::new(outcome, evidence, state)
        })
    }

    fn reading(&self, runtime: &Runtime) -> Result<Reading, Silence> {
        Ok(read(runtime, &Screen::from(&self.keyboard.screen()?)))
    }

    /// Why a message cannot be typed now.
    fn obstacle(&self, runtime: &Runtime, reading: &Reading) -> Option<String> {
        let why = match (&reading.state, &reading.composer) {
            (RuntimeState::Approval, _) => "it waits for an approval, and Enter would give it",
            (RuntimeState::Wall, _) => "it asks something before it goes on, and takes no message",
            (RuntimeState::Stopped, _) => "it is stopped",
            (RuntimeState::Starting, _) => "its screen is blank still",
            (RuntimeState::Busy, _) if self.is_reset => "it works, and would lose what it works on",
            (RuntimeState::Busy, _) if *runtime == Runtime::Codex => return None,
            (_, None) => "no composer can be seen on its screen",
            (_, Some(composer)) if !composer.draft.is_empty() => {
                "its composer holds a draft, which would be sent along"
            }
            _ => return None,
        };
        Some(why.to_owned())
    }

    fn shows(&self, composer: &Composer) -> bool {
        composer.placeholder || self.message.is_shown_as(&composer.draft)
    }

    fn until(
        &self,
        time: Duration,
        mut is_so: impl FnMut() -> Result<bool, Silence>,
    ) -> Result<bool, Silence> {
        let until = Instant::now() + time;
        loop {
            if is_so()? {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            // What was pasted is to be sent, whoever asks to stop meanwhile.
            thread::sleep(LOOK_EACH);
        }
    }
}

/// The question that a runtime's own file says it asks.
fn asks_by_file(runtime: &Runtime, process: &Process) -> Option<RuntimeState> {
    let file = (*runtime == Runtime::Claude).then(|| signs::session_file(process));
    let asks = by_session_file(&file.flatten()?)?;
    asks.asks().then_some(asks)
}

/// The marks of a question that no text in a conversation has.
fn harmful(runtime: &Runtime, conversation: &[&str]) -> Vec<&'static str> {
    let marks = facts(runtime).map(|facts| &facts.marks);
    let all = marks.map_or_else(Vec::new, |marks| [marks.approval, marks.wall].concat());
    let is_quoted = |mark: &&str| conversation.iter().any(|text| text.contains(mark));
    all.into_iter().filter(|mark| !is_quoted(mark)).collect()
}

fn at_a_shell(process: &Process) -> Sent {
    let does = if signs::passes_keys_on(process) {
        "what passes keys on to somewhere else runs there"
    } else {
        "a shell runs there"
    };
    let why = format!(
        "{does} ({}), which may run the text as commands",
        process.name
    );
    not_delivered(&why, RuntimeState::Unknown)
}
