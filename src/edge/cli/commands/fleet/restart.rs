//! `fleet restart`: named agents alone, the whole fleet, or the agents that run on something older than what is there.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::Schema;

use crate::decide::fleet::units::agent_of;
use crate::edge::cli::command::Command;
use crate::edge::cli::commands::change::stale_text;
use crate::edge::cli::commands::fleet::orders::{self, OrdersArgs};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::model::fleet_units::FleetUnits;
use crate::ops::fleet::ordered::{OrderOutcome, OrderedUnit};
use crate::ops::fleet::orders::{Order, Orders};
use crate::ops::fleet::relaunch::relaunch_stale;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic fleet restart
  mosaic fleet restart coder0 reviewer0
  mosaic fleet restart --stale

With names, a holder that runs is not touched. Without, the whole fleet is stopped, then started. With --stale, the home's agents that run on something older than what is there are restarted one by one, and the first that does not come back ends that.";

/// Arguments of `fleet restart`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RestartArgs {
    /// Which, and how
    #[command(flatten)]
    pub orders: OrdersArgs,
    /// Only what runs and is stale, of all rosters of the home
    #[arg(long, conflicts_with_all = ["agents", "roster"])]
    pub stale: bool,
}

impl Command for RestartArgs {
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
        if !self.stale {
            return orders::run(session, &self.orders, Order::Restart);
        }
        let relaunched = relaunch_stale(&session.context)?;
        let output = session.output;
        if !relaunched.had_stale {
            output.info("No running agent is stale.");
        }
        if let Some(problem) = &relaunched.problem {
            output.warn(&format!("The agents could not be restarted: {problem}"));
        }
        let stale = stale_text(session, &relaunched.units.stale);
        if !stale.is_empty() {
            output.info(&stale);
        }
        let outcome = Orders {
            units: ordered(relaunched.units),
            performed: relaunched.performed,
        };
        Ok(orders::conclude(
            session,
            &self.orders,
            Order::Restart,
            outcome,
        ))
    }
}

/// The outcome of each agent; the holder is none.
fn ordered(units: FleetUnits) -> Vec<OrderedUnit> {
    let ordered = |unit: String, outcome, words| OrderedUnit {
        agent: agent_of(&unit).map(str::to_owned),
        unit,
        outcome,
        words,
    };
    let restarted = units.restarted.into_iter();
    let restarted = restarted.map(|unit| ordered(unit, OrderOutcome::Restarted, None));
    let failed = units.failed.into_iter();
    let failed =
        failed.map(|failed| ordered(failed.unit, OrderOutcome::Failed, Some(failed.words)));
    let stale = units.stale.into_iter().filter(|stale| stale.relaunches);
    let stale = stale.map(|stale| ordered(stale.unit, OrderOutcome::NotTried, Some(stale.reason)));
    restarted.chain(failed).chain(stale).collect()
}
