//! `agent stream`: what an agent's pane puts out, byte for byte, for programs; looks only.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::ops::Error;
use crate::ops::agent::stream;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic agent stream coder0 >log
  mosaic agent stream coder0 | cat -v

From now on, until the pane ends or Ctrl-C; any number may read at once. Nothing is typed, and nothing
resized. tmux has one pipe for a pane: where it is yours already, it stays, and this is refused.
A reader that falls 4 MiB behind is cut off. To look: mosaic agent watch NAME";

/// Arguments of `agent stream`.
#[derive(Debug, ClapArgs)]
pub(crate) struct StreamArgs {
    /// The agent, by its exact name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
    /// What tmux runs: hands stdin on at this socket
    #[arg(long, hide = true, requires_all = ["server", "pane"])]
    pub hub: Option<PathBuf>,
    /// The tmux server of the hub
    #[arg(long, hide = true, requires = "hub")]
    pub server: Option<PathBuf>,
    /// The pane of the hub
    #[arg(long, hide = true, requires = "hub")]
    pub pane: Option<String>,
}

impl Command for StreamArgs {
    fn needs_home(&self) -> bool {
        self.hub.is_none()
    }

    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        if let (Some(hub), Some(server), Some(pane)) = (&self.hub, &self.server, &self.pane) {
            stream::serve(&session.context, hub, server, pane)?;
            return Ok(Exit::Done);
        }
        let output = session.output;
        if output.is_json() || output.screen().is_terminal {
            let usage = format!(
                "stream is for a program, as in: {} | cat -v",
                session.command(&format!("agent stream {}", self.name))
            );
            return Err(Error::Usage(usage).into());
        }
        stream::stream(&session.context, self.roster.named(), &self.name, |bytes| {
            output.pass_on(bytes)
        })?;
        Ok(Exit::Done)
    }
}
