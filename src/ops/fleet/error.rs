//! The errors of operations on a fleet.

use std::path::PathBuf;

use crate::decide::fleet::install::InstallFault;
use crate::decide::fleet::membership::MembershipFault;
use crate::decide::fleet::order::WrongName;
use crate::effects::fleet::handover::HandoverError;
use crate::effects::fleet::install::LookError;
use crate::effects::os::systemd::ManagerError;
use crate::model::fleet_units::Missing;
use crate::model::place::TextFault;

/// The failure of an operation on a fleet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FleetError {
    /// The roster is wrong.
    #[error(transparent)]
    Roster(TextFault),
    /// There is no roster.
    #[error("there is no roster {}", path.display())]
    NoRoster {
        /// The path of the roster.
        path: PathBuf,
        /// Set where the roster was named.
        is_named: bool,
        /// Set where there is a home that it could be in.
        has_home: bool,
    },
    /// The roster cannot be read.
    #[error("cannot read the roster {}", path.display())]
    Unread {
        /// The roster.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: std::io::Error,
    },
    /// No preset has that name.
    #[error("there is no preset {name:?}")]
    NoPreset {
        /// The name that was asked for.
        name: String,
        /// The preset that is most like it.
        meant: Option<String>,
        /// The names of the presets that there are.
        known: Vec<String>,
    },
    /// A roster is there already.
    #[error("{0} is there already")]
    RosterThere(String),
    /// A directory, a link or another special file is in the roster's place.
    #[error("{0} is not a regular file")]
    NotAFile(String),
    /// A roster that lies behind a link to a directory is the operator's alone.
    #[error("{path} lies behind the link {link}, which is not followed")]
    Behind {
        /// The roster.
        path: String,
        /// The link.
        link: String,
    },
    /// The roster cannot have that agent.
    #[error(transparent)]
    Membership(MembershipFault),
    /// Nobody can tell whether an agent lives that is to leave.
    #[error("whether {agent} lives cannot be told: {why}")]
    Unseen {
        /// The agent.
        agent: String,
        /// The reason.
        why: String,
    },
    /// Another host does not answer, or cannot.
    #[error("{host} did not carry it out: {why}")]
    Unreached {
        /// The destination for ssh.
        host: String,
        /// The reason.
        why: String,
    },
    /// An agent that is to leave goes on.
    #[error("{agent} could not be stopped: {words}")]
    NotEnded {
        /// The agent.
        agent: String,
        /// The reason.
        words: String,
    },
    /// A name that means no agent here.
    #[error(transparent)]
    Name(#[from] WrongName),
    /// Nothing may be installed.
    #[error(transparent)]
    Install(#[from] InstallFault),
    /// There is nothing to install from, or no place for it.
    #[error(transparent)]
    Look(#[from] LookError),
    /// The user manager is not there, or said no.
    #[error(transparent)]
    Manager(#[from] ManagerError),
    /// What a start needs is not in place.
    #[error("{} is not installed", missing.what)]
    NotInstalled {
        /// What it is.
        missing: Missing,
        /// The roster that was named; `None` for the home's own.
        roster: Option<PathBuf>,
    },
    /// A program that units need is nowhere where the user manager looks.
    #[error("the user manager finds no {program} on its PATH ({path})")]
    NoProgram {
        /// The program.
        program: &'static str,
        /// The manager's `PATH`.
        path: String,
    },
    /// An agent is to live on another socket than the holder that runs has.
    #[error(
        "{agent} is to live on the socket {socket}, and the holder's tmux server runs on {lives_on}"
    )]
    OtherHolder {
        /// The agent.
        agent: String,
        /// The socket that its env file names.
        socket: String,
        /// The name of the holder's socket.
        lives_on: String,
        /// What a restart of the whole fleet would be refused for.
        missing: Option<Box<Missing>>,
        /// The roster that was named; `None` for the home's own.
        roster: Option<PathBuf>,
    },
    /// An agent would not come back.
    #[error("{agent} would not come back: {fault}")]
    NotReady {
        /// The agent.
        agent: String,
        /// What its start needs.
        fault: String,
    },
    /// An agent lives, and systemd would not start it again.
    #[error("{agent} would not come back: {fault}")]
    NoUnit {
        /// The agent.
        agent: String,
        /// What systemd has against a unit.
        fault: String,
    },
    /// An agent has no pane that could be looked at.
    #[error("{agent} cannot be looked at: {why}")]
    NoPane {
        /// The agent.
        agent: String,
        /// Why it has none.
        why: String,
    },
    /// tmux's one pipe of an agent's pane is somebody else's.
    #[error("the output of {agent} goes to another program already, and tmux has one pipe for it")]
    Piped {
        /// The agent.
        agent: String,
        /// Path of the socket of its tmux server.
        server: PathBuf,
        /// tmux's id of its pane.
        pane: String,
    },
    /// What an agent puts out cannot be passed on.
    #[error("what {agent} puts out cannot be passed on: {why}")]
    NotStreamed {
        /// The agent.
        agent: String,
        /// Why not.
        why: String,
    },
    /// The command would end the session that it was typed in, and could not be handed over.
    #[error(
        "it was typed in a session that it would end, and the user manager did not take it over: {0}"
    )]
    Handover(#[source] HandoverError),
    /// The manager does not know the units of this home.
    #[error("the user manager reads no units in {}", .0.display())]
    Unreads(PathBuf),
    /// The active units are another home's.
    #[error("{} is the unit of another home: {home}", unit.display())]
    AnotherHome {
        /// The unit.
        unit: PathBuf,
        /// The home that it belongs to.
        home: String,
    },
}

impl From<MembershipFault> for FleetError {
    fn from(fault: MembershipFault) -> Self {
        match fault {
            MembershipFault::Roster(fault) => Self::Roster(fault),
            MembershipFault::Name(wrong) => Self::Name(wrong),
            fault => Self::Membership(fault),
        }
    }
}
