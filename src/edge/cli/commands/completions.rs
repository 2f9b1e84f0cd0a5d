//! `completions`: what a shell needs to complete the command line.

use clap::{Args as ClapArgs, Command};
use clap_complete::Shell;
use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::error::Exit;
use crate::edge::report::document::schema_name;
use crate::edge::report::voice::Output;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic completions bash > _mosaic
  mosaic completions fish | source";

/// Arguments of `completions`.
#[derive(Debug, ClapArgs)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// `completions`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CompletionsDocument {
    /// `mosaic.completions/1`.
    pub schema: String,
    /// The shell.
    pub shell: String,
    /// What to source in it.
    pub script: String,
}

/// Prints the script for a command line.
pub fn run(voice: &mut Output, mut command: Command, asked: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(asked.shell, &mut command, "mosaic", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    voice.insist(&script);
    let schema = schema_name("completions");
    voice.document(&CompletionsDocument {
        schema,
        shell: asked.shell.to_string(),
        script,
    });
    Exit::Done
}
