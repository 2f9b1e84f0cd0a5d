//! Running units that are stale: told by every command that changes a home, restarted by `update --relaunch`.

use crate::edge::report::layout::broken;
use std::collections::BTreeMap;

use clap::ValueEnum;

use crate::decide::fleet::stale::Reason;
use crate::decide::fleet::units::agent_of;
use crate::edge::cli::session::Session;
use crate::edge::report::document::{FailedLine, StaleLine, UnitLines};
use crate::edge::report::voice::{style, styled};
use crate::effects::apply::chain;
use crate::effects::fleet::relaunch::{Relaunched, relaunch};
use crate::effects::fleet::running::{FleetUnit, RunningError, look};
use crate::effects::home::Home;
use crate::effects::os::systemd::{Manager, ManagerError};
use crate::model::plan::Plan;
use crate::model::unit::UnitName;

/// How many units of one reason are named.
const NAMED_MAX: usize = 3;
const INDENT: &str = "    ";

/// What to do after an agent that does not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Relaunch {
    /// Leave the others as they run
    Stop,
    /// Go on with the others
    Continue,
}

/// The stale units of a home; with a plan that is not carried out, those that there would be.
pub fn stale(
    session: &Session,
    home: &Home,
    foreseen: Option<&Plan>,
) -> Result<Vec<StaleLine>, RunningError> {
    Ok(look(home, &session.surroundings, foreseen)?
        .iter()
        .filter_map(line)
        .collect())
}

/// A unit as documents have it, if it is stale.
fn line(unit: &FleetUnit) -> Option<StaleLine> {
    let reason = unit.stale.as_ref()?;
    let agent = unit.name.instance().map(str::to_owned);
    let relaunches = agent.is_some() && reason.is_mended_by_restart();
    let is_gone = *reason == Reason::Gone;
    Some(StaleLine {
        unit: unit.name.to_string(),
        agent,
        reason: reason.to_string(),
        relaunches,
        is_gone,
    })
}

/// Finds them for the document of a change; returns the units that have failed. A manager that could not be reached a
/// moment ago is not asked again.
pub fn find(
    session: &Session,
    home: &Home,
    foreseen: Option<&Plan>,
    units: &mut UnitLines,
) -> Vec<FailedLine> {
    if let Some(left) = session.aftermath.undone.iter().find(|left| left.is_waiting) {
        units.manager_problem = Some(left.why.clone());
        return Vec::new();
    }
    match look(home, &session.surroundings, foreseen) {
        Ok(looked) => {
            (units.stale, units.manager_problem) = (looked.iter().filter_map(line).collect(), None);
            failures(&looked)
        }
        Err(error) => {
            units.manager_problem = Some(chain(&error));
            Vec::new()
        }
    }
}

/// The units that have failed, and wait for a person.
pub fn failures(looked: &[FleetUnit]) -> Vec<FailedLine> {
    let failed = looked
        .iter()
        .filter_map(|unit| Some((unit, unit.failure.clone()?)));
    failed
        .map(|(unit, words)| FailedLine {
            unit: unit.name.to_string(),
            words,
        })
        .collect()
}

/// Tells the units that had failed before.
pub fn tell_failed(session: &mut Session, failed: &[FailedLine]) {
    let left = &session.aftermath.undone;
    let is_new = |line: &&FailedLine| left.iter().any(|left| left.units.contains(&line.unit));
    let lines: Vec<_> = failed
        .iter()
        .filter(|line| !is_new(line))
        .map(|line| failed_text(session, line))
        .collect();
    if !lines.is_empty() {
        session.voice.insist(&format!("\n{}", lines.join("\n")));
    }
}

/// What failed, and what to type.
pub fn failed_text(session: &Session, line: &FailedLine) -> String {
    let agent = agent_of(&line.unit);
    let start = agent.map_or("fleet start".to_owned(), |agent| {
        format!("fleet start {agent}")
    });
    let name = agent.unwrap_or(&line.unit);
    let heading = styled(style::ALARM, format!("{name} has failed"));
    format!("{heading} ({}): {}", line.words, session.command(&start))
}

/// Tells them, grouped by what changed below them.
pub fn text(session: &Session, stale: &[StaleLine]) -> String {
    let (agents, others): (Vec<_>, Vec<_>) = stale.iter().partition(|line| line.relaunches);
    let (gone, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|line| line.is_gone);
    let mut parts = Vec::new();
    if !agents.is_empty() {
        let heading = counted(
            agents.len(),
            "running agent is stale",
            "running agents are stale",
        );
        parts.push(grouped(
            session,
            &agents,
            heading,
            "until restarted",
            "fleet restart --stale",
        ));
    }
    if !gone.is_empty() {
        let heading = counted(
            gone.len(),
            "unit runs and is not there any more",
            "units run and are not there any more",
        );
        parts.push(grouped(
            session,
            &gone,
            heading,
            "to end the fleet",
            "fleet stop",
        ));
    }
    for line in others {
        parts.push(format!(
            "{}: {}",
            styled(style::CHANGES, format!("{} is stale", line.unit)),
            line.reason
        ));
        let cost = format!(
            "no update restarts the holder, because that ends every agent's session; when you can spare them: {}",
            session.command("fleet restart")
        );
        parts.push(broken(&cost, INDENT, session.voice.columns()));
    }
    parts.join("\n")
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A heading with what to type, and the units below it.
fn grouped(
    session: &Session,
    lines: &[&StaleLine],
    heading: String,
    aim: &str,
    command: &str,
) -> String {
    let heading = format!(
        "{}, {aim}: {}",
        styled(style::CHANGES, heading),
        session.command(command)
    );
    let groups = groups(lines)
        .into_iter()
        .map(|group| broken(&group, INDENT, session.voice.columns()));
    [heading]
        .into_iter()
        .chain(groups)
        .collect::<Vec<_>>()
        .join("\n")
}

/// One line a reason: who, and why.
fn groups(agents: &[&StaleLine]) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in agents {
        by_reason
            .entry(&line.reason)
            .or_default()
            .push(line.agent.as_deref().unwrap_or(&line.unit));
    }
    let group = |(reason, names): (&str, Vec<&str>)| {
        let more = match names.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!(
            "{}{more}: {reason}",
            names[..names.len().min(NAMED_MAX)].join(", ")
        )
    };
    by_reason.into_iter().map(group).collect()
}

/// Restarts the stale agents that run, one after the other. What then is still stale is told by the lines.
pub fn relaunch_all(session: &mut Session, home: &Home, how: Relaunch, units: &mut UnitLines) {
    let agents: Vec<_> = units
        .stale
        .iter()
        .filter(|line| line.relaunches)
        .cloned()
        .collect();
    let outcome = restart(session, home, how, &agents, units);
    let _ = find(session, home, None, units);
    if let Err(error) = outcome {
        units.manager_problem = Some(chain(&error));
        session.voice.insist(&format!(
            "The agents could not be restarted: {}",
            chain(&error)
        ));
    }
}

fn restart(
    session: &mut Session,
    home: &Home,
    how: Relaunch,
    agents: &[StaleLine],
    units: &mut UnitLines,
) -> Result<(), ManagerError> {
    if agents.is_empty() {
        return Ok(());
    }
    let manager = Manager::reach()?;
    let names: Vec<_> = agents
        .iter()
        .filter_map(|line| UnitName::new(line.unit.as_str()).ok())
        .collect();
    for (at, name) in names.iter().enumerate() {
        if session.interrupt.is_asked() {
            session.voice.insist(&format!(
                "Interrupted: {} more were not restarted.",
                names.len() - at
            ));
            break;
        }
        let agent = name.instance().unwrap_or_default();
        let relaunched = match relaunch(&manager, home, name) {
            Err(refused @ ManagerError::Refused { .. }) => Relaunched::Lost(chain(&refused)),
            relaunched => relaunched?,
        };
        match relaunched {
            Relaunched::Live => {
                units.restarted.push(name.to_string());
                session.voice.say(&format!(
                    "  {}  {agent}",
                    styled(style::CHANGES, "restarted")
                ));
            }
            Relaunched::Stopped => {}
            Relaunched::Lost(words) => {
                let word = styled(style::ALARM, "failed   ");
                session.voice.insist(&format!(
                    "  {word}  {agent}\n{}",
                    broken(&words, INDENT, usize::MAX)
                ));
                units.failed.push(FailedLine {
                    unit: name.to_string(),
                    words,
                });
                if how == Relaunch::Stop {
                    let left = names.len() - at - 1;
                    if left > 0 {
                        session
                            .voice
                            .insist(&format!("Stopped there: {left} more go on as they are."));
                    }
                    break;
                }
            }
        }
    }
    Ok(())
}
