//! The runtimes of a fleet: whether each is there in a version that works, is set up in this `HOME`, knows its agents'
//! folders, and has the room that it takes. What a runtime asks at its start is a wall: no message gets past it.

mod program;
mod room;
mod setup;

use std::collections::BTreeMap;

use crate::decide::doctor::{CheckResult, quoted};
use crate::model::runtime::Runtime;

pub(crate) use program::{Found, Program};
pub(crate) use room::Room;
pub(crate) use setup::{Key, Setup};

/// What was looked at for the agents that start a runtime as Mosaic knows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuntimesFacts {
    /// What sessions find of each runtime.
    pub programs: BTreeMap<Runtime, Found>,
    /// The agents.
    pub agents: Vec<AgentFacts>,
    /// What each of the runtimes in use keeps in the user's home.
    pub setups: BTreeMap<Runtime, Setup>,
    /// The room that there is.
    pub room: Room,
    /// The user's home.
    pub user_home: String,
    /// The roster that an operator would edit.
    pub roster: String,
    /// True if agents run as root.
    pub is_root: bool,
}

/// An agent, as its unit starts it.
#[derive(Debug, Clone, Default)]
pub(crate) struct AgentFacts {
    /// The agent's name.
    pub name: String,
    /// The agent's runtime.
    pub runtime: Runtime,
    /// Its working directory, links followed; `None` where that is not there.
    pub folder: Option<String>,
    /// The git repository that the directory is in.
    pub repository: Option<String>,
    /// The env file.
    pub env_file: String,
    /// Variables of its environment that hold keys, by their names.
    pub keys: BTreeMap<String, Key>,
    /// True if its command switches approvals off.
    pub is_unasked: bool,
    /// True if it lives.
    pub is_alive: bool,
    /// True if it is to come with the next start of the fleet.
    pub is_enabled: bool,
}

/// Judges them.
pub(crate) fn judge(facts: &RuntimesFacts) -> CheckResult {
    if facts.agents.is_empty() {
        return CheckResult::new("none in use");
    }
    let mut checked = CheckResult::new(summary(facts));
    for (runtime, found) in &facts.programs {
        program::judge(runtime, found, &mut checked);
    }
    setup::judge(facts, &mut checked);
    room::judge(facts, &mut checked);
    checked
}

/// The runtimes in use, with their versions where these are known.
fn summary(facts: &RuntimesFacts) -> String {
    let shown = facts.programs.iter().map(|(runtime, found)| match found {
        Found::There(Program {
            version: Some(version),
            ..
        }) => format!("{runtime} {version}"),
        _ => runtime.to_string(),
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Starts a runtime in a folder, so that a person answers what it asks.
fn start_in(folder: &str, runtime: &Runtime) -> String {
    format!("(cd {} && {runtime})", quoted(folder))
}

/// Names of agents, in words.
fn names(agents: &[&AgentFacts]) -> String {
    let names: Vec<_> = agents.iter().map(|agent| agent.name.clone()).collect();
    crate::decide::doctor::some(&names)
}
