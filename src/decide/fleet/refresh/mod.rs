//! Brings the active units of an installed fleet in step with a release, by the decision table: what a release or an
//! install put there is replaced, an edit is merged, and what cannot be merged stays.

use crate::decide::doctor::quoted;
use crate::decide::fleet::active::{
    ActiveUnits, Lack, LinkedUnit, Occasion, Occupant, UnitCase, UnitTarget, look_up_unit, withdraw,
};
use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::parking::outside_spot;
use crate::decide::plan::table::Verdict;
use crate::decide::text::merge::Merged;
use crate::model::bundle::Earlier;
use crate::model::change::Spot;
use crate::model::digest::Digest;
use crate::model::plan::{Action, Advisory, Content};
use crate::model::record::Entry;

#[cfg(test)]
mod tests;

/// What lets a release's unit take the place of an edited one, which is at a path.
pub(crate) fn move_edit(copy: &str) -> String {
    let unit = copy.rsplit('/').next().unwrap_or(copy);
    let aside = quoted(&format!("{copy}.mine"));
    let copy = quoted(copy);
    format!(
        "put the copy aside (mv {copy} {aside}), move your edit to a drop-in (systemctl --user edit {unit})"
    )
}

/// Active units against a release.
pub(crate) struct Active<'a> {
    /// The units.
    pub units: &'a ActiveUnits,
    /// The release ships a unit of this name.
    pub ships: &'a dyn Fn(&str) -> bool,
    /// The contents of earlier releases.
    pub earlier: &'a Earlier,
}

/// Adds the active units' changes to a plan, whose record still says what was.
pub(crate) fn refresh<E: Evidence>(
    active: &Active,
    builder: &mut PlanBuilder<E>,
) -> Result<(), E::Error> {
    for target in &active.units.targets {
        match &target.occupant {
            Occupant::Ours | Occupant::Nothing => refresh_unit(target, active, builder)?,
            Occupant::Link(linked) => leave_link(target, linked, builder),
            Occupant::Masked | Occupant::NoFile | Occupant::Another(_) => {}
        }
    }
    retire(active, builder)
}

fn refresh_unit<E: Evidence>(
    target: &UnitTarget,
    active: &Active,
    builder: &mut PlanBuilder<E>,
) -> Result<(), E::Error> {
    // Until it turns out to be in conflict again.
    builder.parking().clear_outside(&target.at);
    let entry = builder.record().units.get(&target.at).copied();
    let evidence = builder.evidence();
    let case = look_up_unit(target, entry, Occasion::Update, active.earlier, evidence)?;
    let changes = matches!(
        case.row.verdict,
        Verdict::Write | Verdict::Replace | Verdict::Merge
    );
    if let (true, Some(lack)) = (changes, &active.units.lacks) {
        leave_lacking(target, lack, builder);
        return Ok(());
    }
    let merged = case.merge.as_ref().map(|inputs| inputs.merged());
    match (case.row.verdict, merged) {
        (Verdict::Merge, Some(Merged::Clean(text))) => {
            case.put(builder, text, Action::Merge, case.row.reason);
        }
        (Verdict::Merge | Verdict::Conflict, _) => stay(&case, builder),
        (Verdict::KeepEdited, _) => {
            builder.step(target.at.clone(), Action::Edited, case.row.reason);
        }
        _ => case.bring_in_step(builder),
    }
    Ok(())
}

/// Tells whether an update leaves a unit of the home's with the text that it has, and not with what ships.
pub(crate) fn is_left<E: Evidence>(
    target: &UnitTarget,
    entry: Option<Entry>,
    lacks: Option<&Lack>,
    earlier: &Earlier,
    evidence: &E,
) -> Result<bool, E::Error> {
    let case = look_up_unit(target, entry, Occasion::Update, earlier, evidence)?;
    let merged = case.merge.as_ref().map(|inputs| inputs.merged());
    Ok(match (case.row.verdict, merged) {
        (Verdict::Write | Verdict::Replace, _) | (Verdict::Merge, Some(Merged::Clean(_))) => {
            lacks.is_some()
        }
        (verdict, _) => verdict != Verdict::Adopt,
    })
}

/// Leaves a link into the operator's own files; what ships is put where a person finds it, until it is behind the link.
fn leave_link<E: Evidence>(target: &UnitTarget, linked: &LinkedUnit, builder: &mut PlanBuilder<E>) {
    builder.parking().clear_outside(&target.at);
    if linked.text == target.want {
        return;
    }
    builder.leave(&target.at);
    let place = park(target, builder);
    let shipped = place.map_or(String::new(), |place| format!(" (what ships is {place})"));
    let message = format!(
        "a link to {}, which is yours and stays as it is{shipped}; put what ships there, and update again",
        linked.to
    );
    builder.advise(Advisory::about(&target.at, message));
}

/// Leaves a unit in whose place a new one could not run: once it was read again, no agent would start.
fn leave_lacking<E: Evidence>(target: &UnitTarget, lack: &Lack, builder: &mut PlanBuilder<E>) {
    builder.leave(&target.at);
    let place = park(target, builder);
    let shipped = place.map_or(String::new(), |place| format!(" (what ships is {place})"));
    let message = format!(
        "it stays as it is{shipped}, as a new one could not run: {lack}; then update again"
    );
    builder.advise(Advisory::about(&target.at, message));
}

/// Puts what ships where a person finds it; returns where.
fn park<E: Evidence>(target: &UnitTarget, builder: &mut PlanBuilder<E>) -> Option<Spot> {
    let place = outside_spot(&target.at)?;
    let content = target.want.clone().into_bytes();
    let digest = Digest::of(&content);
    let content = Content::Bytes(content);
    builder.parking().park(place.clone(), digest, content);
    Some(place)
}

/// Leaves the copy; what ships is put where a person finds it, until he has moved his edit to a drop-in.
fn stay<E: Evidence>(case: &UnitCase, builder: &mut PlanBuilder<E>) {
    let spot = &case.target.at;
    builder.leave(spot);
    let problem = if case.found.is_some() {
        "you edited this copy, and the release's cannot be joined to it"
    } else {
        case.row.reason
    };
    let place = park(case.target, builder);
    let shipped = place.map_or(String::new(), |place| format!(" (what ships is {place})"));
    let way_out = move_edit(&spot.text());
    let message = format!("{problem}{shipped}; {way_out}, and update again");
    builder.advise(Advisory::about(spot, message));
}

/// Takes units away that no longer ship, if they are as they were put there; their running instances go on.
fn retire<E: Evidence>(active: &Active, builder: &mut PlanBuilder<E>) -> Result<(), E::Error> {
    let recorded = builder.record().units.clone();
    for (spot, entry) in recorded {
        if (active.ships)(spot.path.split().1) {
            continue;
        }
        let row = withdraw(&spot, &entry, &active.units.enabled, builder)?;
        let (action, reason) = match row.verdict {
            Verdict::Remove => (Action::Remove, "no longer ships; what runs of it goes on"),
            Verdict::Forget => (Action::Forget, row.reason),
            _ => (Action::Release, row.reason),
        };
        builder.step(spot, action, reason);
    }
    Ok(())
}
