//! `help`: a command, a subject or a word, explained.

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::decide::text::nearest::nearest;
use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::topics::{find, names};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic help update
  mosaic help conflicts
  mosaic help parked";

/// Arguments of `help`.
#[derive(Debug, ClapArgs)]
pub(crate) struct HelpArgs {
    /// A command, a subject or a word; without one, a list of all
    #[arg(value_name = "COMMAND|SUBJECT|WORD")]
    pub words: Vec<String>,
}

/// `help`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct HelpDocument {
    /// `mosaic.help/1`.
    pub schema: String,
    /// The text.
    pub text: String,
}

impl Command for HelpArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("help", schema_for!(HelpDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let mut command_line = (session.command_line)();
        command_line.build();
        let text = match self.words.as_slice() {
            [word] if find(word).is_some() && below(&mut command_line, &self.words).is_none() => {
                find(word).unwrap_or_default()
            }
            words => match below(&mut command_line, words) {
                Some(command) => long_help(command),
                None => return Err(unknown(&command_line, words)),
            },
        };
        session.output.print(&text);
        session.output.document(&HelpDocument {
            schema: schema_name("help"),
            text: session.output.screen().spoken(&text),
        });
        Ok(Exit::Done)
    }
}

/// The command of these words.
fn below<'a>(command: &'a mut clap::Command, words: &[String]) -> Option<&'a mut clap::Command> {
    words
        .iter()
        .try_fold(command, |above, word| above.find_subcommand_mut(word))
}

fn long_help(command: &mut clap::Command) -> String {
    command.render_long_help().ansi().to_string()
}

fn unknown(command: &clap::Command, words: &[String]) -> CommandError {
    let asked = words.join(" ");
    let commands = command.get_subcommands().map(clap::Command::get_name);
    let near = nearest(asked.as_str(), commands.chain(names()));
    let near = near.map_or_else(
        || "to see all: mosaic help".to_owned(),
        |near| format!("did you mean: mosaic help {near}"),
    );
    CommandError::Usage(format!(
        "there is no command, subject or word {asked:?}; {near}"
    ))
}
