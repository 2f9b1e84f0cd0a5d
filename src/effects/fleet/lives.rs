//! Ends agents where they live, and sees whether those that were started live on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::decide::fleet::picture::{Life, Picture, Whereabouts};
use crate::effects::os::disk::bounded::read_at_most;
use crate::effects::os::disk::outside;
use crate::effects::os::processes;
use crate::effects::os::systemd::runtime_directory;
use crate::effects::os::tmux::{knock, panes};

/// Seconds that an agent lives before it counts as started: runtimes that refuse do so within two.
const FIRST_SECONDS: u64 = 3;
/// Time that a session may take to be there after systemd has called its unit started: the holder may have come back.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time that an agent has to end by itself.
const LAST_SECONDS: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(200);
/// Longest last words of an agent, in bytes.
const WORDS_MAX: u64 = 64 << 10;

/// What became of an agent that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Begun {
    /// It has lived for its first seconds.
    Lives,
    /// It has ended, and why, as far as that is known.
    Ended(String),
    /// Whether it lives cannot be told, and why.
    Unknown(String),
}

/// Ends an agent everywhere it lives. The reason why it still does, if it does.
pub(crate) fn end(picture: &Picture, lives: &[Life]) -> Option<String> {
    let mut left = Vec::new();
    for life in lives {
        let said = match (&life.reach, &life.session) {
            (Some(reach), Some(session)) => panes::end_session(reach, session),
            // What tmux would do, if it could be asked.
            _ => send(&life.processes, Signal::HUP),
        };
        let processes = picture.ends_with_life(life);
        if !await_end(&processes) {
            send(&processes, Signal::KILL);
        }
        if !await_end(&processes) {
            let at = life.socket.as_ref().map(|path| path.display().to_string());
            let at = at.unwrap_or_else(|| "no socket".to_owned());
            left.push(format!("its session on {at} goes on: {said}"));
        }
    }
    (!left.is_empty()).then(|| left.join("; "))
}

/// Ends what goes on of lives whose sessions were ended: no hang-up may end it. The reason why it still does, if it does.
pub(crate) fn end_rest(picture: &Picture, lives: &[Life]) -> Option<String> {
    let processes = lives.iter().flat_map(|life| picture.ends_with_life(life));
    let processes: Vec<_> = processes.collect();
    if await_end(&processes) {
        return None;
    }
    let said = send(&processes, Signal::KILL);
    (!await_end(&processes)).then_some(said)
}

/// Has the holder's server make its socket anew where that file went: units look for it there. Tells whether it was asked.
pub(crate) fn reach_again(picture: &Picture) -> bool {
    let holders = picture.holders_server();
    let lost = holders.filter(|server| server.reach.is_none());
    let Some((server, path)) = lost.and_then(|server| Some((server, server.bound.first()?))) else {
        return false;
    };
    let seen = picture.processes.as_ref().ok();
    let Some(process) = seen.and_then(|seen| seen.all.get(&server.pid)) else {
        return false;
    };
    if outside::is_there(path) {
        return false;
    }
    processes::signal(process.pid, process.started, Signal::USR1);
    let deadline = Instant::now() + LAST_SECONDS;
    while knock(path) != Ok(true) && Instant::now() < deadline {
        std::thread::sleep(PAUSE);
    }
    true
}

fn send(processes: &[(u32, u64)], signal: Signal) -> String {
    for (pid, started) in processes {
        processes::signal(*pid, *started, signal);
    }
    "its processes do not end".to_owned()
}

fn await_end(processes: &[(u32, u64)]) -> bool {
    let deadline = Instant::now() + LAST_SECONDS;
    let goes_on = || {
        let mut all = processes.iter();
        all.any(|(pid, started)| processes::goes_on(*pid, *started))
    };
    while goes_on() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
    true
}

/// Waits until it is known of each agent whether it lives on, which is told when it is. Another look is taken for each
/// time that it is not.
pub(crate) fn await_first_seconds(
    look: impl Fn() -> Picture,
    agents: &[String],
    mut on_known: impl FnMut(&str, &Begun),
) -> BTreeMap<String, Begun> {
    let deadline = Instant::now() + PATIENCE;
    let mut begun = BTreeMap::new();
    loop {
        let picture = look();
        let is_late = Instant::now() > deadline;
        for agent in agents {
            let Some(known) = begun_of(&picture, agent, is_late) else {
                begun.remove(agent);
                continue;
            };
            if begun.get(agent) != Some(&known) {
                on_known(agent, &known);
                begun.insert(agent.clone(), known);
            }
        }
        if begun.len() == agents.len() {
            return begun;
        }
        std::thread::sleep(PAUSE);
    }
}

fn begun_of(picture: &Picture, agent: &str, is_late: bool) -> Option<Begun> {
    match picture.whereabouts(agent) {
        Whereabouts::Lives(lives) => {
            let mut ages = lives.iter().map(|life| picture.age_of(life));
            // A server that is not seen does not tell how old its agents are.
            let is_grown = ages.all(|age| age >= FIRST_SECONDS) || is_late;
            is_grown.then_some(Begun::Lives)
        }
        Whereabouts::Unknown(why) => is_late.then_some(Begun::Unknown(why)),
        Whereabouts::Dead | Whereabouts::Gone => {
            let words = last_words(agent);
            let ended = match words {
                Some(words) => format!("it ended in its first seconds:\n{words}"),
                None if is_late => {
                    "systemd calls it active, and tmux has no living session of it".to_owned()
                }
                None => return None,
            };
            Some(Begun::Ended(ended))
        }
    }
}

/// The last words of an agent that ended in its first seconds, or of what was to start it; they are kept until it is
/// started again.
pub(crate) fn last_words(agent: &str) -> Option<String> {
    let path = last_words_of(agent)?;
    let words = read_at_most(&path, WORDS_MAX).ok()?;
    let words = String::from_utf8_lossy(&words).trim_end().to_owned();
    (!words.trim().is_empty()).then_some(words)
}

/// The file in which `start-agent-session.sh` keeps them.
fn last_words_of(agent: &str) -> Option<PathBuf> {
    let folder = runtime_directory()?.join("mosaic");
    Some(folder.join(format!("{agent}.last-words")))
}
