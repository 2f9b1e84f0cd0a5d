//! The JSON documents: one a command, each with its schema's name. `docs/schemas` holds their schemas.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::parking::{merged_spot, shipped_spot};
use crate::words::digest::Digest;
use crate::words::path::RelPath;
use crate::words::plan::{Action, Advisory, Plan};
use crate::words::record::{Parked, Record, Release};

/// `install`, `update`, `rollback` and `resolve`: what a transaction did or would do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChangeDocument {
    /// `mosaic.<command>/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The release before; null for a home without a record.
    pub from: Option<String>,
    /// The release after; null after a rollback to 0.
    pub to: Option<String>,
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
    /// What a person should know.
    pub advisories: Vec<Advisory>,
    /// Home paths where the operator was faster than the command; his stayed.
    pub overtaken: Vec<String>,
    /// What happens to systemd units.
    pub units: UnitLines,
    /// How many of each action.
    pub counts: BTreeMap<String, usize>,
    /// An interrupted run that was finished first.
    pub recovered_generation: Option<u64>,
    /// Whether an interrupted run waits to be finished (dry runs only look).
    pub recovery_pending: bool,
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

/// One migration.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MigrationLine {
    /// Its id.
    pub id: String,
    /// `applied`, `not-applicable`, `already-done` or `refused`.
    pub outcome: String,
    /// The files it edits.
    pub edits: Vec<String>,
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

/// Units.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct UnitLines {
    /// Refreshed in the active directory.
    pub refreshed: Vec<String>,
    /// Running with something older.
    pub stale: Vec<String>,
    /// Restarted.
    pub restarted: Vec<String>,
    /// Failed.
    pub failed: Vec<String>,
    /// Whether a refresh waits for a user manager.
    pub pending: bool,
}

/// `status`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StatusDocument {
    /// `mosaic.status/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The bundle's name; null without a record.
    pub bundle: Option<String>,
    /// The release; null without a record.
    pub release: Option<String>,
    /// The release in this program.
    pub program: String,
    /// The current generation.
    pub generation: u64,
    /// How many framework files are recorded.
    pub files: usize,
    /// Recorded files that are not what shipped.
    pub edited: Vec<String>,
    /// Recorded files that are gone, or in whose place something else is.
    pub missing: Vec<String>,
    /// Recorded files that lack their executable bit.
    pub not_executable: Vec<String>,
    /// Unsettled conflicts.
    pub conflicts: Vec<ConflictLine>,
    /// What is still to be done after a commit.
    pub pending: Vec<String>,
    /// Whether an interrupted run waits to be finished.
    pub recovery_pending: bool,
}

/// `verify`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VerifyDocument {
    /// `mosaic.verify/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// How many files were read.
    pub checked: usize,
    /// Where found differs from what Mosaic left.
    pub differences: Vec<DifferenceLine>,
    /// What is wrong with the kept contents that rollbacks need.
    pub damaged: Vec<String>,
}

/// One difference.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DifferenceLine {
    /// The path.
    pub path: String,
    /// `modified`, `missing`, `not-a-file` or `not-executable`.
    pub difference: String,
}

/// `why`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WhyDocument {
    /// `mosaic.why/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The path.
    pub path: String,
    /// `framework`, `seeded` or `preserved`.
    pub class: String,
    /// The rule that decided; null for the default.
    pub rule: Option<RuleLine>,
    /// What the bundle ships there.
    pub want: Option<Digest>,
    /// What is recorded.
    pub record: Option<Digest>,
    /// What is there, where it is a file.
    pub found: Option<Digest>,
    /// What is there: `absent`, `file`, `directory`, `symbolic link`...
    pub found_kind: String,
    /// The action that an update would take; `none` where it has nothing to do with the path.
    pub action: String,
    /// Why.
    pub reason: String,
}

/// A rule.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RuleLine {
    /// The glob as written.
    pub glob: String,
    /// The file it stands in.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// `history`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HistoryDocument {
    /// `mosaic.history/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The current generation.
    pub current: u64,
    /// All generations, oldest first.
    pub generations: Vec<GenerationLine>,
}

/// One generation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GenerationLine {
    /// Its number.
    pub number: u64,
    /// When, in RFC 3339.
    pub at: String,
    /// The command that made it.
    pub command: String,
    /// The version of the program that made it.
    pub program: String,
    /// The release before.
    pub from: Option<String>,
    /// The release after.
    pub to: Option<String>,
    /// How many changes it made to files and directories.
    pub changes: usize,
}

/// `recover`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RecoverDocument {
    /// `mosaic.recover/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The generation that was finished; null where nothing was interrupted.
    pub finished_generation: Option<u64>,
    /// Whether the interrupted run could not be read and was given up (`--keep-current`).
    pub given_up: bool,
    /// Paths where the operator's version stayed.
    pub overtaken: Vec<String>,
    /// What was still to be done and is done now.
    pub done: Vec<String>,
}

/// `resolve` without anything to settle: what is parked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConflictsDocument {
    /// `mosaic.conflicts/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// What is parked.
    pub conflicts: Vec<ConflictLine>,
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

/// The schemas of all documents, by file name.
pub fn schemas() -> BTreeMap<&'static str, schemars::Schema> {
    BTreeMap::from([
        ("change", schemars::schema_for!(ChangeDocument)),
        ("status", schemars::schema_for!(StatusDocument)),
        ("verify", schemars::schema_for!(VerifyDocument)),
        ("why", schemars::schema_for!(WhyDocument)),
        ("history", schemars::schema_for!(HistoryDocument)),
        ("recover", schemars::schema_for!(RecoverDocument)),
        ("conflicts", schemars::schema_for!(ConflictsDocument)),
        ("error", schemars::schema_for!(ErrorDocument)),
    ])
}

/// The name of a command's document.
pub fn schema_name(command: &str) -> String {
    format!("mosaic.{command}/1")
}

/// The actions of a plan; all of its lines with `all`.
pub fn action_lines(plan: &Plan, all: bool) -> Vec<ActionLine> {
    let steps = plan.steps.iter().filter(|step| all || step.action.is_change());
    let line = |step: &crate::words::plan::Step| ActionLine {
        path: step.path.to_string(),
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

/// The unsettled conflicts of a record, as far as `paths` names them.
pub fn conflict_lines<'a>(
    record: &Record,
    paths: impl IntoIterator<Item = &'a RelPath>,
) -> Vec<ConflictLine> {
    let line = |path: &RelPath| record.parked.get(path).map(|parked| conflict_line(path, parked));
    paths.into_iter().filter_map(line).collect()
}

fn conflict_line(path: &RelPath, parked: &Parked) -> ConflictLine {
    let place = |spot: crate::words::change::Spot| format!(".mosaic/conflicts/{}", spot.path);
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
