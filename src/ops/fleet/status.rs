//! `fleet status`: the roster's agents, and what systemd and tmux say of them; nothing is changed.

use std::path::Path;

use crate::decide::fleet::order::{Chosen, chosen};
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::line::{AgentLine, UnitLine};
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::view::FleetView;

/// The state of a fleet.
#[derive(Debug)]
pub struct FleetStatus {
    /// The reason why systemd was not asked; `None` where it was.
    pub manager_problem: Option<String>,
    /// The unit of the holder, which owns the fleet's tmux server.
    pub holder: UnitLine,
    /// The chosen agents of this host, in the roster's order.
    pub agents: Vec<AgentLine>,
}

impl FleetStatus {
    /// Every line, the holder's first.
    pub fn lines(&self) -> impl Iterator<Item = &UnitLine> {
        let agents = self.agents.iter().map(|agent| &agent.unit);
        std::iter::once(&self.holder).chain(agents)
    }
}

/// Looks at agents of a roster; without names, at all of this host.
///
/// # Errors
///
/// [`Error::Fleet`] for a wrong roster or name, and whatever keeps the home from being read. What systemd or tmux do not
/// say is unknown, and no error.
pub fn fleet_status(
    context: &Context,
    roster: Option<&Path>,
    agents: &[String],
) -> Result<FleetStatus, Error> {
    let roster = read_roster(context, roster)?;
    let (Chosen::Fleet(names) | Chosen::Agents(names)) = chosen(&roster, agents)?;
    let agents = roster.agents_here();
    let agents: Vec<_> = agents.filter(|agent| names.contains(&agent.name)).collect();
    let view = FleetView::make(context, &roster)?;
    Ok(FleetStatus {
        manager_problem: view.manager_problem(),
        holder: view.holder(&roster),
        agents: agents
            .iter()
            .map(|agent| view.agent(&roster, agent))
            .collect(),
    })
}
