//! What the files of a home name: its agents, and the sockets that they may be on.

use std::collections::BTreeSet;

use crate::decide::fleet::keys::SOCKET;
use crate::decide::fleet::order::roster_flag;
use crate::decide::fleet::roster::parse;
use crate::decide::plan::residue::left_by;
use crate::decide::text::in_place::env_file::EnvFile;
use crate::effects::home::Home;
use crate::effects::os::disk::bounded::{TEXT_MAX, read_at_most, read_text_at_most};
use crate::effects::os::disk::{Root, outside};
use crate::effects::os::tmux::DEFAULT;
use crate::model::fleet_name::SocketName;
use crate::model::fleet_paths::{AGENTS, FLEET, HOLDER_ENV, ROSTER};
use crate::model::roster::Roster;

/// What rosters and env files name.
#[derive(Default)]
pub(super) struct Named {
    /// The agents.
    pub agents: BTreeSet<String>,
    /// The names of their sockets.
    pub sockets: BTreeSet<String>,
}

impl Named {
    /// Reads those of a home.
    pub(super) fn of(home: Option<&Home>) -> Self {
        let mut named = Self::default();
        if let Some(home) = home {
            named.read_rosters(&home.root);
            named.read_env_files(&home.root);
        }
        named
    }

    /// Adds those of a roster.
    pub(super) fn add(&mut self, roster: &Roster) {
        let socket =
            |name: Option<&SocketName>| name.map_or(DEFAULT, SocketName::as_str).to_owned();
        self.sockets.insert(socket(roster.socket.as_ref()));
        for agent in roster.agents_here() {
            self.agents.insert(agent.name.to_string());
            self.sockets.insert(socket(roster.socket_of(agent)));
        }
    }

    /// Of a roster that cannot be read nothing is known here: those who need it say what is wrong with it.
    fn read_rosters(&mut self, root: &Root) {
        for name in names_in(root, FLEET, ".yaml") {
            let path = format!("{FLEET}/{name}.yaml");
            let text = read_text_at_most(&root.full(&path), TEXT_MAX).ok();
            if let Some(roster) = text.and_then(|text| parse(&path, &text).ok()) {
                self.add(&roster);
            }
        }
    }

    fn read_env_files(&mut self, root: &Root) {
        let agents = names_in(root, AGENTS, ".env");
        let paths = agents.iter().map(|agent| format!("{AGENTS}/{agent}.env"));
        let paths: Vec<_> = paths.chain([HOLDER_ENV.to_owned()]).collect();
        self.agents.extend(agents);
        for path in paths {
            let text = read_at_most(&root.full(&path), TEXT_MAX).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let socket = EnvFile::parse(&text).ok();
            let socket = socket.and_then(|file| Some(file.value(SOCKET)?.to_owned()));
            self.sockets.extend(socket.map(|name| match name.as_str() {
                "" => DEFAULT.to_owned(),
                _ => name,
            }));
        }
    }
}

/// The flag that makes a command be about the roster that declares an agent, with a blank before it; empty where that is
/// the home's own, or none.
pub(crate) fn roster_flag_of(home: &Home, agent: &str) -> String {
    let names = names_in(&home.root, FLEET, ".yaml").into_iter();
    let paths = names.map(|name| format!("{FLEET}/{name}.yaml"));
    let declares = |path: &String| {
        let text = read_text_at_most(&home.root.full(path), TEXT_MAX).ok();
        let roster = text.and_then(|text| parse(path, &text).ok());
        roster.is_some_and(|it| it.agents_here().any(|its| its.name.as_str() == agent))
    };
    let mut declaring: Vec<_> = paths.filter(declares).collect();
    declaring.sort();
    match declaring.first() {
        Some(path) if !declaring.iter().any(|path| path == ROSTER) => {
            roster_flag(&home.root.full(path))
        }
        _ => String::new(),
    }
}

/// Names of the files in a folder that have an ending, without it.
pub(super) fn names_in(root: &Root, folder: &str, ending: &str) -> Vec<String> {
    let names = outside::names(&root.full(folder)).into_iter();
    let names = names.filter_map(|name| name.into_string().ok());
    let names = names.filter(|name| left_by(name).is_none());
    names
        .filter_map(|name| Some(name.strip_suffix(ending)?.to_owned()))
        .collect()
}
