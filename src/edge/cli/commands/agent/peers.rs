//! `agent peers`: how an agent reaches every other one; looks only.

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::ops::agent::declared::{Peer, peers};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic agent peers
  mosaic agent peers coder0

A NAME is the agent that asks: it is left out. The script is tools/tmux/agent-send.sh of the home.";

/// Arguments of `agent peers`.
#[derive(Debug, ClapArgs)]
pub(crate) struct PeersArgs {
    /// The agent that asks
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

/// `agent peers`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct PeersDocument {
    /// `mosaic.agent.peers/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The agent that asks; null where none was named.
    pub agent: Option<String>,
    /// The others, in the roster's order.
    pub peers: Vec<Peer>,
}

impl Command for PeersArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("agent.peers", schema_for!(PeersDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let peers = peers(&session.context, self.roster.named(), self.name.as_deref())?;
        for peer in &peers {
            session.output.print(&peer.line);
        }
        session.output.document(&PeersDocument {
            schema: schema_name("agent peers"),
            home: session.home_text(),
            agent: self.name.clone(),
            peers,
        });
        Ok(Exit::Done)
    }
}
