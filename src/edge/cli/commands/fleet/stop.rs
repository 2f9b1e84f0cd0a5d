//! `fleet stop`: the agents first, then the holder.

use crate::decide::fleet::order::Order;
use crate::edge::cli::commands::fleet::orders::{self, OrdersArgs};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic fleet stop
  mosaic fleet stop coder0 reviewer0

Without names the whole fleet of this host, then the tmux server of its socket.";

/// Stops.
pub fn run(session: &mut Session, asked: &OrdersArgs) -> Result<Exit, CommandError> {
    orders::run(session, asked, Order::Stop)
}
