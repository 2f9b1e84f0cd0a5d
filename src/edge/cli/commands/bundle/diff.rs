//! `bundle diff`: what a home would see that goes from one release to another.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::ops::bundle::{BundleChange, changes, check};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic bundle diff ./mosaic-0.1.0 \\
    mosaic-0.2.0.tar.zst";

/// Arguments of `bundle diff`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BundleDiffArgs {
    /// The release before: a directory or an archive
    pub before: PathBuf,
    /// The release after
    pub after: PathBuf,
    /// Exit 4 if there is a difference
    #[arg(long)]
    pub exit_code: bool,
}

/// `bundle diff`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct BundleDiffDocument {
    /// `mosaic.bundle.diff/1`.
    pub schema: String,
    /// The version before.
    pub from: String,
    /// The version after.
    pub to: String,
    /// The differences, by path.
    pub changes: Vec<BundleChange>,
}

impl Command for BundleDiffArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("bundle.diff", schema_for!(BundleDiffDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let [before, after] = [&self.before, &self.after].map(|bundle| check(Some(bundle)));
        let (before, after) = (before?, after?);
        let document = BundleDiffDocument {
            schema: schema_name("bundle.diff"),
            from: before.manifest.version().to_string(),
            to: after.manifest.version().to_string(),
            changes: changes(&before, &after),
        };
        let output = session.output;
        for change in &document.changes {
            let word = styled(style::CHANGES, format!("{:8}", change.change.as_str()));
            output.print(&format!("  {word}  {}  {}", change.path, change.seen));
        }
        if document.changes.is_empty() {
            output.info("No differences.");
        }
        output.document(&document);
        Ok(if self.exit_code && !document.changes.is_empty() {
            Exit::Differences
        } else {
            Exit::Done
        })
    }
}
