//! The reports that commands which change a home share: steps, conflicts, and how it ended.

use std::collections::BTreeSet;

use semver::Version;

use crate::edge::cli::session::Session;
use crate::edge::error::Exit;
use crate::edge::report::change_document::change_document;
use crate::edge::report::document::{ChangeDocument, ConflictLine};
use crate::edge::report::layout::lead_to;
use crate::edge::report::narrator::tell_performed;
use crate::edge::report::output::{style, styled};
use crate::edge::report::{migration_text, plan_text, stale_text};
use crate::effects::os::host;
use crate::model::fleet_units::{FailedUnit, StaleUnit};
use crate::model::plan::Action;
use crate::ops::HomeChange;

/// The document of a change, as this session describes it.
pub(crate) fn describe(session: &Session, change: &HomeChange, command: &str) -> ChangeDocument {
    let wanted = (session.output.is_verbose(), session.output.is_json());
    change_document(change, command, session.home_text(), wanted)
}

/// Prints the steps of a plan, what a person should know, and what waits for one.
pub(crate) fn print_steps(session: &Session, change: &HomeChange, document: &ChangeDocument) {
    let output = session.output;
    let all = output.is_verbose();
    let columns = output.columns();
    print_part(session, &plan_text::steps(&change.plan, all, columns));
    let done = migration_text::done(&change.plan.migrations, all, columns);
    if !done.is_empty() {
        let heading = styled(style::STRONG, "Migrations of your own files");
        output.info(&format!("\n{heading}\n{done}"));
    }
    if change.is_dry_run {
        let screen = output.screen();
        let diffs = migration_text::diffs(&change.plan.migrations, all, &screen);
        print_part(session, &screen.spoken(diffs.trim_end()));
    }
    let advisories = plan_text::advisories(document);
    if !advisories.is_empty() {
        output.warn(&advisories);
    }
    if change.adopted.is_some() {
        print_part(
            session,
            &leftovers_text(session, &document.leftovers, document.to.as_deref()),
        );
    }
    let waiting = waiting_conflicts(change, document);
    warn_part(session, &conflicts_text(session, &waiting, false));
    warn_part(
        session,
        &migration_text::refusals(&document.migrations, columns),
    );
    if change.is_committed {
        tell_performed(output, &change.performed);
    }
}

fn print_part(session: &Session, part: &str) {
    if !part.is_empty() {
        session.output.info(&format!("\n{part}"));
    }
}

fn warn_part(session: &Session, part: &str) {
    if !part.is_empty() {
        session.output.warn(&format!("\n{part}"));
    }
}

/// Conflicts that can be settled now. One that a dry run would park is told as a step, and is not there yet.
fn waiting_conflicts(change: &HomeChange, document: &ChangeDocument) -> Vec<ConflictLine> {
    let is_foreseen = |action: Action| change.is_dry_run && action == Action::Conflict;
    let foreseen = change
        .plan
        .steps
        .iter()
        .filter(|step| is_foreseen(step.action));
    let foreseen: BTreeSet<_> = foreseen.map(|step| step.at.text()).collect();
    let conflicts = document.conflicts.iter();
    let is_there = |conflict: &&ConflictLine| !foreseen.contains(conflict.path.as_str());
    conflicts.filter(is_there).cloned().collect()
}

/// Conflicts as this session tells them: the first ones, unless all are asked for.
pub(crate) fn conflicts_text(session: &Session, conflicts: &[ConflictLine], all: bool) -> String {
    let output = session.output;
    let all = all || output.is_verbose();
    let home = session.home_text();
    plan_text::conflicts(conflicts, &home, &session.flags, all, output.columns())
}

/// Leftovers of earlier releases, as this session tells them of a home at a release. What this program ships is no update
/// of one that is newer.
pub(crate) fn leftovers_text(
    session: &Session,
    leftovers: &[String],
    release: Option<&str>,
) -> String {
    let release = release.and_then(|release| Version::parse(release).ok());
    let is_newer = release.is_some_and(|release| release > host::program_version());
    let from = if is_newer { " --from BUNDLE" } else { "" };
    let command = session.command(&format!("update --prune{from}"));
    plan_text::leftovers(leftovers, &command, session.output.columns())
}

/// Stale units, as this session tells them.
pub(crate) fn stale_text(session: &Session, stale: &[StaleUnit]) -> String {
    stale_text::stale(stale, session.output.columns(), &session.flags)
}

/// A failed unit, as this session tells it.
pub(crate) fn failed_text(session: &Session, failed: &FailedUnit) -> String {
    stale_text::failed(failed, &session.flags)
}

/// Prints which running units are stale, or would be.
pub(crate) fn print_stale(session: &Session, change: &HomeChange) {
    print_part(session, &stale_text(session, &change.units.stale));
}

/// Prints the units that had failed before the change.
pub(crate) fn print_failed(session: &Session, change: &HomeChange) {
    let undone = &change.performed.undone;
    let is_new = |unit: &&FailedUnit| {
        undone
            .iter()
            .any(|undone| undone.units.contains(&unit.unit))
    };
    let failed = change.units.failed.iter().filter(|unit| !is_new(unit));
    let lines: Vec<_> = failed.map(|unit| failed_text(session, unit)).collect();
    warn_part(session, &lines.join("\n"));
}

/// Prints how the command ended, and how to undo it.
pub(crate) fn print_end(session: &Session, change: &HomeChange) {
    print_stale(session, change);
    if change.is_committed {
        let done = format!("Done: generation {}. To undo it:", change.generation);
        let undo = session.command("rollback");
        print_part(session, &lead_to(&done, &undo, session.output.columns()));
    } else if change.waits() || !change.units.restarted.is_empty() {
        session.output.info("\nNothing else to do.");
    } else {
        session.output.info("Nothing to do.");
    }
}

/// The exit status, which tells whether a person is needed.
pub(crate) fn exit(change: &HomeChange) -> Exit {
    if change.needs_person() {
        Exit::NeedsPerson
    } else {
        Exit::Done
    }
}
