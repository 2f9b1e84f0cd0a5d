//! `fleet`: the agents that a roster declares, from nothing to running.

pub(crate) mod add;
pub(crate) mod init;
pub(crate) mod install;
pub(crate) mod orders;
pub(crate) mod ps;
pub(crate) mod remove;
pub(crate) mod restart;
pub(crate) mod roster;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod stop;
pub(crate) mod top;
pub(crate) mod verify;

use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand};
use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::options::ElsewhereArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic fleet init --preset minimal
  mosaic fleet install
  mosaic fleet start
  mosaic fleet status";

/// Arguments of `fleet`.
#[derive(Debug, ClapArgs)]
pub(crate) struct FleetArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: FleetVerb,
    /// Where
    #[command(flatten)]
    pub elsewhere: ElsewhereArgs,
}

/// The commands of `fleet`.
#[derive(Debug, Subcommand)]
pub(crate) enum FleetVerb {
    /// Write a roster from a preset
    #[command(after_help = init::EXAMPLE)]
    Init(init::InitArgs),
    /// Put env files and units of a roster in place, and let them start with the user manager
    #[command(after_help = install::EXAMPLE)]
    Install(install::FleetInstallArgs),
    /// Add an agent to the roster, and to what is installed
    #[command(after_help = add::EXAMPLE)]
    Add(add::AddArgs),
    /// Stop an agent and take it out of the roster, and of what is installed
    #[command(after_help = remove::EXAMPLE, visible_alias = "rm")]
    Remove(remove::RemoveArgs),
    /// Start agents, the holder first
    #[command(after_help = start::EXAMPLE)]
    Start(start::StartArgs),
    /// Stop agents, the holder last
    #[command(after_help = stop::EXAMPLE)]
    Stop(stop::StopArgs),
    /// Stop agents and start them again; a named agent alone, the holder untouched
    #[command(after_help = restart::EXAMPLE)]
    Restart(restart::RestartArgs),
    /// Ask for exactly the sessions that the roster names; exit 4 if one is missing
    #[command(after_help = verify::EXAMPLE)]
    Verify(verify::FleetVerifyArgs),
    /// Show every agent with all that tells of it: unit, session, program, state, heartbeat
    #[command(after_help = ps::EXAMPLE)]
    Ps(ps::PsArgs),
    /// Show the same as it changes; acts by keys that ask first
    #[command(after_help = top::EXAMPLE)]
    Top(top::TopArgs),
    /// Show units and sessions of the roster's agents; touches nothing
    #[command(after_help = status::EXAMPLE)]
    Status(status::FleetStatusArgs),
}

impl FleetVerb {
    /// The command that was named.
    fn command(&self) -> &dyn Command {
        match self {
            Self::Init(args) => args,
            Self::Install(args) => args,
            Self::Add(args) => args,
            Self::Remove(args) => args,
            Self::Start(args) => args,
            Self::Stop(args) => args,
            Self::Restart(args) => args,
            Self::Verify(args) => args,
            Self::Ps(args) => args,
            Self::Top(args) => args,
            Self::Status(args) => args,
        }
    }
}

impl Command for FleetArgs {
    fn on(&self) -> Option<&str> {
        self.elsewhere.on.as_deref()
    }

    fn only_looks(&self) -> bool {
        self.verb.command().only_looks()
    }

    fn ends_sessions(&self) -> bool {
        self.verb.command().ends_sessions()
    }

    fn lock_timeout(&self) -> Option<Duration> {
        self.verb.command().lock_timeout()
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        [
            init::InitArgs::documents(),
            orders::documents(),
            verify::FleetVerifyArgs::documents(),
            ps::PsArgs::documents(),
            status::FleetStatusArgs::documents(),
        ]
        .concat()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        self.verb.command().run(session)
    }
}
