//! Looks at the machine around a home, without writing anything: the facts that `doctor` judges.

mod access;
mod fleet;
mod recorded;
mod runtimes;

use crate::effects::os::disk::above::resolved;
use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_paths::ROSTER;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;

use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::decide::doctor::mounts;
use crate::decide::doctor::{
    self, Facts, file_system, permissions, place, sockets, state, tmux, user_manager,
};
use crate::decide::fleet::picture::Picture;
use crate::decide::home::magic;
use crate::effects::doctor::recorded::Recorded;
use crate::effects::fleet::picture::{self, Asked};
use crate::effects::home::{Home, outer_home};
use crate::effects::os::disk::{DiskError, Root, kind_of, outside};
use crate::effects::os::host;
use crate::effects::os::process;
use crate::effects::os::systemd;
use crate::effects::os::thread::Task;
use crate::effects::os::tmux::client::program_of;
use crate::effects::os::tmux::{Sockets, lives};
use crate::effects::state::{ABANDONED, PREPARED};
use crate::model::answer::Answer;
use crate::model::tmux::Adoption;

/// Time that a program may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Gathers all facts about the home at a path; `home` is what is there, where it can be read, and `at` what commands
/// that people are to type need, to be about it.
pub(crate) fn gather(
    path: &Path,
    home: Option<&Home>,
    surroundings: &Surroundings,
    home_flags: &str,
) -> Facts {
    let resolved = resolved(path);
    let text = resolved.display().to_string();
    let recorded = home.map(Recorded::look).unwrap_or_default();
    let root = Root::open(&resolved).ok();
    let has_fleet = root.as_ref().is_some_and(|root| root.look(ROSTER).is_ok());
    let questions: [(&str, &[&str]); 2] = [
        ("tmux", &["-V"]),
        (
            "loginctl",
            &[
                "show-user",
                &host::effective_uid().to_string(),
                "--property=Linger",
                "--value",
            ],
        ),
    ];
    let ([version, linger], manager, looked) = std::thread::scope(|scope| {
        let manager = Task::start(scope, || systemd::is_running(PATIENCE));
        let asking = questions
            .map(|(name, words)| Task::start(scope, move || process::ask(name, words, PATIENCE)));
        let looked = root
            .as_ref()
            .map(|root| LookedAt::look(path, root, home, surroundings, home_flags));
        (asking.map(Task::join), manager.join(), looked)
    });
    let looked = looked.unwrap_or_else(LookedAt::nothing);
    let picture = looked.picture;
    let view = picture
        .as_ref()
        .and_then(|picture| picture.manager.as_ref().ok());
    let managers = view.map(|view| view.environment.get("TMUX_TMPDIR").cloned());
    let tmux = tmux_facts(version, has_fleet, managers);
    let file_system = file_system_facts(&resolved, recorded.ships_executables);
    let loses_bits = file_system
        .as_ref()
        .is_some_and(|facts| !file_system::keeps_bits(facts));
    Facts {
        place: place_facts(&resolved),
        permissions: root.and_then(|root| permission_facts(&text, &root, &recorded, loses_bits)),
        file_system,
        sockets: home
            .and_then(adoption_of)
            .map(|adoption| socket_facts(text.clone(), adoption)),
        state: state_facts(text, home, recorded),
        access: access::look(Path::new(&tmux.sockets), picture.as_ref()),
        tmux: tmux::TmuxFacts {
            server: picture
                .as_ref()
                .and_then(|picture| servers_tmux(picture, home_flags)),
            ..tmux
        },
        user_manager: user_manager_facts(manager, linger),
        fleet: looked.fleet,
        needs: looked.needs,
        runtimes: looked.runtimes,
    }
}

/// What a look at the fleet gives.
struct LookedAt {
    fleet: Result<doctor::fleet::FleetFacts, doctor::fleet::Unseen>,
    needs: doctor::fleet::Needs,
    runtimes: doctor::runtimes::RuntimesFacts,
    picture: Option<Picture>,
}

impl LookedAt {
    fn look(
        path: &Path,
        root: &Root,
        home: Option<&Home>,
        surroundings: &Surroundings,
        home_flags: &str,
    ) -> Self {
        let picture = picture::look(&Asked {
            place: path,
            home,
            surroundings,
            roster: None,
            sockets: &[],
            reads_screens: false,
        })
        .picture;
        let rosters = fleet::rosters(root);
        let rosters = rosters.as_deref();
        let runtimes = home.map(|home| runtimes::look(home, rosters.unwrap_or_default(), &picture));
        Self {
            fleet: fleet::look(home, root, rosters, surroundings, home_flags, &picture),
            needs: fleet::needs(root, home_flags, &picture),
            runtimes: runtimes.unwrap_or_default(),
            picture: Some(picture),
        }
    }

    /// There is no home.
    fn nothing() -> Self {
        Self {
            fleet: Err(doctor::fleet::Unseen::NotInstalled {
                alive: Vec::new(),
                can_be: false,
            }),
            needs: doctor::fleet::Needs::default(),
            runtimes: doctor::runtimes::RuntimesFacts::default(),
            picture: None,
        }
    }
}

fn text_variable(name: &str) -> Option<String> {
    host::variable(name).map(|value| value.to_string_lossy().into_owned())
}

fn place_facts(home: &Path) -> place::PlaceFacts {
    place::PlaceFacts {
        home: home.display().to_string(),
        is_utf8: home.to_str().is_some(),
        user_home: host::user_home().map(|user| resolved(&user).display().to_string()),
        variable: text_variable("MOSAIC_HOME"),
        outer: outer_home(home).map(|outer| outer.display().to_string()),
        locale: ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(text_variable),
    }
}

/// Facts of the file system of the home, or of the nearest directory above it that is there.
pub(crate) fn file_system_facts(
    home: &Path,
    ships_executables: bool,
) -> Option<file_system::FileSystemFacts> {
    let dead = |error: &DiskError| {
        (error.errno() == Some(Errno::NOTCONN)).then(|| file_system::FileSystemFacts {
            is_dead: true,
            ..Default::default()
        })
    };
    let look = |above| match Root::open(above) {
        Ok(root) => Some(root.file_system().map_or_else(|error| dead(&error), Some)),
        Err(error) => dead(&error).map(Some),
    };
    let seen = home.ancestors().find_map(look)??;
    let subvolume = || home.ancestors().find_map(subvolume_of);
    let subvolume = seen.refuses_writes.then(subvolume).flatten();
    let (home, mounts) = (home.display().to_string(), outside::mounts());
    let those = |are: fn(&Path) -> bool| {
        let inside = mounts::inside(&home, &mounts).map(|mount| mount.at.clone());
        inside.filter(|at| are(Path::new(at))).collect()
    };
    let mounted_files = those(outside::is_file);
    let dead_mounts = those(outside::has_lost_its_server);
    Some(file_system::FileSystemFacts {
        home,
        ships_executables,
        mounts,
        mounted_files,
        dead_mounts,
        subvolume,
        ..seen
    })
}

fn permission_facts(
    home: &str,
    root: &Root,
    recorded: &Recorded,
    loses_bits: bool,
) -> Option<permissions::PermissionFacts> {
    const BITS: u32 = 0o7777;
    let stat = root.stat_self().ok()?;
    let state = root.look(STATE_DIRECTORY).ok();
    let you = host::effective_uid();
    Some(permissions::PermissionFacts {
        home: home.to_owned(),
        you,
        owner: stat.stx_uid,
        mode: u32::from(stat.stx_mode) & BITS,
        loses_bits,
        state_mode: state
            .filter(is_directory)
            .map(|stat| u32::from(stat.stx_mode) & BITS),
        has_foreign_state: stat.stx_uid == you && has_foreign_state(root, you),
        foreign: recorded.foreign.clone(),
        unwritable: recorded.unwritable.clone(),
        refusing: refusing(Path::new(home), &recorded.refusing),
        immutable: recorded.immutable.clone(),
        not_executable: recorded.not_executable.clone(),
    })
}

/// Those read-only directories that no mount explains; the home itself is its file system's.
fn refusing(home: &Path, found: &[String]) -> Vec<permissions::Refusing> {
    let mounts = outside::mounts();
    let found = found.iter().filter(|path| *path != ".");
    let found = found.map(|path| (path, home.join(path)));
    let is_explained = |at: &Path| {
        let mount = mounts::of(&at.display().to_string(), &mounts);
        mount.is_some_and(|mount| mount.has("ro") || mount.has("emergency_ro"))
    };
    found
        .filter(|(_, at)| !is_explained(at))
        .map(|(path, at)| permissions::Refusing {
            path: path.clone(),
            subvolume: subvolume_of(&at),
        })
        .collect()
}

/// The btrfs subvolume that a directory is in: the nearest above that has the number which their roots have.
fn subvolume_of(directory: &Path) -> Option<String> {
    const ROOT: u64 = 256;
    let root = Root::open(directory).ok()?;
    (root.naming("").ok()?.magic == magic::BTRFS).then_some(())?;
    let is_root = |path: &&Path| outside::stat(path).is_ok_and(|stat| stat.ino() == ROOT);
    let found = directory.ancestors().find(is_root)?;
    Some(found.display().to_string())
}

/// Tells whether another user owns what is in the state, down to the files of its generations.
fn has_foreign_state(root: &Root, you: u32) -> bool {
    let below = |folder: &str| {
        let names = root.children(folder).unwrap_or_default().into_iter();
        let names = names.filter_map(|(name, _)| String::from_utf8(name).ok());
        names
            .map(|name| format!("{folder}/{name}"))
            .collect::<Vec<_>>()
    };
    let first = below(STATE_DIRECTORY);
    let second: Vec<_> = first.iter().flat_map(|path| below(path)).collect();
    let third: Vec<_> = second.iter().flat_map(|path| below(path)).collect();
    let mut all = first.into_iter().chain(second).chain(third);
    all.any(|path| root.look(&path).is_ok_and(|stat| stat.stx_uid != you))
}

fn state_facts(path: String, home: Option<&Home>, recorded: Recorded) -> state::StateFacts {
    let mut facts = state::StateFacts {
        home: path,
        is_there: home.is_some(),
        ..state::StateFacts::default()
    };
    let Some(home) = home else { return facts };
    facts.generation = home.generation;
    facts.release = home
        .record
        .release
        .as_ref()
        .map(|release| format!("{} {}", release.bundle, release.version));
    facts.recovery_pending = home.recovery_pending;
    facts.beside = recorded.beside;
    if let Some(state) = &home.state {
        facts.is_locked = state.is_locked();
        facts.prepared = state.root.look(PREPARED).is_ok();
        let names = state.root.children("").unwrap_or_default().into_iter();
        let names = names.filter_map(|(name, _)| String::from_utf8(name).ok());
        facts.abandoned = names.filter(|name| name.starts_with(ABANDONED)).collect();
    }
    facts
}

fn tmux_facts(
    version: Answer,
    has_fleet: bool,
    managers: Option<Option<String>>,
) -> tmux::TmuxFacts {
    let variable = text_variable("TMUX_TMPDIR");
    let you = host::effective_uid();
    let sockets = format!("{}/tmux-{you}", variable.as_deref().unwrap_or("/tmp"));
    tmux::TmuxFacts {
        version,
        variable,
        managers,
        sockets,
        has_fleet,
        server: None,
    }
}

/// The tmux that the fleet's server is, unless it is the very file that the `PATH` leads to.
fn servers_tmux(picture: &Picture, home_flags: &str) -> Option<tmux::ServersTmux> {
    let server = picture.holders_server().or(picture.servers.first())?;
    let socket = server.reach.as_ref().or(server.bound.first())?;
    let program = program_of(server.pid);
    let file = outside::link_target(Path::new(&program)).ok()?;
    let path = text_variable("PATH")?;
    let mut found = path.split(':').map(|folder| Path::new(folder).join("tmux"));
    let first = found.find(|tmux| outside::is_file(tmux));
    if first.is_some_and(|tmux| outside::real_or_same(&tmux) == file) {
        return None;
    }
    let said = process::ask(&program, &["-V"], PATIENCE);
    // tmux 3.3 calls itself by the name of its file: `exe 3.3a`.
    let (_, version) = said.success()?.trim().rsplit_once(' ')?;
    let folder = file.parent().filter(|_| outside::is_file(&file));
    Some(tmux::ServersTmux {
        version: format!("tmux {version}"),
        client: format!(
            "{program} -S {}",
            doctor::quoted(&socket.display().to_string())
        ),
        folder: folder.map(|folder| folder.display().to_string()),
        restart: format!("mosaic fleet restart{home_flags}"),
    })
}

/// The tmux server that a migration gave an alias.
pub(crate) fn adoption_of(home: &Home) -> Option<Adoption> {
    home.record.live_socket.clone()
}

/// Facts of both names of a live tmux server: who is behind each.
pub(crate) fn socket_facts(home: String, adoption: Adoption) -> sockets::SocketFacts {
    let all = Sockets::at(&adoption.directory);
    let former = all.occupancy(&adoption.former);
    let name = all.occupancy(&adoption.name);
    let lives = lives(adoption.server);
    sockets::SocketFacts {
        home,
        adoption,
        former,
        name,
        lives,
    }
}

fn user_manager_facts(manager: Answer, linger: Answer) -> user_manager::UserManagerFacts {
    let you = host::effective_uid();
    let is_own = |path: &str| {
        outside::stat(Path::new(path)).is_ok_and(|meta| meta.is_dir() && meta.uid() == you)
    };
    let runtime = text_variable("XDG_RUNTIME_DIR").map(|path| (path.clone(), is_own(&path)));
    let has_usual_runtime = is_own(&format!("/run/user/{you}"));
    user_manager::UserManagerFacts {
        manager,
        linger,
        runtime,
        has_usual_runtime,
        you,
    }
}

/// Tells whether a stat is that of a directory.
fn is_directory(stat: &rustix::fs::Statx) -> bool {
    kind_of(stat.stx_mode).is_dir()
}
