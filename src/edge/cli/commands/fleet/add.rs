//! `fleet add`: an agent joins the roster, and what is installed.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::change::{describe, exit, print_end, print_steps};
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::layout::lead_to;
use crate::edge::report::output::{style, styled};
use crate::ops::fleet::membership::{Newcomer, add};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic fleet add coder1 --runtime pi
  mosaic fleet add far0 --runtime pi \\
    --host 10.0.0.7 --ssh me@10.0.0.7

The roster keeps its comments, its order and its quotes. Where the fleet is installed, the agent's env file and its unit come along. Nothing is started. To undo it: mosaic rollback.";

/// Arguments of `fleet add`.
#[derive(Debug, ClapArgs)]
pub(crate) struct AddArgs {
    /// The agent's name: its session and its address
    #[arg(value_name = "NAME")]
    pub name: String,
    /// claude, codex, opencode, pi, or one that the roster defines
    #[arg(long, value_name = "RUNTIME")]
    pub runtime: String,
    /// Its role, one of fleet/roles
    #[arg(long, value_name = "CLASS")]
    pub class: Option<String>,
    /// Its model, for the runtime's --model
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Its working directory [default: the roster's]
    #[arg(long, value_name = "DIR")]
    pub workdir: Option<String>,
    /// A tmux socket of its own; empty: the default one
    #[arg(long, value_name = "NAME")]
    pub socket: Option<String>,
    /// The host of a peer that another host's roster starts
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// How ssh reaches that host
    #[arg(long, value_name = "USER@HOST", requires = "host")]
    pub ssh: Option<String>,
    /// Whose agent it is [default: the current user's]
    #[arg(long, value_name = "TENANT")]
    pub tenant: Option<String>,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

impl AddArgs {
    fn newcomer(&self) -> Newcomer {
        let fields = [
            ("class", &self.class),
            ("model_hint", &self.model),
            ("working_directory", &self.workdir),
            ("socket", &self.socket),
            ("host", &self.host),
            ("ssh", &self.ssh),
            ("tenant_id", &self.tenant),
        ];
        let fields = fields.into_iter();
        Newcomer {
            name: self.name.clone(),
            runtime: self.runtime.clone(),
            fields: fields
                .filter_map(|(key, text)| Some((key, text.clone()?)))
                .collect(),
        }
    }
}

impl Command for AddArgs {
    fn only_looks(&self) -> bool {
        false
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let roster = self.roster.in_home(session)?;
        let changed = add(&session.context, &roster, &self.newcomer())?;
        let change = &changed.change;
        let document = describe(session, change, "fleet add");
        let output = session.output;
        let heading = format!("mosaic fleet add  {}", document.home);
        output.info(&styled(style::STRONG, heading));
        print_steps(session, change, &document);
        print_end(session, change);
        if change.is_committed && self.host.is_none() {
            let flag = self.roster.flag();
            let (lead, command) = if changed.is_installed {
                ("To start it:", format!("fleet start {}{flag}", self.name))
            } else {
                ("To install the fleet:", format!("fleet install{flag}"))
            };
            let command = session.command(&command);
            output.info(&lead_to(lead, &command, output.columns()));
        }
        output.document(&document);
        Ok(exit(change))
    }
}
