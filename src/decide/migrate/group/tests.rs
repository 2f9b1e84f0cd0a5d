//! Groups of files: the worked case, and files that cannot be read.

use super::*;
use crate::decide::migrate::fleet_files::{FileText, PartialText, Unread};
use crate::decide::plan::memory::home;
use crate::model::change::FileState;
use crate::model::digest::Digest;
use crate::model::mode::Mode;

fn file(name: &str, place: &str, text: &str) -> FleetFile {
    FleetFile {
        name: home(name),
        content: Ok(FileText {
            at: home(place),
            state: FileState {
                digest: Digest::of(text.as_bytes()),
                mode: Mode::from_st_mode(0o644),
            },
            links: 1,
            text: text.to_owned(),
            locked: None,
        }),
    }
}

fn roster(name: &str, agents: &[&str]) -> FleetFile {
    let agents: String = agents
        .iter()
        .map(|agent| format!("  - name: {agent}\n"))
        .collect();
    let path = format!("fleet/{name}");
    file(&path, &path, &format!("version: 1\nagents:\n{agents}"))
}

fn env(agent: &str, place: &str) -> FleetFile {
    let path = |agent: &str| format!("fleet/agents/{agent}.env");
    file(&path(agent), &path(place), "A=1\n")
}

fn grouped(fleet: &Fleet) -> Vec<String> {
    let names = |group: &FileGroup| {
        let names = group
            .files()
            .map(|file| file.name.path.split().1.to_owned());
        names.collect::<Vec<_>>().join(" ")
    };
    groups(fleet).iter().map(names).collect()
}

/// The worked case of this file's head, with and without its link.
#[test]
fn what_shares_an_agent_or_a_file_belongs_together() {
    let mut fleet = Fleet {
        rosters: vec![
            roster("roster.yaml", &["ann", "bob"]),
            roster("night.yaml", &["bob", "cat"]),
            roster("spare.yaml", &["dan"]),
        ],
        env_files: vec![
            env("ann", "ann"),
            env("bob", "bob"),
            env("cat", "cat"),
            env("dan", "dan"),
        ],
        ..Fleet::default()
    };
    let apart = [
        "roster.yaml night.yaml ann.env bob.env cat.env",
        "spare.yaml dan.env",
    ];
    assert_eq!(grouped(&fleet), apart);
    fleet.env_files[2] = env("cat", "dan");
    let all = "roster.yaml night.yaml spare.yaml ann.env bob.env cat.env dan.env";
    assert_eq!(grouped(&fleet), [all]);
}

#[test]
fn an_env_file_of_no_roster_goes_with_one_that_cannot_be_read() {
    let unreadable = FleetFile {
        name: home("fleet/broken.yaml"),
        content: Err(Unread {
            reason: String::new(),
            partial: PartialText::Unknown,
        }),
    };
    let fleet = Fleet {
        rosters: vec![roster("roster.yaml", &["ann"]), unreadable],
        env_files: vec![env("ann", "ann"), env("eve", "eve")],
        holder_env: Some(file("fleet/holder.env", "fleet/holder.env", "")),
        ..Fleet::default()
    };
    let expected = ["roster.yaml ann.env holder.env", "broken.yaml eve.env"];
    assert_eq!(grouped(&fleet), expected);
}
