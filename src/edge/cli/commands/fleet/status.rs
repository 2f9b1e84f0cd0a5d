//! `fleet status`: the roster's agents, what systemd and tmux say of them; looks only.

use clap::Args as ClapArgs;
use jiff::Timestamp;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::edge::report::table::{span, table};
use crate::effects::os::host;
use crate::model::fleet_units::Missing;
use crate::ops::fleet::line::{AgentLine, Flag, SessionState, UnitLine, WayBack};
use crate::ops::fleet::status::{FleetStatus, fleet_status};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic fleet status
  mosaic fleet status coder0 --json

A unit that is active and whose session is gone: mosaic fleet restart NAME brings it back.";

/// Arguments of `fleet status`.
#[derive(Debug, ClapArgs)]
pub(crate) struct FleetStatusArgs {
    /// Agents of the roster; without any, all of them
    #[arg(value_name = "AGENT")]
    pub agents: Vec<String>,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

/// `fleet status`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct FleetDocument {
    /// `mosaic.fleet.status/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The roster.
    pub roster: String,
    /// The reason why systemd was not asked; null where it was.
    pub manager_problem: Option<String>,
    /// The unit of the holder, which owns the fleet's tmux server.
    pub holder: UnitLine,
    /// The agents of this host, in the roster's order.
    pub agents: Vec<AgentLine>,
}

/// The heading of each column.
const HEADING: [&str; 8] = [
    "NAME", "RUNTIME", "UNIT", "BOOT", "SESSION", "SINCE", "PID", "WHY",
];

/// The holder's unit, for people.
const HOLDER: &str = "the holder";

impl Command for FleetStatusArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("fleet.status", schema_for!(FleetDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let status = fleet_status(&session.context, self.roster.named(), &self.agents)?;
        let exit = exit(&status);
        let document = FleetDocument {
            schema: schema_name("fleet status"),
            home: session.home_text(),
            roster: self.roster.path(session).display().to_string(),
            manager_problem: status.manager_problem,
            holder: status.holder,
            agents: status.agents,
        };
        print(session, &document, &self.roster.flag());
        session.output.document(&document);
        Ok(exit)
    }
}

/// An agent that should live and does not needs a person; of what could not be asked, nothing is known.
fn exit(status: &FleetStatus) -> Exit {
    let needs_person = |line: &UnitLine| {
        let mut flags = line.flags.iter();
        flags.any(|flag| *flag != Flag::BootGap) || line.unit_state == "failed"
    };
    let is_unknown = |line: &UnitLine| line.session == SessionState::Unknown;
    if status.lines().any(needs_person) {
        Exit::NeedsPerson
    } else if status.manager_problem.is_some() || status.lines().any(is_unknown) {
        Exit::Unknown
    } else {
        Exit::Done
    }
}

/// Prints the fleet. `roster` is the flag that a command needs to be about the same roster.
fn print(session: &Session, document: &FleetDocument, roster: &str) {
    let output = session.output;
    let heading = format!("mosaic fleet  {}", document.roster);
    output.info(&styled(style::STRONG, heading));
    if let Some(why) = &document.manager_problem {
        output.warn(&format!("  systemd was not asked: {why}"));
    }
    let agents = document.agents.iter();
    let agents = agents.map(|agent| (agent.name.as_str(), agent.runtime.as_str(), &agent.unit));
    let lines: Vec<_> = [(HOLDER, "", &document.holder)]
        .into_iter()
        .chain(agents)
        .collect();
    let rows = lines.iter().map(|(name, runtime, line)| {
        let alarms = alarms(session, name, line, roster);
        cells(name, runtime, line, alarms)
    });
    let table = table(&HEADING, &rows.collect::<Vec<_>>());
    // Below each line stands why it is as it is.
    output.info(&format!("  {}", table[0]));
    for ((_, _, line), row) in lines.iter().zip(&table[1..]) {
        output.info(&format!("  {row}"));
        for reason in reasons(line) {
            output.info(&styled(style::FAINT, format!("    {reason}")));
        }
    }
}

/// The cells of a unit's line.
fn cells(name: &str, runtime: &str, line: &UnitLine, alarms: String) -> Vec<String> {
    let enabled = match line.enabled {
        Some(true) => "enabled",
        Some(false) => "not enabled",
        None => "",
    };
    let life = match line.session {
        SessionState::Alive => "session alive",
        SessionState::Dead => "session dead",
        SessionState::Gone => "no session",
        SessionState::Unknown => "session unknown",
    };
    let since = line.since.as_ref().and_then(|since| since.parse().ok());
    vec![
        name.to_owned(),
        runtime.to_owned(),
        styled(style::CHANGES, &line.unit_state),
        enabled.to_owned(),
        life.to_owned(),
        since.map(ago).unwrap_or_default(),
        line.pane_pid.map(|pid| pid.to_string()).unwrap_or_default(),
        alarms,
    ]
}

/// The time since a moment, in its largest unit.
fn ago(moment: Timestamp) -> String {
    let seconds = host::now().duration_since(moment).as_secs();
    span(u64::try_from(seconds).unwrap_or_default())
}

/// Why a unit is stale, or its session is not as one would think.
fn reasons(line: &UnitLine) -> impl Iterator<Item = String> {
    let whereabouts = line.whereabouts.as_ref();
    let reason = whereabouts.and_then(|at| at.reason.clone());
    let stale = line.stale.as_ref().map(|reason| format!("stale: {reason}"));
    reason.into_iter().chain(stale)
}

fn alarms(session: &Session, name: &str, line: &UnitLine, roster: &str) -> String {
    let flags = line.flags.iter();
    let flags = flags.map(|flag| flag_text(session, *flag, &line.way_back, name, roster));
    let flags: Vec<_> = flags.collect();
    if flags.is_empty() {
        String::new()
    } else {
        styled(style::ALARM, flags.join("  "))
    }
}

/// An alarm, with the command that ends it where there is one.
fn flag_text(
    session: &Session,
    flag: Flag,
    way_back: &WayBack,
    name: &str,
    roster: &str,
) -> String {
    let agent = if name == HOLDER || way_back.is_of_fleet {
        String::new()
    } else {
        format!(" {name}")
    };
    let missing = way_back.missing.as_ref();
    let restart = format!("fleet restart{agent}");
    let restart = Missing::before(missing, &restart, roster, &session.flags);
    match flag {
        Flag::BootGap => "boot gap: would not come back after a reboot".to_owned(),
        Flag::Dead => {
            let rename = way_back.rename.iter();
            let rename: String = rename.map(|command| format!("{command} && ")).collect();
            format!("dead: {rename}{restart} brings it back")
        }
        Flag::Elsewhere => {
            format!("on another socket than its env file says: {restart} moves the fleet there")
        }
        Flag::Doubled => format!("runs more than once: {restart} leaves one"),
    }
}
