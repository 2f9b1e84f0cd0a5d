//! The situation that an update is decided from, and what is refused before anything is decided.

use std::collections::BTreeMap;

use semver::Version;

use crate::decide::fleet::active::ActiveUnits;
use crate::decide::home::respelled::Respelled;
use crate::decide::migrate::Migrations;
use crate::decide::plan::classes::{Class, Classes};
use crate::model::bundle::{Earlier, Wanted};
use crate::model::change::Spot;
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Step};
use crate::model::record::{Record, Release};
use crate::model::source_version::{SourceVersion, VersionFile};

/// All that the decision rests on.
#[derive(Clone, Copy)]
pub(crate) struct Situation<'a> {
    /// The bundle's name and version.
    pub release: &'a Release,
    /// Files that the bundle ships.
    pub wanted: &'a Wanted,
    /// Whose each path is.
    pub classes: &'a Classes,
    /// Contents that earlier releases shipped.
    pub earlier: &'a Earlier,
    /// The home's record.
    pub record: &'a Record,
    /// The state on disk of the framework paths that are shipped, were shipped before, or are recorded.
    pub found: &'a BTreeMap<RelPath, Found>,
    /// The paths that ship under another spelling than before; record and found have them under the new one.
    pub respelled: &'a [Respelled],
    /// The process's umask, for new files.
    pub umask: u32,
    /// The effective user id.
    pub uid: u32,
    /// The home's version file.
    pub version_file: &'a VersionFile,
    /// The release that wrote the home before it had a record.
    pub adopted: Option<&'a SourceVersion>,
    /// Outcomes of the migrations.
    pub migrations: &'a Migrations,
    /// The active units of the home's fleet; `None` where they are to be left alone.
    pub active_units: Option<&'a ActiveUnits>,
    /// Wishes of the operator.
    pub asked: Asked,
}

/// Wishes without which something is not done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// To remove more than half of the recorded files.
    pub removals: bool,
    /// To go to an older release.
    pub downgrade: bool,
    /// To remove what earlier releases shipped and this one does not.
    pub prune: bool,
    /// To leave the active units alone.
    pub no_units: bool,
}

/// The reason why an update is not even planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    /// The home is another bundle's.
    #[error("this home belongs to the bundle `{home}`, and this is the bundle `{bundle}`")]
    OtherBundle { home: String, bundle: String },
    /// A file of ours that another user owns; `ships` where a line in `.mosaicpreserve` keeps Mosaic away from it.
    #[error("{at} belongs to user {owner}, not to you")]
    ForeignOwner { at: Spot, owner: u32, ships: bool },
}

/// The reason why a plan is shown, but carried out only if the operator says that this, too, is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// The bundle is older than the record, or than the release that wrote a home without one.
    #[error("the bundle is {bundle}, older than the home's {home}")]
    Downgrade {
        home: Version,
        bundle: Version,
        is_recorded: bool,
    },
    /// Too much would go.
    #[error("{removed} of {recorded} files would be removed, more than half")]
    Removals { removed: usize, recorded: usize },
}

/// The framework paths whose state on disk the decision needs besides those that were looked at already:
/// shipped now or before, and not the operator's.
pub(crate) fn other_paths_in_question(
    looked_at: &BTreeMap<RelPath, Found>,
    wanted: &Wanted,
    classes: &Classes,
    earlier: &Earlier,
) -> Vec<RelPath> {
    // Both are sorted, and where nothing changed they are the same: one walk along both is the quickest.
    let mut known = looked_at.keys().peekable();
    let is_new = |path: &&RelPath| {
        while known.next_if(|known| known < path).is_some() {}
        known.peek() != Some(path)
    };
    let mut paths: Vec<_> = wanted.keys().filter(is_new).cloned().collect();
    paths.extend(
        earlier
            .paths()
            .filter(|path| !looked_at.contains_key(*path))
            .cloned(),
    );
    paths.sort_unstable();
    paths.dedup();
    paths.retain(|path| classes.judge(path).class == Class::Framework);
    paths
}

/// The framework paths that earlier releases shipped, and that are neither shipped nor recorded now. What was
/// seeded or parked there has become a person's business.
pub(crate) fn retired_paths(
    wanted: &Wanted,
    record: &Record,
    classes: &Classes,
    earlier: &Earlier,
) -> Vec<RelPath> {
    let is_known = |path: &RelPath| {
        wanted.contains_key(path)
            || record.entries.contains_key(path)
            || record.seeded.contains(path)
            || record.parked.contains_key(path)
    };
    let retired = earlier.paths().filter(|path| !is_known(path));
    retired
        .filter(|path| classes.judge(path).class == Class::Framework)
        .cloned()
        .collect()
}

/// A home belongs to one bundle.
pub(super) fn refuse_other_bundle(situation: &Situation) -> Result<(), PlanRefusal> {
    let bundle = &situation.release.bundle;
    let recorded = situation.record.release.as_ref();
    match recorded.map(|recorded| &recorded.bundle) {
        Some(home) if home != bundle => Err(PlanRefusal::OtherBundle {
            home: home.clone(),
            bundle: bundle.clone(),
        }),
        _ => Ok(()),
    }
}

/// What stands against a plan with these steps, and was not asked for.
pub(super) fn objection(situation: &Situation, steps: &[Step]) -> Option<Objection> {
    let asked = situation.asked;
    let downgrade = || downgrade(situation).filter(|_| !asked.downgrade);
    let removals = || removals(situation, steps).filter(|_| !asked.removals);
    downgrade().or_else(removals)
}

/// A home goes back only if that is meant, whether its release is recorded or told by what is in it.
fn downgrade(situation: &Situation) -> Option<Objection> {
    let bundle = &situation.release.version;
    let recorded = situation.record.release.as_ref();
    let written_by = || situation.adopted.map(|adopted| &adopted.version);
    let home = recorded.map(|home| &home.version).or_else(written_by)?;
    let is_older = bundle.cmp_precedence(home).is_lt();
    is_older.then(|| Objection::Downgrade {
        home: home.clone(),
        bundle: bundle.clone(),
        is_recorded: recorded.is_some(),
    })
}

/// Most of a framework does not vanish between two releases, unless something is wrong.
fn removals(situation: &Situation, steps: &[Step]) -> Option<Objection> {
    let is_removal = |step: &&Step| {
        step.action == Action::Remove
            && step
                .at
                .home_path()
                .is_some_and(|path| situation.record.entries.contains_key(path))
    };
    let removed = steps.iter().filter(is_removal).count();
    let recorded = situation.record.entries.len();
    (removed * 2 > recorded).then_some(Objection::Removals { removed, recorded })
}
