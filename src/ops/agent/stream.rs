//! `agent stream`: the output of an agent's pane as it comes, byte for byte, for one reader or many.

use std::path::Path;

use crate::effects::fleet::stream::hub::Hub;
use crate::effects::fleet::stream::reader::{Ended, Unread, read};
use crate::ops::agent::screen::AgentPane;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::error::FleetError;

/// Gives what an agent's pane puts out from now on to `take`, which says whether it wants more, until the pane ends or the
/// user asks to stop. Nothing is typed, and nothing resized.
///
/// # Errors
///
/// As with [`AgentPane::find`]; [`FleetError::Piped`] where tmux's one pipe of the pane is somebody else's, and
/// [`FleetError::NotStreamed`] where there is none, or where it was cut off.
pub fn stream(
    context: &Context,
    roster: Option<&Path>,
    agent: &str,
    take: impl FnMut(&[u8]) -> bool,
) -> Result<(), Error> {
    let pane = AgentPane::find(context, roster, agent)?;
    let keyboard = pane.keyboard();
    let agent = agent.to_owned();
    let not = |agent, why: &str| FleetError::NotStreamed {
        agent,
        why: why.to_owned(),
    };
    let error = match read(&keyboard, &context.interrupt, take) {
        Ok(Ended::Cut | Ended::BeforeItBegan) => not(
            agent,
            "it was cut off: what read it was too slow, or its hub was ended",
        ),
        Ok(Ended::WithThePane | Ended::ByTheReader) => return Ok(()),
        Err(Unread::Taken) => FleetError::Piped {
            agent,
            server: keyboard.server.to_owned(),
            pane: keyboard.pane.to_owned(),
        },
        Err(Unread::NoHub) => not(agent, "what hands its output on did not come up"),
        Err(Unread::NoPlace) => not(agent, "XDG_RUNTIME_DIR leads nowhere"),
        Err(Unread::Gone) => not(agent, "its pane has just ended"),
        Err(Unread::Silent(silence)) => not(agent, &silence.to_string()),
    };
    Err(error.into())
}

/// Hands what tmux pipes into stdin on to all who read at a socket, and ends with the last of them.
///
/// # Errors
///
/// [`FleetError::NotStreamed`] where nobody can come there.
pub fn serve(context: &Context, socket: &Path, server: &Path, pane: &str) -> Result<(), Error> {
    let hub = Hub {
        socket,
        server,
        pane,
    };
    hub.serve(&context.interrupt).map_err(|error| {
        let error = FleetError::NotStreamed {
            agent: pane.to_owned(),
            why: error.to_string(),
        };
        error.into()
    })
}
