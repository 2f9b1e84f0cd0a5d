//! What is promised of each agent after a step.

use std::collections::BTreeMap;

use super::steps::Order;
use super::truth::Truth;

/// What is promised of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promise {
    /// It runs, once.
    Up,
    /// It goes on as these processes.
    Same(Vec<u32>),
    /// It does not run.
    Down,
    /// It runs once, or not.
    Open,
}

impl Promise {
    /// What is wrong with what is there, if anything.
    pub fn broken_by(&self, pids: &[u32]) -> Option<String> {
        match self {
            _ if pids.len() > 1 => Some(format!("runs {} times: {pids:?}", pids.len())),
            Self::Up if pids.is_empty() => Some("is lost".to_owned()),
            Self::Same(before) if before != pids => Some(format!(
                "was {before:?}, and is {pids:?}: nobody asked for that"
            )),
            Self::Down if !pids.is_empty() => Some(format!("runs as {pids:?}")),
            _ => None,
        }
    }
}

/// What is promised of agents after a command that ended with a status.
pub fn after(
    order: &Order,
    status: i32,
    agents: &[String],
    before: &Truth,
) -> BTreeMap<String, Promise> {
    let is_well = status == 0;
    let promise = |(number, agent): (usize, &String)| {
        let pids = before.of(agent).to_vec();
        let was_up = !pids.is_empty();
        let is_meant = |numbers: &Vec<usize>| numbers.is_empty() || numbers.contains(&number);
        match order {
            Order::Start(numbers) if is_meant(numbers) => match (is_well, was_up) {
                (true, _) | (_, true) => Promise::Up,
                _ => Promise::Open,
            },
            Order::Restart(numbers) if is_meant(numbers) => match (is_well, was_up) {
                (true, _) | (_, true) => Promise::Up,
                _ => Promise::Open,
            },
            Order::Stop(numbers) if is_meant(numbers) => match is_well {
                true => Promise::Down,
                false => Promise::Open,
            },
            Order::RestartStale
            | Order::Update {
                relaunches: true, ..
            }
            | Order::Rollback {
                relaunches: true, ..
            } => match was_up {
                true => Promise::Up,
                false => Promise::Open,
            },
            // A holder that is started anew brings back whom systemd calls active.
            Order::Start(_) | Order::Restart(_) if !was_up => Promise::Open,
            _ => Promise::Same(pids),
        }
    };
    let promises = agents.iter().enumerate();
    promises.map(|it| (it.1.clone(), promise(it))).collect()
}
