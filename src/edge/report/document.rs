//! The documents of changes and errors, and what all documents share; the other commands have theirs beside them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::bundle::changelog::News;
use crate::decide::plan::parking::{merged_spot, shipped_spot};
use crate::edge::error::code::ErrorCode;
use crate::edge::report::delta_text::DeltaLine;
use crate::model::fleet_units::FleetUnits;
use crate::model::migration::{Outcome, Refusal};
use crate::model::path::RelPath;
use crate::model::plan::{Action, Advisory, Plan};
use crate::model::record::{Parked, Release};
use crate::model::source_version::{Basis, SourceVersion};
use crate::model::stayed::Stayed;

/// The outcome of a command that changes a home; of a dry run, the outcome that it foresees.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ChangeDocument {
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
    /// Set where nothing was written.
    pub dry_run: bool,
    /// The digest of the plan, for `--plan`.
    pub plan_digest: String,
    /// The current generation, after the command.
    pub generation: u64,
    /// The generation before the command, and before an interrupted run that it finished.
    pub generation_before: u64,
    /// Set where something changed: a generation was committed, an interrupted run finished, or a unit restarted. Of a dry run:
    /// where something would.
    pub changed: bool,
    /// Set where the command committed a generation.
    pub committed: bool,
    /// The actions of the plan, by path; with `-v`, those that leave a path as it is as well.
    pub actions: Vec<ActionLine>,
    /// The migrations, in the order in which they are applied.
    pub migrations: Vec<MigrationLine>,
    /// Conflicts that are unsettled afterwards, new or not.
    pub conflicts: Vec<ConflictLine>,
    /// Paths that earlier releases shipped and this one does not; `update --prune` removes them.
    pub leftovers: Vec<String>,
    /// Sentences about files that a person should know of.
    pub advisories: Vec<Advisory>,
    /// Paths where the operator was faster than the command; his stayed.
    pub overtaken: Vec<String>,
    /// Paths that the file system did not let the command change; they stayed as they were.
    pub refused: Vec<RefusedLine>,
    /// Files outside the home that stay as they are although they were to change; `advisories` says why.
    pub stays: Vec<String>,
    /// The changelog entries that the release brought, where the release changes.
    pub news: Vec<News>,
    /// Pending actions that could not be done yet, `ACTION: REASON`; the next command that changes the home tries
    /// again.
    pub pending: Vec<String>,
    /// The fleet's systemd units that the change concerns.
    pub units: FleetUnits,
    /// The number of actions of each kind.
    pub counts: BTreeMap<String, usize>,
    /// The generation of an interrupted run that was finished first; null where there was none.
    pub recovered_generation: Option<u64>,
    /// Set where an interrupted run waits to be finished; only a dry run leaves it so.
    pub recovery_pending: bool,
    /// Of a dry run: the reason why the command itself would be refused, with exit status 1; null where it would not.
    pub refusal: Option<RefusalLine>,
}

/// The reason why a plan that was shown would be refused.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct RefusalLine {
    /// The error.
    pub error: String,
    /// The advice; null where there is none.
    pub help: Option<String>,
}

/// A path that the file system did not let the command change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct RefusedLine {
    /// The path.
    pub path: String,
    /// What the file system said, in a sentence.
    pub reason: String,
}

/// The paths that stayed because the operator was faster, and those that refused.
pub(crate) fn stayed_lines(stayed: &[Stayed]) -> (Vec<String>, Vec<RefusedLine>) {
    let path = |stayed: &Stayed| stayed.at.to_string();
    let overtaken = stayed.iter().filter(|stayed| stayed.refusal.is_none());
    let refused = stayed.iter().filter_map(|stayed| {
        let reason = stayed.refusal.clone()?;
        let path = path(stayed);
        Some(RefusedLine { path, reason })
    });
    (overtaken.map(path).collect(), refused.collect())
}

/// The source version of a home without a record.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct AdoptedLine {
    /// The release that wrote the home.
    pub version: String,
    /// The basis on which that is known.
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

/// An action of the plan.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ActionLine {
    /// The path in the home; an absolute one where it is outside.
    pub path: String,
    /// The action.
    pub action: Action,
    /// The reason of the action.
    pub reason: String,
}

/// A conflict that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct ConflictLine {
    /// The path of the live file, which is untouched.
    pub path: String,
    /// The reason why it could not be settled.
    pub reason: String,
    /// The path of the shipped content, from the home.
    pub parked: String,
    /// The path of the failed merge with its markers, from the home; null where there is none.
    pub merged: Option<String>,
}

/// The error of a command that failed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ErrorDocument {
    /// `mosaic.error/1`.
    pub schema: String,
    /// The kind of the error: it stays where the sentence changes.
    pub code: ErrorCode,
    /// The error with its causes, in one line.
    pub error: String,
    /// The advice; null where there is none.
    pub help: Option<String>,
    /// The file that is wrong; null where the error is not about one.
    pub file: Option<String>,
    /// The line in that file, counted from 1.
    pub line: Option<usize>,
    /// The column in that line, in characters, counted from 1.
    pub column: Option<usize>,
    /// The exit status.
    pub exit: u8,
}

/// The name of a command's document.
pub(crate) fn schema_name(command: &str) -> String {
    format!("mosaic.{}/1", command.replace(' ', "."))
}

/// The actions of a plan; all of its lines with `all`.
pub(crate) fn action_lines(plan: &Plan, all: bool) -> Vec<ActionLine> {
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

/// Counts the actions of each kind.
pub(crate) fn counts(plan: &Plan) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for step in plan.actions() {
        *counts.entry(step.action.to_string()).or_default() += 1;
    }
    counts
}

/// Unsettled conflicts, for programs.
pub(crate) fn conflict_lines(conflicts: &[(RelPath, Parked)]) -> Vec<ConflictLine> {
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
pub(crate) fn version(release: Option<&Release>) -> Option<String> {
    release.map(|release| release.version.to_string())
}

/// A migration, as it stands in the home.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct MigrationLine {
    /// The migration's id.
    pub id: String,
    /// The migration's purpose, in a few words.
    pub title: String,
    /// The migration's outcome.
    pub outcome: Outcome,
    /// The reason of the outcome, in a few words.
    pub reason: String,
    /// The files and directories that the migration edits or makes.
    pub edits: Vec<String>,
    /// The edits as diffs, secrets masked.
    pub diffs: Vec<DeltaLine>,
    /// Places that the migration leaves to a person.
    pub refused: Vec<Refusal>,
}
