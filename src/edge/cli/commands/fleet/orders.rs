//! What `fleet start`, `stop` and `restart` share: orders to systemd, one step after the other, each awaited.

use crate::edge::cli::options::LockArgs;
use crate::effects::os::disk::above::resolved;
use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::fleet::active::Occupant;
use crate::decide::fleet::install::env_path;
use crate::decide::fleet::order::{Chosen, Order, Unit, chosen, steps};
use crate::decide::fleet::units::{AGENTS, OURS};
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::fleet::FleetFault;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::voice::{style, styled};
use crate::effects::fleet::left_behind;
use crate::effects::home::{Home, Recovery};
use crate::effects::os::systemd::{JOB_PATIENCE, Manager, ManagerError};
use crate::effects::outside::units::occupant;
use crate::model::unit::{JobOutcome, UnitName, UnitState};

/// Arguments of `fleet start`, `stop` and `restart`.
#[derive(Debug, ClapArgs)]
pub struct OrdersArgs {
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
pub struct OrdersDocument {
    /// `mosaic.fleet.<command>/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The roster.
    pub roster: String,
    /// What became of each unit, in the order in which they were asked for.
    pub units: Vec<OrderLine>,
    /// What an earlier commit left to be done and could not be done yet.
    pub pending: Vec<String>,
}

/// What became of one unit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OrderLine {
    /// The unit.
    pub unit: String,
    /// The agent; null for the holder.
    pub agent: Option<String>,
    /// In a word.
    pub outcome: OrderOutcome,
    /// systemd's words, where it failed, or why nothing was asked of it.
    pub words: Option<String>,
}

/// What became of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrderOutcome {
    /// It runs now, and did not before.
    Started,
    /// It ran, and does no longer.
    Stopped,
    /// It was started anew.
    Restarted,
    /// It was that way already.
    Unchanged,
    /// It failed.
    Failed,
    /// It had not ended when patience did; systemd goes on with it.
    Unfinished,
    /// Something before it failed.
    NotTried,
    /// Agents that were not named need it.
    Kept,
}

impl OrderOutcome {
    fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Restarted => "restarted",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Unfinished => "unfinished",
            Self::NotTried => "not tried",
            Self::Kept => "kept",
        }
    }

    fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Unfinished | Self::NotTried)
    }
}

/// Gives the orders.
pub fn run(session: &mut Session, asked: &OrdersArgs, verb: Order) -> Result<Exit, CommandError> {
    let roster = asked.roster.read(session)?;
    let chosen = chosen(&roster, &asked.agents)?;
    session.look_at_recorded()?;
    let entered = session.enter(false, asked.lock, Recovery::Finish)?;
    refuse_other_homes(session)?;
    if verb != Order::Stop {
        refuse_uninstalled(session, &entered.home, &chosen)?;
    }
    let manager = Manager::reach()?;
    refuse_other_units(session, &manager)?;
    let mut lines = Vec::new();
    let mut is_stuck = false;
    for (verb, units) in steps(verb, &chosen) {
        is_stuck |= session.interrupt.is_asked();
        let told = match is_stuck {
            true => units
                .iter()
                .map(|unit| line(unit, OrderOutcome::NotTried, None))
                .collect(),
            false => step(&manager, &entered.home, verb, &units)?,
        };
        is_stuck |= told.iter().any(|line: &OrderLine| line.outcome.is_bad());
        lines.extend(told);
    }
    report(session, asked, verb, lines)
}

/// Names the units of another home, which are that home's to start and stop.
pub fn refuse_other_homes(session: &Session) -> Result<(), FleetFault> {
    let Some(units) = &session.surroundings.units else {
        return Ok(());
    };
    for unit in OURS.map(|name| units.join(name)) {
        if let Ok(Occupant::Another(home)) = occupant(&unit, &session.home, &session.surroundings) {
            return Err(FleetFault::AnotherHome { unit, home });
        }
    }
    Ok(())
}

/// A manager that reads its units elsewhere knows others by the same names.
fn refuse_other_units(session: &Session, manager: &Manager) -> Result<(), CommandError> {
    match &session.surroundings.units {
        Some(units) if !manager.reads(&resolved(units))? => {
            Err(FleetFault::Unreads(units.clone()).into())
        }
        _ => Ok(()),
    }
}

/// Names what the roster says and no install has put in place yet.
fn refuse_uninstalled(session: &Session, home: &Home, chosen: &Chosen) -> Result<(), CommandError> {
    let (Chosen::Fleet(agents) | Chosen::Agents(agents)) = chosen;
    for agent in agents {
        let path = env_path(agent.as_str());
        if path.is_none_or(|path| home.root.look(path.as_str()).is_err()) {
            return Err(FleetFault::NotInstalled(format!("the agent {agent}")).into());
        }
    }
    let Some(units) = &session.surroundings.units else {
        return Ok(());
    };
    match OURS
        .into_iter()
        .find(|name| std::fs::symlink_metadata(units.join(name)).is_err())
    {
        Some(name) => Err(FleetFault::NotInstalled(format!("the unit {name}")).into()),
        None => Ok(()),
    }
}

fn step(
    manager: &Manager,
    home: &Home,
    verb: Order,
    units: &[Unit],
) -> Result<Vec<OrderLine>, ManagerError> {
    if verb == Order::Stop && units == [Unit::Holder] && has_other_agents(manager)? {
        let words = Some("agents that are not in this roster run on its server".to_owned());
        return Ok(vec![line(&Unit::Holder, OrderOutcome::Kept, words)]);
    }
    let named = |unit: &Unit| UnitName::new(unit.to_string()).ok();
    let names: Vec<_> = units.iter().filter_map(named).collect();
    let before = manager.show(&names)?;
    let outcomes = match verb {
        Order::Start => manager.start(&names, JOB_PATIENCE)?,
        // systemd knows nothing of a unit that was never started, and would complain.
        Order::Stop => {
            let runs = before.iter().filter(|state| is_to_be_stopped(state));
            let runs: Vec<_> = runs.map(|state| state.name.clone()).collect();
            manager.stop(&runs, JOB_PATIENCE)?
        }
        Order::Restart => {
            let restart =
                |name: &UnitName| Ok((name.clone(), manager.restart(name, JOB_PATIENCE)?));
            names
                .iter()
                .map(restart)
                .collect::<Result<_, ManagerError>>()?
        }
    };
    let after = manager.show(&names)?;
    let told = units
        .iter()
        .zip(before.iter().zip(&after))
        .map(|(unit, (before, after))| {
            let outcome = outcomes
                .iter()
                .find(|(name, _)| *name == after.name)
                .map(|(_, outcome)| outcome);
            ended(home, judge(unit, verb, outcome, before, after))
        });
    Ok(told.collect())
}

/// A stopped agent's session has ended with its unit, or does now.
fn ended(home: &Home, told: OrderLine) -> OrderLine {
    let agent = told
        .agent
        .as_deref()
        .filter(|_| told.outcome == OrderOutcome::Stopped);
    match agent.and_then(|agent| left_behind::end(home, agent)) {
        Some(why) => OrderLine {
            outcome: OrderOutcome::Failed,
            words: Some(why),
            ..told
        },
        None => told,
    }
}

fn has_other_agents(manager: &Manager) -> Result<bool, ManagerError> {
    Ok(manager.list(AGENTS)?.iter().any(UnitState::is_up))
}

fn is_to_be_stopped(state: &UnitState) -> bool {
    state.is_up() || state.active == "deactivating"
}

fn judge(
    unit: &Unit,
    verb: Order,
    outcome: Option<&JobOutcome>,
    before: &UnitState,
    after: &UnitState,
) -> OrderLine {
    if let Some((outcome, words)) = outcome.and_then(|outcome| Some((outcome, outcome.problem()?)))
    {
        let is_unfinished = matches!(outcome, JobOutcome::Unfinished { .. });
        let outcome = if is_unfinished {
            OrderOutcome::Unfinished
        } else {
            OrderOutcome::Failed
        };
        return line(unit, outcome, Some(words));
    }
    let outcome = match verb {
        Order::Start if before.is_up() && before.invocation_id == after.invocation_id => {
            OrderOutcome::Unchanged
        }
        Order::Start => OrderOutcome::Started,
        Order::Stop if outcome.is_none() => OrderOutcome::Unchanged,
        Order::Stop => OrderOutcome::Stopped,
        Order::Restart => OrderOutcome::Restarted,
    };
    line(unit, outcome, None)
}

fn line(unit: &Unit, outcome: OrderOutcome, words: Option<String>) -> OrderLine {
    let agent = match unit {
        Unit::Holder => None,
        Unit::Agent(name) => Some(name.to_string()),
    };
    OrderLine {
        unit: unit.to_string(),
        agent,
        outcome,
        words,
    }
}

fn report(
    session: &mut Session,
    asked: &OrdersArgs,
    verb: Order,
    units: Vec<OrderLine>,
) -> Result<Exit, CommandError> {
    for line in &units {
        let name = line.agent.as_deref().unwrap_or("the holder");
        let color = if line.outcome.is_bad() {
            style::ALARM
        } else {
            style::CHANGES
        };
        let mut text = format!(
            "  {}  {name}",
            styled(color, format!("{:10}", line.outcome.word()))
        );
        for words in line.words.iter().flat_map(|words| words.lines()) {
            text += &format!("\n              {words}");
        }
        match line.outcome.is_bad() {
            true => session.voice.insist(&text),
            false => session.voice.say(&text),
        }
    }
    Ok(conclude(session, asked, verb, units))
}

/// The document of what became of them, and the exit status.
pub fn conclude(
    session: &mut Session,
    asked: &OrdersArgs,
    verb: Order,
    units: Vec<OrderLine>,
) -> Exit {
    let command = match verb {
        Order::Start => "fleet start",
        Order::Stop => "fleet stop",
        Order::Restart => "fleet restart",
    };
    let document = OrdersDocument {
        schema: schema_name(command),
        home: session.home_text(),
        roster: asked.roster.path(session).display().to_string(),
        units,
        pending: session.still_pending(),
    };
    let is_bad = document.units.iter().any(|line| line.outcome.is_bad());
    let is_held_up = session.aftermath.left.iter().any(|left| !left.is_waiting);
    session.voice.document(&document);
    if is_bad || is_held_up {
        Exit::NeedsPerson
    } else {
        Exit::Done
    }
}
