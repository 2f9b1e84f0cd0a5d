//! `verify`: reads every recorded file again, and every content that a rollback would need.

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::ops::verify::{Verification, verify};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic verify --json";

/// Arguments of `verify`.
#[derive(Debug, ClapArgs)]
pub(crate) struct VerifyArgs {}

/// `verify`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct VerifyDocument {
    /// `mosaic.verify/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The number of files that were read: recorded ones, and contents kept for rollbacks.
    pub checked: usize,
    /// Recorded files that are not as Mosaic left them.
    pub differences: Vec<DifferenceLine>,
    /// Kept contents that rollbacks or merges need and that are not what they must be, a sentence each.
    pub damaged: Vec<String>,
}

/// A recorded file that is not as Mosaic left it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct DifferenceLine {
    /// The file's path in the home.
    pub path: String,
    /// The difference: `edited`, `missing`, `not-a-file` or `not-executable`.
    pub difference: String,
}

impl Command for VerifyArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("verify", schema_for!(VerifyDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let verification = verify(&session.context)?;
        print(session, &verification);
        let is_sound = verification.differences.is_empty() && verification.damaged.is_empty();
        let differences = verification.differences.iter();
        let differences = differences.map(|(path, difference)| DifferenceLine {
            path: path.to_string(),
            difference: (*difference).to_owned(),
        });
        session.output.document(&VerifyDocument {
            schema: schema_name("verify"),
            home: session.home_text(),
            checked: verification.checked,
            differences: differences.collect(),
            damaged: verification.damaged,
        });
        Ok(if is_sound {
            Exit::Done
        } else {
            Exit::Differences
        })
    }
}

fn print(session: &Session, verification: &Verification) {
    let Verification {
        checked,
        differences,
        damaged,
    } = verification;
    for (path, difference) in differences {
        let word = styled(style::CHANGES, format!("{difference:14}"));
        session.output.print(&format!("  {word}  {path}"));
    }
    for line in damaged {
        let word = styled(style::ALARM, format!("{:14}", "damaged"));
        session.output.print(&format!("  {word}  {line}"));
    }
    let count = differences.len() + damaged.len();
    session.output.info(&if count == 0 {
        format!("{checked} files read, all as Mosaic left them.")
    } else {
        format!("\n{checked} files read, {count} not as Mosaic left them.")
    });
}
