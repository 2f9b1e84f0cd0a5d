//! Does what a commit left to be done: each once, by the run that committed or by a later one.

use crate::effects::apply::chain;
use crate::effects::home::Home;
use crate::effects::state::StateError;
use crate::effects::survey::rebuild_cache;
use crate::effects::tmux::{Adopted, Released, SocketError, Sockets};
use crate::words::generation::Pending;

/// What became of it.
#[derive(Debug, Default)]
pub struct Aftermath {
    /// What was done.
    pub done: Vec<Pending>,
    /// What a person should hear of it, a sentence each.
    pub news: Vec<String>,
    /// What could not be done, and why; it stays pending.
    pub left: Vec<(Pending, String)>,
}

/// Why one thing could not be done.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Socket(#[from] SocketError),
}

/// Does what a generation of a home left to be done, as far as it is asked for.
pub fn perform(
    home: &Home,
    generation: u64,
    is_asked: impl Fn(&Pending) -> bool,
) -> Result<Aftermath, StateError> {
    let Some(state) = &home.state else { return Ok(Aftermath::default()) };
    let mut aftermath = Aftermath::default();
    let (pending, mut left): (Vec<_>, Vec<_>) = state.pending(generation)?.into_iter().partition(is_asked);
    for action in &pending {
        match attempt(home, action) {
            Ok(news) => {
                aftermath.done.push(action.clone());
                aftermath.news.extend(news);
            }
            Err(hindrance) => aftermath.left.push((action.clone(), chain(&hindrance))),
        }
    }
    if !aftermath.done.is_empty() {
        left.extend(aftermath.left.iter().map(|(action, _)| action.clone()));
        state.keep_pending(generation, &left)?;
    }
    Ok(aftermath)
}

fn attempt(home: &Home, action: &Pending) -> Result<Option<String>, Hindrance> {
    match action {
        Pending::RefreshStatCache => {
            rebuild_cache(home)?;
            Ok(None)
        }
        Pending::AdoptSocket(adoption) => {
            let adopted = Sockets::at(&adoption.directory).adopt(adoption)?;
            let (server, name, former) = (adoption.server, &adoption.name, &adoption.former);
            Ok(match adopted {
                Adopted::Linked => Some(format!(
                    "{server} is now reachable by the socket {name}, too; {former} stays, and so do all sessions"
                )),
                Adopted::Already | Adopted::Gone => None,
            })
        }
        Pending::ReleaseSocket(adoption) => {
            let released = Sockets::at(&adoption.directory).release(adoption)?;
            let (server, name) = (adoption.server, &adoption.name);
            Ok(match released {
                Released::Removed => Some(format!(
                    "{server} is no longer reachable by the socket {name}; all its sessions go on"
                )),
                Released::Left(other) => Some(format!("the socket {name} is {other}'s by now, and stays")),
                Released::Nothing => None,
            })
        }
    }
}
