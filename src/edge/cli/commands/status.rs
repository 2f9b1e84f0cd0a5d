//! `status`: the home in one screen.

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use semver::Version;
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::change::{conflicts_text, failed_text, leftovers_text, stale_text};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::{
    AdoptedLine, ConflictLine, conflict_lines, schema_name, version,
};
use crate::edge::report::layout::lead_to;
use crate::edge::report::output::{style, styled};
use crate::edge::report::plan_text;
use crate::effects::apply::chain;
use crate::effects::os::host;
use crate::model::fleet_units::{FailedUnit, LostUnit, StaleUnit};
use crate::ops::status::{Status, status};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic status --exit-code || echo look";

/// Arguments of `status`.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct StatusArgs {
    /// Exit 4 if anything is edited, missing, parked, pending, stale or dead
    #[arg(long)]
    pub exit_code: bool,
    /// Print lines that never change their form, for scripts: a word, a tab, a value
    #[arg(long, conflicts_with = "json")]
    pub porcelain: bool,
}

/// `status`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct StatusDocument {
    /// `mosaic.status/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The bundle's name; null without a record.
    pub bundle: Option<String>,
    /// The release; null without a record.
    pub release: Option<String>,
    /// For a home without a record: the release that wrote it; null where nothing of any release is in it.
    pub written_by: Option<AdoptedLine>,
    /// The release in this program.
    pub program: String,
    /// The current generation; 0 where nothing was committed.
    pub generation: u64,
    /// The number of framework files that are recorded.
    pub files: usize,
    /// Recorded files that are not what shipped.
    pub edited: Vec<String>,
    /// Recorded files with what an earlier release shipped there; the next update replaces them.
    pub outdated: Vec<String>,
    /// Recorded files that are gone, or in whose place something else is.
    pub missing: Vec<String>,
    /// Recorded files that lack their executable bit.
    pub not_executable: Vec<String>,
    /// Paths that earlier releases shipped and this program does not; `update --prune` removes them.
    pub leftovers: Vec<String>,
    /// Unsettled conflicts.
    pub conflicts: Vec<ConflictLine>,
    /// Active units that you edited and that could not be merged: `UNIT: PLACE`, where the release's unit is parked.
    pub stays: Vec<String>,
    /// Files that a migration refused to edit: `ID: FILE`; `mosaic migrate show ID` tells why.
    pub refused: Vec<String>,
    /// Actions of the last commit that are still pending.
    pub pending: Vec<String>,
    /// Units of this home's fleet that have failed.
    pub failed: Vec<FailedUnit>,
    /// Units of this home's fleet that systemd calls active, and whose session is dead or not there.
    pub lost: Vec<LostUnit>,
    /// Running units of this home's fleet that are stale: they run or read a file that has changed since they started.
    pub stale: Vec<StaleUnit>,
    /// The place that the home was at before it was moved, if its fleet's units still run what was there; null otherwise.
    pub former: Option<String>,
    /// The reason why stale units could not be told; null where they could, and where no fleet is installed.
    pub manager_problem: Option<String>,
    /// The reason why a newer generation cannot be used, and all is told by this one; null where that is not so.
    pub damage: Option<String>,
    /// Set where an interrupted run waits to be finished.
    pub recovery_pending: bool,
}

impl Command for StatusArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("status", schema_for!(StatusDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let document = describe(session, status(&session.context)?);
        if self.porcelain {
            session.output.print(&porcelain(&document));
        } else {
            session.output.info(&text(session, &document));
        }
        session.output.document(&document);
        Ok(if self.exit_code && differs(&document) {
            Exit::Differences
        } else {
            Exit::Done
        })
    }
}

fn differs(document: &StatusDocument) -> bool {
    let lists = [
        &document.edited,
        &document.outdated,
        &document.missing,
        &document.not_executable,
        &document.stays,
        &document.refused,
        &document.pending,
    ];
    document.release.is_none()
        || document.recovery_pending
        || document.damage.is_some()
        || document.former.is_some()
        || !document.conflicts.is_empty()
        || !document.stale.is_empty()
        || !document.failed.is_empty()
        || !document.lost.is_empty()
        || lists.iter().any(|list| !list.is_empty())
}

/// A line a fact: a word as in the document, a tab, and the value.
fn porcelain(document: &StatusDocument) -> String {
    let StatusDocument {
        generation,
        recovery_pending,
        ..
    } = document;
    let release = document.release.as_deref().unwrap_or("none");
    let conflicts = document
        .conflicts
        .iter()
        .map(|it| it.path.clone())
        .collect();
    let agents = |units: &[StaleUnit]| units.iter().map(|it| it.unit.clone()).collect();
    let lists: [(&str, Vec<String>); 12] = [
        ("edited", document.edited.clone()),
        ("outdated", document.outdated.clone()),
        ("missing", document.missing.clone()),
        ("not_executable", document.not_executable.clone()),
        ("leftover", document.leftovers.clone()),
        ("conflict", conflicts),
        ("stays", document.stays.clone()),
        ("refused", document.refused.clone()),
        ("pending", document.pending.clone()),
        (
            "failed",
            document.failed.iter().map(|it| it.unit.clone()).collect(),
        ),
        (
            "lost",
            document.lost.iter().map(|it| it.agent.clone()).collect(),
        ),
        ("stale", agents(&document.stale)),
    ];
    let lines = lists
        .iter()
        .flat_map(|(word, list)| list.iter().map(move |value| format!("{word}\t{value}\n")));
    let head = format!(
        "release\t{release}\ngeneration\t{generation}\nrecovery_pending\t{recovery_pending}\n"
    );
    head + &lines.collect::<String>()
}

fn describe(session: &Session, status: Status) -> StatusDocument {
    fn lines<T: ToString>(list: &[T]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }
    let release = status.record.release.as_ref();
    StatusDocument {
        schema: schema_name("status"),
        home: session.home_text(),
        bundle: release.map(|release| release.bundle.clone()),
        release: version(release),
        written_by: status.written_by.as_ref().map(AdoptedLine::from),
        program: host::program_version().to_string(),
        generation: status.generation,
        files: status.record.entries.len(),
        edited: lines(&status.files.edited),
        outdated: lines(&status.files.outdated),
        missing: lines(&status.files.missing),
        not_executable: lines(&status.files.not_executable),
        leftovers: lines(&status.leftovers),
        conflicts: conflict_lines(&status.conflicts),
        stays: status.stays,
        refused: status.refused,
        pending: lines(&status.pending),
        failed: status.units.failed,
        lost: status.units.lost,
        stale: status.units.stale,
        former: status.former.as_ref().map(ToString::to_string),
        manager_problem: status.units.manager_problem,
        damage: status.damage.as_ref().map(|damage| chain(damage)),
        recovery_pending: status.is_recovery_pending,
    }
}

fn text(session: &Session, document: &StatusDocument) -> String {
    let mut text = head_text(session, document) + &lists_text(session, document);
    if !differs(document) {
        let files = document.files;
        text += &format!("  {files} files, all as shipped; nothing waits for you\n");
    }
    for part in parts(session, document) {
        if !part.is_empty() {
            text += &format!("\n{part}");
        }
    }
    text
}

fn head_text(session: &Session, document: &StatusDocument) -> String {
    let heading = styled(style::STRONG, heading(document));
    let mut text = format!("{heading}  {}\n", document.home);
    if document.recovery_pending {
        let recover = session.command("recover");
        let alarm = format!("An interrupted run waits to be finished: {recover}");
        text += &format!("{}\n", styled(style::ALARM, alarm));
    }
    let release = document.release.as_deref().map(Version::parse);
    if release.is_some_and(|release| release.is_ok_and(|release| release < host::program_version()))
    {
        let program = &document.program;
        let update = session.command("update --dry-run");
        text += &format!("  this program ships {program}: {update}\n");
    }
    if document.release.is_none() {
        let (purpose, command) = match &document.written_by {
            Some(_) => ("see what an update would do", "update --dry-run"),
            None => ("install it here", "install"),
        };
        let sentence = format!("  to {purpose}:");
        let command = session.command(command);
        text += &lead_to(&sentence, &command, session.output.columns());
        text += "\n";
    }
    text
}

fn heading(document: &StatusDocument) -> String {
    let generation = document.generation;
    match (&document.bundle, &document.release, &document.written_by) {
        (Some(bundle), Some(release), _) => format!("{bundle} {release}, generation {generation}"),
        (.., Some(by)) => {
            let AdoptedLine { version, basis } = by;
            format!("a home of {version} ({basis}), still without a record")
        }
        _ if generation > 0 => format!("nothing is installed, generation {generation}"),
        _ => "nothing is installed".to_owned(),
    }
}

fn lists_text(session: &Session, document: &StatusDocument) -> String {
    let lists = [
        ("edited", &document.edited),
        ("outdated", &document.outdated),
        ("missing", &document.missing),
        ("not executable", &document.not_executable),
        ("not joined", &document.stays),
        ("not migrated", &document.refused),
        ("pending", &document.pending),
    ];
    let shown = if session.output.is_verbose() {
        usize::MAX
    } else {
        plan_text::GROUP_MAX
    };
    let mut text = String::new();
    for (name, list) in lists {
        let name = styled(style::CHANGES, format!("{name:14}"));
        for line in list.iter().take(shown) {
            text += &format!("  {name}  {line}\n");
        }
        if list.len() > shown {
            let more = list.len() - shown;
            text += &format!("  {name}  and {more} more (-v shows all)\n");
        }
    }
    text
}

/// Agents whose session is dead, and what tells how to bring each back.
fn lost_text(session: &Session, lost: &[LostUnit]) -> String {
    let line = |unit: &LostUnit| {
        let dead = styled(style::ALARM, format!("{} is dead", unit.agent));
        let status = session.command(&format!("fleet status{}", unit.roster));
        format!("{dead}, though it should live: {status}\n")
    };
    lost.iter().map(line).collect()
}

/// The parts below the lists, each to stand after an empty line.
fn parts(session: &Session, document: &StatusDocument) -> [String; 7] {
    let failed = document.failed.iter();
    let failed: String = failed
        .map(|unit| failed_text(session, unit) + "\n")
        .collect();
    let stale = stale_text(session, &document.stale);
    let install = session.command("fleet install");
    let former = document.former.iter().map(|former| {
        format!("The fleet's units run what was at {former} before the home was moved: {install}\n")
    });
    let unknown = document.manager_problem.iter();
    let unknown =
        unknown.map(|why| format!("Whether running units are stale cannot be told: {why}\n"));
    [
        leftovers_text(session, &document.leftovers, document.release.as_deref()),
        former.collect(),
        failed,
        lost_text(session, &document.lost),
        if stale.is_empty() {
            stale
        } else {
            stale + "\n"
        },
        unknown.collect(),
        conflicts_text(session, &document.conflicts, false),
    ]
}
