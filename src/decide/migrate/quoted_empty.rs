//! An empty socket name is written bare: `MOSAIC_TMUX_SOCKET=''` could become a socket named `''`.

use crate::decide::fleet::keys::SOCKET;
use crate::decide::migrate::answer::MigrationAnswer;
use crate::decide::migrate::drafts::Drafts;
use crate::decide::migrate::fleet_files::FleetFile;
use crate::decide::migrate::migration::{Migration, Scope};
use crate::decide::migrate::workspace::Workspace;
use crate::decide::text::in_place::env_file::EnvFile;
use crate::model::version_range::VersionRange;

/// The migration.
pub(super) const MIGRATION: Migration = Migration {
    id: "quoted-empty",
    title: "an empty socket name is written without quotes",
    sources: VersionRange {
        from: (0, 0, 0),
        until: (0, 1, 0),
    },
    waits_for: &[],
    scope: Scope::EnvFiles(decide),
};

fn decide(env_file: &FleetFile, workspace: &Workspace) -> MigrationAnswer {
    let mut drafts = Drafts::new(workspace);
    drafts.edit(
        env_file,
        |text| text.contains(SOCKET),
        |text| EnvFile::parse(text)?.bare(SOCKET),
    );
    drafts.answer()
}
