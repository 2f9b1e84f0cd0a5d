//! `fleet`: the agents that a roster declares, from nothing to running.

pub mod init;
pub mod install;
pub mod orders;
pub mod restart;
pub mod roster;
pub mod start;
pub mod status;
pub mod stop;

use clap::{Args as ClapArgs, Subcommand};

use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic fleet init --preset minimal
  mosaic fleet install
  mosaic fleet start
  mosaic fleet status";

/// Arguments of `fleet`.
#[derive(Debug, ClapArgs)]
pub struct FleetArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: FleetVerb,
}

/// What can be done with a fleet.
#[derive(Debug, Subcommand)]
pub enum FleetVerb {
    /// Write a roster from a preset
    #[command(after_help = init::EXAMPLE)]
    Init(init::InitArgs),
    /// Put env files and units of a roster in place, and let them start with the user manager
    #[command(after_help = install::EXAMPLE)]
    Install(install::InstallArgs),
    /// Start agents, the holder first
    #[command(after_help = start::EXAMPLE)]
    Start(orders::OrdersArgs),
    /// Stop agents, the holder last
    #[command(after_help = stop::EXAMPLE)]
    Stop(orders::OrdersArgs),
    /// Stop agents and start them again; a named agent alone, the holder untouched
    #[command(after_help = restart::EXAMPLE)]
    Restart(restart::RestartArgs),
    /// Show units and sessions of the roster's agents; touches nothing
    #[command(after_help = status::EXAMPLE)]
    Status(status::FleetStatusArgs),
}

/// Does it.
pub fn run(session: &mut Session, asked: &FleetArgs) -> Result<Exit, CommandError> {
    match &asked.verb {
        FleetVerb::Init(asked) => init::run(session, asked),
        FleetVerb::Install(asked) => install::run(session, asked),
        FleetVerb::Start(asked) => start::run(session, asked),
        FleetVerb::Stop(asked) => stop::run(session, asked),
        FleetVerb::Restart(asked) => restart::run(session, asked),
        FleetVerb::Status(asked) => status::run(session, asked),
    }
}
