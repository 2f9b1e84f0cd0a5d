//! `fleet install`: env files, units and what starts with the user manager, in one transaction.

use std::path::Path;

use crate::decide::fleet::install;
use crate::effects::bundle::{Source, earlier};
use crate::effects::fleet::install::look;
use crate::effects::fleet::ready::other_holder;
use crate::effects::home::Home;
use crate::effects::home::evidence::DiskEvidence;
use crate::model::plan::Plan;
use crate::model::roster::Roster;
use crate::ops::change::{HomeChange, carry_out, vet_files};
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::vet::refuse_other_units;

/// Installs the fleet that a roster declares; without a name, the home's roster. Nothing is started.
///
/// # Errors
///
/// [`Error::Fleet`] for a roster that is wrong, an env file that cannot be refreshed, or units of another home;
/// [`Error::Transaction`] where it could not be carried out.
pub fn install(context: &Context, roster: Option<&Path>) -> Result<Installed, Error> {
    context.look_at_recorded()?;
    let roster = read_roster(context, roster)?;
    let mut run = context.enter_recorded()?;
    let outcome = carry(context, &mut run, &roster);
    run.end(outcome)
}

/// An installed fleet.
#[derive(Debug)]
pub struct Installed {
    /// The change of the home.
    pub change: HomeChange,
    /// True if the fleet runs on another socket than it is to: then it is restarted as a whole, not started.
    pub moves: bool,
}

fn carry(context: &Context, run: &mut Run, roster: &Roster) -> Result<Installed, Error> {
    let plan = decide(context, run.home(), roster)?;
    let change = carry_out(context, run, plan, "fleet install", None)?;
    let home = run.home();
    let surroundings = context.surroundings_of(home);
    let picture = context.look_at_fleet(Some(home), Some(roster)).picture;
    let mut agents = roster.agents_here();
    let is_of_manager = refuse_other_units(&surroundings, &picture).is_ok();
    let moves = is_of_manager
        && agents.any(|agent| other_holder(&picture, home, agent.name.as_str()).is_some());
    Ok(Installed { change, moves })
}

fn decide(context: &Context, home: &Home, roster: &Roster) -> Result<Plan, Error> {
    let earlier = earlier(&Source::Embedded.manifest()?.release.bundle)?;
    let inputs = look(home, &context.surroundings_of(home), roster, &earlier)?;
    let mut plan = install::plan(&inputs, &DiskEvidence::new(home, None))?;
    vet_files(home, &mut plan)?;
    Ok(plan)
}
