//! `fleet restart`: named agents alone, the whole fleet, or the agents that run on something older than what is there.

use clap::Args as ClapArgs;

use crate::decide::fleet::order::Order;
use crate::decide::fleet::units::agent_of;
use crate::edge::cli::commands::fleet::orders::{self, OrderLine, OrderOutcome, OrdersArgs};
use crate::edge::cli::commands::stale::{self, Relaunch};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::UnitLines;
use crate::effects::home::Recovery;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic fleet restart
  mosaic fleet restart coder0 reviewer0
  mosaic fleet restart --stale

With names, a holder that runs is not touched. Without, the whole fleet is stopped, then started. With --stale, the home's agents that run on something older than what is there are restarted one by one, and the first that does not come back ends that.";

/// Arguments of `fleet restart`.
#[derive(Debug, ClapArgs)]
pub struct RestartArgs {
    /// Which, and how
    #[command(flatten)]
    pub orders: OrdersArgs,
    /// Only what runs and is stale, of all rosters of the home
    #[arg(long, conflicts_with_all = ["agents", "roster"])]
    pub stale: bool,
}

/// Restarts.
pub fn run(session: &mut Session, asked: &RestartArgs) -> Result<Exit, CommandError> {
    if !asked.stale {
        return orders::run(session, &asked.orders, Order::Restart);
    }
    session.look_at_recorded()?;
    let home = session
        .enter(false, asked.orders.lock, Recovery::Finish)?
        .home;
    let mut units = UnitLines {
        stale: stale::stale(session, &home, None)?,
        ..UnitLines::default()
    };
    if !units.stale.iter().any(|line| line.relaunches) {
        session.voice.say("No running agent is stale.");
    }
    stale::relaunch_all(session, &home, Relaunch::Stop, &mut units);
    let told = stale::text(session, &units.stale);
    if !told.is_empty() {
        session.voice.say(&told);
    }
    Ok(orders::conclude(
        session,
        &asked.orders,
        Order::Restart,
        lines(units),
    ))
}

/// What became of each agent; the holder is none.
fn lines(units: UnitLines) -> Vec<OrderLine> {
    let line = |unit: String, outcome, words| {
        let agent = agent_of(&unit).map(str::to_owned);
        OrderLine {
            unit,
            agent,
            outcome,
            words,
        }
    };
    let restarted = units
        .restarted
        .into_iter()
        .map(|unit| line(unit, OrderOutcome::Restarted, None));
    let failed = units
        .failed
        .into_iter()
        .map(|it| line(it.unit, OrderOutcome::Failed, Some(it.words)));
    let left = units.stale.into_iter().filter(|it| it.relaunches);
    let left = left.map(|it| line(it.unit, OrderOutcome::NotTried, Some(it.reason)));
    restarted.chain(failed).chain(left).collect()
}
