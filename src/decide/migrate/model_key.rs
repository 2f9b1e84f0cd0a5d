//! Since 0.0.36 an agent's env file has the key `MOSAIC_AGENT_MODEL`, bare where the roster hints at no model.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::fleet::keys::{MODEL, NAME, RUNTIME};
use crate::decide::migrate::answer::MigrationAnswer;
use crate::decide::migrate::drafts::Drafts;
use crate::decide::migrate::group::FileGroup;
use crate::decide::migrate::migration::{Migration, Scope};
use crate::decide::migrate::workspace::Workspace;
use crate::decide::text::in_place::env_file::EnvFile;
use crate::decide::text::in_place::roster::RosterText;
use crate::model::migration::Refusal;
use crate::model::version_range::VersionRange;

/// The migration.
pub(super) const MIGRATION: Migration = Migration {
    id: "model-key",
    title: "agents' env files name the model",
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
        // A roster that cannot be read may hint at a model.
        drafts.edit(
            roster,
            |_| false,
            |text| RosterText::parse(text).map(|_| None),
        );
    }
    let all = hints(group, workspace);
    for env_file in &group.env_files {
        let hints = all
            .get(env_file.agent().unwrap_or_default())
            .cloned()
            .unwrap_or_default();
        let hint = hints.first().map_or("", String::as_str);
        let edit = |text: &str| {
            let file = EnvFile::parse(text)?;
            if file.value(MODEL).is_some() || file.assignments().is_empty() {
                Ok(None)
            } else {
                file.added(MODEL, hint, &[RUNTIME, NAME])
            }
        };
        let before = drafts.count();
        drafts.edit(env_file, |_| true, edit);
        if hints.len() > 1 && drafts.count() > before {
            let reason = format!(
                "the rosters hint at different models: {}",
                Vec::from_iter(hints).join(", ")
            );
            drafts.hold(Refusal::about(&env_file.name, reason));
        }
    }
    drafts.answer()
}

/// The models that the group's rosters hint at, by agent.
fn hints(group: &FileGroup, workspace: &Workspace) -> BTreeMap<String, BTreeSet<String>> {
    let mut hints: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for roster in group
        .rosters
        .iter()
        .filter_map(|roster| RosterText::parse(workspace.text(roster)?).ok())
    {
        for (name, hint) in roster
            .agents()
            .filter_map(|agent| Some((agent.name?, agent.model_hint?)))
        {
            hints
                .entry(name.to_owned())
                .or_default()
                .insert(hint.to_owned());
        }
    }
    hints
}
