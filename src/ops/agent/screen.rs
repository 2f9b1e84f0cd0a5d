//! The screen of one agent, by its exact name: looked at, never touched.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::decide::fleet::order::chosen;
use crate::decide::fleet::picture::Whereabouts;
use crate::decide::fleet::runtimes::of_process;
use crate::effects::fleet::{session, signs};
use crate::effects::os::process;
use crate::effects::os::tmux::panes;
use crate::effects::os::tmux::typing::Keyboard;
use crate::model::fleet_name::{SessionName, SocketName};
use crate::model::process::Process;
use crate::model::tmux::Captured;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::error::FleetError;
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::view::FleetView;

/// The pane that an agent lives in.
#[derive(Debug, Clone)]
pub struct AgentPane {
    agent: String,
    server: PathBuf,
    server_pid: u32,
    id: String,
    pid: u32,
    program: Option<Process>,
    command_reader: Option<Process>,
}

impl AgentPane {
    /// Finds the pane of an agent of a roster.
    ///
    /// # Errors
    ///
    /// [`FleetError`] for a wrong roster or name, and where the agent lives nowhere, more than once, or where it cannot be
    /// reached.
    pub fn find(context: &Context, roster: Option<&Path>, agent: &str) -> Result<Self, Error> {
        let roster = read_roster(context, roster)?;
        chosen(&roster, &[agent.to_owned()])?;
        Self::of(&FleetView::make(context, &roster)?, agent)
    }

    /// The pane of an agent in a fleet that was looked at already.
    pub(crate) fn of(view: &FleetView, agent: &str) -> Result<Self, Error> {
        let none = |why: &str| {
            Error::from(FleetError::NoPane {
                agent: agent.to_owned(),
                why: why.to_owned(),
            })
        };
        let lives = match view.picture.whereabouts(agent) {
            Whereabouts::Lives(lives) => lives,
            Whereabouts::Dead => {
                return Err(none("its session is there, and its process has ended"));
            }
            Whereabouts::Gone => return Err(none("it has no session")),
            Whereabouts::Unknown(why) => return Err(none(&why)),
        };
        let [life] = lives.as_slice() else {
            return Err(none("it runs more than once"));
        };
        let pane = life
            .pane
            .as_ref()
            .and_then(|pane| Some((&pane.id, pane.pid?)));
        match (&life.reach, life.server, pane) {
            (Some(server), Some(server_pid), Some((id, pid))) => Ok(Self {
                agent: agent.to_owned(),
                server: server.clone(),
                server_pid,
                id: id.clone(),
                pid,
                program: view.program(pid).cloned(),
                command_reader: view.command_reader(pid).cloned(),
            }),
            _ => Err(none("its tmux server cannot be reached")),
        }
    }

    /// Finds the first pane of a session by its exact name, whoever declares it; without a socket, on the default one.
    ///
    /// # Errors
    ///
    /// [`FleetError::NoPane`] where there is none that lives.
    pub fn of_session(socket: Option<&SocketName>, name: &SessionName) -> Result<Self, Error> {
        let none = |why| FleetError::NoPane {
            agent: name.to_string(),
            why,
        };
        let found = session::find(socket, name).map_err(none)?;
        let Some(pid) = found.pane.pid.filter(|_| !found.pane.is_dead) else {
            let why = "its session is there, and its process has ended";
            return Err(none(why.to_owned()).into());
        };
        let is_runtime = |process: &Process| of_process(&process.name).is_some();
        Ok(Self {
            agent: name.to_string(),
            server: found.server,
            server_pid: found.server_pid,
            id: found.pane.id,
            pid,
            program: signs::program_of(&found.processes, pid, is_runtime).cloned(),
            command_reader: signs::command_reader(&found.processes, pid).cloned(),
        })
    }

    /// The name of its session.
    pub(crate) fn session(&self) -> &str {
        &self.agent
    }

    /// Path by which its server answers.
    pub(crate) fn server(&self) -> &Path {
        &self.server
    }

    /// The way to type into it.
    pub(crate) fn keyboard(&self) -> Keyboard<'_> {
        Keyboard {
            server: &self.server,
            server_pid: self.server_pid,
            pane: &self.id,
            pane_pid: self.pid,
        }
    }

    /// The program that it runs, looked at through its shell.
    pub(crate) fn program(&self) -> Option<&Process> {
        self.program.as_ref()
    }

    /// What in it may run a text as commands.
    pub(crate) fn command_reader(&self) -> Option<&Process> {
        self.command_reader.as_ref()
    }

    /// Its text: the screen, and so many lines above it.
    ///
    /// # Errors
    ///
    /// [`FleetError::NoPane`] where it has ended meanwhile, or the server does not tell.
    pub fn text(&self, history: usize) -> Result<Captured, Error> {
        let captured = panes::capture(&self.server, &self.id, history);
        captured.map_err(|silence| {
            let error = FleetError::NoPane {
                agent: self.agent.clone(),
                why: silence.to_string(),
            };
            error.into()
        })
    }

    /// Becomes a client of tmux that shows it, and types what is typed here. Returns only if that cannot be.
    pub fn attach(&self) -> Error {
        let server = self.server.as_os_str();
        let [utf8, socket, attach, target] = ["-u", "-S", "attach-session", "-t"].map(OsStr::new);
        let words = [utf8, socket, server, attach, target, OsStr::new(&self.id)];
        // A client within a client is what was asked for: the agent's server is another than the one around.
        let error = process::become_program("tmux", &words, &[], &["TMUX"]);
        FleetError::NoPane {
            agent: self.agent.clone(),
            why: format!("tmux does not run: {error}"),
        }
        .into()
    }
}
