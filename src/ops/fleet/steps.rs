//! One step of an order: units are asked, and what came of each is told by what runs afterwards.

use std::collections::BTreeMap;

use crate::decide::fleet::order::{Order, Unit};
use crate::decide::fleet::picture::{Picture, Whereabouts};
use crate::decide::fleet::units::agent_of;
use crate::effects::fleet::lives::{self, Begun};
use crate::effects::fleet::relaunch::{end_before, with_last_words};
use crate::effects::home::Home;
use crate::effects::os::systemd::{JOB_PATIENCE, Manager, ManagerError};
use crate::model::unit::{JobOutcome, UnitName, UnitState};
use crate::ops::fleet::ordered::{OrderOutcome, OrderedUnit};

/// What the steps of an order have in common.
pub(crate) struct Stepping<'a> {
    /// The manager that is asked.
    pub manager: &'a Manager,
    /// The home whose fleet it is.
    pub home: &'a Home,
    /// Looks at what runs.
    pub look: &'a dyn Fn() -> Picture,
    /// What keeps an agent from starting, by its name.
    pub faults: &'a BTreeMap<String, String>,
    /// Told what came of a unit, as soon as that is known.
    pub tell: &'a dyn Fn(&OrderedUnit),
}

impl Stepping<'_> {
    /// Gives one order to units, waits, and looks what came of it.
    pub(crate) fn step(
        &self,
        order: Order,
        units: &[Unit],
    ) -> Result<Vec<OrderedUnit>, ManagerError> {
        match order {
            Order::Stop => self.stop(units),
            Order::Start | Order::Restart => self.begin(order, units),
        }
    }

    /// Leaves units as they are, because one before them failed.
    pub(crate) fn leave(&self, units: &[Unit]) -> Vec<OrderedUnit> {
        let not_tried = |unit| {
            let left = ordered_unit(unit, OrderOutcome::NotTried, None);
            (self.tell)(&left);
            left
        };
        units.iter().map(not_tried).collect()
    }

    fn stop(&self, units: &[Unit]) -> Result<Vec<OrderedUnit>, ManagerError> {
        let picture = (self.look)();
        if units == [Unit::Holder] && has_other_agents(&picture) {
            let words = "agents that are not in this roster run on its server".to_owned();
            let kept = ordered_unit(&Unit::Holder, OrderOutcome::Kept, Some(words));
            (self.tell)(&kept);
            return Ok(vec![kept]);
        }
        let mut known = BTreeMap::new();
        for unit in units {
            if let Some(why) = ends_with(&picture, unit, units) {
                let failed = ordered_unit(unit, OrderOutcome::Failed, Some(why));
                (self.tell)(&failed);
                known.insert(unit.clone(), failed);
            }
        }
        // systemd knows nothing of a unit that was never started, and would complain.
        let names = names(&others(units, &known));
        let before = self.manager.show(&names)?;
        let runs = before.iter().filter(|state| is_to_be_stopped(state));
        let runs: Vec<_> = runs.map(|state| state.name.clone()).collect();
        let outcomes = self.manager.stop(&runs, JOB_PATIENCE, |name| {
            let mut all = units.iter();
            if let Some(unit) = all.find(|unit| unit.to_string() == name.as_str()) {
                let job = Some(&JobOutcome::Done);
                let ended = self.ended(unit, job, &picture, &(self.look)());
                (self.tell)(&ended);
                known.insert(unit.clone(), ended);
            }
        })?;
        let left = (self.look)();
        let outcome = |unit: &Unit| {
            known.remove(unit).unwrap_or_else(|| {
                let ended = self.ended(unit, job_of(&outcomes, unit), &picture, &left);
                (self.tell)(&ended);
                ended
            })
        };
        Ok(units.iter().map(outcome).collect())
    }

    /// What became of a unit that was to be stopped, by what ran before and what is left now.
    fn ended(
        &self,
        unit: &Unit,
        job: Option<&JobOutcome>,
        before: &Picture,
        left: &Picture,
    ) -> OrderedUnit {
        let agent = agent_name(unit);
        let was_there = agent.is_some_and(|agent| lives_in(before, agent));
        if let Some((outcome, words)) = job.and_then(problem) {
            return ordered_unit(unit, outcome, Some(words));
        }
        let rest = || match before.whereabouts(agent?) {
            Whereabouts::Lives(lives) => lives::end_rest(before, &lives),
            _ => None,
        };
        let goes_on = agent.and_then(|agent| end_all(left, agent)).or_else(rest);
        if let Some(why) = goes_on {
            return ordered_unit(unit, OrderOutcome::Failed, Some(why));
        }
        let outcome = match job {
            None if !was_there => OrderOutcome::Unchanged,
            _ => OrderOutcome::Stopped,
        };
        ordered_unit(unit, outcome, None)
    }

    /// Starts or restarts. An agent is ended first wherever its unit would not find it, so that none ever runs twice.
    fn begin(&self, order: Order, units: &[Unit]) -> Result<Vec<OrderedUnit>, ManagerError> {
        let picture = (self.look)();
        let mut has_ended = false;
        let mut ordered = BTreeMap::new();
        for unit in units {
            let Some(agent) = agent_name(unit) else {
                continue;
            };
            let fault = self.faults.get(agent).cloned();
            let fault = fault.or_else(|| ends_with(&picture, unit, units));
            let is_restarted = order == Order::Restart;
            let ended =
                fault.map_or_else(|| end_before(&picture, self.home, agent, is_restarted), Err);
            has_ended |= ended == Ok(true);
            if let Err(why) = ended {
                let failed = ordered_unit(unit, OrderOutcome::Failed, Some(why));
                ordered.insert(unit.clone(), failed);
            }
        }
        // The unit of what was just ended is active, and has nothing left.
        let picture = if has_ended { (self.look)() } else { picture };
        let asked = others(units, &ordered);
        let names = names(&asked);
        let before = self.manager.show(&names)?;
        let outcomes = self.ask(order, &asked, &before, &picture)?;
        let after = self.manager.show(&names)?;
        let states = before.iter().zip(&after);
        for (unit, (before, after)) in asked.iter().zip(states) {
            let job = job_of(&outcomes, unit);
            ordered.insert(unit.clone(), judge(unit, order, job, before, after));
        }
        let ordered = units.iter().filter_map(|unit| ordered.remove(unit));
        Ok(self.lived_on(ordered.collect()))
    }

    /// Asks systemd. What is active and hollow is started by a restart: a start would do nothing.
    fn ask(
        &self,
        order: Order,
        units: &[Unit],
        before: &[UnitState],
        picture: &Picture,
    ) -> Result<Vec<(UnitName, JobOutcome)>, ManagerError> {
        let is_hollow = |unit: &Unit, state: &UnitState| {
            state.active == "active"
                && match agent_name(unit) {
                    Some(agent) => picture.whereabouts(agent).is_lost(),
                    // As earlier releases started it, its unit stays active when its server ends.
                    None => state.main_pid.is_none() && has_no_server(picture),
                }
        };
        let (mut starts, mut restarts) = (Vec::new(), Vec::new());
        for (unit, state) in units.iter().zip(before) {
            let restarts_it = order == Order::Restart || is_hollow(unit, state);
            let list = if restarts_it {
                &mut restarts
            } else {
                &mut starts
            };
            list.push(state.name.clone());
        }
        let mut outcomes = self.manager.start(&starts, JOB_PATIENCE)?;
        outcomes.extend(self.manager.restart(&restarts, JOB_PATIENCE)?);
        Ok(outcomes)
    }

    /// What became of those that are said to run: they live on after their first seconds, or have failed.
    fn lived_on(&self, ordered: Vec<OrderedUnit>) -> Vec<OrderedUnit> {
        let ordered: Vec<_> = ordered.into_iter().map(explained).collect();
        let is_begun = |unit: &OrderedUnit| unit.agent.is_some() && !unit.outcome.is_bad();
        let (begun, known): (Vec<_>, Vec<_>) = ordered.iter().partition(|unit| is_begun(unit));
        known.into_iter().for_each(self.tell);
        let agents: Vec<_> = begun.iter().filter_map(|unit| unit.agent.clone()).collect();
        if agents.is_empty() {
            return ordered;
        }
        let mut told = ordered.clone();
        lives::await_first_seconds(self.look, &agents, |agent, begun| {
            for (unit, told) in ordered.iter().zip(&mut told) {
                if unit.agent.as_deref() == Some(agent) {
                    *told = after_first_seconds(unit, begun);
                    (self.tell)(told);
                }
            }
        });
        told
    }
}

fn after_first_seconds(unit: &OrderedUnit, begun: &Begun) -> OrderedUnit {
    let words = match begun {
        Begun::Lives => return unit.clone(),
        Begun::Ended(words) => words.clone(),
        Begun::Unknown(why) => format!("whether its session lives cannot be told: {why}"),
    };
    OrderedUnit {
        outcome: OrderOutcome::Failed,
        words: Some(words),
        ..unit.clone()
    }
}

/// A failed agent with its own last words, which systemd does not have.
fn explained(unit: OrderedUnit) -> OrderedUnit {
    let words = match (&unit.agent, unit.words) {
        (Some(agent), Some(words)) if unit.outcome == OrderOutcome::Failed => {
            Some(with_last_words(agent, words))
        }
        (_, words) => words,
    };
    OrderedUnit { words, ..unit }
}

/// The units of which it is not known yet what comes of them.
fn others(units: &[Unit], known: &BTreeMap<Unit, OrderedUnit>) -> Vec<Unit> {
    let others = units.iter().filter(|unit| !known.contains_key(unit));
    others.cloned().collect()
}

/// The reason why an agent's session must not end: one that was not named would end with it.
fn ends_with(picture: &Picture, unit: &Unit, named: &[Unit]) -> Option<String> {
    let mut guests = picture.guests_of(agent_name(unit)?);
    guests.retain(|guest| !named.iter().any(|unit| agent_name(unit) == Some(guest)));
    let guest = guests.first()?;
    Some(format!(
        "a pane of {guest} is in its session, and would end with it; restart {guest} first"
    ))
}

/// Ends an agent wherever it lives. The reason why it goes on, if it does.
fn end_all(picture: &Picture, agent: &str) -> Option<String> {
    match picture.whereabouts(agent) {
        Whereabouts::Lives(all) => lives::end(picture, &all),
        Whereabouts::Unknown(why) => Some(format!(
            "its unit has ended; whether its session has cannot be told: {why}"
        )),
        Whereabouts::Dead | Whereabouts::Gone => None,
    }
}

/// Tells whether the fleet surely has no tmux server.
fn has_no_server(picture: &Picture) -> bool {
    picture.servers.is_empty() && picture.processes.is_ok() && picture.signs.is_empty()
}

fn lives_in(picture: &Picture, agent: &str) -> bool {
    matches!(picture.whereabouts(agent), Whereabouts::Lives(_))
}

fn names(units: &[Unit]) -> Vec<UnitName> {
    let names = units.iter().map(ToString::to_string);
    names.filter_map(|unit| UnitName::new(unit).ok()).collect()
}

fn agent_name(unit: &Unit) -> Option<&str> {
    match unit {
        Unit::Holder => None,
        Unit::Agent(name) => Some(name.as_str()),
    }
}

fn has_other_agents(picture: &Picture) -> bool {
    let states = picture
        .manager
        .as_ref()
        .map_or(&[][..], |view| &view.states);
    let mut agents = states
        .iter()
        .filter(|state| agent_of(state.name.as_str()).is_some());
    agents.any(UnitState::is_up)
}

fn is_to_be_stopped(state: &UnitState) -> bool {
    state.is_up() || state.active == "deactivating"
}

fn job_of<'a>(outcomes: &'a [(UnitName, JobOutcome)], unit: &Unit) -> Option<&'a JobOutcome> {
    let name = unit.to_string();
    let mut all = outcomes.iter();
    let outcome = all.find(|(known, _)| known.as_str() == name);
    outcome.map(|(_, outcome)| outcome)
}

fn problem(job: &JobOutcome) -> Option<(OrderOutcome, String)> {
    let words = job.problem()?;
    let outcome = match job {
        JobOutcome::Unfinished { .. } => OrderOutcome::Unfinished,
        _ => OrderOutcome::Failed,
    };
    Some((outcome, words))
}

fn judge(
    unit: &Unit,
    order: Order,
    job: Option<&JobOutcome>,
    before: &UnitState,
    after: &UnitState,
) -> OrderedUnit {
    if let Some((outcome, words)) = job.and_then(problem) {
        return ordered_unit(unit, outcome, Some(words));
    }
    let is_same = before.is_up() && before.invocation_id == after.invocation_id;
    let outcome = match order {
        Order::Restart => OrderOutcome::Restarted,
        _ if is_same => OrderOutcome::Unchanged,
        _ => OrderOutcome::Started,
    };
    ordered_unit(unit, outcome, None)
}

fn ordered_unit(unit: &Unit, outcome: OrderOutcome, words: Option<String>) -> OrderedUnit {
    OrderedUnit {
        unit: unit.to_string(),
        agent: agent_name(unit).map(str::to_owned),
        outcome,
        words,
    }
}
