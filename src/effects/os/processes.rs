//! One pass over `/proc`: the processes of this user, and the sockets that its tmux servers listen at.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::decide::fleet::runtimes::names_a_folder;
use crate::effects::os::disk::outside;
use crate::effects::os::host;
use crate::model::ignore::Ignore;
use crate::model::process::{PaneOf, Process, Processes, Surrounding};

const PROC: &str = "/proc";
/// The name that tmux gives a server's process; a client's is another.
const TMUX_SERVER: &str = "tmux: server";
/// The flag of a socket that accepts connections, in `/proc/net/unix`.
const ACCEPTS: &str = "00010000";

/// Looks at all processes of this user that are there now.
///
/// # Errors
///
/// Where there is no `/proc`, or not that of this process's own numbers.
pub(crate) fn look() -> io::Result<Processes> {
    let own = host::pid();
    let you = host::effective_uid();
    let namespace = namespace(&Path::new(PROC).join("self"));
    let pids = outside::names(Path::new(PROC)).into_iter();
    let pids = pids.filter_map(|name| name.to_str()?.parse::<u32>().ok());
    let all: BTreeMap<_, _> = pids
        .filter_map(|pid| Some((pid, process(pid, you, namespace.as_ref())?)))
        .collect();
    if !all.contains_key(&own) {
        return Err(io::Error::other(
            "/proc does not show the processes of this user",
        ));
    }
    let mut seen = Processes {
        all,
        now: now(),
        seen_at: host::now(),
        ticks_per_second: clock_ticks_per_second(),
        ..Processes::default()
    };
    let servers: Vec<_> = seen.tmux_servers().map(|process| process.pid).collect();
    seen.bound = bound(&servers);
    Ok(seen)
}

/// Tells whether this very process goes on: the number and the start are the same, and it is no corpse.
pub(crate) fn goes_on(pid: u32, started: u64) -> bool {
    stat(pid).is_some_and(|stat| stat.started == started)
}

/// The words that a process of Mosaic's was started with, the program's own without its directories; `None` where it is
/// another program's, has ended, or is not shown.
pub(crate) fn command(pid: u32) -> Option<String> {
    let mut words = words(pid)?;
    let program = base_name(words.first()?).to_owned();
    let is_ours = program.starts_with(env!("CARGO_PKG_NAME"));
    words[0] = program;
    is_ours.then(|| words.join(" "))
}

/// The name of the script that a shell was started to run; `None` where it was told its commands in another way.
pub(crate) fn script(pid: u32) -> Option<String> {
    let words = words(pid)?;
    let script = words.get(1).filter(|word| !word.starts_with('-'))?;
    Some(base_name(script).to_owned())
}

/// Tells whether a shell was given its commands when it was started, as by `bash -c`: it reads none.
pub(crate) fn is_told_its_commands(pid: u32) -> bool {
    let words = words(pid).unwrap_or_default();
    let mut options = words
        .iter()
        .skip(1)
        .take_while(|word| word.starts_with('-'));
    options.any(|word| !word.starts_with("--") && word.contains('c'))
}

fn words(pid: u32) -> Option<Vec<String>> {
    let path = Path::new(PROC).join(pid.to_string()).join("cmdline");
    let words = outside::kernel_bytes(&path).ok()?;
    let words = String::from_utf8_lossy(&words);
    Some(words.split_terminator('\0').map(str::to_owned).collect())
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The environment that a process was started with; empty where it is not shown.
pub(crate) fn environment(pid: u32) -> Vec<(OsString, OsString)> {
    let path = Path::new(PROC).join(pid.to_string()).join("environ");
    let environ = outside::kernel_bytes(&path).unwrap_or_default();
    let variables = environ.split(|byte| *byte == 0).filter_map(|variable| {
        let at = variable.iter().position(|byte| *byte == b'=')?;
        let [name, value] = [&variable[..at], &variable[at + 1..]].map(OsStr::from_bytes);
        Some((name.to_owned(), value.to_owned()))
    });
    variables.collect()
}

/// The program that a process runs, also where its file was removed or replaced since.
pub(crate) fn program(pid: u32) -> PathBuf {
    Path::new(PROC).join(pid.to_string()).join("exe")
}

/// Paths of the files that a process has open.
pub(crate) fn open_files(pid: u32) -> Vec<PathBuf> {
    let folder = Path::new(PROC).join(pid.to_string()).join("fd");
    let links = outside::names(&folder).into_iter();
    links
        .filter_map(|name| outside::link_target(&folder.join(name)).ok())
        .collect()
}

/// A process of another user on a terminal.
pub(crate) struct OnTerminal {
    /// Process number.
    pub pid: u32,
    /// User id.
    pub user: u32,
    /// The name that the kernel has for its program.
    pub name: String,
    /// Number of the terminal below `/dev/pts`.
    pub terminal: u32,
}

/// The processes of others that have a terminal, root's apart, as far as they are shown.
pub(crate) fn foreign_on_terminals() -> Vec<OnTerminal> {
    const ROOT: u32 = 0;
    let you = host::effective_uid();
    let pids = outside::names(Path::new(PROC)).into_iter();
    let pids = pids.filter_map(|name| name.to_str()?.parse::<u32>().ok());
    let process = |pid: u32| {
        let user = outside::stat(&Path::new(PROC).join(pid.to_string()));
        let user = user.ok()?.uid();
        let stat = stat(pid).filter(|_| user != you && user != ROOT)?;
        Some(OnTerminal {
            pid,
            user,
            name: stat.name,
            terminal: stat.terminal?,
        })
    };
    pids.filter_map(process).collect()
}

/// Number below `/dev/pts` of the terminal that a process has; nothing where it has none.
pub(crate) fn terminal(pid: u32) -> Option<u32> {
    stat(pid)?.terminal
}

/// Sends this very process a signal; nothing where it has ended, and another has its number.
pub(crate) fn signal(pid: u32, started: u64, signal: Signal) {
    let number = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let Some(held) = number.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) else {
        return;
    };
    // What is held has this number for as long as it is held.
    if goes_on(pid, started) {
        pidfd_send_signal(held, signal).ignore("it has just ended by itself");
    }
}

/// Time since the kernel booted, in the ticks in which it tells when processes started.
fn now() -> u64 {
    let uptime = outside::kernel_text(&Path::new(PROC).join("uptime")).unwrap_or_default();
    let mut parts = uptime.split(['.', ' ']).map(str::parse::<u64>);
    let mut next = || parts.next().and_then(Result::ok).unwrap_or(0);
    let hundredths = next() * 100 + next();
    hundredths * clock_ticks_per_second() / 100
}

struct Stat {
    name: String,
    is_stopped: bool,
    parent: u32,
    /// Number of its terminal below `/dev/pts`.
    terminal: Option<u32>,
    started: u64,
}

/// The namespace of a process's own numbers.
fn namespace(folder: &Path) -> Option<PathBuf> {
    outside::link_target(&folder.join("ns/pid")).ok()
}

/// A process; nothing where it has ended, or is another user's.
fn process(pid: u32, you: u32, own: Option<&PathBuf>) -> Option<Process> {
    let folder = Path::new(PROC).join(pid.to_string());
    if outside::stat(&folder).ok()?.uid() != you {
        return None;
    }
    let stat = stat(pid)?;
    // The kernel's own threads have no environment, and belong to nobody here.
    let environment = outside::kernel_bytes(&folder.join("environ")).unwrap_or_default();
    let environment = surrounding(&environment);
    let is_tmux_server = stat.name == TMUX_SERVER;
    let is_of_interest = is_tmux_server || environment.agent.is_some() || pid == host::pid();
    let unit = is_of_interest.then(|| outside::kernel_text(&folder.join("cgroup")).ok());
    Some(Process {
        pid,
        parent: stat.parent,
        name: stat.name,
        started: stat.started,
        is_apart: is_of_interest && namespace(&folder).is_none_or(|it| Some(&it) != own),
        is_stopped: stat.is_stopped,
        is_tmux_server,
        unit: unit.flatten().as_deref().and_then(innermost_unit),
        environment,
    })
}

/// `PID (NAME) STATE PARENT ...`: the name may have anything in it. One that nobody has waited for yet has ended.
fn stat(pid: u32) -> Option<Stat> {
    const TERMINAL: usize = 4;
    const STARTED: usize = 19;
    let text = outside::kernel_text(&Path::new(PROC).join(pid.to_string()).join("stat")).ok()?;
    let (name, rest) = text.split_once('(')?.1.rsplit_once(')')?;
    let fields: Vec<_> = rest.split_whitespace().collect();
    let state = fields.first()?;
    let has_ended = ["Z", "X"].contains(state);
    (!has_ended).then_some(Stat {
        name: name.to_owned(),
        is_stopped: *state == "T",
        parent: fields.get(1)?.parse().ok()?,
        terminal: fields.get(TERMINAL)?.parse().ok().and_then(pts),
        started: fields.get(STARTED)?.parse().ok()?,
    })
}

/// The number of a terminal below `/dev/pts`, of the device's number as the kernel puts it together: the lower eight bits of
/// the minor, twelve of the major, the rest of the minor (`new_encode_dev`).
fn pts(device: u32) -> Option<u32> {
    const MAJOR: u32 = 136;
    let major = (device >> 8) & 0xfff;
    (major == MAJOR).then_some((device & 0xff) | ((device >> 12) & 0x000f_ff00))
}

fn surrounding(environ: &[u8]) -> Surrounding {
    let mut seen = Surrounding::default();
    for variable in environ.split(|byte| *byte == 0) {
        let Ok(variable) = std::str::from_utf8(variable) else {
            continue;
        };
        let Some((name, value)) = variable
            .split_once('=')
            .filter(|(_, value)| !value.is_empty())
        else {
            continue;
        };
        let place = match name {
            "MOSAIC_AGENT_NAME" => &mut seen.agent,
            "MOSAIC_AGENT_HOME" => &mut seen.home,
            "HOME" => &mut seen.user_home,
            "TMUX" => {
                seen.pane_of = PaneOf::parse(value);
                continue;
            }
            name if names_a_folder(name) => {
                let folder = (name.to_owned(), value.to_owned());
                seen.runtime_folders.extend([folder]);
                continue;
            }
            _ => continue,
        };
        *place = Some(value.to_owned());
    }
    seen
}

/// The innermost unit of a `/proc/PID/cgroup`: `a.service` of `0::/user.slice/.../app.slice/a.service/below`.
fn innermost_unit(cgroup: &str) -> Option<String> {
    let path = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
    let is_unit = |part: &&str| part.ends_with(".service") || part.ends_with(".scope");
    path.rsplit('/').find(is_unit).map(str::to_owned)
}

/// Paths that servers listen at. A server in another network has a list of its own.
fn bound(servers: &[u32]) -> BTreeMap<u32, Vec<PathBuf>> {
    if servers.is_empty() {
        return BTreeMap::new();
    }
    let ours = listening(&Path::new(PROC).join("net/unix"));
    let paths = |server: u32| {
        let folder = Path::new(PROC).join(server.to_string());
        let inodes: Vec<_> = sockets(server);
        let in_list = |list: &HashMap<u64, PathBuf>| -> Vec<PathBuf> {
            let paths = inodes.iter().filter_map(|inode| list.get(inode).cloned());
            paths.collect()
        };
        let here = in_list(&ours);
        if here.is_empty() {
            in_list(&listening(&folder.join("net/unix")))
        } else {
            here
        }
    };
    servers.iter().map(|pid| (*pid, paths(*pid))).collect()
}

/// Sockets that accept connections, by their inode numbers.
fn listening(list: &Path) -> HashMap<u64, PathBuf> {
    let text = outside::kernel_bytes(list).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().filter_map(listener).collect()
}

/// `NUMBER: REFERENCES PROTOCOL FLAGS TYPE STATE INODE PATH`
fn listener(line: &str) -> Option<(u64, PathBuf)> {
    const FIELDS: usize = 7;
    let mut rest = line;
    let mut fields = Vec::new();
    for _ in 0..FIELDS {
        let (field, after) = rest.trim_start().split_once(' ')?;
        fields.push(field);
        rest = after;
    }
    // One that was bound by a path without a leading slash was bound from another directory.
    let is_path = rest.starts_with('/');
    (fields.get(3) == Some(&ACCEPTS) && is_path)
        .then(|| Some((fields.last()?.parse().ok()?, PathBuf::from(rest))))?
}

/// Inode numbers of a process's sockets.
fn sockets(pid: u32) -> Vec<u64> {
    let targets = open_files(pid).into_iter();
    let inode = |target: PathBuf| {
        let inode = target.to_str()?.strip_prefix("socket:[")?;
        inode.strip_suffix(']')?.parse().ok()
    };
    targets.filter_map(inode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listening_socket_has_its_path_whatever_is_in_it() {
        let line = "0000000000000000: 00000002 00000000 00010000 0001 01 3917 /tmp/a b/tmux-0/s";
        let path = PathBuf::from("/tmp/a b/tmux-0/s");
        assert_eq!(listener(line), Some((3917, path)));
        for other in [
            "Num       RefCount Protocol Flags    Type St Inode Path",
            "0000000000000000: 00000003 00000000 00000000 0001 03 3917 /tmp/s",
            "0000000000000000: 00000002 00000000 00010000 0001 01 3917 @abstract",
            "0000000000000000: 00000002 00000000 00010000 0001 01 3917",
        ] {
            assert_eq!(listener(other), None, "{other}");
        }
    }

    #[test]
    fn the_innermost_unit_is_that_of_the_unified_tree() {
        let group =
            "9:name=systemd:/x.service\n0::/user.slice/user@0.service/app.slice/a@b.service/sub\n";
        assert_eq!(innermost_unit(group).as_deref(), Some("a@b.service"));
        assert_eq!(innermost_unit("0::/\n"), None);
    }

    #[test]
    fn what_tells_where_a_process_belongs_is_read_from_its_environment() {
        let seen =
            surrounding(b"HOME=/h\0MOSAIC_AGENT_NAME=a\0X=\xff\0TMUX=/s,7,0\0MOSAIC_AGENT_HOME=\0CODEX_HOME=/c\0");
        let expected = Surrounding {
            agent: Some("a".to_owned()),
            home: None,
            user_home: Some("/h".to_owned()),
            pane_of: PaneOf::parse("/s,7,0"),
            runtime_folders: [("CODEX_HOME".to_owned(), "/c".to_owned())].into(),
        };
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_terminal_is_told_by_its_device() {
        assert_eq!(pts(136 << 8 | 7), Some(7));
        assert_eq!(pts(136 << 8 | 0x10_0001), Some(257));
        assert_eq!(pts(4 << 8 | 1), None, "a console");
        assert_eq!(pts(0), None, "none");
    }

    #[test]
    fn this_process_is_seen_and_goes_on() {
        let seen = look().expect("there is a /proc");
        let own = &seen.all[&host::pid()];
        assert!(goes_on(own.pid, own.started));
        assert!(!goes_on(own.pid, own.started + 1));
    }
}
