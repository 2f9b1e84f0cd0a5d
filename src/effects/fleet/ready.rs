//! Looks at what an agent's unit will need, before anything is stopped for it: its server, its folder, its runtime.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::decide::doctor::quoted;
use crate::decide::fleet::install::env_path;
use crate::decide::fleet::keys::{RUNTIME, SOCKET, WORKDIR};
use crate::decide::fleet::picture::{FleetServer, Picture};
use crate::decide::fleet::refresh::move_edit;
use crate::decide::fleet::units::{AGENT, OURS};
use crate::decide::text::in_place::env_file::EnvFile;
use crate::effects::fleet::lacks::TOOLS;
use crate::effects::fleet::unreadable;
use crate::effects::home::Home;
use crate::effects::os::disk::bounded::{TEXT_MAX, read_at_most, read_text_at_most};
use crate::effects::os::disk::outside;
use crate::effects::os::host;
use crate::effects::os::process;
use crate::effects::os::tmux::{DEFAULT, knock, panes};
use crate::model::answer::Answer;
use crate::model::fleet_paths::HOLDER_ENV;
use crate::model::roster::WORKING_DIRECTORY;
use crate::model::runtime::Runtime;
use crate::model::socket_names::PRESENT;
use crate::model::unit::UnitState;

/// An operator's own command in place of the runtime.
pub(crate) const COMMAND: &str = "MOSAIC_AGENT_COMMAND";
/// Where programs are looked for.
pub(crate) const PATH: &str = "PATH";
/// Time that a login shell may take to look for a program.
const PATIENCE: Duration = Duration::from_secs(10);

/// The programs that units cannot do without.
pub(crate) const NEEDED: [&str; 2] = ["tmux", "bash"];

/// The socket that an agent's unit is told, by its env file; nothing where that does not say.
pub(crate) fn socket_of(home: &Home, agent: &str) -> Option<String> {
    named(env_of(home, agent).get(SOCKET)?)
}

/// The socket that the holder's unit is told.
pub(crate) fn holders_socket(home: &Home) -> Option<String> {
    named(read_env(home, HOLDER_ENV).get(SOCKET)?)
}

fn named(socket: &str) -> Option<String> {
    let name = if socket.is_empty() { DEFAULT } else { socket };
    Some(name.to_owned())
}

/// What the env file of an agent says; nothing where there is none.
pub(crate) fn env_of(home: &Home, agent: &str) -> BTreeMap<String, String> {
    env_path(agent).map_or_else(BTreeMap::new, |path| read_env(home, path.as_str()))
}

fn read_env(home: &Home, path: &str) -> BTreeMap<String, String> {
    // systemd follows links, too.
    let text = read_at_most(&home.root.full(path), TEXT_MAX).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let file = EnvFile::parse(&text).ok();
    let assignments = file.iter().flat_map(EnvFile::assignments);
    assignments
        .map(|assignment| (assignment.key.clone(), assignment.value.clone()))
        .collect()
}

/// Directory in which what the manager starts has its sockets: that of the holder's server, where one runs.
pub(crate) fn sockets_of_units(picture: &Picture) -> PathBuf {
    let server = picture.holders_server();
    let bound = server.and_then(|server| server.bound.first()?.parent());
    if let Some(directory) = bound {
        return directory.to_owned();
    }
    let environment = picture.manager.as_ref().ok().map(|view| &view.environment);
    let named = environment.and_then(|environment| environment.get("TMUX_TMPDIR"));
    let named = named.and_then(|path| outside::real(Path::new(path)).ok());
    let above = named.unwrap_or_else(|| PathBuf::from("/tmp"));
    above.join(format!("tmux-{}", host::effective_uid()))
}

/// Process number of the server that an agent's unit will find by its socket's name; nothing where nobody answers.
pub(crate) fn server_for(picture: &Picture, home: &Home, agent: &str) -> Option<u32> {
    let path = sockets_of_units(picture).join(socket_of(home, agent)?);
    if let Some(server) = picture.at(&path) {
        return Some(server.pid);
    }
    let is_answered = knock(&path) == Ok(true);
    let answer = is_answered.then(|| panes::ask(&path, &[]).ok()).flatten();
    // One whose socket's file went is still the one that was meant.
    let is_meant = |server: &&FleetServer| server.reach.is_none() && server.bound.contains(&path);
    let unseen = picture.servers.iter().find(is_meant);
    let answering = answer.map(|answer| answer.server.pid);
    answering.or(unseen.map(|server| server.pid))
}

/// Tells whether an agent's unit ends all of a session when it is stopped. Those of earlier releases end what a hang-up ends,
/// and start another one beside what is left.
pub(crate) fn unit_ends_all(picture: &Picture, home: &Home, agent: &str) -> bool {
    const STOPS: &str = "--stop";
    let unit = picture.unit(&format!("{AGENT}{agent}.service"));
    let unit = unit.and_then(|unit| unit.fragment_path.clone());
    let script = home.root.full(TOOLS[0]);
    let mut files = [unit, Some(script)].into_iter();
    files.all(|file| {
        let text = file.and_then(|file| read_text_at_most(&file, TEXT_MAX).ok());
        text.is_some_and(|text| text.contains(STOPS))
    })
}

/// Why an agent's unit would not find the server that it is meant to live on.
pub(crate) fn out_of_reach(picture: &Picture, home: &Home, agent: &str) -> Option<String> {
    let pid = server_for(picture, home, agent)?;
    let mut servers = picture.servers.iter();
    servers.find(|server| server.pid == pid)?.out_of_reach()
}

/// What keeps an agent from having its session: one of its name is there, and is somebody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameTaken {
    /// The command that gives the name free, and ends nothing.
    pub rename: String,
    /// True if it ends with the holder, whose server it is on.
    pub ends: bool,
}

impl fmt::Display for NameTaken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rename = &self.rename;
        write!(
            out,
            "the tmux session of its name is not the agent's; to give the name free: {rename}"
        )
    }
}

/// Tells whether somebody else's session has an agent's name, where the agent is to live.
pub(crate) fn taken(picture: &Picture, home: &Home, agent: &str) -> Option<NameTaken> {
    let pid = server_for(picture, home, agent)?;
    let mut servers = picture.servers.iter();
    let server = servers.find(|server| server.pid == pid)?;
    picture.taken(server, agent)?;
    let socket = server.reach.as_ref()?.display().to_string();
    let holders = picture.holders_server();
    Some(NameTaken {
        ends: holders.is_some_and(|holder| holder.pid == pid),
        rename: format!(
            "tmux -S {} rename-session -t '={agent}' {agent}-other",
            quoted(&socket)
        ),
    })
}

/// Why an agent cannot live on the socket that its unit is told: the holder that runs has another one.
pub(crate) fn other_holder(
    picture: &Picture,
    home: &Home,
    agent: &str,
) -> Option<(String, String)> {
    let socket = socket_of(home, agent)?;
    let holder = picture.holders_server()?;
    let is_up = picture.unit(OURS[0]).is_some_and(|state| state.is_up());
    // What no file says, its unit says itself.
    let holders = holders_socket(home).unwrap_or_else(|| PRESENT.to_owned());
    let is_fleets = holders == socket;
    let names = picture.names_of(holder.pid);
    if !is_up || !is_fleets || names.contains(&socket) {
        return None;
    }
    if server_for(picture, home, agent).is_some() {
        return None;
    }
    let lives_on = names.into_iter().next().unwrap_or_default();
    Some((socket, lives_on))
}

/// Why an agent would find no server once the holder is started anew: the holder's unit names another socket itself, as
/// those of earlier releases did, than the fleet's settings.
pub(crate) fn other_socket_of_holder(
    picture: &Picture,
    home: &Home,
    agent: &str,
) -> Option<String> {
    let socket = socket_of(home, agent)?;
    let settings = holders_socket(home);
    let is_fleets = settings.as_deref().unwrap_or(PRESENT) == socket;
    let unit = picture.unit(OURS[0])?;
    // A drop-in may say it otherwise.
    if !is_fleets || !unit.drop_in_paths.is_empty() {
        return None;
    }
    let file = unit.fragment_path.as_ref()?;
    let text = read_text_at_most(file, TEXT_MAX).ok()?;
    let begin = format!("Environment={SOCKET}=");
    let said = || text.lines().find_map(|line| line.strip_prefix(&begin));
    let reads_settings = text.contains(HOLDER_ENV);
    let keeps = settings.filter(|_| reads_settings);
    let keeps = keeps.or_else(|| named(said()?))?;
    let file = file.display().to_string();
    (keeps != socket).then(|| {
        let way_out = move_edit(&file);
        format!(
            "the holder's unit {file} names the socket {keeps}, and its env file {socket}; {way_out}, and update again"
        )
    })
}

/// Why systemd would not start an agent's unit, or the holder's, which it needs: then the agent must not be ended for it.
pub(crate) fn unit_fault(picture: &Picture, agent: &str) -> Option<String> {
    let names = [format!("{AGENT}{agent}.service"), OURS[0].to_owned()];
    names.iter().find_map(|name| fault_of(picture.unit(name)?))
}

fn fault_of(unit: &UnitState) -> Option<String> {
    let name = &unit.name;
    if unit.load == "masked" || unit.unit_file_state.starts_with("masked") {
        return Some(format!(
            "{name} is masked; to unmask it: systemctl --user unmask {name}"
        ));
    }
    match unit.load.as_str() {
        "not-found" => Some(format!("systemd finds no {name} any more")),
        "bad-setting" | "error" => Some(format!(
            "systemd cannot read {name}; to see why: systemctl --user status {name}"
        )),
        _ => None,
    }
}

/// The first of the programs that units need which the manager does not find, and where it looks.
pub(crate) fn missing_program(picture: &Picture) -> Option<(&'static str, String)> {
    let view = picture.manager.as_ref().ok()?;
    // The operator may have told the unit another PATH.
    if !picture.unit(OURS[0])?.drop_in_paths.is_empty() {
        return None;
    }
    let path = view.environment.get(PATH)?;
    let is_missing = |name: &&str| {
        let mut folders = path.split(':');
        !folders.any(|folder| outside::is_file(&Path::new(folder).join(name)))
    };
    let name = NEEDED.into_iter().find(is_missing)?;
    Some((name, path.clone()))
}

/// What of each agent is not as its start needs it, in a sentence.
pub(crate) fn faults<'a>(
    picture: &Picture,
    home: &Home,
    agents: impl Iterator<Item = &'a str>,
) -> BTreeMap<String, String> {
    let mut runtimes = BTreeMap::new();
    let mut faults = BTreeMap::new();
    for agent in agents {
        if let Some(fault) = unreadable::unreadable_env(home, agent) {
            faults.insert(agent.to_owned(), fault);
            continue;
        }
        let unit = picture.unit(&format!("{AGENT}{agent}.service"));
        // A drop-in may say all of it otherwise.
        if unit.is_some_and(|state| !state.drop_in_paths.is_empty()) {
            continue;
        }
        let env = env_of(home, agent);
        let runtime = || {
            let (runtime, own) = (runtime_of(&env)?, env.get(PATH).cloned());
            let fault = runtimes.entry((runtime, own));
            let looked = fault.or_insert_with_key(|(runtime, own)| {
                missing_runtime(picture, runtime, own.as_deref())
            });
            looked.clone()
        };
        if let Some(fault) = missing_folder(picture, &env).or_else(runtime) {
            faults.insert(agent.to_owned(), fault);
        }
    }
    faults
}

/// The working directory, if it is not there; the start script makes the default one.
fn missing_folder(picture: &Picture, env: &BTreeMap<String, String>) -> Option<String> {
    let path = folder_of(picture, env)?;
    let is_made = path == Path::new(&format!("{}/src", user_home(picture)?));
    (!is_made && !outside::is_directory(&path)).then(|| {
        format!(
            "its working directory {} is not there ({WORKDIR})",
            path.display()
        )
    })
}

/// The working directory of an agent whose env file says this.
pub(crate) fn folder_of(picture: &Picture, env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let user = user_home(picture)?;
    let named = env.get(WORKDIR).filter(|path| !path.is_empty());
    let named = named.map_or(WORKING_DIRECTORY, String::as_str);
    let below = ["~", "$HOME", "${HOME}"].iter().find_map(|home| {
        let below = named.strip_prefix(home)?;
        (below.is_empty() || below.starts_with('/')).then_some(below)
    });
    Some(below.map_or_else(
        || PathBuf::from(named),
        |below| PathBuf::from(format!("{user}{below}")),
    ))
}

/// The home directory of the user whose manager it is.
pub(crate) fn user_home(picture: &Picture) -> Option<String> {
    let view = picture.manager.as_ref().ok()?;
    view.environment.get("HOME").cloned()
}

/// The runtime that an agent's session runs; nothing where the operator has a command of his own.
fn runtime_of(env: &BTreeMap<String, String>) -> Option<Runtime> {
    if env.get(COMMAND).is_some_and(|command| !command.is_empty()) {
        return None;
    }
    let named = env.get(RUNTIME).map_or("", String::as_str);
    match named {
        "" => Some(Runtime::default()),
        named => Runtime::known(named),
    }
}

/// Says so where a runtime is nowhere.
fn missing_runtime(picture: &Picture, runtime: &Runtime, own: Option<&str>) -> Option<String> {
    match find_runtime(picture, runtime, own) {
        Search::Missing { looked } => Some(format!("its runtime {runtime} is {looked}")),
        _ => None,
    }
}

/// What a session finds of a runtime.
#[derive(Debug, Clone)]
pub(crate) enum Search {
    /// Its program, and what the Node that is found says of its version; empty where there is none.
    Found { program: PathBuf, node: String },
    /// Nothing.
    Missing {
        /// Where it is not, in words.
        looked: String,
    },
    /// That cannot be told: a login shell that fails for another reason tells nothing.
    Unknown,
}

/// Looks for a runtime on the paths that a session looks at: the unit's, which is the manager's unless the env file has its
/// own, and a login shell's.
pub(crate) fn find_runtime(picture: &Picture, runtime: &Runtime, own: Option<&str>) -> Search {
    const FIND: &str =
        "PATH=$1:$PATH; command -v -- \"$2\" && { node --version 2>/dev/null || true; }";
    let Ok(view) = picture.manager.as_ref() else {
        return Search::Unknown;
    };
    let Some(path) = own.or(view.environment.get(PATH).map(String::as_str)) else {
        return Search::Unknown;
    };
    let whose = own.map_or("the user manager's PATH", |_| "its env file's PATH");
    let environment = ["HOME", PATH].map(|name| {
        let value = view.environment.get(name).cloned().unwrap_or_default();
        (name, OsString::from(value))
    });
    let words = ["-lc", FIND, "find", path, runtime.as_str()];
    match process::ask_in(&environment, "bash", &words, PATIENCE) {
        Answer::Said {
            status: Some(0),
            text,
            ..
        } => {
            // A login shell may say something of its own before.
            let mut lines = text.lines().skip_while(|line| !line.starts_with('/'));
            Search::Found {
                program: PathBuf::from(lines.next().unwrap_or_default()),
                node: lines.next().unwrap_or_default().to_owned(),
            }
        }
        Answer::Said {
            status: Some(1), ..
        } => Search::Missing {
            looked: format!("neither on {whose} nor on a login shell's"),
        },
        _ => Search::Unknown,
    }
}
