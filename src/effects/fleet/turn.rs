//! The turn of one who sends to an agent: a lock on a file in the home, which the kernel lets go when its holder ends.

use std::fmt::Display;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::effects::os::disk::Root;
use crate::effects::os::disk::above::make_directories;
use crate::effects::os::disk::try_lock;
use crate::model::fleet_paths::RUN;

/// Time between two tries.
const TRY_EACH: Duration = Duration::from_millis(50);
/// The longest wait for others who send to the same agent: a hundred of them, some seconds each.
const PATIENCE: Duration = Duration::from_secs(600);

/// A turn; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _file: File,
}

/// Takes the turn. `wait` waits for a time, and tells whether the user asked to stop.
///
/// # Errors
///
/// Why there is none, in words.
pub(crate) fn take(
    home: &Path,
    agent: &str,
    wait: &dyn Fn(Duration) -> bool,
) -> Result<Turn, String> {
    let folder = home.join(RUN);
    let none = |why: &dyn Display| format!("no turn can be taken in {}: {why}", folder.display());
    make_directories(&folder).map_err(|error| none(&error))?;
    let root = Root::open(&folder).map_err(|error| none(&error))?;
    let file = root
        .open_lock(&format!("{agent}.send"))
        .map_err(|error| none(&error))?;
    let until = Instant::now() + PATIENCE;
    while !try_lock(&file).map_err(|error| none(&error))? {
        if Instant::now() > until || wait(TRY_EACH) {
            return Err("others send to it without end".to_owned());
        }
    }
    Ok(Turn { _file: file })
}
