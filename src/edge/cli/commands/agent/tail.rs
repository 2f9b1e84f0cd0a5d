//! `agent tail`: the last lines of an agent's screen; looks only.

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::table::harmless;
use crate::ops::agent::screen::AgentPane;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic agent tail coder0
  mosaic agent tail coder0 -n 20

Of a full-screen program tmux keeps no history: then the lines are those of its screen.";

/// Arguments of `agent tail`.
#[derive(Debug, ClapArgs)]
pub(crate) struct TailArgs {
    /// The agent, by its exact name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The most lines to print
    #[arg(short = 'n', long, value_name = "N", default_value_t = 80,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub lines: u32,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

/// `agent tail`, and each look of `agent watch`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ScreenDocument {
    /// `mosaic.agent.tail/1` or `mosaic.agent.watch/1`.
    pub schema: String,
    /// The agent.
    pub agent: String,
    /// Set where a full-screen program runs, of which there is no history.
    pub full_screen: bool,
    /// The last lines, without colours and without blanks at their ends.
    pub lines: Vec<String>,
}

impl Command for TailArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("agent.tail", schema_for!(ScreenDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let most = usize::try_from(self.lines).unwrap_or(usize::MAX);
        let pane = AgentPane::find(&session.context, self.roster.named(), &self.name)?;
        let text = pane.text(most)?;
        let mut lines = text.lines;
        let written = lines.iter().rposition(|line| !line.is_empty());
        lines.truncate(written.map_or(0, |last| last + 1));
        lines.drain(..lines.len().saturating_sub(most));
        if text.is_full_screen {
            session.output.aside(&format!(
                "{} runs a full-screen program, of which tmux keeps no history: this is its screen.",
                self.name
            ));
        }
        for line in &lines {
            session.output.print(&harmless(line));
        }
        session.output.document(&ScreenDocument {
            schema: schema_name("agent tail"),
            agent: self.name.clone(),
            full_screen: text.is_full_screen,
            lines,
        });
        Ok(Exit::Done)
    }
}
