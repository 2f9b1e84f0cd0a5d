//! `bundle pack`: a release in one file.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::bundle::{amount, length, told};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::model::digest::Digest;
use crate::ops::bundle::pack;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic bundle pack ./mosaic-0.2.0 \\
    -o mosaic-0.2.0.tar.zst";

/// Arguments of `bundle pack`.
#[derive(Debug, ClapArgs)]
pub(crate) struct PackArgs {
    /// The bundle directory
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// The archive to write; a file that is there is replaced when the new one is whole
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
}

/// `bundle pack`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct PackDocument {
    /// `mosaic.bundle.pack/1`.
    pub schema: String,
    /// The bundle directory.
    pub bundle: String,
    /// The archive.
    pub archive: String,
    /// The bundle's name.
    pub name: String,
    /// The bundle's version.
    pub version: String,
    /// The number of files that ship.
    pub files: usize,
    /// The length of all their contents together, in bytes.
    pub bytes: u64,
    /// The length of the archive, in bytes.
    pub archive_bytes: u64,
    /// The digest of the list of hashes in it: the same for every bundle with the same content.
    pub digest: Digest,
    /// What is sound and hardly meant: globs that match nothing that ships, what was left out.
    pub remarks: Vec<String>,
}

impl Command for PackArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        false
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("bundle.pack", schema_for!(PackDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let packed = pack(&session.context, &self.directory, &self.output)?;
        let bundle = &packed.bundle;
        let release = &bundle.manifest.release;
        let document = PackDocument {
            schema: schema_name("bundle.pack"),
            bundle: self.directory.display().to_string(),
            archive: self.output.display().to_string(),
            name: release.bundle.clone(),
            version: release.version.to_string(),
            files: bundle.files.len(),
            bytes: bundle.bytes,
            archive_bytes: packed.archive_bytes,
            digest: bundle.digest,
            remarks: told(session, &bundle.remarks),
        };
        let amount = amount(document.files, document.bytes);
        let length = length(document.archive_bytes);
        let PackDocument {
            name,
            version,
            archive,
            ..
        } = &document;
        session.output.info(&format!(
            "{name} {version}: {amount}, packed into {archive} ({length})"
        ));
        session.output.document(&document);
        Ok(Exit::Done)
    }
}
