//! `fleet start`: the holder first, then the agents.

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
  mosaic fleet start
  mosaic fleet start coder0 reviewer0

What runs already is left alone. An agent that is not named is not started.";

/// Arguments of `fleet start`.
#[derive(Debug, ClapArgs)]
pub(crate) struct StartArgs {
    /// The agents, the roster, the lock
    #[command(flatten)]
    pub orders: OrdersArgs,
}

impl Command for StartArgs {
    fn only_looks(&self) -> bool {
        false
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.orders.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        orders::run(session, &self.orders, Order::Start)
    }
}
