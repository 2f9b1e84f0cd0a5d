//! A migration, as the engine knows it: whose homes it is for, and the function that answers.

use crate::decide::migrate::answer::MigrationAnswer;
use crate::decide::migrate::fleet_files::FleetFile;
use crate::decide::migrate::group::FileGroup;
use crate::decide::migrate::workspace::Workspace;
use crate::model::version_range::VersionRange;

/// A change of the operator's files that a release needs.
pub(crate) struct Migration {
    /// Id in the ledger, in documents and for `migrate show`.
    pub id: &'static str,
    /// Purpose, in a few words.
    pub title: &'static str,
    /// The releases whose homes it is for, by the one that a home began with. It belongs to the release that ends
    /// the range.
    pub sources: VersionRange,
    /// Those that must not have been refused for a file before this one is decided for it.
    pub waits_for: &'static [&'static str],
    /// The files that one answer is for.
    pub scope: Scope,
}

/// The files that one answer of a migration is for, each time all or nothing.
pub(crate) enum Scope {
    /// Rosters with their env files.
    Groups(fn(&FileGroup, &Workspace) -> MigrationAnswer),
    /// An env file.
    EnvFiles(fn(&FleetFile, &Workspace) -> MigrationAnswer),
    /// The home; each answer by itself.
    Home(fn(&Workspace) -> Vec<MigrationAnswer>),
}
