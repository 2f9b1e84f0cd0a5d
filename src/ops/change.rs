//! Carrying a plan out, and the outcome of that: shared by every operation that changes a home.

use crate::decide::bundle::changelog::News;
use crate::decide::doctor::file_system;
use crate::decide::home::situation::PlanRefusal;
use crate::effects::apply::access::{self, Places};
use crate::effects::apply::{Fresh, Site, commit};
use crate::effects::bundle::Bundle;
use crate::effects::doctor;
use crate::effects::home::pending::{Performed, perform};
use crate::effects::home::survey::{Survey, extend_cache};
use crate::effects::home::{Home, refuse_foreign_owner};
use crate::effects::os::disk::above::resolved;
use crate::effects::os::host;
use crate::effects::state::State;
use crate::model::change::{Alteration, Presence, RootName, Spot};
use crate::model::fleet_units::{FailedUnit, FleetUnits};
use crate::model::generation::{Heading, Pending};
use crate::model::ignore::Ignore;
use crate::model::migration::{Migrated, Outcome};
use crate::model::path::RelPath;
use crate::model::plan::{Advisory, Content, Plan};
use crate::model::record::{Parked, Record, Release};
use crate::model::source_version::SourceVersion;
use crate::model::stayed::Stayed;
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;
use crate::ops::event::Event;
use crate::ops::fleet::stale;

/// The outcome of an operation on a home; of a preview, the outcome that it foresees.
#[derive(Debug)]
pub struct HomeChange {
    /// The plan.
    pub plan: Plan,
    /// The release before; for a home that is being adopted, the release that wrote it.
    pub from: Option<Release>,
    /// The source version of a home that gets a record by this change.
    pub adopted: Option<SourceVersion>,
    /// Changelog entries of the releases after `from`, up to the one that the plan goes to; empty where none is newer.
    pub news: Vec<News>,
    /// Set where nothing was written, because this is a preview.
    pub is_dry_run: bool,
    /// The current generation, afterwards.
    pub generation: u64,
    /// Set where the operation committed a generation.
    pub is_committed: bool,
    /// The generation of an interrupted run that was finished first.
    pub finished_generation: Option<u64>,
    /// Set where an interrupted run waits to be finished; only a preview leaves it so.
    pub is_recovery_pending: bool,
    /// Conflicts that are unsettled afterwards, new or not.
    pub conflicts: Vec<(RelPath, Parked)>,
    /// Sentences about files that a person should know of.
    pub advisories: Vec<Advisory>,
    /// Places that stayed as they were: the operator was faster, or the file system refused.
    pub stayed: Vec<Stayed>,
    /// Files outside the home that stay as they are although they were to change.
    pub stays: Vec<String>,
    /// Pending actions that were tried: those of this commit, or, where there was none, those of an earlier one.
    pub performed: Performed,
    /// Pending actions that a preview expects to be stuck, each with the reason.
    pub foreseen_pending: Vec<(Pending, String)>,
    /// The units of the fleet.
    pub units: FleetUnits,
}

impl HomeChange {
    /// Tells whether a conflict, a refused migration, a failed unit or a file that stayed waits for a person.
    pub fn waits(&self) -> bool {
        let is_refused = |migrated: &Migrated| migrated.outcome == Outcome::Refused;
        !self.stays.is_empty()
            || !self.conflicts.is_empty()
            || !self.stayed.is_empty()
            || self.plan.migrations.iter().any(is_refused)
            || !self.units.failed.is_empty()
    }

    /// Tells whether a person is needed: the change waits for one, or a pending action failed for another reason than
    /// that no user manager was there.
    pub fn needs_person(&self) -> bool {
        self.waits() || self.performed.is_held_up()
    }

    /// The pending actions that are still to be done, each with the reason, `ACTION: REASON`.
    pub fn still_pending(&self) -> Vec<String> {
        let foreseen = self.foreseen_pending.iter();
        let foreseen = foreseen.map(|(action, why)| format!("{action}: {why}"));
        self.performed
            .still_pending()
            .into_iter()
            .chain(foreseen)
            .collect()
    }
}

impl HomeChange {
    /// The change of a home that stays as it is.
    pub(crate) fn of_nothing(home: &Home) -> Self {
        let plan = Plan {
            record: home.record.clone(),
            ..Plan::default()
        };
        described(home, plan, Performed::default())
    }
}

/// The change of a plan that is not carried out; refused where it could not be, as it would be then.
pub(crate) fn foreseen(
    context: &Context,
    home: &Home,
    plan: Plan,
    bundle: Option<&Bundle>,
) -> Result<HomeChange, Error> {
    if plan.commits {
        refuse_foreign_owner(&home.root.open_nearest()?)?;
        let places = Places {
            home: &home.root,
            state: home.state.as_ref(),
            folders: &home.folders,
        };
        access::check(&places, &plan, bundle)?;
    }
    let mut change = described(home, plan, Performed::default());
    change.is_dry_run = true;
    change.is_recovery_pending = home.recovery_pending;
    let failed = stale::find(
        context,
        home,
        Some(&change.plan),
        &change.performed,
        &mut change.units,
    );
    if let Some(why) = &change.units.manager_problem {
        let waiting = Pending::after(&home.record, &change.plan).into_iter();
        let waiting = waiting.filter(Pending::is_for_manager);
        change.foreseen_pending = waiting.map(|action| (action, why.clone())).collect();
        change.units.pending = !change.foreseen_pending.is_empty();
    }
    change.units.list_failed(failed);
    Ok(change)
}

/// Carries a plan out, if there is anything in it. Only an update, which has a survey, lists what had failed without
/// it.
pub(crate) fn carry_out(
    context: &Context,
    run: &mut Run,
    plan: Plan,
    command: &str,
    survey: Option<&Survey>,
) -> Result<HomeChange, Error> {
    let performed = std::mem::take(&mut run.performed);
    let home = run.home();
    let Some(state) = &home.state else {
        return Err(context.no_record());
    };
    let mut change = described(home, plan, performed);
    change.finished_generation = run.entered.finished_generation();
    if change.plan.commits {
        commit_plan(context, home, state, &mut change, command, survey)?;
    } else if let Some(survey) = survey {
        survey
            .refresh_cache(state)
            .ignore("only speed rests on the stat cache");
    }
    let failed = stale::find(context, home, None, &change.performed, &mut change.units);
    if survey.is_some() {
        change.units.list_failed(failed);
    }
    Ok(change)
}

fn commit_plan(
    context: &Context,
    home: &Home,
    state: &State,
    change: &mut HomeChange,
    command: &str,
    survey: Option<&Survey>,
) -> Result<(), Error> {
    let plan = &change.plan;
    let mut earlier = state.pending(home.generation, &home.record)?;
    earlier.retain(|action| *action != Pending::RefreshStatCache);
    let pending = Pending::joined(earlier, Pending::after(&home.record, plan));
    context.tell(committing(plan, survey));
    let site = Site {
        home: &home.root,
        state,
        folders: &home.folders,
        interrupt: &context.interrupt,
        on_checkpoint: &context.checkpoints(),
    };
    let bundle = survey.map(|survey| &survey.bundle);
    let committed = commit(&site, plan, heading(home, plan, command), &pending, bundle);
    context.tell(Event::Committed);
    let (committed, fresh) = committed?;
    drain_fresh(home, state, committed.generation, survey, &fresh);
    let is_other = |action: &Pending| *action != Pending::RefreshStatCache;
    // It is committed, whatever becomes of this: what cannot be done stays pending.
    change.performed = perform(home, committed.generation, is_other).unwrap_or_default();
    change.units = FleetUnits {
        refreshed: refreshed(plan),
        failed: failed(&change.performed),
        pending: change.performed.waits_for_manager(),
        ..FleetUnits::default()
    };
    let lost = fresh
        .iter()
        .filter_map(|file| Advisory::on_lost(&file.path, &file.lost));
    change.advisories.extend(lost);
    change.generation = committed.generation;
    change.is_committed = true;
    change.stayed = committed.stayed;
    // It is committed: what cannot be read now is no failure of the operation, and `resolve` lists it.
    if !change.stayed.is_empty()
        && let Ok(record) = state.record(committed.generation)
    {
        change.conflicts = record.parked.into_iter().collect();
    }
    Ok(())
}

fn described(home: &Home, plan: Plan, performed: Performed) -> HomeChange {
    HomeChange {
        from: release_before(home, &plan),
        adopted: adopted_now(home, &plan).cloned(),
        news: Vec::new(),
        is_dry_run: false,
        generation: home.generation,
        is_committed: false,
        finished_generation: None,
        is_recovery_pending: false,
        conflicts: conflicts_of(&plan.record, &plan.unsettled),
        advisories: ground(home, &plan).chain(plan.advisories.clone()).collect(),
        stayed: Vec::new(),
        stays: plan.stays.iter().map(ToString::to_string).collect(),
        foreseen_pending: Vec::new(),
        units: FleetUnits {
            refreshed: refreshed(&plan),
            ..FleetUnits::default()
        },
        performed,
        plan,
    }
}

/// Limits of the place where a home is about to be, as `doctor` knows them; it is said once.
fn ground(home: &Home, plan: &Plan) -> impl Iterator<Item = Advisory> {
    let path = home.root.path().to_owned();
    let is_first = home.generation == 0 && plan.commits;
    let facts = is_first.then(|| doctor::file_system_facts(&resolved(&path), false));
    let limits = facts.flatten().map(|facts| file_system::limits(&facts));
    let limits = limits.unwrap_or_default().into_iter();
    limits.map(move |limit| Advisory::about(path.display(), limit))
}

/// The parked conflicts of a record at these paths.
pub(crate) fn conflicts_of(record: &Record, paths: &[RelPath]) -> Vec<(RelPath, Parked)> {
    let conflict = |path: &RelPath| Some((path.clone(), record.parked.get(path)?.clone()));
    paths.iter().filter_map(conflict).collect()
}

/// The units that the manager would not have something done to.
fn failed(performed: &Performed) -> Vec<FailedUnit> {
    let units = performed.undone.iter().flat_map(|undone| {
        let failed = |unit: &String| FailedUnit {
            unit: unit.clone(),
            words: undone.why.clone(),
            missing: None,
            roster: String::new(),
        };
        undone.units.iter().map(failed)
    });
    units.collect()
}

/// The active units that a plan changes, by name.
fn refreshed(plan: &Plan) -> Vec<String> {
    let is_changed = |spot: &&Spot| plan.intents.iter().any(|intent| intent.change.at == **spot);
    let units = plan.record.units.keys().filter(is_changed);
    units.map(|spot| spot.path.split().1.to_owned()).collect()
}

fn committing(plan: &Plan, survey: Option<&Survey>) -> Event<'static> {
    let wanted = survey.map(|survey| &survey.bundle.wanted);
    let length = |content: &Content| content.length(wanted).unwrap_or(0);
    let contents = plan
        .intents
        .iter()
        .filter_map(|intent| intent.content.as_ref());
    Event::Committing {
        contents: contents.map(length).collect(),
        changes: plan.intents.len(),
    }
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
pub(crate) fn release_before(home: &Home, plan: &Plan) -> Option<Release> {
    let written_by = |to: &Release| {
        Some(Release {
            bundle: to.bundle.clone(),
            version: adopted_now(home, plan)?.version.clone(),
        })
    };
    let recorded = home.record.release.clone();
    recorded.or_else(|| plan.record.release.as_ref().and_then(written_by))
}

/// The source version of a home that gets a record by this plan.
fn adopted_now<'a>(home: &Home, plan: &'a Plan) -> Option<&'a SourceVersion> {
    let adopted = plan.record.adopted.as_ref();
    adopted.filter(|_| home.record.release.is_none())
}

/// Completes a plan that was not made from a survey by what it still has to know of the files that it changes. A file
/// that another user owns is refused: in our place it would be ours. One with other names is told of.
pub(crate) fn vet_files(home: &Home, plan: &mut Plan) -> Result<(), Error> {
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
                ships: is_shipped(&home.record, &change.at),
            }
            .into());
        }
        if stat.stx_nlink > 1 {
            plan.advisories.extend(Advisory::on_other_names(change));
        }
    }
    vet_directories(home, plan)
}

fn is_shipped(record: &Record, at: &Spot) -> bool {
    at.home_path()
        .is_some_and(|path| record.entries.contains_key(path) || record.parked.contains_key(path))
}

/// Tells of what a removed directory had besides its permission bits, with which alone it would come back.
pub(crate) fn vet_directories(home: &Home, plan: &mut Plan) -> Result<(), Error> {
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

/// Writes the stat cache with what this run still knows, which spares reading the home again. Where that cannot be
/// done it stays pending, for the next run.
fn drain_fresh(
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
        let mut left = state.pending(generation, &home.record)?;
        left.retain(|action| *action != Pending::RefreshStatCache);
        state.keep_pending(generation, &left)
    };
    let kept = refreshed.and_then(|()| keep_the_rest());
    kept.ignore("the cache stays pending, and the next run writes it");
}
