//! `fleet ps`: one row an agent, with all that tells of it; looks only.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::agent_text::{HEADING, cells};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::edge::report::table::{harmless, table};
use crate::ops::fleet::line::SessionState;
use crate::ops::fleet::ps::{FleetRows, fleet_ps};
use crate::ops::fleet::row::AgentRow;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic fleet ps
  mosaic fleet ps --watch
  mosaic fleet ps --peers
  mosaic fleet ps -H me@10.0.0.7
  mosaic fleet ps --json | \\
    jq -c '.agents[] | [.name, .flags]'

STATE is what the runtime itself tells: idle, busy, approval (Enter would allow something), wall
(it asks something else, and takes no message), gave-up, stopped, starting, unknown.
HEART is the age of the last heartbeat, judged: healthy, stale, dead; unknown without any.
FLAGS: drift (another program than the roster's runtime), boot-gap (would not come back after a
reboot), dead, stale, elsewhere (on another socket), doubled, failed, unmanaged (no roster knows it).";

/// Arguments of `fleet ps`.
#[derive(Debug, ClapArgs)]
pub(crate) struct PsArgs {
    /// Agents of the roster; without any, all of them, and sessions that no roster knows
    #[arg(value_name = "AGENT")]
    pub agents: Vec<String>,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
    /// Also show the agents of other hosts: each host is asked by ssh
    #[arg(long, conflicts_with = "agents")]
    pub peers: bool,
    /// Look again every SECONDS, until Ctrl-C; with --json one document a line
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "1",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub watch: Option<u64>,
}

/// `fleet ps`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct PsDocument {
    /// `mosaic.fleet.ps/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The roster.
    pub roster: String,
    /// The reason why systemd was not asked; null where it was.
    pub manager_problem: Option<String>,
    /// The agents of this host in the roster's order, then sessions that no roster knows, then, where they were
    /// asked for, agents of other hosts.
    pub agents: Vec<AgentRow>,
}

impl Command for PsArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("fleet.ps", schema_for!(PsDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let Some(seconds) = self.watch else {
            let rows = self.look(session)?;
            let exit = exit(&rows);
            for line in lines(&rows) {
                session.output.print(&line);
            }
            session.output.document(&self.document(session, rows));
            return Ok(exit);
        };
        loop {
            let rows = self.look(session)?;
            session.output.redraw(&lines(&rows));
            session.output.document_line(&self.document(session, rows));
            if session.output.has_reader_left()
                || session.context.wait(Duration::from_secs(seconds))
            {
                return Ok(Exit::Done);
            }
        }
    }
}

impl PsArgs {
    fn look(&self, session: &Session) -> Result<FleetRows, CommandError> {
        let rows = fleet_ps(
            &session.context,
            self.roster.named(),
            &self.agents,
            self.peers,
        )?;
        Ok(rows)
    }

    fn document(&self, session: &Session, rows: FleetRows) -> PsDocument {
        PsDocument {
            schema: schema_name("fleet ps"),
            home: session.home_text(),
            roster: self.roster.path(session).display().to_string(),
            manager_problem: rows.manager_problem,
            agents: rows.rows,
        }
    }
}

/// What could not be asked is unknown; what was seen is told, whatever it is.
fn exit(rows: &FleetRows) -> Exit {
    let is_unknown = |row: &AgentRow| row.session == SessionState::Unknown;
    let is_silent = rows.manager_problem.is_some() || !rows.silent_servers.is_empty();
    if is_silent || rows.rows.iter().any(is_unknown) {
        Exit::Unknown
    } else {
        Exit::Done
    }
}

/// The table, and below it what explains it.
pub(crate) fn lines(rows: &FleetRows) -> Vec<String> {
    let styled_cells = |row: &AgentRow| {
        let cells = cells(row).into_iter();
        cells.map(|cell| styled(cell.style, cell.text)).collect()
    };
    let cells: Vec<_> = rows.rows.iter().map(styled_cells).collect();
    let mut lines = table(&HEADING, &cells);
    if rows.rows.is_empty() {
        lines = vec!["The roster has no agents here.".to_owned()];
    }
    let reasons = rows.rows.iter().filter_map(|row| {
        let reason = row.reason.as_ref()?;
        Some(format!("{}: {reason}", harmless(&row.name)))
    });
    let problem = rows.manager_problem.iter().chain(&rows.silent_servers);
    let problem = problem.map(|why| format!("systemd was not asked: {why}"));
    lines.extend(
        reasons
            .chain(problem)
            .map(|text| styled(style::FAINT, text)),
    );
    lines
}
