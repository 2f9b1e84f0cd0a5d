//! `agent send`: a message to one agent, and what has come of it.

use std::io::{self, Read};
use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::model::fleet_name::{NameFault, SessionName, SocketName};
use crate::model::runtime::RuntimeState;
use crate::ops::Error;
use crate::ops::agent::send::{Addressee, SendRequest, send};
use crate::ops::agent::sent::{SendOutcome, Sent};
use crate::ops::elsewhere::run_reading;
use crate::ops::fleet::peers::destination_of;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic agent send coder0 -m Ready.
  mosaic agent send lead -m Go --verify
  date | mosaic agent send coder0 -
  mosaic agent send x --socket y -m Hi

The agent sees \"[LABEL] TEXT\". Its state is looked at first: while it waits for an approval or
stands at a wall, where Enter would do something, nothing is typed.

Exit status: 0 delivered, or queued by the runtime, which is said; 6 typed, but nothing proves that
it was taken: do not send it again; 7 not delivered, with the reason.";

/// Arguments of `agent send`.
#[derive(Debug, ClapArgs)]
pub(crate) struct SendArgs {
    /// To whom
    #[command(flatten)]
    pub to: AddresseeArgs,
    /// `-`: the message is read from standard input, less its last newline
    #[arg(value_name = "-", value_parser = ["-"], hide_possible_values = true, required_unless_present = "message", conflicts_with = "message")]
    pub stdin: Option<String>,
    /// The message; - reads it from standard input
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub message: Option<String>,
    /// Look for evidence beside the screen: what the runtime itself has written down
    #[arg(long)]
    pub verify: bool,
    /// Wait so long for a composer that takes the message
    #[arg(long, value_name = "SECONDS", default_value_t = 0,
          value_parser = clap::value_parser!(u64).range(0..=86400))]
    pub wait: u64,
    /// Who sends [default: HOST:AGENT in an agent's session, else HOST:operator]
    #[arg(long, visible_alias = "source", value_name = "LABEL")]
    pub source_label: Option<String>,
    /// End with 0 also where it was typed to a program that is no known runtime, and tells nothing
    #[arg(long)]
    pub or_typed: bool,
}

/// To whom a command speaks.
#[derive(Debug, ClapArgs)]
pub(crate) struct AddresseeArgs {
    /// The agent, by its exact name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// NAME is a session of tmux on this socket, of whatever roster or none; '' is the default one
    #[arg(long, value_name = "SOCKET", conflicts_with = "roster")]
    pub socket: Option<String>,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

impl AddresseeArgs {
    /// Who is meant.
    pub(super) fn read(&self) -> Result<Addressee, CommandError> {
        let Some(socket) = &self.socket else {
            return Ok(Addressee::Agent {
                roster: self.roster.named().map(ToOwned::to_owned),
                name: self.name.clone(),
            });
        };
        let wrong = |text: &str, what: &str, fault: NameFault| {
            CommandError::Usage(format!("{text:?} is no name of a {what}: {fault}"))
        };
        let named = (!socket.is_empty()).then(|| SocketName::parse(socket));
        Ok(Addressee::Session {
            socket: named
                .transpose()
                .map_err(|fault| wrong(socket, "socket", fault))?,
            name: SessionName::parse(&self.name)
                .map_err(|fault| wrong(&self.name, "session", fault))?,
        })
    }
}

/// `agent send` and `agent reset`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct SentDocument {
    /// `mosaic.agent.send/1` or `mosaic.agent.reset/1`.
    pub schema: String,
    /// The agent.
    pub agent: String,
    /// The outcome.
    pub outcome: SendOutcome,
    /// What proves it, or why it is not so.
    pub evidence: String,
    /// The state of the agent before.
    pub state: RuntimeState,
}

impl Command for SendArgs {
    fn only_looks(&self) -> bool {
        false
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("agent.send", schema_for!(SentDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let (to, text) = (self.to.read()?, self.text()?);
        if let Some(host) = destination_of(&session.context, &to)? {
            let words = self.words_there(session);
            let status = run_reading(&host, &words, &text).map_err(Error::from)?;
            return Ok(Exit::of(status));
        }
        let request = SendRequest {
            to,
            text,
            label: self.source_label.clone(),
            verify: self.verify,
            wait: Duration::from_secs(self.wait),
        };
        let sent = send(&session.context, &request)?;
        let is_enough = self.or_typed && sent.is_typed;
        let exit = tell(session, "agent send", &self.to.name, sent);
        Ok(if is_enough { Exit::Done } else { exit })
    }
}

impl SendArgs {
    /// The same for the host that the agent lives on, by its own roster. The message is read.
    fn words_there(&self, session: &Session) -> Vec<String> {
        let mut words = ["agent", "send", &self.to.name, "-"]
            .map(str::to_owned)
            .to_vec();
        let flags = [
            (self.verify, "--verify"),
            (self.or_typed, "--or-typed"),
            (session.output.is_json(), "--json"),
        ];
        let flags = flags.into_iter().filter(|(is_given, _)| *is_given);
        words.extend(flags.map(|(_, flag)| flag.to_owned()));
        words.push(format!("--wait={}", self.wait));
        let label = self.source_label.iter();
        words.extend(label.map(|label| format!("--source-label={label}")));
        words
    }

    fn text(&self) -> Result<String, CommandError> {
        match &self.message {
            Some(text) if text != "-" => return Ok(text.clone()),
            _ => {}
        }
        let mut text = String::new();
        let read = io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| CommandError::Usage(format!("cannot read the message: {error}")))?;
        Ok(text.strip_suffix('\n').map(str::to_owned).unwrap_or(text))
    }
}

/// Tells what has come of it.
pub(super) fn tell(session: &Session, command: &str, agent: &str, sent: Sent) -> Exit {
    let (exit, style, word) = match sent.outcome {
        SendOutcome::Delivered => (Exit::Done, style::COMES, "delivered"),
        SendOutcome::Queued => (Exit::Done, style::COMES, "queued"),
        SendOutcome::Unconfirmed => (Exit::Unknown, style::ALARM, "unconfirmed"),
        SendOutcome::NotDelivered => (Exit::NotDelivered, style::ERROR, "not delivered"),
    };
    let line = format!("{} {agent}: {}", styled(style, word), sent.evidence);
    if exit == Exit::Done {
        session.output.info(&line);
    } else {
        session.output.warn(&line);
    }
    session.output.document(&SentDocument {
        schema: schema_name(command),
        agent: agent.to_owned(),
        outcome: sent.outcome,
        evidence: sent.evidence,
        state: sent.state,
    });
    exit
}
