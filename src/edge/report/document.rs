//! The documents of changes and errors, and what all documents share; the other commands have theirs beside them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::bundle::changelog::News;
use crate::decide::plan::parking::{merged_spot, shipped_spot};
use crate::edge::report::delta_text::DeltaLine;
use crate::model::fleet_units::FleetUnits;
use crate::model::migration::{Outcome, Refusal};
use crate::model::path::RelPath;
use crate::model::plan::{Action, Advisory, Plan};
use crate::model::record::{Parked, Release};
use crate::model::source_version::{Basis, SourceVersion};

/// `install`, `update`, `rollback` and `resolve`: what a transaction did or would do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChangeDocument {
    /// `mosaic.<command>/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The release before; null for a new home, and for one without a record that a rollback leaves.
    pub from: Option<String>,
    /// The release after; null after a rollback to 0.
    pub to: Option<String>,
    /// For a home that had no record: the release that wrote it, which is `from`, and how that is known.
    pub adopted: Option<AdoptedLine>,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The digest of the plan, for `--plan`.
    pub plan_digest: String,
    /// The current generation, after the command.
    pub generation: u64,
    /// Whether a generation was made.
    pub committed: bool,
    /// What happens at each path, by path.
    pub actions: Vec<ActionLine>,
    /// What migrations do.
    pub migrations: Vec<MigrationLine>,
    /// All conflicts that are unsettled, new or not.
    pub conflicts: Vec<ConflictLine>,
    /// What earlier releases shipped there and this one does not; `update --prune` removes it.
    pub leftovers: Vec<String>,
    /// What a person should know.
    pub advisories: Vec<Advisory>,
    /// Home paths where the operator was faster than the command; his stayed.
    pub overtaken: Vec<String>,
    /// Files outside the home that stay as they are although they were to change; `advisories` says why.
    pub stays: Vec<String>,
    /// What the release brought, by the changelog that it ships, where the release changes.
    pub news: Vec<News>,
    /// What the commit left to be done and could not be done yet; the next command that changes the home tries again.
    pub pending: Vec<String>,
    /// What happens to systemd units.
    pub units: FleetUnits,
    /// How many of each action.
    pub counts: BTreeMap<String, usize>,
    /// An interrupted run that was finished first.
    pub recovered_generation: Option<u64>,
    /// Whether an interrupted run waits to be finished (dry runs only look).
    pub recovery_pending: bool,
}

/// The source version of a home without a record.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdoptedLine {
    /// The release that wrote the home.
    pub version: String,
    /// How that is known.
    pub basis: Basis,
}

impl From<&SourceVersion> for AdoptedLine {
    fn from(source: &SourceVersion) -> Self {
        Self {
            version: source.version.to_string(),
            basis: source.basis,
        }
    }
}

/// One action.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActionLine {
    /// The path in the home.
    pub path: String,
    /// What happens.
    pub action: Action,
    /// Why.
    pub reason: String,
}

/// One unsettled conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConflictLine {
    /// The live file, untouched.
    pub path: String,
    /// Why it could not be settled.
    pub reason: String,
    /// Where the shipped content is, from the home.
    pub parked: String,
    /// Where the failed merge with markers is, from the home.
    pub merged: Option<String>,
}

/// Any command that failed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ErrorDocument {
    /// `mosaic.error/1`.
    pub schema: String,
    /// What happened.
    pub error: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The file that is wrong, where one is.
    pub file: Option<String>,
    /// The line in it, counted from 1.
    pub line: Option<usize>,
    /// The column in it, in characters, counted from 1.
    pub column: Option<usize>,
    /// The exit status.
    pub exit: u8,
}

/// The name of a command's document.
pub fn schema_name(command: &str) -> String {
    format!("mosaic.{}/1", command.replace(' ', "."))
}

/// The actions of a plan; all of its lines with `all`.
pub fn action_lines(plan: &Plan, all: bool) -> Vec<ActionLine> {
    let steps = plan
        .steps
        .iter()
        .filter(|step| all || step.action.is_change());
    let line = |step: &crate::model::plan::Step| ActionLine {
        path: step.at.to_string(),
        action: step.action,
        reason: step.reason.to_string(),
    };
    steps.map(line).collect()
}

/// How many of each action.
pub fn counts(plan: &Plan) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for step in plan.actions() {
        *counts.entry(step.action.to_string()).or_default() += 1;
    }
    counts
}

/// Unsettled conflicts, for programs.
pub fn conflict_lines(conflicts: &[(RelPath, Parked)]) -> Vec<ConflictLine> {
    let line = |(path, parked): &(RelPath, Parked)| conflict_line(path, parked);
    conflicts.iter().map(line).collect()
}

fn conflict_line(path: &RelPath, parked: &Parked) -> ConflictLine {
    let place = |spot: crate::model::change::Spot| format!(".mosaic/conflicts/{}", spot.path);
    ConflictLine {
        path: path.to_string(),
        reason: parked.reason.clone(),
        parked: place(shipped_spot(path)),
        merged: parked.has_merge.then(|| place(merged_spot(path))),
    }
}

/// A release's version as text.
pub fn version(release: Option<&Release>) -> Option<String> {
    release.map(|release| release.version.to_string())
}

/// One migration.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MigrationLine {
    /// Its id.
    pub id: String,
    /// What it is for, in a few words.
    pub title: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Why, in a few words.
    pub reason: String,
    /// The files that it edits or makes, and directories.
    pub edits: Vec<String>,
    /// Each edit as a diff, secrets masked.
    pub diffs: Vec<DeltaLine>,
    /// What it leaves to a person.
    pub refused: Vec<Refusal>,
}
