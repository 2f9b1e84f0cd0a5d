//! What agents leave behind in files that tells how they are: heartbeats, and what a runtime keeps of its own state.

use crate::decide::fleet::heartbeat::{Beat, beat};
use crate::decide::fleet::runtimes::folder;
use crate::effects::home::Home;
use crate::effects::os::disk::bounded::read_text_at_most;
use crate::effects::os::host;
use crate::effects::os::processes;
use crate::model::fleet_paths::RUN;
use crate::model::process::{Process, Processes};
use crate::model::runtime::Runtime;

/// Programs that run others.
const SHELLS: [&str; 14] = [
    "bash", "sh", "dash", "zsh", "rbash", "fish", "ksh", "mksh", "ash", "tcsh", "csh", "nu",
    "xonsh", "pwsh",
];
/// Programs that pass keys on to where a shell may take them, and nobody here can see it.
const PASS_ON: [&str; 10] = [
    "tmux: client",
    "screen",
    "ssh",
    "mosh-client",
    "docker",
    "podman",
    "kubectl",
    "machinectl",
    "nsenter",
    "lxc",
];
/// Longest heartbeat or session file that is read, in bytes: such a file has some hundred.
const LONGEST: u64 = 64 * 1024;

/// The last beat of an agent; none where there is no file, or it cannot be read.
pub(crate) fn last_beat(home: &Home, agent: &str) -> Beat {
    let path = format!("{RUN}/{agent}.hb");
    let Ok(Some(stat)) = home.root.stat_if_there(&path) else {
        return Beat::default();
    };
    let text = read_text_at_most(&home.root.full(&path), LONGEST).unwrap_or_default();
    let age = host::now().as_second() - stat.stx_mtime.tv_sec;
    beat(&text, u64::try_from(age).unwrap_or(0))
}

/// Tells whether a process is a shell that runs no script, but what it was told or is told.
pub(crate) fn is_bare_shell(process: &Process) -> bool {
    is_shell(process) && processes::script(process.pid).is_none()
}

/// Tells whether a program passes keys on to where a shell may take them.
pub(crate) fn passes_keys_on(process: &Process) -> bool {
    PASS_ON.contains(&process.name.as_str())
}

/// What in a pane may run a text as commands, now or once what is before it ends: a shell that a person types to, or what
/// passes keys on to somewhere else.
pub(crate) fn command_reader(processes: &Processes, pid: u32) -> Option<&Process> {
    let tree = processes.tree(pid).into_iter();
    let mut readers = tree.filter(|process| {
        let is_typed_to = is_bare_shell(process) && !processes::is_told_its_commands(process.pid);
        is_typed_to || passes_keys_on(process)
    });
    readers.next()
}

/// The name of a process's program; of a shell that runs a script, the script's.
pub(crate) fn name(process: &Process) -> String {
    let script = is_shell(process).then(|| processes::script(process.pid));
    script.flatten().unwrap_or_else(|| process.name.clone())
}

fn is_shell(process: &Process) -> bool {
    SHELLS.contains(&process.name.as_str())
}

/// The program of a pane whose first process is this one: a runtime there or anywhere below it; else the first that is more
/// than a shell; else the shell.
pub(crate) fn program_of(
    processes: &Processes,
    pid: u32,
    is_runtime: impl Fn(&Process) -> bool,
) -> Option<&Process> {
    let first = processes.all.get(&pid)?;
    let tree = processes.tree(pid);
    let found = tree.iter().find(|process| is_runtime(process));
    let found = found.or_else(|| tree.iter().find(|process| !is_bare_shell(process)));
    Some(found.copied().unwrap_or(first))
}

/// The text of the file in which claude keeps the state of a session.
pub(crate) fn session_file(process: &Process) -> Option<String> {
    let folder = folder(&Runtime::Claude, &process.environment)?;
    let path = folder.join(format!("sessions/{}.json", process.pid));
    read_text_at_most(&path, LONGEST).ok()
}
