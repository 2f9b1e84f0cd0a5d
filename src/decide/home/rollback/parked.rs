//! Parks what a rollback cannot bring back in place, where a person finds it.

use crate::decide::home::rollback::step_back::{Held, UNJOINED, WayBack};
use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::parking::{outside_spot, shipped_spot};
use crate::model::change::{FileState, Presence};
use crate::model::plan::{Action, Advisory};
use crate::model::record::Parked;

/// Leaves the live file and parks what was there; where nothing was, it is named at least.
pub(crate) fn park<E: Evidence>(
    way: &WayBack<E>,
    reason: &'static str,
    builder: &mut PlanBuilder<E>,
) -> Result<(), E::Error> {
    let Presence::File(was) = way.trail.was() else {
        if reason == UNJOINED {
            builder.leave(way.spot);
        }
        let reason = format!("{reason}; it stays and is yours");
        builder.step(way.spot.clone(), Action::Release, reason);
        return Ok(());
    };
    let Some(path) = way.spot.home_path() else {
        return park_outside(way, was, reason, builder);
    };
    let Some(content) = way.kept(was.digest)? else {
        builder.leave(way.spot);
        let message = format!("{reason}, and its former content is not kept; it stays as it is");
        builder.advise(Advisory::about(way.spot, message));
        return Ok(());
    };
    builder
        .parking()
        .park(shipped_spot(path), was.digest, content);
    let parked = Parked {
        want: was.digest,
        ships: false,
        executable: was.mode.is_executable(),
        has_merge: false,
        reason: reason.to_owned(),
    };
    builder.record_mut().parked.insert(path.clone(), parked);
    builder.step(way.spot.clone(), Action::Conflict, reason);
    Ok(())
}

/// Outside the home a file has no name to settle it by: what was there is put where a person finds it.
fn park_outside<E: Evidence>(
    way: &WayBack<E>,
    was: FileState,
    reason: &'static str,
    builder: &mut PlanBuilder<E>,
) -> Result<(), E::Error> {
    builder.leave(way.spot);
    let message = match (outside_spot(way.spot), way.kept(was.digest)?) {
        (Some(place), Some(content)) => {
            let message = format!("{reason}; it stays, and what was there is {place}");
            builder.parking().park(place, was.digest, content);
            message
        }
        _ => format!("{reason}; it stays as it is"),
    };
    builder.advise(Advisory::about(way.spot, message));
    Ok(())
}

/// Parks again what was parked, and clears what was not; what a person did to it does not count.
pub(crate) fn undo_parked<E: Evidence>(
    way: &WayBack<E>,
    found: &Held,
    builder: &mut PlanBuilder<E>,
) -> Result<(), E::Error> {
    match way.trail.was() {
        Presence::File(was) => {
            if let Some(content) = way.kept(was.digest)? {
                builder
                    .parking()
                    .park(way.spot.clone(), was.digest, content);
            }
        }
        Presence::Nothing | Presence::Directory(_) if matches!(found, Held::File(..)) => {
            builder.parking().clear(way.spot.clone());
        }
        _ => {}
    }
    Ok(())
}
