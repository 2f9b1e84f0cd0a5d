//! Decides `fleet install`: env files, the folder of heartbeats, the active units, and what starts with the manager.

use crate::model::fleet_paths::{AGENTS, HOLDER_ENV, RUN};
use std::collections::BTreeSet;

use crate::decide::fleet::env::{agent_env, holder_env};
use crate::decide::fleet::order::Unit;
use crate::decide::plan::directories::DirectoryPlan;
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::decide::text::in_place::{EditRefusal, as_text};
use crate::model::bundle::Earlier;
use crate::model::change::{Alteration, Change, FileState, Presence, RootName, Spot, put_in_order};
use crate::model::digest::Digest;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::place::TextFault;
use crate::model::plan::{Action, Advisory, Content, Intent, Plan, Step};
use crate::model::record::{Entry, Record};
use crate::model::roster::{Agent, Roster, SocketOfAgent};

/// What is where systemd reads a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occupant {
    /// Nothing.
    Nothing,
    /// A link to `/dev/null`.
    Masked,
    /// Another link, a directory...
    NoFile,
    /// A file of this home's.
    Ours,
    /// A file of another home's, and which.
    Another(String),
}

/// A unit that is to be active.
#[derive(Debug, Clone)]
pub struct UnitTarget {
    /// Its file.
    pub name: &'static str,
    /// Where systemd reads it.
    pub at: Spot,
    /// What it is to say.
    pub want: String,
    /// What is there.
    pub occupant: Occupant,
    /// Where releases ship it.
    pub shipped_at: RelPath,
}

/// All that an install goes by.
pub struct InstallInputs<'a> {
    /// What is declared.
    pub roster: &'a Roster,
    /// The record before.
    pub record: &'a Record,
    /// The units.
    pub targets: Vec<UnitTarget>,
    /// What earlier releases shipped.
    pub earlier: &'a Earlier,
    /// Instances and units that the operator masked, by name.
    pub masked: BTreeSet<String>,
    /// Those that start with the manager.
    pub enabled: BTreeSet<String>,
    /// Env files that are links, and where they lead.
    pub links: Vec<(RelPath, Spot)>,
    /// For what is made.
    pub umask: u32,
}

/// Why nothing is installed.
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
    /// Something that is no file is in the place of an env file.
    #[error("{0} is not a regular file")]
    NotAFile(Spot),
}

/// Why there is no plan.
#[derive(Debug)]
pub enum InstallError<E> {
    /// It is refused.
    Fault(InstallFault),
    /// Something could not be read.
    Unreadable(E),
}

impl<E> From<InstallFault> for InstallError<E> {
    fn from(fault: InstallFault) -> Self {
        Self::Fault(fault)
    }
}

/// The path of an agent's env file.
pub fn env_path(agent: &str) -> Option<RelPath> {
    RelPath::parse(&format!("{AGENTS}/{agent}.env")).ok()
}

/// Plans it. One that is there already makes no generation.
pub fn plan<E: Evidence>(
    site: &InstallInputs,
    evidence: &E,
) -> Result<Plan, InstallError<E::Error>> {
    let plan = Plan {
        record: site.record.clone(),
        ..Plan::default()
    };
    let mut installing = Installing {
        site,
        evidence,
        plan,
    };
    installing.env_files()?;
    installing.units()?;
    installing.directories().map_err(InstallError::Unreadable)?;
    installing.enable();
    installing.advise_of_sockets();
    let mut plan = installing.plan;
    put_in_order(&mut plan.intents, |intent| &intent.change);
    plan.steps.sort_by(|left, right| left.at.cmp(&right.at));
    plan.unsettled = plan.record.parked.keys().cloned().collect();
    plan.commits = !plan.intents.is_empty() || plan.record != *site.record;
    Ok(plan)
}

struct Installing<'a, E> {
    site: &'a InstallInputs<'a>,
    evidence: &'a E,
    plan: Plan,
}

impl<E: Evidence> Installing<'_, E> {
    fn env_files(&mut self) -> Result<(), InstallError<E::Error>> {
        let roster = self.site.roster;
        if let Ok(path) = RelPath::parse(HOLDER_ENV) {
            self.env_file(&path, |found| holder_env(roster, found))?;
        }
        for agent in roster.agents_here() {
            if let Some(path) = env_path(agent.name.as_str()) {
                self.env_file(&path, |found| agent_env(roster, agent, found))?;
            }
        }
        Ok(())
    }

    /// What the roster says goes in, every other line stays. A link stays a link.
    fn env_file(
        &mut self,
        path: &RelPath,
        refreshed: impl Fn(&str) -> Result<String, EditRefusal>,
    ) -> Result<(), InstallError<E::Error>> {
        let link = self.site.links.iter().find(|(name, _)| name == path);
        let at = link.map_or_else(|| Spot::in_home(path), |(_, led)| led.clone());
        let (before, content) = match self.state_at(&at)? {
            FileSight::Known(Presence::Nothing) if link.is_none() => (None, Vec::new()),
            FileSight::Known(Presence::File(state)) => (
                Some(state),
                self.evidence
                    .content(&at)
                    .map_err(InstallError::Unreadable)?,
            ),
            _ => return Err(InstallFault::NotAFile(Spot::in_home(path)).into()),
        };
        let fault = |refusal: EditRefusal| {
            InstallFault::Env(refusal.in_file(path.as_str(), &String::from_utf8_lossy(&content)))
        };
        let want = as_text(&content).and_then(refreshed).map_err(fault)?;
        // An operator may keep secrets in it.
        let mode = before.map_or(
            Mode::of_new_file(false, self.site.umask | 0o077),
            |before| before.mode,
        );
        let (action, reason) = match before {
            None => (Action::Write, "generated from the roster"),
            Some(_) => (
                Action::Replace,
                "the roster's keys refreshed; your lines stay",
            ),
        };
        if self.put(&at, before, want, mode) {
            self.plan.links.extend(link.cloned());
            self.step(Spot::in_home(path), action, reason);
        }
        Ok(())
    }

    fn state_at(&self, at: &Spot) -> Result<FileSight, InstallError<E::Error>> {
        self.evidence.state_at(at).map_err(InstallError::Unreadable)
    }

    /// Whether there is anything to write.
    fn put(&mut self, at: &Spot, before: Option<FileState>, want: String, mode: Mode) -> bool {
        let after = FileState {
            digest: Digest::of(want.as_bytes()),
            mode,
        };
        let presence = before.map_or(Presence::Nothing, Presence::File);
        let Some(alteration) = Alteration::between(presence, Presence::File(after)) else {
            return false;
        };
        let content = Some(Content::Bytes(want.into_bytes()));
        self.plan.intents.push(Intent {
            change: Change {
                at: at.clone(),
                alteration,
            },
            content,
        });
        true
    }

    fn step(&mut self, at: Spot, action: Action, reason: &'static str) {
        self.plan.steps.push(Step {
            at,
            action,
            reason: reason.into(),
        });
    }

    fn units(&mut self) -> Result<(), InstallError<E::Error>> {
        for target in &self.site.targets {
            self.unit(target)?;
        }
        Ok(())
    }

    /// A unit comes where nothing is, or in place of what a release or an earlier install put there.
    fn unit(&mut self, target: &UnitTarget) -> Result<(), InstallError<E::Error>> {
        let at = &target.at;
        let note = match &target.occupant {
            Occupant::Another(home) => {
                return Err(InstallFault::AnotherHome {
                    at: at.clone(),
                    home: home.clone(),
                }
                .into());
            }
            Occupant::Masked => Some("you masked it; it stays masked, and is not enabled"),
            Occupant::NoFile => Some("not a file that Mosaic put there; it stays and is yours"),
            Occupant::Nothing | Occupant::Ours => None,
        };
        if let Some(note) = note {
            self.plan.advisories.push(Advisory::about(at, note));
            return Ok(());
        }
        let before = self.state_at(at)?.file();
        let digest = Digest::of(target.want.as_bytes());
        let entry = Entry {
            shipped: digest,
            left: digest,
            executable: false,
        };
        let recorded = self.site.record.units.get(at).map(|entry| entry.shipped);
        match before.map(|before| before.digest) {
            Some(found) if found == digest => {
                self.base(target);
                if self.plan.record.units.insert(at.clone(), entry) != Some(entry) {
                    self.step(at.clone(), Action::Adopt, "already there");
                }
            }
            Some(found)
                if recorded != Some(found)
                    && !self.site.earlier.shipped(&target.shipped_at, found) =>
            {
                let note = "you edited it; it stays (a drop-in would be kept apart: systemctl --user edit)";
                self.plan.advisories.push(Advisory::about(at, note));
            }
            found => {
                let mode = before.map_or(Mode::of_new_file(false, self.site.umask), |before| {
                    before.mode
                });
                self.put(at, before, target.want.clone(), mode);
                self.base(target);
                self.plan.record.units.insert(at.clone(), entry);
                match found {
                    None => self.step(at.clone(), Action::Write, "where systemd reads it"),
                    Some(_) => self.step(at.clone(), Action::Replace, "of an earlier release"),
                }
            }
        }
        Ok(())
    }

    /// The base of the next merge.
    fn base(&mut self, target: &UnitTarget) {
        self.plan
            .bases
            .push(Content::Bytes(target.want.clone().into_bytes()));
    }

    /// Those above what comes, and the folder of heartbeats.
    fn directories(&mut self) -> Result<(), E::Error> {
        let roots: BTreeSet<_> = self
            .plan
            .intents
            .iter()
            .map(|intent| intent.change.at.root.clone())
            .collect();
        for root in roots
            .into_iter()
            .chain([RootName::Home])
            .collect::<BTreeSet<_>>()
        {
            let mut traffic = DirectoryPlan::new(root.clone(), self.evidence, self.site.umask);
            let here = self
                .plan
                .intents
                .iter()
                .filter(|intent| intent.change.at.root == root);
            here.for_each(|intent| traffic.adds(&intent.change.at.path));
            let run = RelPath::parse(RUN).ok().filter(|_| root == RootName::Home);
            let mut made = Vec::new();
            if let Some(run) = run
                && self.evidence.state_at(&Spot::in_home(&run))?
                    == FileSight::Known(Presence::Nothing)
            {
                traffic.adds(&run);
                traffic.make(&run, Mode::of_new_directory(self.site.umask), &mut made);
            }
            made.extend(traffic.settle(|_| false)?);
            self.plan.intents.extend(made);
        }
        Ok(())
    }

    /// What the operator masked, or put a file of his own for, is his to enable.
    fn enable(&mut self) {
        let is_usable = |template: &str| {
            let mut targets = self.site.targets.iter();
            targets.any(|it| {
                it.name == template && matches!(it.occupant, Occupant::Nothing | Occupant::Ours)
            })
        };
        let agents = self
            .site
            .roster
            .agents_here()
            .map(|agent| Unit::Agent(agent.name.clone()));
        let agents = agents.filter(|_| is_usable("mosaic-agent@.service"));
        let holder = Some(Unit::Holder).filter(|unit| is_usable(&unit.to_string()));
        let units = holder
            .into_iter()
            .chain(agents)
            .map(|unit| unit.to_string());
        let (masked, units): (Vec<_>, Vec<_>) =
            units.partition(|unit| self.site.masked.contains(unit));
        for unit in masked {
            self.plan.advisories.push(Advisory::about(
                unit,
                "you masked it; it stays masked, and is not enabled",
            ));
        }
        let record = &mut self.plan.record;
        record.disabled.retain(|unit| !units.contains(unit));
        // What something else let start with the manager goes on so when this is rolled back.
        record.enabled.extend(
            units
                .into_iter()
                .filter(|unit| !self.site.enabled.contains(unit)),
        );
    }

    /// The holder keeps the roster's server, and no other.
    fn advise_of_sockets(&mut self) {
        let is_elsewhere = |agent: &&Agent| {
            agent.socket != SocketOfAgent::Inherited
                && self.site.roster.socket_of(agent) != self.site.roster.socket.as_ref()
        };
        for agent in self.site.roster.agents_here().filter(is_elsewhere) {
            let message = "has a socket of its own, which the holder does not keep: see systemd/user/README.md";
            self.plan
                .advisories
                .push(Advisory::about(&agent.name, message));
        }
    }
}
