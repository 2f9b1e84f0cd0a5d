//! `bundle show`: what a bundle declares and ships.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::bundle::{amount, length};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::model::bundle::DeclaredGlob;
use crate::model::digest::Digest;
use crate::ops::bundle::{BundleFacts, ShippedFile, check};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic bundle show
  mosaic bundle show -v \\
    mosaic-0.2.0.tar.zst";

/// Arguments of `bundle show`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BundleShowArgs {
    /// A bundle directory, or an archive [default: the release in this program]
    pub bundle: Option<PathBuf>,
}

/// `bundle show`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ShowDocument {
    /// `mosaic.bundle.show/1`.
    pub schema: String,
    /// The directory or archive; null for the release in this program.
    pub bundle: Option<String>,
    /// The bundle's name.
    pub name: String,
    /// The bundle's version.
    pub version: String,
    /// The number of files that ship.
    pub files: usize,
    /// The length of all their contents together, in bytes.
    pub bytes: u64,
    /// The number of files of each class, `framework` or `seeded`.
    pub classes: BTreeMap<String, usize>,
    /// The number of files that ship executable.
    pub executable: usize,
    /// The globs of paths that are the operator's.
    pub preserve: Vec<String>,
    /// The globs of paths that are written once.
    pub seed: Vec<String>,
    /// The files that are systemd units.
    pub units: Vec<String>,
    /// The files that ship, by path; null without `-v`.
    pub contents: Option<Vec<FileLine>>,
}

/// A file that ships.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct FileLine {
    /// The file's path in a home.
    pub path: String,
    /// The class of that path: `framework` or `seeded`.
    pub class: String,
    /// The length of the content, in bytes.
    pub bytes: u64,
    /// Set where the file ships executable.
    pub executable: bool,
    /// The digest of the content.
    pub digest: Digest,
}

impl Command for BundleShowArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("bundle.show", schema_for!(ShowDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let bundle = check(self.bundle.as_ref())?;
        let name = self.bundle.as_ref().map(|path| path.display().to_string());
        let document = describe(&bundle, name, session.output.is_verbose());
        session.output.info(&text(&document));
        session.output.document(&document);
        Ok(Exit::Done)
    }
}

fn describe(bundle: &BundleFacts, name: Option<String>, all: bool) -> ShowDocument {
    let manifest = &bundle.manifest;
    let mut classes = BTreeMap::new();
    for file in &bundle.files {
        *classes.entry(file.class.to_string()).or_default() += 1;
    }
    let globs = |declared: &[DeclaredGlob]| declared.iter().map(|glob| glob.glob.clone()).collect();
    ShowDocument {
        schema: schema_name("bundle.show"),
        bundle: name,
        name: manifest.release.bundle.clone(),
        version: manifest.release.version.to_string(),
        files: bundle.files.len(),
        bytes: bundle.bytes,
        classes,
        executable: bundle.files.iter().filter(|file| file.executable).count(),
        preserve: globs(&manifest.preserve),
        seed: globs(&manifest.seed),
        units: bundle.units.iter().map(ToString::to_string).collect(),
        contents: all.then(|| bundle.files.iter().map(line).collect()),
    }
}

fn line(file: &ShippedFile) -> FileLine {
    FileLine {
        path: file.path.to_string(),
        class: file.class.to_string(),
        bytes: file.bytes,
        executable: file.executable,
        digest: file.digest,
    }
}

fn text(document: &ShowDocument) -> String {
    let source = document
        .bundle
        .as_deref()
        .unwrap_or("the release in this program");
    let mut text = format!(
        "{}  {}\n",
        styled(
            style::STRONG,
            format!("{} {}", document.name, document.version)
        ),
        styled(style::FAINT, source)
    );
    let mut line = |name: &str, value: &str| {
        text += &format!("  {name:11} {value}\n");
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
        for (index, value) in lines.iter().enumerate() {
            line(if index == 0 { name } else { "" }, value);
        }
    }
    for file in document.contents.iter().flatten() {
        let bits = if file.executable { "x" } else { "-" };
        let length = length(file.bytes);
        text += &format!("  {:9}  {bits}  {length:>10}  {}\n", file.class, file.path);
    }
    text
}
