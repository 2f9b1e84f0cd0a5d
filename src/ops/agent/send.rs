//! `agent send`: a message to one agent. The agent's state comes first: Enter is pressed only where a composer was seen with
//! the message in it, for at an approval it would allow something, and at a wall it could end the agent.

use std::path::PathBuf;
use std::time::Duration;

use crate::decide::fleet::message::{Message, MessageFault};
use crate::decide::fleet::runtimes::{of_process, reset_word};
use crate::effects::fleet::{conversation, turn};
use crate::effects::os::disk::DiskError;
use crate::model::fleet_name::{SessionName, SocketName};
use crate::model::roster::Roster;
use crate::model::runtime::{Runtime, RuntimeState};
use crate::ops::agent::screen::AgentPane;
use crate::ops::agent::sent::{SendOutcome, Sent, not_delivered};
use crate::ops::agent::typist::Typist;
use crate::ops::context::Context;
use crate::ops::elsewhere::own_label;
use crate::ops::error::Error;
use crate::ops::fleet::error::FleetError;
use crate::ops::fleet::roster::read_roster;

/// Whose pane is meant.
#[derive(Debug, Clone)]
pub enum Addressee {
    /// An agent, by its exact name.
    Agent {
        /// Its roster; none for the home's.
        roster: Option<PathBuf>,
        /// The name.
        name: String,
    },
    /// A session of tmux by its exact name, whoever declares it.
    Session {
        /// The socket that it is on; none for the default one.
        socket: Option<SocketName>,
        /// The name.
        name: SessionName,
    },
}

/// A message that is to be sent.
#[derive(Debug)]
pub struct SendRequest {
    /// To whom.
    pub to: Addressee,
    /// The text.
    pub text: String,
    /// Who sends it; none for the agent in whose session this runs, or the operator.
    pub label: Option<String>,
    /// Whether evidence from outside the screen is asked for.
    pub verify: bool,
    /// The longest wait for a composer that takes the message.
    pub wait: Duration,
}

/// Sends a message.
///
/// # Errors
///
/// [`Error::Usage`] for what cannot be typed, and [`FleetError`] for a wrong roster or name. All else is an outcome.
pub fn send(context: &Context, request: &SendRequest) -> Result<Sent, Error> {
    let label = request.label.clone().unwrap_or_else(own_label);
    let message = Message::signed(&label, &request.text).map_err(|fault| wrong(&fault))?;
    in_turn(context, &request.to, |pane| {
        let typist = Typist {
            context,
            keyboard: pane.keyboard(),
            message: &message,
            is_reset: false,
            verifies: request.verify,
            wait: request.wait,
        };
        Ok(typist.deliver(pane))
    })
}

/// One message at a time: two that are typed at once would be one.
fn in_turn(
    context: &Context,
    to: &Addressee,
    work: impl FnOnce(&AgentPane) -> Result<Sent, Error>,
) -> Result<Sent, Error> {
    let nothing = |why: String| not_delivered(&why, RuntimeState::Unknown);
    let mut pane = match find(context, to)? {
        Ok(pane) => pane,
        Err(why) => return Ok(nothing(why)),
    };
    let turn = turn::take(pane.server(), pane.session(), &|time| context.wait(time));
    let turn = match turn {
        Ok(turn) => turn,
        Err(why) => return Ok(nothing(why)),
    };
    // It may have ended while others sent to it, and be another by now.
    if turn.was_waited_for {
        pane = match find(context, to)? {
            Ok(pane) => pane,
            Err(why) => return Ok(nothing(why)),
        };
    }
    work(&pane)
}

/// Types what empties an agent's context, bare, and only into an empty composer of one that waits.
///
/// # Errors
///
/// As with [`send`].
pub fn reset(context: &Context, to: &Addressee, wait: Duration) -> Result<Sent, Error> {
    let declared = match to {
        Addressee::Agent { roster, .. } => Some(read_roster(context, roster.as_deref())?),
        Addressee::Session { .. } => None,
    };
    in_turn(context, to, |pane| {
        let runs = pane.program().and_then(|process| of_process(&process.name));
        let word = reset_word_of(declared.as_ref(), pane.session(), runs.as_ref());
        let Some(word) = word else {
            let why = "nobody knows what resets it; write a reset_command for its runtime into the roster";
            return Ok(not_delivered(why, RuntimeState::Unknown));
        };
        let message = Message::bare(&word).map_err(|fault| wrong(&fault))?;
        let typist = Typist {
            context,
            keyboard: pane.keyboard(),
            message: &message,
            is_reset: true,
            verifies: false,
            wait,
        };
        let before = pane.program().and_then(conversation::of_claude);
        let sent = typist.deliver(pane);
        Ok(match (runs, pane.program()) {
            (Some(runtime), Some(process)) if sent.outcome == SendOutcome::Delivered => {
                let wait = |time| context.wait(time);
                let kept = conversation::renewed(&runtime, process, before.as_deref(), &wait);
                with_kept(sent, kept)
            }
            _ => sent,
        })
    })
}

/// What has come of a reset, and of writing it down.
fn with_kept(mut sent: Sent, kept: Result<(), DiskError>) -> Sent {
    if let Err(error) = kept {
        sent.evidence += &format!(
            "; its former conversation will come back with its next start, as the new one could not be written down: {error}"
        );
    }
    sent
}

/// What resets an agent: what the roster says of the runtime that runs, or is to, else that runtime's own word.
fn reset_word_of(declared: Option<&Roster>, agent: &str, runs: Option<&Runtime>) -> Option<String> {
    let mut agents = declared.into_iter().flat_map(|roster| &roster.agents);
    let own = agents.find(|one| one.name.as_str() == agent);
    let runtime = runs.or(own.map(|agent| &agent.runtime))?;
    let told = declared.and_then(|roster| roster.runtimes.get(runtime));
    let told = told.and_then(|settings| settings.reset_command.clone());
    told.or_else(|| reset_word(runtime).map(str::to_owned))
}

fn wrong(fault: &MessageFault) -> Error {
    Error::Usage(fault.to_string())
}

/// The pane, or why there is none to type into.
fn find(context: &Context, to: &Addressee) -> Result<Result<AgentPane, String>, Error> {
    let found = match to {
        Addressee::Agent { roster, name } => AgentPane::find(context, roster.as_deref(), name),
        Addressee::Session { socket, name } => AgentPane::of_session(socket.as_ref(), name),
    };
    match found {
        Ok(pane) => Ok(Ok(pane)),
        Err(Error::Fleet(error)) => match *error {
            FleetError::NoPane { why, .. } => Ok(Err(why)),
            error => Err(error.into()),
        },
        Err(error) => Err(error),
    }
}
