//! `man`: the manual, one page a command, for packagers.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::effects::os::host;
use crate::model::ignore::Ignore;
use crate::ops::pages;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic man ./man1
  man -l ./man1/mosaic-update.1";

/// Arguments of `man`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ManArgs {
    /// Where the pages go; made if it is not there
    pub dir: PathBuf,
}

/// `man`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ManDocument {
    /// `mosaic.man/1`.
    pub schema: String,
    /// The directory that the pages are in.
    pub directory: String,
    /// The pages, by file name.
    pub pages: Vec<String>,
}

impl Command for ManArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        false
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("man", schema_for!(ManDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let mut command_line = (session.command_line)();
        command_line.build();
        let pages = pages_of(&command_line);
        pages::write(&self.dir, &pages)?;
        for (name, _) in &pages {
            session
                .output
                .info(&self.dir.join(name).display().to_string());
        }
        session.output.document(&ManDocument {
            schema: schema_name("man"),
            directory: self.dir.display().to_string(),
            pages: pages.into_iter().map(|(name, _)| name).collect(),
        });
        Ok(Exit::Done)
    }
}

/// The page of a command and those of its own commands.
fn pages_of(command: &clap::Command) -> Vec<(String, Vec<u8>)> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let below = command
        .get_subcommands()
        .filter(|below| below.get_name() != "help");
    std::iter::once((format!("{name}.1"), page(command)))
        .chain(below.flat_map(pages_of))
        .collect()
}

/// The page of one command.
fn page(command: &clap::Command) -> Vec<u8> {
    let mut text = Vec::new();
    let examples = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let source = format!("mosaic {}", host::program_version());
    let page = clap_mangen::Man::new(command.clone().after_help(None)).source(source);
    page.render(&mut text).ignore("a Vec takes every write");
    text.extend_from_slice(b".SH EXAMPLES\n");
    examples
        .split("\n\n")
        .for_each(|block| text.extend_from_slice(set(block).as_bytes()));
    text
}

/// A block of what stands below the help: prose is filled, lists and commands stay as they are.
fn set(block: &str) -> String {
    let escaped = |line: &str| format!("\\&{}\n", line.replace('\\', "\\e").replace('-', "\\-"));
    let lines: String = block
        .lines()
        .filter(|line| !line.starts_with("Example"))
        .map(escaped)
        .collect();
    if block.contains("\n  ") {
        format!(".PP\n.nf\n{lines}.fi\n")
    } else {
        format!(".PP\n{lines}")
    }
}
