//! `health`: one verdict on home and fleet, for engines that roll releases out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use semver::Version;
use serde::Serialize;

use crate::decide::fleet::heartbeat::Heartbeat;
use crate::effects::apply::chain;
use crate::model::generation::Pending;
use crate::model::runtime::RuntimeState;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::error::FleetError;
use crate::ops::fleet::health::in_picture;
use crate::ops::fleet::line::{Flag, SessionState};
use crate::ops::fleet::ps::FleetRows;
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::row::{AgentRow, RowFlag};
use crate::ops::fleet::view::FleetView;
use crate::ops::status::{Status, status, status_of};

/// Time between two looks while health is to hold.
const LOOK_EACH: Duration = Duration::from_secs(2);

/// What a verdict is asked for.
#[derive(Debug, Default)]
pub struct HealthRequest {
    /// The time for which all is to stay well.
    pub hold: Duration,
    /// The release that the home is to be of.
    pub release: Option<Version>,
    /// What was red or unknown before a change, which is not held against it.
    pub before: BTreeSet<Known>,
}

/// What a finding is about: it is the same one as long as this is the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// The kind of the finding.
    pub code: String,
    /// The agent, where it is about one.
    pub agent: Option<String>,
}

/// A verdict on a home and its fleet.
#[derive(Debug)]
pub struct Health {
    /// The verdict.
    pub verdict: Verdict,
    /// What there is to say, red first.
    pub findings: Vec<Finding>,
    /// The home's release.
    pub release: Option<Version>,
    /// The current generation.
    pub generation: u64,
    /// Whole seconds for which it was looked.
    pub held_seconds: u64,
}

/// A verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Something is not well.
    Red,
    /// Something could not be asked.
    Unknown,
    /// All is well.
    Green,
}

/// A finding, and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The verdict that follows; green for what is only to be known.
    pub verdict: Verdict,
    /// Kind of the finding; it stays the same from release to release.
    pub code: &'static str,
    /// The agent; null where it is about the home or the whole fleet.
    pub agent: Option<String>,
    /// The finding for people.
    pub message: String,
}

/// Looks at home and fleet, and again until `hold` is over; what is red ends it at once.
///
/// # Errors
///
/// Whatever keeps the home from being read, and [`Error::HoldInterrupted`]. A roster that cannot be read is a finding.
pub fn health(context: &Context, request: &HealthRequest) -> Result<Health, Error> {
    let began = Instant::now();
    let mut first = None;
    loop {
        let (status, rows) = look(context)?;
        let processes = rows.as_ref().map(processes_of).unwrap_or_default();
        let known = first.get_or_insert_with(|| processes.clone());
        let mut findings = of_home(&status, request.release.as_ref());
        match &rows {
            Ok(rows) => findings.extend(of_fleet(&status, rows)),
            Err(FleetError::NoRoster { .. }) => {}
            Err(error) => findings.push(red("roster", None, chain(error))),
        }
        findings.extend(begun_anew(known, &processes));
        for finding in &mut findings {
            excuse(finding, &request.before);
        }
        findings.sort_by_key(|finding| finding.verdict);
        let verdicts = findings.iter().map(|finding| finding.verdict);
        let verdict = verdicts.min().unwrap_or(Verdict::Green);
        let held = began.elapsed();
        let left = request.hold.saturating_sub(held);
        if verdict == Verdict::Red || left.is_zero() {
            return Ok(Health {
                verdict,
                findings,
                release: status.record.release.map(|release| release.version),
                generation: status.generation,
                held_seconds: held.as_secs(),
            });
        }
        if context.wait(left.min(LOOK_EACH)) {
            return Err(Error::HoldInterrupted {
                held: held.as_secs(),
                hold: request.hold.as_secs(),
            });
        }
    }
}

/// One look: home and fleet are judged by the same picture.
fn look(context: &Context) -> Result<(Status, Result<FleetRows, FleetError>), Error> {
    let roster = match read_roster(context, None) {
        Ok(roster) => roster,
        Err(error) => return Ok((status(context)?, Err(error))),
    };
    let view = FleetView::with_screens(context, &roster)?;
    let rows = FleetRows::all(&view, &roster);
    let home = match view.home {
        Some(home) => home,
        None => context.look_to_tell()?,
    };
    let units = in_picture(context, &home, &view.picture);
    Ok((status_of(home, units)?, Ok(rows)))
}

/// What the panes of living agents run.
fn processes_of(rows: &FleetRows) -> BTreeMap<String, u32> {
    let managed = rows.rows.iter().filter(|row| row.runtime.is_some());
    managed
        .filter_map(|row| Some((row.name.clone(), row.pane_pid?)))
        .collect()
}

/// Agents that run, and not as the process that they were at the first look.
fn begun_anew(before: &BTreeMap<String, u32>, now: &BTreeMap<String, u32>) -> Vec<Finding> {
    let is_another =
        |(name, pid): &(&String, &u32)| before.get(*name).is_some_and(|was| was != *pid);
    let anew = now.iter().filter(is_another);
    let finding = |(name, _): (&String, &u32)| {
        red(
            "restarted",
            Some(name),
            format!("{name} was started again meanwhile"),
        )
    };
    anew.map(finding).collect()
}

fn of_home(status: &Status, release: Option<&Version>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is = status
        .record
        .release
        .as_ref()
        .map(|release| &release.version);
    if let Some(wanted) = release.filter(|wanted| is != Some(*wanted)) {
        let is = is.map_or_else(|| "none".to_owned(), ToString::to_string);
        findings.push(red(
            "release",
            None,
            format!("the home's release is {is}, not {wanted}"),
        ));
    }
    if let Some(damage) = &status.damage {
        findings.push(red("damaged", None, chain(damage)));
    }
    if status.is_recovery_pending {
        let message = "an interrupted run waits to be finished";
        findings.push(red("recovery-pending", None, message.to_owned()));
    }
    let missing = &status.files.missing;
    if let Some(first) = missing.first() {
        let message = match missing.len() - 1 {
            0 => format!("{first} is missing"),
            more => format!("{first} and {more} more files of the release are missing"),
        };
        findings.push(red("missing-files", None, message));
    }
    if status.pending.contains(&Pending::ReloadUnits) {
        let message = "the user manager has not read the release's units yet";
        findings.push(of(
            Verdict::Unknown,
            "units-pending",
            None,
            message.to_owned(),
        ));
    }
    findings
}

fn of_fleet(status: &Status, rows: &FleetRows) -> Vec<Finding> {
    // Where no fleet is installed nobody has asked.
    let problem = status.units.manager_problem.iter();
    let problem = problem.map(|why| of(Verdict::Unknown, "manager", None, why.clone()));
    let silent = rows.silent_servers.iter();
    let silent = silent.map(|why| of(Verdict::Unknown, "server", None, why.clone()));
    let holder = &rows.holder;
    let is_dead = holder.flags.contains(&Flag::Dead) || holder.unit_state == "failed";
    let holder = is_dead.then(|| {
        let message = "the holder has no tmux server".to_owned();
        red("holder-dead", None, message)
    });
    let managed = rows.rows.iter().filter(|row| row.runtime.is_some());
    problem
        .chain(silent)
        .chain(holder)
        .chain(managed.flat_map(of_agent))
        .collect()
}

/// What an agent that should live is to be held to; one that the operator stopped is left out.
fn of_agent(row: &AgentRow) -> Vec<Finding> {
    let name = &row.name;
    let agent = Some(name);
    let unknown = (row.session == SessionState::Unknown).then(|| {
        let why = row
            .reason
            .clone()
            .unwrap_or_else(|| "it cannot be told".to_owned());
        of(Verdict::Unknown, "session", agent, format!("{name}: {why}"))
    });
    let lives = row.session == SessionState::Alive;
    let flags = row.flags.iter().filter_map(|flag| {
        let (code, what) = match flag {
            RowFlag::Dead if !lives => ("dead", "should live, and does not"),
            RowFlag::Dead => ("heartbeat", "lives, and its heart has stopped"),
            RowFlag::Failed => ("failed", "could not be started"),
            RowFlag::Doubled => ("doubled", "runs more than once"),
            RowFlag::Elsewhere => (
                "elsewhere",
                "lives on another socket than its env file says",
            ),
            RowFlag::Drift | RowFlag::BootGap | RowFlag::Stale | RowFlag::Unmanaged => return None,
        };
        Some(red(code, agent, format!("{name} {what}")))
    });
    let what = match row.state {
        RuntimeState::GaveUp => Some((Verdict::Red, "gave-up", "has given up on its provider")),
        RuntimeState::Stopped => Some((Verdict::Red, "stopped", "is stopped")),
        RuntimeState::Approval => Some((Verdict::Green, "approval", "waits for an approval")),
        RuntimeState::Wall => Some((Verdict::Green, "wall", "asks something before it goes on")),
        _ => None,
    };
    let state = what.filter(|_| lives);
    let state =
        state.map(|(verdict, code, what)| of(verdict, code, agent, format!("{name} {what}")));
    let stale = row.heartbeat == Heartbeat::Stale;
    let stale = stale.then(|| {
        of(
            Verdict::Green,
            "stale",
            agent,
            format!("{name} has not beaten lately"),
        )
    });
    flags.chain(unknown).chain(state).chain(stale).collect()
}

/// What was so before is not held against a change.
fn excuse(finding: &mut Finding, before: &BTreeSet<Known>) {
    let known = Known {
        code: finding.code.to_owned(),
        agent: finding.agent.clone(),
    };
    if finding.verdict != Verdict::Green && before.contains(&known) {
        finding.verdict = Verdict::Green;
        finding.message.push_str(", as before");
    }
}

fn red(code: &'static str, agent: Option<&String>, message: String) -> Finding {
    of(Verdict::Red, code, agent, message)
}

fn of(verdict: Verdict, code: &'static str, agent: Option<&String>, message: String) -> Finding {
    Finding {
        verdict,
        code,
        agent: agent.cloned(),
        message,
    }
}
