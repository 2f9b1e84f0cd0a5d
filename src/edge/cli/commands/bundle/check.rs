//! `bundle check`: whether an update would take a bundle.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::bundle::{amount, told};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::model::digest::Digest;
use crate::ops::bundle::check;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic bundle check ./mosaic-0.2.0
  mosaic bundle check \\
    mosaic-0.2.0.tar.zst";

/// Arguments of `bundle check`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// A bundle directory, or an archive
    pub bundle: PathBuf,
}

/// `bundle check`, where nothing is wrong.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct CheckDocument {
    /// `mosaic.bundle.check/1`.
    pub schema: String,
    /// The directory or archive.
    pub bundle: String,
    /// The bundle's name.
    pub name: String,
    /// The bundle's version.
    pub version: String,
    /// The number of files that ship.
    pub files: usize,
    /// The length of all their contents together, in bytes.
    pub bytes: u64,
    /// The digest of the list of hashes: the same for every bundle with the same content.
    pub digest: Digest,
    /// What is sound and hardly meant: globs that match nothing that ships, what was left out.
    pub remarks: Vec<String>,
}

impl Command for CheckArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("bundle.check", schema_for!(CheckDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let bundle = check(Some(&self.bundle))?;
        let release = &bundle.manifest.release;
        let document = CheckDocument {
            schema: schema_name("bundle.check"),
            bundle: self.bundle.display().to_string(),
            name: release.bundle.clone(),
            version: release.version.to_string(),
            files: bundle.files.len(),
            bytes: bundle.bytes,
            digest: bundle.digest,
            remarks: told(session, &bundle.remarks),
        };
        let amount = amount(document.files, document.bytes);
        let judgement = if document.remarks.is_empty() {
            "all sound"
        } else {
            "sound but for what is said"
        };
        let CheckDocument { name, version, .. } = &document;
        session
            .output
            .info(&format!("{name} {version}: {amount}, {judgement}"));
        session.output.document(&document);
        Ok(Exit::Done)
    }
}
