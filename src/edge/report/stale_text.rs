//! Stale and failed units, for people: who, why, and what to type.

use std::collections::BTreeMap;

use crate::decide::fleet::units::agent_of;
use crate::edge::report::layout::broken;
use crate::edge::report::output::{style, styled};
use crate::model::fleet_units::{FailedUnit, Missing, StaleUnit};

/// The most units of one reason that are named.
const NAMED_MAX: usize = 3;
const INDENT: &str = "    ";

/// A failed unit, and what to type; `flags` are what commands need to be about the home, with a blank before them.
pub(crate) fn failed(unit: &FailedUnit, flags: &str) -> String {
    let agent = agent_of(&unit.unit);
    let named = agent.map_or(String::new(), |agent| format!(" {agent}"));
    let start = format!("fleet start{named}");
    let start = Missing::before(unit.missing.as_ref(), &start, &unit.roster, flags);
    let name = agent.unwrap_or(&unit.unit);
    let heading = styled(style::ALARM, format!("{name} has failed"));
    format!("{heading} ({}): {start}", unit.words)
}

/// Stale units, grouped by what changed below them; `flags` are what commands need to be about the home, with a blank
/// before them.
pub(crate) fn stale(stale: &[StaleUnit], columns: usize, flags: &str) -> String {
    let (agents, others): (Vec<_>, Vec<_>) = stale.iter().partition(|unit| unit.relaunches);
    let (gone, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|unit| unit.is_gone);
    let mut parts = Vec::new();
    let (moving, agents): (Vec<_>, Vec<_>) = agents.into_iter().partition(|unit| unit.moves);
    for (agents, until, restart) in [
        (agents, "until restarted", "fleet restart --stale"),
        (
            moving,
            "until the whole fleet moves to their socket",
            "fleet restart",
        ),
    ] {
        if !agents.is_empty() {
            let heading = counted(
                agents.len(),
                "running agent is stale",
                "running agents are stale",
            );
            let heading = styled(style::CHANGES, heading);
            let missing = agents.iter().find_map(|unit| unit.missing.as_ref());
            let restart = Missing::before(missing, restart, "", flags);
            let heading = format!("{heading}, {until}: {restart}");
            parts.push(grouped(&agents, heading, columns));
        }
    }
    if !gone.is_empty() {
        let heading = counted(
            gone.len(),
            "unit runs and is not there any more",
            "units run and are not there any more",
        );
        let heading = format!(
            "{}, to end the fleet: mosaic fleet stop{flags}",
            styled(style::CHANGES, heading)
        );
        parts.push(grouped(&gone, heading, columns));
    }
    for unit in others {
        let heading = styled(style::CHANGES, format!("{} is stale", unit.unit));
        parts.push(format!("{heading}: {}", unit.reason));
        let restart = Missing::before(unit.missing.as_ref(), "fleet restart", "", flags);
        let cost = format!(
            "no update restarts the holder, because that ends every agent's session; when you can spare them: {restart}"
        );
        parts.push(broken(&cost, INDENT, columns));
    }
    parts.join("\n")
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A heading, and the units below it.
fn grouped(units: &[&StaleUnit], heading: String, columns: usize) -> String {
    let groups = groups(units).into_iter();
    let groups = groups.map(|group| broken(&group, INDENT, columns));
    [heading]
        .into_iter()
        .chain(groups)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Groups units by the reason why they are stale: one line a reason, with the units that it is about.
fn groups(units: &[&StaleUnit]) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for unit in units {
        let name = unit.agent.as_deref().unwrap_or(&unit.unit);
        by_reason.entry(&unit.reason).or_default().push(name);
    }
    let group = |(reason, names): (&str, Vec<&str>)| {
        let more = match names.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = names[..names.len().min(NAMED_MAX)].join(", ");
        format!("{named}{more}: {reason}")
    };
    by_reason.into_iter().map(group).collect()
}
