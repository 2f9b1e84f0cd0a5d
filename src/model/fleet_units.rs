//! Units of a fleet as operations tell of them: refreshed, stale, restarted, failed.

use schemars::JsonSchema;
use serde::Serialize;

/// The units that a change of a home concerns.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct FleetUnits {
    /// Refreshed in the active directory.
    pub refreshed: Vec<String>,
    /// Running with something older than what is there; in a dry run, than what would be.
    pub stale: Vec<StaleUnit>,
    /// Restarted by `--relaunch`, in their order.
    pub restarted: Vec<String>,
    /// Failed.
    pub failed: Vec<FailedUnit>,
    /// Agents that should live, without a living session; told by `status` alone.
    #[serde(skip)]
    pub lost: Vec<LostUnit>,
    /// Whether a refresh waits for a user manager.
    pub pending: bool,
    /// Why it could not be told which are stale; null where it could.
    pub manager_problem: Option<String>,
}

/// A running unit that is stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StaleUnit {
    /// The unit.
    pub unit: String,
    /// The agent; null for the holder.
    pub agent: Option<String>,
    /// Why: what changed since it started.
    pub reason: String,
    /// Whether `update --relaunch` and `fleet restart --stale` restart it.
    pub relaunches: bool,
    /// Whether its unit is not there any more.
    #[serde(skip)]
    pub is_gone: bool,
    /// Whether it is to live on another socket than the holder that runs has: only the whole fleet moves there.
    #[serde(skip)]
    pub moves: bool,
    /// What a restart of it would be refused for.
    #[serde(skip)]
    pub missing: Option<Missing>,
}

/// A unit whose agent should live, and whose session is dead or not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LostUnit {
    /// The unit.
    pub unit: String,
    /// The agent.
    pub agent: String,
    /// The flag that makes a command be about its roster, with a blank before it; empty for the home's own.
    #[serde(skip)]
    pub roster: String,
}

/// A unit that failed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FailedUnit {
    /// The unit.
    pub unit: String,
    /// Why, in systemd's words.
    pub words: String,
    /// What a start of it would be refused for.
    #[serde(skip)]
    pub missing: Option<Missing>,
    /// The flag that makes a command be about its agent's roster, with a blank before it; empty for the home's own.
    #[serde(skip)]
    pub roster: String,
}

/// Something that a start needs, and that no install has put in place: the start would be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What it is.
    pub what: String,
    /// False if the home has not all that an install needs.
    pub can_be_installed: bool,
    /// The flag of the roster to install by, with a blank before it; empty for that of the command that it is due before.
    pub roster: String,
}

impl Missing {
    /// The commands that put it in place. `roster` and `flags` are what commands need to be about the same roster and home,
    /// each with a blank before it, or empty.
    pub fn commands(&self, roster: &str, flags: &str) -> String {
        let roster = match self.roster.as_str() {
            "" => roster,
            own => own,
        };
        let install = format!("mosaic fleet install{roster}{flags}");
        if self.can_be_installed {
            install
        } else {
            // An update that leaves something to a person does not end with 0, and has brought the files all the same.
            format!("mosaic update{flags}; {install}")
        }
    }

    /// A command that begins something, of these words; what it would be refused for is put in place before it.
    pub fn before(missing: Option<&Self>, words: &str, roster: &str, flags: &str) -> String {
        let command = format!("mosaic {words}{roster}{flags}");
        match missing {
            Some(missing) => format!("{} && {command}", missing.commands(roster, flags)),
            None => command,
        }
    }
}

impl FleetUnits {
    /// Adds failed units that are not listed yet.
    pub fn list_failed(&mut self, failed: Vec<FailedUnit>) {
        let is_listed =
            |unit: &FailedUnit| self.failed.iter().any(|listed| listed.unit == unit.unit);
        let unlisted: Vec<_> = failed.into_iter().filter(|unit| !is_listed(unit)).collect();
        self.failed.extend(unlisted);
    }
}
