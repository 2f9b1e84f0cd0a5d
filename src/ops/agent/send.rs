//! `agent send`: a message to one agent. The agent's state comes first: Enter is pressed only where a composer was seen with
//! the message in it, for at an approval it would allow something, and at a wall it could end the agent.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::decide::fleet::message::{Message, MessageFault};
use crate::decide::fleet::order::chosen;
use crate::decide::fleet::runtimes::{of_process, reset_word};
use crate::effects::fleet::turn;
use crate::effects::os::host;
use crate::model::roster::Roster;
use crate::model::runtime::{Runtime, RuntimeState};
use crate::ops::agent::screen::AgentPane;
use crate::ops::agent::sent::{Sent, not_delivered};
use crate::ops::agent::typist::Typist;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::error::FleetError;
use crate::ops::fleet::roster::read_roster;

/// A message that is to be sent.
#[derive(Debug, Default)]
pub struct SendRequest {
    /// The roster; none for the home's.
    pub roster: Option<PathBuf>,
    /// The agent, by its exact name.
    pub agent: String,
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
    let roster = request.roster.as_deref();
    chosen(&read_roster(context, roster)?, &[&request.agent])?;
    in_turn(context, &request.agent, || {
        let pane = match find(context, roster, &request.agent)? {
            Ok(pane) => pane,
            Err(why) => return Ok(not_delivered(why, RuntimeState::Unknown)),
        };
        let typist = Typist {
            context,
            keyboard: pane.keyboard(),
            message: &message,
            is_reset: false,
            verifies: request.verify,
            wait: request.wait,
        };
        Ok(typist.deliver(&pane))
    })
}

/// One message at a time: two that are typed at once would be one.
fn in_turn(
    context: &Context,
    agent: &str,
    work: impl FnOnce() -> Result<Sent, Error>,
) -> Result<Sent, Error> {
    let turn = turn::take(&context.home, agent, &|time| context.wait(time));
    match turn {
        Ok(_turn) => work(),
        Err(why) => Ok(not_delivered(why, RuntimeState::Unknown)),
    }
}

/// Types what empties an agent's context, bare, and only into an empty composer of one that waits.
///
/// # Errors
///
/// As with [`send`]; [`Error::Usage`] where nobody knows what resets what the agent runs.
pub fn reset(
    context: &Context,
    roster: Option<&Path>,
    agent: &str,
    wait: Duration,
) -> Result<Sent, Error> {
    let declared = read_roster(context, roster)?;
    chosen(&declared, &[agent])?;
    in_turn(context, agent, || {
        let pane = match find(context, roster, agent)? {
            Ok(pane) => pane,
            Err(why) => return Ok(not_delivered(why, RuntimeState::Unknown)),
        };
        let runs = pane.program().and_then(|process| of_process(&process.name));
        let word = reset_word_of(&declared, agent, runs.as_ref());
        let word = word.ok_or_else(|| {
            let why = format!(
                "nobody knows what resets {agent}; write a reset_command for its runtime into the roster"
            );
            Error::Usage(why)
        })?;
        let message = Message::bare(&word).map_err(|fault| wrong(&fault))?;
        let typist = Typist {
            context,
            keyboard: pane.keyboard(),
            message: &message,
            is_reset: true,
            verifies: false,
            wait,
        };
        Ok(typist.deliver(&pane))
    })
}

/// What resets an agent: what the roster says of the runtime that runs, or is to, else that runtime's own word.
fn reset_word_of(roster: &Roster, agent: &str, runs: Option<&Runtime>) -> Option<String> {
    let declared = roster.agents.iter().find(|one| one.name.as_str() == agent);
    let runtime = runs.or(declared.map(|agent| &agent.runtime))?;
    let told = roster.runtimes.get(runtime);
    let told = told.and_then(|settings| settings.reset_command.clone());
    told.or_else(|| reset_word(runtime).map(str::to_owned))
}

fn wrong(fault: &MessageFault) -> Error {
    Error::Usage(fault.to_string())
}

/// The sender where none is named: an agent in its own session, else the operator of this host.
fn own_label() -> String {
    let agent = host::variable("MOSAIC_AGENT_NAME").and_then(|name| name.into_string().ok());
    let who = agent.filter(|name| !name.is_empty());
    format!(
        "{}:{}",
        host::host_name(),
        who.as_deref().unwrap_or("operator")
    )
}

/// The pane, or why there is none to type into.
fn find(
    context: &Context,
    roster: Option<&Path>,
    agent: &str,
) -> Result<Result<AgentPane, String>, Error> {
    match AgentPane::find(context, roster, agent) {
        Ok(pane) => Ok(Ok(pane)),
        Err(Error::Fleet(error)) => match *error {
            FleetError::NoPane { why, .. } => Ok(Err(why)),
            error => Err(error.into()),
        },
        Err(error) => Err(error),
    }
}
