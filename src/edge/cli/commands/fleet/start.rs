//! `fleet start`: the holder first, then the agents.

use crate::decide::fleet::order::Order;
use crate::edge::cli::commands::fleet::orders::{self, OrdersArgs};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic fleet start
  mosaic fleet start coder0 reviewer0

What runs already is left alone. An agent that is not named is not started.";

/// Starts.
pub fn run(session: &mut Session, asked: &OrdersArgs) -> Result<Exit, CommandError> {
    orders::run(session, asked, Order::Start)
}
