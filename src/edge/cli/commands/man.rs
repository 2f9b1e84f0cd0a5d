//! `man`: the manual, one page a command, for packagers.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::manual;
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
        let pages = manual::pages(&command_line);
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
