//! `fleet restart`: named agents alone, or the whole fleet.

use crate::decide::fleet::order::Verb;
use crate::edge::cli::fleet::orders::{self, OrdersArgs};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic fleet restart
  mosaic fleet restart coder0 reviewer0

With names, a holder that runs is not touched. Without, the whole fleet is stopped, then started.";

/// Restarts.
pub fn run(session: &mut Session, asked: &OrdersArgs) -> Result<Exit, CommandError> {
    orders::run(session, asked, Verb::Restart)
}
