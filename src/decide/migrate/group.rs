//! Which files belong together: a roster and its agents' env files, and whatever shares one of those.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::in_place::roster::Roster;
use crate::decide::migrate::fleet::{Fleet, Paper, ROSTER};

/// Files that are edited together or not at all.
#[derive(Debug, Default)]
pub struct Group<'a> {
    /// Rosters.
    pub rosters: Vec<&'a Paper>,
    /// Env files of their agents.
    pub env_files: Vec<&'a Paper>,
    /// Drop-ins for units, and the holder's env file.
    pub settings: Settings<'a>,
}

/// What the units read besides the agents' env files.
#[derive(Debug, Default)]
pub struct Settings<'a> {
    /// `fleet/holder.env`.
    pub holder_env: Option<&'a Paper>,
    /// Drop-ins.
    pub drop_ins: Vec<&'a Paper>,
}

impl<'a> Group<'a> {
    /// All files of it.
    pub fn papers(&self) -> impl Iterator<Item = &'a Paper> {
        let settings = self.settings.holder_env.into_iter().chain(self.settings.drop_ins.iter().copied());
        self.rosters.iter().copied().chain(self.env_files.iter().copied()).chain(settings)
    }
}

/// Sorts the fleet's files into groups. An env file that no readable roster names may belong to one that cannot be
/// read, and goes with it.
pub fn groups(fleet: &Fleet) -> Vec<Group<'_>> {
    let mut sorting = Sorting::default();
    let mut unreadable = Vec::new();
    for (at, roster) in fleet.rosters.iter().enumerate() {
        match agents(roster) {
            Some(agents) => agents.into_iter().for_each(|agent| sorting.join(at, agent)),
            None => unreadable.push(at),
        }
    }
    let named: BTreeSet<_> = sorting.agents.keys().cloned().collect();
    for env_file in fleet.env_files.iter().filter_map(Paper::agent).filter(|agent| !named.contains(*agent)) {
        unreadable.iter().for_each(|roster| sorting.join(*roster, env_file.to_owned()));
    }
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    for (at, roster) in fleet.rosters.iter().enumerate() {
        groups.entry(Key::Roster(sorting.root(at))).or_default().rosters.push(roster);
    }
    for env_file in &fleet.env_files {
        groups.entry(sorting.key(env_file)).or_default().env_files.push(env_file);
    }
    let main = fleet.rosters.iter().position(|roster| roster.name.path.as_str() == ROSTER);
    let main = main.or((fleet.rosters.len() == 1).then_some(0));
    let main = main.map_or(Key::Settings, |at| Key::Roster(sorting.root(at)));
    for drop_in in &fleet.drop_ins {
        let key = if drop_in.agent().is_some() { sorting.key(drop_in) } else { main.clone() };
        groups.entry(key).or_default().settings.drop_ins.push(drop_in);
    }
    if let Some(holder_env) = &fleet.holder_env {
        groups.entry(main).or_default().settings.holder_env = Some(holder_env);
    }
    groups.into_values().collect()
}

/// The agents that a roster names; `None` where it cannot be read.
fn agents(roster: &Paper) -> Option<Vec<String>> {
    let body = roster.body.as_ref().ok()?;
    let roster = Roster::parse(&body.text).ok()?;
    Some(roster.agents().filter_map(|agent| agent.name).map(str::to_owned).collect())
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Roster(usize),
    Agent(String),
    Settings,
}

/// Rosters that share an agent are joined.
#[derive(Default)]
struct Sorting {
    /// A roster that each agent is in.
    agents: BTreeMap<String, usize>,
    /// To which roster another was joined.
    joined: BTreeMap<usize, usize>,
}

impl Sorting {
    fn join(&mut self, roster: usize, agent: String) {
        let other = *self.agents.entry(agent).or_insert(roster);
        let (one, other) = (self.root(roster), self.root(other));
        if one != other {
            self.joined.insert(one.max(other), one.min(other));
        }
    }

    fn root(&self, roster: usize) -> usize {
        self.joined.get(&roster).map_or(roster, |joined| self.root(*joined))
    }

    fn key(&self, paper: &Paper) -> Key {
        let agent = paper.agent().unwrap_or_default();
        match self.agents.get(agent) {
            Some(roster) => Key::Roster(self.root(*roster)),
            None => Key::Agent(agent.to_owned()),
        }
    }
}
