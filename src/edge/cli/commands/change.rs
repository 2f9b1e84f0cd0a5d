//! What `update`, `rollback` and `resolve` share: a plan is carried out, and told.

use crate::edge::report::document::{
    self, AdoptedLine, ChangeDocument, ConflictLine, FailedLine, MigrationLine, UnitLines,
    action_lines, conflict_lines, counts, schema_name,
};
use crate::edge::report::layout;
use std::collections::BTreeSet;

use crate::decide::home::situation::PlanRefusal;
use crate::decide::plan::classes::{Class, Classes};
use crate::decide::plan::parking::outside_spot;
use crate::edge::cli::commands::stale;
use crate::edge::cli::session::{Session, crash_point};
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::migration_text;
use crate::edge::report::plan_text;
use crate::edge::report::progress::Progress;
use crate::edge::report::voice::{style, styled};
use crate::effects::apply::{Fresh, Site, commit};
use crate::effects::bundle::BundleError;
use crate::effects::home::pending::{Undone, perform};
use crate::effects::home::survey::{Survey, extend_cache};
use crate::effects::home::{Entered, Home};
use crate::effects::os::host;
use crate::effects::scan::scan;
use crate::effects::scan::stat_cache::StatCache;
use crate::effects::state::State;
use crate::model::change::{Alteration, Presence, RootName, Spot};
use crate::model::found::Found;
use crate::model::generation::{Heading, Pending};
use crate::model::migration::Outcome;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Advisory, Content, Plan};
use crate::model::record::Release;
use crate::model::source_version::SourceVersion;

/// Carries a plan out, if there is anything in it, and describes what came of it.
pub fn carry_out(
    session: &mut Session,
    entered: &Entered,
    plan: &Plan,
    command: &str,
    survey: Option<&Survey>,
) -> Result<ChangeDocument, CommandError> {
    let home = &entered.home;
    let Some(state) = &home.state else {
        return Err(CommandError::NoRecord(session.home.clone()));
    };
    let mut document = describe(session, command, home, plan);
    document.recovered_generation = entered.finished_generation();
    if !plan.commits {
        // Only speed rests on it.
        drop(survey.map(|survey| survey.refresh_cache(state)));
        look_at_units(session, home, survey, &mut document.units);
        return Ok(document);
    }
    let progress = progress(session, plan, survey);
    let crash = crash_point();
    let at = |checkpoint| {
        progress.pass(checkpoint);
        crash(checkpoint);
    };
    let (interrupt, folders) = (&session.interrupt, &home.folders);
    let site = Site {
        home: &home.root,
        state,
        folders,
        interrupt,
        on_checkpoint: &at,
    };
    let heading = heading(home, plan, command);
    let mut earlier = state.pending(home.generation)?;
    earlier.retain(|action| *action != Pending::RefreshStatCache);
    let pending = Pending::joined(earlier, Pending::after(&home.record, plan));
    let (committed, fresh) = commit(
        &site,
        plan,
        heading,
        &pending,
        survey.map(|survey| &survey.bundle),
    )?;
    drop(progress);
    drain_fresh(home, state, committed.generation, survey, &fresh);
    // It is committed, whatever becomes of this: what cannot be done stays pending.
    let is_other = |action: &Pending| *action != Pending::RefreshStatCache;
    session.aftermath = perform(home, committed.generation, is_other).unwrap_or_default();
    tell_of_units(session, plan, &mut document);
    look_at_units(session, home, survey, &mut document.units);
    document.advisories.extend(
        fresh
            .iter()
            .filter_map(|file| Advisory::on_lost(&file.path, &file.lost)),
    );
    document.generation = committed.generation;
    document.committed = true;
    document.overtaken = committed
        .overtaken
        .iter()
        .map(ToString::to_string)
        .collect();
    // It is committed: what cannot be read now is no failure of the command, and `resolve` lists it.
    if let (false, Ok(record)) = (
        committed.overtaken.is_empty(),
        state.record(committed.generation),
    ) {
        document.conflicts = conflict_lines(&record, record.parked.keys());
    }
    Ok(document)
}

/// Only an update lists what has failed without it.
fn look_at_units(session: &Session, home: &Home, survey: Option<&Survey>, units: &mut UnitLines) {
    let failed = stale::find(session, home, None, units);
    if survey.is_some() {
        list_failed(units, failed);
    }
}

/// Lists what is not listed yet.
pub fn list_failed(units: &mut UnitLines, failed: Vec<FailedLine>) {
    let is_listed = |unit: &FailedLine| units.failed.iter().any(|listed| listed.unit == unit.unit);
    let unlisted: Vec<_> = failed.into_iter().filter(|unit| !is_listed(unit)).collect();
    units.failed.extend(unlisted);
}

/// What became of the units, and of what else was to be done after the commit.
fn tell_of_units(session: &Session, plan: &Plan, document: &mut ChangeDocument) {
    let left = &session.aftermath.undone;
    document.pending = session.still_pending();
    document.is_held_up = left.iter().any(|left| !left.is_waiting);
    document.units = UnitLines {
        refreshed: refreshed(plan),
        failed: left.iter().flat_map(failed).collect(),
        pending: left.iter().any(|left| left.is_waiting),
        ..UnitLines::default()
    };
}

/// The units that the manager would not have something done to.
fn failed(left: &Undone) -> impl Iterator<Item = FailedLine> {
    left.units.iter().map(|unit| FailedLine {
        unit: unit.clone(),
        words: left.why.clone(),
    })
}

/// The active units that a plan changes, by name.
fn refreshed(plan: &Plan) -> Vec<String> {
    let is_of_unit = |spot: &&Spot| plan.intents.iter().any(|intent| intent.change.at == **spot);
    plan.record
        .units
        .keys()
        .filter(is_of_unit)
        .map(|spot| spot.path.split().1.to_owned())
        .collect()
}

fn progress(session: &Session, plan: &Plan, survey: Option<&Survey>) -> Progress {
    let wanted = survey.map(|survey| &survey.bundle.wanted);
    let length = |content: &Content| content.length(wanted).unwrap_or(0);
    let contents = plan
        .intents
        .iter()
        .filter_map(|intent| intent.content.as_ref())
        .map(length);
    Progress::of_commit(
        session.voice.shows_progress(),
        contents.collect(),
        plan.intents.len(),
    )
}

fn heading(home: &Home, plan: &Plan, command: &str) -> Heading {
    Heading {
        number: home.generation + 1,
        at: host::now(),
        command: command.to_owned(),
        program: host::program_version(),
        from: release_before(home, plan),
        to: plan.record.release.clone(),
    }
}

/// The release that the home is at; for one that is being adopted, the release that wrote it.
pub fn release_before(home: &Home, plan: &Plan) -> Option<Release> {
    let recorded = home.record.release.clone();
    let written_by = |to: &Release| {
        let version = adopted_now(home, plan)?.version.clone();
        Some(Release {
            bundle: to.bundle.clone(),
            version,
        })
    };
    recorded.or_else(|| plan.record.release.as_ref().and_then(written_by))
}

/// The source version of a home that gets a record by this plan.
fn adopted_now<'a>(home: &Home, plan: &'a Plan) -> Option<&'a SourceVersion> {
    plan.record
        .adopted
        .as_ref()
        .filter(|_| home.record.release.is_none())
}

/// What a plan that was not made from a survey still has to know of the files that it changes. One that another
/// user owns is refused: in our place it would be ours. One with other names is told of.
pub fn vet_files(home: &Home, plan: &mut Plan) -> Result<(), CommandError> {
    let changes = plan.intents.iter().map(|intent| &intent.change);
    for change in changes.filter(|change| change.at.root.is_live()) {
        let Presence::File(_) = change.alteration.before() else {
            continue;
        };
        let Some(stat) = home.stat_if_there(&change.at)? else {
            continue;
        };
        if stat.stx_uid != host::effective_uid() {
            return Err(PlanRefusal::ForeignOwner {
                at: change.at.clone(),
                owner: stat.stx_uid,
            }
            .into());
        }
        if stat.stx_nlink > 1 {
            plan.advisories.extend(Advisory::on_other_names(change));
        }
    }
    vet_directories(home, plan)
}

/// A directory comes back with its permission bits; what else it had goes with it, and is told of.
pub fn vet_directories(home: &Home, plan: &mut Plan) -> Result<(), CommandError> {
    for change in plan.intents.iter().map(|intent| &intent.change) {
        if let (RootName::Home, Alteration::RemoveDirectory { .. }) =
            (&change.at.root, change.alteration)
        {
            let lost = home.root.directory_attributes(change.at.path.as_str())?;
            plan.advisories
                .extend(Advisory::on_lost(&change.at.path, &lost));
        }
    }
    Ok(())
}

/// Does what the commit left to be done with what this run still knows, which spares reading the home
/// again. What cannot be done stays pending, for the next run.
pub fn drain_fresh(
    home: &Home,
    state: &State,
    generation: u64,
    survey: Option<&Survey>,
    fresh: &[Fresh],
) {
    let refreshed = match survey {
        Some(survey) => survey.refresh_cache_after(&home.root, state, fresh),
        None => extend_cache(&home.root, state, fresh),
    };
    let keep_the_rest = || {
        let mut left = state.pending(generation)?;
        left.retain(|action| *action != Pending::RefreshStatCache);
        state.keep_pending(generation, &left)
    };
    drop(refreshed.and_then(|()| keep_the_rest()));
}

/// The document of a plan before it is carried out.
pub fn describe(session: &Session, command: &str, home: &Home, plan: &Plan) -> ChangeDocument {
    ChangeDocument {
        schema: schema_name(command),
        home: session.home_text(),
        from: document::version(release_before(home, plan).as_ref()),
        to: document::version(plan.record.release.as_ref()),
        adopted: adopted_now(home, plan).map(AdoptedLine::from),
        dry_run: false,
        plan_digest: format!("sha256:{}", plan.digest()),
        generation: home.generation,
        committed: false,
        actions: action_lines(plan, session.voice.is_verbose()),
        migrations: plan.migrations.iter().map(migration_text::line).collect(),
        conflicts: conflict_lines(&plan.record, &plan.unsettled),
        leftovers: plan.leftovers.iter().map(ToString::to_string).collect(),
        advisories: plan.advisories.clone(),
        overtaken: Vec::new(),
        stays: plan.stays.iter().map(ToString::to_string).collect(),
        news: Vec::new(),
        pending: session.still_pending(),
        is_held_up: session.aftermath.undone.iter().any(|left| !left.is_waiting),
        units: UnitLines {
            refreshed: refreshed(plan),
            ..UnitLines::default()
        },
        counts: counts(plan),
        recovered_generation: None,
        recovery_pending: false,
    }
}

/// What a dry run can tell of the time after the commit: what would be stale, and what would wait for a user manager.
/// Returns the units that have failed.
pub fn foretell_units(
    session: &Session,
    home: &Home,
    plan: &Plan,
    document: &mut ChangeDocument,
) -> Vec<FailedLine> {
    let failed = stale::find(session, home, Some(plan), &mut document.units);
    if let Some(why) = &document.units.manager_problem {
        let waiting = Pending::after(&home.record, plan)
            .into_iter()
            .filter(Pending::is_for_manager);
        document
            .pending
            .extend(waiting.map(|action| format!("{action}: {why}")));
        document.units.pending = !document.pending.is_empty();
    }
    failed
}

/// Tells the steps of a plan, what a person should know, and what waits for one.
pub fn tell_steps(session: &mut Session, plan: &Plan, document: &ChangeDocument) {
    let steps = plan_text::steps(plan, session.voice.is_verbose(), session.voice.columns());
    if !steps.is_empty() {
        session.voice.say(&format!("\n{steps}"));
    }
    let columns = session.voice.columns();
    let done = migration_text::done(&plan.migrations, session.voice.is_verbose(), columns);
    if !done.is_empty() {
        session.voice.say(&format!(
            "\n{}\n{done}",
            styled(style::STRONG, "Migrations of your own files")
        ));
    }
    if document.dry_run {
        let screen = session.voice.screen();
        let diffs = migration_text::diffs(&plan.migrations, session.voice.is_verbose(), &screen);
        if !diffs.is_empty() {
            session
                .voice
                .say(&format!("\n{}", screen.spoken(diffs.trim_end())));
        }
    }
    let advisories = plan_text::advisories(document);
    if !advisories.is_empty() {
        session.voice.insist(&advisories);
    }
    let leftovers = plan_text::leftovers(&document.leftovers, &session.at, session.voice.columns());
    if document.adopted.is_some() && !leftovers.is_empty() {
        session.voice.say(&format!("\n{leftovers}"));
    }
    // What a dry run would park is told above, and is not there to be settled.
    let foreseen = plan
        .steps
        .iter()
        .filter(|step| document.dry_run && step.action == Action::Conflict);
    let foreseen: BTreeSet<_> = foreseen.map(|step| step.at.text()).collect();
    let is_there = |conflict: &&ConflictLine| !foreseen.contains(conflict.path.as_str());
    let waiting: Vec<_> = document
        .conflicts
        .iter()
        .filter(is_there)
        .cloned()
        .collect();
    let conflicts = conflicts_text(session, &waiting, false);
    if !conflicts.is_empty() {
        session.voice.insist(&format!("\n{conflicts}"));
    }
    tell_refusals(session, document);
    session.tell_aftermath();
}

/// What migrations leave to a person.
fn tell_refusals(session: &mut Session, document: &ChangeDocument) {
    let refusals = migration_text::refusals(&document.migrations, session.voice.columns());
    if !refusals.is_empty() {
        session.voice.insist(&format!("\n{refusals}"));
    }
}

/// What waits for a person, as this session tells it: the first of it, unless all is asked for.
pub fn conflicts_text(session: &Session, conflicts: &[ConflictLine], all: bool) -> String {
    let all = all || session.voice.is_verbose();
    plan_text::conflicts(
        conflicts,
        &session.home_text(),
        &session.at,
        all,
        session.voice.columns(),
    )
}

/// Tells which running units are stale, or would be.
pub fn tell_stale(session: &mut Session, document: &ChangeDocument) {
    let stale = stale::text(session, &document.units.stale);
    if !stale.is_empty() {
        session.voice.say(&format!("\n{stale}"));
    }
}

/// Tells how it ended, and how to undo it.
pub fn conclude(session: &mut Session, document: &ChangeDocument) {
    tell_stale(session, document);
    let number = document.generation;
    match document.committed {
        true => {
            let (done, undo) = (
                format!("Done: generation {number}. To undo it:"),
                session.command("rollback"),
            );
            let text = layout::lead_to(&done, &undo, session.voice.columns());
            session.voice.say(&format!("\n{text}"));
        }
        false if !waits(document) => session.voice.say("Nothing to do."),
        false => session.voice.say("\nNothing else to do."),
    }
}

/// Takes out the paths that the operator has preserved since: they wait for nobody.
pub fn hide_sleeping(home: &Home, conflicts: &mut Vec<RelPath>) -> Result<(), CommandError> {
    let classes = Classes::of_operator(&home.preserve_text).map_err(BundleError::from)?;
    conflicts.retain(|path| classes.judge(path).class != Class::Preserved);
    Ok(())
}

/// The conflicts that still wait for a person, as far as can be told without a bundle: not those whose path
/// the operator has preserved since, nor those that he settled by hand.
pub fn standing_conflicts(home: &Home) -> Result<Vec<ConflictLine>, CommandError> {
    let mut paths: Vec<_> = home.record.parked.keys().cloned().collect();
    hide_sleeping(home, &mut paths)?;
    let found = scan(&home.root, &paths, &StatCache::default())?.found;
    let mut found = found.iter();
    paths
        .retain(|path| found.next().and_then(Found::digest) != Some(home.record.parked[path].want));
    Ok(conflict_lines(&home.record, &paths))
}

/// The active units that the release's could not be joined to, `UNIT: what ships`.
pub fn standing_stays(home: &Home) -> Vec<String> {
    let parked = |unit: &Spot| {
        let place = outside_spot(unit)?.to_string();
        home.root
            .look(&place)
            .ok()
            .map(|_| format!("{unit}: {place}"))
    };
    home.record.units.keys().filter_map(parked).collect()
}

/// The exit status: something may wait for a person.
pub fn exit(document: &ChangeDocument) -> Exit {
    if waits(document) || document.is_held_up {
        Exit::NeedsPerson
    } else {
        Exit::Done
    }
}

fn waits(document: &ChangeDocument) -> bool {
    let is_refused = |migration: &MigrationLine| migration.outcome == Outcome::Refused;
    !document.stays.is_empty()
        || !document.conflicts.is_empty()
        || !document.overtaken.is_empty()
        || document.migrations.iter().any(is_refused)
        || !document.units.failed.is_empty()
}
