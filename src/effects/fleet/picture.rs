//! The one door to what runs: it asks the user manager, the kernel, and tmux by the sockets that were found there, and
//! makes the picture that every command looks at.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::decide::doctor::mounts;
use crate::decide::fleet::active::Occupant;
use crate::decide::fleet::picture::ties::Ties;
use crate::decide::fleet::picture::{FleetServer, Picture};
use crate::decide::fleet::runtimes::{Sought, sought};
use crate::decide::fleet::units::{AGENT, AGENTS as AGENT_UNITS, OURS};
use crate::effects::fleet::named::{Named, names_in};
use crate::effects::home::Home;
use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::{Root, outside};
use crate::effects::os::host;
use crate::effects::os::processes;
use crate::effects::os::systemd::{Manager, ManagerError};
use crate::effects::os::tmux::{DEFAULT, Sockets, knock, panes};
use crate::effects::outside::surroundings::Surroundings;
use crate::effects::outside::units::{UnitsDirectory, occupant};
use crate::effects::state::moved::is_left;
use crate::model::fleet_paths::RUN;
use crate::model::process::{Process, Processes};
use crate::model::roster::Roster;
use crate::model::tmux::{ServerAnswer, Silence};
use crate::model::unit::{ManagerView, UnitName};

/// Longest age of a heartbeat, in seconds, after which an agent counts as dead: 20 intervals of 15 seconds.
const HEARTBEAT_LIVES: i64 = 300;
/// The namespace of the processes that the kernel began with: those of the machine, and of no container.
const FIRST_NAMESPACE: &str = "pid:[4026531836]";

/// The fleet that is asked about.
pub(crate) struct Asked<'a> {
    /// The home's path.
    pub place: &'a Path,
    /// The home, where it can be read.
    pub home: Option<&'a Home>,
    /// The home's place in its user's surroundings.
    pub surroundings: &'a Surroundings,
    /// A roster that is asked about beside those of the home.
    pub roster: Option<&'a Roster>,
    /// Sockets that are asked about beside those that the files name.
    pub sockets: &'a [&'a str],
    /// Set where the agents' screens are looked at, too.
    pub reads_screens: bool,
}

/// What was seen, and the manager that told of its units.
pub(crate) struct Looked {
    /// The picture.
    pub picture: Picture,
    /// The manager, or the reason why it does not tell.
    pub manager: Result<Manager, ManagerError>,
}

/// Looks, once: the manager is asked by its socket, one program is run for each tmux server of the fleet, and `/proc` is
/// read in one pass.
pub(crate) fn look(asked: &Asked) -> Looked {
    let mut named = Named::of(asked.home);
    asked
        .roster
        .into_iter()
        .for_each(|roster| named.add(roster));
    let also = asked.sockets.iter().map(|name| (*name).to_owned());
    named.sockets.extend(also);
    let units = asked
        .home
        .map(|home| UnitsDirectory::look(&home.root, asked.surroundings));
    let enabled = units.as_ref().map(UnitsDirectory::wanted_agents);
    let names = named.agents.iter().map(|agent| unit_of(agent));
    let names: BTreeSet<_> = names.chain(enabled.unwrap_or_default()).collect();
    let names = [OURS[0].to_owned()].into_iter().chain(names);
    let names: Vec<_> = names.filter_map(|name| UnitName::new(name).ok()).collect();
    let (manager, view) = match Manager::look(&names, AGENT_UNITS) {
        Ok((manager, view)) => (Ok(manager), Ok(view)),
        Err(error) => (Err(error.clone()), Err(error.to_string())),
    };
    let processes = processes::look().map_err(|error| error.to_string());
    let processes = processes.map(|seen| with_homes_apart(seen, &resolved(asked.place)));
    let processes = processes.map(|seen| with_home_as_it_is(seen, asked));
    let began = view.as_ref().ok().and_then(|view| view.began_at);
    let due = units.as_ref().zip(began);
    let due = due.map(|(units, began)| units.enabled_before(began));
    let is_installed = units.is_some_and(|units| units.is_installed);
    let ties = ties(asked, named, is_installed, view.as_ref().ok());
    let servers = match &processes {
        Ok(seen) => servers(seen, &ties, asked.reads_screens),
        Err(_) => Vec::new(),
    };
    let signs = signs(asked, is_installed, view.as_ref().ok(), servers.is_empty());
    let picture = Picture {
        signs: signs.into_iter().collect(),
        due: due.unwrap_or_default(),
        processes,
        servers,
        manager: view,
        ties,
        own: host::pid(),
    };
    Looked { picture, manager }
}

/// The name of an agent's unit.
fn unit_of(agent: &str) -> String {
    format!("{AGENT}{agent}.service")
}

fn ties(asked: &Asked, named: Named, is_installed: bool, view: Option<&ManagerView>) -> Ties {
    let surroundings = asked.surroundings;
    let owns_units = is_installed || (surroundings.is_usual && !has_others_units(asked));
    let mut states = view.map_or(&[][..], |view| &view.states).iter();
    let holder = states.find(|state| state.name.as_str() == OURS[0]);
    let user_home = surroundings.user_home.as_ref();
    let user_home = user_home.map(|home| home.display().to_string());
    Ties {
        agents: named.agents,
        sockets: named.sockets,
        directory: Sockets::of_this_user().directory().to_owned(),
        home: resolved(asked.place),
        usual_of: user_home.filter(|_| surroundings.is_usual),
        owns_units,
        holder: holder
            .filter(|_| owns_units)
            .and_then(|state| state.main_pid),
        adopted: asked.home.and_then(|home| home.record.live_socket.clone()),
    }
}

/// Tells the home of each process that is apart by what is there: in a container the same path may be another home, and
/// another path this one.
fn with_homes_apart(mut seen: Processes, home: &Path) -> Processes {
    let identity = |path: &Path| {
        let stat = outside::stat(path).ok()?;
        Some((stat.dev(), stat.ino()))
    };
    let own = identity(home);
    for (pid, process) in seen.all.iter_mut().filter(|(_, process)| process.is_apart) {
        let environment = &mut process.environment;
        let users = environment.user_home.as_ref();
        let usual = users.map(|user| format!("{user}/.config/mosaic"));
        let Some(named) = environment.home.take().or(usual) else {
            continue;
        };
        let there = PathBuf::from(format!("/proc/{pid}/root{named}"));
        let is_own = own.is_some() && identity(&there) == own;
        let home = if is_own { home } else { &there };
        environment.home = Some(home.display().to_string());
    }
    seen
}

/// What a home's agents say of where it was before it was moved is said of where it is now.
fn with_home_as_it_is(mut seen: Processes, asked: &Asked) -> Processes {
    let place = resolved(asked.place);
    let is_lost = |process: &Process| {
        let home = process.environment.home.as_ref().map(Path::new);
        !process.is_apart && home.is_some_and(|home| home != place && is_left(home))
    };
    let state = asked.home.and_then(|home| home.state.as_ref());
    let Some(state) = state.filter(|_| seen.all.values().any(is_lost)) else {
        return seen;
    };
    let former = state.former_places().unwrap_or_default();
    let former: BTreeSet<_> = former.iter().map(ToString::to_string).collect();
    for process in seen.all.values_mut().filter(|process| is_lost(process)) {
        let home = &mut process.environment.home;
        if home.as_ref().is_some_and(|home| former.contains(home)) {
            *home = Some(place.display().to_string());
        }
    }
    seen
}

/// Tells whether units of another home are where this one's would be.
fn has_others_units(asked: &Asked) -> bool {
    let units = asked.surroundings.units.iter();
    let mut units = units.flat_map(|units| OURS.map(|name| units.join(name)));
    units.any(|unit| {
        let occupant = occupant(&unit, asked.place, asked.surroundings);
        matches!(occupant, Ok(Occupant::Another(_)))
    })
}

fn servers(seen: &Processes, ties: &Ties, reads_screens: bool) -> Vec<FleetServer> {
    let sought = |pid| sought(seen, pid, reads_screens);
    let bound = ties.servers(seen).into_iter();
    let mut servers: Vec<_> = bound
        .map(|process| {
            let bound = seen.bound.get(&process.pid).cloned().unwrap_or_default();
            server(process, bound, ties, &sought(process.pid))
        })
        .collect();
    // One that answers here is asked whatever it says of itself, also from another namespace of processes.
    for name in &ties.sockets {
        let path = ties.directory.join(name);
        let is_known = |server: &FleetServer| {
            server.bound.contains(&path) || server.reach.as_deref() == Some(&path)
        };
        if name == DEFAULT || servers.iter().any(is_known) || !accepts(&path) {
            continue;
        }
        let sought = seen.server_at(&path).map(sought).unwrap_or_default();
        if let Ok(answer) = panes::ask(&path, &sought)
            && servers.iter().all(|server| server.pid != answer.server.pid)
        {
            let process = seen.all.get(&answer.server.pid);
            servers.push(answered(process, Vec::new(), path, answer));
        }
    }
    servers
}

/// A server: it is asked by the first of its names that leads to it.
fn server(process: &Process, bound: Vec<PathBuf>, ties: &Ties, sought: &[Sought]) -> FleetServer {
    let directories = bound.iter().filter_map(|path| path.parent());
    let directories: Vec<_> = directories.map(Path::to_owned).collect();
    let adopted = ties.adopted.iter().flat_map(|adoption| {
        [&adoption.former, &adoption.name].map(|name| Path::new(&adoption.directory).join(name))
    });
    let beside = directories
        .iter()
        .flat_map(|directory| ties.sockets.iter().map(|name| directory.join(name)));
    let mut paths = bound.clone();
    for path in adopted.chain(beside) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let mut why = Silence::NoSocket;
    for path in paths.into_iter().filter(|path| accepts(path)) {
        match panes::ask(&path, sought) {
            Ok(answer) if answer.server.pid == process.pid => {
                return answered(Some(process), bound, path, answer);
            }
            Ok(_) => {}
            Err(said) => why = said,
        }
    }
    FleetServer {
        pid: process.pid,
        server: None,
        bound,
        reach: None,
        unit: process.unit.clone(),
        names_agents: process.environment.home.is_some(),
        panes: Err(why),
    }
}

fn answered(
    process: Option<&Process>,
    bound: Vec<PathBuf>,
    path: PathBuf,
    answer: ServerAnswer,
) -> FleetServer {
    FleetServer {
        pid: answer.server.pid,
        server: Some(answer.server),
        bound,
        reach: Some(path),
        unit: process.and_then(|process| process.unit.clone()),
        names_agents: process.is_some_and(|process| process.environment.home.is_some()),
        panes: Ok(answer.panes),
    }
}

fn accepts(path: &Path) -> bool {
    knock(path) == Ok(true)
}

/// Signs of a fleet that lives where it cannot be seen from here: outside of a container that shares its home.
fn signs(
    asked: &Asked,
    is_installed: bool,
    view: Option<&ManagerView>,
    sees_none: bool,
) -> Option<String> {
    let home = asked.home.filter(|_| sees_none)?;
    let is_outside = is_shared_with_outside(&resolved(asked.place));
    match view {
        Some(view) => {
            let holder = view.states.first()?;
            let pid = holder.main_pid?;
            let is_seen = outside::is_there(&Path::new("/proc").join(pid.to_string()));
            (is_installed && holder.is_up() && !is_seen).then(|| {
                format!("the holder runs as process {pid}, which cannot be seen from here")
            })
        }
        None if is_outside => {
            let beating = beating(&home.root);
            let heart = beating.map(|agent| format!("{RUN}/{agent}.hb was written just now"));
            let unit = || is_installed.then(|| "its units are installed".to_owned());
            let sign = heart.or_else(unit)?;
            Some(format!(
                "this is a container that shares the home: what runs outside cannot be seen from here, and {sign}"
            ))
        }
        None => None,
    }
}

/// An agent whose heartbeat is fresh.
fn beating(root: &Root) -> Option<String> {
    let now = host::now();
    let is_fresh = |agent: &String| {
        let stat = root.stat_if_there(&format!("{RUN}/{agent}.hb"));
        let written = stat.ok().flatten().map(|stat| stat.stx_mtime.tv_sec);
        written.is_some_and(|written| now.as_second() - written < HEARTBEAT_LIVES)
    };
    names_in(root, RUN, ".hb").into_iter().find(is_fresh)
}

/// Tells whether this is a container, and a home comes from outside of it.
fn is_shared_with_outside(home: &Path) -> bool {
    let namespace = outside::link_target(Path::new("/proc/self/ns/pid"));
    if namespace.is_ok_and(|it| it == Path::new(FIRST_NAMESPACE)) {
        return false;
    }
    let mounts = outside::mounts();
    let mount = home.to_str().and_then(|home| mounts::of(home, &mounts));
    mount.is_some_and(|mount| mount.at != "/" && mount.root != "/")
}
