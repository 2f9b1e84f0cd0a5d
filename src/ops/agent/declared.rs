//! `agent roster` and `agent peers`: the agents that a roster declares, and how each is reached.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::fleet::order::named;
use crate::decide::fleet::peers::{destination, line};
use crate::effects::os::host;
use crate::model::fleet_name::SocketName;
use crate::model::roster::{Agent, Roster};
use crate::ops::context::Context;
use crate::ops::fleet::error::FleetError;
use crate::ops::fleet::roster::read_roster;

/// An agent as a roster declares it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeclaredAgent {
    /// The agent's tenant; the user's number where the roster names none.
    pub tenant_id: String,
    /// The host that the agent lives on; this one's name where the roster names none.
    pub host: String,
    /// Set where the agent lives on this host.
    pub is_here: bool,
    /// The agent's name.
    pub name: String,
    /// The agent's role; null where it has none.
    pub class: Option<String>,
    /// The agent's runtime.
    pub runtime: String,
    /// The model for its runtime; null where that chooses.
    pub model: Option<String>,
    /// The directory that it works in, as the roster writes it.
    pub working_directory: String,
    /// The tmux socket that its session lives on; null for the default one.
    pub socket: Option<String>,
    /// The destination for ssh to its host; null where the roster names none.
    pub ssh: Option<String>,
}

/// An agent that can be spoken to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Peer {
    /// The agent's tenant; the user's number where the roster names none.
    pub tenant_id: String,
    /// The host that the agent lives on; this one's name where the roster names none.
    pub host: String,
    /// The agent's name.
    pub name: String,
    /// The agent's role; null where it has none.
    pub class: Option<String>,
    /// The command line that says something to it.
    pub line: String,
}

/// The agents of a roster, in its order.
///
/// # Errors
///
/// Those of [`read_roster`].
pub fn declared(
    context: &Context,
    roster: Option<&Path>,
) -> Result<Vec<DeclaredAgent>, FleetError> {
    let roster = read_roster(context, roster)?;
    let agents = roster.agents.iter();
    Ok(agents.map(|agent| declared_agent(&roster, agent)).collect())
}

fn declared_agent(roster: &Roster, agent: &Agent) -> DeclaredAgent {
    DeclaredAgent {
        tenant_id: tenant(agent),
        host: home_of(agent),
        is_here: agent.is_here(),
        name: agent.name.to_string(),
        class: agent.class.clone(),
        runtime: agent.runtime.to_string(),
        model: agent.model_hint.clone(),
        working_directory: agent.working_directory.clone(),
        socket: roster.socket_of(agent).map(SocketName::to_string),
        ssh: agent.ssh.clone(),
    }
}

fn tenant(agent: &Agent) -> String {
    let own = || host::effective_uid().to_string();
    agent.tenant_id.clone().unwrap_or_else(own)
}

fn home_of(agent: &Agent) -> String {
    agent.host.clone().unwrap_or_else(host::host_name)
}

/// The agents that another one can speak to, in the roster's order; without an asker, all of them.
///
/// # Errors
///
/// Those of [`read_roster`], and [`FleetError::Name`] for an asker that the roster does not know.
pub fn peers(
    context: &Context,
    roster: Option<&Path>,
    asker: Option<&str>,
) -> Result<Vec<Peer>, FleetError> {
    let roster = read_roster(context, roster)?;
    let asker = asker.map(|name| named(&roster, name)).transpose()?;
    let own_host = host::host_name();
    let others = roster.agents.iter();
    let others = others.filter(|agent| asker.is_none_or(|asker| asker.name != agent.name));
    let peer = |agent: &Agent| Peer {
        tenant_id: tenant(agent),
        host: home_of(agent),
        name: agent.name.to_string(),
        class: agent.class.clone(),
        line: line(
            &roster,
            agent,
            destination(asker, agent, &own_host).as_deref(),
        ),
    };
    Ok(others.map(peer).collect())
}
