//! `agent beat`: writes a heartbeat. It takes no lock and reads no record, for it is called often.

use std::path::Path;

use clap::ValueEnum;

use crate::decide::fleet::heartbeat::written;
use crate::decide::fleet::order::named;
use crate::effects::fleet::conversation;
use crate::effects::os::disk::Root;
use crate::effects::os::host;
use crate::model::fleet_paths::RUN;
use crate::model::fleet_units::Missing;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::error::FleetError;
use crate::ops::fleet::roster::read_roster;

/// A state that an agent says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BeatState {
    /// It waits for a message.
    Idle,
    /// It works on one.
    Busy,
    /// It waits for something else.
    Blocked,
}

impl BeatState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Busy => "busy",
            Self::Blocked => "blocked",
        }
    }
}

/// A beat that is to be written.
#[derive(Debug, Clone)]
pub struct BeatRequest {
    /// The agent's name.
    pub name: String,
    /// The state that the agent is in.
    pub state: BeatState,
    /// Seconds until the next beat at the latest.
    pub interval: u32,
    /// The agent's process; without one, whoever runs this program.
    pub pid: Option<u32>,
}

/// Writes a beat, in the place of the one before. Returns its path in the home.
///
/// # Errors
///
/// [`Error::Fleet`] for a wrong roster or name, and where no fleet is installed; [`Error::Disk`] where it could not be
/// written: then the one before is still there.
pub fn beat(
    context: &Context,
    roster: Option<&Path>,
    request: &BeatRequest,
) -> Result<String, Error> {
    let declared = read_roster(context, roster)?;
    let name = &named(&declared, &request.name)
        .map_err(FleetError::from)?
        .name;
    let run = Root::open(&context.home.join(RUN));
    let run = run.map_err(|error| {
        if error.is_absent() {
            let what = "the folder of heartbeats".to_owned();
            let missing = Missing {
                what,
                can_be_installed: true,
                roster: String::new(),
            };
            let roster = roster.map(Path::to_owned);
            return FleetError::NotInstalled { missing, roster }.into();
        }
        Error::from(error)
    })?;
    let pid = request.pid.unwrap_or_else(host::parent_pid);
    let text = written(
        name.as_str(),
        pid,
        host::now(),
        request.interval,
        request.state.as_str(),
    );
    let file = format!("{name}.hb");
    conversation::replace(&run, &file, &text)?;
    Ok(format!("{RUN}/{file}"))
}
