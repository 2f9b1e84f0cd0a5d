//! Names that a plan brings: what a file system cannot have is refused before the commit.
//!
//! A kind of file system that is known tells by looking, in a dry run too. In a run the names that not every file system
//! takes are tried besides: one may refuse a name, or list it as another.

use std::collections::HashSet;

use rustix::io::Errno;

use crate::decide::home::names::{Naming, is_plain};
use crate::effects::apply::TransactionError;
use crate::effects::apply::roots::Roots;
use crate::effects::os::disk::{DiskError, Root};
use crate::effects::state::PREPARED;
use crate::model::change::{Alteration, Change};
use crate::model::generation::{Journal, Staged};
use crate::model::mode::Mode;
use crate::model::path::RelPath;

const PRIVATE: u32 = 0o600;
const PRIVATE_FOLDER: u32 = 0o700;

/// Refuses a name that is known not to be had in its place. It only looks.
pub(super) fn look(root: &Root, change: &Change) -> Result<(), TransactionError> {
    let Some(name) = unusual(change) else {
        return Ok(());
    };
    let (directory, _) = change.at.path.split();
    if naming_at(root, directory)?.refuses(name) {
        Err(refused(root, change))
    } else {
        Ok(())
    }
}

/// What a directory says of names; for one that the plan makes, or makes room for, what the nearest above it says, which
/// in a first run may be one above the home.
fn naming_at(root: &Root, mut directory: &str) -> Result<Naming, DiskError> {
    loop {
        match root.naming(directory) {
            Err(error) if matches!(error.errno(), Some(Errno::NOENT | Errno::NOTDIR)) => {
                if directory.is_empty() {
                    return root.open_nearest()?.naming("");
                }
                directory = directory.rsplit_once('/').map_or("", |(above, _)| above);
            }
            named => return named,
        }
    }
}

/// Tries the names of files and directories that come, where they wait.
pub(super) fn probe(
    state: &Root,
    roots: &Roots,
    journal: &Journal,
) -> Result<(), TransactionError> {
    let mut tried = HashSet::new();
    let in_state = format!("{PREPARED}/names");
    for logged in &journal.changes {
        let change = &logged.change;
        let Some(name) = unusual(change) else {
            continue;
        };
        let live = roots.required(&change.at.root)?;
        let (root, folder) = match &logged.staged {
            Staged::InState => (state, in_state.as_str()),
            Staged::Beside(path) => (live, path.as_str()),
        };
        let place = matches!(logged.staged, Staged::Beside(_)).then(|| directory(&change.at.path));
        if tried.insert((name, place)) && !is_taken_as_it_is(root, folder, name)? {
            return Err(refused(live, change));
        }
    }
    Ok(())
}

fn directory(path: &RelPath) -> &str {
    path.split().0
}

/// The name of what comes, where not every file system has it.
fn unusual(change: &Change) -> Option<&str> {
    let comes = matches!(
        change.alteration,
        Alteration::WriteFile { .. } | Alteration::MakeDirectory { .. }
    );
    let (_, name) = change.at.path.split();
    (comes && !is_plain(name)).then_some(name)
}

fn is_taken_as_it_is(root: &Root, folder: &str, name: &str) -> Result<bool, DiskError> {
    root.make_directory(folder, Mode::from_st_mode(PRIVATE_FOLDER))?;
    let path = format!("{folder}/{name}");
    // It is closed at once: what is open keeps a name, removed or not, on CIFS and NFS.
    let made = root.create(&path, b"", Mode::from_st_mode(PRIVATE), None);
    let is_taken = match made.map(drop) {
        Ok(()) => {
            let names = root.children(folder)?;
            names.iter().any(|(listed, _)| listed == name.as_bytes())
        }
        Err(error) if is_of_the_name(&error) => false,
        Err(error) => return Err(error),
    };
    root.remove_all(folder)?;
    Ok(is_taken)
}

fn is_of_the_name(error: &DiskError) -> bool {
    matches!(
        error.errno(),
        Some(
            Errno::INVAL
                | Errno::ILSEQ
                | Errno::NAMETOOLONG
                | Errno::NOENT
                | Errno::PERM
                | Errno::ACCESS
                | Errno::OPNOTSUPP
        )
    )
}

fn refused(root: &Root, change: &Change) -> TransactionError {
    TransactionError::NoSuchName {
        path: root.full(change.at.path.as_str()),
    }
}
