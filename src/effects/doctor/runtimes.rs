//! Looks at the runtimes of a fleet: their programs, what they keep in the user's home, and the room that they have.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::decide::doctor::runtimes::{
    AgentFacts, Found, Key, Program, Room, RuntimesFacts, Setup,
};
use crate::decide::fleet::install::env_path;
use crate::decide::fleet::keys::RUNTIME;
use crate::decide::fleet::picture::{Picture, Whereabouts};
use crate::decide::fleet::runtimes::{Facts, facts};
use crate::decide::fleet::units::AGENT;
use crate::effects::fleet::ready::{self, COMMAND, PATH, Search};
use crate::effects::home::Home;
use crate::effects::os::disk::bounded::{STATE_MAX, TEXT_MAX, read_at_most};
use crate::effects::os::disk::{Root, outside};
use crate::effects::os::host;
use crate::model::fleet_paths::ROSTER;
use crate::model::roster::{Agent, Roster};
use crate::model::runtime::Runtime;

/// Endings of the names of variables that hold keys.
const KEYS: [&str; 3] = ["_API_KEY", "_AUTH_TOKEN", "_OAUTH_TOKEN"];
/// Characters of a key by which claude knows it again.
const TAIL: usize = 20;

/// Variables of an agent: those of its env file, then the user manager's.
struct Variables<'a> {
    own: BTreeMap<String, String>,
    managers: &'a BTreeMap<String, String>,
}

impl Variables<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.own.get(name).or(self.managers.get(name))?;
        Some(found)
            .filter(|value| !value.is_empty())
            .map(String::as_str)
    }

    fn keys(&self) -> BTreeMap<String, Key> {
        let names = self.own.keys().chain(self.managers.keys());
        let names = names.filter(|name| KEYS.iter().any(|end| name.ends_with(end)));
        let key = |name: &String| {
            let value = self.get(name)?;
            let from = value
                .char_indices()
                .rev()
                .nth(TAIL - 1)
                .map_or(0, |(at, _)| at);
            let key = Key {
                tail: value[from..].to_owned(),
                is_managers: !self.own.contains_key(name),
            };
            Some((name.clone(), key))
        };
        names.filter_map(key).collect()
    }
}

/// Looks, for the agents of these rosters that start a runtime as Mosaic knows it.
pub(super) fn look(home: &Home, rosters: &[(String, Roster)], picture: &Picture) -> RuntimesFacts {
    let mut looked = RuntimesFacts::default();
    let (Ok(view), Some(user)) = (picture.manager.as_ref(), ready::user_home(picture)) else {
        return looked;
    };
    let agents = rosters.iter().flat_map(|(_, roster)| roster.agents_here());
    for agent in agents {
        let variables = Variables {
            own: ready::env_of(home, agent.name.as_str()),
            managers: &view.environment,
        };
        let Some((runtime, is_unasked)) = started(agent, &variables) else {
            continue;
        };
        looked.programs.entry(runtime.clone()).or_insert_with(|| {
            let own = variables.own.get(PATH).map(String::as_str);
            found(&runtime, ready::find_runtime(picture, &runtime, own))
        });
        if !looked.setups.contains_key(&runtime)
            && let Some(setup) = setup(&runtime, Path::new(&user), &variables)
        {
            looked.setups.insert(runtime.clone(), setup);
        }
        let agent = agent_facts(home, agent.name.as_str(), &variables, picture);
        looked.agents.push(AgentFacts {
            runtime,
            is_unasked,
            ..agent
        });
    }
    if !looked.agents.is_empty() {
        looked.room = room(Path::new(&user));
    }
    looked.user_home = user;
    looked.roster = home.root.full(ROSTER).display().to_string();
    looked.is_root = host::effective_uid() == 0;
    looked
}

/// The runtime that an agent starts, and whether without approvals; nothing where that is a command of the operator's own.
fn started(agent: &Agent, variables: &Variables) -> Option<(Runtime, bool)> {
    let runtime = match variables.own.get(RUNTIME) {
        Some(name) if !name.is_empty() => Runtime::known(name)?,
        _ => Runtime::known(agent.runtime.as_str())?,
    };
    let command = variables.get(COMMAND).unwrap_or_default();
    let is_unasked = command.contains(&format!("mosaic yolo {runtime}"));
    (command.is_empty() || is_unasked).then_some((runtime, is_unasked))
}

fn agent_facts(home: &Home, name: &str, variables: &Variables, picture: &Picture) -> AgentFacts {
    let folder = ready::folder_of(picture, &variables.own);
    let folder = folder.and_then(|folder| outside::real(&folder).ok());
    let is_repository = |above: &&Path| outside::is_there(&above.join(".git"));
    let repository = folder
        .as_deref()
        .and_then(|folder| folder.ancestors().find(is_repository));
    let text = |path: &Path| path.display().to_string();
    let env_file = env_path(name).map(|path| text(&home.root.full(path.as_str())));
    let unit = picture.unit(&format!("{AGENT}{name}.service"));
    AgentFacts {
        name: name.to_owned(),
        repository: repository.map(text),
        folder: folder.as_deref().map(text),
        env_file: env_file.unwrap_or_default(),
        keys: variables.keys(),
        is_alive: matches!(picture.whereabouts(name), Whereabouts::Lives(_)),
        is_enabled: unit.is_some_and(|unit| unit.unit_file_state == "enabled"),
        ..AgentFacts::default()
    }
}

fn found(runtime: &Runtime, search: Search) -> Found {
    match (search, facts(runtime)) {
        (Search::Missing { looked }, _) => Found::Missing(looked),
        (Search::Found { program, node }, Some(known)) => {
            Found::There(program_at(known, &program, &node))
        }
        _ => Found::Unknown,
    }
}

/// What is known of a runtime's program by the npm package that its file is in.
fn program_at(known: &Facts, program: &Path, node: &str) -> Program {
    let file = outside::real_or_same(program);
    // Others may lie above it.
    let package = file.ancestors().skip(1).find_map(|above| {
        let text = read_at_most(&above.join("package.json"), TEXT_MAX).ok()?;
        let package: serde_json::Value = serde_json::from_slice(&text).ok()?;
        (package["name"] == known.package).then_some(package)
    });
    // Claude's own installer calls the program's file by its version.
    let by_name = || file.file_name()?.to_str()?.parse().ok();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let is_script = file.extension().is_some_and(|ending| ending == "js");
    let of_node = |package: &serde_json::Value| text(&package["engines"]["node"]);
    Program {
        version: package
            .as_ref()
            .and_then(|package| package["version"].as_str()?.parse().ok())
            .or_else(by_name),
        engines: package.as_ref().filter(|_| is_script).and_then(of_node),
        node: node.trim_start_matches('v').parse().ok(),
    }
}

/// What a runtime keeps in the user's home; nothing where that cannot be read.
fn setup(runtime: &Runtime, user: &Path, variables: &Variables) -> Option<Setup> {
    let folder = |variable: &str, usual: &str| {
        variables
            .get(variable)
            .map_or_else(|| user.join(usual), PathBuf::from)
    };
    let own = facts(runtime).and_then(|facts| facts.folder);
    let own =
        own.map(|(variable, usual)| (folder(variable, usual), variables.get(variable).is_some()));
    let (settings, logins) = match (runtime, own) {
        (Runtime::Claude, Some((own, is_moved))) => {
            let above = if is_moved { own.as_path() } else { user };
            (
                above.join(".claude.json"),
                vec![own.join(".credentials.json")],
            )
        }
        (Runtime::Codex, Some((own, _))) => (own.join("config.toml"), vec![own.join("auth.json")]),
        (Runtime::OpenCode, _) => {
            let settings = folder("XDG_CONFIG_HOME", ".config").join("opencode/opencode.json");
            let data = folder("XDG_DATA_HOME", ".local/share").join("opencode/auth.json");
            (settings, vec![data])
        }
        (Runtime::Pi, Some((own, _))) => (
            own.join("settings.json"),
            vec![own.join("auth.json"), own.join("models.json")],
        ),
        _ => return None,
    };
    let text = match read_at_most(&settings, STATE_MAX) {
        Ok(text) => Some(String::from_utf8(text).ok()?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(_) => return None,
    };
    Some(Setup {
        path: settings.display().to_string(),
        has_login: logins.iter().any(|file| outside::is_file(file)),
        text,
    })
}

fn room(user: &Path) -> Room {
    let grown = [(".codex", ".sqlite-wal"), (".claude/telemetry", "")];
    let grown = grown.map(|(folder, ending)| {
        let folder = user.join(folder);
        let files = outside::names(&folder).into_iter();
        let files = files.filter(|name| name.to_string_lossy().ends_with(ending));
        let bytes =
            files.filter_map(|name| Some(outside::stat_link(&folder.join(name)).ok()?.len()));
        (folder.display().to_string(), bytes.sum())
    });
    Room {
        memory: outside::kernel_text(Path::new("/proc/meminfo"))
            .ok()
            .and_then(|text| available(&text)),
        disk: Root::open(user)
            .ok()
            .and_then(|root| root.free_bytes().ok().flatten()),
        grown: grown.into(),
    }
}

/// Bytes that the kernel says programs can still have.
fn available(meminfo: &str) -> Option<u64> {
    let mut lines = meminfo.lines();
    let line = lines.find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kibibytes.checked_mul(1024)
}
