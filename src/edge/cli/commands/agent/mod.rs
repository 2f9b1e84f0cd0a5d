//! `agent`: one agent of the fleet, by its exact name.

pub(crate) mod attach;
pub(crate) mod beat;
pub(crate) mod peers;
pub(crate) mod reset;
pub(crate) mod roster;
pub(crate) mod send;
pub(crate) mod status;
pub(crate) mod stream;
pub(crate) mod tail;
pub(crate) mod watch;

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
  mosaic agent status coder0
  mosaic agent tail coder0 -n 40
  mosaic agent watch coder0
  mosaic agent peers coder0
  mosaic agent send coder0 -m Ready.";

/// Arguments of `agent`.
#[derive(Debug, ClapArgs)]
pub(crate) struct AgentArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: AgentVerb,
    /// Where
    #[command(flatten)]
    pub elsewhere: ElsewhereArgs,
}

/// The commands of `agent`.
#[derive(Debug, Subcommand)]
pub(crate) enum AgentVerb {
    /// Show all that tells of an agent, one line a fact; without a name, of all
    #[command(after_help = status::EXAMPLE)]
    Status(status::AgentStatusArgs),
    /// Print the last lines of an agent's screen
    #[command(after_help = tail::EXAMPLE)]
    Tail(tail::TailArgs),
    /// Look at an agent's screen as it changes; types nothing and resizes nothing
    #[command(after_help = watch::EXAMPLE)]
    Watch(watch::WatchArgs),
    /// Pass on what an agent's terminal puts out, byte for byte, for programs
    #[command(after_help = stream::EXAMPLE)]
    Stream(stream::StreamArgs),
    /// Send a message to an agent; nothing is typed where Enter would do harm
    #[command(after_help = send::EXAMPLE)]
    Send(send::SendArgs),
    /// Empty an agent's context, by its runtime's own word
    #[command(after_help = reset::EXAMPLE)]
    Reset(reset::ResetArgs),
    /// Take an agent's terminal over: what you type goes to it
    #[command(after_help = attach::EXAMPLE)]
    Attach(attach::AttachArgs),
    /// List the agents that the roster declares, here and on other hosts
    #[command(after_help = roster::EXAMPLE)]
    Roster(roster::AgentRosterArgs),
    /// Print how to reach every other agent: one command line each
    #[command(after_help = peers::EXAMPLE)]
    Peers(peers::PeersArgs),
    /// Write a heartbeat of an agent
    #[command(after_help = beat::EXAMPLE)]
    Beat(beat::BeatArgs),
}

impl AgentVerb {
    /// The command that was named.
    fn command(&self) -> &dyn Command {
        match self {
            Self::Status(args) => args,
            Self::Tail(args) => args,
            Self::Watch(args) => args,
            Self::Stream(args) => args,
            Self::Send(args) => args,
            Self::Reset(args) => args,
            Self::Attach(args) => args,
            Self::Roster(args) => args,
            Self::Peers(args) => args,
            Self::Beat(args) => args,
        }
    }
}

impl Command for AgentArgs {
    fn needs_home(&self) -> bool {
        self.verb.command().needs_home()
    }

    fn on(&self) -> Option<&str> {
        self.elsewhere.on.as_deref()
    }

    fn only_looks(&self) -> bool {
        self.verb.command().only_looks()
    }

    fn lock_timeout(&self) -> Option<Duration> {
        self.verb.command().lock_timeout()
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        [
            status::AgentStatusArgs::documents(),
            tail::TailArgs::documents(),
            watch::WatchArgs::documents(),
            roster::AgentRosterArgs::documents(),
            peers::PeersArgs::documents(),
            beat::BeatArgs::documents(),
            send::SendArgs::documents(),
            reset::ResetArgs::documents(),
        ]
        .concat()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        self.verb.command().run(session)
    }
}
