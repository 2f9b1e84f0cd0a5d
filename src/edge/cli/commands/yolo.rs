//! `yolo`: a runtime without its approval prompts.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::decide::doctor::quoted;
use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::ops::yolo::Yolo;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic yolo codex --show
  mosaic yolo pi --show -- --model m

In an agent's env file: MOSAIC_AGENT_COMMAND=mosaic yolo codex. Nobody is asked before the runtime acts. It takes this program's place, with the cap of Claude's context and what lets it run for weeks in its environment. claude does not start so as root; pi never asks.";

/// Arguments of `yolo`.
#[derive(Debug, ClapArgs)]
pub(crate) struct YoloArgs {
    /// claude, codex, opencode or pi
    #[arg(value_name = "RUNTIME")]
    pub runtime: String,
    /// Print what would be started, and start nothing
    #[arg(long)]
    pub show: bool,
    /// Arguments for the runtime; a model among them counts instead of $MOSAIC_AGENT_MODEL
    #[arg(last = true, value_name = "ARGS")]
    pub arguments: Vec<OsString>,
}

/// `yolo --show`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct YoloDocument {
    /// `mosaic.yolo/1`.
    pub schema: String,
    /// The runtime: the program that would be started.
    pub runtime: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables that it would see besides those that are set.
    pub environment: BTreeMap<String, String>,
}

impl Command for YoloArgs {
    fn needs_home(&self) -> bool {
        false
    }

    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("yolo", schema_for!(YoloDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let yolo = Yolo::prepare(&self.runtime, &self.arguments)?;
        if !self.show {
            return Err(yolo.go().into());
        }
        let document = self.document(&yolo);
        let set = document.environment.iter();
        let words = set.map(|(name, value)| format!("{name}={value}"));
        let words = words.chain([document.runtime.clone()]);
        let words = words.chain(document.arguments.iter().map(|word| quoted(word)));
        session.output.print(&words.collect::<Vec<_>>().join(" "));
        session.output.document(&document);
        Ok(Exit::Done)
    }
}

impl YoloArgs {
    fn document(&self, yolo: &Yolo) -> YoloDocument {
        let texts = yolo.arguments.iter();
        let variables = yolo.environment.iter();
        YoloDocument {
            schema: schema_name("yolo"),
            runtime: self.runtime.clone(),
            arguments: texts
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
            environment: variables
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }
}
