//! `bundle new`: a bundle to begin with.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::decide::bundle::manifest;
use crate::decide::doctor::quoted;
use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::effects::os::disk::outside;
use crate::model::bundle::MANIFEST;
use crate::ops::pages;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic bundle new ./tiles --name tiles

Every file beside bundle.toml ships, at the same path in a home.";

/// Arguments of `bundle new`.
#[derive(Debug, ClapArgs)]
pub(crate) struct NewArgs {
    /// The bundle directory; made if it is not there
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// The bundle's name: a home belongs to one
    #[arg(long, value_name = "NAME")]
    pub name: String,
}

/// `bundle new`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct NewDocument {
    /// `mosaic.bundle.new/1`.
    pub schema: String,
    /// The bundle directory.
    pub bundle: String,
    /// The files that were written, by name.
    pub written: Vec<String>,
}

impl Command for NewArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        false
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("bundle.new", schema_for!(NewDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let declared = manifest_text(&self.name);
        manifest::parse(&declared).map_err(|fault| CommandError::Usage(fault.problem))?;
        let files = [(MANIFEST, declared), ("CHANGELOG.md", CHANGELOG.to_owned())];
        for (name, _) in &files {
            let path = self.directory.join(name);
            if outside::is_there(&path) {
                let problem = format!("{} is there already; it stays", path.display());
                return Err(CommandError::Usage(problem));
            }
        }
        let files = files.map(|(name, text)| (name.to_owned(), text.into_bytes()));
        pages::write(&self.directory, &files)?;
        let bundle = self.directory.display().to_string();
        for (name, _) in &files {
            session
                .output
                .info(&self.directory.join(name).display().to_string());
        }
        let check = format!(
            "Once its files are there: mosaic bundle check {}",
            quoted(&bundle)
        );
        session.output.info(&check);
        session.output.document(&NewDocument {
            schema: schema_name("bundle.new"),
            bundle,
            written: files.into_iter().map(|(name, _)| name).collect(),
        });
        Ok(Exit::Done)
    }
}

/// What a changelog begins with; an update shows its points.
const CHANGELOG: &str = "# Changelog\n\n## [0.1.0]\n\n### Added\n\n- The beginning.\n";

fn manifest_text(name: &str) -> String {
    format!(
        "name = \"{name}\"\nversion = \"0.1.0\"\n\n# The operator's: an update never reads, writes or removes what these match.\npreserve = []\n# Written once where nothing is, then the operator's.\nseed = []\n# Files that are systemd units.\nunits = []\n"
    )
}
