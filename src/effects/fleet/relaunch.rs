//! Restarts one running agent and waits until its session lives again.

use std::time::{Duration, Instant};

use crate::decide::fleet::install::env_path;
use crate::decide::fleet::keys::SOCKET;
use crate::decide::text::in_place::env_file::EnvFile;
use crate::effects::home::Home;
use crate::effects::os::disk::bounded::TEXT_MAX;
use crate::effects::os::systemd::{JOB_PATIENCE, Manager, ManagerError};
use crate::effects::os::tmux::{DEFAULT, Sockets};
use crate::model::tmux::Sessions;
use crate::model::unit::{UnitName, UnitState};

/// Time that a session may take to be there after systemd has called its unit started.
const SESSION_PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// Outcome of an agent's relaunch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Relaunched {
    /// The agent was restarted, and its session lives.
    Live,
    /// The agent did not run any more, so nothing was done.
    Stopped,
    /// The agent did not come back, and why.
    Lost(String),
}

/// Restarts an agent, if it runs.
pub(crate) fn relaunch(
    manager: &Manager,
    home: &Home,
    unit: &UnitName,
) -> Result<Relaunched, ManagerError> {
    if let Some(problem) = manager.try_restart(unit, JOB_PATIENCE)?.problem() {
        return Ok(Relaunched::Lost(problem));
    }
    if !manager
        .show(std::slice::from_ref(unit))?
        .iter()
        .any(UnitState::is_up)
    {
        return Ok(Relaunched::Stopped);
    }
    let agent = unit.instance().unwrap_or_default();
    let socket = socket_of(home, agent).unwrap_or_else(|| DEFAULT.to_owned());
    Ok(match await_session(&socket, agent) {
        Ok(()) => Relaunched::Live,
        Err(why) => Relaunched::Lost(why),
    })
}

/// The socket that an agent's unit is told, by its env file; nothing where that does not say.
pub(crate) fn socket_of(home: &Home, agent: &str) -> Option<String> {
    let content = home
        .root
        .read_at_most(env_path(agent)?.as_str(), TEXT_MAX)
        .ok()?;
    let named = EnvFile::parse(&String::from_utf8_lossy(&content))
        .ok()?
        .value(SOCKET)?
        .to_owned();
    Some(if named.is_empty() {
        DEFAULT.to_owned()
    } else {
        named
    })
}

/// tmux tells who lives, not systemd.
fn await_session(socket: &str, agent: &str) -> Result<(), String> {
    let sockets = Sockets::of_this_user();
    let deadline = Instant::now() + SESSION_PATIENCE;
    loop {
        let why = match sockets.sessions(socket) {
            Sessions::Known(sessions) if sessions.get(agent) == Some(&true) => return Ok(()),
            Sessions::Known(_) => {
                format!(
                    "systemd calls it active, and tmux has no living session {agent} on {socket}"
                )
            }
            Sessions::Unknown(why) => format!("whether its session lives cannot be told: {why}"),
        };
        if Instant::now() > deadline {
            return Err(why);
        }
        std::thread::sleep(PAUSE);
    }
}
