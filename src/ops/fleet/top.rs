//! `fleet top`: the rows of a fleet, and the screen of one of its agents, in one picture.

use std::path::Path;

use crate::model::tmux::Captured;
use crate::ops::agent::screen::AgentPane;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::ps::FleetRows;
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::view::FleetView;

/// A look at a fleet.
#[derive(Debug)]
pub struct FleetLook {
    /// The rows, as `fleet ps` has them.
    pub rows: FleetRows,
    /// The agent whose screen was asked for, and that or the reason why it cannot be read.
    pub screen: Option<(String, Result<Captured, String>)>,
}

/// Looks at a whole fleet, and at the screen of an agent.
///
/// # Errors
///
/// As with [`fleet_ps`](super::ps::fleet_ps). A screen that cannot be read is none.
pub fn fleet_look(
    context: &Context,
    roster: Option<&Path>,
    screen_of: Option<&str>,
) -> Result<FleetLook, Error> {
    let roster = read_roster(context, roster)?;
    let view = FleetView::with_screens(context, &roster)?;
    let screen = screen_of.map(|agent| {
        let text = AgentPane::of(&view, agent).and_then(|pane| pane.text(0));
        (agent.to_owned(), text.map_err(|error| error.to_string()))
    });
    Ok(FleetLook {
        rows: FleetRows::all(&view, &roster),
        screen,
    })
}
