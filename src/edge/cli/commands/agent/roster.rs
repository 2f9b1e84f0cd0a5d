//! `agent roster`: what a roster declares of its agents; looks only.

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::table::table;
use crate::ops::agent::declared::{DeclaredAgent, declared};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic agent roster
  mosaic agent roster --json

Says what is declared. What runs: mosaic fleet ps.";

/// Arguments of `agent roster`.
#[derive(Debug, ClapArgs)]
pub(crate) struct AgentRosterArgs {
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

/// `agent roster`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct AgentRosterDocument {
    /// `mosaic.agent.roster/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The roster.
    pub roster: String,
    /// All agents, in the roster's order.
    pub agents: Vec<DeclaredAgent>,
}

impl Command for AgentRosterArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("agent.roster", schema_for!(AgentRosterDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let agents = declared(&session.context, self.roster.named())?;
        if agents.is_empty() {
            session.output.print("The roster has no agents.");
        } else {
            print(session, &agents);
        }
        session.output.document(&AgentRosterDocument {
            schema: schema_name("agent roster"),
            home: session.home_text(),
            roster: self.roster.path(session).display().to_string(),
            agents,
        });
        Ok(Exit::Done)
    }
}

fn print(session: &Session, agents: &[DeclaredAgent]) {
    const HEADING: [&str; 7] = [
        "NAME",
        "CLASS",
        "RUNTIME",
        "MODEL",
        "SOCKET",
        "HOST",
        "DIRECTORY",
    ];
    let rows = agents.iter().map(|agent| {
        vec![
            agent.name.clone(),
            agent.class.clone().unwrap_or_default(),
            agent.runtime.clone(),
            agent.model.clone().unwrap_or_default(),
            agent
                .socket
                .clone()
                .unwrap_or_else(|| "(default)".to_owned()),
            if agent.is_here {
                String::new()
            } else {
                agent.host.clone()
            },
            agent.working_directory.clone(),
        ]
    });
    for line in table(&HEADING, &rows.collect::<Vec<_>>()) {
        session.output.print(&line);
    }
}
