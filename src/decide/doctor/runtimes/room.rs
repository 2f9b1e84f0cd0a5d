//! The room that runtimes take: memory, the disk of the user's home, and what grows on it.

use std::collections::BTreeMap;

use crate::decide::doctor::runtimes::{AgentFacts, RuntimesFacts, names};
use crate::decide::doctor::{CheckResult, quoted};
use crate::model::runtime::Runtime;

/// The room that there is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room {
    /// Bytes of memory that programs can still have.
    pub memory: Option<u64>,
    /// Bytes that are free in the user's home.
    pub disk: Option<u64>,
    /// Folders and files that grow without bounds, with their bytes.
    pub grown: Vec<(String, u64)>,
}

const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;
/// Free bytes of the user's home below which runtimes begin to lose parts of conversations without a word.
const DISK_MIN: u64 = GIB;
/// Bytes from which on something that grows is told.
const GROWN: u64 = 512 * MIB;

/// What an agent takes at its peak, in MiB: measured with six of each at once, and after 51 turns.
fn peak(runtime: &Runtime) -> u64 {
    match runtime {
        Runtime::OpenCode => 1000,
        Runtime::Claude => 350,
        Runtime::Codex => 250,
        Runtime::Pi => 150,
        Runtime::Defined(_) => 0,
    }
}

/// Judges it.
pub(super) fn judge(facts: &RuntimesFacts, checked: &mut CheckResult) {
    judge_memory(facts, checked);
    let home = &facts.user_home;
    if let Some(free) = facts.room.disk.filter(|free| *free < DISK_MIN) {
        let message = format!(
            "{home} has {} MiB free: on a full disk runtimes lose parts of conversations without a word, and know less when they go on with them",
            free / MIB
        );
        checked.problem(message, format!("df -h {}", quoted(home)));
    }
    for (path, bytes) in &facts.room.grown {
        if *bytes >= GROWN {
            let message = format!("{path} has grown to {} MiB", bytes / MIB);
            checked.note(message, format!("du -h {}", quoted(path)));
        }
    }
    judge_shared(facts, checked);
}

fn judge_memory(facts: &RuntimesFacts, checked: &mut CheckResult) {
    let due = facts.agents.iter();
    let due: Vec<_> = due
        .filter(|agent| agent.is_enabled && !agent.is_alive)
        .collect();
    let wanted: u64 = due.iter().map(|agent| peak(&agent.runtime) * MIB).sum();
    if let Some(free) = facts.room.memory.filter(|free| wanted > *free) {
        let message = format!(
            "the agents that do not run yet ({}) take some {} MiB at their peaks, and {} MiB are free: start a part of them",
            names(&due),
            wanted / MIB,
            free / MIB
        );
        checked.problem(message, "ps -eo rss,pid,comm --sort=-rss | head");
    }
}

/// What they write into a folder, and what they spend, is told by the folder alone.
fn judge_shared(facts: &RuntimesFacts, checked: &mut CheckResult) {
    let mut folders = BTreeMap::<_, Vec<&AgentFacts>>::new();
    for agent in &facts.agents {
        if let Some(folder) = &agent.folder {
            folders
                .entry((folder, &agent.runtime))
                .or_default()
                .push(agent);
        }
    }
    for ((folder, runtime), agents) in folders.iter().filter(|(_, agents)| agents.len() > 1) {
        let message = format!(
            "{} are {runtime} in one folder, {folder}: what they spend cannot be told apart, and each writes over the other's files",
            names(agents)
        );
        let remedy = format!("${{EDITOR:-vi}} {}", quoted(&facts.roster));
        checked.note(message, remedy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(name: &str, runtime: Runtime, folder: &str) -> AgentFacts {
        AgentFacts {
            name: name.to_owned(),
            runtime,
            folder: Some(folder.to_owned()),
            is_enabled: true,
            ..AgentFacts::default()
        }
    }

    fn told(agents: Vec<AgentFacts>, room: Room) -> Vec<String> {
        let facts = RuntimesFacts {
            agents,
            room,
            user_home: "/home/u".to_owned(),
            roster: "/h/fleet/roster.yaml".to_owned(),
            ..RuntimesFacts::default()
        };
        let mut checked = CheckResult::default();
        judge(&facts, &mut checked);
        let found = checked.findings.into_iter();
        found.map(|finding| finding.message).collect()
    }

    #[test]
    fn memory_is_what_those_take_that_do_not_run_yet() {
        let room = |free| Room {
            memory: Some(free * MIB),
            ..Room::default()
        };
        let two = || {
            vec![
                agent("a", Runtime::OpenCode, "/a"),
                agent("b", Runtime::Pi, "/b"),
            ]
        };
        assert!(told(two(), room(1150)).is_empty());
        let few = told(two(), room(1149));
        assert!(few[0].contains("(a, b) take some 1150 MiB"), "{few:?}");
        let mut one_lives = two();
        one_lives[0].is_alive = true;
        assert!(told(one_lives, room(1149)).is_empty());
        let mut one_stays = two();
        one_stays[0].is_enabled = false;
        assert!(told(one_stays, room(1149)).is_empty());
    }

    #[test]
    fn a_full_disk_and_what_filled_it_are_told() {
        let room = |disk, grown| Room {
            disk: Some(disk),
            grown: vec![("/home/u/.codex".to_owned(), grown)],
            ..Room::default()
        };
        let told = |disk, grown| told(vec![agent("a", Runtime::Pi, "/a")], room(disk, grown));
        assert!(told(GIB, GROWN - 1).is_empty());
        assert!(told(GIB - 1, 0)[0].contains("1023 MiB free"));
        assert!(told(GIB, GROWN)[0].contains("grown to 512 MiB"));
    }

    #[test]
    fn two_of_one_runtime_in_one_folder_are_told() {
        let told = |folder, runtime| {
            let agents = vec![agent("a", Runtime::Pi, "/a"), agent("b", runtime, folder)];
            told(agents, Room::default())
        };
        assert!(told("/a", Runtime::Codex).is_empty());
        assert!(told("/b", Runtime::Pi).is_empty());
        assert!(told("/a", Runtime::Pi)[0].starts_with("a, b are pi in one folder, /a:"));
    }
}
