//! `fleet verify`: are the roster's sessions there? Looks only.

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::edge::report::table::table;
use crate::ops::fleet::verify::{SessionCheck, SessionOutcome, Verified, fleet_verify};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic fleet verify
  mosaic fleet verify && echo all there

tmux is asked, holder first, for exactly the sessions and the socket that the roster names; what
units say is not believed. Exit 4 if one is missing, dead, elsewhere or there twice; 6 if one
could not be asked.";

/// Arguments of `fleet verify`.
#[derive(Debug, ClapArgs)]
pub(crate) struct FleetVerifyArgs {
    /// Agents of the roster; without any, all of them
    #[arg(value_name = "AGENT")]
    pub agents: Vec<String>,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

/// `fleet verify`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct FleetVerifyDocument {
    /// `mosaic.fleet.verify/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The roster.
    pub roster: String,
    /// Each session that the roster asks for, the holder's first.
    pub sessions: Vec<SessionCheck>,
}

impl Command for FleetVerifyArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("fleet.verify", schema_for!(FleetVerifyDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let verified = fleet_verify(&session.context, self.roster.named(), &self.agents)?;
        let rows: Vec<_> = verified.sessions.iter().map(cells).collect();
        for line in table(&["SESSION", "SOCKET", "FOUND", ""], &rows) {
            session.output.info(&line);
        }
        let exit = exit(&verified);
        session.output.document(&FleetVerifyDocument {
            schema: schema_name("fleet verify"),
            home: session.home_text(),
            roster: self.roster.path(session).display().to_string(),
            sessions: verified.sessions,
        });
        Ok(exit)
    }
}

/// What was found missing is known, whatever else could not be asked.
fn exit(verified: &Verified) -> Exit {
    let is = |outcome| move |check: &SessionCheck| check.outcome == outcome;
    let mut sessions = verified.sessions.iter();
    if sessions.clone().all(is(SessionOutcome::There)) {
        return Exit::Done;
    }
    let is_settled = |check: &SessionCheck| {
        ![SessionOutcome::There, SessionOutcome::Unknown].contains(&check.outcome)
    };
    if sessions.any(is_settled) {
        Exit::Differences
    } else {
        Exit::Unknown
    }
}

fn cells(check: &SessionCheck) -> Vec<String> {
    let found = check.outcome.as_str();
    let style = match check.outcome {
        SessionOutcome::There => style::COMES,
        SessionOutcome::Unknown => style::FAINT,
        _ => style::ALARM,
    };
    vec![
        check.session.clone(),
        check.socket.clone().unwrap_or_else(|| "default".to_owned()),
        styled(style, found),
        check.reason.clone().unwrap_or_default(),
    ]
}
