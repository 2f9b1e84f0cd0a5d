//! Agents of other hosts, as their hosts tell of them.

use std::collections::BTreeMap;
use std::thread::scope;
use std::time::Duration;

use serde::Deserialize;

use crate::decide::fleet::heartbeat::Heartbeat;
use crate::effects::os::thread::Task;
use crate::model::roster::{Agent, Roster};
use crate::model::runtime::RuntimeState;
use crate::ops::agent::send::Addressee;
use crate::ops::context::Context;
use crate::ops::elsewhere;
use crate::ops::fleet::error::FleetError;
use crate::ops::fleet::line::SessionState;
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::row::AgentRow;
use crate::ops::fleet::view::FleetView;

/// Time that another host may take to tell of its fleet.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where an agent of the roster lives that is not here; nothing of one that is, and of what no roster knows.
///
/// # Errors
///
/// Those of [`read_roster`].
pub fn destination_of(context: &Context, to: &Addressee) -> Result<Option<String>, FleetError> {
    let Addressee::Agent { roster, name } = to else {
        return Ok(None);
    };
    // Two hosts may have one roster: each would ask the other.
    if elsewhere::is_asked_from_afar() {
        return Ok(None);
    }
    let roster = read_roster(context, roster.as_deref())?;
    let mut agents = roster.agents.iter();
    let agent = agents.find(|one| one.name.as_str() == name);
    Ok(agent.and_then(Agent::destination).map(str::to_owned))
}

/// The agents of other hosts, in the roster's order: each host is asked once, all at the same time.
pub(crate) fn rows(roster: &Roster) -> Vec<AgentRow> {
    let peers = || roster.agents.iter().filter(|agent| !agent.is_here());
    let mut hosts: Vec<_> = peers().filter_map(Agent::destination).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let told: BTreeMap<_, _> = scope(|scope| {
        let asked = hosts
            .iter()
            .map(|host| (host, Task::start(scope, || ask(host))));
        let asked: Vec<_> = asked.collect();
        let answers = asked
            .into_iter()
            .map(|(host, answer)| (host, answer.join()));
        answers.collect()
    });
    let row = |agent: &Agent| {
        let told = agent.destination().and_then(|host| told.get(&host));
        let found = match told {
            Some(Ok(rows)) => rows.iter().find(|row| row.name == agent.name.as_str()),
            _ => None,
        };
        let why = match told {
            Some(Err(why)) => why.as_str(),
            _ => "its own host's roster does not have it",
        };
        found.map_or_else(
            || unknown(agent, why),
            |row| AgentRow {
                host: agent.host.clone().unwrap_or_default(),
                ..row.clone()
            },
        )
    };
    peers().map(row).collect()
}

/// What another host's `fleet ps` says.
#[derive(Deserialize)]
struct Told {
    agents: Vec<AgentRow>,
}

fn ask(destination: &str) -> Result<Vec<AgentRow>, String> {
    let (text, _) = elsewhere::ask(destination, &["fleet", "ps", "--json"], PATIENCE)
        .map_err(|why| format!("{destination} is not reached: {why}"))?;
    let told: Told = serde_json::from_str(&text)
        .map_err(|_| format!("{destination} does not tell of its fleet as this version does"))?;
    Ok(told.agents)
}

/// What is known of an agent whose host says nothing.
fn unknown(agent: &Agent, why: &str) -> AgentRow {
    AgentRow {
        tenant_id: agent
            .tenant_id
            .clone()
            .unwrap_or_else(FleetView::own_tenant),
        host: agent.host.clone().unwrap_or_default(),
        name: agent.name.to_string(),
        class: agent.class.clone(),
        runtime: Some(agent.runtime.to_string()),
        observed_runtime: None,
        unit_state: Some("unknown".to_owned()),
        enabled: None,
        socket: None,
        session: SessionState::Unknown,
        pane_pid: None,
        idle_seconds: None,
        state: RuntimeState::Unknown,
        state_from: None,
        heartbeat: Heartbeat::Unknown,
        flags: Vec::new(),
        reason: Some(why.to_owned()),
    }
}
