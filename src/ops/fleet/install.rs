//! `fleet install`: env files, units and what starts with the user manager, in one transaction.

use std::path::Path;

use crate::decide::fleet::install;
use crate::effects::bundle::{Source, earlier};
use crate::effects::fleet::install::look;
use crate::effects::home::Home;
use crate::effects::home::evidence::DiskEvidence;
use crate::model::plan::Plan;
use crate::model::roster::Roster;
use crate::ops::change::{HomeChange, carry_out, vet_files};
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;
use crate::ops::fleet::roster::read_roster;

/// Installs the fleet that a roster declares; without a name, the home's roster. Nothing is started.
///
/// # Errors
///
/// [`Error::Fleet`] for a roster that is wrong, an env file that cannot be refreshed, or units of another home;
/// [`Error::Transaction`] where it could not be carried out.
pub fn install(context: &Context, roster: Option<&Path>) -> Result<HomeChange, Error> {
    context.look_at_recorded()?;
    let roster = read_roster(context, roster)?;
    let mut run = context.enter_recorded()?;
    let outcome = carry(context, &mut run, &roster);
    run.end(outcome)
}

fn carry(context: &Context, run: &mut Run, roster: &Roster) -> Result<HomeChange, Error> {
    let plan = decide(context, run.home(), roster)?;
    carry_out(context, run, plan, "fleet install", None)
}

fn decide(context: &Context, home: &Home, roster: &Roster) -> Result<Plan, Error> {
    let earlier = earlier(&Source::Embedded.manifest()?.release.bundle)?;
    let inputs = look(home, &context.surroundings_of(home), roster, &earlier)?;
    let mut plan = install::plan(&inputs, &DiskEvidence::new(home, None))?;
    vet_files(home, &mut plan)?;
    Ok(plan)
}
