//! `bundle check`: whether an update would take a bundle.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::cli::commands::bundle::amount;
use crate::edge::cli::session::{Session, source};
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::effects::bundle::{Bundle, pack};
use crate::effects::scan::stat_cache::StatCache;
use crate::model::digest::Digest;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic bundle check ./mosaic-0.2.0
  mosaic bundle check \\
    mosaic-0.2.0.tar.zst";

/// Arguments of `bundle check`.
#[derive(Debug, ClapArgs)]
pub struct CheckArgs {
    /// A bundle directory, or an archive
    pub bundle: PathBuf,
}

/// `bundle check`, where nothing is wrong.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckDocument {
    /// `mosaic.bundle.check/1`.
    pub schema: String,
    /// The directory or archive.
    pub bundle: String,
    /// The bundle's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How many files it ships.
    pub files: usize,
    /// How many bytes they have together.
    pub bytes: u64,
    /// The digest of its list of hashes: the same for every bundle with the same content.
    pub digest: Digest,
}

/// Checks.
pub fn run(session: &mut Session, asked: &CheckArgs) -> Result<Exit, CommandError> {
    let source = source(Some(&asked.bundle));
    let bundle = Bundle::open(&source, source.manifest()?, &StatCache::default())?;
    let release = &bundle.manifest.release;
    let document = CheckDocument {
        schema: schema_name("bundle.check"),
        bundle: asked.bundle.display().to_string(),
        name: release.bundle.clone(),
        version: release.version.to_string(),
        files: bundle.wanted.len(),
        bytes: bundle.size(),
        digest: Digest::of(pack::list(&bundle).as_bytes()),
    };
    let CheckDocument { name, version, .. } = &document;
    session.voice.say(&format!(
        "{name} {version}: {}, all sound",
        amount(document.files, document.bytes)
    ));
    session.voice.document(&document);
    Ok(Exit::Done)
}
