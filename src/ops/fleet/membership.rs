//! `fleet add` and `fleet remove`: an agent joins the roster or leaves it, and what is installed goes with it.

use crate::decide::fleet::membership::{
    EditedRoster, Membership, MembershipFault, RosterFile, joined, left, plan,
};
use crate::decide::fleet::order::{Chosen, Order, Unit};
use crate::decide::fleet::picture::Whereabouts;
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::decide::text::in_place::{EditRefusal, as_text};
use crate::effects::bundle::{Source, earlier};
use crate::effects::fleet::install::{behind_link, link_above, look};
use crate::effects::home::Home;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::os::host;
use crate::effects::outside::units::UnitsDirectory;
use crate::model::change::{Presence, Spot};
use crate::model::fleet_paths::ROSTER;
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::model::roster::{Agent, Roster};
use crate::model::unit::UnitState;
use crate::ops::change::{HomeChange, carry_out, vet_files};
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;
use crate::ops::fleet::error::FleetError;
use crate::ops::fleet::orders;

pub use crate::decide::fleet::membership::Newcomer;

/// A changed fleet.
#[derive(Debug)]
pub struct ChangedFleet {
    /// The change of the home.
    pub change: HomeChange,
    /// True if the fleet is installed: what belongs to the agent came and went along.
    pub is_installed: bool,
}

/// Adds an agent to a roster, which is a path in the home. Nothing is started.
///
/// # Errors
///
/// [`Error::Fleet`] for a roster that is wrong or cannot be edited, for what it may not say of an agent, and as an install
/// has it; [`Error::Transaction`] where it could not be carried out.
pub fn add(
    context: &Context,
    roster: &RelPath,
    newcomer: &Newcomer,
) -> Result<ChangedFleet, Error> {
    let mut run = context.enter_recorded()?;
    let edit = |file: &str, text: &str| joined(file, text, newcomer);
    let outcome = decide(context, run.home(), roster, Membership::Joins, &edit)
        .and_then(|decided| commit(context, &mut run, decided, "fleet add"));
    run.end(outcome)
}

/// Takes an agent out of a roster, which is a path in the home. If it lives, it is stopped before.
///
/// # Errors
///
/// As [`add`]; [`FleetError::Unseen`] where it cannot be told whether the agent lives, [`FleetError::NotEnded`] where it
/// could not be stopped. Then nothing was changed.
pub fn remove(context: &Context, roster: &RelPath, name: &str) -> Result<ChangedFleet, Error> {
    let mut run = context.enter_recorded()?;
    let outcome = take_out(context, &mut run, roster, name);
    run.end(outcome)
}

fn take_out(
    context: &Context,
    run: &mut Run,
    roster: &RelPath,
    name: &str,
) -> Result<ChangedFleet, Error> {
    let edit = |file: &str, text: &str| left(file, text, name);
    let decided = decide(context, run.home(), roster, Membership::Leaves, &edit)?;
    if decided.edited.agent.is_here() {
        end(context, run, &decided.edited)?;
    }
    commit(context, run, decided, "fleet remove")
}

struct Decided {
    edited: EditedRoster,
    plan: Plan,
    is_installed: bool,
}

fn decide(
    context: &Context,
    home: &Home,
    path: &RelPath,
    membership: Membership,
    edit: &dyn Fn(&str, &str) -> Result<EditedRoster, MembershipFault>,
) -> Result<Decided, Error> {
    let evidence = DiskEvidence::new(home, None);
    let (file, content) = read(home, path, &evidence)?;
    let fault = |refusal: EditRefusal| {
        let text = String::from_utf8_lossy(&content);
        FleetError::Roster(refusal.in_file(path.as_str(), &text))
    };
    let text = as_text(&content).map_err(fault)?;
    let edited = edit(path.as_str(), text).map_err(FleetError::from)?;
    let surroundings = context.surroundings_of(home);
    let is_installed = UnitsDirectory::look(&home.root, &surroundings).is_installed;
    let alone = Roster {
        agents: vec![edited.agent.clone()],
        ..edited.roster.clone()
    };
    let earlier = earlier(&Source::Embedded.manifest()?.release.bundle)?;
    let inputs = is_installed
        .then(|| look(home, &surroundings, &alone, &earlier))
        .transpose()?;
    let change = (&file, &edited, membership);
    let mut plan = plan(
        change,
        inputs.as_ref(),
        &home.record,
        host::umask(),
        &evidence,
    )?;
    vet_files(home, &mut plan)?;
    Ok(Decided {
        edited,
        plan,
        is_installed,
    })
}

/// Reads the file of a roster, behind a link where it is one.
fn read(
    home: &Home,
    path: &RelPath,
    evidence: &DiskEvidence,
) -> Result<(RosterFile, Vec<u8>), Error> {
    if let Some(link) = link_above(home, path) {
        let (path, link) = (path.to_string(), link.to_string());
        return Err(FleetError::Behind { path, link }.into());
    }
    let at = behind_link(home, path).unwrap_or_else(|| Spot::in_home(path));
    let no_file = || FleetError::NotAFile(path.to_string());
    let state = match evidence.state_at(&at)? {
        FileSight::Known(Presence::Nothing) => {
            return Err(FleetError::NoRoster {
                path: home.root.full(path.as_str()),
                is_named: path.as_str() != ROSTER,
                has_home: true,
            }
            .into());
        }
        FileSight::Known(Presence::File(state)) | FileSight::Mount(Presence::File(state)) => state,
        _ => return Err(no_file().into()),
    };
    let content = evidence.text(&at)?.ok_or_else(no_file)?;
    let path = path.clone();
    Ok((RosterFile { path, at, state }, content))
}

fn commit(
    context: &Context,
    run: &mut Run,
    decided: Decided,
    command: &str,
) -> Result<ChangedFleet, Error> {
    Ok(ChangedFleet {
        change: carry_out(context, run, decided.plan, command, None)?,
        is_installed: decided.is_installed,
    })
}

/// Ends an agent that is to leave, if there is anything of it.
fn end(context: &Context, run: &mut Run, edited: &EditedRoster) -> Result<(), Error> {
    let Agent { name, .. } = &edited.agent;
    let with_it = Roster {
        agents: vec![edited.agent.clone()],
        ..edited.roster.clone()
    };
    let looked = context.look_at_fleet(Some(run.home()), Some(&with_it));
    let picture = looked.picture;
    let unit = Unit::Agent(name.clone()).to_string();
    let is_up = picture.unit(&unit).is_some_and(UnitState::is_up);
    match picture.whereabouts(name.as_str()) {
        Whereabouts::Dead | Whereabouts::Gone if !is_up => return Ok(()),
        Whereabouts::Unknown(why) => {
            let agent = name.to_string();
            return Err(FleetError::Unseen { agent, why }.into());
        }
        _ => {}
    }
    let chosen = Chosen::Agents(vec![name.clone()]);
    let orders = orders::carry(context, run, Order::Stop, (None, &with_it), &chosen)?;
    run.performed = orders.performed;
    let mut units = orders.units.into_iter();
    match units.find(|unit| unit.outcome.is_bad()) {
        None => Ok(()),
        Some(unit) => Err(FleetError::NotEnded {
            agent: name.to_string(),
            words: unit.words.unwrap_or_default(),
        }
        .into()),
    }
}
