//! `fleet start`, `stop` and `restart`: orders to the units of a roster's agents.

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::ops::fleet::ordered::OrderedUnit;
use crate::ops::fleet::orders::{self, Order, Orders};

/// Arguments of `fleet start`, `stop` and `restart`.
#[derive(Debug, ClapArgs)]
pub(crate) struct OrdersArgs {
    /// Agents of the roster; without any, the whole fleet of this host
    #[arg(value_name = "AGENT")]
    pub agents: Vec<String>,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `fleet start`, `fleet stop` and `fleet restart`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct OrdersDocument {
    /// `mosaic.fleet.<command>/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The roster.
    pub roster: String,
    /// Set where a unit was started, stopped or restarted, or a pending action done.
    pub changed: bool,
    /// The outcome of each unit, in the order in which the units were asked.
    pub units: Vec<OrderedUnit>,
    /// Pending actions of an earlier commit that could not be done yet, `ACTION: REASON`.
    pub pending: Vec<String>,
}

/// The documents of `fleet start`, `stop` and `restart`.
pub(crate) fn documents() -> Vec<(&'static str, Schema)> {
    vec![("fleet.orders", schema_for!(OrdersDocument))]
}

/// Gives an order, and tells what became of each unit.
pub(crate) fn run(
    session: &Session,
    args: &OrdersArgs,
    order: Order,
) -> Result<Exit, CommandError> {
    let roster = args.roster.named();
    let orders = orders::order(&session.context, order, roster, &args.agents)?;
    Ok(conclude(session, args, order, orders))
}

/// Gives a program its document; returns the exit status.
pub(crate) fn conclude(session: &Session, args: &OrdersArgs, order: Order, orders: Orders) -> Exit {
    let command = match order {
        Order::Start => "fleet start",
        Order::Stop => "fleet stop",
        Order::Restart => "fleet restart",
    };
    let Orders { units, performed } = orders;
    let is_bad = units.iter().any(|ordered| ordered.outcome.is_bad());
    session.output.document(&OrdersDocument {
        schema: schema_name(command),
        home: session.home_text(),
        roster: args.roster.path(session).display().to_string(),
        changed: units.iter().any(|ordered| ordered.outcome.is_change())
            || !performed.done.is_empty(),
        units,
        pending: performed.still_pending(),
    });
    if is_bad || performed.is_held_up() {
        Exit::NeedsPerson
    } else {
        Exit::Done
    }
}
