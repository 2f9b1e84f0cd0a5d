//! The tmux socket `mosaic-factory` is `mosaic-fleet` since 0.1.0.

use std::collections::BTreeSet;

use crate::decide::fleet::keys::SOCKET;
use crate::decide::migrate::answer::MigrationAnswer;
use crate::decide::migrate::drafts::Drafts;
use crate::decide::migrate::engine::Engine;
use crate::decide::migrate::group::FileGroup;
use crate::decide::migrate::migration::{Migration, Scope};
use crate::decide::migrate::socket::live_socket::{self, SocketVerdict};
use crate::decide::migrate::workspace::Workspace;
use crate::decide::text::in_place::drop_in;
use crate::decide::text::in_place::env_file::EnvFile;
use crate::decide::text::in_place::roster::RosterText;
use crate::model::change::Spot;
use crate::model::fleet_paths::HOLDER_ENV;
use crate::model::migration::Refusal;
use crate::model::path::RelPath;
use crate::model::socket_names::{FORMER, PRESENT};
use crate::model::version_range::VersionRange;

/// The migration.
pub(crate) const MIGRATION: Migration = Migration {
    id: "rename-socket",
    title: "the tmux socket mosaic-factory is named mosaic-fleet",
    sources: VersionRange {
        from: (0, 0, 0),
        until: (0, 1, 0),
    },
    waits_for: &["implicit-socket"],
    scope: Scope::Groups(decide),
};

fn decide(group: &FileGroup, workspace: &Workspace) -> MigrationAnswer {
    let mut drafts = Drafts::new(workspace);
    let concerns = |text: &str| text.contains(FORMER);
    for roster in &group.rosters {
        drafts.edit(roster, concerns, |text| {
            RosterText::parse(text)?.renamed_socket(FORMER, PRESENT)
        });
    }
    for env_file in group.env_files.iter().chain(&group.settings.holder_env) {
        drafts.edit(env_file, concerns, |text| {
            EnvFile::parse(text)?.renamed(SOCKET, FORMER, PRESENT)
        });
    }
    for drop_in in &group.settings.drop_ins {
        drafts.edit(drop_in, concerns, |text| {
            drop_in::renamed(text, SOCKET, FORMER, PRESENT)
        });
    }
    // Old socket, roster and env files stay together where the server cannot be taken along.
    if let SocketVerdict::Refused(reason) = live_socket::verdict(workspace.fleet) {
        const IN_THE_WAY: &str =
            "end the server that is in the way, or wait until it has ended; then update again";
        let held = workspace.fleet.held.as_ref();
        let remedy = held.map_or(IN_THE_WAY, |held| &held.remedy);
        drafts.hold(Refusal {
            remedy: Some(remedy.to_owned()),
            ..Refusal::about("the running fleet", reason)
        });
    }
    drafts.answer()
}

/// The files whose renaming is held back. The holder's settings that were made for their socket are renamed with it
/// later.
pub(crate) fn hold_back(engine: &mut Engine) -> BTreeSet<Spot> {
    let held = engine.workspace.held_by(MIGRATION.id);
    let path = RelPath::parse(HOLDER_ENV).ok();
    let spot = path.map(|path| Spot::in_home(&path));
    let names_former = |spot: &Spot| {
        let made = engine.workspace.made(spot);
        made.is_some_and(|text| text.contains(FORMER))
    };
    let made = spot.filter(names_former);
    let entry = engine.ledger.entries.get_mut(MIGRATION.id);
    if let (Some(spot), Some(done), false) = (made, entry, held.is_empty()) {
        done.refused.insert(spot);
    }
    held
}
