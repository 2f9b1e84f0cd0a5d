//! Which files belong together: a roster and its agents' env files, and whatever shares one of those.

use crate::model::fleet_paths::ROSTER;
use std::collections::{BTreeMap, BTreeSet};

use crate::decide::migrate::fleet_files::{Fleet, Paper};
use crate::decide::text::in_place::roster::Roster;
use crate::model::change::Spot;

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
pub fn groups(fleet: &Fleet) -> Vec<Group<'_>> {
    let ties = ties(fleet);
    let main = fleet
        .rosters
        .iter()
        .position(|roster| roster.name.path.as_str() == ROSTER);
    let main = main
        .or((fleet.rosters.len() == 1).then_some(0))
        .map_or(Knot::Settings, Knot::Roster);
    let mut groups: BTreeMap<Knot, Group> = BTreeMap::new();
    for (at, roster) in fleet.rosters.iter().enumerate() {
        groups
            .entry(ties.root(&Knot::Roster(at)))
            .or_default()
            .rosters
            .push(roster);
    }
    for env_file in &fleet.env_files {
        groups
            .entry(ties.root(&Knot::of_agent(env_file)))
            .or_default()
            .env_files
            .push(env_file);
    }
    for drop_in in &fleet.drop_ins {
        let knot = if drop_in.agent().is_some() {
            Knot::of_agent(drop_in)
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

fn ties(fleet: &Fleet) -> Ties {
    let (mut ties, mut named, mut unreadable) = (Ties::default(), BTreeSet::new(), Vec::new());
    for (at, roster) in fleet.rosters.iter().enumerate() {
        let knot = Knot::Roster(at);
        ties.tie_to_place(&knot, roster);
        match agents(roster) {
            Some(agents) => {
                agents
                    .iter()
                    .for_each(|agent| ties.tie(&knot, &Knot::Agent(agent.clone())));
                named.extend(agents);
            }
            None => unreadable.push(knot),
        }
    }
    for env_file in &fleet.env_files {
        let knot = Knot::of_agent(env_file);
        ties.tie_to_place(&knot, env_file);
        if !env_file.agent().is_some_and(|agent| named.contains(agent)) {
            unreadable.iter().for_each(|roster| ties.tie(roster, &knot));
        }
    }
    ties
}

/// The agents that a roster names; `None` where it cannot be read.
fn agents(roster: &Paper) -> Option<Vec<String>> {
    let body = roster.body.as_ref().ok()?;
    let roster = Roster::parse(&body.text).ok()?;
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
enum Knot {
    Roster(usize),
    Agent(String),
    /// The same bytes by two names.
    Place(Spot),
    Settings,
}

impl Knot {
    fn of_agent(paper: &Paper) -> Self {
        Self::Agent(paper.agent().unwrap_or_default().to_owned())
    }
}

/// Which knots are tied to which: a forest, with the smallest knot of each tree as its root.
#[derive(Default)]
struct Ties(BTreeMap<Knot, Knot>);

impl Ties {
    fn tie(&mut self, one: &Knot, other: &Knot) {
        let (one, other) = (self.root(one), self.root(other));
        match one.cmp(&other) {
            std::cmp::Ordering::Less => drop(self.0.insert(other, one)),
            std::cmp::Ordering::Greater => drop(self.0.insert(one, other)),
            std::cmp::Ordering::Equal => {}
        }
    }

    fn tie_to_place(&mut self, knot: &Knot, paper: &Paper) {
        if let Ok(body) = &paper.body {
            self.tie(knot, &Knot::Place(body.at.clone()));
        }
    }

    fn root(&self, knot: &Knot) -> Knot {
        let mut root = knot;
        while let Some(above) = self.0.get(root) {
            root = above;
        }
        root.clone()
    }
}
