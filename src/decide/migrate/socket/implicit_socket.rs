//! Before 0.0.36 no socket name meant `mosaic-factory`; since then it means tmux's own. What meant it, says it.

use crate::decide::fleet::keys::{MODEL, NAME, RUNTIME, SOCKET, WORKDIR};
use crate::decide::migrate::answer::MigrationAnswer;
use crate::decide::migrate::drafts::Drafts;
use crate::decide::migrate::group::FileGroup;
use crate::decide::migrate::migration::{Migration, Scope};
use crate::decide::migrate::workspace::Workspace;
use crate::decide::text::in_place::env_file::EnvFile;
use crate::decide::text::in_place::roster::RosterText;
use crate::model::socket_names::FORMER;
use crate::model::version_range::VersionRange;

/// The migration.
pub(crate) const MIGRATION: Migration = Migration {
    id: "implicit-socket",
    title: "a fleet without a socket name keeps the socket that it ran on",
    sources: VersionRange {
        from: (0, 0, 0),
        until: (0, 0, 36),
    },
    waits_for: &[],
    scope: Scope::Groups(decide),
};

fn decide(group: &FileGroup, workspace: &Workspace) -> MigrationAnswer {
    let mut drafts = Drafts::new(workspace);
    for roster in &group.rosters {
        drafts.edit(
            roster,
            |_| true,
            |text| RosterText::parse(text)?.with_socket(FORMER),
        );
    }
    for env_file in &group.env_files {
        drafts.edit(
            env_file,
            |_| true,
            |text| {
                let file = EnvFile::parse(text)?;
                match file.value(SOCKET) {
                    _ if file.assignments().is_empty() => Ok(None),
                    None => file.added(SOCKET, FORMER, &[WORKDIR, MODEL, RUNTIME, NAME]),
                    Some("") => file.renamed(SOCKET, "", FORMER),
                    Some(_) => Ok(None),
                }
            },
        );
    }
    drafts.answer()
}
