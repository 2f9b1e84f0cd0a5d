//! `version`: which program this is.

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::effects::os::host;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic version";

/// Arguments of `version`.
#[derive(Debug, ClapArgs)]
pub(crate) struct VersionArgs {}

/// `version`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct VersionDocument {
    /// `mosaic.version/1`.
    pub schema: String,
    /// The program's version, which is that of the release in it.
    pub version: String,
}

impl Command for VersionArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("version", schema_for!(VersionDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let version = host::program_version().to_string();
        session.output.print(&format!("mosaic {version}"));
        session.output.document(&VersionDocument {
            schema: schema_name("version"),
            version,
        });
        Ok(Exit::Done)
    }
}
