//! Where a home stands in its user's surroundings.

use std::path::PathBuf;

/// Where a home stands in its user's surroundings.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Where systemd reads this user's units; `None` where that cannot be told.
    pub units: Option<PathBuf>,
    /// Whether it is the home of commands that name none.
    pub is_usual: bool,
    /// Whether that one has a fleet.
    pub usual_has_fleet: bool,
}
