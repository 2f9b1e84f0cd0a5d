//! Groups of files that are edited together or not at all: a roster and its agents' env files, and whatever shares one
//! of those.
//!
//! A worked case. `roster.yaml` names the agents `ann` and `bob`, `night.yaml` names `bob` and `cat`, `spare.yaml`
//! names `dan`; there are env files of all four, and `cat.env` is a link to `dan.env`.
//!
//! | united | because | groups of keys |
//! |---|---|---|
//! | roster 0, `ann`, `bob` | `roster.yaml` names them | {0 ann bob} |
//! | roster 1, `bob`, `cat` | `night.yaml` names them; `bob` is in a group already | {0 1 ann bob cat} |
//! | roster 2, `dan` | `spare.yaml` names it | {0 1 ann bob cat} {2 dan} |
//! | `cat`, the place of `dan.env`, `dan` | two names of the same bytes | {0 1 2 ann bob cat dan} |
//!
//! So all three rosters and all four env files are one group. Without the link `spare.yaml` and `dan.env` were one of
//! their own, and a mistake in `spare.yaml` would not hold the others back.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::migrate::fleet_files::{Fleet, FleetFile};
use crate::decide::text::in_place::roster::RosterText;
use crate::model::change::Spot;
use crate::model::fleet_paths::ROSTER;

#[cfg(test)]
mod tests;

/// Files that are edited together or not at all.
#[derive(Debug, Default)]
pub(crate) struct FileGroup<'a> {
    /// Rosters.
    pub rosters: Vec<&'a FleetFile>,
    /// Env files of their agents.
    pub env_files: Vec<&'a FleetFile>,
    /// Drop-ins for units, and the holder's env file.
    pub settings: Settings<'a>,
}

/// Settings that the units read besides the agents' env files.
#[derive(Debug, Default)]
pub(crate) struct Settings<'a> {
    /// `fleet/holder.env`.
    pub holder_env: Option<&'a FleetFile>,
    /// Drop-ins.
    pub drop_ins: Vec<&'a FleetFile>,
}

impl<'a> FileGroup<'a> {
    /// All files of the group.
    pub(crate) fn files(&self) -> impl Iterator<Item = &'a FleetFile> {
        let settings = &self.settings;
        let all = self.rosters.iter().chain(&self.env_files);
        all.chain(&settings.holder_env)
            .chain(&settings.drop_ins)
            .copied()
    }
}

/// Sorts the fleet's files into groups. An env file that no readable roster names may belong to one that cannot be
/// read, and goes with it.
pub(crate) fn groups(fleet: &Fleet) -> Vec<FileGroup<'_>> {
    let united = united(fleet);
    let main = main_roster(fleet).map_or(GroupKey::Settings, GroupKey::Roster);
    let mut groups: BTreeMap<GroupKey, FileGroup> = BTreeMap::new();
    for (index, roster) in fleet.rosters.iter().enumerate() {
        let root = united.root(&GroupKey::Roster(index));
        groups.entry(root).or_default().rosters.push(roster);
    }
    for env_file in &fleet.env_files {
        let root = united.root(&GroupKey::of_agent(env_file));
        groups.entry(root).or_default().env_files.push(env_file);
    }
    for drop_in in &fleet.drop_ins {
        let root = if drop_in.agent().is_some() {
            united.root(&GroupKey::of_agent(drop_in))
        } else {
            united.root(&main)
        };
        let settings = &mut groups.entry(root).or_default().settings;
        settings.drop_ins.push(drop_in);
    }
    if let Some(holder_env) = &fleet.holder_env {
        let settings = &mut groups.entry(united.root(&main)).or_default().settings;
        settings.holder_env = Some(holder_env);
    }
    groups.into_values().collect()
}

/// The roster that the holder's settings belong to.
fn main_roster(fleet: &Fleet) -> Option<usize> {
    let mut rosters = fleet.rosters.iter();
    let main = rosters.position(|roster| roster.name.path.as_str() == ROSTER);
    main.or((fleet.rosters.len() == 1).then_some(0))
}

fn united(fleet: &Fleet) -> UnionFind {
    let mut united = UnionFind::default();
    let mut named = BTreeSet::new();
    let mut unreadable = Vec::new();
    for (index, roster) in fleet.rosters.iter().enumerate() {
        let key = GroupKey::Roster(index);
        united.unite_with_place(&key, roster);
        match agents(roster) {
            Some(agents) => {
                for agent in &agents {
                    united.unite(&key, &GroupKey::Agent(agent.clone()));
                }
                named.extend(agents);
            }
            None => unreadable.push(key),
        }
    }
    for env_file in &fleet.env_files {
        let key = GroupKey::of_agent(env_file);
        united.unite_with_place(&key, env_file);
        if !env_file.agent().is_some_and(|agent| named.contains(agent)) {
            for roster in &unreadable {
                united.unite(roster, &key);
            }
        }
    }
    united
}

/// The agents that a roster names; `None` where it cannot be read.
fn agents(roster: &FleetFile) -> Option<Vec<String>> {
    let found = roster.content.as_ref().ok()?;
    let roster = RosterText::parse(&found.text).ok()?;
    let names = roster.agents().filter_map(|agent| agent.name);
    Some(names.map(str::to_owned).collect())
}

/// A reason for files to belong together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum GroupKey {
    /// The roster of this index.
    Roster(usize),
    /// The agent of this name.
    Agent(String),
    /// The same bytes by two names.
    Place(Spot),
    /// The settings of a fleet without a main roster.
    Settings,
}

impl GroupKey {
    fn of_agent(file: &FleetFile) -> Self {
        Self::Agent(file.agent().unwrap_or_default().to_owned())
    }
}

/// Keys and the groups that they are in: a forest, with the smallest key of each tree as its root.
#[derive(Default)]
struct UnionFind(BTreeMap<GroupKey, GroupKey>);

impl UnionFind {
    fn unite(&mut self, one: &GroupKey, other: &GroupKey) {
        let one = self.root(one);
        let other = self.root(other);
        if one < other {
            self.0.insert(other, one);
        } else if other < one {
            self.0.insert(one, other);
        }
    }

    fn unite_with_place(&mut self, key: &GroupKey, file: &FleetFile) {
        if let Ok(found) = &file.content {
            self.unite(key, &GroupKey::Place(found.at.clone()));
        }
    }

    fn root(&self, key: &GroupKey) -> GroupKey {
        let mut root = key;
        while let Some(above) = self.0.get(root) {
            root = above;
        }
        root.clone()
    }
}
