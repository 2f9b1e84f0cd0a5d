//! `agent attach`: the explicit takeover of an agent's terminal.

use clap::Args as ClapArgs;
use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::question::{ask, can_be_asked};
use crate::ops::Error;
use crate::ops::agent::screen::AgentPane;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic agent attach coder0

It asks first: what you type goes to the agent, and its window takes the size of yours. tmux's own
keys end it: Ctrl-b d, unless you have others. To look only: mosaic agent watch NAME";

/// Arguments of `agent attach`.
#[derive(Debug, ClapArgs)]
pub(crate) struct AttachArgs {
    /// The agent, by its exact name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

impl Command for AttachArgs {
    fn only_looks(&self) -> bool {
        false
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let pane = AgentPane::find(&session.context, self.roster.named(), &self.name)?;
        if !can_be_asked() || session.output.is_json() {
            let usage = "attach needs a terminal; to read: mosaic agent tail NAME";
            return Err(Error::Usage(usage.to_owned()).into());
        }
        if !self.yes {
            let question = format!(
                "What you type goes to {}, and its window is resized. Go on?",
                self.name
            );
            ask(session.output, &session.context, &question)?;
        }
        Err(pane.attach().into())
    }
}
