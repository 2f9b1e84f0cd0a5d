//! `install` and `update`: survey, plan, commit.

use std::path::PathBuf;

use semver::Version;

use crate::decide::bundle::changelog::{self, CHANGELOG, News};
use crate::decide::home::respelled::respelled_record;
use crate::decide::home::situation::{Asked, Objection, Situation};
use crate::decide::home::source_version::source_version;
use crate::decide::home::update::{Proposal, plan};
use crate::decide::migrate::{self, Gate, Migrations};
use crate::effects::bundle::{Bundle, Source};
use crate::effects::fleet;
use crate::effects::fleet::install::active;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::survey::Survey;
use crate::effects::home::{Home, HomeError, Recovery, refuse_inside_another};
use crate::effects::os::host;
use crate::model::digest::Digest;
use crate::model::ignore::Ignore;
use crate::model::plan::Plan;
use crate::model::record::Release;
use crate::model::source_version::SourceVersion;
use crate::ops::change::{self, HomeChange, carry_out, release_before, vet_directories};
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;
use crate::ops::event::Event;
use crate::ops::fleet::relaunch::{OnLost, relaunch_all};

pub use crate::ops::update_request::{Objected, UpdateRequest};

/// An update and its outcome. It holds the home's lock until it is dropped.
pub struct Updated {
    /// The change of the home.
    pub change: HomeChange,
    /// Set where the home had a record before.
    pub was_installed: bool,
    /// The error with which an update ends that was only previewed, where it may not be carried out.
    pub refusal: Option<Error>,
    run: Option<Run>,
}

impl Updated {
    /// Gives the change of the home alone; its lock is free from then on.
    pub fn into_change(self) -> HomeChange {
        self.change
    }

    /// Restarts the agents that are stale now, one after the other; after a preview, none. Returns the problem where
    /// they could not be restarted.
    pub fn relaunch(&mut self, context: &Context, on_lost: OnLost) -> Option<String> {
        let Self { change, run, .. } = self;
        let home = run.as_ref()?.home();
        relaunch_all(context, home, on_lost, &change.performed, &mut change.units)
    }
}

/// Sets up a home, or adopts one that has no record; on a recorded home it does what [`update`] does.
///
/// # Errors
///
/// Like [`update`]; a home that is not there is made.
pub fn install(context: &Context, request: &UpdateRequest) -> Result<Updated, Error> {
    run(context, request, "install")
}

/// Brings a home to a release, in one transaction.
///
/// # Errors
///
/// [`Error::Home`] where there is no home or another run holds its lock, [`Error::Bundle`] for a bundle that cannot be
/// used, [`Error::Refused`] and [`Error::OtherPlan`] where the plan may not be carried out, [`Error::Transaction`] where
/// it could not be. [`Error::left_home_unchanged`] tells which of them changed nothing.
pub fn update(context: &Context, request: &UpdateRequest) -> Result<Updated, Error> {
    run(context, request, "update")
}

/// Decides what [`install`] would do, and writes nothing.
///
/// # Errors
///
/// The errors of [`install`] that come before its transaction.
pub fn preview_install(context: &Context, request: &UpdateRequest) -> Result<Updated, Error> {
    let home = match look(context) {
        Err(HomeError::Absent { .. }) => Home::nowhere(&context.home),
        looked => looked?,
    };
    preview(context, request, &home, "install")
}

/// Decides what [`update`] would do, and writes nothing.
///
/// # Errors
///
/// The errors of [`update`] that come before its transaction.
pub fn preview_update(context: &Context, request: &UpdateRequest) -> Result<Updated, Error> {
    preview(context, request, &look(context)?, "update")
}

fn look(context: &Context) -> Result<Home, HomeError> {
    refuse_inside_another(&context.home)?;
    Home::look(&context.home)
}

fn preview(
    context: &Context,
    request: &UpdateRequest,
    home: &Home,
    command: &'static str,
) -> Result<Updated, Error> {
    let Decision {
        survey,
        proposal: Proposal { plan, objection },
        news,
    } = decide(context, home, request)?;
    refuse_other_plan(request.plan, &plan)?;
    let mut change = change::foreseen(context, home, plan, Some(&survey.bundle))?;
    change.news = news;
    Ok(Updated {
        change,
        was_installed: home.record.release.is_some(),
        refusal: objection.map(|objection| objected(objection, command, request, true)),
        run: None,
    })
}

fn objected(
    objection: Objection,
    command: &'static str,
    request: &UpdateRequest,
    is_shown: bool,
) -> Error {
    Error::Objected(Box::new(Objected {
        objection,
        command,
        request: request.clone(),
        is_shown,
    }))
}

fn run(
    context: &Context,
    request: &UpdateRequest,
    command: &'static str,
) -> Result<Updated, Error> {
    refuse_inside_another(&context.home)?;
    let mut run = context.enter(command == "install", Recovery::Finish)?;
    let outcome = change(context, &mut run, request, command);
    let outcome = run.end(outcome);
    let left_unchanged = match &outcome {
        Ok(change) => !change.is_committed,
        Err(error) => error.left_home_unchanged(),
    };
    let was_installed = run.home().record.release.is_some();
    let run = if left_unchanged && run.home().generation == 0 {
        let left = run.entered.leave();
        left.ignore("what made the operation end is what the user must hear");
        None
    } else {
        Some(run)
    };
    Ok(Updated {
        change: outcome?,
        was_installed,
        refusal: None,
        run,
    })
}

fn change(
    context: &Context,
    run: &mut Run,
    request: &UpdateRequest,
    command: &'static str,
) -> Result<HomeChange, Error> {
    let Decision {
        survey,
        proposal: Proposal { plan, objection },
        news,
    } = decide(context, run.home(), request)?;
    if let Some(objection) = objection {
        return Err(objected(objection, command, request, false));
    }
    refuse_other_plan(request.plan, &plan)?;
    let mut change = carry_out(context, run, plan, command, Some(&survey))?;
    change.news = news;
    Ok(change)
}

/// A plan, with the survey that it rests on and the news that it brings.
struct Decision {
    survey: Survey,
    proposal: Proposal,
    news: Vec<News>,
}

fn decide(context: &Context, home: &Home, request: &UpdateRequest) -> Result<Decision, Error> {
    context.tell(Event::Reading);
    let decision = survey_and_plan(context, home, request);
    context.tell(Event::Read);
    decision
}

fn survey_and_plan(
    context: &Context,
    home: &Home,
    request: &UpdateRequest,
) -> Result<Decision, Error> {
    let survey = Survey::make(home, &source(request.from.as_ref()))?;
    let from_version = request.from_version.as_ref();
    let proposal = plan_update(context, home, &survey, from_version, request.into())?;
    let news = news(release_before(home, &proposal.plan), &survey.bundle)?;
    Ok(Decision {
        survey,
        proposal,
        news,
    })
}

/// The source of a bundle; without a path, the release in this program.
pub(crate) fn source(from: Option<&PathBuf>) -> Source {
    from.map_or(Source::Embedded, |path| Source::at(path))
}

/// The changelog entries of the releases after the home's, up to the bundle's.
fn news(home: Option<Release>, bundle: &Bundle) -> Result<Vec<News>, Error> {
    let mut paths = bundle.wanted.keys();
    let path = paths.find(|path| path.as_str() == CHANGELOG);
    let (Some(release), Some(path)) = (home, path) else {
        return Ok(Vec::new());
    };
    let to = bundle.manifest.version();
    if release.version >= *to {
        return Ok(Vec::new());
    }
    let text = String::from_utf8(bundle.read(path)?).unwrap_or_default();
    Ok(changelog::news(&text, &release.version, to))
}

impl From<&UpdateRequest> for Asked {
    fn from(request: &UpdateRequest) -> Self {
        Self {
            removals: request.allow_removals,
            downgrade: request.allow_downgrade,
            prune: request.prune,
            no_units: request.no_units,
        }
    }
}

/// The plan that an update would carry out, and what stands against it; `why` and `diff` ask for it, too. `from_version`
/// is the release that wrote the home, where the operator says it.
pub(crate) fn plan_update(
    context: &Context,
    home: &Home,
    survey: &Survey,
    from_version: Option<&Version>,
    request: Asked,
) -> Result<Proposal, Error> {
    let adopted = source_version(&home.record, from_version, || survey.written_by())?;
    let leaves_units = request.no_units;
    let migrations = migrations(context, home, survey, adopted.as_ref(), leaves_units)?;
    let active = if request.no_units {
        None
    } else {
        Some(active(home, survey, &context.surroundings_of(home))?)
    };
    let record = respelled_record(&home.record, &survey.respelled);
    let situation = Situation {
        release: &survey.bundle.manifest.release,
        wanted: &survey.bundle.wanted,
        classes: &survey.classes,
        earlier: &survey.earlier,
        record: &record,
        respelled: &survey.respelled,
        found: &survey.found,
        umask: host::umask(),
        uid: host::effective_uid(),
        version_file: &survey.traces.version_file,
        adopted: adopted.as_ref(),
        migrations: &migrations,
        active_units: active.as_ref(),
        asked: request,
    };
    let mut proposal = plan(situation, &DiskEvidence::new(home, Some(&survey.bundle)))?;
    vet_directories(home, &mut proposal.plan)?;
    Ok(proposal)
}

/// Decides the migrations, for an update that may leave the units as they are. The fleet is looked at only if one of them has to be decided. They are Mosaic's own, and not
/// for homes of other bundles.
pub(crate) fn migrations(
    context: &Context,
    home: &Home,
    survey: &Survey,
    adopted: Option<&SourceVersion>,
    leaves_units: bool,
) -> Result<Migrations, Error> {
    let release = &survey.bundle.manifest.release;
    let gate = Gate::new(&home.record, adopted, &release.version);
    let is_ours = survey.earlier.oldest().is_some();
    if !is_ours || !gate.is_open() {
        return Ok(migrate::idle(gate));
    }
    let fleet = fleet::read(home, survey, &context.surroundings_of(home), leaves_units)?;
    Ok(migrate::decide(gate, &fleet))
}

/// Refuses a plan with another digest than the one that was asked for.
pub(crate) fn refuse_other_plan(wanted: Option<Digest>, plan: &Plan) -> Result<(), Error> {
    // The digest goes through the whole record: it is made only where somebody asks for it.
    let Some(wanted) = wanted else { return Ok(()) };
    let found = plan.digest();
    if wanted == found {
        return Ok(());
    }
    Err(Error::OtherPlan {
        wanted: format!("sha256:{wanted}"),
        found: format!("sha256:{found}"),
    })
}
