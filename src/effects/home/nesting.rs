//! The homes around a path: none may begin inside another.

use std::path::{Path, PathBuf};

use super::HomeError;
use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::outside;
use crate::effects::state::{COMMITTED, GENERATIONS};

/// A home that nothing was ever committed to may not begin inside another one, whose files it would take for its
/// operator's.
pub(crate) fn refuse_inside_another(path: &Path) -> Result<(), HomeError> {
    if is_home(path) {
        return Ok(());
    }
    match outer_home(path) {
        Some(outer) => Err(HomeError::Inside {
            path: path.to_owned(),
            outer,
        }),
        None => Ok(()),
    }
}

/// The home that a path lies inside of.
pub(crate) fn outer_home(path: &Path) -> Option<PathBuf> {
    resolved(path)
        .ancestors()
        .skip(1)
        .find(|above| is_home(above))
        .map(Path::to_owned)
}

/// Tells whether something was ever committed at a path.
pub(crate) fn is_home(path: &Path) -> bool {
    let state = path.join(STATE_DIRECTORY);
    !outside::names(&state.join(GENERATIONS)).is_empty()
        || outside::is_directory(&state.join(COMMITTED))
}
