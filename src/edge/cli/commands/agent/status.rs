//! `agent status`: all that tells of an agent, one line a fact; looks only.

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::agent_text::facts;
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::ops::fleet::line::SessionState;
use crate::ops::fleet::ps::fleet_ps;
use crate::ops::fleet::row::AgentRow;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic agent status coder0
  mosaic agent status --json

The same of many, a line each: mosaic fleet ps";

/// Arguments of `agent status`.
#[derive(Debug, ClapArgs)]
pub(crate) struct AgentStatusArgs {
    /// The agent; without one, all of the roster
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

/// `agent status`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct AgentStatusDocument {
    /// `mosaic.agent.status/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The roster.
    pub roster: String,
    /// The agents.
    pub agents: Vec<AgentRow>,
}

impl Command for AgentStatusArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("agent.status", schema_for!(AgentStatusDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let names = self.name.as_slice();
        let mut rows = fleet_ps(&session.context, self.roster.named(), names, false)?.rows;
        rows.retain(|row| row.runtime.is_some());
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                session.output.print("");
            }
            print(session, row);
        }
        let is_unknown = rows.iter().any(|row| row.session == SessionState::Unknown);
        session.output.document(&AgentStatusDocument {
            schema: schema_name("agent status"),
            home: session.home_text(),
            roster: self.roster.path(session).display().to_string(),
            agents: rows,
        });
        Ok(if is_unknown {
            Exit::Unknown
        } else {
            Exit::Done
        })
    }
}

fn print(session: &Session, row: &AgentRow) {
    session.output.print(&styled(style::STRONG, &row.name));
    for (fact, value) in facts(row) {
        session.output.print(&format!("  {fact:9}  {value}"));
    }
}
