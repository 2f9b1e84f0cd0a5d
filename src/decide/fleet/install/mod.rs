//! Decides `fleet install`: env files, the folder of heartbeats, the active units, and what starts with the manager.

use std::collections::BTreeSet;

use crate::decide::fleet::active::{Occasion, Occupant, UnitTarget, look_up_unit};
use crate::decide::fleet::env::{agent_env, holder_env, replaced};
use crate::decide::fleet::order::Unit;
use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::error::{PlanError, Planned};
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::decide::plan::table::Verdict;
use crate::decide::text::in_place::{EditRefusal, as_text};
use crate::decide::text::merge::MERGE_MAX;
use crate::model::bundle::Earlier;
use crate::model::change::{FileState, Presence, Spot};
use crate::model::digest::Digest;
use crate::model::fleet_paths::{AGENTS, HOLDER_ENV, RUN};
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::place::TextFault;
use crate::model::plan::{Action, Advisory, Content, Plan};
use crate::model::record::Record;
use crate::model::roster::{Agent, Roster, SocketOfAgent};
use crate::model::unit::Links;

pub(crate) mod members;
#[cfg(test)]
mod tests;

/// Said of a unit that the operator edited.
const EDITED: &str =
    "you edited it; it stays (a drop-in would be kept apart: systemctl --user edit)";
/// Said of what is in a unit's place and no file.
const NO_FILE: &str = "not a file that Mosaic put there; it stays and is yours";

/// All that an install goes by.
pub(crate) struct InstallInputs<'a> {
    /// The roster.
    pub roster: &'a Roster,
    /// The record before.
    pub record: &'a Record,
    /// The units.
    pub targets: Vec<UnitTarget>,
    /// Contents that earlier releases shipped.
    pub earlier: &'a Earlier,
    /// Instances and units that the operator masked, by name.
    pub masked: BTreeSet<String>,
    /// Those that start with the manager.
    pub enabled: BTreeSet<String>,
    /// Env files that are links, and where they lead.
    pub links: Vec<(RelPath, Spot)>,
    /// Env files behind a link to a directory that leads out of the home, and that link.
    pub behind: Vec<(RelPath, RelPath)>,
    /// For what is made.
    pub umask: u32,
}

/// The reason why nothing is installed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstallFault {
    /// An env file that not every systemd reads the same way.
    #[error(transparent)]
    Env(#[from] TextFault),
    /// The unit of another home is active.
    #[error("{at} is the unit of another home: {home}")]
    AnotherHome {
        /// The unit.
        at: Spot,
        /// Whose.
        home: String,
    },
    /// An env file that is larger than any text that people write.
    #[error("{} is larger than {} MiB", .0, MERGE_MAX >> 20)]
    TooLarge(Spot),
    /// Something that is no file is in the place of an env file.
    #[error("{0} is not a regular file")]
    NotAFile(Spot),
}

/// The path of an agent's env file.
pub(crate) fn env_path(agent: &str) -> Option<RelPath> {
    RelPath::parse(&format!("{AGENTS}/{agent}.env")).ok()
}

/// Plans an install. One that is there already makes no generation.
pub(crate) fn plan<E: Evidence>(inputs: &InstallInputs, evidence: &E) -> Installed<Plan, E> {
    let mut installing = Installing {
        inputs,
        builder: PlanBuilder::new(inputs.record, inputs.umask, evidence),
    };
    installing.env_files()?;
    for target in &inputs.targets {
        installing.unit(target)?;
    }
    installing.run_directory()?;
    let agents = inputs.roster.agents_here();
    let agents = agents.map(|agent| Unit::Agent(agent.name.clone()));
    installing.enable([Unit::Holder].into_iter().chain(agents));
    for agent in inputs.roster.agents_here() {
        installing.advise_of_socket(agent);
    }
    let mut builder = installing.builder;
    let is_recorded = builder.record() == inputs.record;
    builder.commit_if(!is_recorded);
    Ok(builder.finish(|_| false)?)
}

/// A part of an install's plan.
type Installed<T, E> = Planned<T, InstallFault, <E as Evidence>::Error>;

struct Installing<'a, E> {
    inputs: &'a InstallInputs<'a>,
    builder: PlanBuilder<'a, E>,
}

impl<E: Evidence> Installing<'_, E> {
    fn env_files(&mut self) -> Installed<(), E> {
        let roster = self.inputs.roster;
        if let Ok(path) = RelPath::parse(HOLDER_ENV) {
            self.env_file(&path, |found| holder_env(roster, found))?;
        }
        roster
            .agents_here()
            .try_for_each(|agent| self.agent_env_file(agent))
    }

    fn agent_env_file(&mut self, agent: &Agent) -> Installed<(), E> {
        let roster = self.inputs.roster;
        match env_path(agent.name.as_str()) {
            Some(path) => self.env_file(&path, |found| agent_env(roster, agent, found)),
            None => Ok(()),
        }
    }

    /// Puts in what the roster says; every other line stays. A link stays a link.
    fn env_file(
        &mut self,
        path: &RelPath,
        refreshed: impl Fn(&str) -> Result<String, EditRefusal>,
    ) -> Installed<(), E> {
        let evidence = self.builder.evidence();
        let link = self.inputs.links.iter().find(|(name, _)| name == path);
        let spot = link.map_or_else(|| Spot::in_home(path), |(_, led)| led.clone());
        let mut behind = self.inputs.behind.iter();
        if let Some((_, link)) = behind.find(|(name, _)| name == path) {
            return Ok(self.leave_behind(path, link, &spot, refreshed)?);
        }
        let (before, content) = match evidence.state_at(&spot)? {
            FileSight::Known(Presence::Nothing) if link.is_none() => (None, Vec::new()),
            // That of a mount cannot change: who carries this out refuses it, with that for the reason.
            FileSight::Known(Presence::File(state)) | FileSight::Mount(Presence::File(state)) => {
                let text = evidence.text(&spot)?;
                let fault = || PlanError::Refused(InstallFault::TooLarge(Spot::in_home(path)));
                (Some(state), text.ok_or_else(fault)?)
            }
            _ => {
                let fault = InstallFault::NotAFile(Spot::in_home(path));
                return Err(PlanError::Refused(fault));
            }
        };
        let fault = |refusal: EditRefusal| {
            let text = String::from_utf8_lossy(&content);
            PlanError::Refused(refusal.in_file(path.as_str(), &text).into())
        };
        let want = as_text(&content).and_then(refreshed).map_err(fault)?;
        // An operator may keep secrets in it.
        let new = Mode::of_new_file(false, self.inputs.umask | 0o077);
        let after = FileState {
            digest: Digest::of(want.as_bytes()),
            mode: before.map_or(new, |before| before.mode),
        };
        let (action, reason) = if before.is_none() {
            (Action::Write, "generated from the roster".to_owned())
        } else {
            let replaced = replaced(&String::from_utf8_lossy(&content), &want).join("; ");
            let keys = if replaced.is_empty() {
                "the roster's keys refreshed".to_owned()
            } else {
                format!("the roster's keys refreshed ({replaced})")
            };
            (Action::Replace, format!("{keys}; your lines stay"))
        };
        let content = Content::Bytes(want.into_bytes());
        if self.builder.put(&spot, before, after, content).is_some() {
            if let Some((name, led)) = link {
                self.builder.require_link(name.clone(), led.clone());
            }
            self.builder.step(Spot::in_home(path), action, reason);
        }
        Ok(())
    }

    /// Leaves an env file that lies behind a link to a directory, and says so unless the roster's keys are in it.
    fn leave_behind(
        &mut self,
        path: &RelPath,
        link: &RelPath,
        led: &Spot,
        refreshed: impl Fn(&str) -> Result<String, EditRefusal>,
    ) -> Result<(), E::Error> {
        let evidence = self.builder.evidence();
        let content = match evidence.state_at(led)? {
            FileSight::Known(Presence::File(_)) | FileSight::Mount(Presence::File(_)) => {
                evidence.text(led)?.unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let want = as_text(&content).and_then(refreshed);
        if !want.is_ok_and(|want| want.as_bytes() == content) {
            let name = Spot::in_home(path);
            self.builder.leave(&name);
            let message = format!(
                "behind the link {link}, which is not followed, and so yours alone: the roster's keys are not put in"
            );
            self.builder.advise(Advisory::about(&name, message));
        }
        Ok(())
    }

    /// Brings a unit in step by the decision table; an edited one stays, and nothing is merged.
    fn unit(&mut self, target: &UnitTarget) -> Installed<(), E> {
        let spot = &target.at;
        let note = match &target.occupant {
            Occupant::Another(home) => {
                return Err(PlanError::Refused(InstallFault::AnotherHome {
                    at: spot.clone(),
                    home: home.clone(),
                }));
            }
            Occupant::Masked => {
                Some("you masked it; it stays masked, and is not enabled".to_owned())
            }
            Occupant::NoFile => Some(NO_FILE.to_owned()),
            Occupant::Link(linked) if linked.text == target.want => return Ok(()),
            Occupant::Link(linked) => Some(format!(
                "a link to {}, which is yours and stays as it is; what ships is {} in the home",
                linked.to, target.shipped_at
            )),
            Occupant::Nothing | Occupant::Ours => None,
        };
        if let Some(note) = note {
            self.builder.advise(Advisory::about(spot, note));
            return Ok(());
        }
        let (entry, earlier) = (self.inputs.record.units.get(spot), self.inputs.earlier);
        let evidence = self.builder.evidence();
        let case = look_up_unit(target, entry.copied(), Occasion::Install, earlier, evidence)?;
        match case.row.verdict {
            Verdict::KeepEdited | Verdict::Conflict => {
                let note = if case.found.is_some() {
                    EDITED
                } else {
                    NO_FILE
                };
                self.builder.advise(Advisory::about(spot, note));
            }
            _ => case.bring_in_step(&mut self.builder),
        }
        Ok(())
    }

    /// Makes the folder of heartbeats.
    fn run_directory(&mut self) -> Result<(), E::Error> {
        let Some(run) = RelPath::parse(RUN).ok().map(|path| Spot::in_home(&path)) else {
            return Ok(());
        };
        if self.builder.evidence().state_at(&run)? == FileSight::Known(Presence::Nothing) {
            let mode = self.builder.mode_of_new_directory();
            self.builder.directories_of(&run).adds(&run.path);
            self.builder.make_directory(&run, mode);
        }
        Ok(())
    }

    /// Lets units start with the manager. One that the operator masked, or put a file of his own for, is his to enable.
    fn enable(&mut self, units: impl Iterator<Item = Unit>) {
        let is_usable = |template: &str| {
            let mut targets = self.inputs.targets.iter();
            targets.any(|target| {
                target.name == template
                    && matches!(target.occupant, Occupant::Nothing | Occupant::Ours)
            })
        };
        let units = units.filter(|unit| match unit {
            Unit::Holder => is_usable(&unit.to_string()),
            Unit::Agent(_) => is_usable("mosaic-agent@.service"),
        });
        let units = units.map(|unit| unit.to_string());
        let (masked, units): (Vec<_>, Vec<_>) =
            units.partition(|unit| self.inputs.masked.contains(unit));
        for unit in masked {
            let note = "you masked it; it stays masked, and is not enabled";
            self.builder.advise(Advisory::about(unit, note));
        }
        let is_enabled = |unit: &String| self.inputs.enabled.contains(unit);
        let missing: Vec<_> = units
            .iter()
            .filter(|unit| !is_enabled(unit))
            .cloned()
            .collect();
        // Where an install comes to a folder for the first time, nothing there was ever enabled or disabled by anybody.
        let mut targets = self.inputs.targets.iter();
        let is_first = targets.any(|target| {
            matches!(target.occupant, Occupant::Nothing)
                && !self.inputs.record.units.contains_key(&target.at)
        });
        let directory = self.inputs.targets.first().and_then(|target| {
            let path = target.at.text();
            Some(path.rsplit_once('/')?.0.to_owned())
        });
        let record = self.builder.record_mut();
        record.disabled.retain(|unit| !units.contains(unit));
        let again: Vec<_> = missing
            .iter()
            .filter(|unit| is_first || !record.enabled.contains(*unit))
            .cloned()
            .collect();
        // What something else let start with the manager goes on so when this is rolled back.
        record.enabled.extend(missing);
        if let (Some(directory), false) = (directory, again.is_empty()) {
            self.builder.enable_again(Links {
                directory,
                units: again,
            });
        }
    }

    /// The holder keeps the roster's server, and no other.
    fn advise_of_socket(&mut self, agent: &Agent) {
        let roster = self.inputs.roster;
        let is_elsewhere = agent.socket != SocketOfAgent::Inherited
            && roster.socket_of(agent) != roster.socket.as_ref();
        if is_elsewhere {
            let message = "has a socket of its own, which the holder does not keep: see systemd/user/README.md";
            self.builder.advise(Advisory::about(&agent.name, message));
        }
    }
}
