//! `agent watch`: an agent's screen as it changes; looks only.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::{Schema, schema_for};

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::agent::tail::ScreenDocument;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::edge::report::table::harmless;
use crate::model::tmux::Captured;
use crate::ops::agent::screen::AgentPane;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic agent watch coder0

With --json each change is a document in a line. Ctrl-C ends the look. The screen is read, not joined: nothing that you type reaches the agent, and
its window keeps its size. To type to it: mosaic agent attach NAME";

/// Time between two looks.
const LOOK_EACH: Duration = Duration::from_millis(500);

/// Arguments of `agent watch`.
#[derive(Debug, ClapArgs)]
pub(crate) struct WatchArgs {
    /// The agent, by its exact name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

impl Command for WatchArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("agent.watch", schema_for!(ScreenDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let pane = AgentPane::find(&session.context, self.roster.named(), &self.name)?;
        let mut shown = None;
        loop {
            let text = pane.text(0)?;
            if shown.as_ref() != Some(&text) {
                self.show(session, &text);
                shown = Some(text);
            }
            if session.output.has_reader_left() || session.context.wait(LOOK_EACH) {
                return Ok(Exit::Done);
            }
        }
    }
}

impl WatchArgs {
    fn show(&self, session: &Session, text: &Captured) {
        let head = format!("{}, looked at; Ctrl-C ends it", self.name);
        let lines = text.lines.iter().map(|line| harmless(line));
        let lines: Vec<_> = [styled(style::FAINT, head)]
            .into_iter()
            .chain(lines)
            .collect();
        session.output.redraw(&lines);
        session.output.document_line(&ScreenDocument {
            schema: schema_name("agent watch"),
            agent: self.name.clone(),
            full_screen: text.is_full_screen,
            lines: text.lines.clone(),
        });
    }
}
