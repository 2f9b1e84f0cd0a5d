//! `agent beat`: writes an agent's heartbeat.

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::ops::agent::beat::{BeatRequest, BeatState, beat};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic agent beat coder0
  mosaic agent beat coder0 --state busy

For hooks of a runtime: it says nothing, and waits for nobody. The format is told in guides/heartbeat.md.";

/// Arguments of `agent beat`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BeatArgs {
    /// The agent
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The state that the agent is in
    #[arg(long, value_name = "STATE", value_enum, default_value = "idle")]
    pub state: BeatState,
    /// Seconds until the next beat at the latest
    #[arg(long, value_name = "SECONDS", default_value_t = 15,
          value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub interval: u32,
    /// The agent's process [default: the one that runs this command]
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
    pub pid: Option<u32>,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

/// `agent beat`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct BeatDocument {
    /// `mosaic.agent.beat/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The agent.
    pub agent: String,
    /// The file that was written, from the home.
    pub file: String,
}

impl Command for BeatArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("agent.beat", schema_for!(BeatDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let request = BeatRequest {
            name: self.name.clone(),
            state: self.state,
            interval: self.interval,
            pid: self.pid,
        };
        let file = beat(&session.context, self.roster.named(), &request)?;
        session.output.document(&BeatDocument {
            schema: schema_name("agent beat"),
            home: session.home_text(),
            agent: self.name.clone(),
            file,
        });
        Ok(Exit::Done)
    }
}
