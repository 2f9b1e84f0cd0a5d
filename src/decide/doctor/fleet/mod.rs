//! The units of an installed fleet: whether they come back, are what their files say, and do what they are for.

use std::collections::BTreeMap;

use crate::decide::doctor::{CheckResult, quoted, server, some};
use crate::decide::fleet::picture::SharedDaemon;
use crate::decide::fleet::units::{AGENT, OURS};
use crate::model::fleet_units::Missing;
use crate::model::unit::UnitState;

mod missing;
mod needs;
mod sight;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use missing::AllMissing;
pub(crate) use needs::Needs;

/// Facts of an installed fleet.
#[derive(Debug, Clone)]
pub(crate) struct FleetFacts {
    /// The flag that commands need to be about this home, with a blank before it; or empty.
    pub at: String,
    /// The place that the home was at before, if its units are still for that.
    pub former: Option<String>,
    /// What starts would be refused for.
    pub missing: AllMissing,
    /// The unit that owns the tmux server.
    pub holder: UnitState,
    /// The agents that are loaded, enabled or declared.
    pub agents: Vec<UnitState>,
    /// Every declared agent, with what commands need to be about its roster; `None` where a roster cannot be read.
    pub declared: Option<BTreeMap<String, String>>,
    /// The tmux server; `None` where it cannot be named which one is meant.
    pub server: Option<server::ServerFacts>,
    /// Words of systemd against unit files, ours and others.
    pub said: Vec<String>,
    /// Where each agent is that runs, or that its unit is active for.
    pub agents_seen: BTreeMap<String, Sight>,
    /// Agents that are up or to be, without the env file that their start needs.
    pub without_env: Vec<String>,
    /// Daemons of codex's that several agents use.
    pub shared_daemons: Vec<SharedDaemon>,
}

/// Where an agent is, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It lives, on a socket of this name, where that can be told.
    Lives {
        /// Set where that is not the socket that its unit is told.
        elsewhere: Option<String>,
    },
    /// It lives more than once.
    Doubled,
    /// Its session is dead, or not there.
    Gone {
        /// True if it is to live on another socket than the holder that runs has: only the whole fleet moves there.
        moves: bool,
    },
    /// It lives nowhere, and somebody else's session has its name.
    Taken {
        /// The command that gives the name free.
        rename: String,
    },
    /// It lives nowhere, though it is enabled and nobody stopped it: it was not started.
    LeftOut,
    /// That cannot be told, and why.
    Unknown(String),
}

/// The reason why the fleet was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// No unit of this home is where systemd reads units.
    NotInstalled {
        /// The agents that live all the same.
        alive: Vec<String>,
        /// False if the home has not all that an install needs.
        can_be: bool,
    },
    /// Nobody can be asked; the checks of the user manager say why.
    NoManager,
    /// The manager knows other units by the same names.
    ReadsElsewhere,
}

/// The remedy for a failed unit.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Remedy<'a> {
    /// Start it again, by the roster that this flag names.
    Start(&'a str),
    /// Nobody wants it.
    Forget,
    /// Look at it: nobody can be named who wants it.
    Look,
}

/// Judges it. `needs` is what the fleet needs and has not, whether it is installed or not.
pub(crate) fn judge(looked: &Result<FleetFacts, Unseen>, needs: &Needs) -> CheckResult {
    let mut checked = judge_units(looked, &needs.at);
    needs::judge(needs, &mut checked);
    checked
}

fn judge_units(looked: &Result<FleetFacts, Unseen>, at: &str) -> CheckResult {
    let facts = match looked {
        Ok(facts) => facts,
        Err(Unseen::NotInstalled { alive, can_be }) if !alive.is_empty() => {
            let summary = format!("{} agents live, their units are not installed", alive.len());
            let mut checked = CheckResult::new(summary);
            let message = format!(
                "no unit describes {}: once it ends, it does not come back",
                some(alive)
            );
            let missing = Missing {
                what: "the fleet".to_owned(),
                can_be_installed: *can_be,
                roster: String::new(),
            };
            checked.problem(message, missing.commands("", at));
            return checked;
        }
        Err(Unseen::NotInstalled { .. }) => return CheckResult::new("not installed"),
        Err(Unseen::NoManager) => return CheckResult::new("no user manager to ask"),
        Err(Unseen::ReadsElsewhere) => {
            return CheckResult::new("installed where the user manager reads no units");
        }
    };
    let up = facts.agents.iter().filter(|agent| agent.is_up()).count();
    let (holder, all) = (&facts.holder.active, facts.agents.len());
    let mut checked = CheckResult::new(format!("holder {holder}, {up} of {all} agents active"));
    let mut sights = facts.agents_seen.values();
    let lives_elsewhere = sights.any(|sight| matches!(sight, Sight::Lives { elsewhere: Some(_) }));
    let is_kept_out = match &facts.server {
        Some(server) if !lives_elsewhere => {
            server::judge(server, &facts.holder, &facts.at, &mut checked)
        }
        _ => {
            server::judge_age(&facts.holder, &facts.at, &mut checked);
            false
        }
    };
    judge_failed(facts, is_kept_out, &mut checked);
    match &facts.former {
        Some(former) => {
            let message = format!(
                "the units run what was at {former} before the home was moved: once they end, they do not start"
            );
            checked.problem(message, format!("mosaic fleet install{}", facts.at));
        }
        None => judge_verified(&facts.said, &mut checked),
    }
    judge_reload(facts, &mut checked);
    judge_gaps(facts, &mut checked);
    judge_undeclared(facts, &mut checked);
    // What keeps the holder out keeps its agents' units down; that has been named.
    if !is_kept_out {
        sight::judge(facts, &mut checked);
        sight::judge_daemons(facts, &mut checked);
    }
    checked
}

impl FleetFacts {
    fn units(&self) -> impl Iterator<Item = &UnitState> {
        [&self.holder].into_iter().chain(&self.agents)
    }

    /// Tells whether all rosters are known, and none has it.
    fn is_undeclared(&self, unit: &UnitState) -> bool {
        let instance = unit.name.instance();
        self.declared
            .as_ref()
            .zip(instance)
            .is_some_and(|(declared, agent)| !declared.contains_key(agent))
    }

    /// Tells whether a unit has failed. A holder that systemd starts again and again has, each time.
    fn has_failed(&self, unit: &UnitState) -> bool {
        unit.is_failed() || (unit.name == self.holder.name && unit.is_tried_again())
    }

    fn remedy(&self, unit: &UnitState) -> Remedy<'_> {
        let Some(declared) = &self.declared else {
            return Remedy::Look;
        };
        match unit.name.instance().map(|agent| declared.get(agent)) {
            None => Remedy::Start(""),
            Some(Some(roster)) => Remedy::Start(roster),
            Some(None) => Remedy::Forget,
        }
    }
}

/// A holder that somebody else's server keeps out has been named of.
fn judge_failed(facts: &FleetFacts, is_kept_out: bool, checked: &mut CheckResult) {
    let mut failed: BTreeMap<Remedy, Vec<&UnitState>> = BTreeMap::new();
    let is_named = |unit: &&UnitState| !sight::is_without_name(facts, unit);
    let all_failed = facts.units().filter(|unit| facts.has_failed(unit));
    for unit in all_failed.filter(is_named) {
        if unit.name != facts.holder.name || !is_kept_out {
            failed.entry(facts.remedy(unit)).or_default().push(unit);
        }
    }
    for (remedy, units) in failed {
        let named = units.iter().map(|unit| {
            let status = match unit.exec_main_status {
                0 => String::new(),
                status => format!(", status {status}"),
            };
            let again = if unit.is_tried_again() {
                "; systemd tries again and again"
            } else {
                ""
            };
            format!("{} ({}{status}{again})", unit.name, unit.result)
        });
        let remedy = match remedy {
            Remedy::Start(roster) => facts.order("start", &agents(&units), roster),
            Remedy::Forget => format!("systemctl --user reset-failed {}", names(&units)),
            Remedy::Look => format!("systemctl --user status {}", names(&units)),
        };
        checked.problem(
            format!("failed: {}", some(&named.collect::<Vec<_>>())),
            remedy,
        );
    }
}

/// Agents as arguments; none of them where the holder is among them, and with it the whole fleet is down.
fn agents<'a>(units: &[&'a UnitState]) -> Vec<&'a str> {
    let named: Option<Vec<_>> = units.iter().map(|unit| unit.name.instance()).collect();
    named.unwrap_or_default()
}

fn judge_verified(said: &[String], checked: &mut CheckResult) {
    for unit in OURS {
        let mut lines: Vec<_> = said
            .iter()
            .filter(|line| subject(line) == Some(unit))
            .cloned()
            .collect();
        lines.dedup();
        if !lines.is_empty() {
            let message = format!("systemd says of {unit}: {}", some(&lines));
            checked.problem(message, format!("systemctl --user edit --full {unit}"));
        }
    }
}

/// The unit file of ours that a line is about: `PATH:LINE: WORDS`, with drop-ins, or `UNIT: WORDS`.
fn subject(line: &str) -> Option<&'static str> {
    let (what, _) = line.split_once(": ")?;
    let path = what
        .rsplit_once(':')
        .filter(|(_, line)| line.parse::<u32>().is_ok());
    let mut parts = path.map_or(what, |(path, _)| path).split('/');
    parts.find_map(|part| {
        let unit = part.strip_suffix(".d").unwrap_or(part);
        let is_agent = unit.starts_with(AGENT) && unit.ends_with(".service");
        OURS.into_iter()
            .find(|ours| *ours == unit || (is_agent && ours.starts_with(AGENT)))
    })
}

fn judge_reload(facts: &FleetFacts, checked: &mut CheckResult) {
    let changed: Vec<_> = facts
        .units()
        .filter(|unit| unit.need_daemon_reload)
        .collect();
    if !changed.is_empty() {
        let message = format!(
            "changed since systemd read it, and not in effect: {}",
            few(&changed)
        );
        checked.problem(message, "systemctl --user daemon-reload");
    }
}

fn judge_gaps(facts: &FleetFacts, checked: &mut CheckResult) {
    let gaps = facts
        .units()
        .filter(|unit| unit.is_boot_gap() && !facts.is_undeclared(unit));
    let gaps: Vec<_> = gaps.collect();
    if !gaps.is_empty() {
        let message = format!(
            "active, and would not come back after a reboot: {}",
            few(&gaps)
        );
        checked.problem(message, format!("systemctl --user enable {}", names(&gaps)));
    }
}

fn judge_undeclared(facts: &FleetFacts, checked: &mut CheckResult) {
    let is_wanted = |unit: &&UnitState| {
        let state = unit.unit_file_state.as_str();
        state.starts_with("enabled") || (unit.is_up() && !state.starts_with("masked"))
    };
    let all = facts
        .agents
        .iter()
        .filter(is_wanted)
        .filter(|unit| facts.is_undeclared(unit));
    let all: Vec<_> = all.collect();
    if !all.is_empty() {
        let cost = if all.iter().any(|unit| unit.is_up()) {
            "; mending it ends their sessions"
        } else {
            ""
        };
        let message = format!("no roster of this home declares {}{cost}", few(&all));
        checked.note(
            message,
            format!("systemctl --user disable --now {}", names(&all)),
        );
    }
}

fn few(units: &[&UnitState]) -> String {
    some(
        &units
            .iter()
            .map(|unit| unit.name.to_string())
            .collect::<Vec<_>>(),
    )
}

fn names(units: &[&UnitState]) -> String {
    units
        .iter()
        .map(|unit| quoted(unit.name.as_str()))
        .collect::<Vec<_>>()
        .join(" ")
}
