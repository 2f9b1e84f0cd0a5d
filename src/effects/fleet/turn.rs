//! The turn of one who sends to an agent: a lock on a file beside the socket of its tmux server, which the kernel lets go
//! when its holder ends. Whoever types there, by whatever home or none, asks for the same one.

use std::fmt::Display;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::effects::os::disk::{Root, try_lock};

/// Time between two tries.
const TRY_EACH: Duration = Duration::from_millis(50);
/// The longest wait for others who send to the same agent: a hundred of them, some seconds each.
const PATIENCE: Duration = Duration::from_secs(600);

/// A turn; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    /// True if somebody else had it before.
    pub was_waited_for: bool,
    _file: File,
}

/// Takes the turn at a session of the server that answers at a path. `wait` waits for a time, and tells whether the user
/// asked to stop.
///
/// # Errors
///
/// Why there is none, in words.
pub(crate) fn take(
    socket: &Path,
    session: &str,
    wait: &dyn Fn(Duration) -> bool,
) -> Result<Turn, String> {
    let folder = socket.parent().unwrap_or(Path::new("/"));
    let none = |why: &dyn Display| format!("no turn can be taken in {}: {why}", folder.display());
    let root = Root::open(folder).map_err(|error| none(&error))?;
    let file = root
        .open_lock(&format!(".mosaic-{session}.send"))
        .map_err(|error| none(&error))?;
    let until = Instant::now() + PATIENCE;
    let mut was_waited_for = false;
    while !try_lock(&file).map_err(|error| none(&error))? {
        if Instant::now() > until || wait(TRY_EACH) {
            return Err("others send to it without end".to_owned());
        }
        was_waited_for = true;
    }
    Ok(Turn {
        was_waited_for,
        _file: file,
    })
}
