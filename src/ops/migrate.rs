//! `migrate`: the ledger, and what an update would make of each migration.

use crate::decide::home::source_version::source_version;
use crate::decide::migrate::{ALL, LIVE_SOCKET, Migration, RENAME_SOCKET};
use crate::decide::text::nearest::nearest;
use crate::effects::bundle::Source;
use crate::effects::home::survey::Survey;
use crate::model::ledger::Done;
use crate::model::migration::Migrated;
use crate::model::plan::Advisory;
use crate::model::source_version::SourceVersion;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::update;

/// The migrations, as they stand in a home.
#[derive(Debug)]
pub struct MigrationStates {
    /// The release that wrote the home before it had a record; `None` for a home that was new.
    pub written_by: Option<SourceVersion>,
    /// The migrations, in the order in which an update applies them.
    pub migrations: Vec<MigrationState>,
    /// Places that a migration cannot safely change, left to a person.
    pub advisories: Vec<Advisory>,
}

/// A migration, as it stands in a home.
#[derive(Debug)]
pub struct MigrationState {
    /// The releases whose homes the migration is for, as a requirement of semver.
    pub sources: String,
    /// The migration's outcome if an update ran now.
    pub migrated: Migrated,
    /// The ledger's entry: the edits of an earlier update; `None` where none has decided yet.
    pub done: Option<Done>,
}

/// Tells how every migration stands in a home.
///
/// # Errors
///
/// Whatever keeps the home or its fleet from being read.
pub fn migrations(context: &Context) -> Result<MigrationStates, Error> {
    let home = context.look_to_tell()?;
    let survey = Survey::make(&home, &Source::Embedded)?;
    let written_by = source_version(&home.record, None, || survey.written_by())?;
    let decided = update::migrations(context, &home, &survey, written_by.as_ref(), false)?;
    let standing = |migrated: Migrated| MigrationState {
        sources: sources(migrated.id),
        done: home.record.ledger.entries.get(migrated.id).cloned(),
        migrated,
    };
    Ok(MigrationStates {
        written_by,
        migrations: decided.outcomes.into_iter().map(standing).collect(),
        advisories: decided.advisories,
    })
}

/// The ids of all migrations.
pub fn ids() -> impl Iterator<Item = &'static str> {
    let of_files = ALL.iter().map(|migration| migration.id);
    of_files.chain([LIVE_SOCKET])
}

/// Finds the id of a migration by its name.
///
/// # Errors
///
/// [`Error::Usage`] where no migration has that name.
pub fn known(name: &str) -> Result<&'static str, Error> {
    ids().find(|id| *id == name).ok_or_else(|| {
        let near = nearest(name, ids()).map(|id| format!("; did you mean {id}?"));
        let near = near.unwrap_or_default();
        Error::Usage(format!("there is no migration {name:?}{near}"))
    })
}

/// The range of a migration; the live socket goes with the files that name it.
fn sources(id: &str) -> String {
    let id = if id == LIVE_SOCKET { RENAME_SOCKET } else { id };
    let range = |migration: &Migration| migration.sources.to_string();
    let mut all = ALL.iter();
    all.find(|migration| migration.id == id)
        .map(range)
        .unwrap_or_default()
}
