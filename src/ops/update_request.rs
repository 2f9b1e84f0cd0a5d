//! What is asked of an update, and what stands against it.

use std::path::PathBuf;

use semver::Version;

use crate::decide::home::situation::Objection;
use crate::model::digest::Digest;

/// The options of an update.
#[derive(Debug, Clone, Default)]
pub struct UpdateRequest {
    /// A bundle directory or archive; `None` is the release in this program.
    pub from: Option<PathBuf>,
    /// The digest of the only plan that may be carried out.
    pub plan: Option<Digest>,
    /// Set to allow the removal of more than half of the recorded files.
    pub allow_removals: bool,
    /// Set to allow a bundle that is older than the home.
    pub allow_downgrade: bool,
    /// Set to remove leftovers: files that earlier releases shipped and this one does not.
    pub prune: bool,
    /// Set to leave the active units in systemd's directory alone.
    pub no_units: bool,
    /// The release that wrote the home, for a home without a record.
    pub from_version: Option<Version>,
}

/// What stands against an update that was asked for as `command`.
#[derive(Debug, thiserror::Error)]
#[error("{objection}")]
pub struct Objected {
    /// The objection.
    pub objection: Objection,
    /// The command: `install` or `update`.
    pub command: &'static str,
    /// The request.
    pub request: UpdateRequest,
    /// Set where the plan was shown: by a dry run.
    pub is_shown: bool,
}
