//! Which files belong together: a roster and its agents' env files, and whatever shares one of those.

use crate::model::fleet_paths::ROSTER;
use std::collections::{BTreeMap, BTreeSet};

use crate::decide::migrate::fleet_files::{Fleet, FleetFile};
use crate::decide::text::in_place::roster::RosterText;
use crate::model::change::Spot;

/// Files that are edited together or not at all.
#[derive(Debug, Default)]
pub struct FileGroup<'a> {
    /// Rosters.
    pub rosters: Vec<&'a FleetFile>,
    /// Env files of their agents.
    pub env_files: Vec<&'a FleetFile>,
    /// Drop-ins for units, and the holder's env file.
    pub settings: Settings<'a>,
}

/// What the units read besides the agents' env files.
#[derive(Debug, Default)]
pub struct Settings<'a> {
    /// `fleet/holder.env`.
    pub holder_env: Option<&'a FleetFile>,
    /// Drop-ins.
    pub drop_ins: Vec<&'a FleetFile>,
}

impl<'a> FileGroup<'a> {
    /// All files of it.
    pub fn papers(&self) -> impl Iterator<Item = &'a FleetFile> {
        let settings = self
            .settings
            .holder_env
            .into_iter()
            .chain(self.settings.drop_ins.iter().copied());
        self.rosters
            .iter()
            .copied()
            .chain(self.env_files.iter().copied())
            .chain(settings)
    }
}

/// Sorts the fleet's files into groups. An env file that no readable roster names may belong to one that cannot be
/// read, and goes with it.
pub fn groups(fleet: &Fleet) -> Vec<FileGroup<'_>> {
    let ties = ties(fleet);
    let main = fleet
        .rosters
        .iter()
        .position(|roster| roster.name.path.as_str() == ROSTER);
    let main = main
        .or((fleet.rosters.len() == 1).then_some(0))
        .map_or(GroupKey::Settings, GroupKey::RosterText);
    let mut groups: BTreeMap<GroupKey, FileGroup> = BTreeMap::new();
    for (at, roster) in fleet.rosters.iter().enumerate() {
        groups
            .entry(ties.root(&GroupKey::RosterText(at)))
            .or_default()
            .rosters
            .push(roster);
    }
    for env_file in &fleet.env_files {
        groups
            .entry(ties.root(&GroupKey::of_agent(env_file)))
            .or_default()
            .env_files
            .push(env_file);
    }
    for drop_in in &fleet.drop_ins {
        let knot = if drop_in.agent().is_some() {
            GroupKey::of_agent(drop_in)
        } else {
            main.clone()
        };
        groups
            .entry(ties.root(&knot))
            .or_default()
            .settings
            .drop_ins
            .push(drop_in);
    }
    if let Some(holder_env) = &fleet.holder_env {
        groups
            .entry(ties.root(&main))
            .or_default()
            .settings
            .holder_env = Some(holder_env);
    }
    groups.into_values().collect()
}

fn ties(fleet: &Fleet) -> UnionFind {
    let (mut ties, mut named, mut unreadable) = (UnionFind::default(), BTreeSet::new(), Vec::new());
    for (at, roster) in fleet.rosters.iter().enumerate() {
        let knot = GroupKey::RosterText(at);
        ties.tie_to_place(&knot, roster);
        match agents(roster) {
            Some(agents) => {
                agents
                    .iter()
                    .for_each(|agent| ties.tie(&knot, &GroupKey::Agent(agent.clone())));
                named.extend(agents);
            }
            None => unreadable.push(knot),
        }
    }
    for env_file in &fleet.env_files {
        let knot = GroupKey::of_agent(env_file);
        ties.tie_to_place(&knot, env_file);
        if !env_file.agent().is_some_and(|agent| named.contains(agent)) {
            unreadable.iter().for_each(|roster| ties.tie(roster, &knot));
        }
    }
    ties
}

/// The agents that a roster names; `None` where it cannot be read.
fn agents(roster: &FleetFile) -> Option<Vec<String>> {
    let body = roster.body.as_ref().ok()?;
    let roster = RosterText::parse(&body.text).ok()?;
    Some(
        roster
            .agents()
            .filter_map(|agent| agent.name)
            .map(str::to_owned)
            .collect(),
    )
}

/// What ties files together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum GroupKey {
    RosterText(usize),
    Agent(String),
    /// The same bytes by two names.
    Place(Spot),
    Settings,
}

impl GroupKey {
    fn of_agent(paper: &FleetFile) -> Self {
        Self::Agent(paper.agent().unwrap_or_default().to_owned())
    }
}

/// Which knots are tied to which: a forest, with the smallest knot of each tree as its root.
#[derive(Default)]
struct UnionFind(BTreeMap<GroupKey, GroupKey>);

impl UnionFind {
    fn tie(&mut self, one: &GroupKey, other: &GroupKey) {
        let (one, other) = (self.root(one), self.root(other));
        match one.cmp(&other) {
            std::cmp::Ordering::Less => drop(self.0.insert(other, one)),
            std::cmp::Ordering::Greater => drop(self.0.insert(one, other)),
            std::cmp::Ordering::Equal => {}
        }
    }

    fn tie_to_place(&mut self, knot: &GroupKey, paper: &FleetFile) {
        if let Ok(body) = &paper.body {
            self.tie(knot, &GroupKey::Place(body.at.clone()));
        }
    }

    fn root(&self, knot: &GroupKey) -> GroupKey {
        let mut root = knot;
        while let Some(above) = self.0.get(root) {
            root = above;
        }
        root.clone()
    }
}
