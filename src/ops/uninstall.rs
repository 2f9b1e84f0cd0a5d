//! `uninstall`: what the record owns is removed, and nothing else.

use crate::decide::home::uninstall;
use crate::decide::plan::classes::Classes;
use crate::effects::bundle::BundleError;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::{Home, Recovery};
use crate::effects::outside::reach::Reach;
use crate::effects::outside::units::UnitsDirectory;
use crate::effects::scan::scan;
use crate::effects::state::State;
use crate::model::digest::Digest;
use crate::model::fleet_units::FleetUnits;
use crate::model::plan::Plan;
use crate::ops::change::{self, HomeChange, carry_out, vet_files};
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;
use crate::ops::fleet::stale;
use crate::ops::update::refuse_other_plan;

/// Removes what Mosaic installed; with a digest, exactly by that plan or not at all.
///
/// # Errors
///
/// [`Error::NoRecord`] where nothing was ever committed, [`Error::OtherPlan`] where the plan has changed since it was
/// seen, [`Error::Transaction`] where it could not be carried out.
pub fn uninstall(context: &Context, seen: Option<Digest>) -> Result<HomeChange, Error> {
    context.look_at_recorded()?;
    let mut run = context.enter(false, Recovery::Finish)?;
    let outcome = carry(context, &mut run, seen);
    run.end(outcome)
}

fn carry(context: &Context, run: &mut Run, seen: Option<Digest>) -> Result<HomeChange, Error> {
    let plan = decide(context, run.home())?;
    refuse_other_plan(seen, &plan)?;
    // Afterwards no unit says any more that it is this home's.
    let mut units = FleetUnits::default();
    stale::find(context, run.home(), Some(&plan), &run.performed, &mut units);
    let mut change = carry_out(context, run, plan, "uninstall", None)?;
    change.units.stale = units.stale;
    Ok(change)
}

/// Decides what [`uninstall()`] would do, and writes nothing.
///
/// # Errors
///
/// The errors of [`uninstall()`] that come before its transaction.
pub fn preview_uninstall(context: &Context) -> Result<HomeChange, Error> {
    let home = context.look_at_recorded()?;
    let plan = decide(context, &home)?;
    change::foreseen(context, &home, plan, None)
}

fn decide(context: &Context, home: &Home) -> Result<Plan, Error> {
    let classes = Classes::of_operator(&home.preserve_text).map_err(BundleError::from)?;
    let paths: Vec<_> = home.record.entries.keys().cloned().collect();
    let cache = home.state.as_ref().map(State::cache).unwrap_or_default();
    let found = scan(&home.root, &paths, cache.of_home())?.found;
    let found = paths.into_iter().zip(found).collect();
    let surroundings = context.surroundings_of(home);
    home.folders.keep_within(|| {
        let units = home.record.units.keys().filter(|_| !home.record.is_moved);
        Reach::look(&home.root, &surroundings).and(units)
    });
    let evidence = DiskEvidence::new(home, None);
    let enabled = UnitsDirectory::look(&home.root, &surroundings).enabled();
    let mut plan = uninstall::plan(&home.record, &found, &classes, &enabled, &evidence)?;
    vet_files(home, &mut plan)?;
    Ok(plan)
}
