//! `mosaic` without a command: where one stands, or what to do first.

use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::status::StatusArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::output::{style, styled};
use crate::effects::home::HomeError;
use crate::ops::Error;

/// No command.
#[derive(Debug)]
pub(crate) struct Bare;

impl Command for Bare {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let output = session.output;
        match StatusArgs::default().run(session) {
            Err(CommandError::Operation(Error::Home(HomeError::Absent {
                nearest: None, ..
            }))) if !output.is_json() => {
                output.print(&welcome(session));
                Ok(Exit::Done)
            }
            told => {
                output.info("\nAll commands: mosaic --help");
                told
            }
        }
    }
}

/// What to do first.
fn welcome(session: &Session) -> String {
    let heading = styled(style::STRONG, "There is no home yet");
    let home = session.home_text();
    let commands = [
        ("set one up", "install"),
        ("see first what that would do", "install --dry-run"),
    ];
    let commands = commands.map(|(purpose, words)| {
        let command = session.command(words);
        format!("  to {purpose}:\n    {command}\n")
    });
    format!(
        "{heading}  {home}\n{}All commands: mosaic --help",
        commands.concat()
    )
}
