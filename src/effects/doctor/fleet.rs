//! Looks at an installed fleet: its units, its rosters, and the tmux server that they are on.

use std::collections::BTreeMap;
use std::path::Path;

use crate::decide::doctor::fleet::{AllMissing, FleetFacts, Needs, Sight, Unseen};
use crate::decide::doctor::server;
use crate::decide::fleet::order::roster_flag;
use crate::decide::fleet::picture::{FleetServer, Picture, Whereabouts};
use crate::decide::fleet::roster::parse;
use crate::decide::fleet::units::OURS;
use crate::decide::plan::residue::left_by;
use crate::decide::text::in_place::roster::RosterText;
use crate::effects::fleet::install::can_be_installed;
use crate::effects::fleet::not_installed::{fleet_not_installed, has_env, not_installed};
use crate::effects::fleet::ready;
use crate::effects::fleet::unread::{LeftContents, is_unread};
use crate::effects::home::Home;
use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::bounded::{TEXT_MAX, read_text_at_most};
use crate::effects::os::disk::{Root, outside};
use crate::effects::os::systemd::{is_in_unit_path, verify};
use crate::effects::os::tmux::{DEFAULT, Sockets};
use crate::effects::outside::surroundings::Surroundings;
use crate::effects::outside::units::UnitsDirectory;
use crate::model::fleet_name::SocketName;
use crate::model::fleet_paths::{FLEET, ROSTER};
use crate::model::roster::Roster;
use crate::model::tmux::Occupancy;
use crate::model::unit::UnitState;

/// Looks; there are no `rosters` where one cannot be read. `home_flags` is what commands need to be about the home.
pub(super) fn look(
    home: Option<&Home>,
    root: &Root,
    rosters: Option<&[(String, Roster)]>,
    surroundings: &Surroundings,
    home_flags: &str,
    picture: &Picture,
) -> Result<FleetFacts, Unseen> {
    let units = UnitsDirectory::look(root, surroundings);
    let folder = surroundings.units.as_deref();
    // Of a half nothing can be started.
    let is_whole = |folder: &&Path| {
        let mut all = OURS.iter().map(|unit| folder.join(unit));
        units.is_installed && all.all(|file| outside::stat_link(&file).is_ok())
    };
    let Some(folder) = folder.filter(is_whole).map(resolved) else {
        let alive = agents_of(rosters.unwrap_or_default());
        let alive =
            alive.filter(|(agent, _)| matches!(picture.whereabouts(agent), Whereabouts::Lives(_)));
        return Err(Unseen::NotInstalled {
            alive: alive.map(|(agent, _)| agent).collect(),
            can_be: home.is_some_and(can_be_installed),
        });
    };
    let view = picture.manager.as_ref().map_err(|_| Unseen::NoManager)?;
    if !is_in_unit_path(&view.unit_path, &folder) {
        return Err(Unseen::ReadsElsewhere);
    }
    let left = home.map_or_else(LeftContents::default, |home| {
        LeftContents::of(home, &resolved(root.path()))
    });
    let mut states = view.states.clone();
    for state in &mut states {
        state.need_daemon_reload = is_unread(&left, view.loaded_at, state);
    }
    let holder = states.remove(0);
    let wanted = units.wanted_agents();
    states.retain(|state| {
        let name = state.name.as_str();
        let agent = state.name.instance().unwrap_or_default();
        let mut declared = agents_of(rosters.unwrap_or_default());
        let is_meant = wanted.iter().any(|unit| unit == name);
        is_meant || state.is_up() || state.is_failed() || declared.any(|(name, _)| name == agent)
    });
    let is_recorded = home.is_some_and(|home| home.generation > 0);
    // Before 0.1.0 a roster without a socket meant another one.
    let usual = rosters
        .into_iter()
        .flatten()
        .find(|(path, _)| path == ROSTER)
        .filter(|_| is_recorded);
    let seen = agents_of(rosters.unwrap_or_default());
    let seen = seen.map(|(agent, socket)| {
        let told = home.and_then(|home| ready::socket_of(home, &agent));
        let sight = sight(picture, home, &agent, &told.unwrap_or(socket));
        (agent, sight)
    });
    Ok(FleetFacts {
        at: home_flags.to_owned(),
        former: surroundings
            .former
            .as_ref()
            .map(|former| former.place.to_string()),
        server: usual
            .map(|(_, roster)| server_facts(installed_socket(home, roster), &holder, picture)),
        without_env: home.map_or_else(Vec::new, |home| without_env(home, &states, rosters)),
        missing: home.map_or_else(AllMissing::default, |home| {
            missing(home, surroundings, rosters)
        }),
        holder,
        agents: states,
        agents_seen: seen.collect(),
        shared_daemons: picture.shared_daemons(),
        declared: rosters.map(|rosters| declared(root, rosters)),
        said: said(&folder),
    })
}

/// The declared agents whose units are up or enabled, and whose env file is not there.
fn without_env(
    home: &Home,
    states: &[UnitState],
    rosters: Option<&[(String, Roster)]>,
) -> Vec<String> {
    let declared = agents_of(rosters.unwrap_or_default()).map(|(agent, _)| agent);
    let is_without = |agent: &String| {
        let mut states = states.iter();
        let state = states.find(|state| state.name.instance() == Some(agent));
        state.is_some_and(|state| state.is_up() || state.unit_file_state == "enabled")
            && !has_env(home, agent)
    };
    declared.filter(is_without).collect()
}

/// What starts would be refused for.
fn missing(
    home: &Home,
    surroundings: &Surroundings,
    rosters: Option<&[(String, Roster)]>,
) -> AllMissing {
    let declared = agents_of(rosters.unwrap_or_default());
    let agents = declared.filter_map(|(agent, _)| {
        let missing = not_installed(home, surroundings, [agent.as_str()])?;
        Some((agent, missing))
    });
    AllMissing {
        fleet: fleet_not_installed(home, surroundings),
        agents: agents.collect(),
    }
}

/// The socket that a roster's agents are told by what is installed: what it says is so once it is.
fn installed_socket(home: Option<&Home>, roster: &Roster) -> Option<SocketName> {
    let mut usual = roster.agents_here();
    let usual = usual.find(|agent| roster.socket_of(agent) == roster.socket.as_ref());
    let told = usual.and_then(|agent| ready::socket_of(home?, agent.name.as_str()));
    match told.as_deref() {
        None => roster.socket.clone(),
        Some(name) => SocketName::parse(name).ok().filter(|_| name != DEFAULT),
    }
}

/// What a fleet needs and has not; nothing where none is declared.
pub(super) fn needs(root: &Root, home_flags: &str, picture: &Picture) -> Needs {
    Needs {
        at: home_flags.to_owned(),
        broken_rosters: broken(root),
        missing_program: root
            .look(ROSTER)
            .ok()
            .and_then(|_| ready::missing_program(picture)),
    }
}

/// The rosters that cannot be read, each with its fault.
fn broken(root: &Root) -> Vec<(String, String)> {
    let fault = |path: String| {
        let full = root.full(&path);
        let fault = match read_text_at_most(&full, TEXT_MAX) {
            Ok(text) if path != ROSTER && !RosterText::is_meant(&text) => return None,
            Ok(text) => parse(&path, &text).err()?.to_string(),
            Err(error) => format!("{path}: {error}"),
        };
        Some((full.display().to_string(), fault))
    };
    roster_paths(root)
        .unwrap_or_default()
        .into_iter()
        .filter_map(fault)
        .collect()
}

/// The agents of this host, each with the name of its socket.
fn agents_of(rosters: &[(String, Roster)]) -> impl Iterator<Item = (String, String)> {
    rosters.iter().flat_map(|(_, roster)| {
        roster.agents_here().map(|agent| {
            let socket = roster.socket_of(agent);
            let socket = socket.map_or(DEFAULT, SocketName::as_str);
            (agent.name.to_string(), socket.to_owned())
        })
    })
}

fn sight(picture: &Picture, home: Option<&Home>, agent: &str, socket: &str) -> Sight {
    let moves = || home.is_some_and(|home| ready::other_holder(picture, home, agent).is_some());
    match picture.whereabouts(agent) {
        Whereabouts::Lives(lives) if lives.len() > 1 => Sight::Doubled,
        Whereabouts::Lives(lives) => {
            let server = lives.first().and_then(|life| life.server);
            let names = server.map(|pid| picture.names_of(pid)).unwrap_or_default();
            let is_elsewhere = !names.is_empty() && !names.contains(socket);
            let elsewhere = names.into_iter().next().filter(|_| is_elsewhere);
            Sight::Lives { elsewhere }
        }
        Whereabouts::Dead | Whereabouts::Gone => {
            match home.and_then(|home| ready::taken(picture, home, agent)) {
                Some(taken) => Sight::Taken {
                    rename: taken.rename,
                },
                None if picture.is_passed_over(agent) => Sight::LeftOut,
                None => Sight::Gone { moves: moves() },
            }
        }
        Whereabouts::Unknown(why) => Sight::Unknown(why),
    }
}

/// The rosters by their paths; `None` where one of them cannot be read.
pub(super) fn rosters(root: &Root) -> Option<Vec<(String, Roster)>> {
    let mut rosters = Vec::new();
    for path in roster_paths(root)? {
        let text = read_text_at_most(&root.full(&path), TEXT_MAX).ok()?;
        // Other YAML may lie beside them.
        if path == ROSTER || RosterText::is_meant(&text) {
            let roster = parse(&path, &text).ok()?;
            rosters.push((path, roster));
        }
    }
    Some(rosters)
}

/// Paths of all that may be a roster.
fn roster_paths(root: &Root) -> Option<Vec<String>> {
    let names = match root.children(FLEET) {
        Err(error) if error.is_absent() => return Some(Vec::new()),
        children => children.ok()?.into_iter(),
    };
    let names = names.filter_map(|(name, _)| String::from_utf8(name).ok());
    let names = names.filter(|name| name.ends_with(".yaml") && left_by(name).is_none());
    Some(names.map(|name| format!("{FLEET}/{name}")).collect())
}

/// A peer counts: its name is taken here, too.
fn declared(root: &Root, rosters: &[(String, Roster)]) -> BTreeMap<String, String> {
    let mut declared = BTreeMap::new();
    for (path, roster) in rosters {
        let is_usual = path == ROSTER;
        let flag = if is_usual {
            String::new()
        } else {
            roster_flag(&root.full(path))
        };
        for agent in &roster.agents {
            if is_usual || !declared.contains_key(agent.name.as_str()) {
                declared.insert(agent.name.to_string(), flag.clone());
            }
        }
    }
    declared
}

/// The server that is meant by a socket's name, wherever it is.
fn server_facts(
    socket: Option<SocketName>,
    holder: &UnitState,
    picture: &Picture,
) -> server::ServerFacts {
    let name = socket.as_ref().map_or(DEFAULT, SocketName::as_str);
    let directory = ready::sockets_of_units(picture);
    let path = directory.join(name);
    let is_there = |server: &&FleetServer| {
        let mut bound = server.bound.iter();
        bound.any(|path| path.parent() == Some(&directory))
            && picture.names_of(server.pid).contains(name)
    };
    let named = picture.servers.iter().find(is_there);
    let meant = picture.at(&path).or(named);
    let occupancy = match meant.map(|server| (&server.server, &server.panes)) {
        Some((Some(server), _)) => Occupancy::Served(*server),
        // A socket that hangs is one thing, one that is gone another.
        _ => Sockets::at(directory.as_path()).occupancy(name),
    };
    let own = picture
        .holders_server()
        .filter(|server| Some(server.pid) == holder.main_pid);
    let own = own.and_then(|server| {
        let name = server.bound.first()?.file_name()?.to_str()?;
        Some((server.pid, name.to_owned()))
    });
    server::ServerFacts {
        socket,
        occupancy,
        group: meant.and_then(|server| server.unit.clone()),
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
