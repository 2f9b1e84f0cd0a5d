//! `why`: whose a path is, by which rule, and what an update would do with it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rustix::io::Errno;
use semver::Version;

use crate::decide::home::situation::{Asked, Objection};
use crate::decide::home::update::Proposal;
use crate::decide::home::whose::{Known, Whose, whose};
use crate::decide::plan::classes::{Class, Rule};
use crate::decide::text::nearest::nearest;
use crate::effects::fleet::running::{self, FleetUnit, RunningError};
use crate::effects::home::Home;
use crate::effects::home::survey::Survey;
use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::kind_of;
use crate::effects::scan::stat_cache::StatCache;
use crate::effects::scan::{kind_name, scan};
use crate::model::digest::Digest;
use crate::model::found::Found;
use crate::model::migration::Migrated;
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::update::{plan_update, source};

/// Everything that is known of a path in a home.
#[derive(Debug)]
pub struct Explanation {
    /// Whose the path is.
    pub whose: Whose,
    /// The rule that decides; `None` where none names the path.
    pub rule: Option<Rule>,
    /// The digest of what ships; `None` where the bundle has nothing there.
    pub want: Option<Digest>,
    /// The digest of the content on disk; `None` where that is no file, and for an operator's own file, which is not
    /// read.
    pub record: Option<Digest>,
    /// The kind of file on disk, in a word: `file`, `directory`, `absent`...
    pub found: Option<Digest>,
    /// The kind of what is on disk, in a word.
    pub found_kind: String,
    /// The action of an update, in a word.
    pub action: String,
    /// The action's reason.
    pub reason: String,
    /// The release that an update would come to.
    pub release: Version,
    /// What stands against that update as a whole.
    pub objection: Option<Objection>,
    /// The units that run or read the path.
    pub units: Vec<FleetUnit>,
    /// The known path that resembles this one most; `None` where something is known of this one.
    pub nearest: Option<String>,
}

/// Explains a path, against the release in this program or the one at `from`.
///
/// # Errors
///
/// The errors of a previewed update.
pub fn explain(
    context: &Context,
    path: &RelPath,
    from: Option<&PathBuf>,
) -> Result<Explanation, Error> {
    let home = context.look_to_tell()?;
    let survey = Survey::make(&home, &source(from))?;
    let Proposal { plan, objection } =
        plan_update(context, &home, &survey, None, Asked::default())?;
    let judgement = survey.classes.judge(path);
    let wanted = survey.bundle.wanted.get(path);
    let recorded = home.record.entries.get(path);
    let (whose, unasked) = whose(path, judgement, known(path, &home, &survey));
    let action = action(path, &home, &plan, unasked);
    let (action, reason) = unless_refused(action, objection.as_ref());
    Ok(Explanation {
        whose,
        rule: judgement.rule.cloned(),
        want: wanted.map(|shipped| shipped.digest),
        record: recorded.map(|entry| entry.shipped),
        found: found(&home, path, judgement.class)?,
        found_kind: kind(&home, path)?,
        action,
        reason,
        release: survey.bundle.manifest.version().clone(),
        objection,
        units: dependents(context, &home, path)?,
        nearest: nearest_known(path, &home, &survey),
    })
}

/// The units that run or read a path, as the manager has them; where there is none, by their files alone.
fn dependents(context: &Context, home: &Home, path: &RelPath) -> Result<Vec<FleetUnit>, Error> {
    let surroundings = context.surroundings_of(home);
    let enabled = || running::enabled(home, &surroundings);
    let units = match running::look(home, &surroundings, None) {
        Err(RunningError::Manager(_)) => enabled(),
        looked => with_unloaded(looked?, enabled()),
    };
    let full = resolved(&home.root.full(path.as_str()));
    let depends = units.into_iter().filter(|unit| unit.files.contains(&full));
    Ok(depends.collect())
}

/// Adds the enabled units that the manager has forgotten because they do not run.
fn with_unloaded(loaded: Vec<FleetUnit>, enabled: Vec<FleetUnit>) -> Vec<FleetUnit> {
    let is_forgotten = |unit: &FleetUnit| loaded.iter().all(|known| known.name != unit.name);
    let forgotten = enabled.into_iter().filter(is_forgotten);
    let forgotten = forgotten.map(|unit| FleetUnit {
        runs: Some(false),
        ..unit
    });
    let forgotten: Vec<_> = forgotten.collect();
    let mut units: Vec<_> = loaded.into_iter().chain(forgotten).collect();
    units.sort_by(|one, next| one.name.cmp(&next.name));
    units
}

fn known(path: &RelPath, home: &Home, survey: &Survey) -> Known {
    let shipped = survey.bundle.wanted.keys();
    let paths: BTreeSet<_> = shipped.chain(home.record.entries.keys()).collect();
    let below = paths.iter().filter(|known| known.is_below(path));
    Known {
        is_shipped: paths.contains(path) || home.record.seeded.contains(path),
        below: below.count(),
    }
}

fn action(path: &RelPath, home: &Home, plan: &Plan, unasked: String) -> (String, String) {
    let mut steps = plan.steps.iter();
    if let Some(step) = steps.find(|step| step.at.home_path() == Some(path)) {
        return (step.action.to_string(), step.reason.to_string());
    }
    let parked = home.record.parked.get(path);
    if let Some(parked) = parked.filter(|_| plan.unsettled.contains(path)) {
        return ("conflict".to_owned(), format!("parked: {}", parked.reason));
    }
    let edits = |migrated: &Migrated| {
        let mut edits = migrated.edits.iter();
        edits.any(|edit| edit.name.home_path() == Some(path))
    };
    let reason = if plan.migrations.iter().any(edits) {
        "yours; only the migrations would edit it".to_owned()
    } else {
        unasked
    };
    ("none".to_owned(), reason)
}

/// An update that is refused takes no action.
fn unless_refused(
    (action, reason): (String, String),
    objection: Option<&Objection>,
) -> (String, String) {
    match objection {
        Some(objection) if action != "none" => {
            let reason = format!("{objection}; an update that is allowed would {action}: {reason}");
            ("none".to_owned(), reason)
        }
        _ => (action, reason),
    }
}

/// Finds the known path that resembles this one most, where nothing is known of this one and nothing is there.
fn nearest_known(path: &RelPath, home: &Home, survey: &Survey) -> Option<String> {
    let known = || {
        let wanted = survey.bundle.wanted.keys();
        let entries = home.record.entries.keys();
        wanted.chain(entries).chain(&home.record.seeded)
    };
    if home.root.look(path.as_str()).is_ok() || known().any(|known| known == path) {
        return None;
    }
    nearest(path.as_str(), known().map(RelPath::as_str)).map(str::to_owned)
}

fn found(home: &Home, path: &RelPath, class: Class) -> Result<Option<Digest>, Error> {
    if class == Class::Preserved {
        return Ok(None);
    }
    let paths = std::slice::from_ref(path);
    let scanned = scan(&home.root, paths, StatCache::default().of_home())?;
    Ok(scanned.found.first().and_then(Found::digest))
}

fn kind(home: &Home, path: &RelPath) -> Result<String, Error> {
    Ok(match home.root.look(path.as_str()) {
        Ok(stat) => kind_name(kind_of(stat.stx_mode)).to_owned(),
        Err(Errno::NOENT) => "absent".to_owned(),
        Err(Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => {
            "absent (a parent is not a directory)".to_owned()
        }
        Err(_) => home.root.stat(path.as_str()).map(|_| String::new())?,
    })
}
