//! A home's place in its user's surroundings.

use std::path::PathBuf;

use crate::model::record::FormerPlace;

/// A home's place in its user's surroundings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// Directory where systemd reads this user's units; `None` where that cannot be told.
    pub units: Option<PathBuf>,
    /// True if a person named that directory for this very run.
    pub is_named: bool,
    /// `HOME` of the user's manager, which units name by `%h`.
    pub user_home: Option<PathBuf>,
    /// True if the home is that of commands that name none.
    pub is_usual: bool,
    /// What the record says of where the home was before it was moved.
    pub former: Option<FormerPlace>,
    /// True if the home of commands that name none has a fleet.
    pub usual_has_fleet: bool,
}
