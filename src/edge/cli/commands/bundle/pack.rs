//! `bundle pack`: a release in one file.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::cli::commands::bundle::{amount, length};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::effects::bundle::pack::pack;
use crate::model::digest::Digest;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Example:
  mosaic bundle pack ./mosaic-0.2.0 \\
    -o mosaic-0.2.0.tar.zst";

/// Arguments of `bundle pack`.
#[derive(Debug, ClapArgs)]
pub struct PackArgs {
    /// The bundle directory
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// The archive to write; a file that is there is replaced when the new one is whole
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
}

/// `bundle pack`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PackDocument {
    /// `mosaic.bundle.pack/1`.
    pub schema: String,
    /// The bundle directory.
    pub bundle: String,
    /// The archive.
    pub archive: String,
    /// The bundle's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How many files it ships.
    pub files: usize,
    /// How many bytes they have together.
    pub bytes: u64,
    /// How many bytes the archive has.
    pub archive_bytes: u64,
    /// The digest of the list of hashes in it: the same for every bundle with the same content.
    pub digest: Digest,
}

/// Packs.
pub fn run(session: &mut Session, asked: &PackArgs) -> Result<Exit, CommandError> {
    let packed = pack(&asked.directory, &asked.output, &session.interrupt)?;
    let release = &packed.bundle.manifest.release;
    let document = PackDocument {
        schema: schema_name("bundle.pack"),
        bundle: asked.directory.display().to_string(),
        archive: asked.output.display().to_string(),
        name: release.bundle.clone(),
        version: release.version.to_string(),
        files: packed.bundle.wanted.len(),
        bytes: packed.bundle.size(),
        archive_bytes: packed.bytes,
        digest: packed.digest,
    };
    let PackDocument {
        name,
        version,
        archive,
        ..
    } = &document;
    let (amount, packed) = (
        amount(document.files, document.bytes),
        length(document.archive_bytes),
    );
    session.voice.say(&format!(
        "{name} {version}: {amount}, packed into {archive} ({packed})"
    ));
    session.voice.document(&document);
    Ok(Exit::Done)
}
