//! One agent of an installed fleet that joins or leaves: its env file, and its unit's start with the manager.

use super::*;
use crate::decide::fleet::env::is_generated_alone;

/// Adds to a plan what an install would do for one agent, and nothing else.
pub(crate) fn join<'a, E: Evidence>(
    inputs: &'a InstallInputs<'a>,
    builder: PlanBuilder<'a, E>,
    agent: &Agent,
) -> Installed<PlanBuilder<'a, E>, E> {
    let mut installing = Installing { inputs, builder };
    installing.agent_env_file(agent)?;
    installing.enable([Unit::Agent(agent.name.clone())].into_iter());
    installing.advise_of_socket(agent);
    Ok(installing.builder)
}

/// Adds to a plan that an agent's unit starts no longer with the manager, and that its env file goes, unless the
/// operator has lines of his own there.
pub(crate) fn leave<'a, E: Evidence>(
    inputs: &'a InstallInputs<'a>,
    mut builder: PlanBuilder<'a, E>,
    agent: &Agent,
) -> Installed<PlanBuilder<'a, E>, E> {
    let unit = Unit::Agent(agent.name.clone()).to_string();
    let is_enabled = inputs.enabled.contains(&unit);
    let record = builder.record_mut();
    if !record.enabled.remove(&unit) && is_enabled {
        record.disabled.insert(unit);
    }
    let Some(path) = env_path(agent.name.as_str()) else {
        return Ok(builder);
    };
    let spot = Spot::in_home(&path);
    let is_link = inputs.links.iter().any(|(name, _)| *name == path)
        || inputs.behind.iter().any(|(name, _)| *name == path);
    let evidence = builder.evidence();
    match evidence.state_at(&spot)? {
        FileSight::Known(Presence::Nothing) => {}
        FileSight::Known(Presence::File(state)) if !is_link => {
            let text = evidence.text(&spot)?.unwrap_or_default();
            if as_text(&text).is_ok_and(is_generated_alone) {
                builder.remove(&spot, state);
                builder.step(spot, Action::Remove, "only the roster's keys were in it");
            } else {
                let note = "has lines of yours; it stays, for when the agent comes back";
                builder.advise(Advisory::about(&spot, note));
            }
        }
        _ => builder.advise(Advisory::about(&spot, "is no file of its own; it stays")),
    }
    Ok(builder)
}
