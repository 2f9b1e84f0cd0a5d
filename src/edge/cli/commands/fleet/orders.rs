//! `fleet start`, `stop` and `restart`: orders to the units of a roster's agents.

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::ops::fleet::orders::{self, Order, OrderOutcome, OrderedUnit, Orders};

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
    for ordered in &orders.units {
        print(session, ordered);
    }
    Ok(conclude(session, args, order, orders))
}

fn print(session: &Session, ordered: &OrderedUnit) {
    let name = ordered.agent.as_deref().unwrap_or("the holder");
    let is_bad = ordered.outcome.is_bad();
    let color = if is_bad { style::ALARM } else { style::CHANGES };
    let word = styled(color, format!("{:10}", word(ordered.outcome)));
    let mut text = format!("  {word}  {name}");
    for words in ordered.words.iter().flat_map(|words| words.lines()) {
        text += &format!("\n              {words}");
    }
    if is_bad {
        session.output.warn(&text);
    } else {
        session.output.info(&text);
    }
}

fn word(outcome: OrderOutcome) -> &'static str {
    match outcome {
        OrderOutcome::Started => "started",
        OrderOutcome::Stopped => "stopped",
        OrderOutcome::Restarted => "restarted",
        OrderOutcome::Unchanged => "unchanged",
        OrderOutcome::Failed => "failed",
        OrderOutcome::Unfinished => "unfinished",
        OrderOutcome::NotTried => "not tried",
        OrderOutcome::Kept => "kept",
    }
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
        units,
        pending: performed.still_pending(),
    });
    if is_bad || performed.is_held_up() {
        Exit::NeedsPerson
    } else {
        Exit::Done
    }
}
