//! `fleet stop`: the agents first, then the holder.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::orders::{self, OrdersArgs};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::ops::fleet::orders::Order;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic fleet stop
  mosaic fleet stop coder0 reviewer0

Without names the whole fleet of this host, then the tmux server of its socket.";

/// Arguments of `fleet stop`.
#[derive(Debug, ClapArgs)]
pub(crate) struct StopArgs {
    /// The agents, the roster, the lock
    #[command(flatten)]
    pub orders: OrdersArgs,
}

impl Command for StopArgs {
    fn only_looks(&self) -> bool {
        false
    }

    fn ends_sessions(&self) -> bool {
        true
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.orders.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        orders::run(session, &self.orders, Order::Stop)
    }
}
