//! `agent reset`: empties one agent's context.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::{Schema, schema_for};

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::agent::send::{AddresseeArgs, SentDocument, tell};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::ops::agent::send::reset;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic agent reset coder0

What is typed is the runtime's own word: /clear for claude, /new for codex, opencode and pi, or the
roster's reset_command. It goes only into an empty composer, as a message does; the exit status is
that of agent send.";

/// Arguments of `agent reset`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ResetArgs {
    /// Whose context
    #[command(flatten)]
    pub to: AddresseeArgs,
    /// Wait so long for an empty composer
    #[arg(long, value_name = "SECONDS", default_value_t = 0,
          value_parser = clap::value_parser!(u64).range(0..=86400))]
    pub wait: u64,
}

impl Command for ResetArgs {
    fn only_looks(&self) -> bool {
        false
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("agent.reset", schema_for!(SentDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let wait = Duration::from_secs(self.wait);
        let sent = reset(&session.context, &self.to.read()?, wait)?;
        Ok(tell(session, "agent reset", &self.to.name, sent))
    }
}
