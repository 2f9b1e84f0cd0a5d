//! Looks at an installed fleet: its units, its rosters, and the tmux server that they are on.

use crate::decide::plan::residue::left_by;
use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::bounded::{TEXT_MAX, read_text_at_most};
use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_paths::{FLEET, ROSTER};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::decide::doctor::fleet::{FleetFacts, Unseen};
use crate::decide::doctor::{quoted, server};
use crate::decide::fleet::roster::parse;
use crate::decide::fleet::units::{AGENT, AGENTS, OURS};
use crate::decide::text::in_place::roster::RosterText;
use crate::effects::doctor::PATIENCE;
use crate::effects::os::disk::{Root, outside};
use crate::effects::os::systemd::{Manager, ManagerError, verify};
use crate::effects::os::tmux::{DEFAULT, Sockets, lives};
use crate::effects::outside::units::UnitsDirectory;
use crate::model::fleet_name::SocketName;
use crate::model::roster::Roster;
use crate::model::tmux::{Occupancy, Server};
use crate::model::unit::{UnitName, UnitState};

/// Looks; `at` is what commands need to be about the home, and `is_recorded` whether its rosters mean what they say.
pub(super) fn look(
    root: &Root,
    surroundings: &Surroundings,
    home_flags: &str,
    is_recorded: bool,
) -> Result<FleetFacts, Unseen> {
    let units = UnitsDirectory::look(root, surroundings);
    let folder = surroundings
        .units
        .as_deref()
        .filter(|_| units.is_installed)
        .ok_or(Unseen::NotInstalled)?;
    let folder = resolved(folder);
    let manager = Manager::reach_within(PATIENCE).map_err(|_| Unseen::NoManager)?;
    if !manager.reads(&folder)? {
        return Err(Unseen::ReadsElsewhere);
    }
    let rosters = rosters(root);
    let (holder, agents) = states(&manager, &units, rosters.as_deref().unwrap_or_default())?;
    // Before 0.1.0 a roster without a socket meant another one.
    let usual = rosters
        .iter()
        .flatten()
        .find(|(path, _)| path == ROSTER)
        .filter(|_| is_recorded);
    Ok(FleetFacts {
        at: home_flags.to_owned(),
        server: usual.map(|(_, roster)| server_facts(roster.socket.clone(), &holder)),
        holder,
        agents,
        declared: rosters.map(|rosters| declared(root, &rosters)),
        said: said(&folder),
    })
}

impl From<ManagerError> for Unseen {
    fn from(_: ManagerError) -> Self {
        Self::NoManager
    }
}

/// The rosters by their paths; `None` where one of them cannot be read.
fn rosters(root: &Root) -> Option<Vec<(String, Roster)>> {
    let names = match root.children(FLEET) {
        Err(error) if error.is_absent() => return Some(Vec::new()),
        children => children.ok()?.into_iter(),
    };
    let names = names.filter_map(|(name, _)| String::from_utf8(name).ok());
    let paths = names
        .filter(|name| name.ends_with(".yaml") && left_by(name).is_none())
        .map(|name| format!("{FLEET}/{name}"));
    let mut rosters = Vec::new();
    for path in paths {
        let text = read_text_at_most(&root.full(&path), TEXT_MAX).ok()?;
        // Other YAML may lie beside them.
        if path == ROSTER || RosterText::is_meant(&text) {
            let roster = parse(&path, &text).ok()?;
            rosters.push((path, roster));
        }
    }
    Some(rosters)
}

/// A peer counts: its name is taken here, too.
fn declared(root: &Root, rosters: &[(String, Roster)]) -> BTreeMap<String, String> {
    let mut declared = BTreeMap::new();
    for (path, roster) in rosters {
        let is_usual = path == ROSTER;
        let flag = if is_usual {
            String::new()
        } else {
            format!(
                " --roster {}",
                quoted(&root.full(path).display().to_string())
            )
        };
        for agent in &roster.agents {
            if is_usual || !declared.contains_key(agent.name.as_str()) {
                declared.insert(agent.name.to_string(), flag.clone());
            }
        }
    }
    declared
}

/// The holder, and all agents that are loaded, enabled or declared.
fn states(
    manager: &Manager,
    units: &UnitsDirectory,
    rosters: &[(String, Roster)],
) -> Result<(UnitState, Vec<UnitState>), ManagerError> {
    let loaded = manager
        .list(AGENTS)?
        .into_iter()
        .map(|state| state.name.to_string());
    let declared = rosters.iter().flat_map(|(_, roster)| roster.agents_here());
    let declared = declared.map(|agent| format!("{AGENT}{}.service", agent.name));
    let names: BTreeSet<_> = units
        .wanted_agents()
        .into_iter()
        .chain(loaded)
        .chain(declared)
        .collect();
    let names = [OURS[0].to_owned()].into_iter().chain(names);
    let names: Vec<_> = names.filter_map(|name| UnitName::new(name).ok()).collect();
    let mut states = manager.show(&names)?;
    let holder = states.remove(0);
    Ok((holder, states))
}

fn server_facts(socket: Option<SocketName>, holder: &UnitState) -> server::ServerFacts {
    let occupancy =
        Sockets::of_this_user().occupancy(socket.as_ref().map_or(DEFAULT, SocketName::as_str));
    let group = match &occupancy {
        Occupancy::Served(Server { pid, .. }) => {
            outside::kernel_text(Path::new(&format!("/proc/{pid}/cgroup"))).ok()
        }
        _ => None,
    };
    let group = group.as_deref().and_then(server::group).map(str::to_owned);
    let own = holder.main_pid.filter(|pid| {
        lives(Server {
            pid: *pid,
            started: 0,
        })
    });
    let own = own.and_then(|pid| {
        let command = outside::kernel_text(Path::new(&format!("/proc/{pid}/cmdline"))).ok()?;
        Some((pid, server::socket_of(&command)?.to_owned()))
    });
    server::ServerFacts {
        socket,
        occupancy,
        group,
        own,
    }
}

/// Lines that systemd says of our units that are there; none where it cannot be asked.
fn said(folder: &Path) -> Vec<String> {
    let files: Vec<_> = OURS
        .iter()
        .map(|unit| folder.join(unit))
        .filter(|file| outside::is_file(file))
        .collect();
    let files: Vec<_> = files.iter().map(AsRef::as_ref).collect();
    if files.is_empty() {
        Vec::new()
    } else {
        verify(&files).unwrap_or_default()
    }
}
