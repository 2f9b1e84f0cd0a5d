//! `fleet verify`: the exact sessions on the socket that the roster names. Units are not believed: `active (exited)` says
//! only that one ran.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::fleet::order::{Chosen, chosen};
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::line::{Flag, SessionState, UnitLine};
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::view::FleetView;

/// What was found of a fleet's sessions, the holder's first.
#[derive(Debug)]
pub struct Verified {
    /// Each session that the roster asks for.
    pub sessions: Vec<SessionCheck>,
}

/// A session that the roster asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SessionCheck {
    /// The agent's tenant; the user's number where the roster names none.
    pub tenant_id: String,
    /// The name of this host.
    pub host: String,
    /// The agent that the session is of; null for the holder's.
    pub agent: Option<String>,
    /// The exact name of the session.
    pub session: String,
    /// The tmux socket that it is to be on; null for the default one.
    pub socket: Option<String>,
    /// What was found.
    pub outcome: SessionOutcome,
    /// The reason of what is not as it should be; null where there is none beside the outcome.
    pub reason: Option<String>,
}

/// What was found in a session's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionOutcome {
    /// The session is there, and a process runs in it.
    There,
    /// No such session is there.
    Missing,
    /// The session is there, and its process has ended.
    Dead,
    /// What runs is in a session of another name, or on another socket.
    Elsewhere,
    /// It is there more than once.
    Doubled,
    /// It could not be asked.
    Unknown,
}

impl SessionOutcome {
    /// The outcome as documents and people name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::Missing => "missing",
            Self::Dead => "dead",
            Self::Elsewhere => "elsewhere",
            Self::Doubled => "doubled",
            Self::Unknown => "unknown",
        }
    }
}

/// Asks for the holder's session and those of agents of a roster; without names, of all of this host.
///
/// # Errors
///
/// As with [`fleet_status`](super::status::fleet_status).
pub fn fleet_verify(
    context: &Context,
    roster: Option<&Path>,
    agents: &[String],
) -> Result<Verified, Error> {
    let roster = read_roster(context, roster)?;
    let (Chosen::Fleet(names) | Chosen::Agents(names)) = chosen(&roster, agents)?;
    let view = FleetView::make(context, &roster)?;
    let here = roster.agents_here();
    let here = here.filter(|agent| names.contains(&agent.name));
    let lines = here.map(|agent| {
        let line = view.agent(&roster, agent);
        SessionCheck {
            agent: Some(line.name.clone()),
            tenant_id: line.tenant_id.clone(),
            ..check(&view, &line.name, &line.unit)
        }
    });
    let holder = check(&view, roster.holder_session.as_str(), &view.holder(&roster));
    Ok(Verified {
        sessions: [holder].into_iter().chain(lines).collect(),
    })
}

fn check(view: &FleetView, session: &str, line: &UnitLine) -> SessionCheck {
    let is_astray = view.is_astray(session);
    let outcome = match line.session {
        SessionState::Unknown => SessionOutcome::Unknown,
        SessionState::Gone => SessionOutcome::Missing,
        SessionState::Dead => SessionOutcome::Dead,
        SessionState::Alive if line.flags.contains(&Flag::Doubled) => SessionOutcome::Doubled,
        SessionState::Alive if is_astray || line.flags.contains(&Flag::Elsewhere) => {
            SessionOutcome::Elsewhere
        }
        SessionState::Alive => SessionOutcome::There,
    };
    let reason = line
        .whereabouts
        .as_ref()
        .and_then(|place| place.reason.clone());
    SessionCheck {
        tenant_id: FleetView::own_tenant(),
        host: FleetView::host(),
        agent: None,
        session: session.to_owned(),
        socket: line.socket.clone(),
        outcome,
        reason,
    }
}
