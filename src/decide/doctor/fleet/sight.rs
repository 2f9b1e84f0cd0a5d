//! Agents against what runs: an active unit whose session is gone, a session without its unit, one in the wrong place.

use std::collections::BTreeMap;

use crate::decide::doctor::fleet::{FleetFacts, Sight};
use crate::decide::doctor::{CheckResult, some};
use crate::model::unit::UnitState;

/// Judges each agent by where it was seen.
pub(super) fn judge(facts: &FleetFacts, checked: &mut CheckResult) {
    let mut unknown: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let (mut taken, mut left_out) = (Vec::new(), Vec::new());
    let [
        mut gone,
        mut moving,
        mut doubled,
        mut without_unit,
        mut elsewhere,
    ]: [Vec<_>; 5] = Default::default();
    for (agent, sight) in &facts.agents_seen {
        let unit = unit_of(facts, agent);
        let is_up = unit.is_some_and(UnitState::is_up);
        match sight {
            Sight::LeftOut => left_out.push(agent),
            Sight::Gone { .. } if !unit.is_some_and(UnitState::is_to_live) => {}
            Sight::Taken { rename } => {
                if unit.is_some_and(|unit| unit.is_to_live() || unit.is_failed()) {
                    taken.push((agent, rename));
                }
            }
            Sight::Gone { moves: true } => moving.push(agent),
            Sight::Gone { moves: false } => gone.push(agent),
            Sight::Doubled => doubled.push(agent),
            Sight::Lives { elsewhere: Some(_) } => elsewhere.push(agent),
            Sight::Lives { .. } if !is_up => without_unit.push(agent),
            Sight::Lives { .. } => {}
            Sight::Unknown(why) if is_up => unknown.entry(why).or_default().push(agent.clone()),
            Sight::Unknown(_) => {}
        }
    }
    let mut tell = |agents: &[&String], what: &str, command: &str| {
        if !agents.is_empty() {
            let message = format!("{what}: {}", some(&owned(agents)));
            checked.problem(message, named(facts, command, agents));
        }
    };
    tell(&gone, "active, and no session of it lives", "restart");
    tell(&doubled, "runs more than once", "restart");
    tell(
        &without_unit,
        "lives, and its unit is not active: it does not come back",
        "start",
    );
    judge_left_out(facts, left_out, checked);
    judge_taken(facts, &taken, checked);
    if !moving.is_empty() {
        let message = format!(
            "active, and no session of it lives, nor can it on the socket that its env file names: {}; mending it ends every session of the fleet, and starts them again",
            some(&owned(&moving))
        );
        checked.problem(message, facts.order("restart", &[], ""));
    }
    if !elsewhere.is_empty() {
        let message = format!(
            "lives on another socket than its env file names: {}; mending it ends every session of the fleet, and starts them again",
            some(&owned(&elsewhere))
        );
        checked.problem(message, facts.order("restart", &[], ""));
    }
    for (why, agents) in unknown {
        let message = format!("whether it lives cannot be told: {} ({why})", some(&agents));
        checked.problem(message, format!("mosaic fleet status{}", facts.at));
    }
}

/// Judges those that were not started, and those that their start would be refused.
fn judge_left_out(facts: &FleetFacts, left_out: Vec<&String>, checked: &mut CheckResult) {
    let without: Vec<_> = facts.without_env.iter().collect();
    let is_without = |agent: &&String| facts.without_env.contains(agent);
    let (bare, passed_over): (Vec<_>, Vec<_>) = left_out.into_iter().partition(is_without);
    let start = |agents: &[&String]| named(facts, "start", agents);
    if !passed_over.is_empty() {
        let message = format!(
            "enabled, and was not started: {}",
            some(&owned(&passed_over))
        );
        checked.problem(message, start(&passed_over));
    }
    if !without.is_empty() {
        let message = format!(
            "its env file is not there, without which it does not start: {}",
            some(&facts.without_env)
        );
        let roster = roster_of(facts, &without);
        let missing = without
            .first()
            .and_then(|agent| facts.missing.agents.get(*agent));
        let install = missing.map(|missing| missing.commands(roster, &facts.at));
        let remedy = if bare.is_empty() {
            install.unwrap_or_default()
        } else {
            start(&bare)
        };
        checked.problem(message, remedy);
    }
}

/// Judges those whose name a session of somebody else's has; each with the command that gives it free.
fn judge_taken(facts: &FleetFacts, taken: &[(&String, &String)], checked: &mut CheckResult) {
    for (agent, rename) in taken {
        let message =
            format!("does not live, and the tmux session of its name is another's: {agent}");
        let restart = named(facts, "restart", &[agent]);
        checked.problem(message, format!("{rename} && {restart}"));
    }
}

/// Tells whether an agent's failed unit is told of with whose session has its name.
pub(super) fn is_without_name(facts: &FleetFacts, unit: &UnitState) -> bool {
    let seen = |agent| facts.agents_seen.get(agent);
    let sight = unit.name.instance().and_then(seen);
    matches!(sight, Some(Sight::Taken { .. }))
}

/// Judges daemons that agents share: what one of them says is signed by another.
pub(super) fn judge_daemons(facts: &FleetFacts, checked: &mut CheckResult) {
    for daemon in &facts.shared_daemons {
        let serves: Vec<_> = daemon.serves.iter().cloned().collect();
        let message = format!(
            "one daemon of codex's (pid {}) serves {}: what they run gets the name and the environment of {}, and goes on when they are stopped; put --no-daemon behind codex in MOSAIC_AGENT_COMMAND of each, then end it",
            daemon.pid,
            some(&serves),
            daemon.started_by
        );
        let restart = named(facts, "restart", &serves.iter().collect::<Vec<_>>());
        checked.note(message, format!("kill {} && {restart}", daemon.pid));
    }
}

fn owned(agents: &[&String]) -> Vec<String> {
    agents.iter().map(|agent| (*agent).clone()).collect()
}

fn unit_of<'a>(facts: &'a FleetFacts, agent: &str) -> Option<&'a UnitState> {
    let mut units = facts.agents.iter();
    units.find(|unit| unit.name.instance() == Some(agent))
}

/// The flag of the roster that declares the first of these agents.
fn roster_of<'a>(facts: &'a FleetFacts, agents: &[&String]) -> &'a str {
    let declared = facts.declared.as_ref();
    let roster = agents.first().and_then(|agent| declared?.get(*agent));
    roster.map_or("", String::as_str)
}

/// The command for these agents, by the roster that declares them.
fn named(facts: &FleetFacts, command: &str, agents: &[&String]) -> String {
    let roster = roster_of(facts, agents);
    let is_of_same = |agent: &&&String| roster_of(facts, &[**agent]) == roster;
    let same = agents.iter().filter(is_of_same);
    let same: Vec<_> = same.map(|agent| agent.as_str()).collect();
    facts.order(command, &same, roster)
}
