//! `completions`: what a shell needs to complete the command line.

use clap::Args as ClapArgs;
use clap_complete::Shell;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::completion;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  # in ~/.bashrc, or ~/.zshrc with zsh
  source <(mosaic completions bash)
  # in ~/.config/fish/config.fish
  mosaic completions fish | source

What is there just now is offered too: agents, paths of the home, generations, presets, migrations.";

/// Arguments of `completions`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// `completions`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct CompletionsDocument {
    /// `mosaic.completions/1`.
    pub schema: String,
    /// The shell.
    pub shell: String,
    /// The script to source in that shell.
    pub script: String,
}

impl Command for CompletionsArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("completions", schema_for!(CompletionsDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let script = completion::script(self.shell)
            .map_err(|error| CommandError::Usage(error.to_string()))?;
        session.output.print(&script);
        session.output.document(&CompletionsDocument {
            schema: schema_name("completions"),
            shell: self.shell.to_string(),
            script,
        });
        Ok(Exit::Done)
    }
}
