//! `diff`: what the operator edited, or what an update would change, as a unified diff.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::options::PagerArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::delta_text::{self, DeltaLine};
use crate::edge::report::document::schema_name;
use crate::edge::report::plan_text::refusal_text;
use crate::ops::diff::{self, Incoming};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  # what did I edit?
  mosaic diff
  mosaic diff guides --stat
  # what would an update change?
  mosaic diff --incoming \\
    --from ./mosaic-0.2.0
  # for patch -p1 or git apply
  mosaic diff guides/qa.md > my.patch

Values of secrets in env files are masked; a patch with such a line in it does not apply.";

/// Arguments of `diff`.
#[derive(Debug, ClapArgs)]
pub(crate) struct DiffArgs {
    /// Files or directories in the home [default: all]
    pub paths: Vec<String>,
    /// Show what an update would change instead
    #[arg(long)]
    pub incoming: bool,
    /// The bundle that an update would come from [default: the release in this program]
    #[arg(long, value_name = "BUNDLE", requires = "incoming")]
    pub from: Option<PathBuf>,
    /// Only say how many lines change in which file
    #[arg(long)]
    pub stat: bool,
    /// Exit 4 if there is a difference
    #[arg(long)]
    pub exit_code: bool,
    /// The pager
    #[command(flatten)]
    pub pager: PagerArgs,
}

/// `diff`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct DiffDocument {
    /// `mosaic.diff/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// Set where the differences are what an update would change; else they are what the operator edited.
    pub incoming: bool,
    /// The reason why that update would be refused as a whole; null where it would not.
    pub refusal: Option<String>,
    /// The differences, by path.
    pub differences: Vec<DeltaLine>,
}

impl Command for DiffArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("diff", schema_for!(DiffDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let Incoming { deltas, objection } = deltas(session, self)?;
        let output = session.output;
        let screen = output.screen();
        if deltas.is_empty() && screen.is_terminal {
            output.info("No differences.");
        }
        let text = if self.stat {
            delta_text::stat(&deltas, &screen)
        } else {
            delta_text::text(&deltas, &screen)
        };
        output.show(&text, self.pager.pager().as_deref());
        if output.is_json() {
            output.document(&DiffDocument {
                schema: schema_name("diff"),
                home: session.home_text(),
                incoming: self.incoming,
                refusal: objection.map(|objection| objection.to_string()),
                differences: deltas.iter().map(delta_text::line).collect(),
            });
        }
        Ok(if self.exit_code && !deltas.is_empty() {
            Exit::Differences
        } else {
            Exit::Done
        })
    }
}

fn deltas(session: &Session, args: &DiffArgs) -> Result<Incoming, CommandError> {
    let context = &session.context;
    let paths = session.chosen_paths(&args.paths)?;
    if args.incoming {
        let incoming = diff::incoming(context, args.from.as_ref(), paths.as_deref())?;
        if let Some(objection) = &incoming.objection {
            session
                .output
                .print(&refusal_text(objection, args.from.is_some()));
        }
        return Ok(incoming);
    }
    let edits = diff::edits(context, paths.as_deref())?;
    for path in &edits.uncompared {
        session.output.warn(&format!(
            "# {path}: no shipped content is recorded to compare it with"
        ));
    }
    Ok(Incoming {
        deltas: edits.deltas,
        objection: None,
    })
}
