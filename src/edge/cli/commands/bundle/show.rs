//! `bundle show`: what a bundle declares and ships.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::plan::classes::{Classes, UnitGlobs};
use crate::edge::cli::commands::bundle::{amount, length};
use crate::edge::cli::session::{Session, source};
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::voice::{style, styled};
use crate::effects::bundle::{Bundle, BundleError};
use crate::effects::scan::stat_cache::StatCache;
use crate::model::bundle::DeclaredGlob;
use crate::model::digest::Digest;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic bundle show
  mosaic bundle show -v \\
    mosaic-0.2.0.tar.zst";

/// Arguments of `bundle show`.
#[derive(Debug, ClapArgs)]
pub struct BundleShowArgs {
    /// A bundle directory, or an archive [default: the release in this program]
    pub bundle: Option<PathBuf>,
}

/// `bundle show`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ShowDocument {
    /// `mosaic.bundle.show/1`.
    pub schema: String,
    /// The directory or archive; null for the release in this program.
    pub bundle: Option<String>,
    /// The bundle's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How many files it ships.
    pub files: usize,
    /// How many bytes they have together.
    pub bytes: u64,
    /// How many of them are of each class: `framework` or `seeded`.
    pub classes: BTreeMap<String, usize>,
    /// How many of them ship executable.
    pub executable: usize,
    /// The globs of paths that are the operator's.
    pub preserve: Vec<String>,
    /// The globs of paths that are written once.
    pub seed: Vec<String>,
    /// The files that are systemd units.
    pub units: Vec<String>,
    /// All files, by path; null without `-v`.
    pub contents: Option<Vec<FileLine>>,
}

/// One file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FileLine {
    /// Its path.
    pub path: String,
    /// `framework` or `seeded`.
    pub class: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Whether it ships executable.
    pub executable: bool,
    /// The digest of its content.
    pub digest: Digest,
}

/// Shows.
pub fn run(session: &mut Session, asked: &BundleShowArgs) -> Result<Exit, CommandError> {
    let source = source(asked.bundle.as_ref());
    let bundle = Bundle::open(&source, source.manifest()?, &StatCache::default())?;
    let name = asked.bundle.as_ref().map(|path| path.display().to_string());
    let document = describe(&bundle, name, session.voice.is_verbose())?;
    session.voice.say(&text(&document));
    session.voice.document(&document);
    Ok(Exit::Done)
}

fn describe(bundle: &Bundle, name: Option<String>, all: bool) -> Result<ShowDocument, BundleError> {
    let manifest = &bundle.manifest;
    let (judges, units) = (Classes::new(manifest, "")?, UnitGlobs::new(manifest)?);
    let contents: Vec<_> = bundle
        .wanted
        .iter()
        .map(|(path, shipped)| FileLine {
            path: path.to_string(),
            class: judges.judge(path).class.to_string(),
            bytes: shipped.size,
            executable: shipped.executable,
            digest: shipped.digest,
        })
        .collect();
    let mut classes = BTreeMap::new();
    for file in &contents {
        *classes.entry(file.class.clone()).or_default() += 1;
    }
    let globs = |declared: &[DeclaredGlob]| declared.iter().map(|glob| glob.glob.clone()).collect();
    Ok(ShowDocument {
        schema: schema_name("bundle.show"),
        bundle: name,
        name: manifest.release.bundle.clone(),
        version: manifest.release.version.to_string(),
        files: contents.len(),
        bytes: bundle.size(),
        classes,
        executable: contents.iter().filter(|file| file.executable).count(),
        preserve: globs(&manifest.preserve),
        seed: globs(&manifest.seed),
        units: bundle
            .wanted
            .keys()
            .filter(|path| units.covers(path))
            .map(ToString::to_string)
            .collect(),
        contents: all.then_some(contents),
    })
}

fn text(document: &ShowDocument) -> String {
    let of = document
        .bundle
        .as_deref()
        .unwrap_or("the release in this program");
    let mut text = format!(
        "{}  {}\n",
        styled(
            style::STRONG,
            format!("{} {}", document.name, document.version)
        ),
        styled(style::FAINT, of)
    );
    let mut line = |name: &str, what: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name:11} {what}");
    };
    line("ships", &amount(document.files, document.bytes));
    for (class, count) in &document.classes {
        line(class, &count.to_string());
    }
    line("executable", &document.executable.to_string());
    for (name, lines) in [
        ("preserves", &document.preserve),
        ("seeds", &document.seed),
        ("units", &document.units),
    ] {
        for (at, what) in lines.iter().enumerate() {
            line(if at == 0 { name } else { "" }, what);
        }
    }
    for file in document.contents.iter().flatten() {
        let bits = if file.executable { "x" } else { "-" };
        let _ = writeln!(
            text,
            "  {:9}  {bits}  {:>10}  {}",
            file.class,
            length(file.bytes),
            file.path
        );
    }
    text
}
